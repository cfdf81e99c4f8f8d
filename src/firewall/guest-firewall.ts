import { renderFirewall } from '../format/firewall-file.js';
import type { FirewallAlias, FirewallFile, FirewallIpset, FirewallRule } from '../format/firewall-model.js';
import type { SpecOf } from '../model/fields.js';
import type { Permission } from './connections.js';
import type { FilteredNic } from './filtered-nic.js';
import { ipFilterSets } from './ip-filter-sets.js';
import { entryOf } from './ip-set-entry.js';
import { optionWords } from './option-words.js';
import { permissionRules } from './permission-rules.js';
import { ruleOf } from './rule.js';
import type { guestFirewallField } from './schema.js';

/** What a guest says of its firewall, defaults filled in. */
export type GuestFirewallValues = SpecOf<(typeof guestFirewallField)['fields']>;

/** The firewall of a guest, complete and plain. */
export interface GuestFirewallSpec {
  readonly enabled: boolean;
  readonly inbound: 'ACCEPT' | 'DROP' | 'REJECT';
  readonly outbound: 'ACCEPT' | 'DROP' | 'REJECT';
  /** Options as the file names them. */
  readonly options: Readonly<Record<string, string>>;
  readonly aliases: readonly FirewallAlias[];
  readonly ipsets: readonly FirewallIpset[];
  readonly rules: readonly FirewallRule[];
  /** Steps that make the names of the cluster that the rules use. */
  readonly needs: readonly string[];
}

/**
 * The guest's own rules in their order, then those that connections come to. A permission that the policy or a rule of its own grants
 * anyway needs no rule.
 */
export function guestFirewall(
  own: GuestFirewallValues,
  permissions: readonly Permission[],
  /** What has to be done before names of the cluster may be used. */
  clusterEntries: readonly string[],
  /** The devices of a machine; those of a container Proxmox knows itself. */
  ofMachine: readonly FilteredNic[] = [],
): GuestFirewallSpec {
  const first = own.rules.map(ruleOf);
  const rules = [...first, ...permissionRules(permissions, first, own)];
  const ipsets = own.ipSets.map(setOf);
  return {
    enabled: own.enabled,
    inbound: own.inbound,
    outbound: own.outbound,
    options: optionWords(guestOptions, own),
    aliases: own.aliases.map(({ name, cidr, comment }) => ({
      name,
      cidr,
      ...(comment === undefined ? {} : { comment }),
    })),
    ipsets: [...ipsets, ...(own.ipFilter === true ? ipFilterSets(ofMachine, ipsets) : [])],
    rules,
    needs: rules.some(usesNames) ? clusterEntries : [],
  };
}

function setOf({ name, entries, comment }: GuestFirewallValues['ipSets'][number]): FirewallIpset {
  return { name, entries: entries.map(entryOf), ...(comment === undefined ? {} : { comment }) };
}

/** The text of `/etc/pve/firewall/<VMID>.fw`. Throws `firewall/*` for what Proxmox would not enforce. */
export function guestFirewallText({ options, aliases, ipsets, rules }: GuestFirewallSpec): string {
  const file: FirewallFile = { options, aliases, ipsets, rules, groups: [] };
  return renderFirewall(file, 'guest');
}

function usesNames(rule: FirewallRule): boolean {
  return (
    rule.direction === 'GROUP' ||
    [rule.source, rule.dest].some((address) => address !== undefined && /^\+?(?:dc\/)?[a-z]/i.test(address))
  );
}

/** Names of options in the file, by the keys of the props. */
export const guestOptions = {
  enabled: 'enable',
  inbound: 'policy_in',
  outbound: 'policy_out',
  dhcp: 'dhcp',
  ndp: 'ndp',
  radv: 'radv',
  macFilter: 'macfilter',
  ipFilter: 'ipfilter',
  logLevelIn: 'log_level_in',
  logLevelOut: 'log_level_out',
} as const;
