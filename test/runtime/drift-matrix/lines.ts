import type { PlannedStep } from '../bench.js';

/** What `plan --json` tells. */
export interface Told {
  readonly steps: readonly PlannedStep[];
  readonly privileges: readonly { direction: string; resource: string; kind: string; text: string }[];
}

/**
 * What a plan says, one line a difference, reason or note:
 *
 *     change guest/930/config: memory 4096 → 2048 (live)
 *     refused guest/930/config: mp1 was taken out of the config; …
 *     waiting guest/930/start
 *     note guest/930/config: locked (backup)
 *     broader guest/930: device /dev/fuse
 */
export function linesOf({ steps, privileges }: Told): string[] {
  return [
    ...steps.flatMap(linesOfStep),
    ...privileges.map(({ direction, resource, kind, text }) => `${direction} ${resource}: ${kind} ${text}`),
  ];
}

function linesOfStep({ id, verdict, reason = '', changes, notes }: PlannedStep): string[] {
  const told = notes.map((text) => `note ${id}: ${text}`);
  if (verdict === 'satisfied' || verdict === 'note') {
    return told;
  }
  if (verdict === 'waiting') {
    return [`waiting ${id}`, ...told];
  }
  const differences = changes.map(
    ({ key, from, to, impact, held }) =>
      `${held === true ? 'held' : verdict} ${id}: ${key} ${from} → ${to} (${impact})`,
  );
  // What is held back for a restart is said by its keys.
  const isSaid =
    verdict === 'held'
      ? !/^(?:needs a restart|has to be stopped) for |^waits for a restart: /.test(reason)
      : !/^(?:change|create)$/.test(verdict) || differences.length === 0;
  return [...(isSaid ? [`${verdict} ${id}: ${reason}`] : []), ...differences, ...told];
}

/** Whether a line says that something is not as it should be, and does not merely tell about it. */
export function isOpen(line: string): boolean {
  return !/^(?:note|broader|narrower) /.test(line);
}

export function matches(line: string, expected: string): boolean {
  const parts = expected.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(line);
}

/**
 * What a line is about: `guest/930/config memory` of a difference that stands for itself, and the whole resource, `guest/930`, of everything
 * that keeps a resource as it is or makes it anew.
 */
export function subjectOf(line: string): string {
  const [, verdict = '', id = '', key = ''] = /^(\w+) ([^\s:]+(?::[^\s:]+)*)(?:: (\S*))?/.exec(line) ?? [];
  if (/^(?:broader|narrower)$/.test(verdict)) {
    return `${id} privileges`;
  }
  return /^(?:change|held|note)$/.test(verdict) ? `${id} ${key}` : id.replace(/\/[^/]*$/, '');
}

/** The resource whose step a line is about. */
export function resourceOf(line: string): string {
  return subjectOf(line)
    .replace(/ .*/, '')
    .replace(/^(guest\/\d+)\/.*$/, '$1')
    .replace(/\/(?:entry|entries|options|dataset|pool|folder|file)$/, '');
}

/** Whether two lines speak of the same thing. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [subjectOf(one), subjectOf(other)];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}
