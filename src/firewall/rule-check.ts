import { nearest } from '../base/nearest.js';
import type { Check, Completed, World } from '../core/resource.js';
import { renderFirewallRule } from '../format/firewall-file.js';
import type { FirewallIpset, FirewallPacketRule, FirewallRule } from '../format/firewall-model.js';
import { protocolNames, protocolNumber } from '../format/firewall-protocols.js';
import { isAliasReference, readAddressSpec } from '../format/firewall-values.js';
import type { Finding } from '../model/finding.js';
import { Alias } from './alias.js';
import { IpSet } from './ip-set.js';
import {
  constructsOf,
  type FilteredSpec,
  isClusterFirewallResource,
  isFiltered,
  isHostFirewallResource,
} from './roles.js';
import { covers } from './rule-cover.js';
import { SecurityGroup } from './security-group.js';

/** Rules and members of sets that stand in a file and cannot take effect: Proxmox keeps them, and says so in its log at best. */
export const ruleCheck: Check = { name: 'firewall/rules', test: rules };

function* rules(world: World): Iterable<Finding> {
  const names = namesOf(world);
  for (const { path, spec } of world.of(isClusterFirewallResource)) {
    yield* deadRules(path, spec.rules, names, noNames);
    yield* deadMembers(path, spec.ipsets, names, noNames);
    for (const group of spec.groups) {
      yield* deadRules(path, group.rules, names, noNames, `group ${group.name}: `);
    }
  }
  for (const { path, spec } of world.of(isHostFirewallResource)) {
    yield* deadRules(path, spec.rules, names, noNames);
  }
  for (const entry of world.of(isFiltered)) {
    const { firewall } = entry.spec;
    if (firewall !== undefined) {
      const own = {
        aliases: new Set(firewall.aliases.map(({ name }) => name.toLowerCase())),
        ipsets: new Map(firewall.ipsets.map(({ name, entries }) => [name.toLowerCase(), entries.length])),
        groups: new Set<string>(),
      };
      yield* deadRules(entry.path, firewall.rules, names, own);
      yield* deadMembers(entry.path, firewall.ipsets, names, own);
      yield* unknownInterfaces(entry);
      yield* otherFamily(entry);
    }
  }
}

/** Names that rules may use, sets with the number of their members, if that is known. */
interface Names {
  readonly aliases: ReadonlySet<string>;
  readonly ipsets: ReadonlyMap<string, number | undefined>;
  readonly groups: ReadonlySet<string>;
}

const noNames: Names = { aliases: new Set(), ipsets: new Map(), groups: new Set() };

/** What the app says of the cluster, imported names included. */
function namesOf(world: World): Names {
  const [first] = world.resources;
  const all = first === undefined ? [] : constructsOf(first.resource);
  return {
    aliases: new Set(['local_network', ...all.filter(Alias.isAlias).map(({ aliasName }) => aliasName)]),
    ipsets: new Map([
      ['management', undefined],
      ...all.filter(IpSet.isIpSet).map((set) => [set.setName, set.entry?.entries.length] as const),
    ]),
    groups: new Set(all.filter(SecurityGroup.isSecurityGroup).map(({ groupName }) => groupName)),
  };
}

function* deadRules(
  path: string,
  list: readonly FirewallRule[],
  cluster: Names,
  own: Names,
  place = '',
): Iterable<Finding> {
  for (const [index, rule] of list.entries()) {
    if (rule.disabled !== true) {
      const before = list.slice(0, index);
      const fault =
        nameFault(rule, cluster, own) ??
        (rule.direction === 'GROUP' ? undefined : (protocolFault(rule) ?? shadow(rule, before)));
      if (fault !== undefined) {
        yield { ...fault, path, message: `${place}\`${renderFirewallRule(rule)}\` ${fault.message}` };
      }
    }
  }
}

/** Proxmox skips a member whose alias there is not. */
function* deadMembers(path: string, sets: readonly FirewallIpset[], cluster: Names, own: Names): Iterable<Finding> {
  for (const { name, entries } of sets) {
    for (const { cidr } of entries) {
      const fault = addressFault(cidr, cluster, own);
      if (fault !== undefined) {
        yield { ...fault, path, message: `\`${cidr}\` of the set ${name} ${fault.message}` };
      }
    }
  }
}

interface Fault {
  readonly code: string;
  readonly severity: 'warning';
  readonly message: string;
  readonly fix: string;
}

function shadow(rule: FirewallPacketRule, before: readonly FirewallRule[]): Fault | undefined {
  const first = before.find((other) => other.direction !== 'GROUP' && covers(other, rule));
  return (
    first && {
      code: 'firewall/shadowed',
      severity: 'warning',
      message: `never acts: \`${renderFirewallRule(first)}\` before it fits the same packets`,
      fix: 'put it before the other one, or take it out',
    }
  );
}

