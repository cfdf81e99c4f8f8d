import {
  parseFirewall,
  renderFirewallAlias,
  renderFirewallEntry,
  renderFirewallRule,
} from '../../format/firewall-file.js';
import { firewallProblems } from '../../format/firewall-model.js';
import { commentOf, ruleProps } from './guest-firewall.js';
import type { Literal, LiteralRecord } from './literal.js';
import type { NodeConstruct } from './node-construct.js';

export interface AdoptedFirewall {
  readonly constructs: readonly NodeConstruct[];
  /** What of the file is not in the program. */
  readonly left: readonly string[];
}

/**
 * The firewall of the datacenter as constructs. Entries that are there as the program says them stay as they are, and stay somebody else's;
 * rules cannot be told apart that way, and are left to the file.
 */
export function adoptClusterFirewall(text: string): AdoptedFirewall {
  const { oddities, ...file } = parseFirewall(text);
  const trouble = oddities[0] ?? firewallProblems(file, 'cluster')[0]?.message;
  if (text.trim() === '' || trouble !== undefined) {
    return { constructs: [], left: trouble === undefined ? [] : [`all of it: ${trouble}`] };
  }
  const lines = new Set(text.split('\n').map(bare));
  const isThere = (rendered: string) => lines.has(bare(rendered));
  const left: string[] = [];
  const constructs: NodeConstruct[] = [];
  const add = (what: string, name: string, isLegal: boolean, construct: Omit<NodeConstruct, 'name'>) => {
    if (isLegal) {
      constructs.push({ name, ...construct });
    } else {
      left.push(`${what} ${name}`);
    }
  };
  for (const alias of file.aliases) {
    const props = { cidr: alias.cidr, ...commentOf(alias.comment) };
    add('alias', alias.name, isThere(renderFirewallAlias(alias)), { className: 'Alias', nameProp: 'aliasName', props });
  }
  for (const { name, entries, comment } of file.ipsets) {
    const said = entries.map(
      ({ cidr, nomatch, comment: why }): LiteralRecord => ({
        cidr,
        ...(nomatch === true ? { except: true } : {}),
        ...commentOf(why),
      }),
    );
    const props = { entries: said, ...commentOf(comment) };
    const isLegal = entries.every((entry) => isThere(renderFirewallEntry(entry)));
    add('set', name, isLegal, { className: 'IpSet', nameProp: 'setName', props });
  }
  for (const { name, rules, comment } of file.groups) {
    const props = { rules: rules.map(ruleProps), ...commentOf(comment) };
    const isLegal = rules.every(
      (rule) => rule.direction !== 'GROUP' && rule.iface === undefined && isThere(renderFirewallRule(rule)),
    );
    add('group', name, isLegal, { className: 'SecurityGroup', nameProp: 'groupName', props });
  }
  if (file.rules.length > 0) {
    left.push(file.rules.length === 1 ? 'its rule' : `its ${file.rules.length} rules`);
  }
  const options = optionsOf(file.options, left);
  return { constructs: [{ className: 'ClusterFirewall', name: 'firewall', props: options }, ...constructs], left };
}

const policies: Readonly<Record<string, string>> = {
  policy_in: 'inbound',
  policy_out: 'outbound',
  policy_forward: 'forward',
};
const flags: Readonly<Record<string, string>> = { enable: 'enabled', ebtables: 'ebtables' };

function optionsOf(options: Readonly<Record<string, string>>, left: string[]): LiteralRecord {
  const props: Record<string, Literal> = {};
  for (const [option, value] of Object.entries(options)) {
    const policy = policies[option];
    const flag = flags[option];
    if (policy !== undefined) {
      props[policy] = value;
    } else if (flag !== undefined && (value === '0' || value === '1')) {
      props[flag] = value === '1';
    } else {
      left.push(`the option ${option}`);
    }
  }
  return props;
}

function bare(line: string): string {
  return line
    .replace(/\s*#.*$/, '')
    .trim()
    .replace(/\s+/g, ' ');
}
