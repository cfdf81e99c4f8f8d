import type { conntrackHelpers } from '../base/proxmox-words.js';
import type { Duration } from '../base/units.js';
import type { FirewallLogLevel } from '../format/firewall-options.js';
import type { RemovalPolicy } from '../model/removal.js';
import type { HostFirewallRule } from './props.js';

export interface HostFirewallProps {
  /**
   * Whether the host is filtered. Guests have switches of their own.
   * @default - left as it is; Proxmox filters
   */
  readonly enabled?: boolean;
  /**
   * Filters with nftables, a technology preview. Guests have to be restarted.
   * @default - left as it is; Proxmox uses iptables
   */
  readonly nftables?: boolean;
  /**
   * Lets IPv6 find its neighbours, whatever the rules say.
   * @default - left as it is; Proxmox does
   */
  readonly ndp?: boolean;
  /**
   * Drops packets that claim to come from a broadcast address.
   * @default - left as it is; Proxmox does
   */
  readonly noSmurfs?: boolean;
  /**
   * Drops TCP packets whose flags contradict each other.
   * @default - left as it is; Proxmox does not
   */
  readonly tcpFlags?: boolean;
  /**
   * Level of log entries for packets to the host.
   * @default - left as it is
   */
  readonly logLevelIn?: FirewallLogLevel;
  /**
   * Level of log entries for packets from the host.
   * @default - left as it is
   */
  readonly logLevelOut?: FirewallLogLevel;
  /**
   * Level of log entries for packets through the host.
   * @default - left as it is
   */
  readonly logLevelForward?: FirewallLogLevel;
  /**
   * Level of log entries for packets that `noSmurfs` drops.
   * @default - left as it is
   */
  readonly smurfLogLevel?: FirewallLogLevel;
  /**
   * Level of log entries for packets that `tcpFlags` drops.
   * @default - left as it is
   */
  readonly tcpFlagsLogLevel?: FirewallLogLevel;
  /**
   * Logs connections as they are tracked.
   * @default - left as it is; Proxmox does not
   */
  readonly logConntrack?: boolean;
  /**
   * Lets packets of no known connection pass, as with ways back that differ from the ways there.
   * @default - left as it is; Proxmox does not
   */
  readonly conntrackAllowInvalid?: boolean;
  /**
   * Protocols whose further connections are tracked.
   * @default - left as it is; none
   */
  readonly conntrackHelpers?: readonly (typeof conntrackHelpers)[number][];
  /**
   * Connections that are tracked at once, 32768 or more.
   * @default - left as it is; 262144
   */
  readonly conntrackMax?: number;
  /**
   * How long a silent TCP connection is remembered, 7875 seconds or more.
   * @default - left as it is; 5 days
   */
  readonly conntrackTimeoutEstablished?: Duration;
  /**
   * How long a TCP connection may take to be opened, 30 to 60 seconds.
   * @default - left as it is; 60 seconds
   */
  readonly conntrackTimeoutSynReceived?: Duration;
  /**
   * Slows down who opens too many TCP connections.
   * @default - left as it is; Proxmox does not
   */
  readonly synFloodProtection?: boolean;
  /**
   * Connections a second and address that `synFloodProtection` lets be opened.
   * @default - left as it is; 200
   */
  readonly synFloodRate?: number;
  /**
   * Connections of an address before `synFloodRate` counts.
   * @default - left as it is; 1000
   */
  readonly synFloodBurst?: number;
  /**
   * Rules of the host, in the order in which they are tried, before those of all hosts. `connections` adds its rules behind them.
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
