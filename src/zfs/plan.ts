import { compareText } from '../base/stable.js';
import type { Outcome, Place } from '../core/resource.js';
import { type RemovalPolicy, removalOf } from '../model/removal.js';
import type { Setting, StepOf } from '../model/step.js';

/** A dataset, complete: full name, and properties in the form of `zfs get -p`. */
export interface DatasetSpec {
  readonly dataset: string;
  /** Whether it is imported: it has to be there and is never changed. */
  readonly imported: boolean;
  /** Identity of the pool or dataset above, as far as the program knows it. */
  readonly parent: string | undefined;
  /** Folder that the dataset is mounted on. */
  readonly mountpoint: string;
  readonly properties: readonly Setting[];
  readonly removalPolicy: RemovalPolicy;
}

export interface PoolSpec {
  readonly pool: string;
  readonly create:
    | {
        readonly vdevs: readonly { readonly type: string; readonly devices: readonly string[] }[];
        readonly ashift: number;
      }
    | undefined;
}

export interface FolderSpec {
  readonly path: string;
  readonly dataset: string;
  readonly mountpoint: string;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly mode: string | undefined;
  readonly removalPolicy: RemovalPolicy;
}

export function datasetIdentity(dataset: string): string {
  return `zfs/${dataset}`;
}

export function poolIdentity(pool: string): string {
  return `zpool/${pool}`;
}

/** Characters that ids of steps may not have become the `%XX` of their bytes, as does `%`, so that no two folders share an identity. */
export function folderIdentity(path: string): string {
  return `folder${path.replaceAll(/[^\w@+=:./-]+/g, percentBytes)}`;
}

export function describePool(spec: PoolSpec, place: Place): Outcome {
  const identity = poolIdentity(spec.pool);
  const step: StepOf<'zfs-pool'> = {
    kind: 'zfs-pool',
    id: `${identity}/pool`,
    resource: identity,
    path: place.path,
    title: 'pool',
    needs: [],
    exclusive: [identity],
    pool: spec.pool,
    ...(spec.create === undefined
      ? {}
      : {
          create: {
            vdevs: spec.create.vdevs,
            properties: [{ name: 'ashift', value: String(spec.create.ashift), fixed: true }],
          },
        }),
  };
  return { files: [], steps: [step] };
}

export function describeDataset(spec: DatasetSpec, place: Place): Outcome {
  const identity = datasetIdentity(spec.dataset);
  const step: StepOf<'zfs-dataset'> = {
    kind: 'zfs-dataset',
    id: `${identity}/dataset`,
    resource: identity,
    path: place.path,
    title: 'dataset',
    needs: spec.parent === undefined ? [] : [spec.parent],
    dataset: spec.dataset,
    create: !spec.imported,
    properties: spec.properties,
    ...removalOf(spec.removalPolicy),
  };
  return { files: [], steps: [step] };
}

export function describeFolder(spec: FolderSpec, place: Place): Outcome {
  const identity = folderIdentity(spec.path);
  const step: StepOf<'folder'> = {
    kind: 'folder',
    id: `${identity}/folder`,
    resource: identity,
    path: place.path,
    title: 'folder',
    needs: [datasetIdentity(spec.dataset)],
    folder: spec.path,
    inside: { path: spec.mountpoint, dataset: spec.dataset },
    ...(spec.owner === undefined ? {} : spec.owner),
    ...(spec.mode === undefined ? {} : { mode: spec.mode }),
    ...removalOf(spec.removalPolicy),
  };
  return { files: [], steps: [step] };
}

/** Properties of a dataset in the form of `zfs get -p`: sizes in bytes, switches as words. In name order. */
export function datasetSettings(
  values: Readonly<Record<string, unknown>>,
  further: Readonly<Record<string, string>>,
): Setting[] {
  const settings = new Map<string, string>();
  for (const name of [
    'recordsize',
    'compression',
    'sync',
    'atime',
    'quota',
    'refquota',
    'reservation',
    'acltype',
    'xattr',
    'mountpoint',
  ]) {
    const value = values[name];
    if (value !== undefined) {
      settings.set(name, propertyText(name, value));
    }
  }
  Object.entries(further).forEach(([name, value]) => settings.set(name, value));
  return [...settings]
    .sort((a, b) => compareText(a[0], b[0]))
    .map(([name, value]) => ({ name, value, ...(createOnly.has(name) ? { fixed: true } : {}) }));
}

/** Properties that can be given when a dataset is made, and never changed. */
const createOnly = new Set(['casesensitivity', 'normalization', 'utf8only', 'volblocksize', 'encryption', 'keyformat']);

function propertyText(name: string, value: unknown): string {
  if (typeof value === 'boolean') {
    return value ? 'on' : 'off';
  }
  return name === 'recordsize' ? String(recordBytes(String(value))) : String(value);
}

function recordBytes(text: string): number {
  const unit = text.endsWith('M') ? 1024 * 1024 : text.endsWith('K') ? 1024 : 1;
  return Number.parseInt(text, 10) * unit;
}

function percentBytes(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
