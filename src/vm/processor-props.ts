import type { Size, SizeText } from '../base/units.js';

/** Board that the guest sees. */
export interface VmMachine {
  /**
   * `q35` with PCIe, `pc` without, or one of a version such as pc-q35-10.0.
   * @default - 'pc'
   */
  readonly type?: string;
  /**
   * IOMMU within the guest.
   * @default - none
   */
  readonly viommu?: 'intel' | 'virtio';
  /**
   * Bits of addresses that the IOMMU of the guest handles. Proxmox VE 9.1.
   * @default - 39 for `intel`, 64 for `virtio`
   */
  readonly awBits?: number;
  /**
   * Whether the guest may suspend to memory.
   * @default - as the version of the board has it
   */
  readonly enableS3?: boolean;
  /**
   * Whether the guest may suspend to disk.
   * @default - as the version of the board has it
   */
  readonly enableS4?: boolean;
}

/** Processor that the guest sees. */
export interface VmCpu {
  /**
   * Model: `host`, one of QEMU such as x86-64-v3, or `custom-NAME` of the cluster.
   * @default - 'kvm64'
   */
  readonly type?: string;
  /**
   * Properties switched on and off, of the few that Proxmox leaves to machines: `aes`, `pcid`, `spec-ctrl`. Others go into custom models.
   * @default - none
   */
  readonly flags?: readonly string[];
  /**
   * Whether the guest is not told that it is a machine of KVM.
   * @default - false
   */
  readonly hidden?: boolean;
  /**
   * Maker that Hyper-V is said to be of.
   * @default - none
   */
  readonly hvVendorId?: string;
  /**
   * Bits of physical addresses that the guest sees.
   * @default - as the model has it
   */
  readonly physBits?: number | 'host';
  /**
   * Bits of physical addresses that the guest may use. Proxmox VE 9.1.
   * @default - all
   */
  readonly guestPhysBits?: number;
  /**
   * Highest leaf of CPUID that the guest may ask for. Proxmox VE 9.2.
   * @default - as the model has it
   */
  readonly level?: number;
}

/** A node. */
export interface VmNumaNode {
  /** Processors of the guest. */
  readonly cpus: string;
  /**
   * Memory of the node.
   * @default - an equal part
   */
  readonly memory?: Size | SizeText;
  /**
   * Nodes of the host.
   * @default - any
   */
  readonly hostNodes?: string;
  /**
   * How memory is taken from them.
   * @default - as the kernel has it
   */
  readonly policy?: 'preferred' | 'bind' | 'interleave';
}

/** Memory encrypted by AMD's SEV. */
export interface VmAmdSev {
  /** Which of its kinds. */
  readonly type: 'std' | 'es' | 'snp';
  /**
   * Whether looking into the guest is forbidden.
   * @default - false
   */
  readonly noDebug?: boolean;
  /**
   * Whether sharing the key with other guests is forbidden.
   * @default - false
   */
  readonly noKeySharing?: boolean;
  /**
   * Whether two threads may share a core. Only snp.
   * @default - true
   */
  readonly allowSmt?: boolean;
  /**
   * Whether kernels that are started directly are measured.
   * @default - false
   */
  readonly kernelHashes?: boolean;
}

/** Memory encrypted by Intel's TDX. Proxmox VE 9.1. */
export interface VmIntelTdx {
  /**
   * Whether the guest can prove what it is.
   * @default true
   */
  readonly attestation?: boolean;
  /**
   * Where the service for that is: context.
   * @default - 2
   */
  readonly vsockCid?: number;
  /**
   * Where the service for that is: port.
   * @default - 4050
   */
  readonly vsockPort?: number;
}
