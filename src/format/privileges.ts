import { addTo } from '../base/group.js';
import { compareText } from '../base/stable.js';
import type { Step, StepKind, StepOf } from '../model/step.js';
import { parseFirewall, parseFirewallRule } from './firewall-file.js';
import type { FirewallFile, FirewallRule } from './firewall-model.js';
import { type Grant, type GrantingConfig, grantsOf, mappedGrants, privilegeKinds } from './privilege-grants.js';

/** Something that a construct may do or lets others do, as the plan of the applier tells it for one that is new. */
export interface Privilege extends Grant {
  /** Construct path. */
  readonly path: string;
  readonly resource: string;
  /** Only while a template is made of the guest. */
  readonly template: boolean;
}

/** The privileges in steps, in the order in which `plan` on the host tells them. `textOf` gives the text of a file of the stack by its path. */
export function privilegesOf(steps: readonly Step[], textOf: (source: string) => string | undefined): Privilege[] {
  const together = new Map<string, Step[]>();
  for (const step of steps) {
    const scope = scopeOf(step);
    if (scope !== undefined) {
      addTo(together, scope, step);
    }
  }
  const guests = new Map(
    steps.flatMap((step) => (step.kind === 'guest-create' ? [[step.resource, step] as const] : [])),
  );
  return [...together.values()].flatMap((some) => inOrder(some, guests, textOf));
}

/** What is told together: a guest with its firewall, a file that is shared, anything else by itself. */
const scopes: { readonly [K in StepKind]?: (step: StepOf<K>) => string } = {
  'guest-config': (step) => `guest/${step.vmid}`,
  file: ({ file }) => guestOfFirewall(file.target) ?? file.target,
  'firewall-entries': (step) => step.target,
  mapping: (step) => step.id,
  run: (step) => step.id,
};

function scopeOf(step: Step): string | undefined {
  const scope = scopes[step.kind] as ((step: Step) => string) | undefined;
  return scope?.(step);
}

function guestOfFirewall(target: string): string | undefined {
  const vmid = /^\/etc\/pve\/firewall\/(\d+)\.fw$/.exec(target)?.[1];
  return vmid === undefined ? undefined : `guest/${vmid}`;
}

function inOrder(
  steps: readonly Step[],
  guests: ReadonlyMap<string, StepOf<'guest-create'>>,
  textOf: (source: string) => string | undefined,
): Privilege[] {
  const [first] = steps;
  if (first === undefined) {
    return [];
  }
  const { path, resource } = first;
  const guest = guests.get(resource);
  const found = [
    ...guestGrants(steps, guest, textOf),
    ...steps.flatMap((step) => (step.kind === 'firewall-entries' ? sharedGrants(step) : otherGrants(step))),
  ];
  const unique = new Map(found.map((grant) => [`${grant.kind}\n${grant.text}`, grant]));
  const template = steps.some(({ until }) => until !== undefined);
  return [...unique.values()]
    .sort((a, b) => rank(a) - rank(b) || compareText(a.text, b.text))
    .map((grant) => ({ path, resource, ...grant, template }));
}

function rank({ kind }: Grant): number {
  return privilegeKinds.indexOf(kind);
}

// ---- Guests

function guestGrants(
  steps: readonly Step[],
  guest: StepOf<'guest-create'> | undefined,
  textOf: (source: string) => string | undefined,
): Grant[] {
  const configs = steps.filter((step) => step.kind === 'guest-config');
  const [first] = configs;
  if (first === undefined) {
    return [];
  }
  const keys: Record<string, string> = first.type === 'lxc' ? { unprivileged: bornUnprivileged(guest) } : {};
  for (const requirement of configs.flatMap((config) => config.keys)) {
    if (requirement.is === 'exact') {
      keys[requirement.key] = requirement.value;
    }
  }
  const rules = steps.find((step) => step.kind === 'file');
  return [
    ...grantsOf(first.type, { keys, raw: configs.flatMap(({ raw = [] }) => raw) }),
    ...guestOpenings(keys, rules === undefined ? undefined : textOf(rules.file.source)),
  ];
}

function bornUnprivileged(guest: StepOf<'guest-create'> | undefined): string {
  return guest?.source.from === 'archive' && !guest.source.unprivileged ? '0' : '1';
}

