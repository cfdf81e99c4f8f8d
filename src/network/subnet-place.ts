import type { IConstruct } from 'constructs';

/** What makes a construct a `Subnet`, also one of another copy of this library. */
export const subnetMarker: unique symbol = Symbol.for('phoenix-cdk.Subnet');

/** Where a network is, and which addresses it has. */
export interface SubnetPlace extends IConstruct {
  readonly networkText: string;
  readonly bridge: string;
  readonly vlan: number | undefined;
}

/** Bridge and VLAN: whoever is on them hears each other, whatever networks they say they are of. */
export interface Wire {
  readonly bridge: string;
  readonly vlan?: number | undefined;
}

/** Bridge and VLAN as one word. */
export function wireOf({ bridge, vlan }: Wire): string {
  return vlan === undefined ? bridge : `${bridge}.${vlan}`;
}

/** What the allocator calls the addresses on a wire of a host. */
export function addressesOn(wire: Wire, host: IConstruct): string {
  return `address on ${wireOf(wire)} of ${host.node.path}`;
}

export function isSubnetPlace(construct: unknown): construct is SubnetPlace {
  return typeof construct === 'object' && construct !== null && subnetMarker in construct;
}
