import type { IConstruct } from 'constructs';

/** What makes a construct a `Subnet`, also one of another copy of this library. */
export const subnetMarker: unique symbol = Symbol.for('phoenix-cdk.Subnet');

/** Where a network is, and which addresses it has. */
export interface SubnetPlace extends IConstruct {
  readonly networkText: string;
  readonly bridge: string;
  readonly vlan: number | undefined;
}

export function isSubnetPlace(construct: unknown): construct is SubnetPlace {
  return typeof construct === 'object' && construct !== null && subnetMarker in construct;
}
