import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import type { Size, SizeText } from '../base/units.js';
import type { Pool } from '../core/allocator.js';
import { Host } from '../core/host.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Resource } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import type { PveVersion } from '../model/pve-version.js';
import { propsOf, readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { hostFindings } from './facts-findings.js';
import type { Gpu, GpuModel } from './gpu.js';
import { hostTable } from './schema.js';

export interface PveNodeProps {
  /**
   * Name of the node in its cluster, as in `/etc/pve/nodes`.
   * @default - the construct's id
   */
  readonly nodeName?: string;
  /** Address that the host is reached by. */
  readonly address: string;
  /** Release of Proxmox VE that the host runs. The applier refuses a host of another release. */
  readonly pveVersion: PveVersion;
  /**
   * Processor threads.
   * @default - unknown; nothing is checked against it
   */
  readonly cores?: number;
  /**
   * Main memory.
   * @default - unknown; nothing is checked against it
   */
  readonly memory?: Size | SizeText;
  /**
   * Cards in the machine, in the order of their PCI addresses, which is the order of their device files.
   * @default - none
   */
  readonly gpus?: readonly Gpu[];
  /**
   * Range that VMIDs are chosen from where the program gives none.
   * @default { from: 1000, to: 1999 }
   */
  readonly vmids?: { readonly from: number; readonly to: number };
}

const marker = Symbol.for('phoenix-cdk.PveNode');

/** A Proxmox VE machine. Stacks belong to one; so does everything that exists on it. */
export class PveNode extends Host {
  static isPveNode(construct: unknown): construct is PveNode {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /** The machine that a resource exists on. Throws `scope/no-node` for a host of another kind. */
  static of(resource: Resource): PveNode {
    const { host } = resource;
    if (!PveNode.isPveNode(host)) {
      throw new PhoenixError({
        code: 'scope/no-node',
        message: `${resource.node.path} needs a Proxmox VE machine, and ${host.node.path} is none`,
        path: resource.node.path,
        fix: 'make its stack with a PveNode as host',
      });
    }
    return host;
  }

  readonly hostName: string;
  readonly pveVersion: PveVersion;
  readonly address: string;
  /** Processor threads, if known. */
  readonly cores: number | undefined;
  /** Main memory in bytes, if known. */
  readonly memoryBytes: number | undefined;
  readonly gpus: readonly HostGpu[];
  /** VMIDs to choose from. One pool for the whole app: a VMID is unique in a cluster. */
  readonly vmidPool: Pool;

  /** Throws `config/*` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: PveNodeProps) {
    super(scope, id);
    Object.defineProperty(this, marker, { value: true });
    const { gpus, ...own } = propsOf(props);
    const given = { nodeName: id, ...own, ...(gpus === undefined ? {} : { gpus: plainGpus(gpus) }) };
    const spec = readProps(hostTable, given, this.node.path);
    checkOrder(gpus ?? [], this.node.path);
    this.hostName = spec.nodeName ?? id;
    this.pveVersion = spec.pveVersion;
    this.address = spec.address;
    this.cores = spec.cores;
    this.memoryBytes = spec.memory;
    this.vmidPool = vmidPool(spec.vmids ?? { from: 1000, to: 1999 });
    this.gpus = hostGpus(gpus ?? [], this.node.path);
  }

  override findingsBy(facts: HostFacts): readonly Finding[] {
    const { pveVersion, cores, memoryBytes } = this;
    return hostFindings({ path: this.node.path, pveVersion, cores, memoryBytes }, facts);
  }

  /** The machine as the other end of a connection. */
  get peer(): { readonly path: string; readonly address: () => string } {
    return { path: this.node.path, address: () => this.address };
  }

  /** The card of that number, counted from 0 in the order they were given. Throws `gpu/unknown`. */
  gpu(index: number): HostGpu {
    const found = this.gpus[index];
    if (found === undefined) {
      throw new PhoenixError({
        code: 'gpu/unknown',
        message: `${this.node.path} has no GPU ${index}`,
        path: this.node.path,
        value: index,
        fix: this.gpus.length === 0 ? 'give the host its `gpus`' : `its cards are 0 to ${this.gpus.length - 1}`,
      });
    }
    return found;
  }
}

/** A card as part of a host: what guests refer to. */
export class HostGpu implements Referable {
  readonly model: GpuModel;
  readonly pci: string;

  constructor(
    private readonly hostPath: string,
    /** Number of the card on its host, counted over cards of all makers. */
    readonly index: number,
    /** Number of the card's device file, `/dev/nvidia0`, counted over NVIDIA cards alone; undefined for others. */
    readonly nvidiaNumber: number | undefined,
    gpu: Gpu,
  ) {
    this.model = gpu.model;
    this.pci = gpu.pci;
  }

  get [reference](): ReferenceTarget {
    return { kind: 'GPU', plain: this.index, host: this.hostPath };
  }
}

function hostGpus(gpus: readonly Gpu[], path: string): HostGpu[] {
  let nvidiaCards = 0;
  return gpus.map(
    (gpu, index) => new HostGpu(path, index, gpu.model.vendor === 'nvidia' ? nvidiaCards++ : undefined, gpu),
  );
}

/** Device files are numbered in the order of PCI addresses; a card out of order would be taken for another one. */
function checkOrder(gpus: readonly Gpu[], path: string): void {
  const wrong = gpus.find((gpu, index) => index > 0 && (gpus[index - 1]?.pci ?? '') >= gpu.pci);
  if (wrong !== undefined) {
    throw new PhoenixError({
      code: 'gpu/order',
      message: `card ${wrong.pci} stands after a card of the same or a higher PCI address`,
      path,
      value: wrong.pci,
      fix: 'list each card once, in the order of their PCI addresses, which is the order of /dev/nvidia0, /dev/nvidia1, …',
    });
  }
}

function vmidPool({ from, to }: { from: number; to: number }): Pool {
  return { name: 'vmid', size: Math.max(0, to - from + 1), candidate: (index) => String(from + index) };
}

/** Cards as plain data; what is no card is left for the schema to refuse. */
function plainGpus(gpus: readonly Gpu[]): unknown {
  return Array.isArray(gpus) ? gpus.map((gpu: Gpu) => (gpu?.model === undefined ? gpu : plainGpu(gpu))) : gpus;
}

function plainGpu(gpu: Gpu): object {
  const { name, vendor, memory, computeCapability } = gpu.model;
  return { name, vendor, memory, computeCapability, pci: gpu.pci };
}
