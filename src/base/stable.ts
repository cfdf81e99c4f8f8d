import { hash } from 'node:crypto';
import { PhoenixError, type Problem } from './errors.js';

/** Orders by UTF-16 code unit, the same on every machine; never by locale. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The record's own keys in the order of {@link compareText}. */
export function sortedKeys(record: Readonly<Record<string, unknown>>): string[] {
  return inOrder(Object.keys(record));
}

export interface JsonLayout {
  /** Blanks a level; 0 puts all on one line. Default: 2 */
  readonly indent?: number;
  /** Levels whose members stand on lines of their own; what lies deeper is on one line. Default: all */
  readonly levels?: number;
}

/**
 * JSON whose bytes depend on nothing but the value: keys sorted, members that are `undefined` left out, one LF at the
 * end.
 *
 * Only plain data passes: class instances, functions, symbols, bigints, NaN, infinities, and `undefined` outside of an
 * object are refused, because each of them prints as something else or as nothing.
 * @throws `data/not-plain` with the JSON path, once for every place
 */
export function stableJson(value: unknown, layout: JsonLayout = {}): string {
  const indent = ' '.repeat(layout.indent ?? 2);
  const levels = indent === '' ? 0 : (layout.levels ?? Number.POSITIVE_INFINITY);
  const text = printAtOnce(value, indent, levels) ?? print(value, { indent, levels, starts: [] }, 0);
  if (text === undefined) {
    throw new PhoenixError(problemsIn(value, []));
  }
  return `${text}\n`;
}

/** The SHA-256 of the bytes, or of the text's UTF-8 form, as 64 lower-case hex digits. */
export function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

interface Layout {
  readonly indent: string;
  readonly levels: number;
  /** Line feed and blanks before the items of each level. */
  readonly starts: string[];
}

/**
 * Deeper than any data of ours, and shallow enough for the call stack: also what stops a value that contains itself.
 */
const DEEPEST = 500;

/**
 * The text by the engine's own printer, which is several times as fast as {@link print}; undefined where that would print something else:
 * lines for some levels only, numbers as keys, no plain data.
 */
function printAtOnce(value: unknown, indent: string, levels: number): string | undefined {
  const copy = levels === 0 || levels === Number.POSITIVE_INFINITY ? inKeyOrder(value, 0) : undefined;
  return copy === undefined ? undefined : JSON.stringify(copy, undefined, indent);
}

/**
 * A copy with all keys in order, or undefined if the engine would not keep that order or something in it is no plain data. One function, because
 * the engine compiles functions that call each other in circles again for each of them.
 */
function inKeyOrder(value: unknown, level: number): unknown {
  if (typeof value !== 'object' || value === null) {
    return isPlainScalar(value) ? value : undefined;
  }
  if (level >= DEEPEST) {
    return undefined;
  }
  if (Array.isArray(value)) {
    const copy: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = inKeyOrder(value[i], level + 1);
      if (item === undefined) {
        return undefined;
      }
      copy.push(item);
    }
    return copy;
  }
  if (!isPlainObject(value) || Object.getOwnPropertySymbols(value).length > 0) {
    return undefined;
  }
  const copy: Record<string, unknown> = {};
  for (const key of inOrder(Object.keys(value))) {
    const member = value[key];
    if (member === undefined) {
      continue;
    }
    const inner = isOrdinaryKey(key) ? inKeyOrder(member, level + 1) : undefined;
    if (inner === undefined) {
      return undefined;
    }
    copy[key] = inner;
  }
  return copy;
}

function isPlainScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** Whether a property of this name stays where it was put: numbers go first in every object, and `__proto__` is no property at all. */
function isOrdinaryKey(key: string): boolean {
  const first = key.charCodeAt(0);
  return !(first >= 0x30 && first <= 0x39) && key !== '__proto__';
}

/** The text of a value, or undefined if something in it is no plain data; {@link problemsIn} then says what. */
function print(value: unknown, layout: Layout, level: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : undefined;
    case 'object':
      break;
    default:
      return undefined;
  }
  if (value === null) {
    return 'null';
  }
  if (level >= DEEPEST) {
    return undefined;
  }
  const line = level === layout.levels ? printAtOnce(value, '', 0) : undefined;
  return line ?? (Array.isArray(value) ? printList(value, layout, level) : printRecord(value, layout, level));
}

