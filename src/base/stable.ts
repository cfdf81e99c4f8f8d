import { hash } from 'node:crypto';
import { PhoenixError, type Problem } from './errors.js';

/** Orders by UTF-16 code unit, the same on every machine; never by locale. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The record's own keys in the order of {@link compareText}. */
export function sortedKeys(record: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(record).sort();
}

/**
 * JSON whose bytes depend on nothing but the value: keys sorted, members that are `undefined` left out, one LF at the
 * end.
 *
 * Only plain data passes: class instances, functions, symbols, bigints, NaN, infinities, and `undefined` outside of an
 * object are refused, because each of them prints as something else or as nothing.
 * @param options.indent blanks a level; 0 puts all on one line. Default 2
 * @throws `data/not-plain` with the JSON path, once for every place
 */
export function stableJson(value: unknown, options: { readonly indent?: number } = {}): string {
  const writer: Writer = { indent: ' '.repeat(options.indent ?? 2), path: [], problems: [] };
  const text = write(value, '\n', writer);
  if (writer.problems.length > 0) {
    throw new PhoenixError(writer.problems);
  }
  return `${text}\n`;
}

/** The SHA-256 of the bytes, or of the text's UTF-8 form, as 64 lower-case hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

interface Writer {
  readonly indent: string;
  readonly path: (string | number)[];
  readonly problems: Problem[];
}

/**
 * Deeper than any data of ours, and shallow enough for the call stack: also what stops a value that contains itself.
 */
const DEEPEST = 500;

function write(value: unknown, newline: string, writer: Writer): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : refuse(String(value), writer);
    case 'object':
      return value === null ? 'null' : writeObject(value, newline, writer);
    default:
      return refuse(typeof value === 'function' ? 'a function' : `a value of type ${typeof value}`, writer);
  }
}

function writeObject(value: object, newline: string, writer: Writer): string {
  if (writer.path.length >= DEEPEST) {
    return refuse(`nested deeper than ${DEEPEST} levels, or contains itself`, writer);
  }
  const inner = writer.indent === '' ? '' : newline + writer.indent;
  const outer = writer.indent === '' ? '' : newline;
  if (Array.isArray(value)) {
    return enclose('[', writeItems(value, inner, writer), ']', inner, outer);
  }
  if (!isPlainObject(value)) {
    return refuse(`an instance of ${value.constructor?.name ?? 'a class'}`, writer);
  }
  return enclose('{', writeMembers(value, inner, writer), '}', inner, outer);
}

function writeItems(items: readonly unknown[], newline: string, writer: Writer): string[] {
  const texts: string[] = [];
  for (let i = 0; i < items.length; i++) {
    writer.path.push(i);
    texts.push(write(items[i], newline, writer));
    writer.path.pop();
  }
  return texts;
}

function writeMembers(record: Readonly<Record<string, unknown>>, newline: string, writer: Writer): string[] {
  const colon = writer.indent === '' ? ':' : ': ';
  const texts: string[] = [];
  for (const key of sortedKeys(record)) {
    const member = record[key];
    if (member === undefined) {
      continue;
    }
    writer.path.push(key);
    texts.push(JSON.stringify(key) + colon + write(member, newline, writer));
    writer.path.pop();
  }
  if (Object.getOwnPropertySymbols(record).length > 0) {
    refuse('an object with a symbol as key', writer);
  }
  return texts;
}

function enclose(open: string, texts: readonly string[], close: string, inner: string, outer: string): string {
  return texts.length === 0 ? open + close : open + inner + texts.join(`,${inner}`) + outer + close;
}

/** By the chain's length, so that plain objects of another realm pass as well. */
function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(what: string, writer: Writer): string {
  const place = jsonPath(writer.path);
  writer.problems.push({
    code: 'data/not-plain',
    message: `${place} is ${what}, not plain data`,
    path: place,
    fix: 'turn it into text, a number, a boolean, null, a list or a plain object first',
  });
  return 'null';
}

function jsonPath(path: readonly (string | number)[]): string {
  let text = '$';
  for (const part of path) {
    const plain = typeof part === 'string' && /^[A-Za-z_$][\w$]*$/.test(part);
    text += plain ? `.${part}` : `[${JSON.stringify(part)}]`;
  }
  return text;
}
