import { isPlainObject } from '../../base/plain-object.js';
import type { YamlValue } from '../../format/yaml.js';
import { type ContentPart, holdsSecret, renderContent } from '../../model/content.js';
import type { Field, Fields } from '../../model/fields.js';
import { isSecretRef } from '../../model/secret-ref.js';
import { type CloudConfigValues, cloudConfigFields } from './schema.js';

/** A document as plain data, each secret in it as the place where it goes. */
export type CloudInitDocument = { readonly [key: string]: YamlValue };

/**
 * The values as a `#cloud-config` document: cloud-init's own spelling, in the order of the field table. What is empty is left out, because
 * cloud-init takes no empty lists.
 */
export function cloudConfigDocument(values: CloudConfigValues): CloudInitDocument {
  const {
    extra = {},
    defaultUser = true,
    groups,
    users = [],
    packages,
    mounts,
    writeFiles,
    diskSetup,
    ...same
  } = values;
  return {
    ...documentOf(cloudConfigFields, {
      ...same,
      groups: groups === undefined ? undefined : groupList(groups),
      users: users.length === 0 ? undefined : [...(defaultUser ? ['default'] : []), ...users.map(userEntry)],
      packages: packages?.map((it) => (typeof it === 'string' ? it : [it.name, it.version])),
      diskSetup: diskSetup === undefined ? undefined : mapValues(diskSetup, partitionTable),
      mounts: mounts?.map(fstabLine),
      writeFiles: writeFiles?.map(fileEntry),
    }),
    ...(withPlaces(extra) as CloudInitDocument),
  };
}

/** Values of a field table under the spelling that documents have. */
export function documentOf(fields: Fields, values: Readonly<Record<string, unknown>>): CloudInitDocument {
  const document: Record<string, YamlValue> = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = values[key];
    if (value !== undefined && !isEmpty(value)) {
      document[snakeCase(key)] = written(value, field);
    }
  }
  return document;
}

/** Only keys of a table are spelt anew: in a map they are names that people gave. */
function written(value: unknown, field: Field | undefined): YamlValue {
  if (Array.isArray(value)) {
    return value.map((inner) => written(inner, field?.item));
  }
  if (!isPlainObject(value) || isSecretRef(value)) {
    return withPlaces(value);
  }
  return field?.fields === undefined
    ? mapValues(value, (inner) => written(inner, field?.item))
    : documentOf(field.fields, value);
}

/** Plain data with the place of each secret as a text. */
function withPlaces(value: unknown): YamlValue {
  if (isSecretRef(value)) {
    return renderContent([{ secret: value, encoding: 'yaml' }]).text;
  }
  if (Array.isArray(value)) {
    return value.map(withPlaces);
  }
  return isPlainObject(value) ? mapValues(value, withPlaces) : (value as YamlValue);
}

type ItemOf<K extends 'users' | 'mounts' | 'writeFiles'> = NonNullable<CloudConfigValues[K]>[number];

function groupList(groups: NonNullable<CloudConfigValues['groups']>): unknown[] {
  return Object.entries(groups).map(([group, members]) => (members.length === 0 ? group : { [group]: members }));
}

function partitionTable(table: NonNullable<CloudConfigValues['diskSetup']>[string]): object {
  const { layout } = table;
  return typeof layout !== 'object'
    ? table
    : { ...table, layout: layout.map((it) => (typeof it === 'number' ? it : [it.percent, it.type])) };
}

/** cloud-init locks every password, also one that is given. */
function userEntry(user: ItemOf<'users'>): object {
  return user.hashedPasswd === undefined ? user : { lockPasswd: false, ...user };
}

/** Fields of /etc/fstab up to the last that is given; what stands before it is as cloud-init would fill it in. */
function fstabLine({ device, path, type, options, dump, pass }: ItemOf<'mounts'>): string[] {
  const given = [type, options?.join(','), dump, pass];
  const usual = ['auto', 'defaults,nofail', '0', '0'];
  const last = given.findLastIndex((it) => it !== undefined);
  return [device, path, ...usual.slice(0, last + 1).map((it, index) => String(given[index] ?? it))];
}

/** A file of another owner than root waits until cloud-init has made users and installed packages. */
function fileEntry({ content, owner, defer, permissions, ...file }: ItemOf<'writeFiles'>): object {
  const isOfOthers = owner !== undefined && owner !== 'root' && owner !== 'root:root';
  const text = fileText(content);
  return {
    ...file,
    permissions: permissions ?? (holdsSecret(text) ? '0600' : undefined),
    content: text,
    owner,
    defer: defer ?? (isOfOthers ? true : undefined),
  };
}

/** The content as one text between double quotes, for which its secrets are escaped. */
function fileText(content: string | readonly ContentPart[]): string {
  const parts = typeof content === 'string' ? [content] : content;
  return renderContent(parts.map((part) => (typeof part === 'string' ? part : { ...part, encoding: 'yaml' }))).text;
}

/** An empty file is something, an empty list is nothing. */
function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0;
}

/** A key of ours in cloud-init's spelling. */
export function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function mapValues<V, R>(record: Readonly<Record<string, V>>, change: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
