import * as z from 'zod';
import { lazy } from '../base/lazy.js';
import { isPlainObject, mapValues } from '../base/plain-object.js';
import { Duration, Size } from '../base/units.js';
import { isReferable, reference as referenceKey } from './reference.js';

/**
 * Field tables: what a domain says once about each of its keys.
 *
 * From a table come the schema of a layer (everything may be missing, `null` removes, no defaults), the schema of a complete spec (what is
 * required is there), the JSON Schema of files, the rules of merging and the documentation.
 */

/**
 * How a key's value in one layer meets the value of a lower layer. `null` removes whatever is below; a missing key means nothing.
 *
 * `append` adds what is not there yet; `sequence` adds everything, for commands, which may be meant twice.
 */
export type MergeRule = 'last' | 'fields' | 'append' | 'sequence' | { readonly by: string };

/** Whether a complete spec has the key: always given by somebody, filled by the default, or possibly not at all. */
export type Presence = 'required' | 'defaulted' | 'optional';

export interface Field<T = unknown, P extends Presence = Presence> {
  /** Meaning, for documentation and editors. */
  readonly doc: string;
  /** Unit of a bare number. */
  readonly unit?: string;
  /** What a legal value looks like, for error messages: `a whole number of at least 16`. */
  readonly expects: string;
  readonly presence: P;
  readonly default?: T;
  readonly merge: MergeRule;
  /** The table of an object's own keys. */
  readonly fields?: Fields;
  /** What a list's or map's values are. */
  readonly item?: Field;
  /** Schema of a complete value. Built on first use. */
  readonly plain: () => z.ZodType<T>;
  /** Schema of a value in a layer: objects may be partial. */
  readonly layer: () => z.ZodType;
  /** Schema of the value as people write it in files, where sizes are text. */
  readonly authored: () => z.ZodType;
  /** From what people write in TypeScript or in files to the plain value; anything it does not know is left for the schema to refuse. */
  readonly normalise: (value: unknown) => unknown;
  /** What was likely meant by a value that is refused. */
  readonly likely?: (value: unknown) => string | undefined;
  /** What the value names: `container template`, `network`. Files give the name, programs the thing itself. */
  readonly refers?: string;
  /** Whether the value is a secret: what stands in its place is shown nowhere. */
  readonly secret?: boolean;
  /** From a plain value to what people write in files, where the two differ: sizes and durations. */
  readonly written?: (plain: number) => string;
}

export type Fields = { readonly [key: string]: Field };

/** What one layer may say: any part of the table, `null` to remove. */
export type LayerOf<F extends Fields> = { readonly [K in keyof F]?: LayerValue<F[K]> | null | undefined };
type LayerValue<X> = X extends { readonly fields: infer G extends Fields }
  ? LayerOf<G>
  : X extends { readonly item: infer I extends Field }
    ? PlainOf<X> extends readonly unknown[]
      ? readonly LayerValue<I>[]
      : Readonly<Record<string, LayerValue<I> | null>>
    : PlainOf<X>;

/** A complete spec: required and defaulted keys are there. */
export type SpecOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Field<unknown, 'optional'> ? never : K]: PlainOf<F[K]>;
} & {
  readonly [K in keyof F as F[K] extends Field<unknown, 'optional'> ? K : never]?: PlainOf<F[K]> | undefined;
};
type PlainOf<X> = X extends Field<infer T> ? T : never;

/** A key that somebody has to give, in whatever layer. */
export function required<F extends Field>(field: F): Omit<F, 'presence'> & Field<PlainOf<F>, 'required'> {
  return { ...field, presence: 'required' } as Omit<F, 'presence'> & Field<PlainOf<F>, 'required'>;
}

/** A key with a value when nobody gives one. The only place of a default. */
export function defaulted<F extends Field>(
  field: F,
  value: PlainOf<F>,
): Omit<F, 'presence'> & Field<PlainOf<F>, 'defaulted'> {
  return { ...field, presence: 'defaulted', default: value } as Omit<F, 'presence'> & Field<PlainOf<F>, 'defaulted'>;
}

export function text(
  doc: string,
  options: { pattern?: RegExp; expects?: string; maxLength?: number } = {},
): Field<string, 'optional'> {
  const schema = lazy(() => {
    let type = z.string();
    if (options.pattern !== undefined) {
      type = type.regex(options.pattern);
    }
    return options.maxLength === undefined ? type : type.max(options.maxLength);
  });
  return scalar(doc, options.expects ?? 'text', schema);
}

export function integer(
  doc: string,
  options: { min?: number; max?: number; unit?: string } = {},
): Field<number, 'optional'> {
  return {
    ...scalar(
      doc,
      `a whole number${rangeText(options)}`,
      lazy(() => ranged(z.int(), options)),
    ),
    ...unitOf(options),
  };
}

