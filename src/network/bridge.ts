import type { Construct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { InterfaceOption } from '../format/interfaces-file.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { readProps } from '../model/read-props.js';
import type { Bond } from './bond.js';
import { HostInterface } from './host-interface.js';
import type { InterfaceProps } from './interface-props.js';
import { addressProblems, importedInterface, interfaceSpec, nameProblems } from './interface-spec.js';
import { cardName, type InterfaceSpec } from './plan.js';
import { bridgeTable } from './schema.js';
import type { Vlan } from './vlan.js';

export interface BridgeProps extends InterfaceProps {
  /**
   * Name of the bridge, such as `vmbr1`.
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Interfaces that the bridge connects with guests: cards, bonds, VLANs.
   * @default - none; guests reach the host and each other
   */
  readonly ports?: readonly (Bond | Vlan | string)[];
  /**
   * Whether the bridge tells VLANs apart, so that guests may have tags and trunks.
   * @default false
   */
  readonly vlanAware?: boolean;
  /**
   * VLANs that the bridge's ports carry: `'2-99 110'`. Of a bridge that tells them apart.
   * @default '2-4094'
   */
  readonly vids?: string;
  /**
   * Whether the bridge takes part in the spanning tree protocol.
   * @default false
   */
  readonly stp?: boolean;
  /**
   * Seconds that a port waits before it forwards; 2 to 30 with `stp`.
   * @default - 0 without `stp`, and what the kernel has with it
   */
  readonly forwardDelay?: number;
}

export type BridgePropsMatchTable = Assert<PropsMatch<BridgeProps, LayerOf<(typeof bridgeTable)['fields']>>>;

/**
 * A bridge of a host: what network devices of guests are attached to. `fromName` imports one that exists.
 *
 * The entry in /etc/network/interfaces is the program's; everything else in the file stays as it is. A change comes into force by one
 * reload for all interfaces of the host, and is taken back if the host then does not reach its router any more.
 */
export class Bridge extends HostInterface {
  static isBridge(construct: unknown): construct is Bridge {
    return HostInterface.isHostInterface(construct) && construct.identity.startsWith('bridge/');
  }

  /** A bridge that somebody else keeps: it has to be there and is never changed. Throws `network/name`. */
  static fromName(scope: Construct, name: string): Bridge {
    return new Bridge(scope, name, undefined);
  }

  /**
   * Throws `config/*` and `network/*` with everything that is wrong with the props, and `scope/other-host`. Leaving the props out is for
   * `fromName`.
   */
  constructor(scope: Construct, id: string, props: BridgeProps | undefined) {
    super(scope, id, (path) => (props === undefined ? imported(path, id) : read(path, id, props)));
    this.refuseOtherHosts(props ?? {});
  }
}

type BridgeValues = SpecOf<(typeof bridgeTable)['fields']>;

function imported(path: string, name: string): InterfaceSpec {
  refuse(bridgeNameProblems(path, name));
  return importedInterface('bridge', name);
}

function read(path: string, id: string, props: BridgeProps): InterfaceSpec {
  const values = readProps(bridgeTable, props, path);
  const name = values.name ?? id;
  refuse([...bridgeNameProblems(path, name), ...addressProblems(path, values), ...bridgeProblems(path, values)]);
  const { vlanAware = false, vids } = values;
  const over = [...new Set(values.ports ?? [])];
  return interfaceSpec(values, {
    kind: 'bridge',
    name,
    over,
    vlanAware,
    ...(vlanAware ? { vids: vids ?? '2-4094' } : {}),
    options: bridgeOptions(values, over),
  });
}

function bridgeOptions(values: BridgeValues, over: readonly string[]): InterfaceOption[] {
  const { stp, forwardDelay, vlanAware, vids } = values;
  return [
    ['bridge-ports', over.length === 0 ? 'none' : over.join(' ')],
    ['bridge-stp', stp === true ? 'on' : 'off'],
    ...(forwardDelay === undefined ? [] : [['bridge-fd', String(forwardDelay)] as const]),
    ...(vlanAware === true ? [['bridge-vlan-aware', 'yes'] as const, ['bridge-vids', vids ?? '2-4094'] as const] : []),
  ];
}

function bridgeNameProblems(path: string, name: string): Problem[] {
  const isOther = cardName.test(name) || /^(?:lo|bond\d+|vlan\d+)$/.test(name);
  return nameProblems(path, name, isOther ? /^$/ : /^\w+$/, 'a name such as vmbr1, none of a card, a bond or a VLAN');
}

function bridgeProblems(path: string, { stp, forwardDelay, vlanAware, vids, ports = [] }: BridgeValues): Problem[] {
  const problems: Problem[] = ports.flatMap((port) =>
    nameProblems(path, port, /^/, 'names of interfaces as ports, such as eno1, bond0 or eno1.20'),
  );
  if (vids !== undefined && vlanAware !== true) {
    problems.push({
      code: 'network/vids',
      message: `the VLANs ${vids} are given for a bridge that does not tell VLANs apart`,
      path,
      value: vids,
      fix: 'give `vlanAware: true`, or leave out `vids`',
    });
  }
  const wrong = (vids ?? '').split(' ').filter((range) => range !== '' && !isRange(range));
  if (wrong.length > 0) {
    problems.push({
      code: 'network/vids',
      message: `${wrong.join(', ')}: no VLANs that a port can carry`,
      path,
      value: vids,
      fix: 'use numbers from 2 to 4094, in ranges the lower one first',
    });
  }
  if (stp === true && forwardDelay !== undefined && forwardDelay < 2) {
    problems.push({
      code: 'network/forward-delay',
      message: `a bridge with the spanning tree protocol waits 2 to 30 seconds, not ${forwardDelay}`,
      path,
      value: forwardDelay,
      fix: 'give `forwardDelay` from 2 to 30, or leave out `stp`',
    });
  }
  return problems;
}

function isRange(text: string): boolean {
  const [from = 0, to = from] = text.split('-').map(Number);
  return from >= 2 && from <= to && to <= 4094;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}
