import type { IConstruct } from 'constructs';
import { Resource } from '../core/resource.js';
import type { FirewallFile } from '../format/firewall-model.js';
import type { RemovalPolicy } from '../model/removal.js';
import { Connections } from './connections.js';
import type { FilteredNic } from './filtered-nic.js';
import type { GuestFirewallSpec } from './guest-firewall.js';

/** What an app has in a firewall file that it shares with others. */
export interface SharedFirewallSpec extends FirewallFile {
  /** Whether the file is looked after by others. */
  readonly imported: boolean;
  /** Steps that come before the entries, and before the options. */
  readonly needs: { readonly entries: readonly string[]; readonly options: readonly string[] };
  readonly removalPolicy: RemovalPolicy;
}

/** What guests of every type say of their firewall and what it filters. */
export interface FilteredSpec {
  readonly template: boolean;
  readonly firewall: GuestFirewallSpec | undefined;
  readonly nic?: FilteredNic | undefined;
  readonly nics: readonly FilteredNic[];
}

/** Marks the resource that looks after `cluster.fw`. */
export const clusterFirewallMarker = Symbol.for('phoenix-cdk.ClusterFirewall');

/** Marks the resource that looks after a host's `host.fw`. */
export const hostFirewallMarker = Symbol.for('phoenix-cdk.HostFirewall');

export function isClusterFirewallResource(value: unknown): value is Resource<SharedFirewallSpec> {
  return typeof value === 'object' && value !== null && clusterFirewallMarker in value;
}

export function isHostFirewallResource(value: unknown): value is Resource<SharedFirewallSpec> {
  return typeof value === 'object' && value !== null && hostFirewallMarker in value;
}

/** True for what may have a firewall of its own: guests. */
export function isFiltered(value: unknown): value is Resource<FilteredSpec> {
  return Resource.isResource(value) && Connections.of(value) !== undefined;
}

/** The constructs of an app, of which there is at least the one given. */
export function constructsOf(construct: IConstruct): readonly IConstruct[] {
  return construct.node.root.node.findAll();
}

/** What is wrong with an entry of `cluster.fw` that nobody writes. */
export function unwritten(construct: IConstruct): string[] {
  return constructsOf(construct).some(isClusterFirewallResource)
    ? []
    : [
        'it belongs into cluster.fw, and the app has no ClusterFirewall to write that: declare one (in conf.d `cluster` of the section `firewall`), or name an entry of others by `fromName` (`existing: true`)',
      ];
}
