import { PhoenixError } from '../base/errors.js';
import { holdsSecret } from '../model/content.js';

/** Plain data that can be written as YAML. Members that are `undefined` are left out. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/**
 * Plain data as YAML that parsers of YAML 1.1 (PyYAML) and of 1.2 read alike, in the order of its keys.
 *
 * A writer of our own, because it has so little to do: of the many ways to write a text it needs three, and two versions of a language that
 * disagree about most words without quotes are easier to satisfy with fewer of those. The place of a secret stands between double quotes,
 * where the encoding `yaml` escapes for. Throws `data/not-plain` for numbers that are none.
 */
export function yamlText(value: { readonly [key: string]: YamlValue | undefined }): string {
  return isEmpty(value) ? '{}\n' : members(value, '');
}

/** `key: value` lines. */
function members(value: { readonly [key: string]: YamlValue | undefined }, indent: string): string {
  return Object.entries(value)
    .filter((entry): entry is [string, YamlValue] => entry[1] !== undefined)
    .map(([key, inner]) => `${indent}${quotedOrPlain(key)}:${afterKey(inner, indent)}`)
    .join('');
}

function afterKey(value: YamlValue, indent: string): string {
  if (typeof value === 'object' && value !== null && !isEmpty(value)) {
    return isList(value) ? `\n${items(value, `${indent}  `)}` : `\n${members(value, `${indent}  `)}`;
  }
  return ` ${leaf(value, indent)}\n`;
}

/** `- item` lines. */
function items(values: readonly YamlValue[], indent: string): string {
  return values.map((value) => `${indent}- ${item(value, indent)}`).join('');
}

function item(value: YamlValue, indent: string): string {
  if (isList(value)) {
    return `${flow(value)}\n`;
  }
  if (typeof value === 'object' && value !== null && !isEmpty(value)) {
    // the first member stands on the line of the dash
    return members(value, `${indent}  `).slice(indent.length + 2);
  }
  return `${leaf(value, indent)}\n`;
}

/** Lists within lists are commands and the like: on one line. */
function flow(value: YamlValue): string {
  if (isList(value)) {
    return `[${value.map(flow).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const inner = Object.entries(value).filter((entry): entry is [string, YamlValue] => entry[1] !== undefined);
    return `{${inner.map(([key, it]) => `${quotedOrPlain(key)}: ${flow(it)}`).join(', ')}}`;
  }
  return typeof value === 'string' ? quotedOrPlain(value) : leaf(value, '');
}

function leaf(value: YamlValue, indent: string): string {
  switch (typeof value) {
    case 'string':
      return isBlock(value) ? block(value, `${indent}  `) : quotedOrPlain(value);
    case 'number':
      return numeral(value);
    case 'boolean':
      return String(value);
    default:
      return value === null ? 'null' : isList(value) ? '[]' : '{}';
  }
}

/** Without quotes only what no version takes for anything but text, in every place. */
function quotedOrPlain(text: string): string {
  return plain.test(text) && !word.test(text) ? text : quoted(text);
}

const plain = /^[A-Za-z/](?:[\w./@+%()=-]|:(?![ ]|$)| (?![ #]|$))*$/;
/** What is a truth value or nothing at all in some version. */
const word = /^(y|n|yes|no|on|off|true|false|null)$/i;

/** JSON's escapes are YAML's too, and JSON leaves as they are only characters that YAML may not hold or takes for line ends. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(unprintable, escaped);
}

const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Whether a text of several lines can stand as it is. */
function isBlock(text: string): boolean {
  return text.includes('\n') && !notInBlock.test(text) && !holdsSecret(text);
}

/** What would be escaped, surrogates without their other half, and lines of nothing but blanks, whose blanks are easily lost. */
const notInBlock =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a block cannot hold
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}|(?:^|\n)[ \t]+(?:\n|$)|^\n*$/u;

function block(text: string, indent: string): string {
  // a text that begins with blanks would otherwise seem to be indented further
  const width = /^[ \n\t]/.test(text) ? '2' : '';
  const end = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  return `|${width}${end}\n${body.replaceAll(/^(?=.)/gm, indent)}`;
}

/** YAML 1.1 knows an exponent only after a point. */
function numeral(value: number): string {
  if (!Number.isFinite(value)) {
    throw new PhoenixError({
      code: 'data/not-plain',
      message: `${value} is no number that can be written`,
      value: String(value),
      fix: 'give a finite number',
    });
  }
  return String(value).replace(/^(-?\d+)e/, '$1.0e');
}

function isEmpty(value: object): boolean {
  return Object.values(value).every((it) => it === undefined);
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
