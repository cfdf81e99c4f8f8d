import { unlessRefused } from '../../base/errors.js';
import { parseFirewall, renderFirewall } from '../../format/firewall-file.js';
import { parseBoolean, splitList } from '../../format/lists.js';
import { withheldMark } from '../../model/facts.js';
import type { Impact, Setting, Step, StepKind, StepOf } from '../../model/step.js';
import type { FieldDifference } from '../field-difference.js';
import { configDifference } from './guest-config.js';
import type { HostView, SeenGuest } from './host-view.js';

/** What facts say of a step. */
export interface StepAnswer {
  /** The thing itself is not there. */
  readonly isAbsent?: true;
  readonly fields?: readonly FieldDifference[];
  /** What somebody else has put there, and stays. */
  readonly foreign?: readonly string[];
  /** What facts do not tell of it: all, or these keys. */
  readonly unseen?: readonly string[];
}

/** Everything that facts cannot tell: the applier on the host can. */
export const cannotTell: StepAnswer = { unseen: [] };

type Comparer<K extends StepKind> = (step: StepOf<K>, view: HostView, text: (path: string) => string) => StepAnswer;

/** One row for each kind of step. */
const comparers: { readonly [K in StepKind]: Comparer<K> } = {
  file,
  'zfs-pool': pool,
  'zfs-dataset': dataset,
  folder: () => cannotTell,
  storage,
  mapping: () => cannotTell,
  download: () => cannotTell,
  'firewall-entries': () => cannotTell,
  network: () => cannotTell,
  'guest-create': created,
  'guest-config': config,
  'guest-state': state,
  'guest-file': () => cannotTell,
  'guest-run': () => cannotTell,
  'guest-template': template,
  health: () => cannotTell,
  run: () => cannotTell,
  note: () => ({}),
};

/** A step beside the facts of its host; `text` gives the files of its stack. What a template was made from is not looked at any more. */
export function compareStep(step: Step, view: HostView, text: (path: string) => string): StepAnswer {
  const made = step.until === undefined ? undefined : view.guest(step.until.template);
  if (made?.isOurs === true && made.template === true) {
    return {};
  }
  const compare = comparers[step.kind] as (step: Step, view: HostView, text: (path: string) => string) => StepAnswer;
  return compare(step, view, text);
}

function changed(field: string, before: string, after: string, impact: Impact = 'live'): FieldDifference {
  const change = before === '' ? 'added' : after === '' ? 'removed' : 'changed';
  return { field, change, ...(before === '' ? {} : { before }), ...(after === '' ? {} : { after }), impact };
}

// ---- The host

/** Rules of guests lie among the facts; other files are the applier's to compare. */
function file(
  { file: { target, source, secrets = [] } }: StepOf<'file'>,
  { facts }: HostView,
  text: (path: string) => string,
): StepAnswer {
  const lines = facts.files?.[target];
  if (secrets.length > 0 || facts.files === undefined || !/^\/etc\/pve\/firewall\/\d+\.fw$/.test(target)) {
    return cannotTell;
  }
  if (lines === undefined) {
    return facts.unknown.some(({ what }) => what === target || what === '/etc/pve/firewall')
      ? cannotTell
      : { isAbsent: true };
  }
  const [is, wanted] = [rulesOf(lines.join('\n')), rulesOf(text(source))];
  return is === wanted ? {} : { fields: [changed('content', `${lines.length} lines`, 'other rules')] };
}

/** Rules in one form, whoever wrote the file; a file that has none is taken as it is. */
function rulesOf(text: string): string {
  return unlessRefused(() => renderFirewall(parseFirewall(text))) ?? text.trim();
}

function pool({ pool: name }: StepOf<'zfs-pool'>, { facts }: HostView): StepAnswer {
  const found = facts.pools?.find((it) => it.name === name);
  if (facts.pools === undefined) {
    return cannotTell;
  }
  const isFit = found === undefined || /^(?:ONLINE|DEGRADED)$/.test(found.health);
  return found === undefined
    ? { isAbsent: true }
    : isFit
      ? {}
      : { fields: [changed('health', found.health, 'ONLINE')] };
}

function dataset({ dataset: name, properties }: StepOf<'zfs-dataset'>, view: HostView): StepAnswer {
  const found = view.dataset(name);
  if (view.facts.datasets === undefined) {
    return cannotTell;
  }
  if (found === undefined) {
    return { isAbsent: true };
  }
  const told = properties.filter(({ name }) => Object.hasOwn(found, name));
  const untold = properties.filter(({ name }) => !Object.hasOwn(found, name));
  return {
    fields: told.flatMap(({ name, value, fixed }) =>
      isSameProperty(name, value, found[name] ?? '') ? [] : [changed(name, found[name] ?? '', value, impactOf(fixed))],
    ),
    ...(untold.length === 0 ? {} : { unseen: untold.map(({ name }) => name) }),
  };
}

function impactOf(fixed: boolean | undefined): Impact {
  return fixed === true ? 'impossible' : 'live';
}