export function decimal(
  doc: string,
  options: { min?: number; max?: number; above?: number; unit?: string } = {},
): Field<number, 'optional'> {
  const schema = lazy(() =>
    options.above === undefined ? ranged(z.number(), options) : ranged(z.number().gt(options.above), options),
  );
  const above = options.above === undefined ? '' : ` above ${options.above}`;
  return { ...scalar(doc, `a number${above}${rangeText(options)}`, schema), ...unitOf(options) };
}

export function flag(doc: string): Field<boolean, 'optional'> {
  return scalar(
    doc,
    'true or false',
    lazy(() => z.boolean()),
  );
}

/** One of a few words. */
export function choice<const T extends readonly string[]>(doc: string, words: T): Field<T[number], 'optional'> {
  return scalar(
    doc,
    `one of ${quoted(words)}`,
    lazy(() => z.enum(words)),
  );
}

/** One of a few words, or another one: a vocabulary that grows faster than this library. */
export function openChoice<const T extends readonly string[]>(
  doc: string,
  words: T,
): Field<T[number] | (string & {}), 'optional'> {
  return scalar(
    doc,
    `one of ${quoted(words)}, or another word`,
    lazy(() => z.string().min(1)),
  );
}

/** An amount of memory or disk. People write `Size.gib(8)` or `'8GiB'`; the plain value is in bytes. */
export function size(doc: string, options: { min?: Size } = {}): Field<number, 'optional'> {
  const least = options.min?.toBytes() ?? 1;
  const atLeast = options.min === undefined ? '' : ` of at least ${options.min.toString()}`;
  return {
    ...scalar(
      doc,
      `a size${atLeast} with its unit, such as '32GiB'`,
      lazy(() => z.int().min(least)),
    ),
    unit: 'bytes',
    authored: lazy(() => z.string().regex(/^[0-9]+(\.[0-9]+)?(KiB|MiB|GiB|TiB)$/)),
    // a bare number has no unit; handing it on as text makes the schema refuse it
    normalise: (value) =>
      typeof value === 'number' ? String(value) : unitValue(value, Size.isSize, Size.parse, (it) => it.toBytes()),
    written: (bytes) => Size.bytes(bytes).toString(),
  };
}

/** A length of time. People write `Duration.seconds(5)` or `'5s'`; the plain value is in seconds. */
export function duration(doc: string): Field<number, 'optional'> {
  return {
    ...scalar(
      doc,
      "a duration with its unit, such as '30s'",
      lazy(() => z.int().min(0)),
    ),
    unit: 'seconds',
    authored: lazy(() => z.string().regex(/^[0-9]+(\.[0-9]+)?(ms|s|min|h)$/)),
    normalise: (value) =>
      typeof value === 'number'
        ? String(value)
        : unitValue(value, Duration.isDuration, Duration.parse, (it) => it.toSeconds()),
    written: (seconds) => Duration.seconds(seconds).toString(),
  };
}

/** Text that names something, which programs may give as the construct itself, and which files are asked to name something that is there. */
export function named(
  kind: string,
  doc: string,
  options: { pattern?: RegExp; expects?: string; maxLength?: number } = {},
): Field<string, 'optional'> {
  return { ...text(doc, options), refers: kind };
}

/** A reference to another construct. The plain value is what the construct says stands for it; files give the same value. */
export function reference(doc: string, kind: string): Field<string, 'optional'> {
  return {
    ...scalar(
      doc,
      `a ${kind}`,
      lazy(() => z.string().min(1)),
    ),
    refers: kind,
  };
}

export function list<F extends Field>(
  doc: string,
  item: F,
  merge: MergeRule = 'last',
): Field<readonly PlainOf<F>[], 'optional'> & { readonly item: F } {
  return {
    ...scalar(
      doc,
      `a list, each ${item.expects}`,
      lazy(() => z.array(item.plain()).readonly() as unknown as z.ZodType<readonly PlainOf<F>[]>),
    ),
    layer: lazy(() => z.array(item.layer())),
    authored: lazy(() => z.array(item.authored().meta(documentation(item)))),
    normalise: (value) => (Array.isArray(value) ? value.map(item.normalise) : value),
    merge,
    item,
  };
}

/** Values under names of the user's own choice. Merged by name. */
export function map<F extends Field>(
  doc: string,
  item: F,
): Field<Readonly<Record<string, PlainOf<F>>>, 'optional'> & { readonly item: F } {
  return {
    ...scalar(
      doc,
      'names with values',
      lazy(() => z.record(z.string(), item.plain()) as unknown as z.ZodType<Readonly<Record<string, PlainOf<F>>>>),
    ),
    layer: lazy(() => z.record(z.string(), item.layer().nullable())),
    authored: lazy(() => z.record(z.string(), item.authored().nullable().meta(documentation(item)))),
    normalise: (value) => (isPlainObject(value) ? mapValues(value, item.normalise) : value),
    merge: 'fields',
    item,
  };
}

