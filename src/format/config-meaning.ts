import { splitList } from './lists.js';

/**
 * Values of a guest's config, compared by what they mean. Proxmox stores some as they were typed and rewrites others, so text says nothing: the
 * order of sub-keys, a default key with or without its name, spellings of booleans and numbers, the case of a hardware address and a slash at the
 * end make no difference.
 *
 * The applier compares by the same rules (`runtime/host/Property.pm`); `test/format/config-meaning.test.ts` holds the two together.
 */
export function sameConfigValue(key: string, wanted: string, found: string): boolean {
  if (wanted === found) {
    return true;
  }
  const family = familyOf(key);
  return family === undefined
    ? plain(key, wanted) === plain(key, found)
    : sameConfigParts(key, configParts(key, wanted), configParts(key, found));
}

/** Sub-keys of a value; a part without a name belongs to the default key of its family. */
export function configParts(key: string, value: string): Map<string, string> {
  const defaultKey = familyOf(key)?.defaultKey ?? '';
  const parts = new Map<string, string>();
  for (const part of value.split(',').filter((it) => it !== '')) {
    const [, name, text = ''] = /^([^=]+)=(.*)$/s.exec(part) ?? [];
    if (name === undefined) {
      parts.set(defaultKey === '' ? 'model' : defaultKey, part);
    } else if (defaultKey === '' && cardModel.test(name)) {
      parts.set('model', name);
      parts.set('hwaddr', text);
    } else {
      parts.set(name === 'macaddr' ? 'hwaddr' : name, text);
    }
  }
  return parts;
}

/** As {@link sameConfigValue}, of sub-keys. */
export function sameConfigParts(
  key: string,
  wanted: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): boolean {
  const { implied = {}, madeUp = [] } = familyOf(key) ?? {};
  return [...new Set([...wanted.keys(), ...found.keys()])].every((name) => {
    // Made by Proxmox unless somebody asks for it; `format` says how to make a disk and is not kept.
    if ((!wanted.has(name) && madeUp.includes(name)) || (!found.has(name) && name === 'format')) {
      return true;
    }
    const one = wanted.get(name) ?? implied[name];
    const other = found.get(name) ?? implied[name];
    return one !== undefined && other !== undefined && plain(name, one) === plain(name, other);
  });
}

/** The value that a key has where it is not written; undefined if it has none. */
export function impliedConfigValue(type: 'lxc' | 'qemu', key: string): string | undefined {
  return own(whereAbsent, key) ?? own(whereAbsentIn[type], key);
}

/** Whether the value is the one that its key has in every guest without being written. */
export function meansNothing(key: string, value: string): boolean {
  const implied = own(whereAbsent, key);
  return implied !== undefined && sameConfigValue(key, implied, value);
}

const whereAbsent: Readonly<Record<string, string>> = {
  ...{ onboot: '0', protection: '0', template: '0', debug: '0', console: '1', agent: '0', acpi: '1', kvm: '1' },
  ...{ tablet: '1', numa: '0', freeze: '0', autostart: '0', bios: 'seabios', sockets: '1' },
};

const whereAbsentIn: Readonly<Record<'lxc' | 'qemu', Readonly<Record<string, string>>>> = {
  lxc: { unprivileged: '0', memory: '512', swap: '512', arch: 'amd64' },
  qemu: { memory: '512', cores: '1', ostype: 'other', scsihw: 'lsi', arch: 'x86_64' },
};

/** Keys whose values have sub-keys. */
interface Family {
  readonly keys: RegExp;
  /** Sub-key that may stand without its name; empty if none may, save the model of a machine's network card. */
  readonly defaultKey: string;
  /** What sub-keys mean where they are not written. */
  readonly implied?: Readonly<Record<string, string>>;
  /** Sub-keys that Proxmox makes up or keeps as a cache. */
  readonly madeUp?: readonly string[];
}

const disk = {
  ...{ backup: '1', replicate: '1', ro: '0', ssd: '0', iothread: '0', snapshot: '0', shared: '0', detect_zeroes: '1' },
  ...{ discard: 'ignore', cache: 'none', media: 'disk', 'pre-enrolled-keys': '0' },
};
const mount = { ro: '0', quota: '0', shared: '0', backup: '0', replicate: '1' };
const features = { nesting: '0', keyctl: '0', fuse: '0', mknod: '0', force_rw_sys: '0' };
const virtiofs = { cache: 'auto', 'direct-io': '0', 'expose-acl': '0', 'expose-xattr': '0' };
const agent = { fstrim_cloned_disks: '0', 'freeze-fs-on-backup': '1', 'guest-fsfreeze': '1', type: 'virtio' };

