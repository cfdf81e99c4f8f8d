import type { Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { parseBoolean, splitList } from '../format/lists.js';
import { type PropertyFormat, parsePropertyString } from '../format/property-string.js';

/** What the value of a key of a guest's config has to be. */
export type ConfigKey = {
  /** Highest number of a key that stands with one; undefined for a key without. */
  readonly last?: number;
} & (
  | { readonly is: 'flag' }
  | { readonly is: 'number'; readonly whole: boolean; readonly min?: number; readonly max?: number }
  | { readonly is: 'words'; readonly words: readonly string[] }
  /** Several words, parted as Proxmox parts lists. */
  | { readonly is: 'list'; readonly words: readonly string[] }
  | { readonly is: 'text'; readonly pattern?: RegExp; readonly expects?: string }
  /** Text that a function of the props knows, with what was likely meant by another one. */
  | {
      readonly is: 'checked';
      readonly accepts: (value: string) => boolean;
      readonly expects: string;
      readonly likely?: (value: string) => string | undefined;
    }
  /** A disk, whose value Proxmox writes itself. */
  | { readonly is: 'volume' }
  | { readonly is: 'parts'; readonly parts: ConfigKeys }
);

/** Keys by name, numbers left out. */
export type ConfigKeys = Readonly<Record<string, ConfigKey>>;

/** What overrides of one type of guest are checked against. */
export interface ConfigKeyRules {
  /** Whose config it is, for messages: `a container`. */
  readonly of: string;
  readonly keys: ConfigKeys;
  /** Keys that say whose the guest is and what is being done with it. */
  readonly reserved: readonly string[];
  readonly formatOf: (key: string) => PropertyFormat | undefined;
}

export const flag: ConfigKey = { is: 'flag' };
export const volume: ConfigKey = { is: 'volume' };

export function whole(min?: number, max?: number): ConfigKey {
  return { is: 'number', whole: true, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

export function decimal(min?: number, max?: number): ConfigKey {
  return { is: 'number', whole: false, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

export function words(list: readonly string[]): ConfigKey {
  return { is: 'words', words: list };
}

export function wordList(list: readonly string[]): ConfigKey {
  return { is: 'list', words: list };
}

export function line(pattern?: RegExp, expects?: string): ConfigKey {
  return {
    is: 'text',
    ...(pattern === undefined ? {} : { pattern }),
    ...(expects === undefined ? {} : { expects }),
  };
}

export function checked(
  accepts: (value: string) => boolean,
  expects: string,
  likely: (value: string) => string | undefined = () => undefined,
): ConfigKey {
  return { is: 'checked', accepts, expects, likely };
}

export function parts(keys: ConfigKeys): ConfigKey {
  return { is: 'parts', parts: keys };
}

/** The same key with numbers from 0 to `last`. */
export function upTo(last: number, key: ConfigKey): ConfigKey {
  return { ...key, last };
}

/**
 * Why a key of a guest's config may not be set past the props; none if it may. What the grammar refuses anyway is left to it.
 */
export function configKeyProblems(
  rules: ConfigKeyRules,
  key: string,
  value: string | undefined,
  path: string,
): Problem[] {
  const [, name = '', number, subkey] = /^([a-z][a-z_-]*?)(\d*)(?:\.([a-z][\w-]*))?$/.exec(key) ?? [];
  const stem = knownStem(rules.keys, name, number ?? '');
  if (name === '' || rules.reserved.includes(name)) {
    return [notToSet(rules, key, path)];
  }
  const found = stem === undefined ? undefined : rules.keys[stem];
  if (found === undefined) {
    return [unknownKey(rules, key, `${name}${number}`, path)];
  }
  if (subkey !== undefined && found.is === 'parts' && found.parts[subkey] === undefined) {
    return [unknownKey({ ...rules, keys: found.parts }, key, subkey, path)];
  }
  const wanted = subkey === undefined ? found : found.is === 'parts' ? found.parts[subkey] : undefined;
  return wanted === undefined || value === undefined || isLeftToGrammar(value, subkey)
    ? []
    : valueProblems(wanted, key, value, path, rules.formatOf(`${name}${number}`));
}

/** `smbios1` is a name; `net1` is a name and a number; `numa` may be both. */
function knownStem(keys: ConfigKeys, name: string, number: string): string | undefined {
  const isNumbered = number !== '';
  if (isNumbered && keys[`${name}${number}`] !== undefined) {
    return `${name}${number}`;
  }
  const stem = isNumbered ? `${name}[n]` : name;
  const last = keys[stem]?.last;
  return keys[stem] !== undefined && (!isNumbered || Number(number) <= (last ?? -1)) ? stem : undefined;
}

function isLeftToGrammar(value: string, subkey: string | undefined): boolean {
  return /[\n\r\0]/.test(value) || value === '' || (subkey !== undefined && value.includes(','));
}

function valueProblems(
  wanted: ConfigKey,
  key: string,
  value: string,
  path: string,
  format: PropertyFormat | undefined,
): Problem[] {
  if (wanted.is === 'parts') {
    return partProblems(wanted.parts, key, value, path, format);
  }
  const expects = expected(wanted, value);
  return expects === undefined
    ? []
    : [
        {
          code: 'override/value',
          message: `${key} is ${JSON.stringify(value)}, expected ${expects}`,
          path,
          value,
          fix: likelyFix(wanted, value) ?? 'give a value that Proxmox takes',
        },
      ];
}

function likelyFix(wanted: ConfigKey, value: string): string | undefined {
  const likely = wanted.is === 'checked' ? wanted.likely?.(value) : undefined;
  return likely === undefined ? undefined : `did you mean ${likely}?`;
}

function partProblems(
  known: ConfigKeys,
  key: string,
  value: string,
  path: string,
  format: PropertyFormat | undefined,
): Problem[] {
  return Object.entries(parsePropertyString(value, format)).flatMap(([name, text]) => {
    const wanted = known[name];
    return wanted === undefined
      ? [unknownKey({ of: key, keys: known, reserved: [], formatOf: () => undefined }, `${key}.${name}`, name, path)]
      : valueProblems(wanted, `${key}.${name}`, text, path, undefined);
  });
}

/** What would be a legal value; undefined if this one is. */
function expected(wanted: ConfigKey, value: string): string | undefined {
  switch (wanted.is) {
    case 'flag':
      return parseBoolean(value) === undefined ? '0 or 1' : undefined;
    case 'number':
      return isNumber(value, wanted) ? undefined : numberText(wanted);
    case 'words':
      return wanted.words.includes(value) ? undefined : `one of ${wanted.words.join(', ')}`;
    case 'list':
      return splitList(value).every((it) => wanted.words.includes(it))
        ? undefined
        : `some of ${wanted.words.join(', ')}`;
    case 'text':
      return wanted.pattern?.test(value) === false ? (wanted.expects ?? 'a value of its form') : undefined;
    case 'checked':
      return wanted.accepts(value) ? undefined : wanted.expects;
    default:
      return undefined;
  }
}

type NumberKey = Extract<ConfigKey, { is: 'number' }>;

function isNumber(value: string, { whole: isWhole, min, max }: NumberKey): boolean {
  const number = Number(value);
  const form = isWhole ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/;
  return form.test(value) && number >= (min ?? number) && number <= (max ?? number);
}

function numberText({ whole: isWhole, min, max }: NumberKey): string {
  const what = isWhole ? 'a whole number' : 'a number';
  return max === undefined
    ? `${what}${min === undefined ? '' : ` of at least ${min}`}`
    : `${what} from ${min ?? 0} to ${max}`;
}

function notToSet({ of }: ConfigKeyRules, key: string, path: string): Problem {
  return {
    code: 'override/key',
    message: `${JSON.stringify(key)} is no key of ${of}'s config that a program may set`,
    path,
    value: key,
    fix: 'name a key, `hookscript`, or a key within one, `net0.rate`',
  };
}

function unknownKey({ of, keys }: ConfigKeyRules, key: string, unknown: string, path: string): Problem {
  const known = Object.entries(keys).flatMap(([name, { last }]) =>
    last === undefined ? [name] : [name.replace('[n]', '0'), name.replace('[n]', String(last))],
  );
  const like = nearest(unknown, known);
  return {
    code: 'override/unknown-key',
    message: `${key} is no key of the config of ${of}`,
    path,
    value: key,
    fix:
      like === undefined
        ? 'use a key that Proxmox knows: it would lose any other at its next write'
        : `did you mean ${like}?`,
  };
}
