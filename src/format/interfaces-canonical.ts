import { bondModes } from '../base/proxmox-words.js';
import { compareText } from '../base/stable.js';
import {
  type InterfaceConfig,
  type InterfaceOption,
  type InterfaceStanza,
  interfaceText,
  parseInterfaces,
} from './interfaces-file.js';

/** What an interface is, as Proxmox tells it from name and options. */
export type InterfaceKind = 'loopback' | 'eth' | 'bond' | 'bridge' | 'vlan' | 'alias' | 'other';

/** What the interface is. Open vSwitch, VXLAN and names that Proxmox does not know are `other`. */
export function interfaceKind({ name, stanzas }: InterfaceConfig): InterfaceKind {
  const has = (option: string) => stanzas.some(({ options }) => options.some(([key]) => plainName(key) === option));
  if (has('bridge-ports')) {
    return 'bridge';
  }
  if (has('ovs-type')) {
    return 'other';
  }
  const byName = kindsByName.find(([pattern]) => pattern.test(name))?.[1];
  return byName === undefined || byName === 'eth' || byName === 'loopback'
    ? has('vlan-raw-device')
      ? 'vlan'
      : (byName ?? 'other')
    : byName;
}

/**
 * The interface as Proxmox writes it: addresses with their prefix, the options of bridges and bonds with their defaults
 * in a fixed order, then the others. Options of `other` kinds stay in the order in which they stand.
 * @throws what {@link interfaceText} does
 */
export function canonicalInterface(config: InterfaceConfig): InterfaceConfig {
  const kind = interfaceKind(config);
  const stanzas =
    config.stanzas.length > 0 ? config.stanzas : [{ family: 'inet', method: 'manual', ...nothing } as const];
  // Proxmox keeps what it knows once an interface and writes it into the first stanza.
  const shared = sharedOptions(config, kind);
  const noted = Math.max(
    stanzas.findIndex(({ family }) => family !== 'inet6'),
    0,
  );
  return {
    ...config,
    stanzas: stanzas.map((stanza, index) => ({
      ...stanza,
      options: [...addresses(stanza), ...(index === 0 ? shared : []), ...ownOptions(stanza, kind)],
      comments: index === noted ? commentsOf(stanzas) : [],
    })),
  };
}

/**
 * The file as it would be after Proxmox has read and written it, without the comment that it puts at the top: the
 * loopback first, physical cards, bonds, bridges and VLANs; slaves of bonds come up by themselves; comments outside of
 * stanzas are gone, lines that it does not understand stay.
 * @throws what {@link interfaceText} does
 */
export function canonicalInterfacesFile(text: string): string {
  const { pieces, interfaces } = parseInterfaces(text);
  const places = new Map<string, number>();
  const lines: { place: number; text: string }[] = [];
  for (const [place, piece] of pieces.entries()) {
    if (piece.is === 'stanza' && !places.has(piece.name)) {
      places.set(piece.name, place);
    } else if (piece.is === 'line') {
      lines.push({ place, text: piece.raw.trimEnd() });
    }
  }
  const all = withLoopback(interfaces);
  const slaves = new Set(all.filter((one) => interfaceKind(one) === 'bond').flatMap(slavesOf));
  const kinds = new Map(all.map((one) => [one.name, interfaceKind(one)]));
  let out = '';
  for (const config of inOrder(all, kinds, places)) {
    const before = lines.filter(({ place }) => place < (places.get(config.name) ?? -1));
    out += before.length === 0 ? '' : `${before.map((line) => line.text).join('\n')}\n\n`;
    lines.splice(0, before.length);
    const autostart = config.autostart || slaves.has(config.name);
    out += `${interfaceText(canonicalInterface({ ...config, autostart }))}\n`;
  }
  return out + lines.map((line) => `${line.text}\n`).join('');
}

/** The notes of all families in one place, those of IPv6 last. */
function commentsOf(stanzas: readonly InterfaceStanza[]): string[] {
  const isSix = ({ family }: InterfaceStanza) => family === 'inet6';
  return [...stanzas.filter((one) => !isSix(one)), ...stanzas.filter(isSix)].flatMap(({ comments }) => comments);
}