/** Who is behind no firewall is open to everybody, whatever the rules say. */
function guestOpenings(keys: GrantingConfig['keys'], text = ''): Grant[] {
  const cards = Object.keys(keys)
    .filter((key) => /^net\d+$/.test(key))
    .sort(compareText);
  const isBehind = (card: string) => /(?:^|,)firewall=(?:1|on|yes|true)(?:,|$)/.test(keys[card] ?? '');
  const outside = cards.filter((card) => !isBehind(card));
  const behind = cards.filter(isBehind);
  const file = parseFirewall(text);
  const isFiltered = !isOff(file.options['enable'] ?? '0');
  return [
    ...(outside.length > 0 ? [everyPort(`no firewall on ${outside.join(' ')}`)] : []),
    ...(behind.length > 0 && !isFiltered ? [everyPort('its firewall is off')] : []),
    ...(cards.length > 0 && outside.length === 0 && isFiltered && isOff(file.options['macfilter'] ?? '1')
      ? [{ kind: 'filter', text: 'any MAC address (macfilter: 0)' } as const]
      : []),
    ...(isFiltered ? ruleOpenings(file, behind) : []),
  ];
}

// ---- Firewalls

/** What rules and policy let in, for guests by the network cards that are behind the firewall. */
function ruleOpenings({ options, rules }: Pick<FirewallFile, 'options' | 'rules'>, cards?: readonly string[]): Grant[] {
  const opening = rules.filter(
    (rule) => rule.disabled !== true && (cards === undefined || cards.some((card) => (rule.iface ?? card) === card)),
  );
  return [
    ...(options['policy_in']?.toUpperCase() === 'ACCEPT' ? [everyPort('policy_in: ACCEPT')] : []),
    ...opening.flatMap((rule): Grant[] => {
      const isIn = rule.direction === 'GROUP' || (rule.direction === 'IN' && rule.action === 'ACCEPT');
      return isIn ? [{ kind: 'port', text: openingText(rule) }] : [];
    }),
  ];
}

function openingText(rule: FirewallRule): string {
  const on = rule.iface === undefined ? '' : ` on ${rule.iface}`;
  if (rule.direction === 'GROUP') {
    return `what group ${rule.group.toLowerCase()} lets through${on}`;
  }
  const { macro, proto, dport, sport, icmpType, source, dest } = rule;
  const what =
    macro === undefined ? (proto === undefined ? ['every port'] : [proto, dport ?? icmpType]) : [macro, dport];
  return [
    ...what,
    `from ${source ?? 'anywhere'}`,
    ...(dest === undefined ? [] : [`to ${dest}`]),
    ...(sport === undefined ? [] : [`source port ${sport}`]),
  ]
    .filter((word) => word !== undefined)
    .join(' ')
    .concat(on);
}

function everyPort(why: string): Grant {
  return { kind: 'port', text: `every port from anywhere (${why})` };
}

function isOff(value: string): boolean {
  return /^\s*0*\s*$/.test(value);
}

function sharedGrants(step: StepOf<'firewall-entries'>): Grant[] {
  const options = Object.fromEntries(step.options.map(({ name, value }) => [name, value]));
  const rules = step.rules.map(parseFirewallRule).filter((rule) => rule !== undefined);
  const management = step.ipsets.filter(({ name }) => name === 'management').flatMap(({ lines }) => lines);
  return [
    ...(isOff(options['enable'] ?? '1') ? [everyPort('the firewall is off')] : []),
    ...ruleOpenings({ options, rules }),
    ...management
      .map((member) => member.replace(/\s*#.*$/, ''))
      .filter((member) => !member.startsWith('!'))
      .map((member): Grant => ({ kind: 'filter', text: `${member} in set management` })),
  ];
}

// ---- Mappings, commands, programs

/** What the host runs by itself or by somebody's word: programs, units, timers and rules about who may become root. */
const run =
  /^\/etc\/(?:systemd|cron[^/]*|udev|init\.d|sudoers(?:\.d)?|profile\.d|modprobe\.d)(?:\/|$)|^\/(?:usr\/)?lib\/systemd\//;

function otherGrants(step: Step): Grant[] {
  if (step.kind === 'mapping') {
    return step.maps.flatMap((map) => mappedGrants(step.mapping, step.entry, map));
  }
  if (step.kind === 'run') {
    return step.commands.map((command) => ({ kind: 'root', text: command.join(' ') }));
  }
  if (step.kind === 'file' && guestOfFirewall(step.file.target) === undefined) {
    const isProgram = (Number.parseInt(step.file.mode ?? '0', 8) & 0o111) !== 0;
    return isProgram || run.test(step.file.target) ? [{ kind: 'root', text: step.file.target }] : [];
  }
  return [];
}
