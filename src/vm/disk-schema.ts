import { Size } from '../base/units.js';
import { cloudInitFields } from '../guest/cloud-init/schema.js';
import {
  choice,
  decimal,
  defaulted,
  flag,
  integer,
  list,
  named,
  object,
  reference,
  required,
  size,
  text,
} from '../model/fields.js';
import { storageId } from '../storage/schema.js';

/** Keys of a machine's config that disks may have. */
export const diskKey = {
  pattern: /^(scsi(\d|[12]\d|30)|virtio(\d|1[0-5])|sata[0-5]|ide[0-3])$/,
  expects: 'scsi0 to scsi30, virtio0 to virtio15, sata0 to sata5 or ide0 to ide3',
};

/** Keys of drives with media: a virtio disk is never one. */
export const opticalKey = {
  pattern: /^(scsi(\d|[12]\d|30)|sata[0-5]|ide[0-3])$/,
  expects: 'scsi0 to scsi30, sata0 to sata5 or ide0 to ide3',
};

/** A volume id: what lies on a storage, never a path of the host. */
export const volumeId = {
  pattern: /^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]:(?!.*\/\.{0,2}(\/|$))[^\s,;]+$/,
  expects: 'a file on a storage such as local:iso/debian-13.iso, never a path',
};

/** A snippet on a storage. */
export const snippetId = {
  pattern: /^(?!.*\/\.{0,2}(\/|$))[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]:snippets\/[^\s,;]+$/,
  expects: 'a snippet on a storage such as local:snippets/hook.pl, never a path',
};

const perSecond = (what: string) => decimal(`Most that is ${what}.`, { min: 0, unit: 'MB/s' });
const burst = (what: string) => decimal(`Most that is ${what} in a burst.`, { min: 0, unit: 'MB/s' });
const bytes = (what: string) => integer(`Most that is ${what}.`, { min: 0, unit: 'bytes/s' });
const operations = (what: string) => integer(`Most operations that ${what}.`, { min: 0, unit: '1/s' });
const length = (what: string) => integer(`How long a burst of ${what} may last.`, { min: 1, unit: 'seconds' });

/** How fast a disk may be, by the names that Proxmox has for it. */
export const limitFields = {
  mbps: perSecond('read and written together'),
  mbpsRd: perSecond('read'),
  mbpsWr: perSecond('written'),
  mbpsMax: burst('read and written together'),
  mbpsRdMax: burst('read'),
  mbpsWrMax: burst('written'),
  bps: bytes('read and written together'),
  bpsRd: bytes('read'),
  bpsWr: bytes('written'),
  bpsMaxLength: length('reading and writing'),
  bpsRdMaxLength: length('reading'),
  bpsWrMaxLength: length('writing'),
  iops: operations('read or write'),
  iopsRd: operations('read'),
  iopsWr: operations('write'),
  iopsMax: operations('read or write in a burst'),
  iopsRdMax: operations('read in a burst'),
  iopsWrMax: operations('write in a burst'),
  iopsMaxLength: length('operations'),
  iopsRdMaxLength: length('reading operations'),
  iopsWrMaxLength: length('writing operations'),
};

export const fileFormats = ['raw', 'qcow2', 'vmdk'] as const;

/** What every disk may say. */
const diskFields = {
  storage: named('storage', 'Storage of the disk.', storageId),
  size: size('Size. It can grow and never shrinks.', { min: Size.mib(1) }),
  format: choice("Form of the disk's file. Only on storages of files.", fileFormats),
  cache: choice('What the host keeps in its memory of reads and writes.', [
    'none',
    'writethrough',
    'writeback',
    'unsafe',
    'directsync',
  ]),
  aio: choice('How the host reads and writes.', ['native', 'threads', 'io_uring']),
  discard: flag('Whether what the guest gives up is given back to the storage.'),
  ssd: flag('Whether the guest sees an SSD. Not for virtio disks.'),
  iothread: flag('Whether the disk has a thread of its own. Only scsi disks of virtio-scsi-single, and virtio disks.'),
  backup: flag('Whether backups of the machine hold the disk.'),
  replicate: flag('Whether replication of the machine takes it along.'),
  readOnly: flag('Whether the guest may only read. Only scsi and virtio disks.'),
  shared: flag('Whether it is there on every node of the cluster.'),
  snapshot: flag('Whether what is written is thrown away when the machine stops.'),
  detectZeroes: flag('Whether zeroes that are written become holes.'),
  readErrors: choice('What becomes of failed reads.', ['ignore', 'report', 'stop']),
  writeErrors: choice('What becomes of failed writes.', ['enospc', 'ignore', 'report', 'stop']),
  serial: text('Serial number that the guest sees.', {
    pattern: /^[A-Za-z0-9._-]{1,20}$/,
    expects: 'up to 20 letters, digits, `.`, `_` and `-`',
  }),
  wwn: text('World wide name that the guest sees.', {
    pattern: /^0x[0-9a-fA-F]{16}$/,
    expects: '0x and 16 hexadecimal digits',
  }),
  vendor: text('Maker that the guest sees. Only scsi disks.', {
    pattern: /^(?! )[A-Za-z0-9 _-]{1,8}(?<! )$/,
    expects: 'up to 8 letters, digits, blanks, `_` and `-`',
  }),
  product: text('Name of the product that the guest sees. Only scsi disks.', {
    pattern: /^(?! )[A-Za-z0-9 _-]{1,16}(?<! )$/,
    expects: 'up to 16 letters, digits, blanks, `_` and `-`',
  }),
  model: text('Model that the guest sees. Only ide disks.', {
    pattern: /^[A-Za-z0-9._-]{1,40}$/,
    expects: 'up to 40 letters, digits, `.`, `_` and `-`',
  }),
  queues: integer('Queues of the disk. Only scsi disks.', { min: 2 }),
  scsiblock: flag('Whether the guest speaks to the device of the host itself. Only scsi disks on iSCSI.'),
  limits: object('How fast the disk may be.', limitFields),
};

