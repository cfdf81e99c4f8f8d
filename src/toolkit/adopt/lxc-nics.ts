import { isMac, parseAddress, parseCidr } from '../../base/ip.js';
import { parseBoolean, splitList } from '../../format/lists.js';
import { type Parts, partsOf } from '../../format/parts.js';
import { lxcNet } from '../../format/property-string.js';
import type { Draft } from './draft.js';
import type { Literal, LiteralRecord } from './literal.js';
import type { Claims, NicPlace, Places } from './places.js';

/** Where the network devices of a container are attached, as far as its config can be read. */
export function lxcNicPlaces(keys: Iterable<readonly [string, string]>): NicPlace[] {
  return [...keys]
    .filter(([key]) => /^net\d+$/.test(key))
    .flatMap(([, value]) => {
      const parts = partsOf(value, lxcNet);
      return parts === undefined ? [] : [placeOf(parts)];
    });
}

/** Network devices: the first on a network of the program if it can be, the others each for itself. */
export function takeLxcNics(draft: Draft, places: Places, claims: Claims): void {
  const nics: LiteralRecord[] = [];
  const names = new Set<string>();
  let hasFirst = false;
  for (const { key, number, value } of draft.takeNumbered('net')) {
    const parts = readNic(draft, value);
    if (parts === undefined) {
      draft.keep(key, value, 'Proxmox itself would not take it');
      continue;
    }
    const why = whyNot(parts, names, claims);
    const nic = why === undefined ? nicOf(draft, parts, places, number === 0) : undefined;
    if (nic === undefined) {
      draft.override(key, value, why ?? 'The props do not take where it is attached.');
      continue;
    }
    const options = optionsOf(draft, parts);
    names.add(parts['name'] ?? '');
    if (nic.is === 'first') {
      hasFirst = true;
      const name = parts['name'] === 'eth0' ? {} : { name: parts['name'] ?? '' };
      const more = { ...name, ...options };
      Object.assign(draft.props, nic.props, { mac: (parts['hwaddr'] ?? '').toUpperCase() });
      if (Object.keys(more).length > 0) {
        draft.props['nic'] = more;
      }
    } else {
      const isNamed = parts['name'] === `eth${number}` && !(number === 0 && hasFirst);
      nics.push({
        name: parts['name'] ?? '',
        ...nic.props,
        mac: (parts['hwaddr'] ?? '').toUpperCase(),
        ...options,
        ...(isNamed ? {} : { number }),
      });
    }
  }
  if (nics.length > 0) {
    draft.props['nics'] = nics;
  }
}

/** The parts of a device; undefined if one of them is none that Proxmox takes. */
function readNic(draft: Draft, value: string): Parts | undefined {
  const parts = partsOf(value, lxcNet);
  const isKnown = parts !== undefined && Object.keys(parts).every((name) => known.has(name));
  if (!isKnown || (parts['hwaddr'] !== undefined && !isMac(parts['hwaddr'])) || (parts['type'] ?? 'veth') !== 'veth') {
    return undefined;
  }
  const { name = 'eth0', tag } = parts;
  const vlan = tag === undefined ? {} : { vlan: Number(tag) };
  return draft.accepts({ nics: [{ name, ...vlan, ...optionsOf(draft, parts) }] }) ? parts : undefined;
}

const known = new Set(
  'name bridge hwaddr ip gw ip6 gw6 tag trunks rate mtu firewall link_down host-managed type'.split(' '),
);

/** What the construct would refuse although Proxmox takes it. */
function whyNot(parts: Parts, names: ReadonlySet<string>, claims: Claims): string | undefined {
  const { name, bridge, hwaddr, ip = '', gw, ip6 = '', gw6, trunks } = parts;
  if (name === undefined || names.has(name)) {
    return name === undefined ? 'It has no name.' : `Two devices are called ${name}.`;
  }
  if (bridge === undefined) {
    return 'It is on no bridge.';
  }
  if (ip !== '' && placeOf(parts).ip === undefined) {
    return `${ip} is no address.`;
  }
  if ((gw !== undefined && !ip.includes('/')) || (gw6 !== undefined && !ip6.includes('/'))) {
    return 'It has a router and no address of its own.';
  }
  if (parseBoolean(parts['host-managed'] ?? '0') === true && ip6 === 'auto') {
    return 'The host follows no router advertisements.';
  }
  if (trunks !== undefined && trunks !== sortedTrunks(trunks)) {
    return 'Its trunks are not sorted.';
  }
  return claims.mac(hwaddr) ? undefined : macTrouble(hwaddr);
}

function macTrouble(hwaddr: string | undefined): string {
  return hwaddr === undefined ? 'It has no MAC address.' : `Another device has the MAC address ${hwaddr}, too.`;
}

function sortedTrunks(trunks: string): string {
  const numbers = [...new Set(splitList(trunks).map(Number))];
  return numbers.sort((a, b) => a - b).join(';');
}

type Placed = { readonly is: 'first' | 'further'; readonly props: Readonly<Record<string, Literal>> };

/** The network or bridge of a device with its address there; undefined if the props do not take it. */
function nicOf(draft: Draft, parts: Parts, places: Places, mayBeFirst: boolean): Placed | undefined {
  const place = placeOf(parts);
  const { gateway, ip, bridge } = place;
  const claim = places.claim(place);
  if (claim !== undefined) {
    const { subnet, address } = claim;
    const isStatic = parseAddress(address) !== undefined;
    if (mayBeFirst && (!isStatic || gateway === subnet.gateway)) {
      return { is: 'first', props: { network: subnet.code, address } };
    }
    const router: Readonly<Record<string, string>> = gateway === undefined ? {} : { gateway };
    return { is: 'further', props: { network: subnet.code, address, ...router } };
  }
  const props = {
    bridge,
    ...(place.vlan === undefined ? {} : { vlan: place.vlan }),
    ...(ip === undefined ? {} : { address: ip }),
    ...(gateway === undefined ? {} : { gateway }),
  };
  return draft.accepts({ nics: [{ name: 'eth0', ...props }] }) ? { is: 'further', props } : undefined;
}

function placeOf(parts: Parts): NicPlace {
  const { bridge = '', tag, ip, gw } = parts;
  const isLegal = ip === 'dhcp' || ip === 'manual' || (ip !== undefined && parseCidr(ip) !== undefined);
  return { bridge, vlan: tag === undefined ? undefined : Number(tag), ip: isLegal ? ip : undefined, gateway: gw };
}

/** What may be said of every device; where it is attached is said elsewhere. */
function optionsOf(draft: Draft, parts: Parts): Record<string, Literal> {
  const { ip6, gw6, trunks, rate, mtu } = parts;
  const options: Record<string, Literal> = {};
  if (ip6 !== undefined) {
    options['ip6'] = ip6;
  }
  if (gw6 !== undefined) {
    options['gateway6'] = gw6;
  }
  if (trunks !== undefined) {
    options['trunks'] = splitList(trunks).map(Number);
  }
  for (const [name, text] of [
    ['rate', rate],
    ['mtu', mtu],
  ] as const) {
    if (text !== undefined) {
      options[name] = Number(text);
    }
  }
  const isFiltered = parseBoolean(parts['firewall'] ?? '0') === true;
  if (isFiltered !== 'firewall' in draft.props) {
    options['firewall'] = isFiltered;
  }
  for (const [name, prop] of [
    ['link_down', 'linkDown'],
    ['host-managed', 'hostManaged'],
  ] as const) {
    const flag = parseBoolean(parts[name] ?? '');
    if (flag !== undefined && (flag || name === 'host-managed')) {
      options[prop] = flag;
    }
  }
  return options;
}
