import { compareText } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import { type RemovalPolicy, removalOf } from '../model/removal.js';
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
  readonly removalPolicy: RemovalPolicy;
}

/** A file on a storage that comes from elsewhere. */
export type DownloadSpec = Pick<StepOf<'download'>, 'storage' | 'content' | 'file' | 'from' | 'checksum' | 'removal'>;

export function storageIdentity(storage: string): string {
  return `storage/${storage}`;
}

export function osTemplateIdentity(volume: string): string {
  return `archive/${volume}`;
}

/** Identity of an ISO image or of an image to import. */
export function imageIdentity(volume: string): string {
  return `image/${volume}`;
}

/** Volume id of a file on a storage: `local:import/debian-13.qcow2`. */
export function fileVolume({ storage, content, file }: Pick<DownloadSpec, 'storage' | 'content' | 'file'>): string {
  return `${storage}:${content}/${file}`;
}

export function fileIdentity(spec: DownloadSpec): string {
  return (spec.content === 'vztmpl' ? osTemplateIdentity : imageIdentity)(fileVolume(spec));
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
    ...removalOf(spec.removalPolicy),
  };
  return { files: [], steps: [step] };
}

export function describeDownload(spec: DownloadSpec, place: Place): Outcome {
  const identity = fileIdentity(spec);
  const step: StepOf<'download'> = {
    kind: 'download',
    id: `${identity}/file`,
    resource: identity,
    path: place.path,
    title: spec.content === 'vztmpl' ? 'archive' : 'image',
    needs: [storageIdentity(spec.storage)],
    ...spec,
  };
  return { files: [], steps: [step] };
}
