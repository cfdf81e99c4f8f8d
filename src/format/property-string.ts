import { PhoenixError, type Problem } from '../base/errors.js';
import { sortedKeys } from '../base/stable.js';
import { canonicalDiskSize } from './disk-size.js';
import { parseBoolean } from './lists.js';

/** What has to be known about one of Proxmox's `key=value,key=value` texts to read and write it. */
export interface PropertyFormat {
  /** The key whose value may stand bare. It is written first. */
  readonly defaultKey?: string;
  /** Whether the default key is written with its name all the same. Default: bare */
  readonly namesDefault?: true;
  /** Keys that have to be there; they are written before the others. */
  readonly required: readonly string[];
  /** Other names of keys: `volume` for `file`. They are read and never written. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Names that say two things at once: `virtio=MAC` is `model` and `macaddr`. */
  readonly combined?: CombinedKey;
  /** Keys whose `yes`, `on` and their like are read as `1` and `0`, as Proxmox stores them. */
  readonly booleans?: readonly string[];
  /** Keys whose sizes are read into the largest exact unit, as Proxmox stores them. */
  readonly sizes?: readonly string[];
}

/** A name in the place of a key that is itself a value. */
export interface CombinedKey {
  /** The key whose value the name is. */
  readonly name: string;
  /** The key whose value stands behind it. */
  readonly value: string;
  readonly names: readonly string[];
}

/** A container's `netN`. */
export const lxcNet: PropertyFormat = { required: ['name'] };

/** A container's `mpN`. */
export const lxcMountPoint: PropertyFormat = { defaultKey: 'volume', required: ['volume', 'mp'] };

/** A container's `rootfs`. */
export const lxcRootfs: PropertyFormat = { defaultKey: 'volume', required: ['volume'] };

/** A container's `devN`. */
export const lxcDevice: PropertyFormat = { defaultKey: 'path', required: [] };

/** A container's `features`. */
export const lxcFeatures: PropertyFormat = { required: [] };

/** The `startup` of a guest. */
export const startup: PropertyFormat = { defaultKey: 'order', namesDefault: true, required: [] };

/**
 * Reads a property string. Keys the format does not know are kept, and required ones may be missing: what a host holds
 * has to be readable before it can be judged.
 * @throws `property/duplicate`, `property/bare`, `property/key` or `value/empty`, all that were found
 */
export function parsePropertyString(text: string, format: PropertyFormat = { required: [] }): Record<string, string> {
  const record: Record<string, string> = {};
  const problems: Problem[] = [];
  for (let start = 0; start <= text.length; ) {
    const comma = text.indexOf(',', start);
    const end = comma < 0 ? text.length : comma;
    const part = text.slice(start, end);
    start = end + 1;
    if (isBlank(part)) {
      continue;
    }
    const equals = part.indexOf('=');
    const key = equals < 0 ? format.defaultKey : part.slice(0, equals);
    const value = part.slice(equals + 1);
    const problem = partProblem(key, value, part, record, format);
    if (problem !== undefined) {
      problems.push(problem);
    } else if (key !== undefined) {
      addPart(record, key, value, format);
    }
  }
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return record;
}

/**
 * Writes a property string in the order Proxmox itself uses: the default key first and bare, then the required keys,
 * then the others, each sorted. So the next write by Proxmox changes nothing.
 * @throws `property/missing`, `property/key`, `value/empty`, `value/comma` or `value/newline`, all that were found
 */
export function renderPropertyString(record: Readonly<Record<string, string>>, format: PropertyFormat): string {
  const problems = recordProblems(record, format);
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const combined = isCombined(record, format) ? format.combined : undefined;
  return keysInOrder(record, format)
    .filter((key) => key !== combined?.value)
    .map((key) => {
      const value = record[key] ?? '';
      if (key === combined?.name) {
        return `${value}=${record[combined.value]}`;
      }
      return isBareKey(key, value, format) ? value : `${key}=${value}`;
    })
    .join(',');
}

/** The text as Proxmox would write it anew. @throws what the reading or the writing does */
export function canonicalPropertyString(text: string, format: PropertyFormat): string {
  return renderPropertyString(parsePropertyString(text, format), format);
}

