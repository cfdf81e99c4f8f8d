import type { FirewallPacketRule, FirewallRule } from './firewall-model.js';
import { protocolNamed } from './firewall-protocols.js';

/**
 * The rule in the words that Proxmox knows: it compares protocols and the names of sets and groups letter by letter, and enforces nothing of
 * a rule whose words it does not find.
 */
export function spelledForProxmox(rule: FirewallRule): FirewallRule {
  if (rule.direction === 'GROUP') {
    return { ...rule, group: rule.group.toLowerCase() };
  }
  const { source, dest, proto } = rule;
  return {
    ...rule,
    ...(source === undefined ? {} : { source: addressSpelled(source) }),
    ...(dest === undefined ? {} : { dest: addressSpelled(dest) }),
    ...(proto === undefined ? {} : { proto: protocolSpelled(proto, rule) }),
  };
}

/**
 * Sets are stored in lower case, but for those of `sdn`, which are named after virtual networks. Aliases are looked up in lower case however
 * a rule writes them.
 */
function addressSpelled(text: string): string {
  return text.startsWith('+') && !text.startsWith('+sdn/') ? text.toLowerCase() : text;
}

/** A type of ICMP message wants the protocol by name. */
function protocolSpelled(text: string, { icmpType }: FirewallPacketRule): string {
  const name = icmpType === undefined ? undefined : icmpByNumber.get(text);
  return name ?? protocolNamed(text) ?? text;
}

const icmpByNumber = new Map([
  ['1', 'icmp'],
  ['58', 'ipv6-icmp'],
]);
