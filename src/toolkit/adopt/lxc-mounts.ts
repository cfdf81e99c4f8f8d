import { unlessRefused } from '../../base/errors.js';
import { parseDiskSize } from '../../format/disk-size.js';
import { parseBoolean } from '../../format/lists.js';
import { type Parts, partsOf } from '../../format/parts.js';
import { lxcDevice, lxcMountPoint, lxcRootfs, renderPropertyString } from '../../format/property-string.js';
import type { Draft } from './draft.js';
import type { Literal, LiteralRecord } from './literal.js';
import { type Storages, volumeOf } from './storages.js';

/** The root disk. Gives why the container cannot be said at all; nothing if it can. */
export function takeRootfs(draft: Draft, storages: Storages): string | undefined {
  const value = draft.take('rootfs');
  const parts = value === undefined ? undefined : partsOf(value, lxcRootfs);
  if (value === undefined || parts === undefined) {
    const kept = draft.remarks.find(({ key }) => key === 'rootfs')?.why;
    return value === undefined ? (kept ?? 'it has no root disk') : `its root disk cannot be read: ${value}`;
  }
  const { volume = '', size = '', ...options } = parts;
  const disk = diskOf(draft, volume, size, storages);
  if (typeof disk === 'string') {
    return `its root disk is ${volume}. ${disk}`;
  }
  const said = optionsOf(options, ['readOnly']);
  const rootfs = { ...disk.literal, ...said.literal };
  if (said.left.length > 0 || !draft.accepts({ rootfs: { ...disk.plain, ...said.literal } })) {
    return `its root disk says what no prop says: ${said.left.join(', ') || value}`;
  }
  draft.props['rootfs'] = rootfs;
  return undefined;
}

/** Folders of the host and further disks. */
export function takeMounts(draft: Draft, storages: Storages): void {
  const targets = new Set<string>();
  const mounts: (LiteralRecord & { readonly isDisk: boolean; readonly number: number })[] = [];
  for (const { key, number, value } of draft.takeNumbered('mp')) {
    const mount = mountOf(draft, value, storages);
    const target = typeof mount === 'string' ? '' : String(mount.literal['target']);
    if (typeof mount === 'string' || targets.has(target)) {
      const why = typeof mount === 'string' ? mount : `Two mounts have the target ${target}.`;
      const text = withoutSize(value);
      if (text === undefined) {
        draft.keep(key, value, 'Proxmox itself would not take it');
      } else {
        draft.override(key, text, why);
      }
      continue;
    }
    targets.add(target);
    mounts.push({ ...mount.literal, isDisk: mount.isDisk, number });
    mount.left.forEach(([name, text]) => {
      draft.override(`${key}.${name}`, text, 'The props do not take it.');
    });
  }
  if (mounts.length > 0) {
    draft.props['mounts'] = numbered(mounts);
  }
}

/** Devices of the host. */
export function takeDevices(draft: Draft): void {
  const paths = new Set<string>();
  const devices: { readonly literal: LiteralRecord; readonly number: number }[] = [];
  for (const { key, number, value } of draft.takeNumbered('dev')) {
    const { path = '', mode, uid, gid, 'deny-write': denyWrite, ...rest } = partsOf(value, lxcDevice) ?? {};
    const isReadOnly = parseBoolean(denyWrite ?? '0');
    const literal: LiteralRecord = {
      path,
      ...(mode === undefined ? {} : { mode }),
      ...(uid === undefined ? {} : { uid: Number(uid) }),
      ...(gid === undefined ? {} : { gid: Number(gid) }),
      ...(isReadOnly === true ? { denyWrite: true } : {}),
    };
    const isLegal = Object.keys(rest).length === 0 && isReadOnly !== undefined && draft.accepts({ devices: [literal] });
    if (!isLegal) {
      draft.keep(key, value, 'Proxmox itself would not take it');
      continue;
    }
    if (paths.has(path)) {
      draft.override(key, value, `${path} is given twice.`);
      continue;
    }
    paths.add(path);
    devices.push({ literal, number });
  }
  const isInOrder = devices.every(({ number }, index) => number === index);
  if (devices.length > 0) {
    draft.props['devices'] = devices.map(({ literal, number }) => (isInOrder ? literal : { ...literal, number }));
  }
}

/** A mount past the props, whose size is what the storage says; undefined if Proxmox would not take it. */
function withoutSize(value: string): string | undefined {
  const { size: _, ...parts } = partsOf(value, lxcMountPoint) ?? {};
  const isLegal =
    parts['volume'] !== undefined &&
    parts['mp']?.startsWith('/') === true &&
    Object.entries(parts).every(([name, text]) => flags[name] === undefined || parseBoolean(text) !== undefined) &&
    Object.keys(parts).every((name) => flags[name] !== undefined || mountTexts.has(name));
  return isLegal ? renderPropertyString(parts, lxcMountPoint) : undefined;
}

const mountTexts = new Set(['volume', 'mp', 'idmap', 'mountoptions']);