const families: readonly Family[] = [
  { keys: /^(?:rootfs|mp\d+|unused\d+)$/, defaultKey: 'volume', implied: mount, madeUp: ['size'] },
  { keys: /^dev\d+$/, defaultKey: 'path', implied: { uid: '0', gid: '0', 'deny-write': '0' } },
  { keys: /^net\d+$/, defaultKey: '', implied: { firewall: '0', link_down: '0', type: 'veth' }, madeUp: ['hwaddr'] },
  { keys: /^features$/, defaultKey: '', implied: features },
  { keys: /^startup$/, defaultKey: 'order' },
  {
    keys: /^(?:scsi|virtio|ide|sata|efidisk|tpmstate)\d+$/,
    defaultKey: 'file',
    implied: disk,
    madeUp: ['size', 'format', 'ms-cert'],
  },
  {
    keys: /^hostpci\d+$/,
    defaultKey: 'host',
    implied: { pcie: '0', 'x-vga': '0', 'legacy-igd': '0', rombar: '1' },
  },
  { keys: /^usb\d+$/, defaultKey: 'host', implied: { usb3: '0' } },
  { keys: /^virtiofs\d+$/, defaultKey: 'dirid', implied: virtiofs },
  { keys: /^agent$/, defaultKey: 'enabled', implied: agent },
  { keys: /^cpu$/, defaultKey: 'cputype', implied: { hidden: '0' } },
  { keys: /^memory$/, defaultKey: 'current' },
  { keys: /^machine$/, defaultKey: 'type' },
  { keys: /^vga$/, defaultKey: 'type' },
  { keys: /^rng0$/, defaultKey: 'source', implied: { max_bytes: '1024', period: '1000' } },
  { keys: /^boot$/, defaultKey: 'legacy' },
  { keys: /^(?:(?:ipconfig|numa)\d+|cicustom|ivshmem)$/, defaultKey: '' },
  { keys: /^audio0$/, defaultKey: 'device', implied: { driver: 'spice' } },
  { keys: /^smbios1$/, defaultKey: '', madeUp: ['uuid'] },
  { keys: /^watchdog$/, defaultKey: 'model' },
  { keys: /^spice_enhancements$/, defaultKey: '', implied: { foldersharing: '0', videostreaming: 'off' } },
  { keys: /^(?:amd-sev|intel-tdx)$/, defaultKey: 'type' },
];

function familyOf(key: string): Family | undefined {
  return families.find(({ keys }) => keys.test(key));
}

/** Models of a machine's network card: `virtio=MAC` stands for model and address. */
const cardModel = /^(?:virtio|e1000[\w-]*|i8\w+|ne2k_\w+|pcnet|rtl8139|vmxnet3)$/;

const booleans: ReadonlySet<string> = new Set(
  [
    'onboot protection template unprivileged console debug firewall link_down ro quota shared replicate nesting keyctl',
    'fuse mknod force_rw_sys deny-write kvm acpi tablet freeze localtime autostart numa tdf ciupgrade reboot enabled ssd',
    'iothread snapshot detect_zeroes pcie x-vga legacy-igd rombar usb3 fstrim_cloned_disks freeze-fs-on-backup',
    'guest-fsfreeze hidden base64 direct-io expose-acl expose-xattr foldersharing pre-enrolled-keys backup',
  ].flatMap((line) => line.split(' ')),
);
const words: Readonly<Record<string, string>> = {
  1: '1',
  on: '1',
  yes: '1',
  true: '1',
  0: '0',
  off: '0',
  no: '0',
  false: '0',
};
const sets: ReadonlySet<string> = new Set(['tags', 'hotplug', 'flags', 'mount']);
const ordered: ReadonlySet<string> = new Set(['nameserver', 'searchdomain', 'order']);

/** The one spelling of a value without further structure; `name` is that of its key or sub-key. */
function plain(name: string, text: string): string {
  const value = text.trim();
  if (sets.has(name)) {
    const items = name === 'hotplug' && /^[01]$/.test(value) ? (value === '1' ? 'disk,network,usb' : '') : value;
    return [...new Set(splitList(items).map((item) => item.toLowerCase()))].sort().join(' ');
  }
  if (ordered.has(name)) {
    return splitList(value).join(' ');
  }
  const spell = own(spellings, name);
  return spell === undefined ? plainOf(name, value) : spell(value);
}

const spellings: Readonly<Record<string, (value: string) => string>> = {
  hwaddr: (value) => value.toUpperCase(),
  uuid: (value) => value.toLowerCase(),
  vmgenid: (value) => value.toLowerCase(),
  host: (value) =>
    value
      .split(';')
      .map((address) => address.replace(/^0000:(?=[0-9A-Fa-f]{2}:)/, '').toLowerCase())
      .join(';'),
  sshkeys: (value) => sshKeys(value),
  mode: (value) => value.replace(/^0+(?=.)/, ''),
};

function sshKeys(value: string): string {
  const decoded = value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decoded
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

function plainOf(name: string, value: string): string {
  const truth = booleans.has(name) ? own(words, value.toLowerCase()) : undefined;
  if (truth !== undefined) {
    return truth;
  }
  if (value.startsWith('/')) {
    return value.replace(/(?<=.)\/+$/, '');
  }
  if (name === 'mp') {
    return value.replace(/\/+$/, '');
  }
  return /^-?\d+(?:\.\d+)?$/.test(value) && value.length < 15 ? String(Number(value)) : value;
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