const nothing = { options: [], comments: [] } as const;

const kindsByName: readonly (readonly [RegExp, InterfaceKind])[] = [
  [/^bond\d+$/, 'bond'],
  [/:\d+$/, 'alias'],
  [/\.\d+$/, 'vlan'],
  [/^(?:eth\d+|en[^:.]+|ib[^:.]+|(?:nic|if)\d+)$/, 'eth'],
  [/^lo$/, 'loopback'],
];

const ranks: Readonly<Partial<Record<InterfaceKind, number>>> = { loopback: 1, eth: 2, bond: 4, bridge: 5, vlan: 6 };

const addressOptions = new Set(['address', 'netmask', 'gateway', 'broadcast']);

/** Options that Proxmox keeps once an interface, by the name with dashes. */
const sharedNames: ReadonlySet<string> = new Set([
  ...['mtu', 'bridge-ports', 'bridge-stp', 'bridge-fd', 'bridge-vids', 'bridge-vlan-aware', 'bridge-access'],
  ...['bridge-learning', 'bridge-arp-nd-suppress', 'bridge-unicast-flood', 'bridge-multicast-flood'],
  ...['bridge-disable-mac-learning', 'bond-slaves', 'bond-miimon', 'bond-mode', 'bond-xmit-hash-policy'],
  ...['bond-primary', 'link-type', 'vlan-protocol', 'vlan-raw-device', 'vlan-id'],
]);

/** Options are written with dashes or underscores, and slaves also alone. */
function plainName(option: string): string {
  const name = option.replaceAll('_', '-');
  return name === 'slaves' ? 'bond-slaves' : name;
}

function sharedOptions(config: InterfaceConfig, kind: InterfaceKind): InterfaceOption[] {
  if (kind === 'other') {
    return [];
  }
  const values = new Map<string, string>();
  for (const [option, value] of config.stanzas.flatMap(({ options }) => options)) {
    const name = plainName(option);
    if (sharedNames.has(name)) {
      const isPorts = name === 'bridge-ports' || name === 'bond-slaves';
      values.set(name, isPorts ? `${values.get(name) ?? ''} ${value}` : value);
    }
  }
  const first = kind === 'bridge' ? bridgeOptions(values) : kind === 'bond' ? bondOptions(values) : [];
  const isNamedVlan = kind === 'vlan' && /\.\d+$/.test(config.name);
  const known = new Set(
    isNamedVlan ? ['vlan-raw-device', 'vlan-id'] : /^vlan\d+$/.test(config.name) ? ['vlan-id'] : [],
  );
  const done = doneWith[kind] ?? known;
  const rest = [...values].filter(([name]) => !done.has(name)).sort(([a], [b]) => compareText(a, b));
  return [...first, ...rest];
}

const doneWith: Readonly<Partial<Record<InterfaceKind, ReadonlySet<string>>>> = {
  bridge: new Set([
    ...['bridge-ports', 'bridge-stp', 'bridge-fd', 'bridge-vlan-aware', 'bridge-vids', 'mtu'],
    'bridge-disable-mac-learning',
  ]),
  bond: new Set(['bond-slaves', 'bond-miimon', 'bond-mode', 'bond-xmit-hash-policy', 'bond-primary', 'mtu']),
};

function bridgeOptions(values: ReadonlyMap<string, string>): InterfaceOption[] {
  const stp = /^(?:on|yes)$/i.test(values.get('bridge-stp') ?? '') ? 'on' : 'off';
  const delay = values.get('bridge-fd') ?? (stp === 'off' ? '0' : undefined);
  const keepsDelay = delay !== undefined && (stp === 'off' || (Number(delay) >= 2 && Number(delay) <= 30));
  return [
    ['bridge-ports', ports(values.get('bridge-ports'))],
    ['bridge-stp', stp],
    ...(keepsDelay ? [['bridge-fd', delay] as const] : []),
    ...(values.has('bridge-vlan-aware')
      ? ([
          ['bridge-vlan-aware', 'yes'],
          ['bridge-vids', values.get('bridge-vids') ?? '2-4094'],
        ] as const)
      : []),
    ...given('mtu', values.get('mtu')),
  ];
}

