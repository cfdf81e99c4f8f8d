import { type Address, contains, parseAddress, parseCidr } from '../base/ip.js';
import { macroNamed, macroPackets } from '../format/firewall-macros.js';
import type { FirewallPacketRule } from '../format/firewall-model.js';
import { protocolNumber } from '../format/firewall-protocols.js';

/**
 * Whether every packet that the other rule fits is one that this rule fits, as far as that can be told without looking up names. A rule with a
 * protocol that Proxmox does not know fits nothing.
 */
export function covers(rule: FirewallPacketRule, other: FirewallPacketRule): boolean {
  return (
    rule.disabled !== true &&
    (rule.proto === undefined || protocolNumber(rule.proto) !== undefined) &&
    rule.direction === other.direction &&
    (rule.iface === undefined || rule.iface === other.iface) &&
    addressCovers(rule.source, other.source) &&
    addressCovers(rule.dest, other.dest) &&
    packetsOf(other).every((packets) => packetsOf(rule).some((wider) => packetsCover(wider, packets)))
  );
}

/** One kind of packet. */
interface Packets {
  readonly protocol: number | string | undefined;
  readonly ports: string | undefined;
  readonly sourcePorts: string | undefined;
  readonly icmpType: string | undefined;
}

function packetsOf(rule: FirewallPacketRule): readonly Packets[] {
  const macro = rule.macro === undefined ? undefined : macroNamed(rule.macro);
  const own = { protocol: protocolOf(rule.proto), ports: rule.dport, sourcePorts: rule.sport, icmpType: rule.icmpType };
  if (macro === undefined) {
    return [own];
  }
  return macroPackets(macro).map((packets) => ({
    protocol: protocolOf(packets.protocol),
    ports: packets.ports ?? own.ports,
    sourcePorts: packets.sourcePorts ?? own.sourcePorts,
    icmpType: packets.icmpType ?? own.icmpType,
  }));
}

function packetsCover(wide: Packets, narrow: Packets): boolean {
  return (
    (wide.protocol === undefined || wide.protocol === narrow.protocol) &&
    portsCover(wide.ports, narrow.ports) &&
    portsCover(wide.sourcePorts, narrow.sourcePorts) &&
    (wide.icmpType === undefined || wide.icmpType === narrow.icmpType)
  );
}

/** The number, because one protocol has several names. 0 is every protocol, to Proxmox and to the kernel. */
function protocolOf(text: string | undefined): number | string | undefined {
  return text === undefined ? undefined : (protocolNumber(text) ?? text) || undefined;
}

function portsCover(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow) {
    return true;
  }
  if (narrow === undefined) {
    return false;
  }
  const ranges = wide.split(',').map(rangeOf);
  return narrow.split(',').every((part) => {
    const [from, to] = rangeOf(part);
    return ranges.some(([first, last], index) =>
      Number.isNaN(first) || Number.isNaN(from) ? wide.split(',')[index] === part : first <= from && to <= last,
    );
  });
}

/** First and last port; NaN for the name of a service. */
function rangeOf(text: string): readonly [from: number, to: number] {
  const [from = '', to = from] = text.split(':');
  return [Number(from), Number(to)];
}

/** Names of sets and aliases cover only themselves: what they stand for is not known here. */
export function addressCovers(wide: string | undefined, narrow: string | undefined): boolean {
  if (wide === undefined || wide === narrow) {
    return true;
  }
  if (narrow === undefined) {
    return false;
  }
  return narrow.split(',').every((part) => wide.split(',').some((one) => one === part || networkCovers(one, part)));
}

function networkCovers(wide: string, narrow: string): boolean {
  const [first, last] = endsOf(narrow);
  if (first === undefined || last === undefined) {
    return false;
  }
  const network = parseCidr(wide);
  if (network !== undefined) {
    return contains(network, first) && contains(network, last);
  }
  const [from, to] = endsOf(wide);
  return (
    from !== undefined &&
    to !== undefined &&
    from.family === first.family &&
    from.value <= first.value &&
    last.value <= to.value
  );
}

/** First and last address of an address, a range or a network. */
function endsOf(text: string): readonly [first: Address | undefined, last: Address | undefined] {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    const [from = '', to = from] = text.split('-');
    return [parseAddress(from), parseAddress(to)];
  }
  const { address, prefix } = cidr;
  const size = 1n << BigInt((address.family === 4 ? 32 : 128) - prefix);
  const first = address.value - (address.value % size);
  return [
    { ...address, value: first },
    { ...address, value: first + size - 1n },
  ];
}
