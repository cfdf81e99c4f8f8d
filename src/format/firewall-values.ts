import { type Address, networkOf, parseAddress, parseCidr } from '../base/ip.js';
import { nearest } from '../base/nearest.js';

/** What is wrong with a value of a firewall file, or which family of addresses it speaks of (`undefined`: either). */
export type AddressReading = { readonly family: 4 | 6 | undefined } | { readonly fault: string };

/** Reads `source` or `dest` of a rule: a set, an alias, a range, or a list of addresses and networks of one family. */
export function readAddressSpec(text: string): AddressReading {
  if (text.length > 512) {
    return { fault: 'is longer than 512 characters; make a set of it' };
  }
  if (setReference.test(text) || isAliasReference(text)) {
    return referenceReading(text);
  }
  const items = text.split(',');
  const readings = items.map((item) =>
    item.includes('-') && items.length === 1 ? readRange(item) : readNetwork(item),
  );
  const families = new Set<4 | 6 | undefined>();
  for (const reading of readings) {
    if ('fault' in reading) {
      return reading;
    }
    families.add(reading.family);
  }
  return families.size === 1 ? { family: [...families][0] } : { fault: 'mixes IPv4 and IPv6; write a rule for each' };
}

/** The most that Proxmox reads of a name with what stands before it, such as `dc/`; a plus does not count. */
const LONGEST_REFERENCE = 64;

function referenceReading(text: string): AddressReading {
  const { length } = text.replace(/^\+/, '');
  return length <= LONGEST_REFERENCE
    ? { family: undefined }
    : { fault: `is a name of ${length} characters, of which Proxmox reads ${LONGEST_REFERENCE}; use a shorter name` };
}

/** Reads an address, or a network without host bits. */
export function readNetwork(text: string): AddressReading {
  const address = parseAddress(text);
  if (address !== undefined) {
    return { family: address.family };
  }
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    return { fault: `holds '${text}', which is no address, network, alias or set` };
  }
  return networkOf(cidr).address.value === cidr.address.value
    ? { family: cidr.address.family }
    : { fault: `holds '${text}', an address with host bits where a network belongs` };
}

/** `name`, `dc/name` or `guest/name`. */
export function isAliasReference(text: string): boolean {
  return /^(?:(?:dc|guest)\/)?[A-Za-z][\w-]+$/.test(text);
}

/** The name of an alias, set or group. */
export function isFirewallName(text: string, longest: number): boolean {
  return text.length <= longest && /^[A-Za-z][\w-]+$/.test(text);
}

/** What is wrong with a list of ports, or `undefined`. */
export function portListFault(text: string): string | undefined {
  const items = text.split(',');
  let numbers = 0;
  for (const item of items) {
    const ends = item.split(':', 3);
    const fault = ends.length === 1 ? portFault(item) : portRangeFault(item, ends);
    if (fault !== undefined) {
      return fault;
    }
    numbers += ends.length;
  }
  return numbers > MOST_PORTS ? `counts ${numbers} numbers, a rule takes ${MOST_PORTS} (a range counts 2)` : undefined;
}

/** Whether the protocol, by name or number, knows ports. */
export function hasPorts(proto: string | undefined): boolean {
  return proto !== undefined && portProtocols.has(proto.toLowerCase());
}

/** The family of an ICMP, or `undefined` for another protocol. Proxmox knows the two by their names alone. */
export function icmpFamily(proto: string): 4 | 6 | undefined {
  return icmpFamilies.get(proto.toLowerCase());
}

/** What is wrong with an ICMP type, or `undefined`. Numbers are none: Proxmox knows names only. */
export function icmpTypeFault(type: string, proto: string | undefined): { message: string; fix: string } | undefined {
  const family = icmpFamily(proto ?? '');
  if (family === undefined) {
    const message = `an ICMP type needs an ICMP protocol, not ${proto ?? 'none'}`;
    return { message, fix: 'give proto icmp or ipv6-icmp' };
  }
  const types = icmpTypes[family];
  if (types.includes(type)) {
    return undefined;
  }
  const like = nearest(type, types);
  const fix = like === undefined ? 'give a name such as echo-request' : `use ${like}`;
  return { message: `'${type}' is no type of ${proto}`, fix };
}

/** Names of ICMP types, by the family of addresses. */
export const icmpTypes: { readonly 4: readonly string[]; readonly 6: readonly string[] } = {
  4: words(`any echo-request echo-reply timestamp-request timestamp-reply address-mask-request address-mask-reply
    router-solicitation router-advertisement source-quench time-exceeded ttl-zero-during-transit ttl-zero-during-reassembly
    parameter-problem ip-header-bad required-option-missing
    redirect network-redirect host-redirect TOS-network-redirect TOS-host-redirect
    destination-unreachable network-unreachable host-unreachable protocol-unreachable port-unreachable
    fragmentation-needed source-route-failed network-unknown host-unknown network-prohibited host-prohibited
    TOS-network-unreachable TOS-host-unreachable communication-prohibited host-precedence-violation precedence-cutoff`),
  6: words(`echo-request echo-reply packet-too-big time-exceeded ttl-zero-during-transit ttl-zero-during-reassembly
    parameter-problem bad-header unknown-header-type unknown-option redirect
    router-solicitation router-advertisement neighbor-solicitation neighbour-solicitation neighbor-advertisement
    neighbour-advertisement
    destination-unreachable no-route communication-prohibited beyond-scope address-unreachable port-unreachable
    failed-policy reject-route`),
};

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}

const MOST_PORTS = 15;
const setReference = /^\+(?:(?:dc|guest|sdn)\/)?[A-Za-z][\w-]+$/;
const portProtocols = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp', '6', '17', '33', '132', '136']);
const icmpFamilies = new Map<string, 4 | 6>([
  ['icmp', 4],
  ['icmpv6', 6],
  ['ipv6-icmp', 6],
]);

function readRange(text: string): AddressReading {
  const [first, last] = text.split('-', 3).map(parseAddress);
  if (first === undefined || last === undefined || text.split('-').length !== 2 || first.family !== last.family) {
    return { fault: `'${text}' is no range of addresses` };
  }
  return isAfter(first, last) ? { fault: `'${text}' runs backwards` } : { family: first.family };
}

function isAfter(a: Address, b: Address): boolean {
  return a.value > b.value;
}

function portRangeFault(item: string, ends: readonly string[]): string | undefined {
  const [first = '', last = ''] = ends;
  if (ends.length !== 2 || !isPortNumber(first) || !isPortNumber(last)) {
    return `'${item}' is no range of ports from:to`;
  }
  return Number(first) > Number(last) ? `'${item}' runs backwards` : undefined;
}

function portFault(item: string): string | undefined {
  if (item === '') {
    return 'has an empty item';
  }
  const isService = /^[a-z0-9][a-z0-9_.+-]*$/i.test(item) && /[a-z]/i.test(item);
  return isService || isPortNumber(item) ? undefined : `'${item}' is no port or service`;
}

function isPortNumber(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535;
}