/** A host may know more than its distribution's list, so it is no error. */
function protocolFault({ proto }: FirewallPacketRule): Fault | undefined {
  if (proto === undefined || protocolNumber(proto) !== undefined) {
    return undefined;
  }
  const like = nearest(proto, protocolNames);
  return {
    code: 'firewall/protocol',
    severity: 'warning',
    message: `has no effect: Proxmox knows no protocol ${proto}`,
    fix: like === undefined ? 'use a name or number of /etc/protocols' : `use ${like}`,
  };
}

function nameFault(rule: FirewallRule, cluster: Names, own: Names): Fault | undefined {
  if (rule.direction === 'GROUP') {
    return cluster.groups.has(rule.group) ? undefined : undefinedName(`group ${rule.group}`, 'SecurityGroup');
  }
  for (const address of [rule.source, rule.dest]) {
    const fault = address === undefined ? undefined : addressFault(address, cluster, own);
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

function addressFault(address: string, cluster: Names, own: Names): Fault | undefined {
  const [, plus, scope, name = ''] = /^(\+?)(?:(dc|guest|sdn)\/)?(.*)$/.exec(address) ?? [];
  const scopes = [...(scope === 'dc' ? [] : [own]), ...(scope === 'guest' ? [] : [cluster])];
  if (plus === '+' && scope !== 'sdn') {
    const known = scopes.find(({ ipsets }) => ipsets.has(name));
    if (known?.ipsets.get(name) === 0) {
      return {
        code: 'firewall/empty-set',
        severity: 'warning',
        message: `fits nothing: the set ${name} is empty`,
        fix: 'give the set members, or take the rule out',
      };
    }
    return known === undefined ? undefinedName(`set ${name}`, 'IpSet', scope) : undefined;
  }
  const isKnown =
    plus === '+' || !isAliasReference(address) || scopes.some(({ aliases }) => aliases.has(name.toLowerCase()));
  return isKnown ? undefined : undefinedName(`alias ${name}`, 'Alias', scope);
}

function undefinedName(what: string, kind: string, scope?: string): Fault {
  return {
    code: 'firewall/undefined',
    severity: 'warning',
    message: `acts only if there is a ${what}, which the program does not know`,
    fix:
      scope === 'guest'
        ? 'define it in the `firewall` of the guest'
        : `pass the ${kind} itself; ${kind}.fromName names one that others look after`,
  };
}

function* unknownInterfaces({ path, spec }: Completed<FilteredSpec>): Iterable<Finding> {
  const nics = [...(spec.nic === undefined ? [] : [spec.nic]), ...spec.nics].map(({ number }) => `net${number}`);
  const { rules: list = [], ipsets = [] } = spec.firewall ?? {};
  const used = [
    ...list.map((rule) => ({ name: rule.iface, what: `the rule \`${renderFirewallRule(rule)}\`` })),
    ...ipsets.map((set) => ({ name: /^ipfilter-(.*)$/.exec(set.name)?.[1], what: `the set ${set.name}` })),
  ];
  for (const { name, what } of used) {
    if (name !== undefined && !nics.includes(name)) {
      yield {
        code: 'firewall/no-interface',
        severity: 'warning',
        path,
        message: `${what} is for ${name}, and the guest has ${nics.join(', ') || 'no network device'}`,
        value: name,
        fix: 'name a network device of the guest, or all by leaving the interface out',
      };
    }
  }
}

/** Without an IPv6 address a guest is reached by IPv6 from its own link alone. */
function* otherFamily({ path, spec }: Completed<FilteredSpec>): Iterable<Finding> {
  const nics = [...(spec.nic === undefined ? [] : [spec.nic]), ...spec.nics];
  const hasIpv6 = nics.some(({ ip6 }) => ip6 !== undefined);
  for (const rule of spec.firewall?.rules ?? []) {
    const families = rule.direction === 'GROUP' ? [] : [rule.source, rule.dest].map(familyOf);
    if (!hasIpv6 && families.includes(6)) {
      yield {
        code: 'firewall/family',
        severity: 'info',
        path,
        message: `\`${renderFirewallRule(rule)}\` speaks of IPv6, and no network device of the guest has such an address`,
        fix: 'give it `ip6`, or take the rule out',
      };
    }
  }
}

function familyOf(address: string | undefined): 4 | 6 | undefined {
  const reading = address === undefined ? undefined : readAddressSpec(address);
  return reading !== undefined && 'family' in reading ? reading.family : undefined;
}
