import type { Size, SizeText } from '../base/units.js';
import type { Referable } from '../model/reference.js';

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
