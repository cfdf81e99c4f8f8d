import { parseAddress } from '../../base/ip.js';
import { parseBoolean, splitList } from '../../format/lists.js';
import { partsOf } from '../../format/parts.js';
import {
  lxcFeatures,
  lxcMountPoint,
  lxcNet,
  lxcRootfs,
  type PropertyFormat,
  startup,
} from '../../format/property-string.js';
import { lxcVersionGates } from '../../format/version-gates.js';
import { lxcTable } from '../../lxc/schema.js';
import type { PveVersion } from '../../model/pve-version.js';
import { Draft, type DraftRules } from './draft.js';
import { gateTrouble } from './gates.js';
import { takeFirewall } from './guest-firewall.js';
import { takeIdentity } from './identity.js';
import type { GuestInventory } from './inventory.js';
import type { Literal, LiteralRecord } from './literal.js';
import { takeDevices, takeMounts, takeRootfs } from './lxc-mounts.js';
import { takeLxcNics } from './lxc-nics.js';
import { takeRawLines } from './lxc-raw.js';
import type { Claims, Places } from './places.js';
import { asMib as readMib } from './readers.js';
import type { Storages } from './storages.js';

/** What of its node and of the whole program a guest needs. */
export interface GuestSurroundings {
  readonly storages: Storages;
  readonly places: Places;
  readonly claims: Claims;
  /** Id of the guest's construct. */
  readonly id: string;
  /** Text of its firewall file, if there is one. */
  readonly firewall: string | undefined;
  /** Release that the program states. */
  readonly pveVersion: PveVersion;
}

/** What the program says of a container; a text is why it can say nothing of it. */
export function lxcDraft(guest: GuestInventory, around: GuestSurroundings): Draft | string {
  const draft = new Draft(guest, rulesOf(around.pveVersion));
  const isTemplate = parseBoolean(draft.take('template') ?? '0') === true;
  draft.props['vmid'] = guest.vmid;
  draft.props['from'] = 'adopted';
  const trouble =
    takeIdentity(draft, 'hostname', around.id) ?? takeRootfs(draft, around.storages) ?? takePlain(draft, isTemplate);
  if (trouble !== undefined) {
    return trouble;
  }
  takeFirewall(draft, around.firewall);
  takeLxcNics(draft, around.places, around.claims);
  takeFeatures(draft);
  takeMounts(draft, around.storages);
  takeDevices(draft);
  takeRawLines(draft);
  takeRest(draft);
  draft.isTemplate = isTemplate;
  return draft;
}

function rulesOf(release: PveVersion): DraftRules {
  return {
    table: lxcTable,
    tooNew: (key, value) =>
      gateTrouble(lxcVersionGates, (name) => formats[name.replace(/\d+$/, '')], release, key, value),
  };
}

const formats: Readonly<Record<string, PropertyFormat>> = { net: lxcNet, mp: lxcMountPoint, rootfs: lxcRootfs };

/** Keys that no program may set, and why they are not in it. */
const notSaid: Readonly<Record<string, string>> = {
  lock: 'it says what Proxmox is doing',
  parent: 'it names the snapshot that the guest was made from last',
  digest: 'it is no key of a config',
};

type Reader = (draft: Draft, value: string) => readonly [plain: unknown, literal: Literal] | undefined;

const same = <T extends Literal>(value: T | undefined) => (value === undefined ? undefined : ([value, value] as const));
const asText: Reader = (_draft, value) => same(value);
const asNumber: Reader = (_draft, value) => same(/^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined);
const asFlag: Reader = (_draft, value) => same(parseBoolean(value));
const asMib: Reader = (_draft, value) => same(readMib(value));

/** Keys whose value is said by one prop, each with how it is read. */
const plainKeys: readonly (readonly [key: string, prop: string, read: Reader])[] = [
  ['cores', 'cores', asNumber],
  ['cpulimit', 'cpulimit', asNumber],
  ['cpuunits', 'cpuunits', asNumber],
  ['memory', 'memory', asMib],
  ['swap', 'swap', asMib],
  ['unprivileged', 'unprivileged', asFlag],
  ['ostype', 'ostype', asText],
  ['arch', 'arch', asText],
  ['timezone', 'timezone', asText],
  ['console', 'console', asFlag],
  ['cmode', 'consoleMode', asText],
  ['tty', 'tty', asNumber],
  ['hookscript', 'hookscript', asText],
  ['debug', 'debug', asFlag],
  ['entrypoint', 'entrypoint', asText],
  ['nameserver', 'nameservers', nameservers],
  ['searchdomain', 'searchDomain', asText],
  ['onboot', 'onboot', asFlag],
  ['startup', 'startup', startupOf],
  ['protection', 'protection', asFlag],
  ['tags', 'tags', (_draft, value) => same([...new Set(splitList(value.toLowerCase()))].sort())],
];

