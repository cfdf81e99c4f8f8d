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
