import { isDeepStrictEqual } from 'node:util';
import type { SourcePlace } from '../base/errors.js';
import { isPlainObject } from '../base/plain-object.js';
import type { Field, Fields, MergeRule } from './fields.js';

/** A layer of configuration with a name for people: `stack defaults`, `profile gpu`, `ai/qwen`. */
export interface Layer {
  readonly name: string;
  /** Plain data, already read against the field table. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a value is written, for layers that come from files; undefined where the layer does not say it. */
  readonly written?: (keys: readonly string[]) => SourcePlace | undefined;
}

/**
 * Merges layers from the lowest to the highest by the table's rules. The one merge engine: TypeScript props and files go through it alike.
 *
 * `undefined` means nothing, `null` removes what is below. Nothing that is handed in is changed.
 */
export function mergeLayers(fields: Fields, layers: readonly Layer[]): Record<string, unknown> {
  let merged: Record<string, unknown> = {};
  for (const layer of layers) {
    merged = mergeRecords(merged, layer.values, (key) => fields[key]);
  }
  return merged;
}

/** Fills in the defaults of what nobody gave. Objects are filled within. */
export function applyDefaults(fields: Fields, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const complete: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    const field = fields[key];
    const value = values[key] ?? field?.default;
    if (field !== undefined && value !== undefined) {
      complete[key] = defaultsWithin(field, value);
    }
  }
  return complete;
}

function mergeRecords(
  below: Readonly<Record<string, unknown>>,
  above: Readonly<Record<string, unknown>>,
  fieldOf: (key: string) => Field | undefined,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...below };
  for (const key of Object.keys(above)) {
    const value = above[key];
    if (value === null) {
      delete merged[key];
    } else if (value !== undefined) {
      merged[key] = mergeValue(fieldOf(key), merged[key], value);
    }
  }
  return merged;
}

function mergeValue(field: Field | undefined, below: unknown, above: unknown): unknown {
  const rule: MergeRule = field?.merge ?? 'last';
  if (rule === 'fields' && isPlainObject(above)) {
    const inner = field?.fields;
    // merged even with nothing below, so that a `null` within means "not there" and never a value
    return mergeRecords(isPlainObject(below) ? below : {}, above, (key) =>
      inner === undefined ? field?.item : inner[key],
    );
  }
  if (Array.isArray(below) && Array.isArray(above)) {
    if (rule === 'append') {
      return [...below, ...above.filter((item) => !below.some((lower) => isDeepStrictEqual(lower, item)))];
    }
    if (rule === 'sequence') {
      return [...below, ...above];
    }
    if (typeof rule === 'object') {
      return mergeByKey(rule.by, field?.item, below, above);
    }
  }
  return above;
}

/** Items of the same key become one, in the place of the lower one; new ones follow. */
function mergeByKey(
  by: string,
  item: Field | undefined,
  below: readonly unknown[],
  above: readonly unknown[],
): unknown[] {
  const merged = [...below];
  const taken = new Set<number>();
  const keyOf = (value: unknown): unknown => (isPlainObject(value) ? value[by] : undefined);
  for (const value of above) {
    // only lower items, each once: an item given twice in one layer stays two, for checks to find
    const place = below.findIndex(
      (lower, index) => !taken.has(index) && keyOf(lower) !== undefined && keyOf(lower) === keyOf(value),
    );
    taken.add(place);
    if (place === -1) {
      merged.push(value);
    } else {
      merged[place] = mergeValue(item, merged[place], value);
    }
  }
  return merged;
}

function defaultsWithin(field: Field, value: unknown): unknown {
  if (field.fields !== undefined && isPlainObject(value)) {
    return applyDefaults(field.fields, value);
  }
  const item = field.item;
  return Array.isArray(value) && item !== undefined ? value.map((inner) => defaultsWithin(item, inner)) : value;
}