function isSameProperty(name: string, wanted: string, found: string): boolean {
  const isUnlimited = (value: string) => ['none', '0', '18446744073709551615'].includes(value);
  return wanted === found || (/quota|reservation|limit/.test(name) && isUnlimited(wanted) && isUnlimited(found));
}

function storage({ storage: id, type, options, secrets = [] }: StepOf<'storage'>, view: HostView): StepAnswer {
  const found = view.storage(id);
  if (view.facts.storages === undefined) {
    return cannotTell;
  }
  if (found === undefined) {
    return { isAbsent: true };
  }
  const hidden = options.filter(({ name }) => found.options[name] === withheldMark);
  const told = options.filter((option) => !hidden.includes(option));
  const unseen = [...hidden.map(({ name }) => name), ...secrets.map(({ option }) => option)];
  return {
    fields: [
      ...(type === 'any' || type === found.type ? [] : [changed('type', found.type, type, 'impossible')]),
      ...told.flatMap((option) => optionDifference(option, found.options[option.name])),
    ],
    ...(unseen.length === 0 ? {} : { unseen }),
  };
}

function optionDifference({ name, value, fixed }: Setting, found: string | undefined): FieldDifference[] {
  const isSame = plainOption(name, found ?? '') === plainOption(name, value) || (found === undefined && value === '0');
  return isSame ? [] : [changed(name, found ?? '', value, impactOf(fixed))];
}

/** As the applier reads an option: lists of kinds, nodes and monitors have no order, switches have spellings, paths may end in a slash. */
function plainOption(name: string, value: string): string {
  if (['content', 'nodes', 'monhost'].includes(name)) {
    return splitList(value).sort().join(',');
  }
  if (['prune-backups', 'content-dirs', 'bwlimit'].includes(name)) {
    return splitList(value)
      .flatMap((part) => plainPart(name, part))
      .sort()
      .join(',');
  }
  const truth = parseBoolean(value);
  return value.startsWith('/') ? value.replace(/(?<=.)\/+$/, '') : truth === undefined ? value : truth ? '1' : '0';
}

/** A rule that keeps no backups says as much as one that is not there. */
function plainPart(name: string, part: string): string[] {
  const [key = '', text] = part.split(/=(.*)/s, 2);
  if (text === undefined) {
    return [part];
  }
  const truth = key === 'keep-all' ? parseBoolean(text) : undefined;
  const value = truth === undefined ? (/^\d{1,15}$/.test(text) ? String(Number(text)) : text) : truth ? '1' : '0';
  return name === 'prune-backups' && value === '0' ? [] : [`${key}=${value}`];
}

// ---- Guests

/** The guest if it can be compared: here, and of the type that is asked for. */
function comparable(
  step: { readonly vmid: number; readonly type: 'lxc' | 'qemu' },
  view: HostView,
): SeenGuest | undefined {
  const guest = view.guest(step.vmid);
  return guest?.node === view.facts.node && guest.type === step.type ? guest : undefined;
}

function created(step: StepOf<'guest-create'>, view: HostView): StepAnswer {
  const guest = view.guest(step.vmid);
  if (view.facts.guests === undefined) {
    return cannotTell;
  }
  if (guest === undefined) {
    return { isAbsent: true };
  }
  const isMarked = guest.mark?.app === view.appName;
  const mark = guest.mark === undefined ? 'nobody' : `app ${guest.mark.app}${isMarked ? ', not in its journal' : ''}`;
  return {
    fields: [
      ...(guest.node === view.facts.node ? [] : [changed('node', guest.node, view.facts.node, 'impossible')]),
      ...(guest.type === step.type ? [] : [changed('type', guest.type, step.type, 'impossible')]),
      ...(guest.isOurs ? [] : [changed('owner', mark, `app ${view.appName}`)]),
    ],
  };
}

/** What is not there yet has no config that could differ. */
function config(step: StepOf<'guest-config'>, view: HostView): StepAnswer {
  const guest = comparable(step, view);
  return guest === undefined
    ? {}
    : guest.conf === undefined
      ? cannotTell
      : withUnseen(configDifference(step, view, guest));
}

function withUnseen({ fields, foreign, unseen }: ReturnType<typeof configDifference>): StepAnswer {
  return { fields, foreign, ...(unseen.length === 0 ? {} : { unseen }) };
}

function state({ state: wanted, ...step }: StepOf<'guest-state'>, view: HostView): StepAnswer {
  const running = comparable(step, view)?.running;
  const is = running === undefined ? wanted : running ? 'running' : 'stopped';
  return is === wanted ? {} : { fields: [changed('state', is, wanted, wanted === 'stopped' ? 'restart' : 'live')] };
}

function template(step: StepOf<'guest-template'>, view: HostView): StepAnswer {
  const guest = comparable(step, view);
  return guest === undefined || guest.template === true
    ? {}
    : { fields: [changed('template', 'no', 'yes', 'impossible')] };
}
