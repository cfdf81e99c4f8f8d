import { type PropertyFormat, parsePropertyString, renderPropertyString, startup } from './property-string.js';

/**
 * How the value of a VM's key is composed, or `undefined` for a plain value. Keys come with their number: `net0`.
 */
export function qemuFormat(key: string): PropertyFormat | undefined {
  const stem = key.replace(/\d+$/, '');
  const format = Object.hasOwn(formats, stem) ? formats[stem] : undefined;
  // `numa` switches all nodes on, `numa0` is one of them; keys like `agent` never have a number.
  return format !== undefined && numbered.has(stem) === (stem !== key) ? format : undefined;
}

/** Reads the value of a VM's key as its parts. A plain value is the one part `''`. @throws as property strings do */
export function parseQemuValue(key: string, text: string): Record<string, string> {
  const format = qemuFormat(key);
  return format === undefined ? { '': text } : parsePropertyString(text, format);
}

/** Writes the value of a VM's key in the order of Proxmox, from what {@link parseQemuValue} gives. @throws as property strings do */
export function renderQemuValue(key: string, parts: Readonly<Record<string, string>>): string {
  const format = qemuFormat(key);
  return format === undefined ? (parts[''] ?? '') : renderPropertyString(parts, format);
}

/** Whether a board has PCIe. */
export function isPcieBoard(type: string | undefined): boolean {
  return type !== undefined && /^(q35|pc-q35|virt)/.test(type);
}

/** From usb5 on, the controller has to be the new one, which old systems have no driver for. */
export const firstOfNewController = 5;

/** Whether a machine has that controller: by its system, and by its board, which is of the QEMU that runs it if it has no version. */
export function hasNewUsb(ostype: string, board: string | undefined): boolean {
  const [, major = '99', minor = '0'] = /-(\d+)\.(\d+)/.exec(board ?? '') ?? [];
  const isNewBoard = Number(major) * 1000 + Number(minor) >= 7001;
  return isNewBoard && ['l26', 'win8', 'win10', 'win11'].includes(ostype);
}

/** Kinds of network cards that a VM can have; in front of a MAC they are its key. */
export const qemuNetModels: readonly string[] = [
  ...['virtio', 'e1000', 'e1000e', 'e1000-82540em', 'e1000-82544gc', 'e1000-82545em', 'rtl8139', 'vmxnet3'],
  ...['i82551', 'i82557b', 'i82559er', 'ne2k_isa', 'ne2k_pci', 'pcnet'],
];

const volume: PropertyFormat = {
  defaultKey: 'file',
  required: ['file'],
  aliases: { volume: 'file' },
  sizes: ['size'],
};

const drive: PropertyFormat = {
  ...volume,
  aliases: {
    volume: 'file',
    bps_rd_length: 'bps_rd_max_length',
    bps_wr_length: 'bps_wr_max_length',
    iops_rd_length: 'iops_rd_max_length',
    iops_wr_length: 'iops_wr_max_length',
  },
  booleans: words('backup detect_zeroes iothread replicate ro scsiblock shared snapshot ssd'),
};

const machine: PropertyFormat = { defaultKey: 'type', required: [], booleans: ['enable-s3', 'enable-s4'] };

const formats: Readonly<Record<string, PropertyFormat>> = {
  agent: {
    defaultKey: 'enabled',
    required: ['enabled'],
    aliases: { 'freeze-fs-on-backup': 'freeze-fs', 'guest-fsfreeze': 'freeze-fs' },
    booleans: ['enabled', 'freeze-fs', 'fstrim_cloned_disks'],
  },
  'amd-sev': {
    defaultKey: 'type',
    required: ['type'],
    booleans: ['allow-smt', 'kernel-hashes', 'no-debug', 'no-key-sharing'],
  },
  audio: { required: ['device'] },
  boot: { defaultKey: 'legacy', required: [] },
  cdrom: drive,
  cicustom: { required: [] },
  cpu: { defaultKey: 'cputype', required: [], booleans: ['hidden'] },
  efidisk: { ...volume, booleans: ['pre-enrolled-keys'] },
  hostpci: { defaultKey: 'host', required: [], booleans: ['legacy-igd', 'pcie', 'rombar', 'x-vga'] },
  ide: drive,
  'intel-tdx': { defaultKey: 'type', required: ['attestation', 'type'], booleans: ['attestation'] },
  ipconfig: { required: [] },
  ivshmem: { required: ['size'] },
  machine,
  memory: { defaultKey: 'current', required: ['current'] },
  meta: { required: [] },
  net: {
    defaultKey: 'model',
    required: ['model'],
    combined: { name: 'model', value: 'macaddr', names: qemuNetModels },
    booleans: ['firewall', 'host-tunnel', 'link_down'],
  },
  numa: { required: ['cpus'] },
  rng: { defaultKey: 'source', required: ['source'] },
  runningmachine: machine,
  sata: drive,
  scsi: drive,
  smbios: { required: [], booleans: ['base64'] },
  spice_enhancements: { required: [], booleans: ['foldersharing'] },
  startup,
  tpmstate: volume,
  unused: volume,
  usb: { defaultKey: 'host', required: [], booleans: ['usb3'] },
  vga: { defaultKey: 'type', required: [] },
  virtio: drive,
  virtiofs: {
    defaultKey: 'dirid',
    required: ['dirid'],
    booleans: ['direct-io', 'expose-acl', 'expose-xattr'],
  },
  watchdog: { defaultKey: 'model', required: [] },
};

/** Keys that always stand with a number. */
const numbered: ReadonlySet<string> = new Set(
  words('audio efidisk hostpci ide ipconfig net numa rng sata scsi smbios tpmstate unused usb virtio virtiofs'),
);

function words(text: string): string[] {
  return text.split(' ');
}
