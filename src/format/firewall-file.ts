import { PhoenixError } from '../base/errors.js';
import { sortedKeys } from '../base/stable.js';
import {
  type FirewallAlias,
  type FirewallFile,
  type FirewallGroup,
  type FirewallIpset,
  type FirewallIpsetEntry,
  type FirewallPacketRule,
  type FirewallRule,
  firewallProblems,
} from './firewall-model.js';
import type { FirewallLogLevel, FirewallScope } from './firewall-options.js';

/** A firewall file as it was found. */
export interface ParsedFirewall extends FirewallFile {
  /** One sentence with its line number for each line that is not of the grammar: Proxmox skips it and goes on. */
  readonly oddities: readonly string[];
}

/**
 * Writes a firewall file. Options are sorted; the sections stand in the only order that works, because Proxmox checks
 * names while it reads: options, aliases, sets, rules, groups. Names of aliases, sets and groups become lower case, as
 * Proxmox stores them.
 * @param scope whose file it is; without it nothing is checked that depends on that
 * @throws the problems of {@link firewallProblems}: Proxmox would keep such a rule in the file and silently not
 * enforce it
 */
export function renderFirewall(file: Partial<FirewallFile>, scope?: FirewallScope): string {
  const { options = {}, aliases = [], ipsets = [], rules = [], groups = [] } = file;
  const problems = firewallProblems({ options, aliases, ipsets, rules, groups }, scope);
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const sections = [
    ...sectionIfAny(
      '[OPTIONS]',
      sortedKeys(options).map((key) => `${key}: ${options[key]}`),
    ),
    ...sectionIfAny('[ALIASES]', aliases.map(renderFirewallAlias)),
    ...ipsets.map((set) =>
      section(`[IPSET ${set.name.toLowerCase()}]${tail(set.comment)}`, set.entries.map(renderFirewallEntry)),
    ),
    ...sectionIfAny('[RULES]', rules.map(renderFirewallRule)),
    ...groups.map((group) =>
      section(`[group ${group.name.toLowerCase()}]${tail(group.comment)}`, group.rules.map(renderFirewallRule)),
    ),
  ];
  return sections.join('\n');
}

/** The rule as one line, its options in the order Proxmox writes them. Nothing is checked. */
export function renderFirewallRule(rule: FirewallRule): string {
  const mark = rule.disabled === true ? '|' : '';
  if (rule.direction === 'GROUP') {
    return `${mark}GROUP ${rule.group}${option('-i', rule.iface)}${tail(rule.comment)}`;
  }
  const action = rule.macro === undefined ? rule.action : `${rule.macro}(${rule.action})`;
  let text = `${mark}${rule.direction} ${action}`;
  for (const [name, field] of ruleOptions) {
    text += option(name, rule[field]);
  }
  return text + tail(rule.comment);
}

/**
 * Reads a firewall file. Lines that are not of the grammar are left out and told in `oddities`. Never throws; what the
 * rules mean is judged by {@link firewallProblems}.
 */
export function parseFirewall(text: string): ParsedFirewall {
  const file: OpenFile = { options: {}, aliases: [], ipsets: [], rules: [], groups: [] };
  const oddities: string[] = [];
  let read: LineReader = skipLine;
  text.split('\n').forEach((line, index) => {
    const clean = line.trim();
    if (clean === '' || clean.startsWith('#')) {
      return;
    }
    const next = clean.startsWith('[') ? openSection(clean, file) : undefined;
    if (next !== undefined) {
      read = next;
    } else if (clean.startsWith('[')) {
      oddities.push(
        `line ${index + 1}: '${clean}' is no section of a firewall file, the lines below it have no effect`,
      );
      read = skipLine;
    } else if (!read(clean, file)) {
      oddities.push(`line ${index + 1}: '${clean}' cannot be read and has no effect`);
    }
  });
  return { ...file, oddities };
}

/** One rule's line, or `undefined` if it is none. */
export function parseFirewallRule(line: string): FirewallRule | undefined {
  const [content, comment] = splitComment(line.trim());
  const disabled = content.startsWith('|');
  const [direction = '', action = '', ...words] = (disabled ? content.slice(1) : content).trim().split(/\s+/);
  const fields = ruleFields(words);
  if (fields === undefined) {
    return undefined;
  }
  const common = { ...(disabled && { disabled: true as const }), ...(comment !== undefined && { comment }) };
  const kind = direction.toUpperCase();
  if (kind === 'GROUP') {
    const { iface, ...others } = fields;
    const isGroup = action !== '' && Object.keys(others).length === 0;
    return isGroup ? { direction: kind, group: action, ...(iface !== undefined && { iface }), ...common } : undefined;
  }
  if (kind !== 'IN' && kind !== 'OUT' && kind !== 'FORWARD') {
    return undefined;
  }
  const what = parseAction(action);
  return what && { direction: kind, ...what, ...fields, ...common };
}

type RuleField = 'iface' | 'source' | 'dest' | 'proto' | 'dport' | 'sport' | 'log' | 'icmpType';

const ruleOptions: readonly (readonly [string, RuleField])[] = [
  ['-i', 'iface'],
  ['-source', 'source'],
  ['-dest', 'dest'],
  ['-p', 'proto'],
  ['-dport', 'dport'],
  ['-sport', 'sport'],
  ['-log', 'log'],
  ['-icmp-type', 'icmpType'],
];

