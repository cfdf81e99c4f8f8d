import type { Remark } from './draft.js';
import type { OtherFile } from './inventory.js';
import type { AdoptedGuest, AdoptedNode } from './program.js';

/** What was taken from a host's files, what is said past the props and why, and what stays outside: plain data. */
export interface AdoptReport {
  readonly app: string;
  readonly nodes: readonly NodeReport[];
  /** Files that nothing of the program comes from. */
  readonly others: readonly OtherFile[];
}

export interface NodeReport {
  readonly name: string;
  readonly pveVersion: string;
  readonly address: string;
  /** What of the two the files do not say, and the program guesses. */
  readonly guessed: readonly ('pveVersion' | 'address')[];
  readonly networks: readonly string[];
  readonly storages: readonly string[];
  readonly guests: readonly GuestReport[];
  /** What of the firewall of the datacenter is not in the program. */
  readonly firewallLeft: readonly string[];
}

export interface GuestReport {
  readonly vmid: number;
  readonly type: 'lxc' | 'qemu';
  /** Id of its construct. */
  readonly id: string;
  /** Why the program says nothing of the guest; undefined if it does. */
  readonly leftOut?: string;
  readonly remarks: readonly Remark[];
}

export function adoptReport(app: string, nodes: readonly AdoptedNode[], others: readonly OtherFile[]): AdoptReport {
  return { app, nodes: nodes.map(nodeReport), others };
}

function nodeReport(adopted: AdoptedNode): NodeReport {
  const { node, pveVersion, address, subnets, storages, guests, isAddressKnown, isVersionKnown } = adopted;
  return {
    name: node.name,
    pveVersion,
    address,
    guessed: [...(isAddressKnown ? [] : ['address' as const]), ...(isVersionKnown ? [] : ['pveVersion' as const])],
    networks: subnets.map(
      ({ cidr, bridge, vlan }) => `${cidr} on ${bridge}${vlan === undefined ? '' : `, VLAN ${vlan}`}`,
    ),
    storages: storages.map(([name]) => name),
    guests: guests.map(guestReport),
    firewallLeft: adopted.firewallLeft,
  };
}

function guestReport({ guest, id, outcome }: AdoptedGuest): GuestReport {
  const { vmid, conf } = guest;
  const oddities = conf.oddities.map((why): Remark => ({ is: 'note', why }));
  const snapshots = conf.snapshots.map(([name]): Remark => ({ is: 'host', why: `snapshot ${name}` }));
  return typeof outcome === 'string'
    ? { vmid, type: conf.kind, id, leftOut: outcome, remarks: oddities }
    : { vmid, type: conf.kind, id, remarks: [...outcome.remarks, ...snapshots, ...oddities] };
}
