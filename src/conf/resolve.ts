import { basename } from 'node:path';
import { PhoenixError } from '../base/errors.js';
import { isPlainObject } from '../base/plain-object.js';
import type { DurationText } from '../base/units.js';
import { Script } from '../guest/script.js';
import type { ContentPart } from '../model/content.js';
import type { Field, Fields } from '../model/fields.js';
import { type SecretEncoding, secretRef } from '../model/secret-ref.js';
import { ZfsDataset } from '../zfs/zfs-dataset.js';
import type { LoadContext, ValuePlace } from './load-context.js';

/**
 * The values of a file as a program would give them: names become the things that they name.
 *
 * What cannot be resolved becomes a problem of the context and is left out, so that it is reported once.
 */
export function resolved(
  fields: Fields,
  values: Readonly<Record<string, unknown>>,
  place: ValuePlace,
  context: LoadContext,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    const inner = { ...place, keys: [...place.keys, key] };
    // by definition: a key `__proto__` is a key like any other, and unknown
    Object.defineProperty(result, key, {
      value: resolvedValue(fields[key], value, inner, context),
      enumerable: true,
      writable: true,
    });
  }
  return result;
}

function resolvedValue(field: Field | undefined, value: unknown, place: ValuePlace, context: LoadContext): unknown {
  if (field === undefined || value === null) {
    return value;
  }
  const kind = field.refers;
  if (kind !== undefined) {
    return context.resolve(place, () => (resolvers[kind] ?? byName(kind))(value, context));
  }
  if (field.fields !== undefined && isPlainObject(value)) {
    return resolved(field.fields, value, place, context);
  }
  const { item } = field;
  if (item === undefined) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((one, index) =>
      resolvedValue(item, one, { ...place, keys: [...place.keys, String(index)] }, context),
    );
  }
  return isPlainObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, one]) => [
          name,
          resolvedValue(item, one, { ...place, keys: [...place.keys, name] }, context),
        ]),
      )
    : value;
}

type Resolver = (value: unknown, context: LoadContext) => unknown;

/** Kinds that are more than a name. Whatever has another form is left for the field's own schema to refuse. */
const resolvers: Readonly<Record<string, Resolver>> = {
  'mount source': (value, context) => (typeof value === 'string' ? mountSource(value, context) : value),
  // a word of its own beside the names of archives
  'container archive': (value, context) => (value === 'adopted' ? value : byName('container archive')(value, context)),
  'ISO image': (value, context) => (isVolume(value) ? value : byName('ISO image')(value, context)),
  // every node has this one, whether or not somebody describes it
  storage: (value, context) =>
    value === 'local' && !context.knows('storage', value) ? value : byName('storage')(value, context),
  'firewall address': (value, context) => (isAddress(value) ? value : byName('firewall address')(value, context)),
  script: (value, context) => {
    if (typeof value === 'string') {
      return context.find('script', value);
    }
    return isPlainObject(value) ? scriptOfFile(value, context) : value;
  },
  content: (value, context) => {
    if (isPlainObject(value) && typeof value['$file'] === 'string') {
      return context.text(value['$file']);
    }
    return Array.isArray(value) ? value.map(contentPart) : value;
  },
};

function byName(kind: string): Resolver {
  return (value, context) => (typeof value === 'string' ? context.find(kind, value) : value);
}

/** What a drive may hold beside an image that has a name: nothing, the drive of the host, or a volume. */
function isVolume(value: unknown): boolean {
  return value === 'none' || value === 'cdrom' || (typeof value === 'string' && value.includes(':'));
}

/** Whatever begins with a letter and holds no `:` is a name; `dc/x`, `guest/x` and `+x` are Proxmox's own. */
function isAddress(value: unknown): boolean {
  return typeof value === 'string' && !/^[A-Za-z][\w.-]*$/.test(value);
}

/** `/path`, `pool/dataset` or `pool/dataset:folder/in/it`. */
function mountSource(text: string, context: LoadContext): unknown {
  if (text.startsWith('/')) {
    return text;
  }
  const [name = '', folder] = text.split(':', 2);
  if (context.knows('folder', text)) {
    return context.find('folder', text);
  }
  const dataset = context.find('dataset', name);
  return folder === undefined || !ZfsDataset.isZfsDataset(dataset) ? dataset : dataset.folder(folder);
}

function scriptOfFile({ file, timeout, ...others }: Record<string, unknown>, context: LoadContext): unknown {
  const [unknown] = Object.keys(others);
  if (typeof file !== 'string' || unknown !== undefined) {
    throw new PhoenixError({
      code: 'conf/script',
      message: unknown === undefined ? 'the script has no `file`' : `\`${unknown}\` is no key of a script`,
      fix: 'write the name of a script, or { "file": "scripts/x.sh", "timeout": "30min" }',
    });
  }
  const name = basename(file).replace(/\.[^.]*$/, '');
  const options = typeof timeout === 'string' ? { timeout: timeout as DurationText } : {};
  return Script.text(name, context.text(file), options);
}

function contentPart(part: unknown): ContentPart | unknown {
  return isPlainObject(part) && typeof part['$secret'] === 'string'
    ? { secret: secretRef(part['$secret']), encoding: (part['encoding'] ?? 'raw') as SecretEncoding }
    : part;
}
