import { PhoenixError, type Problem } from '../base/errors.js';
import { type PropertyFormat, parsePropertyString, renderPropertyString } from '../format/property-string.js';
import type { KeyRequirement } from '../model/step.js';
import type { GuestOverride } from './guest.js';

/** How overridden keys become requirements of one type of guest. */
export interface OverrideRules {
  readonly exact: (key: string, value: string) => KeyRequirement;
  readonly absent: (key: string) => KeyRequirement;
  /** How the value of a key is composed; undefined for a plain one. */
  readonly formatOf: (key: string) => PropertyFormat | undefined;
  /** Keys that have to stand within the value of a key, by its name without number, where Proxmox asks for more than its format says. */
  readonly needed: Readonly<Record<string, readonly string[]>>;
}

/**
 * Overrides are the last word before the grammar, which still refuses what could not be written.
 *
 * Throws `override/volume`, `override/no-subkeys`, `override/incomplete` and what the grammar throws.
 */
export function applyOverrides(
  keys: readonly KeyRequirement[],
  overrides: readonly GuestOverride[],
  rules: OverrideRules,
): KeyRequirement[] {
  const result = new Map(keys.map((key) => [key.key, key]));
  for (const { key, subkey, value } of overrides) {
    const before = result.get(key);
    if (before?.is === 'volume') {
      throw new PhoenixError({
        code: 'override/volume',
        message: `${key} is a disk, whose value Proxmox writes itself`,
        value: key,
        fix: 'use the props of the disk',
      });
    }
    const text = subkey === undefined ? value : changedValue(key, before, subkey, value, rules);
    result.set(key, text === undefined ? rules.absent(key) : rules.exact(key, checkedLine(key, text)));
  }
  refuseIncomplete(
    overrides.flatMap(({ key }) => result.get(key) ?? []),
    rules,
  );
  return [...result.values()];
}

/** Looked at when all is set: another override may bring what one leaves out. */
function refuseIncomplete(keys: readonly KeyRequirement[], { formatOf, needed }: OverrideRules): void {
  const problems = [...new Set(keys)].flatMap((requirement): Problem[] => {
    const format = requirement.is === 'exact' ? formatOf(requirement.key) : undefined;
    if (requirement.is !== 'exact' || format === undefined) {
      return [];
    }
    const { key, value } = requirement;
    const given = parsePropertyString(value, format);
    const missing = [...format.required, ...(needed[key.replace(/\d+$/, '')] ?? [])].filter(
      (it) => given[it] === undefined,
    );
    return missing.map((name) => ({
      code: 'override/incomplete',
      message: `${key} is ${JSON.stringify(value)}, which says no ${name}`,
      value: key,
      fix: `override ${key}.${name} too, or write it into the value: ${name}=...`,
    }));
  });
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}

function changedValue(
  key: string,
  before: KeyRequirement | undefined,
  subkey: string,
  value: string | undefined,
  rules: OverrideRules,
): string | undefined {
  const format = rules.formatOf(key);
  if (format === undefined) {
    throw new PhoenixError({
      code: 'override/no-subkeys',
      message: `${key} has no keys within its value`,
      value: `${key}.${subkey}`,
      fix: `override ${key} as a whole`,
    });
  }
  const { [subkey]: _, ...others } = before?.is === 'exact' ? parsePropertyString(before.value, format) : {};
  const record = value === undefined ? others : { ...others, [subkey]: value };
  return Object.keys(record).length === 0 ? undefined : renderPropertyString(record, format);
}

function checkedLine(key: string, value: string): string {
  if (/[\n\r\0]/.test(value) || value === '') {
    throw new PhoenixError({
      code: 'value/newline',
      message: `the value of ${key} has to be one line of text`,
      value,
      fix: 'leave out line feeds and empty values',
    });
  }
  return value;
}
