import * as z from 'zod';
import { configId } from '../base/proxmox-words.js';
import {
  choice,
  custom,
  decimal,
  defaulted,
  flag,
  integer,
  list,
  named,
  object,
  required,
  size,
  text,
} from '../model/fields.js';

/** Sets of numbers as the kernel writes them: `0-3;8`. */
const numberSet = {
  pattern: /^\d+(-\d+)?(;\d+(-\d+)?)*$/,
  expects: 'numbers and ranges such as 0-3;8',
};

const hexId = (what: string) =>
  text(what, { pattern: /^0x[0-9a-fA-F]{4}$/, expects: '0x and four hexadecimal digits' });

/** PCI devices of the host, whole or by function, several joined by `;`. */
const pciAddress = {
  pattern:
    /^([0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(\.[0-9a-f])?(;([0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(\.[0-9a-f])?)*$/,
  expects: 'a PCI address such as 0000:01:00.0, or 0000:01:00 for all functions of the device',
};

export const cpuField = object('Processor that the guest sees.', {
  type: text('Model: `host`, one of QEMU such as x86-64-v3, or `custom-NAME` of the cluster.', {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    expects: 'the name of a model',
  }),
  flags: list(
    'Properties switched on and off.',
    text('A property.', {
      pattern: /^[+-][a-zA-Z0-9_.-]+$/,
      expects: '`+` or `-` and the name of a property, such as +aes',
    }),
    'append',
  ),
  hidden: flag('Whether the guest is not told that it is a machine of KVM.'),
  hvVendorId: text('Maker that Hyper-V is said to be of.', {
    pattern: /^[a-zA-Z0-9]{1,12}$/,
    expects: 'up to 12 letters and digits',
  }),
  physBits: custom('Bits of physical addresses that the guest sees.', "a whole number from 8 to 64, or 'host'", () =>
    z.union([z.literal('host'), z.int().min(8).max(64)]),
  ),
  guestPhysBits: integer('Bits of physical addresses that the guest may use. Proxmox VE 9.1.', { min: 32, max: 64 }),
  level: integer('Highest leaf of CPUID that the guest may ask for. Proxmox VE 9.2.', { min: 0, max: 4_294_967_295 }),
});

export const machineField = object('Board that the guest sees.', {
  type: text('`q35` with PCIe, `pc` without, or one of a version such as pc-q35-10.0.', {
    pattern:
      /^(pc|pc(-i440fx)?-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|q35|pc-q35-\d+(\.\d+)+(\+pve\d+)?(\.pxe)?|virt(-\d+(\.\d+)+)?(\+pve\d+)?)$/,
    expects: 'q35, pc, virt, or one of these with a version such as pc-q35-10.0',
    maxLength: 40,
  }),
  viommu: choice('IOMMU within the guest.', ['intel', 'virtio']),
  awBits: integer('Bits of addresses that the IOMMU of the guest handles. Proxmox VE 9.1.', { min: 32, max: 64 }),
  enableS3: flag('Whether the guest may suspend to memory.'),
  enableS4: flag('Whether the guest may suspend to disk.'),
});

export const agentField = object('Agent of QEMU inside the guest.', {
  enabled: defaulted(flag('Whether Proxmox talks to the agent. It has to be installed inside.'), true),
  fstrimClonedDisks: flag('Whether the guest gives up unused space after its disks were moved or cloned.'),
  freezeFs: flag('Whether file systems are frozen for backups and snapshots.'),
  type: choice('Device that the agent is reached by.', ['virtio', 'isa']),
});

export const vgaField = object('Display.', {
  type: choice('Kind of display; `serial0` shows the serial console instead, `none` nothing.', [
    'cirrus',
    'none',
    'qxl',
    'qxl2',
    'qxl3',
    'qxl4',
    'serial0',
    'serial1',
    'serial2',
    'serial3',
    'std',
    'virtio',
    'virtio-gl',
    'vmware',
  ]),
  memory: integer('Memory of the display.', { min: 4, max: 512, unit: 'MiB' }),
  clipboard: choice('Which console shares its clipboard.', ['vnc']),
});

export const spiceField = object('What the SPICE console can do beyond showing pictures.', {
  folderSharing: flag('Whether folders are shared.'),
  videoStreaming: choice('Which moving pictures are sent as video.', ['off', 'all', 'filter']),
});

export const audioField = object('Sound card.', {
  device: required(choice('Kind of card.', ['ich9-intel-hda', 'intel-hda', 'AC97'])),
  driver: choice('Where the sound goes.', ['spice', 'none']),
});

export const rngField = object('Source of random numbers.', {
  source: defaulted(
    choice('Device of the host that they come from.', ['/dev/urandom', '/dev/random', '/dev/hwrng']),
    '/dev/urandom',
  ),
  maxBytes: integer('Most bytes that the guest gets in each period; 0 is no limit.', { min: 0, unit: 'bytes' }),
  period: integer('How often the guest gets as many again.', { min: 1, unit: 'ms' }),
});

export const watchdogField = object('Watchdog: what becomes of a guest that no longer moves.', {
  model: choice('Kind of device.', ['i6300esb', 'ib700']),
  action: choice('What happens.', ['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none']),
});

export const smbiosField = object('What the guest reads of its own make.', {
  uuid: text('Number of the machine.', {
    pattern: /^[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/,
    expects: 'a UUID',
  }),
  manufacturer: smbiosText('Maker.'),
  product: smbiosText('Name of the product.'),
  version: smbiosText('Version.'),
  serial: smbiosText('Serial number.'),
  sku: smbiosText('Stock number.'),
  family: smbiosText('Family of products.'),
});

export const numaNodesField = list(
  'Nodes of memory, their processors and where they lie on the host.',
  object('A node.', {
    cpus: required(text('Processors of the guest.', numberSet)),
    memory: size('Memory of the node.'),
    hostNodes: text('Nodes of the host.', numberSet),
    policy: choice('How memory is taken from them.', ['preferred', 'bind', 'interleave']),
  }),
);

export const usbField = list(
  'USB devices of the host.',
  object('A USB device.', {
    host: text('Device by maker and product, or by its port; `spice` for one of whoever looks at the console.', {
      pattern: /^((0x)?[0-9A-Fa-f]{4}:(0x)?[0-9A-Fa-f]{4}|\d+-\d+(\.\d+)*|spice)$/,
      expects: "maker and product such as 0529:0001, a port such as 1-2.1, or 'spice'",
    }),
    mapping: mapping('Device by the mapping of the cluster.', 'USB mapping'),
    usb3: flag('Whether it is a device of USB 3.'),
    number: integer('Number of its key.', { min: 0, max: 13 }),
  }),
  'append',
);

export const hostPciField = list(
  'PCI devices of the host, which the guest has for itself.',
  object('A PCI device.', {
    pci: text('Address of the device.', pciAddress),
    mapping: mapping('Device by the mapping of the cluster.', 'PCI mapping'),
    mdev: text('Mediated device of that type, such as nvidia-1100.', {
      pattern: /^[^/.:,;\s]+$/,
      expects: 'the type of a mediated device',
    }),
    pcie: flag('Whether the guest sees a PCIe device. Needs `machine: q35`.'),
    rombar: flag("Whether the guest sees the device's ROM."),
    romfile: text('File of the ROM in /usr/share/kvm.', {
      pattern: /^[^,;/\s]+$/,
      expects: 'the name of a file in /usr/share/kvm',
    }),
    xVga: flag('Whether it is the first display of the guest.'),
    legacyIgd: flag("Whether it is Intel's graphics in its old mode."),
    driver: choice('Whether the host gives up its own driver first. Proxmox VE 9.1.', ['vfio', 'keep']),
    vendorId: hexId('Maker that the guest sees.'),
    deviceId: hexId('Product that the guest sees.'),
    subVendorId: hexId('Maker of the board that the guest sees.'),
    subDeviceId: hexId('Board that the guest sees.'),
    number: integer('Number of its key.', { min: 0, max: 15 }),
  }),
  'append',
);

export const virtiofsField = list(
  'Folders of the host inside the guest.',
  object('A folder.', {
    mapping: required(mapping('Folder by the mapping of the cluster.', 'directory mapping')),
    cache: choice('What the guest keeps in its memory.', ['auto', 'always', 'metadata', 'never']),
    directIo: flag('Whether programs of the guest may go past its memory.'),
    exposeAcl: flag('Whether access control lists are seen.'),
    exposeXattr: flag('Whether extended attributes are seen.'),
    number: integer('Number of its key.', { min: 0, max: 9 }),
  }),
  { by: 'mapping' },
);

export const ivshmemField = object('Memory that the guest shares with others.', {
  size: required(size('Size.')),
  name: text('Name of its file.', { pattern: /^[a-zA-Z0-9-]+$/, expects: 'letters, digits and `-`' }),
});

export const amdSevField = object("Memory encrypted by AMD's SEV.", {
  type: required(choice('Which of its kinds.', ['std', 'es', 'snp'])),
  noDebug: flag('Whether looking into the guest is forbidden.'),
  noKeySharing: flag('Whether sharing the key with other guests is forbidden.'),
  allowSmt: flag('Whether two threads may share a core. Only snp.'),
  kernelHashes: flag('Whether kernels that are started directly are measured.'),
});

export const intelTdxField = object("Memory encrypted by Intel's TDX. Proxmox VE 9.1.", {
  attestation: defaulted(flag('Whether the guest can prove what it is.'), true),
  vsockCid: integer('Where the service for that is: context.', { min: 2 }),
  vsockPort: integer('Where the service for that is: port.', { min: 0 }),
});

export const migrationFields = {
  migrateDowntime: decimal('Longest pause of a running machine that is moved.', { min: 0, unit: 'seconds' }),
  migrateSpeed: integer('Most that is sent when a running machine is moved; 0 is no limit.', { min: 0, unit: 'MB/s' }),
};

/** Encoded in the config, so that any text will do. */
function smbiosText(doc: string) {
  return text(doc, { pattern: /^[^\n\r\0]{1,64}$/, expects: 'one line of up to 64 characters' });
}

/** An entry of the cluster's mappings, by its name. */
function mapping(doc: string, kind: string) {
  return named(kind, doc, { pattern: configId, expects: `a ${kind}, or the name of one` });
}
