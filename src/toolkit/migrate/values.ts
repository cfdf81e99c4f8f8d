import { isPlainObject } from '../../base/plain-object.js';
import { Size } from '../../base/units.js';
import type { Entry } from './input.js';

/** A value of a config directory. */
export type Value = string | number | boolean | readonly Value[] | Values;

/** Keys of a config directory with their values, in the order in which they are written. */
export interface Values {
  readonly [key: string]: Value;
}

/** The members of a value; none for whatever is no list. */
export function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

/** The keys of a value; none for whatever is no object. */
export function valuesOf(value: Value | undefined): Values {
  return isPlainObject(value) ? (value as Values) : {};
}

/** The values without those that are `null`, which say nothing where no layer lies below. */
export function withoutNull(values: Values): Values {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => (value as unknown) !== null)
      .map(([key, value]) => [key, isPlainObject(value) ? withoutNull(value as Values) : value]),
  );
}

/** Where the values are `null`: `swap`, `features.nesting`. */
export function nullKeys(values: Values): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) =>
    (value as unknown) === null ? [key] : nullKeys(valuesOf(value)).map((inner) => `${key}.${inner}`),
  );
}

/** An integer, also one between quotes; undefined for anything else, and for what a number of JavaScript would change. */
export function integerOf(entry: Entry | undefined): number | undefined {
  const text =
    typeof entry?.value === 'number' ? entry.written : typeof entry?.value === 'string' ? entry.value.trim() : '';
  const number = /^-?\d+(\.0+)?$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A decimal, also one between quotes. */
export function decimalOf(entry: Entry | undefined): number | undefined {
  const text =
    typeof entry?.value === 'number' ? String(entry.value) : typeof entry?.value === 'string' ? entry.value.trim() : '';
  return /^\d*\.?\d+$/.test(text) ? Number(text) : undefined;
}

/** Yes or no, in the words and numbers that shells and Proxmox use as well. */
export function booleanOf(entry: Entry | undefined): boolean | undefined {
  const text = String(entry?.value ?? '').toLowerCase();
  return /^(true|yes|on|1|enabled)$/.test(text) ? true : /^(false|no|off|0|disabled)$/.test(text) ? false : undefined;
}

/** A text that is not empty; numbers as they are written. */
export function textOf(entry: Entry | undefined): string | undefined {
  const text = typeof entry?.value === 'number' ? entry.written : entry?.value;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}

/** Words of a list, or of a text with commas or blanks between them. */
export function wordsOf(entry: Entry | undefined): readonly string[] | undefined {
  if (Array.isArray(entry?.value)) {
    return entry.members().flatMap((member) => textOf(member) ?? []);
  }
  const text = textOf(entry);
  return text === undefined ? undefined : text.split(/[\s,;]+/).filter((word) => word !== '');
}

/** A size of memory or disk: a number in the unit that the key names, or a text with a unit of its own. */
export function sizeOf(entry: Entry | undefined, unit: 'MiB' | 'GiB'): string | undefined {
  const text = textOf(entry) ?? '';
  const [, amount, own] = /^(\d+)\s*([KMGT]i?B?)?$/i.exec(text) ?? [];
  if (amount === undefined || !Number.isSafeInteger(Number(amount))) {
    return undefined;
  }
  const letter = own === undefined ? unit.charAt(0) : own.charAt(0).toUpperCase();
  return Size.parse(`${amount}${letter}iB`).toString();
}