export const bootDiskField = object('Disk that the machine boots from.', {
  key: text('Key of the disk.', diskKey),
  ...diskFields,
});

export const disksField = list(
  'Disks beside the one that the machine boots from.',
  object('A disk.', {
    key: required(text('Key of the disk.', diskKey)),
    image: reference('Image that the disk is filled with.', 'disk image'),
    ...diskFields,
  }),
  { by: 'key' },
);

/** What a storage has beside disks, and files below `iso/` that Proxmox does not see: neither goes into a drive. */
const notAnImage =
  '^(?![^:]*:(backup|import|rootdir|snippets|vztmpl)/)(?![^:]*:iso/(?!.*\\.([Ii][Ss][Oo]|[Ii][Mm][Gg])$))';

export const cdromsField = list(
  'Optical drives.',
  object('An optical drive.', {
    key: required(text('Key of the drive.', opticalKey)),
    iso: defaulted(
      named(
        'ISO image',
        'ISO image in the drive: a volume id, `none` for an empty drive, `cdrom` for the drive of the host.',
        {
          pattern: new RegExp(`^(none|cdrom)$|${notAnImage}${volumeId.pattern.source.slice(1)}`),
          expects: "a volume id such as local:iso/debian-13.iso, that of a disk, 'none' or 'cdrom'",
        },
      ),
      'none',
    ),
  }),
  { by: 'key' },
);

export const efiField = object('Disk that the firmware keeps its settings on. `bios: ovmf` needs it.', {
  storage: required(named('storage', 'Storage of the disk.', storageId)),
  type: defaulted(choice('Size of the flash memory. `4m` is needed for secure boot.', ['2m', '4m']), '4m'),
  preEnrolledKeys: flag("Whether secure boot is on, with the distributions' and Microsoft's keys."),
  msCert: choice("Which of Microsoft's certificates are enrolled. Proxmox VE 9.1.", ['2011', '2023', '2023w', '2023k']),
  format: choice("Form of the disk's file. Only on storages of files.", fileFormats),
});

export const tpmField = object('Trusted platform module.', {
  storage: required(named('storage', 'Storage of its state.', storageId)),
  version: defaulted(choice('Version. Windows 11 needs v2.0.', ['v1.2', 'v2.0']), 'v2.0'),
  format: choice("Form of the state's file. Only on storages of files. Proxmox VE 9.1.", fileFormats),
});

/** Public keys as `authorized_keys` has them. */
const publicKey = {
  pattern: /^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/]+=*( [^\n\r\0]*)?$/,
  expects: 'a public key such as ssh-ed25519 AAAA... name',
};

export const cloudInitField = object("What Proxmox tells the guest's cloud-init.", {
  storage: named('storage', 'Storage of the drive that the guest reads it from.', storageId),
  key: defaulted(text('Key of the drive.', opticalKey), 'ide2'),
  format: choice("Form of the drive's file. Only on storages of files.", ['raw', 'qcow2']),
  type: choice('How it is handed over.', ['configdrive2', 'nocloud', 'opennebula']),
  user: text("User whose keys they are, in place of the image's own.", {
    pattern: /^[a-z_][a-z0-9_.-]{0,31}$/,
    expects: 'the name of a user',
  }),
  sshKeys: list('Public keys that may log in.', text('A public key.', publicKey), 'append'),
  upgrade: flag('Whether all packages are upgraded at the first start.'),
  custom: object('Documents of your own in place of those that Proxmox makes.', {
    user: text('User data.', snippetId),
    network: text('Network configuration.', snippetId),
    meta: text('Meta data.', snippetId),
    vendor: text('Vendor data.', snippetId),
  }),
  ...cloudInitFields,
});
