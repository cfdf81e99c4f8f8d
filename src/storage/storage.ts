import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { pathIn } from '../core/scope.js';
import type { Fields, SpecOf } from '../model/fields.js';
import { completeSpec, readLayer } from '../model/layer.js';
import { propsOf } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { RemovalPolicy } from '../model/removal.js';
import { placeChecks } from './checks.js';
import { contentFolder } from './content-folder.js';
import { storageFactsCheck } from './facts-checks.js';
import { optionsOf } from './option.js';
import { describeStorage, type StorageSpec, storageIdentity } from './plan.js';
import { optionValue, refusals } from './refusals.js';
import { type StoredKind, storageId } from './schema.js';
import { type BtrfsStorageProps, btrfsStorage } from './types/btrfs.js';
import { type CephFsStorageProps, cephFsStorage } from './types/cephfs.js';
import { type CifsStorageProps, cifsStorage } from './types/cifs.js';
import { type DirStorageProps, dirStorage } from './types/dir.js';
import type { EntryFields } from './types/entry.js';
import { type EsxiStorageProps, esxiStorage } from './types/esxi.js';
import { type IscsiStorageProps, iscsiDirectStorage, iscsiStorage } from './types/iscsi.js';
import { type LvmStorageProps, lvmStorage } from './types/lvm.js';
import { type LvmThinStorageProps, lvmThinStorage } from './types/lvm-thin.js';
import { type NfsStorageProps, nfsStorage } from './types/nfs.js';
import { type PbsStorageProps, pbsStorage } from './types/pbs.js';
import { type RbdStorageProps, rbdStorage } from './types/rbd.js';
import type { StorageType } from './types/storage-type.js';
import { type ZfsOverIscsiStorageProps, zfsOverIscsiStorage } from './types/zfs-over-iscsi.js';
import { type ZfsPoolStorageProps, zfsPoolStorage } from './types/zfspool.js';

const marker = Symbol.for('phoenix-cdk.Storage');

