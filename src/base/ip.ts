import { PhoenixError } from './errors.js';

/** An IPv4 address as a literal; `parseAddress` checks what the type cannot. */
export type Ipv4Text = `${number}.${number}.${number}.${number}`;

/** An IPv4 or IPv6 address as a literal; `parseAddress` checks what the type cannot. */
export type IpText = Ipv4Text | `${string}:${string}`;

/** An address with its prefix length as a literal: `10.0.0.5/24`, `fd00::5/64`; `parseCidr` checks it. */
export type CidrText = `${Ipv4Text}/${number}` | `${string}:${string}/${number}`;

/** An IP address as a number. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** An address and the length of its network's prefix. The address keeps its host bits. */
export interface Cidr {
  readonly address: Address;
  readonly prefix: number;
}

/**
 * Reads an IPv4 or IPv6 address, or gives `undefined`. Strict: four decimal numbers without leading zeros (which some
 * readers take for octal), and no zone (`%eth0`) on IPv6.
 */
export function parseAddress(text: string): Address | undefined {
  const family = text.includes(':') ? 6 : 4;
  const value = family === 6 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { family, value };
}

/** Reads `address/prefix`, or gives `undefined`. The prefix must be there. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const prefixText = text.slice(slash + 1);
  if (slash < 0 || !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) {
    return undefined;
  }
  const address = parseAddress(text.slice(0, slash));
  const prefix = Number(prefixText);
  return address === undefined || prefix > bitsOf(address) ? undefined : { address, prefix };
}

/** Whether the text is address and prefix as Proxmox takes them for a network device: no prefix below 8. */
export function isNicCidr(text: string, family: 4 | 6): boolean {
  const cidr = parseCidr(text);
  return cidr?.address.family === family && cidr.prefix >= 8;
}

/**
 * The one canonical text of an address; IPv6 in lower case with its longest run of zeros as `::` (RFC 5952), hex
 * throughout.
 */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatIpv4(address.value) : formatIpv6(address.value);
}

/** `address/prefix` in canonical form. */
export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.address)}/${cidr.prefix}`;
}

/** The network that the address lies in: the same prefix, all host bits zero. */
export function networkOf(cidr: Cidr): Cidr {
  const { address, prefix } = cidr;
  const hostBits = BigInt(bitsOf(address) - prefix);
  return { address: { family: address.family, value: (address.value >> hostBits) << hostBits }, prefix };
}

/** Whether the address lies in the network. An address of the other family never does. */
export function contains(cidr: Cidr, address: Address): boolean {
  const hostBits = BigInt(bitsOf(cidr.address) - cidr.prefix);
  return cidr.address.family === address.family && cidr.address.value >> hostBits === address.value >> hostBits;
}

/** Whether a host of the network may have the address: not the network's own one, and not IPv4's broadcast address. */
export function isHostOf(cidr: Cidr, address: Address): boolean {
  const hostBits = bitsOf(cidr.address) - cidr.prefix;
  const number = address.value - networkOf(cidr).address.value;
  const isBroadcast = address.family === 4 && number === (1n << BigInt(hostBits)) - 1n;
  return contains(cidr, address) && (hostBits <= 1 || (number !== 0n && !isBroadcast));
}

/**
 * The n-th address of the network, counted from the network's own address: n = 1 of `10.0.0.0/24` is `10.0.0.1`.
 *
 * The network's own address and IPv4's broadcast address are not for hosts, except in networks of one or two addresses.
 * @throws `address/outside`
 */
export function nthHost(cidr: Cidr, n: number): Address {
  const { address: first } = networkOf(cidr);
  const hostBits = bitsOf(first) - cidr.prefix;
  const last = (1n << BigInt(hostBits)) - 1n;
  const isSmall = hostBits <= 1;
  const lowest = isSmall ? 0n : 1n;
  const highest = isSmall || first.family === 6 ? last : last - 1n;
  if (!Number.isSafeInteger(n) || BigInt(n) < lowest || BigInt(n) > highest) {
    throw new PhoenixError({
      code: 'address/outside',
      message: `${n} is no host of ${formatCidr({ address: first, prefix: cidr.prefix })}`,
      value: n,
      fix: `use a whole number from ${lowest} to ${highest}`,
    });
  }
  return { family: first.family, value: first.value + BigInt(n) };
}

/** Whether the text is a unicast MAC address, six pairs of hex digits with colons, in any case. */
export function isMac(text: string): boolean {
  return /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i.test(text);
}

function bitsOf(address: Address): number {
  return address.family === 4 ? 32 : 128;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.', 5);
  if (parts.length !== 4) {
    return undefined;
  }
  let value = 0;
  for (const part of parts) {
    const byte = Number(part);
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || byte > 255) {
      return undefined;
    }
    value = value * 256 + byte;
  }
  return BigInt(value);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::', 3);
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = parseGroups(halves[1] ?? '', true);
  if (head === undefined || tail === undefined || halves.length > 2) {
    return undefined;
  }
  const missing = 8 - head.length - tail.length;
  // `::` stands for at least one group; without it all eight have to be there.
  if (halves.length === 2 ? missing < 1 : missing !== 0) {
    return undefined;
  }
  let value = 0n;
  for (const group of [...head, ...Array<number>(missing).fill(0), ...tail]) {
    value = (value << 16n) | BigInt(group);
  }
  return value;
}

/**
 * The 16-bit groups of a run without `::`. The last one of an address may be written as IPv4 and then counts as two.
 */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') {
    return [];
  }
  const groups: number[] = [];
  const parts = text.split(':', 9);
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const embedded = endsAddress && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (embedded === undefined) {
      return undefined;
    }
    groups.push(Number(embedded >> 16n), Number(embedded & 0xffffn));
  }
  return groups;
}

function formatIpv4(value: bigint): string {
  const n = Number(value);
  return `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`;
}

function formatIpv6(value: bigint): string {
  const groups: string[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) {
    groups.push(((value >> shift) & 0xffffn).toString(16));
  }
  const [start, length] = longestZeroRun(groups);
  return length < 2
    ? groups.join(':')
    : `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly string[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== '0') {
      start = index + 1;
    } else if (index + 1 - start > best[1]) {
      best = [start, index + 1 - start];
    }
  });
  return best;
}
