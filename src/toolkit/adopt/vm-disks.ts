import { unlessRefused } from '../../base/errors.js';
import { parseDiskSize } from '../../format/disk-size.js';
import { parseBoolean } from '../../format/lists.js';
import { type Parts, partsOf } from '../../format/parts.js';
import { qemuFormat } from '../../format/qemu-properties.js';
import type { Draft } from './draft.js';
import type { Literal, LiteralRecord } from './literal.js';
import { type Storages, volumeOf } from './storages.js';

/** Disks, optical drives, firmware and TPM of a machine. Gives the literal of the drive for cloud-init, if there is one. */
export function takeDisks(draft: Draft, storages: Storages): Record<string, Literal> | undefined {
  const disks: LiteralRecord[] = [];
  const cdroms: LiteralRecord[] = [];
  let cloudInit: Record<string, Literal> | undefined;
  for (const stem of ['scsi', 'virtio', 'sata', 'ide']) {
    for (const { key, value } of draft.takeNumbered(stem)) {
      const parts = partsOf(value, qemuFormat(key) ?? { required: [] });
      const file = parts?.['file'] ?? '';
      const drive = cloudInitOf(draft, key, file, parts ?? {}, storages);
      if (drive !== undefined && cloudInit === undefined) {
        cloudInit = drive;
      } else if (parts?.['media'] === 'cdrom') {
        takeCdrom(draft, cdroms, key, value, parts);
      } else {
        takeDisk(draft, disks, key, value, parts, storages);
      }
    }
  }
  const known = draft.props;
  Object.assign(known, cdroms.length === 0 ? {} : { cdroms }, disks.length === 0 ? {} : { disks });
  takeFirmware(draft, 'efidisk0', 'efi', efiOf, storages);
  takeFirmware(draft, 'tpmstate0', 'tpm', tpmOf, storages);
  return cloudInit;
}

function cloudInitOf(
  { guest }: Draft,
  key: string,
  file: string,
  parts: Parts,
  storages: Storages,
): Record<string, Literal> | undefined {
  const volume = volumeOf(file);
  const isDrive = volume !== undefined && new RegExp(`(^|/)vm-${guest.vmid}-cloudinit(\\.\\w+)?$`).test(volume.name);
  const others = Object.keys(parts).filter((name) => !['file', 'media', 'size', 'format'].includes(name));
  const storage = isDrive && others.length === 0 ? storages.use(volume.storage) : undefined;
  return storage === undefined ? undefined : { storage, ...(key === 'ide2' ? {} : { key }) };
}

function takeCdrom(draft: Draft, cdroms: LiteralRecord[], key: string, value: string, parts: Parts): void {
  const iso = parts['file'] ?? '';
  const others = Object.keys(parts).filter((name) => !['file', 'media', 'size'].includes(name));
  if (others.length === 0 && draft.accepts({ cdroms: [{ key, iso }] })) {
    cdroms.push(iso === 'none' ? { key } : { key, iso });
  } else {
    draft.keep(key, value, 'no prop says such a drive');
  }
}

function takeDisk(
  draft: Draft,
  disks: LiteralRecord[],
  key: string,
  value: string,
  parts: Parts | undefined,
  storages: Storages,
): void {
  const { file = '', size = '', media: _, ...rest } = parts ?? {};
  const volume = volumeOf(file);
  const bytes = sizeOf(size);
  const options = optionsOf(rest);
  const isOwn = volume?.vmid === undefined || volume.vmid === draft.guest.vmid;
  const storage = volume !== undefined && isOwn ? storages.use(volume.storage) : undefined;
  const plain = { key, storage: volume?.storage, size: bytes, ...options };
  if (storage === undefined || bytes === undefined || options === undefined || !draft.accepts({ disks: [plain] })) {
    draft.keep(key, value, isOwn ? 'no prop says such a disk' : `by its name it is a disk of guest ${volume?.vmid}`);
  } else {
    disks.push({ key, storage, size: bytes, ...options });
  }
}

/** Firmware and TPM: disks whose size Proxmox decides. */
function takeFirmware(
  draft: Draft,
  key: string,
  prop: string,
  read: (parts: Parts) => LiteralRecord | undefined,
  storages: Storages,
): void {
  const value = draft.take(key);
  if (value === undefined) {
    return;
  }
  const { file = '', size: _, ...rest } = partsOf(value, qemuFormat(key) ?? { required: [] }) ?? {};
  const volume = volumeOf(file);
  const storage = volume === undefined || volume.vmid !== draft.guest.vmid ? undefined : storages.use(volume.storage);
  const said = read(rest);
  if (
    storage === undefined ||
    said === undefined ||
    !draft.accepts({ [prop]: { storage: volume?.storage, ...said } })
  ) {
    draft.keep(key, value, 'no prop says such a disk');
  } else {
    draft.props[prop] = { storage, ...said };
  }
}

function efiOf({ efitype = '2m', 'pre-enrolled-keys': keys, 'ms-cert': msCert, ...rest }: Parts) {
  const flag = parseBoolean(keys ?? '');
  return Object.keys(rest).some((name) => name !== 'format')
    ? undefined
    : {
        ...(efitype === '4m' ? {} : { type: efitype }),
        ...(flag === undefined ? {} : { preEnrolledKeys: flag }),
        ...(msCert === undefined ? {} : { msCert }),
      };
}

function tpmOf({ version = 'v1.2', ...rest }: Parts) {
  return Object.keys(rest).some((name) => name !== 'format') ? undefined : version === 'v2.0' ? {} : { version };
}

/** Names of props whose values are those of the file. */
const texts: Readonly<Record<string, string>> = {
  aio: 'aio',
  cache: 'cache',
  model: 'model',
  product: 'product',
  rerror: 'readErrors',
  serial: 'serial',
  vendor: 'vendor',
  werror: 'writeErrors',
  wwn: 'wwn',
  format: 'format',
};
const flags: Readonly<Record<string, string>> = {
  backup: 'backup',
  detect_zeroes: 'detectZeroes',
  iothread: 'iothread',
  replicate: 'replicate',
  ro: 'readOnly',
  scsiblock: 'scsiblock',
  shared: 'shared',
  snapshot: 'snapshot',
  ssd: 'ssd',
};

function optionsOf(parts: Parts): LiteralRecord | undefined {
  const options: Record<string, Literal> = {};
  const limits: Record<string, Literal> = {};
  for (const [name, text] of Object.entries(parts)) {
    const prop = texts[name] ?? flags[name];
    const value = flags[name] === undefined ? text : parseBoolean(text);
    if (prop !== undefined && value !== undefined) {
      options[prop] = value;
    } else if (name === 'discard' && (text === 'on' || text === 'ignore')) {
      options['discard'] = text === 'on';
    } else if (name === 'queues' && /^\d+$/.test(text)) {
      options['queues'] = Number(text);
    } else if (/^(mbps|bps|iops)/.test(name) && /^\d+(\.\d+)?$/.test(text)) {
      limits[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())] = Number(text);
    } else {
      return undefined;
    }
  }
  return Object.keys(limits).length === 0 ? options : { ...options, limits };
}

function sizeOf(text: string): string | undefined {
  return unlessRefused(() => parseDiskSize(text).toString());
}
