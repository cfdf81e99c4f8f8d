import { isDeepStrictEqual } from 'node:util';
import type { SourcePlace } from '../base/errors.js';
import { isPlainObject } from '../base/plain-object.js';
import { type Field, type Fields, writtenValue } from './fields.js';
import { applyDefaults, type Layer, mergeLayers } from './merge.js';

/** Values of a thing by the layers that they come from. */
export interface Layered {
  readonly fields: Fields;
  /** From the lowest to the highest. */
  readonly layers: readonly Layer[];
}

/** What a layer did to a value: gave it, gave a part of it, took it back, or gave one that a higher layer covers. */
export type LayerEffect = 'wins' | 'adds' | 'removes' | 'covered';

/** What one layer says of a value, as people write it. */
export interface LayerSays {
  readonly layer: string;
  /** `null` takes the value back. */
  readonly value: unknown;
  readonly effect: LayerEffect;
  readonly place?: SourcePlace;
}

/** Where a value comes from. */
export interface ExplainedValue {
  /** `memory`, `rootfs.size`. */
  readonly key: string;
  /** The value in force, as people write it; undefined if there is none. */
  readonly value?: unknown;
  /** What the layers say, from the lowest to the highest, the built-in default first. */
  readonly chain: readonly LayerSays[];
}

/** Keys of all values that some layer or default gives, in the order of the table. */
export function givenKeys({ fields, layers }: Layered): readonly string[] {
  const values = applyDefaults(fields, mergeLayers(fields, layers));
  return Object.keys(fields).filter((key) => values[key] !== undefined || layers.some((layer) => key in layer.values));
}

/** Where the value under these keys comes from; undefined if the table has no such keys. */
export function explainValue({ fields, layers }: Layered, keys: readonly string[]): ExplainedValue | undefined {
  const field = fieldAt(fields, keys);
  if (field === undefined) {
    return undefined;
  }
  const written = (value: unknown): unknown => writtenValue(field, value);
  const value = valueAt(applyDefaults(fields, mergeLayers(fields, layers)), keys);
  const said = layers.flatMap((layer, index): LayerSays[] => {
    const own = valueAt(layer.values, keys);
    if (own === undefined) {
      return [];
    }
    const upTo = valueAt(mergeLayers(fields, layers.slice(0, index + 1)), keys);
    const isLast = layers.slice(index + 1).every((higher) => valueAt(higher.values, keys) === undefined);
    const place = layer.written?.(keys);
    return [
      {
        layer: layer.name,
        value: written(own),
        effect: effectOf(own, upTo, value, isLast),
        ...(place === undefined ? {} : { place }),
      },
    ];
  });
  const standard = valueAt(applyDefaults(fields, {}), keys);
  const isStandard = standard !== undefined && said.every(({ effect }) => effect === 'covered' || effect === 'removes');
  const builtIn: LayerSays[] =
    standard === undefined
      ? []
      : [{ layer: 'built-in default', value: written(standard), effect: isStandard ? 'wins' : 'covered' }];
  return {
    key: keys.join('.'),
    ...(value === undefined ? {} : { value: written(value) }),
    chain: [...builtIn, ...said],
  };
}

/** `own` is what the layer says, `upTo` what it makes of the layers below, `value` what is in force in the end. */
function effectOf(own: unknown, upTo: unknown, value: unknown, isLast: boolean): LayerEffect {
  if (own === null) {
    return isLast ? 'removes' : 'covered';
  }
  if (isDeepStrictEqual(own, upTo)) {
    return isLast ? 'wins' : isPartOf(own, value) ? 'adds' : 'covered';
  }
  return isPartOf(own, value) || isLast ? 'adds' : 'covered';
}

/** Whether something of a list or object is left in the end. A plain value is whole or not at all. */
function isPartOf(own: unknown, value: unknown): boolean {
  if (Array.isArray(own) && Array.isArray(value)) {
    return own.some((item) => value.some((other) => isDeepStrictEqual(item, other)));
  }
  return isPlainObject(own) && isPlainObject(value)
    ? Object.entries(own).some(([key, inner]) => inner !== null && isDeepStrictEqual(inner, value[key]))
    : false;
}

function fieldAt(fields: Fields, keys: readonly string[]): Field | undefined {
  let here: Fields | undefined = fields;
  let field: Field | undefined;
  for (const key of keys) {
    field = here !== undefined && Object.hasOwn(here, key) ? here[key] : field?.item;
    if (field === undefined) {
      return undefined;
    }
    here = field.fields;
  }
  return field;
}

/** `null` on the way takes back what lies below it, too. */
function valueAt(values: unknown, keys: readonly string[]): unknown {
  let here = values;
  for (const key of keys) {
    if (here === null) {
      return null;
    }
    here = isPlainObject(here) || Array.isArray(here) ? Reflect.get(here, key) : undefined;
  }
  return here;
}
