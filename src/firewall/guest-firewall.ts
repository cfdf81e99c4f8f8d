import { compareText } from '../base/stable.js';
import { renderFirewall } from '../format/firewall-file.js';
import type { FirewallFile, FirewallPacketRule } from '../format/firewall-model.js';
import type { Permission } from './connections.js';
import type { Port } from './port.js';

/** The firewall of a guest, complete and plain. */
export interface GuestFirewallSpec {
  readonly enabled: boolean;
  readonly inbound: 'ACCEPT' | 'DROP' | 'REJECT';
  readonly outbound: 'ACCEPT' | 'DROP' | 'REJECT';
  readonly rules: readonly FirewallPacketRule[];
}

interface RuleLayer {
  readonly direction: 'IN' | 'OUT';
  readonly action: 'ACCEPT' | 'DROP' | 'REJECT';
  readonly protocol?: string | undefined;
  readonly ports?: string | undefined;
  readonly source?: string | undefined;
  readonly dest?: string | undefined;
  readonly log?: FirewallPacketRule['log'] | undefined;
  readonly comment?: string | undefined;
}

/** The guest's own rules in their order, then those that connections come to. A permission that the policy grants anyway needs no rule. */
export function guestFirewall(
  own: {
    readonly enabled: boolean;
    readonly inbound: GuestFirewallSpec['inbound'];
    readonly outbound: GuestFirewallSpec['outbound'];
    readonly rules: readonly RuleLayer[];
  },
  permissions: readonly Permission[],
): GuestFirewallSpec {
  return {
    enabled: own.enabled,
    inbound: own.inbound,
    outbound: own.outbound,
    rules: [...own.rules.map(ownRule), ...permissionRules(permissions, own)],
  };
}

/** The text of `/etc/pve/firewall/<VMID>.fw`. */
export function guestFirewallText(spec: GuestFirewallSpec): string {
  const file: FirewallFile = {
    options: { enable: spec.enabled ? '1' : '0', policy_in: spec.inbound, policy_out: spec.outbound },
    aliases: [],
    ipsets: [],
    rules: spec.rules,
    groups: [],
  };
  return renderFirewall(file, 'guest');
}

function ownRule(rule: RuleLayer): FirewallPacketRule {
  return {
    direction: rule.direction,
    action: rule.action,
    ...(rule.protocol === undefined ? {} : { proto: rule.protocol }),
    ...(rule.ports === undefined ? {} : { dport: rule.ports }),
    ...(rule.source === undefined ? {} : { source: rule.source }),
    ...(rule.dest === undefined ? {} : { dest: rule.dest }),
    ...(rule.log === undefined ? {} : { log: rule.log }),
    ...(rule.comment === undefined ? {} : { comment: rule.comment }),
  };
}

/** One rule a peer, direction and port, however often it was granted; in an order that does not depend on when. */
function permissionRules(
  permissions: readonly Permission[],
  policy: { inbound: string; outbound: string },
): FirewallPacketRule[] {
  const rules = new Map<string, { rule: FirewallPacketRule; order: string; reasons: Set<string> }>();
  for (const permission of permissions) {
    if ((permission.direction === 'IN' ? policy.inbound : policy.outbound) === 'ACCEPT') {
      continue;
    }
    const address = permission.peer.address();
    const order = `${permission.direction} ${portOrder(permission.port)} ${address}`;
    const entry = rules.get(order) ?? { rule: permissionRule(permission, address), order, reasons: new Set() };
    entry.reasons.add(permission.why === '' ? permission.peer.path : `${permission.peer.path}: ${permission.why}`);
    rules.set(order, entry);
  }
  return [...rules.values()]
    .sort((a, b) => compareText(a.order, b.order))
    .map(({ rule, reasons }) => ({ ...rule, comment: [...reasons].sort(compareText).join('; ') }));
}

function permissionRule({ direction, port }: Permission, address: string): FirewallPacketRule {
  return {
    direction,
    action: 'ACCEPT',
    ...(direction === 'IN' ? { source: address } : { dest: address }),
    proto: port.protocol,
    ...(port.ports === undefined ? {} : { dport: port.ports }),
  };
}

/** Ports with leading zeros, so that text order is number order. */
function portOrder(port: Port): string {
  return `${port.protocol} ${(port.ports ?? '')
    .split(':')
    .map((part) => part.padStart(5, '0'))
    .join(':')}`;
}
