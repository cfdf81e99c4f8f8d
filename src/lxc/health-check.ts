import type { Check, Completed, World } from '../core/resource.js';
import { covers } from '../firewall/rule-cover.js';
import type { FirewallRule } from '../format/firewall-model.js';
import { isAliasReference } from '../format/firewall-values.js';
import { PveNode } from '../host/pve-node.js';
import type { Finding } from '../model/finding.js';
import { isLxcResource } from './roles.js';
import type { LxcSpec } from './spec.js';

/** The applier asks a server from the host whether it answers; a guest's firewall filters the host like everybody else. */
export const healthCheck: Check = { name: 'lxc/health-check', test: hostIsLetIn };

function* hostIsLetIn(world: World): Iterable<Finding> {
  for (const entry of world.of(isLxcResource)) {
    const { host } = entry.home;
    for (const port of PveNode.isPveNode(host) ? askedPorts(entry) : []) {
      const rules = entry.spec.firewall?.rules ?? [];
      if (PveNode.isPveNode(host) && !rules.some((rule) => mayLetIn(rule, host.address, port))) {
        yield {
          code: 'firewall/health-check',
          severity: 'warning',
          path: entry.path,
          message: `the applier asks port ${port} from the host whether the server answers, and the guest's firewall does not let ${host.address} in`,
          value: port,
          fix: `let the host in: connections.allowFrom(host, Port.tcp(${port}))`,
        };
      }
    }
  }
}

/** Ports that are asked, of a guest whose firewall lets nobody in by itself. */
function askedPorts({ spec }: Completed<LxcSpec>): number[] {
  if (!spec.started || spec.firewall?.enabled !== true || spec.firewall.inbound === 'ACCEPT') {
    return [];
  }
  return spec.services.flatMap(({ endpoint }) => {
    const [, port] = /^http:\/\/[^/:]+:(\d+)\//.exec(endpoint?.url ?? '') ?? [];
    return port === undefined ? [] : [Number(port)];
  });
}

/** Whether a rule could let packets of an address to a TCP port. What only Proxmox can look up may. */
function mayLetIn(rule: FirewallRule, address: string, port: number): boolean {
  if (rule.direction === 'GROUP') {
    return rule.disabled !== true;
  }
  const { iface: _iface, dest: _dest, source, ...rest } = rule;
  const isNamed = source !== undefined && (source.startsWith('+') || isAliasReference(source));
  return (
    rule.action === 'ACCEPT' &&
    covers(
      { ...rest, ...(source === undefined || isNamed ? {} : { source }) },
      { direction: 'IN', action: 'ACCEPT', proto: 'tcp', dport: String(port), source: address },
    )
  );
}
