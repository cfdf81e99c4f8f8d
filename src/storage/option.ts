import { compareText } from '../base/stable.js';
import type { Field, Fields } from '../model/fields.js';
import type { PveVersion } from '../model/pve-version.js';
import { isSecretRef } from '../model/secret-ref.js';
import type { Setting } from '../model/step.js';

/** How a key of a storage is written in storage.cfg. */
export interface OptionRule {
  /** Name of the option, where it is not the key in small letters with dashes. `false`: the key is no option of its own. */
  readonly name?: string | false;
  /** Whether Proxmox takes it only when the storage is made. */
  readonly fixed?: boolean;
  /** The first release that knows it. */
  readonly since?: PveVersion;
  /** Whether the order of a list means something. */
  readonly ordered?: boolean;
  /** Words for true and false. Default: 1 and 0 */
  readonly words?: readonly [yes: string, no: string];
}

/** A field with the rule of its option; a field without one goes by its key. */
export function option<F extends Field>(field: F, rule: OptionRule): F {
  return { ...field, rule };
}

/** An option that is set to a secret, which stands by its name. */
export interface SecretSetting {
  readonly option: string;
  readonly secret: string;
}

export interface StorageOptions {
  readonly settings: readonly Setting[];
  readonly secrets: readonly SecretSetting[];
  /** Options that are there only from some release on, by key. */
  readonly since: readonly { readonly key: string; readonly release: PveVersion }[];
}

/** Name of a key's option in storage.cfg; undefined if it is none. */
export function optionName(key: string, field: Field): string | undefined {
  const { name = kebab(key) } = ruleOf(field);
  return name === false ? undefined : name;
}

/** What the values of a table come to as options. A value that is not given is no option. */
export function optionsOf(fields: Fields, values: Readonly<Record<string, unknown>>): StorageOptions {
  const given = Object.entries(fields).flatMap(([key, field]) => {
    const name = optionName(key, field);
    const value = values[key];
    return name === undefined || value === undefined ? [] : [{ key, name, value, rule: ruleOf(field) }];
  });
  return {
    settings: given
      .filter(({ value }) => !isSecretRef(value))
      .map(({ name, value, rule }) => ({
        name,
        value: textOf(value, rule),
        ...(rule.fixed === true ? { fixed: true } : {}),
      })),
    secrets: given.flatMap(({ name, value }) => (isSecretRef(value) ? [{ option: name, secret: value.$secret }] : [])),
    since: given.flatMap(({ key, rule }) => (rule.since === undefined ? [] : [{ key, release: rule.since }])),
  };
}

function ruleOf(field: Field & { readonly rule?: OptionRule }): OptionRule {
  return field.rule ?? {};
}

/** The same set is the same text, however it was given. */
function textOf(value: unknown, rule: OptionRule): string {
  if (typeof value === 'boolean') {
    const [yes, no] = rule.words ?? ['1', '0'];
    return value ? yes : no;
  }
  if (Array.isArray(value)) {
    const items = value.map(String);
    return (rule.ordered === true ? items : [...new Set(items)].sort(compareText)).join(',');
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => `${kebab(key)}=${textOf(inner, {})}`)
      .sort(compareText)
      .join(',');
  }
  return String(value);
}

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
