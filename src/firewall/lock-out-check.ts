import type { Check, World } from '../core/resource.js';
import type { FirewallPacketRule, FirewallRule } from '../format/firewall-model.js';
import type { Finding } from '../model/finding.js';
import { isClusterFirewallResource, isHostFirewallResource } from './roles.js';
import { covers } from './rule-cover.js';

/**
 * Whether somebody can still administer the hosts. Proxmox tries the host's rules, then those of the cluster, then lets the set `management`
 * and the host's own network in to the web interface, consoles and ssh, and only then comes to its policy.
 */
export const lockOutCheck: Check = { name: 'firewall/lock-out', test: lockOut };

function* lockOut(world: World): Iterable<Finding> {
  const [cluster] = world.of(isClusterFirewallResource);
  if (cluster?.spec.options['enable'] !== '1') {
    return;
  }
  const hosts = world.of(isHostFirewallResource).filter(({ spec }) => spec.options['enable'] !== '0');
  for (const { path, spec } of hosts.length > 0 ? hosts : [cluster]) {
    const rules = spec === cluster.spec ? spec.rules : [...spec.rules, ...cluster.spec.rules];
    const blocked = doors.filter((door) => isShut(rules, door));
    if (blocked.length > 0) {
      yield {
        code: 'firewall/lock-out',
        severity: 'error',
        path,
        message: `a rule shuts out everybody from ${blocked.map(({ dport }) => `port ${dport}`).join(' and ')} before any rule lets somebody in`,
        fix: 'let the administrators in by a rule before it: { source: admins, protocol: "tcp", ports: "22,8006" }',
      };
    }
  }
  const isOpen = cluster.spec.options['policy_in'] === 'ACCEPT';
  const managed = cluster.spec.ipsets.some(({ name, entries }) => name === 'management' && entries.length > 0);
  const opened = [cluster, ...hosts].some(({ spec }) =>
    spec.rules.some((rule) => doors.some((door) => opens(rule, door))),
  );
  if (!cluster.spec.imported && !isOpen && !managed && !opened) {
    yield {
      code: 'firewall/lock-out',
      severity: 'warning',
      path: cluster.path,
      message: 'with the firewall on, only the network of the host itself reaches the web interface and ssh',
      fix: 'if you come from elsewhere, make an IpSet `management` of the addresses you come from',
    };
  }
}

const doors: readonly FirewallPacketRule[] = [8006, 22].map((port) => ({
  direction: 'IN',
  action: 'ACCEPT',
  proto: 'tcp',
  dport: String(port),
}));

/** Whether a rule for everybody drops what knocks at the door, and none before it lets anybody in. */
function isShut(rules: readonly FirewallRule[], door: FirewallPacketRule): boolean {
  for (const rule of rules) {
    if (opens(rule, door)) {
      return false;
    }
    if (rule.direction !== 'GROUP' && rule.action !== 'ACCEPT' && covers(rule, door)) {
      return true;
    }
  }
  return false;
}

/** Whether a rule lets somebody in. A group may; only its rules would tell. */
function opens(rule: FirewallRule, door: FirewallPacketRule): boolean {
  if (rule.direction === 'GROUP') {
    return rule.disabled !== true;
  }
  const { source: _source, dest: _dest, iface: _iface, ...anybody } = rule;
  return rule.action === 'ACCEPT' && covers(anybody, door);
}
