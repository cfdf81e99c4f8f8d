import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { type Check, type Completed, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { poolFactsCheck } from './facts-checks.js';
import { describePool, type PoolSpec, poolIdentity } from './plan.js';
import { poolName, poolTable, type vdevTypes } from './schema.js';

export interface ZfsPoolProps {
  /**
   * Name of the pool.
   * @default - the construct's id
   */
  readonly name?: string;
  /** Groups of disks. Data is spread over all of them; the loss of one group loses the pool. */
  readonly vdevs: readonly {
    /** Redundancy within the group: `single` has none. */
    readonly type: (typeof vdevTypes)[number];
    /** Disks by their stable names in `/dev/disk/by-id`. */
    readonly devices: readonly string[];
  }[];
  /**
   * Sector size of the disks as a power of two. Fixed once the pool exists.
   * @default 12
   */
  readonly ashift?: number;
}

const marker = Symbol.for('phoenix-cdk.ZfsPool');

/** How many disks a group of each kind needs at least. */
const fewestDisks = { single: 1, mirror: 2, raidz1: 2, raidz2: 3, raidz3: 4 } as const;

/**
 * A ZFS pool. `fromName` imports one that exists; `new ZfsPool` describes one with its disks.
 *
 * The applier creates a pool only when it is told so by name (`--allow-create-pool`), only on disks that are blank, and never with force.
 * It never destroys one.
 */
export class ZfsPool extends Resource<PoolSpec> implements Referable {
  /** A pool that exists: it has to be there and healthy, and is never created, changed or destroyed. */
  static fromName(scope: Construct, name: string): ZfsPool {
    return new ZfsPool(scope, name, undefined);
  }

  static isZfsPool(construct: unknown): construct is ZfsPool {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  readonly poolName: string;
  private readonly spec: PoolSpec;

  /** Throws `config/*`, `zfs/name`, `zfs/too-few-disks` and `zfs/disk-twice`. Leaving the props out is for `fromName`. */
  constructor(scope: Construct, id: string, props: ZfsPoolProps | undefined) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    this.spec = props === undefined ? { pool: checkName(this.node.path, id), create: undefined } : this.read(props);
    this.poolName = this.spec.pool;
  }

  get [reference](): ReferenceTarget {
    return { kind: 'ZFS pool', plain: this.poolName, host: this.host.node.path };
  }

  get identity(): string {
    return poolIdentity(this.poolName);
  }

  /** Folder that the pool's root dataset is mounted on. */
  get mountpoint(): string {
    return `/${this.poolName}`;
  }

  complete(_completion: Completion): PoolSpec {
    return this.spec;
  }

  describe(spec: PoolSpec, place: Place): Outcome {
    return describePool(spec, place);
  }

  override checks(): readonly Check[] {
    return [
      { name: 'zfs/disk-in-two-pools', test: (world) => sharedDisks(world.of(ZfsPool.isZfsPool)) },
      poolFactsCheck(ZfsPool.isZfsPool),
    ];
  }

  private read(props: ZfsPoolProps): PoolSpec {
    const { path, id } = this.node;
    const spec = readProps(poolTable, props, path);
    const tooFew = spec.vdevs.filter((vdev) => vdev.devices.length < fewestDisks[vdev.type]);
    if (spec.vdevs.length === 0 || tooFew.length > 0) {
      throw new PhoenixError({
        code: 'zfs/too-few-disks',
        message:
          spec.vdevs.length === 0
            ? 'a pool needs disks'
            : `${tooFew.map((vdev) => `${vdev.type} has ${vdev.devices.length}`).join(', ')}`,
        path,
        fix: 'a mirror and raidz1 need two disks, raidz2 three, raidz3 four',
      });
    }
    const disks = spec.vdevs.flatMap((vdev) => vdev.devices);
    const twice = disks.find((disk, index) => disks.indexOf(disk) !== index);
    if (twice !== undefined) {
      throw new PhoenixError({
        code: 'zfs/disk-twice',
        message: `${twice} is named twice`,
        path,
        value: twice,
        fix: 'name each disk of the pool once',
      });
    }
    return { pool: checkName(path, spec.name ?? id), create: { vdevs: spec.vdevs, ashift: spec.ashift ?? 12 } };
  }
}

function* sharedDisks(pools: readonly Completed<PoolSpec>[]): Iterable<Finding> {
  const owners = new Map<string, string>();
  for (const { spec, path, home } of pools) {
    for (const disk of spec.create?.vdevs.flatMap(({ devices }) => devices) ?? []) {
      const key = `${home.host.node.path}\n${disk}`;
      const owner = owners.get(key) ?? spec.pool;
      owners.set(key, owner);
      if (owner !== spec.pool) {
        yield {
          code: 'zfs/disk-in-two-pools',
          severity: 'error',
          path,
          message: `${disk} is to be in the pools ${owner} and ${spec.pool}`,
          value: disk,
          fix: 'give each pool disks of its own',
        };
      }
    }
  }
}

function checkName(path: string, name: string): string {
  if (!poolName.pattern.test(name)) {
    throw new PhoenixError({
      code: 'zfs/name',
      message: `${JSON.stringify(name)} is no name of a pool`,
      path,
      value: name,
      fix: `use ${poolName.expects}`,
    });
  }
  return name;
}