/** Keys of their own within a key. Merged key by key. */
export function object<F extends Fields>(
  doc: string,
  fields: F,
): Field<SpecOf<F>, 'optional'> & { readonly fields: F } {
  return {
    ...scalar(
      doc,
      `an object with ${Object.keys(fields).join(', ')}`,
      lazy(() => specSchema(fields) as unknown as z.ZodType<SpecOf<F>>),
    ),
    layer: lazy(() => layerSchema(fields)),
    authored: lazy(() => authoredSchema(fields)),
    normalise: (value) => (isPlainObject(value) ? normaliseFields(fields, value) : value),
    merge: 'fields',
    fields,
  };
}

/** Anything that a schema of one's own describes. */
export function custom<T>(doc: string, expects: string, schema: () => z.ZodType<T>): Field<T, 'optional'> {
  return scalar(doc, expects, lazy(schema));
}

/** Schema of one layer of a table: every key may be missing or `null`, unknown keys are refused, nothing is filled in. */
export function layerSchema(fields: Fields): z.ZodType {
  return z.strictObject(mapValues(fields, (field) => field.layer().nullable().optional()));
}

/** Schema of a complete spec of a table. Defaults are not its business: they are filled in once, after the merge. */
export function specSchema(fields: Fields): z.ZodType {
  return z.strictObject(
    mapValues(fields, (field) => (field.presence === 'optional' ? field.plain().optional() : field.plain())),
  );
}

/** Schema of a table as people write it in files, with documentation; made for `z.toJSONSchema`. */
export function authoredSchema(fields: Fields): z.ZodType {
  return z.strictObject(
    mapValues(fields, (field) => field.authored().nullable().optional().meta(documentation(field))),
  );
}

export function normaliseFields(fields: Fields, value: object): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const given = (value as Readonly<Record<string, unknown>>)[key];
    if (key === '__proto__') {
      // assigned, it would go below the record, where no schema sees it
      Object.defineProperty(result, key, { value: given, enumerable: true });
    } else if (given !== undefined) {
      result[key] = given === null ? null : (fields[key]?.normalise ?? plainOf)(given);
    }
  }
  return result;
}

function scalar<T>(doc: string, expects: string, schema: () => z.ZodType<T>): Field<T, 'optional'> {
  return {
    doc,
    expects,
    presence: 'optional',
    merge: 'last',
    plain: schema,
    layer: schema,
    authored: schema,
    normalise: plainOf,
  };
}

function plainOf(value: unknown): unknown {
  return isReferable(value) ? value[referenceKey].plain : value;
}

function unitValue<U>(
  value: unknown,
  isUnit: (value: unknown) => value is U,
  parse: (text: string) => U,
  plain: (unit: U) => number,
): unknown {
  if (isUnit(value)) {
    return plain(value);
  }
  if (typeof value !== 'string') {
    return value;
  }
  try {
    return plain(parse(value));
  } catch {
    // the schema refuses the text with the field's own words
    return value;
  }
}

/** What is written with its unit needs no word about it. */
function documentation(field: Field): { description: string; default?: unknown } {
  return {
    description:
      field.unit === undefined || field.written !== undefined ? field.doc : `${field.doc} Unit: ${field.unit}.`,
    ...(field.default === undefined ? {} : { default: writtenValue(field, field.default) }),
  };
}

/** A plain value as people write it in files: sizes and durations with their units. */
export function writtenValue(field: Field | undefined, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => writtenValue(field?.item, item));
  }
  if (isPlainObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, writtenValue(field?.fields?.[key] ?? field?.item, inner)]),
    );
  }
  return typeof value === 'number' ? (field?.written?.(value) ?? value) : value;
}

function ranged<T extends z.ZodNumber>(schema: T, range: { min?: number; max?: number }): T {
  let result = schema;
  if (range.min !== undefined) {
    result = result.min(range.min);
  }
  return range.max === undefined ? result : result.max(range.max);
}

function rangeText({ min, max }: { min?: number; max?: number }): string {
  if (min !== undefined && max !== undefined) {
    return ` from ${min} to ${max}`;
  }
  if (min !== undefined) {
    return ` of at least ${min}`;
  }
  return max === undefined ? '' : ` of at most ${max}`;
}

function unitOf(options: { unit?: string }): { unit?: string } {
  return options.unit === undefined ? {} : { unit: options.unit };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => JSON.stringify(word)).join(', ');
}