/** Props that are left out where they say what holds anyway. */
const defaults: Readonly<Record<string, Literal>> = {
  memory: '512MiB',
  swap: '512MiB',
  arch: 'amd64',
  unprivileged: true,
  onboot: false,
  protection: false,
};

/** A template neither starts with its host nor is it protected: Proxmox keeps both keys, and nobody looks after them. */
const notOfTemplates = new Set(['onboot', 'protection', 'startup']);

/** Values of these keys that the props do not take, and Proxmox does. */
const pastProps: Readonly<Record<string, RegExp>> = {
  cpuunits: /^0$/,
  nameserver: /^[0-9A-Fa-f.: ,;%a-z]+$/,
  searchdomain: /^[A-Za-z0-9.,; -]+$/,
};

/** What a key means that Proxmox finds nowhere, where our own default is another. */
const whereAbsent: Readonly<Record<string, string>> = { unprivileged: '0', swap: '0' };

/** Gives why the guest cannot be said; nothing if it can. */
function takePlain(draft: Draft, isTemplate: boolean): string | undefined {
  let trouble: string | undefined;
  for (const [key, prop, read] of plainKeys) {
    const value = draft.take(key) ?? whereAbsent[key];
    if (value === undefined) {
      continue;
    }
    const [plain, literal] = read(draft, value) ?? [];
    if (isTemplate && notOfTemplates.has(key)) {
      draft.keep(key, value, 'templates do not say it');
    } else if (literal !== undefined && draft.accepts({ [prop]: plain })) {
      Object.assign(draft.props, defaults[prop] === literal ? {} : { [prop]: literal });
    } else if (prop in defaults) {
      trouble ??= `${key} is ${JSON.stringify(value)}, which Proxmox does not take: set it first`;
    } else if (pastProps[key]?.test(value) === true) {
      draft.override(key, value, `\`${prop}\` does not take it`);
    } else {
      draft.keep(key, value, 'Proxmox itself would not take it');
    }
  }
  return trouble;
}

function nameservers(_draft: Draft, value: string) {
  const servers = splitList(value);
  return servers.every((server) => parseAddress(server) !== undefined) ? same(servers) : undefined;
}

function startupOf(_draft: Draft, value: string) {
  const parts = partsOf(value, startup);
  const isRead = parts !== undefined && Object.values(parts).every((text) => /^\d{1,9}$/.test(text));
  return isRead ? same(Object.fromEntries(Object.entries(parts).map(([key, text]) => [key, Number(text)]))) : undefined;
}

const featureProps: Readonly<Record<string, string>> = {
  nesting: 'nesting',
  keyctl: 'keyctl',
  fuse: 'fuse',
  mknod: 'mknod',
  force_rw_sys: 'forceRwSys',
};

function takeFeatures(draft: Draft): void {
  const value = draft.take('features');
  if (value === undefined) {
    return;
  }
  const features = featuresOf(value);
  if (features === undefined || !draft.accepts({ features })) {
    draft.keep('features', value, 'Proxmox itself would not take it');
  } else if (draft.props['unprivileged'] === false && (features['keyctl'] === true || features['mknod'] === true)) {
    draft.override('features', value, 'Of the features, keyctl and mknod are for unprivileged containers.');
  } else {
    draft.props['features'] = features;
  }
}

function featuresOf(value: string): LiteralRecord | undefined {
  const features: Record<string, Literal> = {};
  for (const [name, text] of Object.entries(partsOf(value, lxcFeatures) ?? { '': '' })) {
    const flag = parseBoolean(text);
    const prop = featureProps[name];
    if (prop !== undefined && flag !== undefined) {
      features[prop] = flag;
    } else if (name === 'mount') {
      features['mount'] = text.split(/[;\s]+/).filter((it) => it !== '');
    } else {
      return undefined;
    }
  }
  return features;
}

/** What nobody has asked for: disks that are not in use, keys that Proxmox writes for itself, and keys that are new to this library. */
function takeRest(draft: Draft): void {
  for (const key of draft.keys.sort()) {
    const value = draft.take(key) ?? '';
    if (/^unused\d+$/.test(key)) {
      draft.remark('host', key, `the disk ${value} is not in use; it stays`);
    } else if (notSaid[key] !== undefined) {
      draft.keep(key, value, notSaid[key] ?? '');
    } else {
      draft.keep(key, value, 'this library does not know it');
    }
  }
}
