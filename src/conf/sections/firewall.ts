import { Alias, type AliasProps, aliasTable } from '../../firewall/alias.js';
import { ClusterFirewall } from '../../firewall/cluster-firewall.js';
import { HostFirewall } from '../../firewall/host-firewall.js';
import type { HostFirewallProps } from '../../firewall/host-firewall-props.js';
import { IpSet, type IpSetProps, ipSetTable } from '../../firewall/ip-set.js';
import type { ClusterFirewallProps } from '../../firewall/props.js';
import { clusterFields, hostFields } from '../../firewall/schema.js';
import { groupTable, SecurityGroup, type SecurityGroupProps } from '../../firewall/security-group.js';
import type { Fields } from '../../model/fields.js';
import type { LoadContext } from '../load-context.js';
import { resolved } from '../resolve.js';
import { type ConfigSection, namedSection, sectionOfSections } from '../section.js';
import { existing, existingField } from './existing.js';

const aliasesSection = namedSection({
  key: 'aliases',
  doc: 'Names for addresses, for all hosts and guests.',
  kind: 'firewall address',
  fields: { ...aliasTable.fields, existing: existingField },
  make: (scope, name, props) =>
    existing(props, () => Alias.fromName(scope, name)) ?? new Alias(scope, name, props as unknown as AliasProps),
});

const setsSection = namedSection({
  key: 'ipSets',
  doc: 'Sets of addresses, for all hosts and guests.',
  kind: 'firewall address',
  fields: { ...ipSetTable.fields, existing: existingField },
  make: (scope, name, props) =>
    existing(props, () => IpSet.fromName(scope, name)) ?? new IpSet(scope, name, props as IpSetProps),
});

const groupsSection = namedSection({
  key: 'securityGroups',
  doc: 'Rules under one name, for the firewalls of guests and hosts.',
  kind: 'security group',
  fields: { ...groupTable.fields, existing: existingField },
  make: (scope, name, props) =>
    existing(props, () => SecurityGroup.fromName(scope, name)) ??
    new SecurityGroup(scope, name, props as SecurityGroupProps),
});

const clusterSection = single(
  'cluster',
  'Firewall of the datacenter, without which no other one filters.',
  { ...clusterFields, existing: existingField },
  (props, context) => {
    const scope = context.scope('firewall', 'cluster-firewall');
    const found = existing(
      props,
      ({ enabled }) =>
        ClusterFirewall.fromExisting(scope, 'cluster-firewall', typeof enabled === 'boolean' ? { enabled } : {}),
      ['enabled'],
    );
    return found ?? new ClusterFirewall(scope, 'cluster-firewall', props as ClusterFirewallProps);
  },
);

const hostSection = single('host', 'Firewall of the host.', hostFields, (props, context) => {
  const scope = context.scope('firewall', 'host-firewall');
  return new HostFirewall(scope, 'host-firewall', props as HostFirewallProps);
});

/** Firewalls beside those of guests: what is of the whole datacenter, and that of the host. */
export const firewallSection: ConfigSection = sectionOfSections('firewall', 'Firewalls of datacenter and host.', [
  aliasesSection,
  setsSection,
  groupsSection,
  clusterSection,
  hostSection,
]);

/** A section that is one thing. */
function single(
  key: string,
  doc: string,
  fields: Fields,
  make: (props: Readonly<Record<string, unknown>>, context: LoadContext) => object,
): ConfigSection {
  return {
    key,
    doc,
    fields,
    named: false,
    load: (value, place, context) => {
      context.attempt(place, () => make(resolved(fields, value, place, context), context));
    },
  };
}