const fieldOfOption: ReadonlyMap<string, RuleField> = new Map([
  ...ruleOptions,
  ['-iface', 'iface'] as const,
  ['-proto', 'proto'] as const,
]);

function option(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` ${name} ${value}`;
}

function tail(comment: string | undefined): string {
  return comment === undefined ? '' : ` # ${comment}`;
}

/** The alias as one line. Nothing is checked. */
export function renderFirewallAlias(alias: FirewallAlias): string {
  return `${alias.name.toLowerCase()} ${alias.cidr}${tail(alias.comment)}`;
}

/** A member of a set as one line. Nothing is checked. */
export function renderFirewallEntry(entry: FirewallIpsetEntry): string {
  return `${entry.nomatch === true ? '!' : ''}${entry.cidr}${tail(entry.comment)}`;
}

function sectionIfAny(header: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [section(header, lines)];
}

function section(header: string, lines: readonly string[]): string {
  return lines.length === 0 ? `${header}\n` : `${header}\n\n${lines.join('\n')}\n`;
}

/** A firewall file while it is read. */
interface OpenFile extends FirewallFile {
  readonly options: Record<string, string>;
  readonly aliases: FirewallAlias[];
  readonly ipsets: FirewallIpset[];
  readonly rules: FirewallRule[];
  readonly groups: FirewallGroup[];
}

/** Takes one line into the file; false if it is not of the section's grammar. */
type LineReader = (line: string, file: OpenFile) => boolean;

const skipLine: LineReader = () => false;

function openSection(line: string, file: OpenFile): LineReader | undefined {
  const [header, comment] = splitComment(line);
  const [, word = '', name = ''] = /^\[(\w+)(?:\s+([^\s\]]+))?\s*\]$/.exec(header) ?? [];
  const about = comment === undefined ? {} : { comment };
  switch (`${word.toLowerCase()}${name === '' ? '' : ' NAME'}`) {
    case 'options':
      return readOption;
    case 'aliases':
      return readAlias;
    case 'rules':
      return ruleReader(file.rules);
    case 'ipset NAME': {
      const entries: FirewallIpsetEntry[] = [];
      file.ipsets.push({ name: name.toLowerCase(), ...about, entries });
      return entryReader(entries);
    }
    case 'group NAME': {
      const rules: FirewallRule[] = [];
      file.groups.push({ name: name.toLowerCase(), ...about, rules });
      return ruleReader(rules);
    }
    default:
      return undefined;
  }
}

function readOption(line: string, file: OpenFile): boolean {
  const colon = line.indexOf(':');
  const key = line.slice(0, colon);
  const value = line.slice(colon + 1).trim();
  if (colon < 1 || value === '' || !/^[a-z]\w*$/.test(key)) {
    return false;
  }
  file.options[key] = value;
  return true;
}

function readAlias(line: string, file: OpenFile): boolean {
  const [content, comment] = splitComment(line);
  const [, name, cidr] = /^(\S+)\s(\S+)$/.exec(content) ?? [];
  if (name === undefined || cidr === undefined) {
    return false;
  }
  file.aliases.push({ name: name.toLowerCase(), cidr, ...(comment !== undefined && { comment }) });
  return true;
}

function entryReader(entries: FirewallIpsetEntry[]): LineReader {
  return (line) => {
    const [content, comment] = splitComment(line);
    const nomatch = content.startsWith('!');
    const cidr = nomatch ? content.slice(1).trim() : content;
    if (cidr === '' || /\s/.test(cidr)) {
      return false;
    }
    entries.push({ cidr, ...(nomatch && { nomatch: true as const }), ...(comment !== undefined && { comment }) });
    return true;
  };
}

function ruleReader(rules: FirewallRule[]): LineReader {
  return (line) => {
    const rule = parseFirewallRule(line);
    if (rule === undefined) {
      return false;
    }
    rules.push(rule);
    return true;
  };
}

/** What stands before the first `#`, and the comment behind it. No value can hold a `#`. */
function splitComment(line: string): readonly [content: string, comment: string | undefined] {
  const hash = line.indexOf('#');
  if (hash < 0) {
    return [line, undefined];
  }
  const comment = line.slice(hash + 1).trim();
  return [line.slice(0, hash).trim(), comment === '' ? undefined : comment];
}

function parseAction(text: string): Pick<FirewallPacketRule, 'action' | 'macro'> | undefined {
  const [, macro, inner = text] = /^([A-Za-z0-9]+)\((\w+)\)$/.exec(text) ?? [];
  const action = inner.toUpperCase();
  if (action !== 'ACCEPT' && action !== 'DROP' && action !== 'REJECT') {
    return undefined;
  }
  return macro === undefined ? { action } : { action, macro };
}

/** As they stand in the file: a log level may still be none of the known ones. */
type RuleFields = Partial<Record<Exclude<RuleField, 'log'>, string>> & { log?: FirewallLogLevel };

function ruleFields(words: readonly string[]): RuleFields | undefined {
  const fields: Partial<Record<RuleField, string>> = {};
  for (let i = 0; i < words.length; i += 2) {
    const field = fieldOfOption.get(words[i] ?? '');
    const value = words[i + 1];
    if (field === undefined || value === undefined || fields[field] !== undefined) {
      return undefined;
    }
    fields[field] = value;
  }
  return fields as RuleFields;
}
