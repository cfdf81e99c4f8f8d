import { parseFirewall, renderFirewallRule } from '../../format/firewall-file.js';
import { macroNamed } from '../../format/firewall-macros.js';
import { type FirewallFile, type FirewallRule, firewallProblems } from '../../format/firewall-model.js';
import { spelledForProxmox } from '../../format/firewall-spelling.js';
import { parseBoolean } from '../../format/lists.js';
import type { Draft } from './draft.js';
import type { Literal, LiteralRecord } from './literal.js';

/**
 * The guest's firewall file as props. A file with something in it that Proxmox does not enforce is left on the host as it is: props would
 * say it, or leave it out, and either changes what people believe to be in force.
 */
export function takeFirewall(draft: Draft, text: string | undefined): void {
  if (text === undefined) {
    return;
  }
  const { oddities, ...file } = parseFirewall(text);
  const trouble = oddities[0] ?? firewallProblems(file, 'guest')[0]?.message ?? misspelled(file) ?? unsaid(file);
  const firewall = propsOf(file);
  if (trouble === undefined && draft.accepts({ firewall })) {
    draft.props['firewall'] = firewall;
  } else {
    const path = `/etc/pve/firewall/${draft.guest.vmid}.fw`;
    draft.remark('host', 'firewall', `${path} stays as it is: ${trouble ?? '`firewall` does not take it'}`);
  }
}

const flags: Readonly<Record<string, string>> = {
  dhcp: 'dhcp',
  ndp: 'ndp',
  radv: 'radv',
  macfilter: 'macFilter',
  ipfilter: 'ipFilter',
};
const words: Readonly<Record<string, string>> = { log_level_in: 'logLevelIn', log_level_out: 'logLevelOut' };
const policies: readonly (readonly [option: string, prop: string, otherwise: string])[] = [
  ['policy_in', 'inbound', 'DROP'],
  ['policy_out', 'outbound', 'ACCEPT'],
];

/** Props correct the spelling, and a rule that did nothing would act. */
function misspelled({ rules }: FirewallFile): string | undefined {
  const lines = rules.map((rule) => [renderFirewallRule(rule), renderFirewallRule(spelledForProxmox(rule))]);
  const [written] = lines.find(([own, spelled]) => own !== spelled) ?? [];
  return written === undefined ? undefined : `Proxmox enforces nothing of \`${written}\`, for its capital letters`;
}

function unsaid({ options, groups }: FirewallFile): string | undefined {
  const known = [...Object.keys(flags), ...Object.keys(words), 'enable', 'policy_in', 'policy_out'];
  const option = Object.keys(options).find((name) => !known.includes(name));
  return option === undefined
    ? groups.length === 0
      ? undefined
      : 'it holds groups'
    : `no prop says its option ${option}`;
}

function propsOf({ options, aliases, ipsets, rules }: FirewallFile): LiteralRecord {
  const props: Record<string, Literal> = {};
  if (options['enable'] !== '1') {
    props['enabled'] = false;
  }
  for (const [option, prop, otherwise] of policies) {
    const policy = options[option] ?? otherwise;
    Object.assign(props, policy === otherwise ? {} : { [prop]: policy });
  }
  for (const [option, prop] of Object.entries(flags)) {
    const flag = parseBoolean(options[option] ?? '');
    Object.assign(props, flag === undefined ? {} : { [prop]: flag });
  }
  for (const [option, prop] of Object.entries(words)) {
    Object.assign(props, options[option] === undefined ? {} : { [prop]: options[option] });
  }
  if (aliases.length > 0) {
    props['aliases'] = aliases.map(({ name, cidr, comment }) => ({ name, cidr, ...commentOf(comment) }));
  }
  if (ipsets.length > 0) {
    props['ipSets'] = ipsets.map(({ name, entries, comment }) => ({
      name,
      entries: entries.map((entry) => ({
        cidr: entry.cidr,
        ...(entry.nomatch === true ? { except: true } : {}),
        ...commentOf(entry.comment),
      })),
      ...commentOf(comment),
    }));
  }
  if (rules.length > 0) {
    props['rules'] = rules.map(ruleProps);
  }
  return props;
}

/** A rule as the props of any firewall say it. */
export function ruleProps(rule: FirewallRule): LiteralRecord {
  const common: LiteralRecord = {
    ...(rule.disabled === true ? { enabled: false } : {}),
    ...commentOf(rule.comment),
  };
  const iface: LiteralRecord = rule.iface === undefined ? {} : { interface: rule.iface };
  if (rule.direction === 'GROUP') {
    return { group: rule.group, ...iface, ...common };
  }
  const said: Record<string, Literal | undefined> = {
    direction: rule.direction === 'IN' ? undefined : rule.direction,
    action: rule.action === 'ACCEPT' ? undefined : rule.action,
    macro: rule.macro === undefined ? undefined : (macroNamed(rule.macro) ?? rule.macro),
    interface: rule.iface,
    protocol: rule.proto,
    ports: rule.dport,
    sourcePorts: rule.sport,
    icmpType: rule.icmpType,
    source: rule.source,
    dest: rule.dest,
    log: rule.log,
  };
  const props: Record<string, Literal> = {};
  for (const [name, value] of Object.entries(said)) {
    if (value !== undefined) {
      props[name] = value;
    }
  }
  return { ...props, ...common };
}

export function commentOf(comment: string | undefined): LiteralRecord {
  return comment === undefined ? {} : { comment };
}