function bondOptions(values: ReadonlyMap<string, string>): InterfaceOption[] {
  const written = values.get('bond-mode');
  const mode = bondModes[/^\d$/.test(written ?? '') ? Number(written) : -1] ?? written ?? 'balance-rr';
  return [
    ['bond-slaves', ports(values.get('bond-slaves'))],
    ['bond-miimon', values.get('bond-miimon') ?? '100'],
    ['bond-mode', mode],
    ...(mode === 'balance-xor' || mode === '802.3ad'
      ? given('bond-xmit-hash-policy', values.get('bond-xmit-hash-policy'))
      : []),
    ...(mode === 'active-backup' ? given('bond-primary', values.get('bond-primary')) : []),
    ...given('mtu', values.get('mtu')),
  ];
}

function given(name: string, value: string | undefined): InterfaceOption[] {
  return value === undefined ? [] : [[name, value]];
}

function ports(text = ''): string {
  const names = [...new Set(text.split(/[;,\s]+/))].filter((name) => name !== '' && name !== 'none').sort(compareText);
  return names.length === 0 ? 'none' : names.join(' ');
}

function slavesOf({ stanzas }: InterfaceConfig): string[] {
  return stanzas.flatMap(({ options }) =>
    options.flatMap(([option, value]) => (plainName(option) === 'bond-slaves' ? value.split(/\s+/) : [])),
  );
}

/** Address and gateway; the mask goes behind the address, and a broadcast address is dropped. */
function addresses(stanza: InterfaceStanza): InterfaceOption[] {
  const last = new Map<string, string>();
  for (const [option, value] of stanza.options) {
    const isSix = stanza.family === undefined && option !== 'netmask' && value.includes(':');
    if (addressOptions.has(option)) {
      last.set(isSix ? `${option}6` : option, value);
    }
  }
  const mask = last.get('netmask');
  return [
    ...given('address', withMask(last.get('address'), mask)),
    ...given('gateway', last.get('gateway')),
    ...given('address', last.get('address6')),
    ...given('gateway', last.get('gateway6')),
  ];
}

function withMask(address: string | undefined, mask: string | undefined): string | undefined {
  const bits = mask === undefined || /^\d+$/.test(mask) ? mask : maskBits(mask);
  return address === undefined || bits === undefined || address.includes('/') ? address : `${address}/${bits}`;
}

/** The length of the prefix that a mask like `255.255.255.0` stands for. */
function maskBits(mask: string): string | undefined {
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) && bits.length === 32 ? String(bits.indexOf('0') < 0 ? 32 : bits.indexOf('0')) : undefined;
}

function ownOptions({ options }: InterfaceStanza, kind: InterfaceKind): InterfaceOption[] {
  return options.filter(
    ([option]) => !addressOptions.has(option) && (kind === 'other' || !sharedNames.has(plainName(option))),
  );
}

function withLoopback(interfaces: readonly InterfaceConfig[]): readonly InterfaceConfig[] {
  const loopback = { family: 'inet', method: 'loopback', ...nothing } as const;
  return interfaces.some(({ name }) => name === 'lo')
    ? interfaces
    : [{ name: 'lo', autostart: true, stanzas: [loopback] }, ...interfaces];
}

/** By kind, and within one kind by place; kinds that Proxmox does not know stand where they stood. */
function inOrder(
  all: readonly InterfaceConfig[],
  kinds: ReadonlyMap<string, InterfaceKind>,
  places: ReadonlyMap<string, number>,
): InterfaceConfig[] {
  const rank = (name: string): number | undefined => {
    const [root = '', ...children] = name.split(/[.:]/);
    const known = ranks[kinds.get(root) ?? 'other'];
    return known === undefined ? undefined : known * 100_000 + children.length;
  };
  const place = (name: string): number => places.get(name) ?? (name === 'lo' ? -1 : 50_000);
  return [...all].sort(({ name: a }, { name: b }) => {
    const [rankA, rankB] = [rank(a), rank(b)];
    const byKind = rankA === undefined || rankB === undefined ? 0 : rankA - rankB;
    return byKind + place(a) - place(b) || compareText(a, b);
  });
}
