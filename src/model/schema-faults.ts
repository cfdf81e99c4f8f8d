import type { z } from 'zod';
import { printable, shown } from '../base/shown.js';

/** What is wrong with a document that a machine wrote: words, the value, and the keys that lead to it. */
export interface SchemaFault {
  readonly message: string;
  readonly value?: unknown;
  readonly keys: readonly string[];
}

/** The document as the schema has it, or everything that is wrong with it. */
export type SchemaReading<T> = { readonly data: T } | { readonly faults: readonly SchemaFault[] };

/** Reads a document of ours by its schema. Faults say place, value and what is expected; the way out is the caller's to say. */
export function readBySchema<T>(schema: z.ZodType<T>, document: unknown): SchemaReading<T> {
  const result = schema.safeParse(document, { error: expectation });
  return result.success
    ? { data: result.data }
    : { faults: result.error.issues.flatMap((issue) => faultsOf(issue, document)) };
}

function faultsOf(issue: z.core.$ZodIssue, document: unknown): SchemaFault[] {
  const keys = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ message: `\`${[...keys, key].join('.')}\` is no key`, keys: [...keys, key] }));
  }
  const value = valueAt(document, keys);
  const name = keys.length === 0 ? 'it' : `\`${keys.join('.')}\``;
  return [
    value === undefined
      ? { message: `${name} is missing, expected ${issue.message}`, keys }
      : { message: `${name} is ${shown(value)}, expected ${issue.message}`, value: printable(value), keys },
  ];
}

/** The value that the keys lead to; undefined where they lead to nothing. */
export function valueAt(value: unknown, keys: readonly string[]): unknown {
  let here = value;
  for (const key of keys) {
    if (typeof here !== 'object' || here === null) {
      return undefined;
    }
    here = Reflect.get(here, key);
  }
  return here;
}

/** What is expected, in our words. A schema that says it itself (`.regex(pattern, words)`) is not asked here. */
export function expectation(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return types[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'invalid_format':
      return issue.pattern === undefined ? issue.format : `text like ${issue.pattern}`;
    case 'too_small':
      return bound(issue.origin, 'at least', Number(issue.minimum));
    case 'too_big':
      return bound(issue.origin, 'at most', Number(issue.maximum));
    case 'invalid_union':
      return unionWords(issue);
    default:
      return undefined;
  }
}

const types: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function oneOf(values: readonly unknown[]): string {
  return `${values.length === 1 ? '' : 'one of '}${values.map((value) => shown(value)).join(', ')}`;
}

function bound(origin: string, words: string, limit: number): string {
  const unit = origin === 'string' ? (limit === 1 ? ' letter' : ' letters') : origin === 'array' ? ' of them' : '';
  return `${words} ${limit}${unit}`;
}

/** Each form says what it expected of the value as a whole; one that only misses something within says no more than that it is an object. */
function unionWords(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  const forms = (issue.errors ?? []).map(([first]) =>
    first === undefined || first.path.length > 0 || first.code === 'unrecognized_keys'
      ? 'an object of another form'
      : first.message,
  );
  const words: unknown = issue.options;
  return Array.isArray(words) ? oneOf(words) : [...new Set(forms)].join(' or ');
}
