import { compareText } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import type { Setting, StepOf } from '../model/step.js';
import type { SecretSetting } from './option.js';
import type { StoredKind } from './schema.js';

/** An entry of storage.cfg, complete. */
export interface StorageSpec {
  readonly storage: string;
  readonly type: string;
  /** Whether it is imported: it has to be there and is never changed. */
  readonly imported: boolean;
  readonly content: readonly StoredKind[];
  /** What it lies over, in words that are equal if two storages lie over one thing. */
  readonly over: readonly string[];
  /** The ZFS dataset below, if it is known. */
  readonly dataset: string | undefined;
  /** Folder of a storage for files, if it is known. */
  readonly folder: string | undefined;
  readonly options: readonly Setting[];
  /** Options that are set to secrets. */
  readonly secrets: readonly SecretSetting[];
  /** Identity of what has to be there first. */
  readonly base: string | undefined;
}

export interface OsTemplateSpec {
  readonly storage: string;
  readonly file: string;
  readonly url: string | undefined;
  readonly sha512: string | undefined;
}

export function storageIdentity(storage: string): string {
  return `storage/${storage}`;
}

export function osTemplateIdentity(volume: string): string {
  return `archive/${volume}`;
}

export function archiveVolume(spec: { readonly storage: string; readonly file: string }): string {
  return `${spec.storage}:vztmpl/${spec.file}`;
}

export function describeStorage(spec: StorageSpec, place: Place): Outcome {
  const identity = storageIdentity(spec.storage);
  const step: StepOf<'storage'> = {
    kind: 'storage',
    id: `${identity}/entry`,
    resource: identity,
    path: place.path,
    title: 'storage',
    needs: spec.base === undefined ? [] : [spec.base],
    exclusive: ['file/storage.cfg'],
    storage: spec.storage,
    type: spec.type,
    create: !spec.imported,
    options: [...spec.options].sort((a, b) => compareText(a.name, b.name)),
    ...(spec.secrets.length === 0 ? {} : { secrets: spec.secrets }),
  };
  return { files: [], steps: [step] };
}

export function describeOsTemplate(spec: OsTemplateSpec, place: Place): Outcome {
  const identity = osTemplateIdentity(archiveVolume(spec));
  const step: StepOf<'os-template'> = {
    kind: 'os-template',
    id: `${identity}/file`,
    resource: identity,
    path: place.path,
    title: 'archive',
    needs: [storageIdentity(spec.storage)],
    storage: spec.storage,
    file: spec.file,
    from: spec.url === undefined ? 'catalogue' : { url: spec.url },
    ...(spec.sha512 === undefined ? {} : { sha512: spec.sha512 }),
  };
  return { files: [], steps: [step] };
}
