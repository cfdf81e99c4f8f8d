import type { GuestConf } from '../../format/guest-conf.js';
import type { ParsedSection } from '../../format/section-config.js';

/** What a copy of the files of one host, or of the nodes of one cluster, says. */
export interface Inventory {
  /** Name of the cluster; undefined for a host of its own. */
  readonly cluster: string | undefined;
  /** By name. */
  readonly nodes: readonly NodeInventory[];
  /** Entries of storage.cfg. */
  readonly storages: readonly ParsedSection[];
  /** Texts of the firewall files of guests, by VMID. */
  readonly firewalls: ReadonlyMap<number, string>;
  /** Text of `cluster.fw`; empty if there is none. */
  readonly clusterFirewall?: string;
  readonly mappings?: readonly MappingSection[];
  /** Files that were seen and say something that no program says yet, with what they are about. */
  readonly others: readonly OtherFile[];
}

export interface NodeInventory {
  readonly name: string;
  /** As `pveversion` says it: `9.1.4`. */
  readonly release: string | undefined;
  /** Address that the node is reached by. */
  readonly address: string | undefined;
  /** IPv4 networks of the node's own interfaces. */
  readonly networks: readonly NodeNetwork[];
  /** By VMID. */
  readonly guests: readonly GuestInventory[];
}

export interface NodeNetwork {
  /** Interface, for a network of guests a bridge: `vmbr0`. */
  readonly name: string;
  /** Address of the node and prefix. */
  readonly cidr: string;
  readonly gateway: string | undefined;
}

export interface GuestInventory {
  readonly vmid: number;
  readonly conf: GuestConf;
  /** What of its file nobody told us, by name: keys, or `notes`. Default: nothing */
  readonly withheld?: readonly string[];
}

/** An entry of one of the files in /etc/pve/mapping. */
export interface MappingSection {
  readonly kind: 'pci' | 'usb' | 'dir';
  readonly section: ParsedSection;
}

export interface OtherFile {
  /** Relative to the folder that was given. */
  readonly path: string;
  readonly about: string;
}
