import { PhoenixError, type Problem } from '../base/errors.js';
import { isHostOf, parseAddress } from '../base/ip.js';
import type { Allocator, Owner, Pool } from '../core/allocator.js';
import type { PveNode } from '../host/pve-node.js';
import type { Subnet } from '../network/subnet.js';
import type { LxcValues } from './schema.js';
import type { LxcNic } from './spec.js';

/** What a network device asks for: what is not given is chosen and pinned. */
export interface NicRequest {
  /** Construct path of the container. */
  readonly path: string;
  /** Who owns the values, which is the container itself for its first device. */
  readonly owner: Owner;
  readonly host: PveNode;
  readonly subnet: Subnet | undefined;
  readonly address: string | undefined;
  readonly mac: string | undefined;
}

/** What a network device was given. Filled when the allocator serves what was asked of it. */
export interface NicGrant {
  /** Without prefix; undefined where the program does not know it. */
  address?: string;
  mac?: string;
}

/** What the devices of a container were given: the first, and the others by name. */
export interface NicGrants {
  readonly first: NicGrant;
  readonly others: ReadonlyMap<string, NicGrant>;
}

/** Asks for address and hardware address of a device. Throws `address/outside`. */
export function allocateNic(allocator: Allocator, request: NicRequest): NicGrant {
  const grant: NicGrant = {};
  if (request.subnet !== undefined) {
    allocateAddress(allocator, request, request.subnet, grant);
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

/** The first network device; undefined without a network. */
export function firstNic(values: LxcValues, subnet: Subnet | undefined, grant: NicGrant): LxcNic | undefined {
  if (subnet === undefined || grant.mac === undefined) {
    return undefined;
  }
  const { name = 'eth0', ...options } = values.nic ?? {};
  const { address } = grant;
  return {
    number: 0,
    name,
    ...optionsOf(options, values, subnet),
    bridge: subnet.bridge,
    ip: address === undefined ? (values.address ?? 'dhcp') : `${address}/${subnet.cidr.prefix}`,
    gateway: address === undefined ? undefined : subnet.gateway,
    mac: grant.mac,
  };
}

/** The devices beside the first, in the order given. Throws `nic/attachment` and `nic/address`. */
export function furtherNics(
  values: LxcValues,
  subnetOf: (network: string | undefined) => Subnet | undefined,
  grants: ReadonlyMap<string, NicGrant>,
  path: string,
): LxcNic[] {
  const problems: Problem[] = values.nics.flatMap((nic) => attachmentProblems(nic, path));
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const numbers = nicNumbers(
    values.nics.map(({ name }) => name),
    values.network !== undefined,
  );
  return values.nics.map((nic, index): LxcNic => {
    const { name, network, bridge, address, gateway, mac, ...options } = nic;
    const subnet = subnetOf(network);
    const grant = grants.get(name);
    return {
      number: numbers[index] ?? 0,
      name,
      ...optionsOf(options, values, subnet),
      bridge: subnet?.bridge ?? bridge ?? '',
      ip: grant?.address === undefined || subnet === undefined ? address : `${grant.address}/${subnet.cidr.prefix}`,
      gateway,
      mac: grant?.mac ?? mac ?? '',
    };
  });
}

/**
 * Numbers of the config's keys: `eth2` is `net2`, and others get the lowest that is free. So taking a device away moves no other.
 *
 * `net0` is kept for the first device, unless there is none and a device is called `eth0`.
 */
export function nicNumbers(names: readonly string[], hasFirst: boolean): number[] {
  const taken = new Set<number>(hasFirst ? [0] : []);
  const own = names.map((name) => {
    const number = Number(/^eth(0|[1-9]\d?)$/.exec(name)?.[1]);
    if (!(number <= lastNumber) || taken.has(number)) {
      return undefined;
    }
    taken.add(number);
    return number;
  });
  taken.add(0);
  return own.map((number) => number ?? lowestFree(taken));
}

/** What does not go together among the devices of a container. */
export function nicProblems(nics: readonly LxcNic[], values: LxcValues, path: string): Problem[] {
  const names = nics.map(({ name }) => name);
  const problems: Problem[] = [];
  if (values.nic !== undefined && values.network === undefined) {
    problems.push({
      code: 'nic/attachment',
      message: `\`nic\` says more of the first network device, and ${path} has none`,
      path,
      fix: 'give `network`, or say it in `nics`',
    });
  }
  for (const name of new Set(names.filter((it, index) => names.indexOf(it) !== index))) {
    problems.push({
      code: 'nic/name-twice',
      message: `two network devices are called ${name}`,
      path,
      value: name,
      fix: 'give one of them another name; the first device is called eth0 unless `nic.name` says otherwise',
    });
  }
  if (nics.some(({ number }) => number > lastNumber)) {
    problems.push({
      code: 'lxc/too-many',
      message: `${path} has ${nics.length} network devices, Proxmox takes 32`,
      path,
      value: nics.length,
      fix: 'give it fewer network devices',
    });
  }
  return [...problems, ...nics.flatMap((nic) => oneNicProblems(nic, path))];
}

/** Proxmox takes `net0` to `net31`. */
const lastNumber = 31;

type NicValues = LxcValues['nics'][number];
type OptionValues = NonNullable<LxcValues['nic']>;

function allocateAddress(allocator: Allocator, request: NicRequest, subnet: Subnet, grant: NicGrant): void {
  const { address, host, owner } = request;
  const pool = subnet.addressPool;
  allocator.take(pool.name, host.address, host.node.path);
  if (subnet.gateway !== undefined) {
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
    allocator.take(pool.name, address, owner.path);
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

function optionsOf(options: Omit<OptionValues, 'name'>, values: LxcValues, subnet: Subnet | undefined) {
  const { trunks = [] } = options;
  return {
    ...options,
    vlan: options.vlan ?? subnet?.vlan,
    trunks: trunks.length === 0 ? undefined : [...new Set(trunks)].sort((a, b) => a - b),
    firewall: options.firewall ?? values.firewall !== undefined,
  };
}

function lowestFree(taken: Set<number>): number {
  let number = 0;
  while (taken.has(number)) {
    number++;
  }
  taken.add(number);
  return number;
}

function attachmentProblems({ name, network, bridge, address }: NicValues, path: string): Problem[] {
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

function oneNicProblems(nic: LxcNic, path: string): Problem[] {
  const problems: Problem[] = [];
  for (const [key, gateway, ip] of [
    ['gateway', nic.gateway, nic.ip],
    ['gateway6', nic.gateway6, nic.ip6],
  ] as const) {
    if (gateway !== undefined && ip?.includes('/') !== true) {
      problems.push({
        code: 'nic/gateway-alone',
        message: `${nic.name} of ${path} has the router ${gateway} and no address of its own beside it`,
        path,
        value: gateway,
        fix: `give the device an address with its prefix, or leave out \`${key}\``,
      });
    }
  }
  if (nic.hostManaged === true && nic.ip6 === 'auto' && nic.linkDown !== true) {
    problems.push({
      code: 'nic/host-managed',
      message: `${nic.name} of ${path} is configured by the host, which follows no router advertisements`,
      path,
      value: 'auto',
      fix: "give `ip6` an address, 'dhcp' or 'manual'",
    });
  }
  return problems;
}
