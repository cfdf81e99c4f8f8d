import type { Check, Completed, World } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import {
  type FilteredSpec,
  isClusterFirewallResource,
  isFiltered,
  isHostFirewallResource,
  type SharedFirewallSpec,
} from './roles.js';

/** A rule of a guest acts only while three switches are on: of the datacenter, of the guest, and of the network device. */
export const switchCheck: Check = { name: 'firewall/switches', test: switches };

function* switches(world: World): Iterable<Finding> {
  const filtered = world.of(isFiltered).filter(({ spec }) => spec.firewall !== undefined);
  const [cluster, ...others] = world.of(isClusterFirewallResource);
  yield* clusterSwitch(cluster, filtered, world);
  for (const other of others) {
    yield {
      code: 'firewall/cluster-twice',
      severity: 'error',
      path: other.path,
      message: `${cluster?.path} looks after cluster.fw already, and each would take out what the other one puts in`,
      fix: 'keep one of them; a further cluster takes an app of its own',
    };
  }
  for (const entry of filtered) {
    yield* guestSwitches(entry);
  }
  yield* hostSwitches(filtered, world);
  yield* forwarding(world);
}

function* clusterSwitch(
  cluster: Completed<SharedFirewallSpec> | undefined,
  filtered: readonly Completed<FilteredSpec>[],
  world: World,
): Iterable<Finding> {
  const guests = filtered.filter(isFiltering).length;
  const hosts = world.of(isHostFirewallResource);
  const concerned = `the rules of ${guests} guests and ${hosts.length} hosts act`;
  const [first] = [...filtered, ...hosts];
  const enable = cluster?.spec.options['enable'];
  if (first === undefined || guests + hosts.length === 0 || enable === '1') {
    return;
  }
  if (cluster === undefined) {
    yield {
      code: 'firewall/datacenter-switch',
      severity: 'warning',
      path: first.home.host.node.path,
      message: `${concerned} only while the firewall of the datacenter is on, which this program does not look after`,
      fix: 'declare a ClusterFirewall, or see that /etc/pve/firewall/cluster.fw has `enable: 1` and lets you in',
    };
  } else {
    yield {
      code: 'firewall/datacenter-switch',
      severity: enable === '0' ? 'warning' : 'info',
      path: cluster.path,
      message: `${concerned} only while the firewall of the datacenter is on, which ${enable === '0' ? 'it is not' : 'the program leaves as it is'}`,
      fix: 'give the ClusterFirewall `enabled: true`',
    };
  }
}

function* guestSwitches({ path, spec }: Completed<FilteredSpec>): Iterable<Finding> {
  const { firewall } = spec;
  const nics = [...(spec.nic === undefined ? [] : [spec.nic]), ...spec.nics];
  const open = nics.filter((nic) => !nic.firewall);
  if (firewall === undefined || spec.template) {
    return;
  }
  if (!firewall.enabled) {
    if (firewall.rules.length > 0) {
      yield {
        code: 'firewall/guest-switch',
        severity: 'info',
        path,
        message: `its ${firewall.rules.length} rules filter nothing, because its firewall is off (\`enabled: false\`)`,
        fix: 'take `enabled` out of its `firewall`',
      };
    }
  } else if (open.length > 0) {
    yield {
      code: 'firewall/nic-switch',
      severity: open.length === nics.length ? 'warning' : 'info',
      path,
      message: `its firewall is on, and does not filter ${open.map(({ number }) => `net${number}`).join(', ')}, which say${open.length === 1 ? 's' : ''} \`firewall: false\``,
      fix: 'take `firewall` out of the network device',
    };
  }
}

/** The switch of a host is for the host alone: guests on it go on filtering, and rules of the datacenter go with those of the host. */
function* hostSwitches(filtered: readonly Completed<FilteredSpec>[], world: World): Iterable<Finding> {
  for (const { path, spec, home } of world.of(isHostFirewallResource)) {
    const guests = filtered.filter((guest) => guest.home.host === home.host && isFiltering(guest)).length;
    if (spec.options['enable'] === '0' && guests + spec.rules.length > 0) {
      yield {
        code: 'firewall/host-switch',
        severity: guests > 0 ? 'warning' : 'info',
        path,
        message: `${home.host.hostName} itself is open (\`enabled: false\`): its ${spec.rules.length} rules and those of the datacenter filter nothing there, while ${guests} of its guests are filtered`,
        value: guests,
        fix: 'take `enabled` out of the HostFirewall, or acknowledge it',
      };
    }
  }
}

function isFiltering({ spec }: Completed<FilteredSpec>): boolean {
  return spec.firewall?.enabled === true && !spec.template;
}

function* forwarding(world: World): Iterable<Finding> {
  const hosts = world.of(isHostFirewallResource);
  const withNftables = new Set(
    hosts.filter(({ spec }) => spec.options['nftables'] === '1').map(({ home }) => home.host),
  );
  for (const { path, spec, home } of [...hosts, ...world.of(isClusterFirewallResource)]) {
    const forwards =
      'policy_forward' in spec.options ||
      [spec.rules, ...spec.groups.map(({ rules }) => rules)].flat().some(({ direction }) => direction === 'FORWARD');
    if (forwards && !withNftables.has(home.host)) {
      yield {
        code: 'firewall/forward-nftables',
        severity: 'warning',
        path,
        message: `what it says of forwarded packets acts only with nftables, which ${home.host.hostName} is not known to use`,
        fix: 'give the HostFirewall `nftables: true`, or filter at the guests',
      };
    }
  }
}
