import type { Construct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { InterfaceOption } from '../format/interfaces-file.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { propsOf, readProps } from '../model/read-props.js';
import { HostInterface } from './host-interface.js';
import type { InterfaceProps } from './interface-props.js';
import { addressProblems, interfaceSpec, nameProblems } from './interface-spec.js';
import type { InterfaceSpec } from './plan.js';
import { vlanTable } from './schema.js';

export interface VlanProps extends InterfaceProps {
  /**
   * Name of the interface: device and tag as `vmbr0.20`, `vlan20`, or any other.
   * @default - device and tag: `vmbr0.20`
   */
  readonly name?: string;
  /** Interface that carries the VLAN: a bridge, a bond, a card, or another VLAN. */
  readonly device: HostInterface | string;
  /** Tag of the VLAN, 1 to 4094. */
  readonly tag: number;
}

export type VlanPropsMatchTable = Assert<PropsMatch<VlanProps, LayerOf<(typeof vlanTable)['fields']>>>;

/** A VLAN as an interface of its own: the host's address in it, or a port for a bridge. */
export class Vlan extends HostInterface {
  /** Throws `config/*` and `network/*` with everything that is wrong with the props, and `scope/other-host`. */
  constructor(scope: Construct, id: string, props: VlanProps) {
    super(scope, id, (path) => read(path, props));
    this.refuseOtherHosts(propsOf(props));
  }
}

type VlanValues = SpecOf<(typeof vlanTable)['fields']>;

function read(path: string, props: VlanProps): InterfaceSpec {
  const values = readProps(vlanTable, props, path);
  const { device, tag } = values;
  const name = values.name ?? `${device}.${tag}`;
  const problems = [...vlanProblems(path, name, values), ...addressProblems(path, values)];
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return interfaceSpec(values, { kind: 'vlan', name, over: [device], tag, options: vlanOptions(name, values) });
}

/** A name of device and tag says both; `vlan20` says the tag. */
function vlanOptions(name: string, { device, tag }: VlanValues): InterfaceOption[] {
  if (name === `${device}.${tag}`) {
    return [];
  }
  return [['vlan-raw-device', device], ...(name === `vlan${tag}` ? [] : [['vlan-id', String(tag)] as const])];
}

function vlanProblems(path: string, name: string, { device, tag }: VlanValues): Problem[] {
  // a name that says a device or a tag is believed by Proxmox, whatever the options say
  const said = /^(?:(.+)\.|vlan)(\d+)$/.exec(name);
  const agrees = said === null || ((said[1] ?? device) === device && Number(said[2]) === tag);
  const isTaken = /^(?:lo|bond\d+)$/.test(name);
  const expects = `${device}.${tag}, vlan${tag}, or a name that says neither device nor tag`;
  return [
    ...nameProblems(path, device, /^/, 'the name of an interface as device'),
    ...nameProblems(path, name, agrees && !isTaken ? /^/ : /^$/, expects),
  ];
}
