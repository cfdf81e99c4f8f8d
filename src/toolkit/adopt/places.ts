import {
  contains,
  formatAddress,
  formatCidr,
  isHostOf,
  isMac,
  networkOf,
  parseAddress,
  parseCidr,
} from '../../base/ip.js';
import { compareText } from '../../base/stable.js';
import type { NodeInventory } from './inventory.js';
import { Code } from './literal.js';
import { identifierOf, type Names } from './names.js';

/** Where a network device of a guest is attached, and its address there. */
export interface NicPlace {
  readonly bridge: string;
  readonly vlan: number | undefined;
  /** IPv4: address and prefix, `dhcp`, `manual` or nothing. */
  readonly ip: string | undefined;
  readonly gateway: string | undefined;
}

/** A network that the program will have. */
export interface GuessedSubnet {
  /** Id of its construct. */
  readonly id: string;
  /** Name of its constant. */
  readonly code: Code;
  readonly cidr: string;
  readonly gateway: string | undefined;
  readonly bridge: string;
  readonly vlan: number | undefined;
}

/**
 * The networks of one node, guessed from what its guests and its own bridges say, and the addresses on them.
 *
 * Addresses of a network are given out once in a program. A second guest of the same address, or one that is the router itself, does not
 * get the network but the bridge, where nobody looks after addresses.
 */
export class Places {
  readonly subnets: readonly GuessedSubnet[];

  constructor(
    node: NodeInventory,
    places: readonly NicPlace[],
    private readonly claims: Claims,
    names: Names,
    ids: Names,
  ) {
    const found = guesses(node, places);
    this.subnets = found.map((guess) => {
      const id = ids.give(...(found.length === 1 ? (['lan', 'guest-lan'] as const) : idsOf(guess)));
      return { ...guess, id, code: new Code(names.give(identifierOf(id), identifierOf(`${node.name} ${id}`))) };
    });
    this.subnets.forEach((subnet) => claims.router(subnet));
  }

  /** The network that the device is on, if it is one of the program's and the address on it is free. Takes the address. */
  claim({ bridge, vlan, ip, gateway }: NicPlace): { subnet: GuessedSubnet; address: string } | undefined {
    const near = this.subnets.filter((subnet) => subnet.bridge === bridge && subnet.vlan === vlan);
    const cidr = ip === undefined ? undefined : parseCidr(ip);
    if (cidr === undefined) {
      const [only, ...others] = near;
      const isNamed = (ip === 'dhcp' || ip === 'manual') && gateway === undefined;
      return isNamed && only !== undefined && others.length === 0 ? { subnet: only, address: ip } : undefined;
    }
    const text = formatCidr(networkOf(cidr));
    const subnet = near.find((it) => it.cidr === text);
    const address = formatAddress(cidr.address);
    const isLegal = subnet !== undefined && isHostOf(cidr, cidr.address);
    return isLegal && this.claims.address(text, address) ? { subnet, address } : undefined;
  }
}

/** What is given out once in a program. */
export class Claims {
  private readonly addresses = new Set<string>();
  private readonly macs = new Set<string>();

  constructor(private readonly nodes: readonly NodeInventory[]) {}

  router({ cidr, gateway }: Pick<GuessedSubnet, 'cidr' | 'gateway'>): void {
    const owners = [gateway, ...this.nodes.map(({ address }) => address)];
    owners.forEach((address) => address === undefined || this.addresses.add(`${cidr} ${address}`));
  }

  /** Whether the address is free; then it is taken. */
  address(network: string, address: string): boolean {
    const key = `${network} ${address}`;
    return !this.addresses.has(key) && this.addresses.add(key).has(key);
  }

  /** Whether the MAC address is one and free; then it is taken. */
  mac(mac: string | undefined): mac is string {
    const key = mac?.toUpperCase() ?? '';
    return isMac(key) && !this.macs.has(key) && this.macs.add(key).has(key);
  }
}

type Guess = Omit<GuessedSubnet, 'id' | 'code'>;

function guesses(node: NodeInventory, places: readonly NicPlace[]): Guess[] {
  const groups = new Map<string, Guess & { readonly gateways: (string | undefined)[] }>();
  const add = (bridge: string, vlan: number | undefined, ip: string, gateway: string | undefined) => {
    const cidr = parseCidr(ip);
    const isUsable = cidr?.address.family === 4 && cidr.prefix >= 8 && cidr.prefix <= 30;
    if (cidr !== undefined && isUsable && /^[A-Za-z][A-Za-z0-9_]{0,14}$/.test(bridge)) {
      const text = formatCidr(networkOf(cidr));
      const key = [bridge, String(vlan ?? 0).padStart(4, '0'), text].join(' ');
      const group = groups.get(key) ?? { bridge, vlan, cidr: text, gateway: undefined, gateways: [] };
      group.gateways.push(gateway);
      groups.set(key, group);
    }
  };
  places.forEach(({ bridge, vlan, ip, gateway }) => ip === undefined || add(bridge, vlan, ip, gateway));
  for (const { name, cidr, gateway } of node.networks) {
    if (places.some((place) => place.bridge === name && place.vlan === undefined)) {
      add(name, undefined, cidr, gateway);
    }
  }
  return [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, { gateways, ...guess }]) => ({ ...guess, gateway: routerOf(gateways, guess.cidr, node) }));
}

/** What most of the guests use, if that is an address of the network which is not the node's own. */
function routerOf(gateways: readonly (string | undefined)[], network: string, node: NodeInventory): string | undefined {
  const cidr = parseCidr(network);
  const counts = new Map<string, number>();
  for (const gateway of gateways) {
    const address = gateway === undefined ? undefined : parseAddress(gateway);
    const isUsable = address !== undefined && cidr !== undefined && contains(cidr, address) && isHostOf(cidr, address);
    if (gateway !== undefined && isUsable && gateway !== node.address) {
      counts.set(gateway, (counts.get(gateway) ?? 0) + 1);
    }
  }
  return [...counts].sort(([a, many], [b, more]) => more - many || compareText(a, b))[0]?.[0];
}

function idsOf({ bridge, vlan, cidr }: Guess): readonly [string, string] {
  const id = vlan === undefined ? bridge : `${bridge}-vlan${vlan}`;
  return [id, `${id}-${cidr.replace('/', '-')}`];
}
