import { compareText, stableJson } from '../../base/stable.js';
import type { Facts } from '../../model/facts.js';
import { type Change, compareFields, type FieldDifference } from '../field-difference.js';
import { compareLines, type LineDifference } from '../line-difference.js';

/** Something of a host that is not as it was when its facts were last taken. Plain data. */
export interface FactsChange {
  /** `guest`, `pool`, `file`, `host` ... */
  readonly what: string;
  /** Which of them: `950`, `fastData`, `/etc/pve/storage.cfg`. Of the host itself the key, `pveVersion`. */
  readonly name: string;
  readonly change: Change;
  /** What of it has changed; empty for what is new or gone, and for files. */
  readonly fields: readonly FieldDifference[];
  /** Of a file. */
  readonly lines: readonly LineDifference[];
}

/**
 * What has changed between two looks at a host, in the order of the document. When they were taken is no change, and what one of them could not
 * see is not gone.
 */
export function factsChanges(before: Facts, after: Facts): FactsChange[] {
  return kinds.flatMap(([what, entries]) => {
    const [from, to] = [entries(before), entries(after)];
    return from === undefined || to === undefined ? [] : entryChanges(what, from, to);
  });
}

type Entries = Readonly<Record<string, unknown>>;

/** Sections as entries by name; undefined for one that could not be seen. */
const kinds: readonly (readonly [what: string, entries: (facts: Facts) => Entries | undefined])[] = [
  ['host', ({ pveVersion, kernel, cores, memory }) => ({ pveVersion, kernel, cores, memory })],
  ['package', ({ packages }) => packages],
  ['driver', ({ nvidia, unknown }) => (isUnknown(unknown, 'nvidia') ? undefined : { nvidia })],
  ['card', ({ displayDevices }) => byKey(displayDevices, ({ address }) => address)],
  ['pool', ({ pools }) => byKey(pools, ({ name }) => name)],
  ['dataset', ({ datasets }) => datasets],
  ['storage', ({ storages }) => storages],
  ['interface', ({ interfaces }) => byKey(interfaces, ({ name }) => name)],
  ['member', ({ cluster }) => byKey(cluster?.members, ({ name }) => name)],
  ['guest', ({ guests }) => byKey(guests, ({ vmid }) => String(vmid))],
  [
    'app',
    ({ apps }) =>
      byKey(
        apps?.map(({ name, guests }) => ({ name, guests })),
        ({ name }) => name,
      ),
  ],
  ['file', ({ files }) => files],
  ['unknown', ({ unknown }) => Object.fromEntries(unknown.map(({ what, why }) => [what, why]))],
];

function byKey<T>(list: readonly T[] | undefined, keyOf: (item: T) => string): Entries | undefined {
  return list === undefined ? undefined : Object.fromEntries(list.map((item) => [keyOf(item), item]));
}

function isUnknown(unknown: Facts['unknown'], section: string): boolean {
  return unknown.some(({ what }) => what === section);
}

function entryChanges(what: string, before: Entries, after: Entries): FactsChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
  return names.flatMap((name): FactsChange[] => {
    const [from, to] = [own(before, name), own(after, name)];
    if (from === undefined || to === undefined) {
      const change = from === undefined ? 'added' : 'removed';
      return from === to ? [] : [{ what, name, change, fields: plainValue(from, to), lines: [] }];
    }
    if (stableJson(from, { indent: 0 }) === stableJson(to, { indent: 0 })) {
      return [];
    }
    return what === 'file'
      ? [{ what, name, change: 'changed', fields: [], lines: compareLines(textOf(from), textOf(to)) }]
      : [{ what, name, change: 'changed', fields: compareFields(from, to), lines: [] }];
  });
}

/** What a plain value was or is; of all others the name says enough. */
function plainValue(from: unknown, to: unknown): FieldDifference[] {
  return typeof (from ?? to) === 'object' ? [] : compareFields(from, to);
}

function own(entries: Entries, name: string): unknown {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

function textOf(lines: unknown): string {
  return Array.isArray(lines) ? lines.map((line) => `${line}\n`).join('') : '';
}
