import { Construct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import {
  type Cidr,
  formatAddress,
  formatCidr,
  type IpText,
  type Ipv4Text,
  isHostOf,
  networkOf,
  nthHost,
  parseAddress,
  parseCidr,
} from '../base/ip.js';
import type { Pool } from '../core/allocator.js';
import { scopeFor } from '../core/scope.js';
import { homeOf } from '../core/stack.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import { integer, type LayerOf, list, object, required, type SpecOf, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { Bridge } from './bridge.js';
import { addressesOn, isSubnetPlace, subnetMarker } from './subnet-place.js';

export interface SubnetProps {
  /** Network and its prefix: `10.0.0.0/24`. */
  readonly cidr: `${Ipv4Text}/${number}`;
  /**
   * Router of the network.
   * @default - none; guests reach their own network only
   */
  readonly gateway?: Ipv4Text;
  /** Bridge of the host that guests of the network are attached to. */
  readonly bridge: Bridge | string;
  /**
   * VLAN tag of guests on the bridge, 1 to 4094.
   * @default - none
   */
  readonly vlan?: number;
  /**
   * Name servers of guests.
   * @default - those of the host
   */
  readonly dns?: readonly IpText[];
  /**
   * Host numbers that addresses are chosen from where the program gives none.
   * @default - 100 to 249; in a network smaller than /24 all from the second on
   */
  readonly range?: { readonly from: number; readonly to: number };
}

/** A network that guests are attached to: a bridge of the host, a range of addresses, a router. */
export class Subnet extends Construct implements Referable {
  static isSubnet(construct: unknown): construct is Subnet {
    return isSubnetPlace(construct);
  }

  readonly cidr: Cidr;
  readonly gateway: string | undefined;
  readonly bridge: string;
  readonly vlan: number | undefined;
  readonly dns: readonly string[];
  /** Addresses to choose from; a pool of the whole app, because one network is one network on every host. */
  readonly addressPool: Pool;

  /** Throws `config/*` or `network/*` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: SubnetProps) {
    super(scopeFor(scope, id), id);
    Object.defineProperty(this, subnetMarker, { value: true });
    const { path } = this.node;
    const spec = readProps(subnetTable, props, path);
    const cidr = parseCidr(spec.cidr);
    const problems = subnetProblems(path, spec, cidr);
    if (cidr === undefined || problems.length > 0) {
      throw new PhoenixError(problems);
    }
    this.cidr = cidr;
    this.gateway = spec.gateway;
    this.bridge = spec.bridge;
    this.vlan = spec.vlan;
    this.dns = spec.dns ?? [];
    this.addressPool = this.poolOf(spec.range ?? defaultRange(cidr));
  }

  get [reference](): ReferenceTarget {
    return { kind: 'network', plain: this.node.path, host: homeOf(this).host.node.path };
  }

  /** The whole network as the other end of a connection. */
  get peer(): { readonly path: string; readonly address: () => string } {
    return { path: this.node.path, address: () => this.networkText };
  }

  /** Network and prefix as text, without host bits: how firewall rules name the network. */
  get networkText(): string {
    return formatCidr(networkOf(this.cidr));
  }

  /** The address of a host number: `ip(150)` of 10.0.0.0/24 is 10.0.0.150. Throws `address/outside`. */
  ip(host: number): Ipv4Text {
    return formatAddress(nthHost(this.cidr, host)) as Ipv4Text;
  }

  private poolOf(range: { readonly from: number; readonly to: number }): Pool {
    return {
      name: `address ${this.networkText}`,
      alsoIn: [addressesOn(this, homeOf(this).host)],
      size: Math.max(0, range.to - range.from + 1),
      candidate: (index) => {
        const address = this.ip(range.from + index);
        return address === this.gateway || this.dns.includes(address) ? undefined : address;
      },
    };
  }
}

/** Numbers of hosts to choose from. Low ones are where people put routers and machines. */
function defaultRange(cidr: Cidr): { from: number; to: number } {
  return cidr.prefix <= 24 ? { from: 100, to: 249 } : { from: 2, to: lastHost(cidr) };
}

/** Number of the last address that a host may have. */
function lastHost(cidr: Cidr): number {
  return 2 ** (32 - cidr.prefix) - 2;
}

/** What a `Subnet` says of a network; what the values mean together is checked by {@link subnetProblems}. */
export const subnetTable = table('Subnet', {
  cidr: required(text('Network and its prefix.')),
  gateway: text('Router of the network.'),
  bridge: required(text('Bridge of the host that guests of the network are attached to.')),
  vlan: integer('VLAN tag of guests on the bridge.'),
  dns: list('Name servers of guests.', text('Address of a name server.')),
  range: object('Host numbers that addresses are chosen from.', {
    from: required(integer('First number.')),
    to: required(integer('Last number.')),
  }),
});

type SubnetFields = (typeof subnetTable)['fields'];

/** Props and field table say the same; a key that one of them lacks does not compile. */
export type SubnetPropsMatchTable = Assert<PropsMatch<SubnetProps, LayerOf<SubnetFields>>>;

function subnetProblems(path: string, props: SpecOf<SubnetFields>, cidr: Cidr | undefined): Problem[] {
  const problems: Problem[] = [];
  if (cidr === undefined || cidr.address.family !== 4 || cidr.prefix < 8 || cidr.prefix > 30) {
    problems.push({
      code: 'network/cidr',
      message: `${JSON.stringify(props.cidr)} is no network for guests`,
      path,
      value: props.cidr,
      fix: 'write IPv4 address and prefix, such as 10.0.0.0/24; the prefix from 8 to 30',
    });
  }
  const gateway = props.gateway === undefined ? undefined : parseAddress(props.gateway);
  if (props.gateway !== undefined && (gateway === undefined || (cidr !== undefined && !isHostOf(cidr, gateway)))) {
    problems.push({
      code: 'network/gateway',
      message: `gateway ${props.gateway} is no address of a host in ${props.cidr}`,
      path,
      value: props.gateway,
      fix: 'give an address of the network',
    });
  }
  if (!/^[A-Za-z][A-Za-z0-9_]{0,14}$/.test(props.bridge)) {
    problems.push({
      code: 'network/bridge',
      message: `${JSON.stringify(props.bridge)} is no name of a bridge`,
      path,
      value: props.bridge,
      fix: 'use up to 15 letters, digits and `_`, such as vmbr0',
    });
  }
  if (props.vlan !== undefined && !(props.vlan >= 1 && props.vlan <= 4094)) {
    problems.push({
      code: 'network/vlan',
      message: `${props.vlan} is no VLAN tag`,
      path,
      value: props.vlan,
      fix: 'use a whole number from 1 to 4094',
    });
  }
  const { range } = props;
  if (
    range !== undefined &&
    cidr !== undefined &&
    !(range.from >= 1 && range.from <= range.to && range.to <= lastHost(cidr))
  ) {
    problems.push({
      code: 'network/range',
      message: `${range.from} to ${range.to} is no range of hosts of ${props.cidr}`,
      path,
      value: `${range.from}-${range.to}`,
      fix: `give whole numbers from 1 to ${lastHost(cidr)}, the lower one first`,
    });
  }
  for (const server of props.dns ?? []) {
    if (parseAddress(server) === undefined) {
      problems.push({
        code: 'network/dns',
        message: `${JSON.stringify(server)} is no address of a name server`,
        path,
        value: server,
        fix: 'give an IP address',
      });
    }
  }
  return problems;
}
