import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { completeSpec, readLayer } from '../model/layer.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { ZfsDataset } from '../zfs/zfs-dataset.js';
import type { ZfsPool } from '../zfs/zfs-pool.js';
import { contentText, describeStorage, type StorageSpec, storageIdentity } from './plan.js';
import { type ContentKind, dirStorageTable, storageId, zfsPoolStorageTable } from './schema.js';

export interface ZfsPoolStorageProps {
  /**
   * Name of the storage.
   * @default - the construct's id
   */
  readonly storageId?: string;
  /** Dataset or pool that disks are made below. Fixed once the storage exists. */
  readonly dataset: ZfsDataset | ZfsPool;
  /** What may lie on it: `rootdir` for containers, `images` for machines. A ZFS storage takes nothing else. */
  readonly content: readonly ('images' | 'rootdir')[];
  /**
   * Whether disks of machines take space only as they are filled.
   * @default - no; disks reserve their space
   */
  readonly sparse?: boolean;
  /**
   * Block size of new disks of machines.
   * @default - 16k
   */
  readonly blocksize?: '4k' | '8k' | '16k' | '32k' | '64k' | '128k';
}

export interface DirStorageProps {
  /**
   * Name of the storage.
   * @default - the construct's id
   */
  readonly storageId?: string;
  /**
   * Dataset whose folder it is. Proxmox then uses the storage only while the dataset is mounted.
   * @default - none; give `path`
   */
  readonly dataset?: ZfsDataset;
  /**
   * Folder of the storage. Fixed once the storage exists.
   * @default - the folder that `dataset` is mounted on
   */
  readonly path?: string;
  /** What may lie on it. */
  readonly content: readonly ContentKind[];
}

const marker = Symbol.for('phoenix-cdk.Storage');

/**
 * A storage of Proxmox: an entry in storage.cfg, made with `pvesm`.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-pvesm.html
 */
export class Storage extends Resource<StorageSpec> implements Referable {
  static isStorage(construct: unknown): construct is Storage {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /** A storage that exists: it has to be there, and is never created, changed or removed. */
  static fromName(scope: Construct, name: string): Storage {
    return new Storage(scope, name, {
      storage: checkName(name),
      type: 'any',
      imported: true,
      content: [],
      dataset: undefined,
      folder: undefined,
      options: [],
      base: undefined,
    });
  }

  /** Disks as ZFS datasets and volumes. Throws `config/*`. */
  static zfsPool(scope: Construct, id: string, props: ZfsPoolStorageProps): Storage {
    const path = pathOf(scope, id);
    const values = readLayer(zfsPoolStorageTable, { storageId: id, ...props }, path);
    const spec = completeSpec(zfsPoolStorageTable, [{ name: path, values }], path);
    const storage = new Storage(scope, id, {
      storage: spec.storageId,
      type: 'zfspool',
      imported: false,
      content: spec.content,
      dataset: spec.dataset,
      folder: undefined,
      options: [
        { name: 'pool', value: spec.dataset, fixed: true },
        { name: 'content', value: contentText(spec.content) },
        ...(spec.sparse === undefined ? [] : [{ name: 'sparse', value: spec.sparse ? '1' : '0' }]),
        ...(spec.blocksize === undefined ? [] : [{ name: 'blocksize', value: spec.blocksize }]),
      ],
      base: props.dataset.identity,
    });
    storage.refuseOtherHosts(props);
    return storage;
  }

  /** A folder for files. Throws `config/*`. */
  static dir(scope: Construct, id: string, props: DirStorageProps): Storage {
    const path = pathOf(scope, id);
    const { dataset, ...own } = props;
    const given = { storageId: id, ...(dataset === undefined ? {} : { path: dataset.mountpoint }), ...own };
    const spec = completeSpec(dirStorageTable, [{ name: path, values: readLayer(dirStorageTable, given, path) }], path);
    const storage = new Storage(scope, id, {
      storage: spec.storageId,
      type: 'dir',
      imported: false,
      content: spec.content,
      dataset: dataset?.datasetName,
      folder: spec.path,
      options: [
        { name: 'path', value: spec.path, fixed: true },
        { name: 'content', value: contentText(spec.content) },
        // without it Proxmox would write into the empty folder of a dataset that is not mounted
        ...(dataset === undefined
          ? []
          : [{ name: 'is_mountpoint', value: dataset.mountpoint === spec.path ? 'yes' : dataset.mountpoint }]),
      ],
      base: dataset?.identity,
    });
    storage.refuseOtherHosts(props);
    return storage;
  }

  /** Name that Proxmox knows the storage by. */
  readonly storageId: string;
  /** What may lie on it; empty if it is imported and so not known. */
  readonly content: readonly ContentKind[];

  private constructor(
    scope: Construct,
    id: string,
    private readonly spec: StorageSpec,
  ) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    this.storageId = spec.storage;
    this.content = spec.content;
  }

  get [reference](): ReferenceTarget {
    return { kind: 'storage', plain: this.storageId, host: this.host.node.path };
  }

  get identity(): string {
    return storageIdentity(this.storageId);
  }

  complete(_completion: Completion): StorageSpec {
    return this.spec;
  }

  describe(spec: StorageSpec, place: Place): Outcome {
    return describeStorage(spec, place);
  }
}

function pathOf(scope: Construct, id: string): string {
  return scope.node.path === '' ? id : `${scope.node.path}/${id}`;
}

function checkName(name: string): string {
  if (!storageId.pattern.test(name)) {
    throw new PhoenixError({
      code: 'storage/name',
      message: `${JSON.stringify(name)} is no name of a storage`,
      value: name,
      fix: `give ${storageId.expects}`,
    });
  }
  return name;
}
