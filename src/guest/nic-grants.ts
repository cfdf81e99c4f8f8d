import { PhoenixError, type Problem } from '../base/errors.js';
import { formatAddress, isHostOf, parseAddress, parseCidr } from '../base/ip.js';
import type { Allocator, Owner, Pool } from '../core/allocator.js';
import type { PveNode } from '../host/pve-node.js';
import type { Subnet } from '../network/subnet.js';
import { addressesOn, type Wire } from '../network/subnet-place.js';

/** What a network device asks for: what is not given is chosen and pinned. */
export interface NicRequest {
  /** Construct path of the guest. */
  readonly path: string;
  /** Who owns the values, which is the guest itself for its first device. */
  readonly owner: Owner;
  readonly host: PveNode;
  readonly subnet: Subnet | undefined;
  /** What it is attached to where it is of no network that the program knows. */
  readonly wire?: Wire | undefined;
  readonly address: string | undefined;
  readonly mac: string | undefined;
}

/** What a network device was given. Filled when the allocator serves what was asked of it. */
export interface NicGrant {
  /** Without prefix; undefined where the program does not know it. */
  address?: string;
  mac?: string;
}

/** What the devices of a guest were given: the first, and the others by name. */
export interface NicGrants {
  readonly first: NicGrant;
  readonly others: ReadonlyMap<string, NicGrant>;
}

/** Asks for address and hardware address of a device. Throws `address/outside`. */
export function allocateNic(allocator: Allocator, request: NicRequest): NicGrant {
  const grant: NicGrant = {};
  if (request.subnet !== undefined) {
    allocateAddress(allocator, request, request.subnet, grant);
  } else if (request.wire !== undefined) {
    takeAddressOn(request.wire, request, allocator);
  }
  allocateMac(allocator, request, grant);
  return grant;
}

/** Who owns the values of a device beside the first. No construct's path has two slashes in a row. */
export function nicOwner(path: string, renamedFrom: string | undefined, name: string): Owner {
  return {
    path: `${path}//${name}`,
    ...(renamedFrom === undefined ? {} : { renamedFrom: `${renamedFrom}//${name}` }),
  };
}

/**
 * Numbers of the config's keys: `eth2` is `net2`, and others get the lowest that is free. So taking a device away moves no other.
 *
 * `net0` is kept for the first device, unless there is none and a device is called `eth0`. `stem` is what the kind of guest calls devices;
 * `given` are numbers that the program states itself.
 */
export function nicNumbers(
  names: readonly string[],
  hasFirst: boolean,
  stem: 'eth' | 'net' = 'eth',
  given: readonly (number | undefined)[] = [],
): number[] {
  const taken = new Set<number>(hasFirst ? [0] : []);
  given.forEach((number) => number === undefined || taken.add(number));
  const own = names.map((name, index) => {
    if (given[index] !== undefined) {
      return given[index];
    }
    const number = Number(new RegExp(`^${stem}(0|[1-9]\\d?)$`).exec(name)?.[1]);
    if (!(number <= lastNicNumber) || taken.has(number)) {
      return undefined;
    }
    taken.add(number);
    return number;
  });
  taken.add(0);
  return own.map((number) => number ?? lowestFree(taken));
}

/** A device beside the first, as far as this page knows it. */
export interface NicAttachment {
  readonly name: string;
  readonly network?: string | undefined;
  readonly bridge?: string | undefined;
  readonly address?: string | undefined;
}

/** What is wrong with where a device is attached, and with its address there. */
export function attachmentProblems({ name, network, bridge, address }: NicAttachment, path: string): Problem[] {
  if ((network === undefined) === (bridge === undefined)) {
    return [
      {
        code: 'nic/attachment',
        message: `${name} of ${path} has ${network === undefined ? 'neither network nor bridge' : 'both a network and a bridge'}`,
        path,
        value: name,
        fix: 'give `network` with a Subnet, or `bridge` with the name of a bridge',
      },
    ];
  }
  const hasPrefix = address?.includes('/') === true;
  const isAlone = address !== undefined && parseAddress(address) !== undefined;
  if (network === undefined ? !isAlone : !hasPrefix) {
    return [];
  }
  return [
    {
      code: 'nic/address',
      message: `${name} of ${path} has the address ${address} ${network === undefined ? 'on a bridge, which says no prefix' : 'on a network, which says the prefix itself'}`,
      path,
      value: address ?? name,
      fix: network === undefined ? `write address and prefix: ${address}/24` : 'write the address alone',
    },
  ];
}

/** Proxmox takes `net0` to `net31`. */
export const lastNicNumber = 31;

function allocateAddress(allocator: Allocator, request: NicRequest, subnet: Subnet, grant: NicGrant): void {
  const { address, host, owner } = request;
  const pool = subnet.addressPool;
  allocator.take(pool, host.address, host.node.path);
  if (subnet.gateway !== undefined) {
    // of the network alone: a guest on the bridge may be the router;
    // of the network, not of its construct: two hosts on one network each have a construct for it
    allocator.take(pool.name, subnet.gateway, `${subnet.networkText}'s gateway`);
  }
  if (address === undefined) {
    allocator.request(pool, owner, (chosen) => {
      grant.address = chosen;
    });
  } else if (parseAddress(address) !== undefined) {
    checkAddress(address, subnet, request.path);
    grant.address = address;
    allocator.take(pool, address, owner.path);
  }
}

/** Others on the bridge may get their addresses from a network. */
function takeAddressOn(wire: Wire, { address = '', host, owner }: NicRequest, allocator: Allocator): void {
  const cidr = parseCidr(address);
  if (cidr !== undefined) {
    allocator.take(addressesOn(wire, host), formatAddress(cidr.address), owner.path);
  }
}

function allocateMac(allocator: Allocator, { mac, owner }: NicRequest, grant: NicGrant): void {
  if (mac === undefined) {
    allocator.request(macPool, owner, (chosen) => {
      grant.mac = chosen;
    });
  } else {
    grant.mac = mac.toUpperCase();
    allocator.take(macPool.name, grant.mac, owner.path);
  }
}

/** Hardware addresses of the range that Proxmox gives out. */
const macPool: Pool = {
  name: 'mac',
  size: 0x100_0000,
  candidate: (index) => {
    const hex = index.toString(16).toUpperCase().padStart(6, '0');
    return `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
  },
};

function checkAddress(text: string, subnet: Subnet, path: string): void {
  const address = parseAddress(text);
  if (address === undefined || !isHostOf(subnet.cidr, address)) {
    throw new PhoenixError({
      code: 'address/outside',
      message: `${text} is no address for a guest of network ${subnet.networkText}`,
      path,
      value: text,
      fix: 'give an address of the network, or leave it out to have a free one chosen and pinned',
    });
  }
}

function lowestFree(taken: Set<number>): number {
  let number = 0;
  while (taken.has(number)) {
    number++;
  }
  taken.add(number);
  return number;
}
