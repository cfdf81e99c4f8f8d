import type { Size, SizeText } from '../base/units.js';
import type { CloudInitDocuments } from '../guest/cloud-init/props.js';
import type { CloudImage } from '../storage/cloud-image.js';
import type { IsoImage } from '../storage/iso-image.js';
import type { Storage } from '../storage/storage.js';

/** What may be said of every disk of a machine. */
export interface VmDiskOptions {
  /**
   * Storage of the disk.
   * @default - none; some layer has to give it
   */
  readonly storage?: Storage;
  /**
   * Size. It can grow and never shrinks.
   * @default - none; some layer has to give it
   */
  readonly size?: Size | SizeText;
  /**
   * Form of the disk's file. Only on storages of files.
   * @default - as the storage has it
   */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
  /**
   * What the host keeps in its memory of reads and writes.
   * @default - 'none'
   */
  readonly cache?: 'none' | 'writethrough' | 'writeback' | 'unsafe' | 'directsync';
  /**
   * How the host reads and writes.
   * @default - 'io_uring'
   */
  readonly aio?: 'native' | 'threads' | 'io_uring';
  /**
   * Whether what the guest gives up is given back to the storage.
   * @default - false
   */
  readonly discard?: boolean;
  /**
   * Whether the guest sees an SSD. Not for virtio disks.
   * @default - false
   */
  readonly ssd?: boolean;
  /**
   * Whether the disk has a thread of its own. Only scsi disks of virtio-scsi-single, and virtio disks.
   * @default - true where the disk can have one
   */
  readonly iothread?: boolean;
  /**
   * Whether backups of the machine hold the disk.
   * @default - true
   */
  readonly backup?: boolean;
  /**
   * Whether replication of the machine takes it along.
   * @default - true
   */
  readonly replicate?: boolean;
  /**
   * Whether the guest may only read. Only scsi and virtio disks.
   * @default - false
   */
  readonly readOnly?: boolean;
  /**
   * Whether it is there on every node of the cluster.
   * @default - false
   */
  readonly shared?: boolean;
  /**
   * Whether what is written is thrown away when the machine stops.
   * @default - false
   */
  readonly snapshot?: boolean;
  /**
   * Whether zeroes that are written become holes.
   * @default - true
   */
  readonly detectZeroes?: boolean;
  /**
   * What becomes of failed reads.
   * @default - 'report'
   */
  readonly readErrors?: 'ignore' | 'report' | 'stop';
  /**
   * What becomes of failed writes.
   * @default - 'enospc'
   */
  readonly writeErrors?: 'enospc' | 'ignore' | 'report' | 'stop';
  /**
   * Serial number that the guest sees.
   * @default - none
   */
  readonly serial?: string;
  /**
   * World wide name that the guest sees.
   * @default - none
   */
  readonly wwn?: string;
  /**
   * Maker that the guest sees. Only scsi disks.
   * @default - 'QEMU'
   */
  readonly vendor?: string;
  /**
   * Name of the product that the guest sees. Only scsi disks.
   * @default - 'QEMU HARDDISK'
   */
  readonly product?: string;
  /**
   * Model that the guest sees. Only ide disks.
   * @default - 'QEMU HARDDISK'
   */
  readonly model?: string;
  /**
   * Queues of the disk. Only scsi disks.
   * @default - one for each processor
   */
  readonly queues?: number;
  /**
   * Whether the guest speaks to the device of the host itself. Only scsi disks on iSCSI.
   * @default - false
   */
  readonly scsiblock?: boolean;
  /**
   * How fast the disk may be.
   * @default - no limits
   */
  readonly limits?: VmDiskLimits;
}

/** Disk that a machine boots from. In a layer each part may be missing; some layer has to give storage and size. */
export interface VmBootDisk extends VmDiskOptions {
  /**
   * Key of the disk.
   * @default 'scsi0'
   */
  readonly key?: string;
}

/** A disk beside the one that a machine boots from; layers are merged by its key. */
export interface VmDisk extends VmDiskOptions {
  /** Key of the disk. */
  readonly key: string;
  /**
   * Image that the disk is filled with.
   * @default - none; the disk is empty
   */
  readonly image?: CloudImage;
}

