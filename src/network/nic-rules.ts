import type { Host } from '../core/host.js';
import type { Completion, World } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { Bridge } from './bridge.js';
import { type InterfaceSpec, interfaceIdentity } from './plan.js';

/** What the rules have to know of a guest's network device. */
export interface AttachedNic {
  readonly name: string;
  readonly bridge: string;
  readonly vlan?: number | undefined;
  readonly trunks?: readonly (number | string)[] | undefined;
  readonly mtu?: number | undefined;
}

/** Identities of the bridges that the program knows among those that devices are attached to. */
export function bridgesOf(host: Host, nics: readonly AttachedNic[], completion: Completion): string[] {
  const identities = new Set(nics.map(({ bridge }) => interfaceIdentity('bridge', bridge)));
  return [...identities].filter((identity) => completion.has(host, identity));
}

/** The bridges that the program makes on a host, by name. Of those that it imports it knows no more than the name. */
export function bridgesMade(world: World, host: Host): ReadonlyMap<string, InterfaceSpec> {
  const made = world.of(Bridge.isBridge).filter(({ spec, home }) => home.host === host && spec.config !== undefined);
  return new Map(made.map(({ spec }) => [spec.name, spec]));
}

/** What a device asks of its bridge that this cannot give: Proxmox finds out when the guest is started. */
export function* nicFindings(path: string, nic: AttachedNic, bridge: InterfaceSpec): Iterable<Finding> {
  const { name, vlanAware, over } = bridge;
  const [trunk] = nic.trunks ?? [];
  if (trunk !== undefined && vlanAware !== true) {
    const fix = `give ${name} \`vlanAware: true\`, or the device no trunks`;
    yield {
      code: 'nic/trunks',
      severity: 'error',
      path,
      message: `${nic.name} carries several VLANs, and ${name} does not tell them apart`,
      value: trunk,
      fix,
    };
  }
  if (nic.vlan !== undefined && vlanAware !== true && over.length === 0) {
    const message = `has the VLAN ${nic.vlan}, and ${name} neither tells VLANs apart nor has a port to tag on`;
    const fix = `give ${name} \`vlanAware: true\` or a port`;
    yield {
      code: 'nic/vlan-nowhere',
      severity: 'error',
      path,
      message: `${nic.name} ${message}`,
      value: nic.vlan,
      fix,
    };
  }
  if (nic.vlan !== undefined && vlanAware === true && over.length > 0 && !carries(bridge.vids ?? '2-4094', nic.vlan)) {
    const message = `has the VLAN ${nic.vlan}, which the ports of ${name} do not carry (${bridge.vids})`;
    yield {
      code: 'nic/vlan-outside',
      severity: 'warning',
      path,
      message: `${nic.name} ${message}`,
      value: nic.vlan,
      fix: `add ${nic.vlan} to the \`vids\` of ${name}`,
    };
  }
  if (nic.mtu !== undefined && nic.mtu > 1 && nic.mtu > (bridge.mtu ?? 1500) && !takesMtuOfPorts(bridge)) {
    const message = `sends packets of ${nic.mtu} bytes, ${name} passes ${bridge.mtu ?? 1500}`;
    yield {
      code: 'nic/mtu',
      severity: 'error',
      path,
      message: `${nic.name} ${message}`,
      value: nic.mtu,
      fix: `give ${name} an \`mtu\` of ${nic.mtu}, or the device a smaller one`,
    };
  }
}

/** A bridge that says nothing has the smallest packet of its ports, which only the host knows. */
function takesMtuOfPorts({ mtu, over }: InterfaceSpec): boolean {
  return mtu === undefined && over.length > 0;
}

function carries(vids: string, vlan: number): boolean {
  return (
    vlan === 1 ||
    vids.split(' ').some((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return from <= vlan && vlan <= to;
    })
  );
}
