import { sortedKeys, stableJson } from '../base/stable.js';
import type { Impact } from '../model/step.js';

/** What became of something between two assemblies. */
export type Change = 'added' | 'changed' | 'removed';

/** One value of plain data that is not as it was. */
export interface FieldDifference {
  /** Where the value stands: `file.mode`, `needs[]`, `mounts[/data].path`. What the host has a name for stands under that: `memory`, `compression`. */
  readonly field: string;
  readonly change: Change;
  /** Missing if it was added. */
  readonly before?: unknown;
  /** Missing if it was removed. */
  readonly after?: unknown;
  /** What the change costs a running guest, where the data says so. */
  readonly impact?: Impact;
}

/**
 * Compares plain data field by field. Members of lists are matched by what names them (a key, a name, a target), and by their whole value
 * where nothing does.
 */
export function compareFields(before: unknown, after: unknown): FieldDifference[] {
  return compare({ field: '' }, before, after);
}

/** The place of a value; below a list's member also what a change of that member costs. */
interface Place {
  readonly field: string;
  readonly impact?: Impact;
}

type PlainRecord = Readonly<Record<string, unknown>>;

function compare(place: Place, before: unknown, after: unknown): FieldDifference[] {
  if (isRecord(before) && isRecord(after)) {
    return compareRecords(place, before, after);
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return compareLists(place, before, after);
  }
  return isSame(before, after) ? [] : [difference(place, before, after)];
}

function compareRecords(place: Place, before: PlainRecord, after: PlainRecord): FieldDifference[] {
  return sortedKeys({ ...before, ...after }).flatMap((key) =>
    compare({ ...place, field: place.field === '' ? key : `${place.field}.${key}` }, own(before, key), own(after, key)),
  );
}

/** A member of the record itself: every object has a `toString` that nobody wrote. */
function own(record: PlainRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function compareLists(place: Place, before: readonly unknown[], after: readonly unknown[]): FieldDifference[] {
  const name = namingKey([before, after]);
  if (name === undefined) {
    return compareBags(place, before, after);
  }
  const [former, latter] = [membersBy(name, before), membersBy(name, after)];
  return [...new Set([...former.keys(), ...latter.keys()])].sort().flatMap((key) => {
    const [from, to] = [former.get(key), latter.get(key)];
    return compare({ field: `${place.field}[${key}]`, ...impactOf(to ?? from) }, from, to);
  });
}

/** Members without a name are there or not; a list that only changed its order is one difference. */
function compareBags(place: Place, before: readonly unknown[], after: readonly unknown[]): FieldDifference[] {
  const member = { ...place, field: `${place.field}[]` };
  const found = [
    ...without(before, after).map((value) => difference(member, value, undefined)),
    ...without(after, before).map((value) => difference(member, undefined, value)),
  ];
  return found.length > 0 || isSame(before, after) ? found : [difference(place, before, after)];
}

/** What of the first list is left when the second is taken away from it, each as often as it stands there. */
function without(list: readonly unknown[], taken: readonly unknown[]): unknown[] {
  const counts = new Map<string, number>();
  for (const value of taken) {
    const text = textOf(value);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return list.filter((value) => {
    const count = counts.get(textOf(value)) ?? 0;
    counts.set(textOf(value), count - 1);
    return count <= 0;
  });
}

/** What may name a member of a list; the first that does for all members of both lists counts. */
const namingKeys = ['key', 'name', 'target', 'path', 'id'];

function namingKey(lists: readonly (readonly unknown[])[]): string | undefined {
  return namingKeys.find((key) => lists.every((list) => membersBy(key, list).size === list.length));
}

/** Members that have no text under the key, or the same one as another, are left out. */
function membersBy(key: string, list: readonly unknown[]): Map<string, PlainRecord> {
  const members = new Map<string, PlainRecord>();
  for (const member of list) {
    const name = isRecord(member) ? member[key] : undefined;
    if (isRecord(member) && typeof name === 'string') {
      members.set(name, member);
    }
  }
  return members;
}

function impactOf(member: PlainRecord | undefined): { readonly impact?: Impact } {
  const impact = member?.['impact'];
  return typeof impact === 'string' ? { impact: impact as Impact } : {};
}

function difference(place: Place, before: unknown, after: unknown): FieldDifference {
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return {
    field: place.field,
    change,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(place.impact === undefined ? {} : { impact: place.impact }),
  };
}

function isSame(before: unknown, after: unknown): boolean {
  return before === after || (before !== undefined && after !== undefined && textOf(before) === textOf(after));
}

function textOf(value: unknown): string {
  return stableJson(value, { indent: 0 });
}

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