/** How fast the disk may be. */
export interface VmDiskLimits {
  /**
   * Most that is read and written together. In MB/s.
   * @default - no limit
   */
  readonly mbps?: number;
  /**
   * Most that is read. In MB/s.
   * @default - no limit
   */
  readonly mbpsRd?: number;
  /**
   * Most that is written. In MB/s.
   * @default - no limit
   */
  readonly mbpsWr?: number;
  /**
   * Most that is read and written together in a burst. In MB/s.
   * @default - no limit
   */
  readonly mbpsMax?: number;
  /**
   * Most that is read in a burst. In MB/s.
   * @default - no limit
   */
  readonly mbpsRdMax?: number;
  /**
   * Most that is written in a burst. In MB/s.
   * @default - no limit
   */
  readonly mbpsWrMax?: number;
  /**
   * Most that is read and written together. In bytes/s.
   * @default - no limit
   */
  readonly bps?: number;
  /**
   * Most that is read. In bytes/s.
   * @default - no limit
   */
  readonly bpsRd?: number;
  /**
   * Most that is written. In bytes/s.
   * @default - no limit
   */
  readonly bpsWr?: number;
  /**
   * How long a burst of reading and writing may last. In seconds.
   * @default - no limit
   */
  readonly bpsMaxLength?: number;
  /**
   * How long a burst of reading may last. In seconds.
   * @default - no limit
   */
  readonly bpsRdMaxLength?: number;
  /**
   * How long a burst of writing may last. In seconds.
   * @default - no limit
   */
  readonly bpsWrMaxLength?: number;
  /**
   * Most operations that read or write. In 1/s.
   * @default - no limit
   */
  readonly iops?: number;
  /**
   * Most operations that read. In 1/s.
   * @default - no limit
   */
  readonly iopsRd?: number;
  /**
   * Most operations that write. In 1/s.
   * @default - no limit
   */
  readonly iopsWr?: number;
  /**
   * Most operations that read or write in a burst. In 1/s.
   * @default - no limit
   */
  readonly iopsMax?: number;
  /**
   * Most operations that read in a burst. In 1/s.
   * @default - no limit
   */
  readonly iopsRdMax?: number;
  /**
   * Most operations that write in a burst. In 1/s.
   * @default - no limit
   */
  readonly iopsWrMax?: number;
  /**
   * How long a burst of operations may last. In seconds.
   * @default - no limit
   */
  readonly iopsMaxLength?: number;
  /**
   * How long a burst of reading operations may last. In seconds.
   * @default - no limit
   */
  readonly iopsRdMaxLength?: number;
  /**
   * How long a burst of writing operations may last. In seconds.
   * @default - no limit
   */
  readonly iopsWrMaxLength?: number;
}

/** An optical drive. */
export interface VmCdrom {
  /** Key of the drive. */
  readonly key: string;
  /**
   * ISO image in the drive: a volume id, `none` for an empty drive, `cdrom` for the drive of the host.
   * @default 'none'
   */
  readonly iso?: IsoImage | `${string}:iso/${string}` | 'none' | 'cdrom';
}

/** Disk that the firmware keeps its settings on. `bios: ovmf` needs it. */
export interface VmEfi {
  /** Storage of the disk. */
  readonly storage: Storage;
  /**
   * Size of the flash memory. `4m` is needed for secure boot.
   * @default '4m'
   */
  readonly type?: '2m' | '4m';
  /**
   * Whether secure boot is on, with the distributions' and Microsoft's keys.
   * @default - false
   */
  readonly preEnrolledKeys?: boolean;
  /**
   * Which of Microsoft's certificates are enrolled. Proxmox VE 9.1.
   * @default - '2011'
   */
  readonly msCert?: '2011' | '2023' | '2023w' | '2023k';
  /**
   * Form of the disk's file. Only on storages of files.
   * @default - as the storage has it
   */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
}

/** Trusted platform module. */
export interface VmTpm {
  /** Storage of its state. */
  readonly storage: Storage;
  /**
   * Version. Windows 11 needs v2.0.
   * @default 'v2.0'
   */
  readonly version?: 'v1.2' | 'v2.0';
  /**
   * Form of the state's file. Only on storages of files. Proxmox VE 9.1.
   * @default - as the storage has it
   */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
}

/** What Proxmox tells the guest's cloud-init. */
export interface VmCloudInit extends CloudInitDocuments {
  /**
   * Storage of the drive that the guest reads it from.
   * @default - that of the disk
   */
  readonly storage?: Storage;
  /**
   * Key of the drive.
   * @default 'ide2'
   */
  readonly key?: string;
  /**
   * Form of the drive's file. Only on storages of files.
   * @default - as the storage has it
   */
  readonly format?: 'raw' | 'qcow2';
  /**
   * How it is handed over.
   * @default - 'nocloud', for Windows 'configdrive2'
   */
  readonly type?: 'configdrive2' | 'nocloud' | 'opennebula';
  /**
   * User whose keys they are, in place of the image's own.
   * @default - the image's own
   */
  readonly user?: string;
  /**
   * Public keys that may log in.
   * @default - none
   */
  readonly sshKeys?: readonly string[];
  /**
   * Whether all packages are upgraded at the first start.
   * @default - true
   */
  readonly upgrade?: boolean;
  /**
   * Documents of your own in place of those that Proxmox makes.
   * @default - none
   */
  readonly custom?: VmCloudInitDocuments;
}

/** Documents of your own in place of those that Proxmox makes. */
export interface VmCloudInitDocuments {
  /**
   * User data.
   * @default - as Proxmox makes it
   */
  readonly user?: `${string}:snippets/${string}`;
  /**
   * Network configuration.
   * @default - as Proxmox makes it
   */
  readonly network?: `${string}:snippets/${string}`;
  /**
   * Meta data.
   * @default - as Proxmox makes it
   */
  readonly meta?: `${string}:snippets/${string}`;
  /**
   * Vendor data.
   * @default - as Proxmox makes it
   */
  readonly vendor?: `${string}:snippets/${string}`;
}
