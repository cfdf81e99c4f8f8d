import type { IConstruct } from 'constructs';

/** Marks the resource that looks after `cluster.fw`. */
export const clusterFirewallMarker = Symbol.for('phoenix-cdk.ClusterFirewall');

/** The resources of the app that look after `cluster.fw`; a sound app has one at most. */
export function clusterFirewallsOf(construct: IConstruct): IConstruct[] {
  return construct.node.root.node.findAll().filter((other) => clusterFirewallMarker in other);
}

/** What is wrong with an entry of `cluster.fw` that nobody writes. */
export function unwritten(construct: IConstruct): string[] {
  return clusterFirewallsOf(construct).length > 0
    ? []
    : ['it belongs into cluster.fw, and the app has no ClusterFirewall to write that'];
}
