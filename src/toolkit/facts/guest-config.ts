import { impliedConfigValue, meansNothing, sameConfigValue } from '../../format/config-meaning.js';
import { withheldMark } from '../../model/facts.js';
import type { Impact, KeyRequirement, StepOf } from '../../model/step.js';
import type { FieldDifference } from '../field-difference.js';
import { type ConfigState, configState, difference } from './config-state.js';
import type { HostView, SeenGuest } from './host-view.js';
import { rawLines } from './raw-lines.js';
import { volume } from './volume.js';

/** What the config of a guest has otherwise than a step asks for, by the rules of the applier (`runtime/compare/CompareConfig.pm`). */
export interface ConfigDifference {
  readonly fields: readonly FieldDifference[];
  /** Keys and lines of somebody else, which stay. */
  readonly foreign: readonly string[];
  /** Keys that facts do not tell. */
  readonly unseen: readonly string[];
}

export function configDifference(step: StepOf<'guest-config'>, view: HostView, guest: SeenGuest): ConfigDifference {
  const state = configState(step, view, guest);
  const found = [
    ...step.keys.flatMap((requirement) => required(state, requirement)),
    ...removals(state),
    ...rawLines(state),
  ];
  const fields = isProtectedByOthers(state) ? found.filter(({ field }) => field !== 'protection') : found;
  return { fields, foreign: state.foreign, unseen: state.unseen };
}

type Requirement<K extends KeyRequirement['is']> = Extract<KeyRequirement, { is: K }>;

/** One row for each kind of requirement. */
const comparers: {
  readonly [K in KeyRequirement['is']]: (state: ConfigState, it: Requirement<K>) => FieldDifference[];
} = { exact, volume, generated, absent, marker };

function required(state: ConfigState, requirement: KeyRequirement): FieldDifference[] {
  const { key } = requirement;
  const values = [state.keys.get(key), state.pending.get(key)];
  if (values.some((value) => value?.includes(withheldMark) === true)) {
    state.unseen.push(key);
    return [];
  }
  const compare = comparers[requirement.is] as (state: ConfigState, it: KeyRequirement) => FieldDifference[];
  const added = 'added' in requirement && !state.keys.has(key) ? requirement.added : undefined;
  return compare(state, requirement).map((field) => (added === undefined ? field : { ...field, impact: added }));
}

function exact(state: ConfigState, { key, value, impact }: Requirement<'exact'>): FieldDifference[] {
  const current = state.keys.get(key) ?? impliedConfigValue(state.guest.type, key);
  const pending = state.pending.get(key);
  if (current !== undefined && sameConfigValue(key, value, current)) {
    const waits = pending !== undefined || state.deleting.has(key);
    return waits ? [difference(key, pending ?? 'to be deleted', current, 'live')] : [];
  }
  if (pending !== undefined && sameConfigValue(key, value, pending)) {
    return [];
  }
  return [difference(key, current ?? '', value, readOnly.has(key) ? 'impossible' : impact)];
}

/** Keys that nobody sets once the guest exists. */
const readOnly: ReadonlySet<string> = new Set(['unprivileged', 'template', 'lock', 'parent', 'meta']);

function generated({ keys, pending }: ConfigState, { key, impact }: Requirement<'generated'>): FieldDifference[] {
  return keys.has(key) || pending.has(key) ? [] : [difference(key, '', 'made by Proxmox', impact)];
}

function absent(
  { keys, pending, deleting }: ConfigState,
  { key, impact }: { readonly key: string; readonly impact: Impact },
): FieldDifference[] {
  const value = keys.get(key);
  if (value !== undefined) {
    return deleting.has(key) || meansNothing(key, value) ? [] : [difference(key, value, '', impact)];
  }
  const waiting = pending.get(key);
  return waiting === undefined ? [] : [difference(key, waiting, '', 'live')];
}

/** Of the notes only the owner's line is compared; the others are people's, and not in the facts. */
function marker({ guest }: ConfigState, { value: wanted, impact }: Requirement<'marker'>): FieldDifference[] {
  const lines = guest.conf?.description?.split('\n') ?? [];
  const found = lines.find((line) => /^phoenix-cdk app=\S+ path=.* vmid=\d+\s*$/.test(line)) ?? '';
  return found === wanted ? [] : [difference('description', found, wanted, impact)];
}

/** Always there, or nobody's to remove. */
const kept: ReadonlySet<string> = new Set(
  [
    'rootfs arch ostype unprivileged hostname memory swap parent digest lock template description name meta smbios1',
    'vmgenid snaptime boot bootdisk vmstate runningmachine runningcpu',
  ].flatMap((line) => line.split(' ')),
);

function isKept(key: string): boolean {
  return kept.has(key) || /^unused\d+$/.test(key);
}

/** A disk never goes because nobody asks for it. */
function isDisk(key: string, value: string): boolean {
  return /^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/.test(key) && !value.includes('media=cdrom');
}

/** What is there and not asked for: ours and left the program, born with a clone, or somebody else's. */
function removals(state: ConfigState): FieldDifference[] {
  const { step, view, keys, guest, applied } = state;
  const asked = new Set(step.keys.map(({ key }) => key));
  const ours = new Set(applied?.keys ?? []);
  const others = view.configsOf(guest.vmid).filter((other) => other !== step);
  const askedElsewhere = new Set(others.flatMap((other) => other.keys.map(({ key }) => key)));
  const elsewhere = new Set([...askedElsewhere, ...others.flatMap(({ id }) => view.applied(id)?.keys ?? [])]);
  const isWhole = step.keys.some(({ is }) => is === 'marker');
  const extra = [...keys].filter(([key]) => !asked.has(key) && !isKept(key)).sort(([a], [b]) => (a < b ? -1 : 1));
  return extra.flatMap(([key, value]) => {
    if (state.isNewborn && isDisk(key, value)) {
      return [];
    }
    if (state.isNewborn || (ours.has(key) && !askedElsewhere.has(key))) {
      return absent(state, { key, impact: impactOfRemoval(key) });
    }
    if (isWhole && !ours.has(key) && !elsewhere.has(key) && !meansNothing(key, value)) {
      state.foreign.push(`${key}: ${value}`);
    }
    return [];
  });
}

function impactOfRemoval(key: string): Impact {
  const restarts =
    /^(?:(?:dev|mp|hostpci|virtiofs|serial|parallel|audio|numa|rng)\d+|features|hookscript|entrypoint|args|cpu|machine|bios|vga|scsihw)$/;
  return restarts.test(key) ? 'restart' : 'live';
}

/** Protection that neither the program asks for nor we switched on: somebody says that nothing is to be changed. */
function isProtectedByOthers({ keys, view, guest, isNewborn }: ConfigState): boolean {
  if (!sameConfigValue('protection', '1', keys.get('protection') ?? '0')) {
    return false;
  }
  return !view
    .configsOf(guest.vmid)
    .some(
      (step) =>
        isNewborn ||
        view.applied(step.id)?.protection === true ||
        step.keys.some((it) => it.is === 'exact' && it.key === 'protection' && sameConfigValue(it.key, '1', it.value)),
    );
}
