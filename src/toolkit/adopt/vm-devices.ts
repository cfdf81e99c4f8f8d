import { parseBoolean } from '../../format/lists.js';
import { type Parts, partsOf } from '../../format/parts.js';
import { qemuFormat } from '../../format/qemu-properties.js';
import type { Draft } from './draft.js';
import type { Literal, LiteralRecord } from './literal.js';
import { asFlag, asMib, asNumber, asText, type Reader } from './readers.js';

/** Hardware whose key has parts: processor, board, display, what is passed through, and so on. */
export function takeDevices(draft: Draft): void {
  for (const device of singles) {
    const value = draft.take(device.key);
    if (value !== undefined) {
      const said = device.key === 'smbios1' ? smbiosOf(value) : deviceOf(draft, device, device.key, value);
      said === undefined
        ? leave(draft, device, device.key, value)
        : draft.say(device.prop, said, [[device.key, value]]);
    }
  }
  lists.forEach((device) => {
    takeList(draft, device);
  });
}

interface Device {
  /** Key of the file, without its number. */
  readonly key: string;
  readonly prop: string;
  /** Names and values of props by the names of parts. */
  readonly parts: Readonly<Record<string, readonly [prop: string, read: Reader]>>;
  /** Prop whose value alone says everything if there is no other. */
  readonly short?: string;
  /** Values of props that hold anyway as soon as another one is given. */
  readonly defaults?: LiteralRecord;
}

interface DeviceList extends Device {
  /** Part that is given once in the list. */
  readonly once?: string;
  /** Whether the program states numbers; without them the first is 0. */
  readonly isNumbered: boolean;
}

const asBits: Reader = (value) => (value === 'host' ? value : asNumber(value));
const asWords: Reader = (value) => value.split(';');

const singles: readonly Device[] = [
  {
    key: 'machine',
    prop: 'machine',
    short: 'type',
    parts: {
      type: ['type', asText],
      viommu: ['viommu', asText],
      'aw-bits': ['awBits', asNumber],
      'enable-s3': ['enableS3', asFlag],
      'enable-s4': ['enableS4', asFlag],
    },
  },
  {
    key: 'cpu',
    prop: 'cpu',
    short: 'type',
    parts: {
      cputype: ['type', asText],
      flags: ['flags', asWords],
      hidden: ['hidden', asFlag],
      'hv-vendor-id': ['hvVendorId', asText],
      'phys-bits': ['physBits', asBits],
      'guest-phys-bits': ['guestPhysBits', asNumber],
      level: ['level', asNumber],
    },
  },
  {
    key: 'amd-sev',
    prop: 'amdSev',
    parts: {
      type: ['type', asText],
      'no-debug': ['noDebug', asFlag],
      'no-key-sharing': ['noKeySharing', asFlag],
      'allow-smt': ['allowSmt', asFlag],
      'kernel-hashes': ['kernelHashes', asFlag],
    },
  },
  {
    key: 'intel-tdx',
    prop: 'intelTdx',
    parts: {
      type: ['', (value) => (value === 'tdx' ? value : undefined)],
      attestation: ['attestation', asFlag],
      'vsock-cid': ['vsockCid', asNumber],
      'vsock-port': ['vsockPort', asNumber],
    },
  },
  {
    key: 'agent',
    prop: 'agent',
    short: 'enabled',
    defaults: { enabled: true },
    parts: {
      enabled: ['enabled', asFlag],
      fstrim_cloned_disks: ['fstrimClonedDisks', asFlag],
      'freeze-fs': ['freezeFs', asFlag],
      type: ['type', asText],
    },
  },
  {
    key: 'vga',
    prop: 'vga',
    short: 'type',
    parts: { type: ['type', asText], memory: ['memory', asNumber], clipboard: ['clipboard', asText] },
  },
  {
    key: 'spice_enhancements',
    prop: 'spice',
    parts: { foldersharing: ['folderSharing', asFlag], videostreaming: ['videoStreaming', asText] },
  },
  { key: 'audio0', prop: 'audio', parts: { device: ['device', asText], driver: ['driver', asText] } },
  {
    key: 'rng0',
    prop: 'rng',
    defaults: { source: '/dev/urandom' },
    parts: { source: ['source', asText], max_bytes: ['maxBytes', asNumber], period: ['period', asNumber] },
  },
  { key: 'watchdog', prop: 'watchdog', parts: { model: ['model', asText], action: ['action', asText] } },
  { key: 'ivshmem', prop: 'ivshmem', parts: { size: ['size', asMib], name: ['name', asText] } },
  { key: 'smbios1', prop: 'smbios', parts: {} },
];

