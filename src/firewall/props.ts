import type { FirewallLogLevel } from '../format/firewall-options.js';
import type { RemovalPolicy } from '../model/removal.js';
import type { IpSetEntry } from './ip-set.js';
import type { FirewallPolicy, PacketRuleProps } from './packet-rule-props.js';
import type { SecurityGroup } from './security-group.js';

/** One rule of a guest's firewall, or the use of a security group. */
export interface GuestFirewallRule extends PacketRuleProps {
  /**
   * Which way the packets go, as seen by the guest.
   * @default 'IN'
   */
  readonly direction?: 'IN' | 'OUT';
  /**
   * Key of the network device: `net0`.
   * @default - all
   */
  readonly interface?: string;
  /**
   * Security group whose rules stand here. Beside it only `interface`, `enabled` and `comment` may be given.
   * @default - none: a rule of its own
   */
  readonly group?: string | SecurityGroup;
}

/** One rule of a host or of all hosts, or the use of a security group. */
export interface HostFirewallRule extends PacketRuleProps {
  /**
   * Which way the packets go, as seen by the host. `FORWARD` works with `nftables` only.
   * @default 'IN'
   */
  readonly direction?: 'IN' | 'OUT' | 'FORWARD';
  /**
   * Interface of the host: `vmbr0`.
   * @default - all
   */
  readonly interface?: string;
  /**
   * Security group whose rules stand here. Beside it only `interface`, `enabled` and `comment` may be given.
   * @default - none: a rule of its own
   */
  readonly group?: string | SecurityGroup;
}

/** A name for an address, known to one guest's rules only. */
export interface GuestAlias {
  /** Two to 64 letters, digits, `-` and `_`, a letter first. Rules say `guest/NAME`, 64 letters at most. */
  readonly name: string;
  /** Address or network. */
  readonly cidr: string;
  /**
   * Who that is. One line.
   * @default - none
   */
  readonly comment?: string;
}

/** A set of addresses, known to one guest's rules only. */
export interface GuestIpSet {
  /** Two to 64 letters, digits, `-` and `_`, a letter first. Rules say `+guest/NAME`, 64 letters at most behind the plus; `ipfilter-net0` is who may speak through net0. */
  readonly name: string;
  readonly entries: readonly IpSetEntry[];
  /**
   * What the set is for. One line.
   * @default - none
   */
  readonly comment?: string;
}

/** Firewall of a guest. In force only while the firewall of the datacenter is switched on. */
export interface GuestFirewallProps {
  /**
   * Whether the rules are in force for this guest.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * What becomes of packets to the guest that no rule speaks of.
   * @default 'DROP'
   */
  readonly inbound?: FirewallPolicy;
  /**
   * What becomes of packets from the guest that no rule speaks of.
   * @default 'ACCEPT'
   */
  readonly outbound?: FirewallPolicy;
  /**
   * Lets DHCP through, whatever the rules say.
   * @default - no
   */
  readonly dhcp?: boolean;
  /**
   * Lets IPv6 find its neighbours, whatever the rules say.
   * @default - yes
   */
  readonly ndp?: boolean;
  /**
   * Lets the guest announce itself as a router of IPv6.
   * @default - no
   */
  readonly radv?: boolean;
  /**
   * Drops what the guest sends from another MAC address than its own.
   * @default - yes
   */
  readonly macFilter?: boolean;
  /**
   * Drops what the guest sends from other addresses than those of its sets `ipfilter-netN`, and its own as far as they are fixed. To a
   * machine Proxmox leaves its link-local address of IPv6 alone, so that the set `ipfilter-netN` of its fixed addresses is made where
   * `ipSets` has none.
   * @default - no
   */
  readonly ipFilter?: boolean;
  /**
   * Level of log entries for what the inbound policy drops.
   * @default - no log entries
   */
  readonly logLevelIn?: FirewallLogLevel;
  /**
   * Level of log entries for what the outbound policy drops.
   * @default - no log entries
   */
  readonly logLevelOut?: FirewallLogLevel;
  /**
   * Names for addresses, for this guest's rules.
   * @default - none
   */
  readonly aliases?: readonly GuestAlias[];
  /**
   * Sets of addresses, for this guest's rules.
   * @default - none
   */
  readonly ipSets?: readonly GuestIpSet[];
  /**
   * Rules of the guest's own, in the order in which they are tried. `connections` adds its rules behind them.
   * @default - none
   */
  readonly rules?: readonly GuestFirewallRule[];
}

/** How many packets are logged. */
export interface LogRateLimit {
  /**
   * Whether there is a limit.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * How often the bucket gets a packet more: `1/second`.
   * @default - 1/second
   */
  readonly rate?: `${number}/${'second' | 'minute' | 'hour' | 'day'}`;
  /**
   * Packets that are logged before the rate counts.
   * @default - 5
   */
  readonly burst?: number;
}

export interface ClusterFirewallProps {
  /**
   * Whether any firewall is in force at all: of hosts and of guests. The applier switches it on only with `--allow-firewall`.
   * @default - left as it is
   */
  readonly enabled?: boolean;
  /**
   * What becomes of packets to hosts that no rule speaks of.
   * @default - left as it is; Proxmox drops them
   */
  readonly inbound?: FirewallPolicy;
  /**
   * What becomes of packets from hosts that no rule speaks of.
   * @default - left as it is; Proxmox lets them out
   */
  readonly outbound?: FirewallPolicy;
  /**
   * What becomes of packets through hosts that no rule speaks of. Works with `nftables` only.
   * @default - left as it is; Proxmox lets them through
   */
  readonly forward?: 'ACCEPT' | 'DROP';
  /**
   * Whether frames are filtered as well, which the filters of MAC and ARP need.
   * @default - left as it is; Proxmox does
   */
  readonly ebtables?: boolean;
  /**
   * How many packets are logged.
   * @default - left as it is; Proxmox logs one a second after the first five
   */
  readonly logRateLimit?: LogRateLimit;
  /**
   * Rules of all hosts, in the order in which they are tried, each host's own before them. They say nothing about guests.
   * @default - none
   */
  readonly rules?: readonly HostFirewallRule[];
  /**
   * What may become of the app's entries and options once this left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may take them out of the file; entries of others stay. `'retain'`: nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}
