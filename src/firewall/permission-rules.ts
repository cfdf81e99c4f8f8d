import { compareText } from '../base/stable.js';
import type { FirewallPacketRule, FirewallRule } from '../format/firewall-model.js';
import type { Permission } from './connections.js';
import type { Port } from './port.js';
import { covers } from './rule-cover.js';

interface Granted {
  readonly rule: FirewallPacketRule;
  readonly order: string;
  readonly reasons: Set<string>;
}

/**
 * The rules that permissions come to, in an order that does not depend on when they were granted. What another one grants, too, is no rule
 * of its own; its reasons stand beside the other's. What the end's own rules or its policy grant needs no rule at all.
 */
export function permissionRules(
  permissions: readonly Permission[],
  own: readonly FirewallRule[],
  policy: { readonly inbound: string; readonly outbound: string },
): FirewallPacketRule[] {
  const granted = grantedBy(
    permissions.filter(({ direction }) => (direction === 'IN' ? policy.inbound : policy.outbound) !== 'ACCEPT'),
  );
  const widest = granted.filter((one) => !granted.some((other) => stands(other, one)));
  for (const one of granted) {
    const wider = widest.includes(one) ? undefined : widest.find((other) => stands(other, one));
    one.reasons.forEach((reason) => wider?.reasons.add(reason));
  }
  return widest
    .filter(({ rule }) => !own.some((first) => isAccepting(first) && covers(first, rule)))
    .map(({ rule, reasons }) => ({ ...rule, comment: [...reasons].sort(compareText).join('; ') }));
}

function grantedBy(permissions: readonly Permission[]): Granted[] {
  const rules = new Map<string, Granted>();
  for (const permission of permissions) {
    const address = permission.peer.address();
    const order = `${permission.direction} ${portOrder(permission.port)} ${address}`;
    const entry = rules.get(order) ?? { rule: permissionRule(permission, address), order, reasons: new Set<string>() };
    entry.reasons.add(permission.why === '' ? permission.peer.path : `${permission.peer.path}: ${permission.why}`);
    rules.set(order, entry);
  }
  return [...rules.values()].sort((a, b) => compareText(a.order, b.order));
}

/** Whether a rule stands for another one. Of two that fit the same packets it is the one with the simpler words. */
function stands(rule: Granted, other: Granted): boolean {
  if (rule === other || !covers(rule.rule, other.rule)) {
    return false;
  }
  return !covers(other.rule, rule.rule) || compareText(rule.order, other.order) < 0;
}

function isAccepting(rule: FirewallRule): rule is FirewallPacketRule {
  return rule.direction !== 'GROUP' && rule.action === 'ACCEPT';
}

function permissionRule({ direction, port }: Permission, address: string): FirewallPacketRule {
  return {
    direction,
    action: 'ACCEPT',
    ...(port.macro === undefined ? {} : { macro: port.macro }),
    ...(direction === 'IN' ? { source: address } : { dest: address }),
    ...(port.protocol === undefined ? {} : { proto: port.protocol }),
    ...(port.ports === undefined ? {} : { dport: port.ports }),
    ...(port.icmpType === undefined ? {} : { icmpType: port.icmpType }),
  };
}

/** Ports with leading zeros, so that text order is number order. Macros come last, so that plain words stand for them. */
function portOrder({ protocol, ports = '', icmpType = '', macro }: Port): string {
  const numbers = ports.split(':').map((part) => part.padStart(5, '0'));
  return `${protocol ?? `~${macro}`} ${numbers.join(':')}${icmpType}`;
}
