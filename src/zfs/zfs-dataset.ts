import type { Construct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { Size, SizeText } from '../base/units.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { propsOf, readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { RemovalPolicy } from '../model/removal.js';
import { DatasetFolder, type FolderProps } from './dataset-folder.js';
import { datasetFactsCheck } from './facts-checks.js';
import { type DatasetSpec, datasetIdentity, datasetSettings, describeDataset } from './plan.js';
import { valueProblems } from './property-values.js';
import {
  type compressions,
  datasetTable,
  folderPath,
  type Mountable,
  type MountSource,
  type recordSizes,
} from './schema.js';
import type { ZfsPool } from './zfs-pool.js';

export interface ZfsDatasetProps {
  /** The pool or dataset above. */
  readonly parent: ZfsPool | ZfsDataset;
  /**
   * Last part of the dataset's name.
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Largest block of a file: small for databases, `1M` for models, images and backups. Affects files written afterwards.
   * @default - inherited; 128K in a new pool
   */
  readonly recordsize?: (typeof recordSizes)[number];
  /**
   * Compression of blocks written afterwards.
   * @default - inherited; on (lz4) in a new pool
   */
  readonly compression?: (typeof compressions)[number] | (string & {});
  /**
   * When synchronous writes reach the disk. `disabled` loses the last seconds at a power cut.
   * @default - inherited; standard in a new pool
   */
  readonly sync?: 'standard' | 'always' | 'disabled';
  /**
   * Whether reading a file writes its access time.
   * @default - inherited; true in a new pool
   */
  readonly atime?: boolean;
  /**
   * Most that the dataset, its snapshots and everything below may take.
   * @default - no limit
   */
  readonly quota?: Size | SizeText;
  /**
   * Most that the dataset itself may take, without snapshots and children.
   * @default - no limit
   */
  readonly refquota?: Size | SizeText;
  /**
   * Space that is kept free for the dataset and everything below.
   * @default - none
   */
  readonly reservation?: Size | SizeText;
  /**
   * Kind of access control lists; `posix` is what `setfacl` needs.
   * @default - inherited; off in a new pool
   */
  readonly acltype?: 'off' | 'posix';
  /**
   * Where extended attributes are kept; `sa` is the fast one.
   * @default - inherited
   */
  readonly xattr?: 'on' | 'off' | 'dir' | 'sa';
  /**
   * Folder that the dataset is mounted on.
   * @default - below the parent's folder, by the dataset's name
   */
  readonly mountpoint?: string;
  /**
   * Further properties by name, with values as `zfs get -p` prints them.
   * @default - none
   */
  readonly properties?: Readonly<Record<string, string>>;
  /**
   * What may become of the dataset and all that is on it once it left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may destroy it for good, if the applier made it and nothing else uses it. `'retain'`: nothing does. No default
   * of a stack says this of data.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

const marker = Symbol.for('phoenix-cdk.ZfsDataset');

/**
 * A ZFS file system. Created if it is missing, its given properties kept; destroyed only under `removalPolicy: 'destroy'`.
 *
 * @see https://openzfs.github.io/openzfs-docs/man/master/7/zfsprops.7.html
 */
export class ZfsDataset extends Resource<DatasetSpec> implements Referable, Mountable {
  static isZfsDataset(construct: unknown): construct is ZfsDataset {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /**
   * A dataset that exists, by its full name: it has to be there, and is never created, changed or destroyed.
   *
   * `mountpoint` is where it is mounted, if that is not the folder of its name.
   */
  static fromName(scope: Construct, name: string, options: { readonly mountpoint?: string } = {}): ZfsDataset {
    return new ZfsDataset(scope, idOf(name), {
      imported: name,
      mountpoint: propsOf(options).mountpoint ?? `/${name}`,
    });
  }

  /** Full name: `fastData/models`. */
  readonly datasetName: string;
  /** Folder that the dataset is mounted on. */
  readonly mountpoint: string;
  private readonly spec: DatasetSpec;

  /** Throws `config/*`, `scope/other-host`, `zfs/name`, `zfs/property`, `zfs/property-value` and `zfs/mountpoint`. */
  constructor(scope: Construct, id: string, props: ZfsDatasetProps | ImportedDataset) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    const given = propsOf(props);
    this.spec = isImported(given) ? importedSpec(given) : this.read(given);
    this.datasetName = this.spec.dataset;
    this.mountpoint = this.spec.mountpoint;
    const { path } = this.node;
    const problems = [
      ...nameProblems(this.spec, path),
      ...mountpointProblems(this.spec, path),
      ...valueProblems(this.spec.properties, path),
    ];
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
  }

  get [reference](): ReferenceTarget {
    return { kind: 'ZFS dataset', plain: this.datasetName, host: this.host.node.path };
  }

  get identity(): string {
    return datasetIdentity(this.datasetName);
  }

  /** What a guest mounts: the whole dataset. */
  get mountSource(): MountSource {
    return { path: this.mountpoint, identity: this.identity, dataset: this.datasetName, mountpoint: this.mountpoint };
  }

  /**
   * A folder inside the dataset, made if it is missing. Asking twice for a path gives the same folder; its props are said the first time.
   *
   * Throws `zfs/folder`, `config/*`, and `zfs/folder-differs` for other props than the first time.
   */
  folder(path: string, props: FolderProps = {}): DatasetFolder {
    const id = `folder ${idOf(path)}`;
    const known = this.node.tryFindChild(id);
    if (!DatasetFolder.isDatasetFolder(known)) {
      return new DatasetFolder(this, id, { ...props, path, dataset: this.datasetName, mountpoint: this.mountpoint });
    }
    known.refuseOther(props);
    return known;
  }

  complete(_completion: Completion): DatasetSpec {
    return this.spec;
  }

  describe(spec: DatasetSpec, place: Place): Outcome {
    return describeDataset(spec, place);
  }

  override checks(): readonly Check[] {
    return [datasetFactsCheck(ZfsDataset.isZfsDataset)];
  }

  private read(props: ZfsDatasetProps): DatasetSpec {
    this.refuseOtherHosts(props);
    const { path, id } = this.node;
    const spec = readProps(datasetTable, props, path);
    refuseProperties(Object.keys(spec.properties ?? {}), path);
    const name = spec.name ?? id;
    return {
      dataset: `${spec.parent}/${name}`,
      imported: false,
      parent: props.parent.identity,
      mountpoint: spec.mountpoint ?? `${props.parent.mountpoint}/${name}`,
      properties: datasetSettings(spec, spec.properties ?? {}),
      removalPolicy: spec.removalPolicy,
    };
  }
}

/** A dot stands for the slash that no id may have, so that one in a name has to be something else. */
function idOf(name: string): string {
  return typeof name === 'string'
    ? name.replaceAll(/[%.]/g, (character) => (character === '.' ? '%2E' : '%25')).replaceAll('/', '.')
    : '';
}

/** A name that `-o NAME=VALUE` would not carry, or that a prop decides on which folders and mounts depend. */
function refuseProperties(names: readonly string[], path: string): void {
  const wrong = names.filter((name) => name === 'mountpoint' || !/^[a-z0-9][a-z0-9:._-]*$/.test(name));
  if (wrong.length > 0) {
    throw new PhoenixError(
      wrong.map((name) => ({
        code: 'zfs/property',
        message: `${JSON.stringify(name)} is no further property of a dataset`,
        path,
        value: name,
        fix: name === 'mountpoint' ? 'give `mountpoint` as a prop' : 'use the name that `zfs get all` prints',
      })),
    );
  }
}

function nameProblems({ dataset }: DatasetSpec, path: string): Problem[] {
  const isName =
    /^[A-Za-z][A-Za-z0-9_.:-]*(\/(?!\.\.?(\/|$))[A-Za-z0-9_.:-]+)*$/.test(dataset) && dataset.length <= 200;
  const fix = 'use the names of pool and datasets, separated by `/`';
  const message = `${JSON.stringify(dataset)} is no name of a dataset`;
  return isName ? [] : [{ code: 'zfs/name', message, path, value: dataset, fix }];
}

/** Of an import that says where it is mounted; any other mountpoint is checked as a prop, or follows from the names. */
function mountpointProblems({ dataset, mountpoint, imported }: DatasetSpec, path: string): Problem[] {
  const message = `${JSON.stringify(mountpoint)} is no folder that a dataset is mounted on`;
  const isRight = !imported || mountpoint === `/${dataset}` || folderPath.pattern.test(mountpoint);
  return isRight
    ? []
    : [{ code: 'zfs/mountpoint', message, path, value: mountpoint, fix: `give ${folderPath.expects}` }];
}

interface ImportedDataset {
  readonly imported: string;
  readonly mountpoint: string;
}

function isImported(props: ZfsDatasetProps | ImportedDataset): props is ImportedDataset {
  return typeof props === 'object' && 'imported' in props;
}

function importedSpec({ imported, mountpoint }: ImportedDataset): DatasetSpec {
  return { dataset: imported, imported: true, parent: undefined, mountpoint, properties: [], removalPolicy: 'retain' };
}