/** Numbers are said only where they are not those that the construct would choose: folders first, then disks. */
function numbered(mounts: readonly (LiteralRecord & { readonly isDisk: boolean; readonly number: number })[]): Literal {
  const chosen = [...mounts.filter(({ isDisk }) => !isDisk), ...mounts.filter(({ isDisk }) => isDisk)];
  const isAsChosen = chosen.every(({ number }, index) => number === index);
  return mounts.map(({ isDisk: _, number, ...literal }): LiteralRecord => {
    const own = literal as LiteralRecord;
    return isAsChosen ? own : { ...own, number };
  });
}

interface Mount {
  readonly literal: LiteralRecord;
  readonly isDisk: boolean;
  /** What no prop says, to be set past them. */
  readonly left: readonly (readonly [string, string])[];
}

/** A mount, or why no prop says it. */
function mountOf(draft: Draft, value: string, storages: Storages): Mount | string {
  const parts = partsOf(value, lxcMountPoint);
  const { volume, mp, size, ...options } = parts ?? {};
  if (volume === undefined || mp === undefined) {
    return 'It is not written as Proxmox writes it.';
  }
  const target = mp.replace(/(?<=.)\/+$/, '');
  return volume.startsWith('/')
    ? folderMount(draft, volume, target, size === undefined ? options : { ...options, size })
    : diskMount(draft, volume, target, size ?? '', options, storages);
}

function folderMount(draft: Draft, source: string, target: string, options: Parts): Mount | string {
  const { backup, ...others } = options;
  const said = optionsOf(others, ['readOnly', 'keepAttributes']);
  const literal = { source, target, ...said.literal };
  const left = [...said.left.map((name) => [name, others[name] ?? ''] as const)];
  return draft.accepts({ mounts: [literal] })
    ? { literal, isDisk: false, left: backup === undefined ? left : [...left, ['backup', backup]] }
    : '`mounts` does not take it.';
}

function diskMount(
  draft: Draft,
  volume: string,
  target: string,
  size: string,
  options: Parts,
  storages: Storages,
): Mount | string {
  const disk = diskOf(draft, volume, size, storages);
  if (typeof disk === 'string') {
    return disk;
  }
  const said = optionsOf(options, ['readOnly', 'backup', 'keepAttributes']);
  if (said.left.length > 0) {
    return `\`mounts\` does not take ${said.left.join(', ')}.`;
  }
  return draft.accepts({ mounts: [{ target, volume: disk.plain, ...said.literal }] })
    ? { literal: { target, volume: disk.literal, ...said.literal }, isDisk: true, left: [] }
    : '`mounts` does not take it.';
}

/** Storage and size of a disk, or why the props cannot say it. */
function diskOf(
  draft: Draft,
  volume: string,
  size: string,
  storages: Storages,
): { readonly plain: object; readonly literal: LiteralRecord } | string {
  const found = volumeOf(volume);
  if (found === undefined) {
    return 'It is no volume of a storage.';
  }
  const { vmid } = draft.guest;
  if (found.vmid !== undefined && found.vmid !== vmid) {
    return `The disk is that of guest ${found.vmid} by its name.`;
  }
  const bytes = sizeOf(size);
  const storage = storages.use(found.storage);
  if (bytes === undefined || storage === undefined) {
    return storage === undefined ? `${found.storage} is no name of a storage.` : 'The config does not say its size.';
  }
  const text = bytes.toString();
  return { plain: { storage: found.storage, size: text }, literal: { storage, size: text } };
}

function sizeOf(text: string) {
  return unlessRefused(() => parseDiskSize(text));
}

/** Options of a mount: those that props say, and the names of the others. */
function optionsOf(options: Parts, also: readonly string[]): { literal: Record<string, Literal>; left: string[] } {
  const literal: Record<string, Literal> = {};
  const left: string[] = [];
  for (const [name, text] of Object.entries(options)) {
    const prop = flags[name];
    const flag = parseBoolean(text);
    if (prop !== undefined && flag !== undefined && (shared.has(prop) || also.includes(prop))) {
      Object.assign(literal, prop === 'readOnly' && !flag ? {} : { [prop]: flag });
    } else if (name === 'mountoptions' && text === [...new Set(text.split(';'))].sort().join(';')) {
      literal['mountOptions'] = text.split(';');
    } else if (name === 'idmap' && idmapOf(text) !== undefined) {
      literal['idmap'] = idmapOf(text) ?? '';
    } else {
      left.push(name);
    }
  }
  return { literal, left };
}

const flags: Readonly<Record<string, string>> = {
  ro: 'readOnly',
  backup: 'backup',
  acl: 'acl',
  quota: 'quota',
  replicate: 'replicate',
  shared: 'shared',
  keepattrs: 'keepAttributes',
};
const shared = new Set(['acl', 'quota', 'replicate', 'shared']);

function idmapOf(text: string): Literal | undefined {
  if (text === 'passthrough') {
    return text;
  }
  const entries = text.split(';').map((entry) => /^([ug]):(\d+):(\d+):(\d+)$/.exec(entry));
  return entries.every((entry) => entry !== null)
    ? entries.map(([, type = '', container, disk, count]) => ({
        type,
        container: Number(container),
        disk: Number(disk),
        count: Number(count),
      }))
    : undefined;
}
