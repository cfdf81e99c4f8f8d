import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { RemovalPolicy } from '../model/removal.js';
import { describeFolder, type FolderSpec, folderIdentity } from './plan.js';
import { folderTable, type Mountable, type MountSource } from './schema.js';

export interface FolderProps {
  /**
   * Owner as the host sees it. Root of an unprivileged container is 100000, its user 1000 is 101000.
   * @default - root of the host where the folder is made; an existing folder keeps its owner
   */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /**
   * Permissions as four octal digits.
   * @default - 0755 where the folder is made; an existing folder keeps its own
   */
  readonly mode?: string;
  /**
   * Whether the folder may be removed once it left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may remove it if the applier made it, and only while it is empty. `'retain'`: nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

interface DatasetFolderProps extends FolderProps {
  readonly path: string;
  readonly dataset: string;
  readonly mountpoint: string;
}

const marker = Symbol.for('phoenix-cdk.DatasetFolder');

/** A folder inside a dataset. Made by `dataset.folder(...)`; never made on the empty mountpoint of a dataset that is not mounted. */
export class DatasetFolder extends Resource<FolderSpec> implements Referable, Mountable {
  static isDatasetFolder(construct: unknown): construct is DatasetFolder {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /** Path on the host. */
  readonly path: string;
  /** Owner that the folder is given, as the host sees it; undefined if it keeps the one it has. */
  readonly owner: FolderProps['owner'];
  private readonly spec: FolderSpec;

  /** Throws `zfs/folder`, and `config/*` with everything that is wrong with owner and mode. */
  constructor(scope: Construct, id: string, props: DatasetFolderProps) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    const { path: folder, dataset, mountpoint, ...own } = props;
    const { path } = this.node;
    const { owner, mode, removalPolicy } = readProps(folderTable, own, path);
    if (
      !/^[^/\s,][^\s,]*$/.test(folder) ||
      folder.split('/').some((part) => part === '' || part === '.' || part === '..')
    ) {
      throw new PhoenixError({
        code: 'zfs/folder',
        message: `${JSON.stringify(folder)} is no folder inside a dataset`,
        path,
        value: folder,
        fix: 'use a relative path without `..`, blanks and commas, such as logs/nginx',
      });
    }
    this.path = `${mountpoint}/${folder}`;
    this.owner = owner;
    this.spec = { path: this.path, dataset, mountpoint, owner, mode, removalPolicy };
  }

  get [reference](): ReferenceTarget {
    return { kind: 'folder', plain: this.path, host: this.host.node.path };
  }

  get identity(): string {
    return folderIdentity(this.path);
  }

  /** What a guest mounts: this folder, once its dataset is mounted. */
  get mountSource(): MountSource {
    return { path: this.path, identity: this.identity, dataset: this.spec.dataset, mountpoint: this.spec.mountpoint };
  }

  /** Throws `zfs/folder-differs` for props that are given and not those of this folder. */
  refuseOther({ owner, mode }: FolderProps): void {
    const own = this.spec;
    const isOther =
      (mode !== undefined && mode !== own.mode) ||
      (owner !== undefined && (owner.uid !== own.owner?.uid || owner.gid !== own.owner.gid));
    if (isOther) {
      throw new PhoenixError({
        code: 'zfs/folder-differs',
        message: `${this.path} is asked for again with another owner or mode`,
        path: this.node.path,
        value: this.path,
        fix: 'give owner and mode where the folder is asked for first',
      });
    }
  }

  complete(_completion: Completion): FolderSpec {
    return this.spec;
  }

  describe(spec: FolderSpec, place: Place): Outcome {
    return describeFolder(spec, place);
  }
}
