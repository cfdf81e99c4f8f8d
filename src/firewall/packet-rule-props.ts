import type { FirewallMacro } from '../format/firewall-macros.js';
import type { FirewallLogLevel } from '../format/firewall-options.js';
import type { Alias } from './alias.js';
import type { IpSet } from './ip-set.js';

/** What becomes of packets. */
export type FirewallPolicy = 'ACCEPT' | 'DROP' | 'REJECT';

/** Who packets come from or go to: `10.0.0.5`, `10.0.0.0/24`, `10.0.0.5-10.0.0.9`, a list of the first two, `+dc/set`, `dc/alias`. */
export type FirewallAddress = string | IpSet | Alias;

/** What every rule may say of packets. Rules are tried in their order, and the first that fits decides. */
export interface PacketRuleProps {
  /**
   * What becomes of them.
   * @default 'ACCEPT'
   */
  readonly action?: FirewallPolicy;
  /**
   * Name of one of Proxmox's macros, which bring protocol and ports: `SSH`, `DNS`.
   * @default - none
   */
  readonly macro?: FirewallMacro;
  /**
   * Protocol. Ports need one.
   * @default - any
   */
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'ipv6-icmp' | 'sctp' | (string & {});
  /**
   * Destination ports: `443`, `80:85` or `80,443`.
   * @default - any
   */
  readonly ports?: string;
  /**
   * Ports that packets come from, written like `ports`.
   * @default - any
   */
  readonly sourcePorts?: string;
  /**
   * Kind of ICMP message: `echo-request`. Needs `protocol` to be `icmp` or `ipv6-icmp`.
   * @default - any
   */
  readonly icmpType?: string;
  /**
   * Address, network, set or alias that packets come from.
   * @default - any
   */
  readonly source?: FirewallAddress;
  /**
   * Address, network, set or alias that packets go to.
   * @default - any
   */
  readonly dest?: FirewallAddress;
  /**
   * Level of the log entry for each packet.
   * @default - no log entry
   */
  readonly log?: FirewallLogLevel;
  /**
   * Whether the rule is in force; one that is not stays in the file.
   * @default true
   */
  readonly enabled?: boolean;
  /**
   * Why the rule is there. One line.
   * @default - none
   */
  readonly comment?: string;
}
