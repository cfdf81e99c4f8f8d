import type { Size, SizeText } from '../base/units.js';
import type { Referable } from '../model/reference.js';

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

/** Agent of QEMU inside the guest. */
export interface VmAgent {
  /**
   * Whether Proxmox talks to the agent. It has to be installed inside.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Whether the guest gives up unused space after its disks were moved or cloned.
   * @default - false
   */
  readonly fstrimClonedDisks?: boolean;
  /**
   * Whether file systems are frozen for backups and snapshots.
   * @default - true
   */
  readonly freezeFs?: boolean;
  /**
   * Device that the agent is reached by.
   * @default - 'virtio'
   */
  readonly type?: 'virtio' | 'isa';
}

/** Display. */
export interface VmVga {
  /**
   * Kind of display; `serial0` shows the serial console instead, `none` nothing.
   * @default - 'std'
   */
  readonly type?:
    | 'cirrus'
    | 'none'
    | 'qxl'
    | 'qxl2'
    | 'qxl3'
    | 'qxl4'
    | 'serial0'
    | 'serial1'
    | 'serial2'
    | 'serial3'
    | 'std'
    | 'virtio'
    | 'virtio-gl'
    | 'vmware';
  /**
   * Memory of the display. In MiB.
   * @default - as the kind of display has it
   */
  readonly memory?: number;
  /**
   * Which console shares its clipboard.
   * @default - that of SPICE
   */
  readonly clipboard?: 'vnc';
}

/** What the SPICE console can do beyond showing pictures. */
export interface VmSpice {
  /**
   * Whether folders are shared.
   * @default - false
   */
  readonly folderSharing?: boolean;
  /**
   * Which moving pictures are sent as video.
   * @default - 'off'
   */
  readonly videoStreaming?: 'off' | 'all' | 'filter';
}

/** Sound card. */
export interface VmAudio {
  /** Kind of card. */
  readonly device: 'ich9-intel-hda' | 'intel-hda' | 'AC97';
  /**
   * Where the sound goes.
   * @default - 'spice'
   */
  readonly driver?: 'spice' | 'none';
}

/** Source of random numbers. */
export interface VmRng {
  /**
   * Device of the host that they come from.
   * @default '/dev/urandom'
   */
  readonly source?: '/dev/urandom' | '/dev/random' | '/dev/hwrng';
  /**
   * Most bytes that the guest gets in each period; 0 is no limit. In bytes.
   * @default - 1024
   */
  readonly maxBytes?: number;
  /**
   * How often the guest gets as many again. In ms.
   * @default - 1000
   */
  readonly period?: number;
}

/** Watchdog: what becomes of a guest that no longer moves. */
export interface VmWatchdog {
  /**
   * Kind of device.
   * @default - 'i6300esb'
   */
  readonly model?: 'i6300esb' | 'ib700';
  /**
   * What happens.
   * @default - nothing
   */
  readonly action?: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none';
}

/** A USB device. */
export interface VmUsb {
  /**
   * Device by maker and product, or by its port; `spice` for one of whoever looks at the console.
   * @default - none; give `mapping`
   */
  readonly host?: string;
  /**
   * Device by the mapping of the cluster.
   * @default - none; give `host`
   */
  readonly mapping?: string | Referable;
  /**
   * Whether it is a device of USB 3.
   * @default - false
   */
  readonly usb3?: boolean;
  /**
   * Number of its key: 3 is `usb3`.
   * @default - the lowest that is free
   */
  readonly number?: number;
}

/** A PCI device. */
export interface VmHostPci {
  /**
   * Address of the device.
   * @default - none; give `mapping`
   */
  readonly pci?: string;
  /**
   * Device by the mapping of the cluster.
   * @default - none; give `pci`
   */
  readonly mapping?: string | Referable;
  /**
   * Mediated device of that type, such as nvidia-1100.
   * @default - none; the device itself
   */
  readonly mdev?: string;
  /**
   * Whether the guest sees a PCIe device. Needs `machine: q35`.
   * @default - whether `machine` is q35
   */
  readonly pcie?: boolean;
  /**
   * Whether the guest sees the device's ROM.
   * @default - true
   */
  readonly rombar?: boolean;
  /**
   * File of the ROM in /usr/share/kvm.
   * @default - the device's own
   */
  readonly romfile?: string;
  /**
   * Whether it is the first display of the guest.
   * @default - false
   */
  readonly xVga?: boolean;
  /**
   * Whether it is Intel's graphics in its old mode.
   * @default - false
   */
  readonly legacyIgd?: boolean;
  /**
   * Whether the host gives up its own driver first. Proxmox VE 9.1.
   * @default - 'vfio'
   */
  readonly driver?: 'vfio' | 'keep';
  /**
   * Maker that the guest sees.
   * @default - the device's own
   */
  readonly vendorId?: string;
  /**
   * Product that the guest sees.
   * @default - the device's own
   */
  readonly deviceId?: string;
  /**
   * Maker of the board that the guest sees.
   * @default - the device's own
   */
  readonly subVendorId?: string;
  /**
   * Board that the guest sees.
   * @default - the device's own
   */
  readonly subDeviceId?: string;
  /**
   * Number of its key: 3 is `hostpci3`.
   * @default - the lowest that is free
   */
  readonly number?: number;
}

/** A folder. */
export interface VmVirtiofs {
  /** Folder by the mapping of the cluster. */
  readonly mapping: string | Referable;
  /**
   * What the guest keeps in its memory.
   * @default - 'auto'
   */
  readonly cache?: 'auto' | 'always' | 'metadata' | 'never';
  /**
   * Whether programs of the guest may go past its memory.
   * @default - false
   */
  readonly directIo?: boolean;
  /**
   * Whether access control lists are seen.
   * @default - false
   */
  readonly exposeAcl?: boolean;
  /**
   * Whether extended attributes are seen.
   * @default - false
   */
  readonly exposeXattr?: boolean;
  /**
   * Number of its key: 3 is `virtiofs3`.
   * @default - the lowest that is free
   */
  readonly number?: number;
}

/** Memory that the guest shares with others. */
export interface VmIvshmem {
  /** Size. */
  readonly size: Size | SizeText;
  /**
   * Name of its file.
   * @default - `pve-shm-` and the VMID
   */
  readonly name?: string;
}

/** What the guest reads of its own make. All of it, encoded and with its keys, may have 512 characters. */
export interface VmSmbios {
  /**
   * Number of the machine.
   * @default - QEMU's own
   */
  readonly uuid?: string;
  /**
   * Maker.
   * @default - QEMU's own
   */
  readonly manufacturer?: string;
  /**
   * Name of the product.
   * @default - QEMU's own
   */
  readonly product?: string;
  /**
   * Version.
   * @default - QEMU's own
   */
  readonly version?: string;
  /**
   * Serial number.
   * @default - QEMU's own
   */
  readonly serial?: string;
  /**
   * Stock number.
   * @default - QEMU's own
   */
  readonly sku?: string;
  /**
   * Family of products.
   * @default - QEMU's own
   */
  readonly family?: string;
}