function printList(items: readonly unknown[], layout: Layout, level: number): string | undefined {
  const newline = lineStart(layout, level + 1);
  let text = '';
  for (let i = 0; i < items.length; i++) {
    const item = print(items[i], layout, level + 1);
    if (item === undefined) {
      return undefined;
    }
    text += (i === 0 ? newline : `,${newline}`) + item;
  }
  return text === '' ? '[]' : `[${text}${newline === '' ? '' : lineStart(layout, level)}]`;
}

function printRecord(value: object, layout: Layout, level: number): string | undefined {
  if (!isPlainObject(value) || Object.getOwnPropertySymbols(value).length > 0) {
    return undefined;
  }
  const newline = lineStart(layout, level + 1);
  const colon = newline === '' ? ':' : ': ';
  let text = '';
  for (const key of inOrder(Object.keys(value))) {
    const member = value[key];
    if (member === undefined) {
      continue;
    }
    const printed = print(member, layout, level + 1);
    if (printed === undefined) {
      return undefined;
    }
    text += (text === '' ? newline : `,${newline}`) + quotedKey(key) + colon + printed;
  }
  return text === '' ? '{}' : `{${text}${newline === '' ? '' : lineStart(layout, level)}}`;
}

/** What stands before an item: nothing, if items of the level are on one line. */
function lineStart(layout: Layout, level: number): string {
  if (level > layout.levels) {
    return '';
  }
  layout.starts[level] ??= `\n${layout.indent.repeat(level)}`;
  return layout.starts[level];
}

/** Sorts in place, by insertion where the keys are few: the engine's own sort makes room for more than most records have. */
function inOrder(keys: string[]): string[] {
  if (keys.length > 32) {
    return keys.sort();
  }
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? '';
    let place = i;
    for (let before = keys[place - 1]; before !== undefined && before > key; before = keys[place - 1]) {
      keys[place--] = before;
    }
    keys[place] = key;
  }
  return keys;
}

/** The same few keys are printed again and again. */
function quotedKey(key: string): string {
  const known = quotedKeys.get(key);
  if (known !== undefined) {
    return known;
  }
  const text = JSON.stringify(key);
  if (quotedKeys.size < 1000) {
    quotedKeys.set(key, text);
  }
  return text;
}

const quotedKeys = new Map<string, string>();

/** Every place that holds no plain data, by its path. */
function problemsIn(value: unknown, path: readonly (string | number)[]): Problem[] {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return [refusal(path, String(value))];
  }
  if (typeof value !== 'object') {
    const plain = typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';
    return plain ? [] : [refusal(path, typeof value === 'function' ? 'a function' : `a value of type ${typeof value}`)];
  }
  if (value === null) {
    return [];
  }
  if (path.length >= DEEPEST) {
    return [refusal(path, `nested deeper than ${DEEPEST} levels, or contains itself`)];
  }
  return Array.isArray(value)
    ? Array.from(value, (item: unknown, index) => problemsIn(item, [...path, index])).flat()
    : problemsInRecord(value, path);
}

function problemsInRecord(value: object, path: readonly (string | number)[]): Problem[] {
  if (!isPlainObject(value)) {
    return [refusal(path, `an instance of ${value.constructor?.name ?? 'a class'}`)];
  }
  const members = sortedKeys(value).filter((key) => value[key] !== undefined);
  const symbols =
    Object.getOwnPropertySymbols(value).length > 0 ? [refusal(path, 'an object with a symbol as key')] : [];
  return [...members.flatMap((key) => problemsIn(value[key], [...path, key])), ...symbols];
}

/** By the chain's length, so that plain objects of another realm pass as well. */
function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refusal(path: readonly (string | number)[], what: string): Problem {
  const place = jsonPath(path);
  return {
    code: 'data/not-plain',
    message: `${place} is ${what}, not plain data`,
    path: place,
    fix: 'turn it into text, a number, a boolean, null, a list or a plain object first',
  };
}

function jsonPath(path: readonly (string | number)[]): string {
  let text = '$';
  for (const part of path) {
    const plain = typeof part === 'string' && /^[A-Za-z_$][\w$]*$/.test(part);
    text += plain ? `.${part}` : `[${JSON.stringify(part)}]`;
  }
  return text;
}
