import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { configId } from '../base/proxmox-words.js';
import { type Check, type Completed, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { RemovalPolicy } from '../model/removal.js';
import type { Setting } from '../model/step.js';
import { describeMapping, type MappingSpec, mappingIdentity } from './mapping-plan.js';
import { PveNode } from './pve-node.js';

const marker = Symbol.for('phoenix-cdk.ResourceMapping');

/** What a mapping stands for on a host, as its class has read it. */
export interface MappingEntry {
  /** Id in the cluster; the construct's id if there is none. */
  readonly mappingId?: string | undefined;
  readonly options: readonly Setting[];
  /** Parts of each map without its node, in Proxmox's order. */
  readonly maps: readonly (readonly [name: string, value: string | number | undefined])[][];
  /** Folder of the host that has to be there. */
  readonly folder?: string;
  /** What may become of the mapping; without, it stays. */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A name of the cluster for devices or a folder, which guests refer to instead of an address of one host. What PCI, USB and directory
 * mappings have in common: each host says what the name stands for on it, and leaves what it stands for elsewhere.
 */
export abstract class ResourceMapping extends Resource<MappingSpec> implements Referable {
  static isResourceMapping(construct: unknown): construct is ResourceMapping {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  private readonly spec: Omit<MappingSpec, 'over'>;
  private readonly folder: string | undefined;

  /** `make` reads the props for the path that it is given; `undefined` imports a mapping that somebody else keeps. */
  protected constructor(
    scope: Construct,
    id: string,
    private readonly mapping: MappingSpec['mapping'],
    make: ((path: string) => MappingEntry) | undefined,
  ) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    const entry = make?.(this.node.path) ?? { options: [], maps: [] };
    const { hostName } = PveNode.of(this);
    this.folder = entry.folder;
    this.spec = {
      mapping,
      entry: entry.mappingId ?? id,
      imported: make === undefined,
      options: entry.options,
      maps: entry.maps.map((parts) => mapText([['node', hostName], ...parts])),
      removalPolicy: entry.removalPolicy ?? 'retain',
    };
    this.refuseName();
  }

  /** Id of the mapping in the cluster. */
  get mappingId(): string {
    return this.spec.entry;
  }

  get identity(): string {
    return mappingIdentity(this.spec);
  }

  get [reference](): ReferenceTarget {
    return { kind: `${kinds[this.mapping]} mapping`, plain: this.spec.entry, host: this.host.node.path };
  }

  complete(completion: Completion): MappingSpec {
    const over = this.folder === undefined ? [] : this.makersOf(this.folder, completion);
    return { ...this.spec, over };
  }

  describe(spec: MappingSpec, place: Place): Outcome {
    return describeMapping(spec, place);
  }

  override checks(): readonly Check[] {
    return [{ name: 'mapping/differs', test: (world) => differing(world.of(ResourceMapping.isResourceMapping)) }];
  }

  /** Folders and datasets of the program at the path and above it, by their identities: their domain builds on this one. */
  private makersOf(path: string, completion: Completion): string[] {
    const names = path.split('/').filter((name) => name !== '');
    const places = names.map((_, index) => names.slice(0, index + 1).join('/'));
    return places
      .flatMap((place) => [`zfs/${place}`, `folder/${place}`])
      .filter((identity) => completion.has(this.host, identity));
  }

  private refuseName(): void {
    if (!configId.test(this.spec.entry)) {
      throw new PhoenixError({
        code: 'mapping/name',
        message: `${JSON.stringify(this.spec.entry)} is no id of a mapping`,
        path: this.node.path,
        value: this.spec.entry,
        fix: 'begin with a letter, and use letters, digits, `_` and `-`; give `mappingId` if the construct has another id',
      });
    }
  }
}

const kinds = { pci: 'PCI', usb: 'USB', dir: 'directory' } as const;

/** A setting that is there only if it has a value. Switches are 1 and 0. */
export function mappingSettings(values: Readonly<Record<string, string | boolean | undefined>>): Setting[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const text = typeof value === 'boolean' ? (value ? '1' : '0') : value;
    return text === undefined ? [] : [{ name, value: text }];
  });
}

function mapText(parts: MappingEntry['maps'][number]): string {
  return parts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])).join(',');
}

/** Options are of the whole entry: hosts that disagree would undo each other's work. */
function* differing(mappings: readonly Completed<MappingSpec>[]): Iterable<Finding> {
  const first = new Map<string, Completed<MappingSpec>>();
  for (const entry of mappings.filter(({ spec }) => !spec.imported)) {
    const other = first.get(entry.identity);
    if (other === undefined) {
      first.set(entry.identity, entry);
    } else if (optionText(other.spec) !== optionText(entry.spec)) {
      yield {
        code: 'mapping/differs',
        severity: 'error',
        path: entry.path,
        message: `mapping ${entry.spec.entry} has ${optionText(entry.spec)} here and ${optionText(other.spec)} at ${other.path}: the options are of the whole cluster`,
        value: entry.spec.entry,
        fix: 'give the mapping the same description and switches on every host',
      };
    }
  }
}

function optionText({ options }: MappingSpec): string {
  return options.map(({ name, value }) => `${name} ${value}`).join(', ') || 'no options';
}
