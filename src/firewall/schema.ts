import * as z from 'zod';
import { conntrackHelpers, firewallLogLevels } from '../base/proxmox-words.js';
import {
  choice,
  custom,
  defaulted,
  duration,
  flag,
  integer,
  list,
  object,
  openChoice,
  reference,
  required,
  text,
} from '../model/fields.js';
import { removalField } from '../model/removal.js';

const policy = ['ACCEPT', 'DROP', 'REJECT'] as const;

const oneLine = (doc: string) => custom(doc, 'one line of text', () => z.string().regex(/^[^\n\r\0]*$/));

/** What every rule may say of packets. */
const packetFields = {
  action: defaulted(choice('What becomes of them.', policy), 'ACCEPT'),
  macro: text('Name of one of the macros of Proxmox, which bring protocol and ports: `SSH`.'),
  protocol: openChoice('Protocol.', ['tcp', 'udp', 'icmp', 'ipv6-icmp', 'sctp']),
  ports: text('Destination ports: `443`, `80:85` or `80,443`.'),
  sourcePorts: text('Ports that packets come from.'),
  icmpType: text('Kind of ICMP message.'),
  source: reference('Address, network, set or alias that packets come from.', 'firewall address'),
  dest: reference('Address, network, set or alias that packets go to.', 'firewall address'),
  log: choice('Level of the log entry for each packet.', firewallLogLevels),
  enabled: defaulted(flag('Whether the rule is in force.'), true),
  comment: oneLine('Why the rule is there. One line.'),
};

const groupField = reference('Security group whose rules stand here.', 'security group');

/** One rule of a guest's own. */
export const ruleFields = {
  direction: defaulted(choice('Which way the packets go, as seen by the guest.', ['IN', 'OUT']), 'IN'),
  interface: text('Key of the network device.'),
  group: groupField,
  ...packetFields,
};

/** One rule of a host. */
export const hostRuleFields = {
  direction: defaulted(choice('Which way the packets go, as seen by the host.', ['IN', 'OUT', 'FORWARD']), 'IN'),
  interface: text('Interface of the host.'),
  group: groupField,
  ...packetFields,
};

/** One rule of a security group. */
export const groupRuleFields = {
  direction: defaulted(choice('Which way the packets go.', ['IN', 'OUT', 'FORWARD']), 'IN'),
  ...packetFields,
};

/** A member of a set. */
export const entryFields = {
  cidr: required(reference('Address, network or alias.', 'firewall address')),
  except: defaulted(flag('Takes the address out of the set.'), false),
  comment: oneLine('Who that is. One line.'),
};

const logLevel = (doc: string) => choice(doc, firewallLogLevels);

/** What a guest says of its firewall. */
export const guestFirewallField = object('Firewall of the guest. Without it Proxmox filters nothing.', {
  enabled: defaulted(flag('Whether the rules are in force for this guest.'), true),
  inbound: defaulted(choice('What becomes of packets to the guest that no rule speaks of.', policy), 'DROP'),
  outbound: defaulted(choice('What becomes of packets from the guest that no rule speaks of.', policy), 'ACCEPT'),
  dhcp: flag('Lets DHCP through.'),
  ndp: flag('Lets IPv6 find its neighbours.'),
  radv: flag('Lets the guest announce itself as a router of IPv6.'),
  macFilter: flag('Drops what the guest sends from another MAC address than its own.'),
  ipFilter: flag(
    'Drops what the guest sends from other addresses than its own fixed ones and those of its sets `ipfilter-netN`.',
  ),
  logLevelIn: logLevel('Level of log entries for what the inbound policy drops.'),
  logLevelOut: logLevel('Level of log entries for what the outbound policy drops.'),
  aliases: defaulted(
    list(
      'Names for addresses, for this guest.',
      object('An alias.', {
        name: required(text('Name.')),
        cidr: required(text('Address or network.')),
        comment: oneLine('Who that is. One line.'),
      }),
      { by: 'name' },
    ),
    [],
  ),
  ipSets: defaulted(
    list(
      'Sets of addresses, for this guest.',
      object('A set.', {
        name: required(text('Name.')),
        entries: required(list('Members.', object('A member.', entryFields))),
        comment: oneLine('What the set is for. One line.'),
      }),
      { by: 'name' },
    ),
    [],
  ),
  rules: defaulted(list('Rules, in the order in which they are tried.', object('A rule.', ruleFields), 'append'), []),
});

export const clusterFields = {
  enabled: flag('Whether any firewall is in force at all.'),
  inbound: choice('What becomes of packets to hosts that no rule speaks of.', policy),
  outbound: choice('What becomes of packets from hosts that no rule speaks of.', policy),
  forward: choice('What becomes of packets through hosts that no rule speaks of.', ['ACCEPT', 'DROP']),
  ebtables: flag('Whether frames are filtered as well.'),
  logRateLimit: object('How many packets are logged.', {
    enabled: defaulted(flag('Whether there is a limit.'), true),
    rate: custom('How often the bucket gets a packet more.', 'a rate such as 1/second', () =>
      z.templateLiteral([z.int().positive(), '/', z.enum(['second', 'minute', 'hour', 'day'])]),
    ),
    burst: integer('Packets that are logged before the rate counts.', { min: 0 }),
  }),
  rules: defaulted(list('Rules of all hosts.', object('A rule.', hostRuleFields)), []),
  removalPolicy: defaulted(removalField("the app's entries and options"), 'retain'),
};

export const hostFields = {
  enabled: flag('Whether the host is filtered.'),
  nftables: flag('Filters with nftables.'),
  ndp: flag('Lets IPv6 find its neighbours.'),
  noSmurfs: flag('Drops packets that claim to come from a broadcast address.'),
  tcpFlags: flag('Drops TCP packets whose flags contradict each other.'),
  logLevelIn: logLevel('Level of log entries for packets to the host.'),
  logLevelOut: logLevel('Level of log entries for packets from the host.'),
  logLevelForward: logLevel('Level of log entries for packets through the host.'),
  smurfLogLevel: logLevel('Level of log entries for packets that `noSmurfs` drops.'),
  tcpFlagsLogLevel: logLevel('Level of log entries for packets that `tcpFlags` drops.'),
  logConntrack: flag('Logs connections as they are tracked.'),
  conntrackAllowInvalid: flag('Lets packets of no known connection pass.'),
  conntrackHelpers: list('Protocols whose further connections are tracked.', choice('A protocol.', conntrackHelpers)),
  conntrackMax: integer('Connections that are tracked at once.', { min: 32_768 }),
  conntrackTimeoutEstablished: duration('How long a silent TCP connection is remembered.'),
  conntrackTimeoutSynReceived: duration('How long a TCP connection may take to be opened.'),
  synFloodProtection: flag('Slows down who opens too many TCP connections.'),
  synFloodRate: integer('Connections a second and address that may be opened.', { min: 0 }),
  synFloodBurst: integer('Connections of an address before the rate counts.', { min: 0 }),
  rules: defaulted(list('Rules of the host.', object('A rule.', hostRuleFields)), []),
  removalPolicy: defaulted(removalField("the app's entries and options"), 'retain'),
};