function partProblem(
  key: string | undefined,
  value: string,
  part: string,
  record: Readonly<Record<string, string>>,
  format: PropertyFormat,
): Problem | undefined {
  if (key === undefined) {
    return { code: 'property/bare', message: `'${part}' has no key`, value: part, fix: 'write it as key=value' };
  }
  if (!isKey(key)) {
    return keyProblem(key);
  }
  const twice = keysOf(key, format).find((name) => Object.hasOwn(record, name));
  if (twice !== undefined) {
    return {
      code: 'property/duplicate',
      message: `'${twice}' is given twice`,
      value: part,
      fix: 'keep one of the two values',
    };
  }
  return isBlank(value) ? emptyProblem(key) : undefined;
}

function addPart(record: Record<string, string>, key: string, value: string, format: PropertyFormat): void {
  const [name = key, second] = keysOf(key, format);
  if (second === undefined) {
    record[name] = storedValue(name, value, format);
  } else {
    record[name] = key;
    record[second] = value;
  }
}

/** The key or the two keys that a part speaks of. */
function keysOf(key: string, { aliases, combined }: PropertyFormat): readonly string[] {
  if (combined?.names.includes(key) === true) {
    return [combined.name, combined.value];
  }
  return [aliases !== undefined && Object.hasOwn(aliases, key) ? (aliases[key] ?? key) : key];
}

function storedValue(key: string, value: string, format: PropertyFormat): string {
  if (format.sizes?.includes(key) === true) {
    return canonicalDiskSize(value);
  }
  const truth = format.booleans?.includes(key) === true ? parseBoolean(value) : undefined;
  return truth === undefined ? value : truth ? '1' : '0';
}

function isCombined(record: Readonly<Record<string, string>>, { combined }: PropertyFormat): boolean {
  return (
    combined !== undefined &&
    Object.hasOwn(record, combined.value) &&
    combined.names.includes(record[combined.name] ?? '')
  );
}

function recordProblems(record: Readonly<Record<string, string>>, format: PropertyFormat): Problem[] {
  const missing = format.required.filter((key) => !Object.hasOwn(record, key));
  const problems: Problem[] = missing.map((key) => ({
    code: 'property/missing',
    message: `'${key}' is missing`,
    value: key,
    fix: `give a value for ${key}`,
  }));
  for (const key of sortedKeys(record)) {
    const value = record[key] ?? '';
    if (!isKey(key)) {
      problems.push(keyProblem(key));
    }
    if (isBlank(value)) {
      problems.push(emptyProblem(key));
    }
    if (value.includes(',')) {
      const message = `${key}: '${value}' holds a comma, and property strings know no quoting`;
      problems.push({ code: 'value/comma', message, value, fix: 'use a value without a comma; sub lists take `;`' });
    }
    if (/[\n\r\0]/.test(value)) {
      const message = `${key}: ${JSON.stringify(value)} holds a line break or NUL`;
      problems.push({ code: 'value/newline', message, value, fix: 'use a value of one line' });
    }
  }
  return problems;
}

function keysInOrder(record: Readonly<Record<string, string>>, format: PropertyFormat): string[] {
  const rank = (key: string): number => (key === format.defaultKey ? 0 : format.required.includes(key) ? 1 : 2);
  return sortedKeys(record).sort((a, b) => rank(a) - rank(b));
}

/** A bare value with `=` in it would be read as a key and its value. */
function isBareKey(key: string, value: string, format: PropertyFormat): boolean {
  return key === format.defaultKey && format.namesDefault !== true && !value.includes('=');
}

function isKey(key: string): boolean {
  return /^[A-Za-z][\w-]*$/.test(key);
}

function keyProblem(key: string): Problem {
  const fix = 'a key is a letter, then letters, digits, - and _';
  return { code: 'property/key', message: `'${key}' is no key of a property string`, value: key, fix };
}

function isBlank(text: string): boolean {
  return /^[ \t\n\v\f\r]*$/.test(text);
}

function emptyProblem(key: string): Problem {
  return {
    code: 'value/empty',
    message: `'${key}' has no value`,
    value: key,
    fix: 'give a value or leave the key out',
  };
}
