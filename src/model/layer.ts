import type { z } from 'zod';
import { PhoenixError, type Problem } from '../base/errors.js';
import { lazy } from '../base/lazy.js';
import { nearest } from '../base/nearest.js';
import { isPlainObject } from '../base/plain-object.js';
import { printable, shown } from '../base/shown.js';
import { type Field, type Fields, layerSchema, normaliseFields, type SpecOf, specSchema } from './fields.js';
import { applyDefaults, type Layer, mergeLayers } from './merge.js';
import { expectation, valueAt } from './schema-faults.js';
import { isSecretRef } from './secret-ref.js';

/** A field table with its schemas, built on first use and then kept. */
export interface Table<F extends Fields> {
  /** What the table's keys belong to, for messages: `LxcContainer`. */
  readonly name: string;
  readonly fields: F;
  readonly layerSchema: () => z.ZodType;
  readonly specSchema: () => z.ZodType;
}

export function table<F extends Fields>(name: string, fields: F): Table<F> {
  return { name, fields, layerSchema: lazy(() => layerSchema(fields)), specSchema: lazy(() => specSchema(fields)) };
}

/**
 * Reads what somebody wrote as one layer: constructs and sizes become plain data, and every key is checked.
 *
 * Throws a PhoenixError with all problems of the layer. `path` is where the problems are reported.
 */
export function readLayer(what: Table<Fields>, given: object, path: string): Record<string, unknown> {
  const values = normaliseFields(what.fields, recordOf(what, given, path));
  const result = what.layerSchema().safeParse(values, { error: expectation });
  if (!result.success) {
    throw new PhoenixError(result.error.issues.flatMap((issue) => problemsOf(what, given, issue, path)));
  }
  return values;
}

/** Plain JavaScript may give nothing at all, which says as little as `{}`, or something that has no keys to read. */
function recordOf(what: Table<Fields>, given: unknown, path: string): object {
  if (given === undefined || given === null) {
    return {};
  }
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new PhoenixError({
      code: 'config/wrong-value',
      message: `${what.name} is given ${shown(given)}, expected an object`,
      path,
      value: printable(given),
      fix: `keys: ${Object.keys(what.fields).join(', ')}`,
    });
  }
  return given;
}

/**
 * Merges layers, fills in defaults once, and checks that what is required is there.
 *
 * Throws a PhoenixError with all problems of the result.
 */
export function completeSpec<F extends Fields>(what: Table<F>, layers: readonly Layer[], path: string): SpecOf<F> {
  const values = applyDefaults(what.fields, mergeLayers(what.fields, layers));
  if (!isComplete(what.fields, values)) {
    const result = what.specSchema().safeParse(values, { error: expectation });
    if (!result.success) {
      throw new PhoenixError(result.error.issues.flatMap((issue) => problemsOf(what, values, issue, path)));
    }
  }
  return values as SpecOf<F>;
}

/**
 * Whether all that is required is there and nothing is left that removes. Each value was checked when its layer was read, and merging changes
 * none; so there is nothing else for the schema to find, which takes several times as long.
 */
function isComplete(fields: Fields, values: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(fields).every((key) => {
    const field = fields[key];
    const value = values[key];
    return field === undefined || (value === undefined ? field.presence === 'optional' : isCompleteValue(field, value));
  });
}

function isCompleteValue({ fields, item }: Field, value: unknown): boolean {
  if (value === null) {
    return false;
  }
  if (fields !== undefined && isPlainObject(value)) {
    return isComplete(fields, value);
  }
  if (item === undefined || typeof value !== 'object') {
    return true;
  }
  return Object.values(value).every((inner) => isCompleteValue(item, inner));
}

function problemsOf(what: Table<Fields>, given: object, issue: z.core.$ZodIssue, path: string): Problem[] {
  const keys = issue.path.map(String);
  const isSecretObject = issue.code === 'unrecognized_keys' && issue.keys.includes('$secret');
  if (isSecretObject || isSecretOrHolds(valueAt(given, keys))) {
    return [secretNotHere(what, keys, path)];
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(what, keys, key, path));
  }
  const field = fieldAt(what.fields, keys);
  const value = valueAt(given, keys);
  const key = keys.join('.');
  if (value === undefined) {
    return [
      {
        code: 'config/missing',
        message: `\`${key}\` of ${what.name} is given by no layer`,
        path,
        keys,
        fix: `give \`${key}\`: ${field?.expects ?? 'a value'}`,
      },
    ];
  }
  if (field?.secret === true) {
    const message = `\`${key}\` stands in clear, expected ${field.expects}`;
    const fix = 'put the value into the vault with `phoenix secrets set`, and its name here';
    return [{ code: 'config/wrong-value', message, path, keys, hidden: true, fix }];
  }
  return [
    {
      code: 'config/wrong-value',
      message: `\`${key}\` is ${shown(value)}, expected ${field?.expects ?? issue.message}`,
      path,
      keys,
      value: printable(value),
      ...(field === undefined ? {} : { fix: likelyFix(value, field) ?? `\`${key}\`: ${field.doc}` }),
    },
  ];
}

/** A list of words is refused as a whole where one of them is a secret. */
function isSecretOrHolds(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isSecretRef) : isSecretRef(value);
}

function secretNotHere(what: Table<Fields>, keys: readonly string[], path: string): Problem {
  const key = keys.join('.');
  return {
    code: 'secret/not-here',
    message: `\`${key}\` of ${what.name} is a secret, and everybody can read what stands there`,
    path,
    keys,
    fix: 'write the secret into a file and name the file here; secrets go into the content of files and into props that ask for one',
  };
}

function likelyFix(value: unknown, field: Field): string | undefined {
  const likely = field.likely?.(value);
  return likely === undefined ? likelySize(value, field) : `did you mean '${likely}'?`;
}

/** What was meant where a size is written as the shops do, or half. */
function likelySize(value: unknown, field: Field): string | undefined {
  const [, amount, unit] = typeof value === 'string' ? (/^(\d+(?:\.\d+)?) ?([KMGT])i?B?$/i.exec(value) ?? []) : [];
  const meant = `${amount}${unit?.toUpperCase()}iB`;
  const fits = unit !== undefined && field.unit === 'bytes' && field.plain().safeParse(field.normalise(meant)).success;
  return fits ? `did you mean '${meant}'?` : undefined;
}

function unknownKey(what: Table<Fields>, parents: readonly string[], key: string, path: string): Problem {
  const siblings = Object.keys(parents.length === 0 ? what.fields : (fieldAt(what.fields, parents)?.fields ?? {}));
  const like = nearest(key, siblings);
  const place = [...parents, key].join('.');
  return {
    code: 'config/unknown-key',
    message: `\`${place}\` is no key of ${what.name}`,
    path,
    keys: [...parents, key],
    value: place,
    fix: like === undefined ? `known keys: ${siblings.join(', ')}` : `did you mean \`${like}\`?`,
  };
}

function fieldAt(fields: Fields, keys: readonly string[]): Field | undefined {
  let field: Field | undefined;
  let here: Fields | undefined = fields;
  for (const key of keys) {
    field = here === undefined ? field?.item : here[key];
    if (field === undefined) {
      return undefined;
    }
    here = field.fields;
    if (here === undefined && field.item === undefined) {
      break;
    }
  }
  return field;
}