/**
 * A storage of Proxmox: an entry in storage.cfg, made with `pvesm`.
 *
 * What it lies over (a dataset, a volume group, an export of a server) has to be there. Every maker throws `config/*` for its props, and
 * `storage/no-content`, `storage/prune`, `storage/shared-local`, `storage/local` and `storage/needs-release` for the entry as a whole.
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
      over: [],
      dataset: undefined,
      folder: undefined,
      options: [],
      secrets: [],
      base: undefined,
      removalPolicy: 'retain',
    });
  }

  /** Disks as ZFS datasets and volumes. */
  static zfsPool(scope: Construct, id: string, props: ZfsPoolStorageProps): Storage {
    return Storage.declare(zfsPoolStorage, scope, id, props, ({ dataset }) => ({
      dataset,
      base: props.dataset.identity,
    }));
  }

  /** A folder for files. On a `dataset` it is used only while that is mounted, so that nothing is written into the empty folder below. */
  static dir(scope: Construct, id: string, props: DirStorageProps): Storage {
    const { dataset, ...own } = propsOf(props);
    if (dataset === undefined) {
      return Storage.declare(dirStorage, scope, id, own);
    }
    const isWhole = own.path === undefined || own.path === dataset.mountpoint;
    const given = { path: dataset.mountpoint, isMountpoint: isWhole ? true : dataset.mountpoint, ...own };
    const below = { dataset: dataset.datasetName, base: dataset.identity };
    return Storage.declare(dirStorage, scope, id, given, () => below, props);
  }

  /** A folder on Btrfs, for files and for disks as subvolumes. */
  static btrfs(scope: Construct, id: string, props: BtrfsStorageProps): Storage {
    return Storage.declare(btrfsStorage, scope, id, props);
  }

  /** Disks as logical volumes of a volume group that exists. */
  static lvm(scope: Construct, id: string, props: LvmStorageProps): Storage {
    return Storage.declare(lvmStorage, scope, id, props);
  }

  /** Disks as thin logical volumes of a thin pool that exists. */
  static lvmThin(scope: Construct, id: string, props: LvmThinStorageProps): Storage {
    return Storage.declare(lvmThinStorage, scope, id, props);
  }

  /** Files on an NFS server. */
  static nfs(scope: Construct, id: string, props: NfsStorageProps): Storage {
    return Storage.declare(nfsStorage, scope, id, props);
  }

  /** Files on an SMB share. */
  static cifs(scope: Construct, id: string, props: CifsStorageProps): Storage {
    return Storage.declare(cifsStorage, scope, id, props);
  }

  /** Backups on a Proxmox Backup Server. */
  static pbs(scope: Construct, id: string, props: PbsStorageProps): Storage {
    return Storage.declare(pbsStorage, scope, id, props);
  }

  /** Disks on a Ceph cluster. */
  static rbd(scope: Construct, id: string, props: RbdStorageProps): Storage {
    return Storage.declare(rbdStorage, scope, id, props);
  }

  /** Files on a Ceph file system. */
  static cephFs(scope: Construct, id: string, props: CephFsStorageProps = {}): Storage {
    return Storage.declare(cephFsStorage, scope, id, props);
  }

  /** The units of an iSCSI target; the node logs in to it. */
  static iscsi(scope: Construct, id: string, props: IscsiStorageProps): Storage {
    return Storage.declare(iscsiStorage, scope, id, props);
  }

  /** The units of an iSCSI target; each machine's QEMU logs in to it. */
  static iscsiDirect(scope: Construct, id: string, props: IscsiStorageProps): Storage {
    return Storage.declare(iscsiDirectStorage, scope, id, props);
  }

  /** Disks of machines as ZFS volumes of another server, which exports them by iSCSI. */
  static zfsOverIscsi(scope: Construct, id: string, props: ZfsOverIscsiStorageProps): Storage {
    return Storage.declare(zfsOverIscsiStorage, scope, id, props);
  }

  /** Machines of a VMware ESXi host, to be imported. */
  static esxi(scope: Construct, id: string, props: EsxiStorageProps): Storage {
    return Storage.declare(esxiStorage, scope, id, props);
  }

  private static declare<F extends Fields>(
    type: StorageType<F>,
    scope: Construct,
    id: string,
    given: object,
    below: (values: SpecOf<F & EntryFields>) => Pick<StorageSpec, 'dataset' | 'base'> = () => ({
      dataset: undefined,
      base: undefined,
    }),
    props = given,
  ): Storage {
    const path = pathIn(scope, id);
    const layer = readLayer(type.table, { storageId: id, ...given }, path);
    const values = completeSpec(type.table, [{ name: path, values: layer }], path);
    const { settings, secrets, since } = optionsOf(type.table.fields, values);
    const spec: StorageSpec = {
      ...entryOf(values),
      type: type.type,
      imported: false,
      over: type.over(values),
      ...below(values),
      folder: type.folder?.(values),
      options: settings,
      secrets,
    };
    const storage = new Storage(scope, id, spec);
    storage.refuseOtherHosts(props);
    const problems = refusals(spec, since, storage.host.pveVersion, path);
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
    storage.review();
    return storage;
  }

  /** Name that Proxmox knows the storage by. */
  readonly storageId: string;
  /** What may lie on it; empty if it is imported and so not known. */
  readonly content: readonly StoredKind[];

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

  /** Where snippets lie: what documents of machines need to know of their storage. */
  get snippets(): { readonly storage: string; readonly folder?: string; readonly refuses: boolean } {
    const folder = contentFolder(this.spec, 'snippets');
    const refuses = !this.spec.imported && !this.content.includes('snippets');
    return { storage: this.storageId, ...(folder === undefined ? {} : { folder }), refuses };
  }

  complete(_completion: Completion): StorageSpec {
    return this.spec;
  }

  describe(spec: StorageSpec, place: Place): Outcome {
    return describeStorage(spec, place);
  }

  override checks(): readonly Check[] {
    return [...placeChecks(Storage.isStorage), storageFactsCheck(Storage.isStorage)];
  }

  private review(): void {
    const { options, type } = this.spec;
    const nodes = optionValue(options, 'nodes')?.split(',');
    const own = this.host.hostName;
    if (nodes !== undefined && !nodes.includes(own)) {
      this.addFinding(
        'warning',
        'storage/not-on-host',
        `the storage is restricted to ${nodes.join(', ')}, and belongs to the program of ${own}`,
        `add ${own} to \`nodes\``,
      );
    }
    if (type === 'dir' && optionValue(options, 'shared') === '1' && isUnguarded(this.spec)) {
      this.addFinding(
        'warning',
        'storage/shared-unguarded',
        'a shared folder is a mount of the network, and nothing says that it has to be mounted',
        'give `isMountpoint: true`, or leave `shared` out if the folder is on a disk of the node',
      );
    }
  }
}

/** Whether Proxmox would use the folder while nothing is mounted there. */
function isUnguarded({ options }: StorageSpec): boolean {
  return (optionValue(options, 'is_mountpoint') ?? 'no') === 'no';
}

function entryOf(
  values: Readonly<Record<string, unknown>>,
): Pick<StorageSpec, 'storage' | 'content' | 'removalPolicy'> {
  return {
    storage: String(values['storageId']),
    content: values['content'] as readonly StoredKind[],
    removalPolicy: values['removalPolicy'] as RemovalPolicy,
  };
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
