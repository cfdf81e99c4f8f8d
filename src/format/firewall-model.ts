import type { Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { firewallLogLevels } from '../base/proxmox-words.js';
import { sortedKeys } from '../base/stable.js';
import { macroLike, macroNamed, macroPackets } from './firewall-macros.js';
import { type FirewallLogLevel, type FirewallScope, firewallOptions } from './firewall-options.js';
import {
  type AddressReading,
  hasPorts,
  icmpFamily,
  icmpTypeFault,
  isAliasReference,
  isFirewallName,
  portListFault,
  readAddressSpec,
  readNetwork,
} from './firewall-values.js';

/** What to do with a packet. */
export type FirewallAction = 'ACCEPT' | 'DROP' | 'REJECT';

/** One rule. The first rule of a file that fits a packet decides. */
export type FirewallRule = FirewallPacketRule | FirewallGroupRule;

/** A rule about packets. */
export interface FirewallPacketRule {
  readonly direction: 'IN' | 'OUT' | 'FORWARD';
  readonly action: FirewallAction;
  /** The name of one of Proxmox's macros, which bring protocol and ports: `SSH`. */
  readonly macro?: string;
  /** Stands in the file but has no effect. Default: in force */
  readonly disabled?: true;
  /** Guests: the key of the network device, `net0`. Hosts: the name of the interface. Default: all */
  readonly iface?: string;
  /** Address, CIDR, `from-to`, a list of the first two, alias (`dc/name`, `guest/name`, `name`) or set (`+dc/name`). */
  readonly source?: string;
  /** Like `source`. */
  readonly dest?: string;
  /** `tcp`, `udp`, ... or a number. Ports need it. */
  readonly proto?: string;
  /** Ports, ranges `80:85` and service names, parted by commas; up to 15 numbers. */
  readonly dport?: string;
  /** Like `dport`. */
  readonly sport?: string;
  readonly log?: FirewallLogLevel;
  /** Needs `proto` to be `icmp` or `ipv6-icmp`. */
  readonly icmpType?: string;
  /** One line of any text. */
  readonly comment?: string;
}

/** A rule that puts in the rules of a security group. */
export interface FirewallGroupRule {
  readonly direction: 'GROUP';
  /** The name of the group. */
  readonly group: string;
  readonly disabled?: true;
  readonly iface?: string;
  readonly comment?: string;
}

/** A name for an address or a network. */
export interface FirewallAlias {
  readonly name: string;
  readonly cidr: string;
  readonly comment?: string;
}

/** A set of addresses under one name. */
export interface FirewallIpset {
  readonly name: string;
  readonly comment?: string;
  readonly entries: readonly FirewallIpsetEntry[];
}

/** A member of a set: address, CIDR or alias. */
export interface FirewallIpsetEntry {
  readonly cidr: string;
  /** Takes the address out of the set. Default: in the set */
  readonly nomatch?: true;
  readonly comment?: string;
}

/** Rules under one name, for use in many files. Only `cluster.fw` can hold them. */
export interface FirewallGroup {
  readonly name: string;
  readonly comment?: string;
  readonly rules: readonly FirewallRule[];
}

/** A firewall file of Proxmox: `cluster.fw`, `host.fw`, `ID.fw` or a virtual network's. */
export interface FirewallFile {
  readonly options: Readonly<Record<string, string>>;
  readonly aliases: readonly FirewallAlias[];
  readonly ipsets: readonly FirewallIpset[];
  readonly rules: readonly FirewallRule[];
  readonly groups: readonly FirewallGroup[];
}

/**
 * Everything in the file that Proxmox would refuse or, worse, keep and not enforce. Whether the names that rules use
 * exist is not judged: they may stand in another file.
 */
export function firewallProblems(file: Partial<FirewallFile>, scope?: FirewallScope): Problem[] {
  const { options = {}, aliases = [], ipsets = [], rules = [], groups = [] } = file;
  const judge = new Judge(scope);
  judge.sections(aliases.length + ipsets.length, groups.length);
  for (const key of sortedKeys(options)) {
    judge.option(key, options[key] ?? '');
  }
  judge.names('alias', aliases, 64);
  aliases.forEach((alias) => {
    judge.alias(alias);
  });
  judge.names('ipset', ipsets, 64);
  ipsets.forEach((set) => {
    judge.ipset(set);
  });
  rules.forEach((rule, index) => {
    judge.rule(rule, `[RULES] ${index + 1}`, false);
  });
  judge.names('group', groups, 18);
  for (const group of groups) {
    judge.comment(group.comment, `[group ${group.name}]`);
    group.rules.forEach((rule, index) => {
      judge.rule(rule, `[group ${group.name}] ${index + 1}`, true);
    });
  }
  return judge.problems;
}

/** Collects what is wrong with a file, part by part. */
class Judge {
  readonly problems: Problem[] = [];

  constructor(private readonly scope: FirewallScope | undefined) {}

  sections(namesInFile: number, groups: number): void {
    if (namesInFile > 0 && (this.scope === 'host' || this.scope === 'vnet')) {
      this.add('scope', `[${this.scope}]`, 'aliases and sets do not work here', namesInFile, 'move them to cluster.fw');
    }
    if (groups > 0 && this.scope !== undefined && this.scope !== 'cluster') {
      this.add('scope', `[${this.scope}]`, 'groups work in cluster.fw only', groups, 'move them to cluster.fw');
    }
  }

  option(key: string, value: string): void {
    if (!/^[a-z]\w*$/.test(key)) {
      this.add('value', '[OPTIONS]', `'${key}' is no name of an option`, key, 'use lower-case letters, digits and _');
    }
    this.word('[OPTIONS]', key, value);
    if (value !== value.trim()) {
      this.add('value', '[OPTIONS]', `'${key}' has blanks around its value`, value, 'take the blanks away');
    }
    this.knownOption(key, value);
  }

  names(kind: 'alias' | 'ipset' | 'group', things: readonly { readonly name: string }[], longest: number): void {
    const seen = new Set<string>();
    for (const { name } of things) {
      if (!isFirewallName(name, longest)) {
        const fix = `use 2 to ${longest} letters, digits, - and _, a letter first`;
        this.add('name', `[${kind} ${name}]`, `'${name}' is no name of a firewall ${kind}`, name, fix);
      }
      if (seen.has(name.toLowerCase())) {
        this.add(
          'duplicate',
          `[${kind} ${name}]`,
          `there are two of the name '${name}'`,
          name,
          'rename one; case does not count',
        );
      }
      seen.add(name.toLowerCase());
    }
  }

  alias(alias: FirewallAlias): void {
    const place = `[alias ${alias.name}]`;
    this.address(place, 'the alias', alias.cidr, readNetwork(alias.cidr));
    this.comment(alias.comment, place);
  }

  ipset(set: FirewallIpset): void {
    const place = `[IPSET ${set.name}]`;
    const seen = new Set<string>();
    this.comment(set.comment, place);
    for (const { cidr, comment } of set.entries) {
      this.comment(comment, place);
      if (!isAliasReference(cidr)) {
        this.address(place, 'the set', cidr, readNetwork(cidr));
      }
      if (cidr.endsWith('/0')) {
        this.add(
          'address',
          place,
          `'${cidr}' is everything, which no set can hold`,
          cidr,
          'split it into two /1 networks',
        );
      }
      const member = cidr.replace(cidr.includes(':') ? /\/128$/ : /\/32$/, '');
      if (seen.has(member)) {
        this.add('duplicate', place, `'${cidr}' is in the set twice`, cidr, 'keep one of them');
      }
      seen.add(member);
    }
  }

  rule(rule: FirewallRule, place: string, isInGroup: boolean): void {
    this.comment(rule.comment, place);
    this.iface(rule.iface, place, isInGroup);
    if (rule.direction === 'GROUP') {
      this.groupRule(rule, place, isInGroup);
    } else {
      this.packetRule(rule, place);
    }
  }

  comment(comment: string | undefined, place: string): void {
    if (comment !== undefined && (comment === '' || comment !== comment.trim() || /[\n\r\0]/.test(comment))) {
      const message = `the comment ${JSON.stringify(comment)} does not fit on its line`;
      this.add('comment', place, message, comment, 'use one line without blanks around it');
    }
  }

  /** Proxmox skips options that it does not know, and those with a value that it does not. */
  private knownOption(key: string, value: string): void {
    const options = this.scope === undefined ? undefined : firewallOptions[this.scope];
    const option = options?.[key];
    if (options !== undefined && option === undefined) {
      const like = nearest(key, Object.keys(options));
      const fix = like === undefined ? `use one of ${Object.keys(options).join(', ')}` : `use \`${like}\``;
      this.add('option', '[OPTIONS]', `'${key}' is no option of a firewall file of this kind`, key, fix);
    }
    if (option !== undefined && !option.fits(value)) {
      this.add('option', '[OPTIONS]', `'${key}' cannot be ${JSON.stringify(value)}`, value, `give ${option.expects}`);
    }
  }

  private groupRule(rule: FirewallGroupRule, place: string, isInGroup: boolean): void {
    if (isInGroup) {
      this.add('direction', place, 'a group cannot use a group', rule.group, 'write its rules here');
    }
    if (!isFirewallName(rule.group, 18)) {
      this.add('name', place, `'${rule.group}' is no name of a group`, rule.group, 'name a group of cluster.fw');
    }
  }

  private packetRule(rule: FirewallPacketRule, place: string): void {
    if (rule.direction === 'FORWARD' && this.scope === 'guest') {
      this.add('direction', place, 'guests have no FORWARD rules', 'FORWARD', 'use IN or OUT');
    }
    if (rule.direction !== 'FORWARD' && this.scope === 'vnet') {
      this.add('direction', place, 'virtual networks have FORWARD rules only', rule.direction, 'use FORWARD');
    }
    if (rule.direction === 'FORWARD' && rule.action === 'REJECT') {
      this.add('action', place, 'FORWARD cannot REJECT', rule.action, 'use DROP');
    }
    this.macro(rule, place);
    if (rule.log !== undefined && !firewallLogLevels.includes(rule.log)) {
      this.add(
        'log-level',
        place,
        `'${rule.log}' is no log level`,
        rule.log,
        `use one of ${firewallLogLevels.join(', ')}`,
      );
    }
    this.protocol(rule, place);
    this.addresses(rule, place);
  }

  /** A macro brings protocol and ports; the rule may say no others, and Proxmox then enforces nothing of it. */
  private macro({ macro, proto, dport, sport, icmpType }: FirewallPacketRule, place: string): void {
    if (macro === undefined) {
      return;
    }
    const known = macroNamed(macro);
    if (known === undefined) {
      const like = macroLike(macro);
      const fix = like === undefined ? 'give protocol and ports instead' : `use ${like}`;
      this.add('macro', place, `Proxmox has no macro '${macro}'`, macro, fix);
      return;
    }
    const given = { protocol: proto, ports: dport, sourcePorts: sport, icmpType };
    const clash = (['protocol', 'ports', 'sourcePorts', 'icmpType'] as const).find((key) =>
      macroPackets(known).some(
        (packets) => given[key] !== undefined && packets[key] !== undefined && packets[key] !== given[key],
      ),
    );
    if (clash !== undefined) {
      const message = `the macro ${known} has ${clash} of its own`;
      this.add('macro', place, message, given[clash], `leave ${clash} out, or the macro`);
    }
  }

  private protocol(rule: FirewallPacketRule, place: string): void {
    const { proto, icmpType } = rule;
    for (const field of ['dport', 'sport'] as const) {
      const ports = rule[field];
      const fault = ports === undefined ? undefined : portListFault(ports);
      if (fault !== undefined) {
        this.add('ports', place, `${field} ${fault}`, ports, 'write ports like 80, 80:85 or 80,443');
      }
      if (ports !== undefined && !hasPorts(proto)) {
        const fix = 'give proto tcp, udp or another one with ports; a macro brings its own ports';
        this.add('ports-need-proto', place, `${field} needs a protocol with ports, not ${proto ?? 'none'}`, ports, fix);
      }
    }
    if (proto !== undefined) {
      this.word(place, 'proto', proto);
    }
    if (icmpType !== undefined) {
      this.word(place, 'icmpType', icmpType);
      const fault = icmpTypeFault(icmpType, proto);
      if (fault !== undefined) {
        this.add('icmp-type', place, fault.message, icmpType, fault.fix);
      }
    }
  }

  private addresses(rule: FirewallPacketRule, place: string): void {
    const said = [rule.proto, rule.source, rule.dest].filter((text) => text !== undefined);
    const families = [
      rule.proto === undefined ? undefined : icmpFamily(rule.proto),
      ...(['source', 'dest'] as const).map((field) => {
        const text = rule[field];
        return text === undefined ? undefined : this.address(place, field, text, readAddressSpec(text));
      }),
    ];
    if (families.includes(4) && families.includes(6)) {
      const message = `${said.join(', ')} are of different families`;
      this.add('mixed-families', place, message, rule.dest ?? rule.source, 'write a rule for IPv4 and one for IPv6');
    }
  }

  private address(place: string, what: string, text: string, reading: AddressReading): 4 | 6 | undefined {
    if ('family' in reading) {
      return reading.family;
    }
    const code = reading.fault.startsWith('mixes') ? 'mixed-families' : 'address';
    this.add(code, place, `${what} ${reading.fault}`, text, 'write addresses like 10.0.0.5, networks like 10.0.0.0/24');
    return undefined;
  }

  private iface(iface: string | undefined, place: string, isInGroup: boolean): void {
    if (iface === undefined) {
      return;
    }
    if (isInGroup) {
      this.add('interface', place, 'rules of a group take no interface', iface, 'name it where the group is used');
    }
    const pattern = this.scope === 'guest' ? /^net\d{1,2}$/ : /^[A-Za-z]\w{1,19}(?:[.:]\d+)?$/;
    if (!pattern.test(iface)) {
      const fix = this.scope === 'guest' ? 'use the key of the network device, like net0' : 'use a name like vmbr0';
      this.add('interface', place, `'${iface}' is no network interface`, iface, fix);
    }
  }

  private word(place: string, what: string, value: string): void {
    const isOption = place === '[OPTIONS]';
    if (value === '' || /[#\n\r\0]/.test(value) || (!isOption && /\s/.test(value))) {
      const message = `${what} has the value ${JSON.stringify(value)}, which the file cannot hold`;
      this.add('value', place, message, value, 'use a value of one line without #');
    }
  }

  private add(what: string, path: string, message: string, value: unknown, fix: string): void {
    this.problems.push({ code: `firewall/${what}`, message, path, value, fix });
  }
}