const lists: readonly DeviceList[] = [
  {
    key: 'numa',
    prop: 'numaNodes',
    isNumbered: false,
    parts: {
      cpus: ['cpus', asText],
      memory: ['memory', asMib],
      hostnodes: ['hostNodes', asText],
      policy: ['policy', asText],
    },
  },
  {
    key: 'hostpci',
    prop: 'hostPci',
    isNumbered: true,
    parts: {
      host: ['pci', asText],
      mapping: ['mapping', asText],
      mdev: ['mdev', asText],
      pcie: ['pcie', asFlag],
      rombar: ['rombar', asFlag],
      romfile: ['romfile', asText],
      'x-vga': ['xVga', asFlag],
      'legacy-igd': ['legacyIgd', asFlag],
      driver: ['driver', asText],
      'vendor-id': ['vendorId', asText],
      'device-id': ['deviceId', asText],
      'sub-vendor-id': ['subVendorId', asText],
      'sub-device-id': ['subDeviceId', asText],
    },
  },
  {
    key: 'usb',
    prop: 'usb',
    isNumbered: true,
    parts: { host: ['host', asText], mapping: ['mapping', asText], usb3: ['usb3', asFlag] },
  },
  {
    key: 'virtiofs',
    prop: 'virtiofs',
    once: 'mapping',
    isNumbered: true,
    parts: {
      dirid: ['mapping', asText],
      cache: ['cache', asText],
      'direct-io': ['directIo', asFlag],
      'expose-acl': ['exposeAcl', asFlag],
      'expose-xattr': ['exposeXattr', asFlag],
    },
  },
];

function takeList(draft: Draft, device: DeviceList): void {
  const { key: stem, prop, once, isNumbered } = device;
  const said: {
    readonly number: number;
    readonly literal: LiteralRecord;
    readonly origin: readonly [string, string];
  }[] = [];
  for (const { key, number, value } of draft.takeNumbered(stem)) {
    const literal = deviceOf(draft, device, key, value);
    const isNext = isNumbered || number === said.length;
    const isTwice = once !== undefined && said.some((other) => other.literal[once] === recordOf(literal)?.[once]);
    const record = recordOf(literal);
    if (record === undefined || !isNext || isTwice) {
      leave(draft, device, key, value);
    } else {
      said.push({ number, literal: record, origin: [key, value] });
    }
  }
  if (said.length > 0) {
    const isInOrder = said.every(({ number }, index) => number === index);
    draft.say(
      prop,
      said.map(({ literal, number }): Literal => (isInOrder ? literal : { ...literal, number })),
      said.map(({ origin }) => origin),
    );
  }
}

/** What the props say in the place of a value; undefined if they cannot. */
function deviceOf(draft: Draft, device: Device, key: string, value: string): Literal | undefined {
  const parts = partsOf(value, qemuFormat(key) ?? { required: [] });
  const record = parts === undefined ? undefined : propsOf(device, parts);
  if (record === undefined) {
    return undefined;
  }
  const { short, prop } = device;
  const only = short !== undefined && Object.keys(record).length === 1 ? record[short] : undefined;
  const literal = only ?? record;
  return draft.accepts({ [prop]: 'isNumbered' in device ? [literal] : literal }) ? literal : undefined;
}

function propsOf({ parts: known, defaults = {} }: Device, parts: Parts): LiteralRecord | undefined {
  const record: Record<string, Literal> = {};
  for (const [name, text] of Object.entries(parts)) {
    const [prop, read] = known[name] ?? [];
    const literal = read?.(text);
    if (prop === undefined || literal === undefined) {
      return undefined;
    }
    Object.assign(record, prop === '' ? {} : { [prop]: literal });
  }
  const others = Object.entries(record).filter(([prop, literal]) => defaults[prop] !== literal);
  return others.length === 0 ? record : Object.fromEntries(others);
}

/** What a person has set beside the number that Proxmox chose; texts come encoded. */
function smbiosOf(value: string): LiteralRecord | undefined {
  const { uuid, base64, ...texts } = partsOf(value, qemuFormat('smbios1') ?? { required: [] }) ?? {};
  const decoded = Object.entries(texts).map(
    ([name, text]) => [name, Buffer.from(text, 'base64').toString(), text] as const,
  );
  const isPlain = decoded.every(([, text, encoded]) => Buffer.from(text).toString('base64') === encoded);
  return isPlain && parseBoolean(base64 ?? '0') === true
    ? { ...(uuid === undefined ? {} : { uuid }), ...Object.fromEntries(decoded.map(([name, text]) => [name, text])) }
    : undefined;
}

function recordOf(literal: Literal | undefined): LiteralRecord | undefined {
  return typeof literal === 'object' && !Array.isArray(literal) ? (literal as LiteralRecord) : undefined;
}

/** Parts that this library does not know may not be set past the props either. */
function leave(draft: Draft, { parts: known }: Device, key: string, value: string): void {
  const parts = partsOf(value, qemuFormat(key) ?? { required: [] });
  if (key === 'smbios1' && /^uuid=[0-9A-Fa-f-]+$/.test(value)) {
    draft.remark('note', key, 'is written by Proxmox for itself; it stays');
  } else if (
    parts === undefined ||
    !Object.entries(parts).every(([name, text]) => known[name]?.[1](text) !== undefined)
  ) {
    draft.keep(key, value, parts === undefined ? 'Proxmox itself would not take it' : 'this library does not know it');
  } else {
    draft.override(key, value, 'No prop says it.');
  }
}
