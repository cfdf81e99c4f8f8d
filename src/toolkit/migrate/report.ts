import { addTo } from '../../base/group.js';
import { type Heading, headings, type Row, type Todo } from './ledger.js';
import type { Migrated } from './migrate.js';

/** What a migration came to, as data. */
export interface MigrationReport {
  readonly app: string;
  readonly guests: number;
  readonly profiles: readonly string[];
  /** How many keys stand under each heading. */
  readonly counts: Readonly<Record<Heading, number>>;
  readonly todos: readonly Todo[];
  /** Every key of the input once. */
  readonly keys: readonly Row[];
  /** Files of the folder that are about something else. */
  readonly others: readonly string[];
}

export function migrationReport({ tree, rows, todos, others }: Migrated): MigrationReport {
  const counts = Object.fromEntries(
    headings.map((heading) => [heading, rows.filter((row) => row.heading === heading).length]),
  );
  return {
    app: tree.app,
    guests: tree.guests.length,
    profiles: tree.profiles.map(({ name }) => name),
    counts: counts as Record<Heading, number>,
    todos,
    keys: rows,
    others,
  };
}

/** The report for people: what to do first, then every key, the most remarkable first. */
export function reportText(report: MigrationReport): string {
  const { app, guests, todos, keys, others } = report;
  const sections = [...headings].reverse().flatMap((heading) =>
    section(
      heading,
      keys.filter((row) => row.heading === heading),
    ),
  );
  const unread =
    others.length === 0 ? [] : ['', '## Files that were not read', '', ...others.map((name) => `- ${name}`)];
  return [
    `# Migration of ${app}`,
    '',
    `${guests} guests, ${keys.length} keys. Each key of the old files stands below once, under what became of it. Values that may be secrets are in no file.`,
    '',
    '## To do',
    '',
    ...todos.map(({ what, file, line }) => `- [ ] ${what}${file === undefined ? '' : ` (${file}:${line})`}`),
    ...sections,
    ...unread,
    '',
  ].join('\n');
}

const meanings: Readonly<Record<Heading, string>> = {
  mapped: 'Says the same as before.',
  changed: 'Says the same in another way, or something else, for the reason given.',
  dropped: 'Not needed any more, or said elsewhere.',
  'kept aside': 'No construct does it yet: nothing was made of it.',
  suspicious: 'Taken as it is unless it says otherwise, and probably not what was meant.',
  contradictory: 'Two things cannot both be so; it says which one was taken.',
  secret: 'Looks like a secret. Its text is in no file that was written.',
  unknown: 'Nobody knows what it means: nothing was made of it.',
};

function section(heading: Heading, rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) {
    return [];
  }
  const lines = heading === 'mapped' ? plain(rows) : byReason(rows);
  return [
    '',
    `## ${heading.charAt(0).toUpperCase()}${heading.slice(1)}: ${rows.length}`,
    '',
    meanings[heading],
    '',
    ...lines,
  ];
}

/** One line a reason, with all keys that it is the reason for. */
function byReason(rows: readonly Row[]): readonly string[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    addTo(groups, row.why, row);
  }
  return [...groups].flatMap(([why, group]) => [
    `- ${why === '' ? '(part of the above)' : escaped(why)}`,
    ...group.map((row) => `  - ${place(row)}`),
  ]);
}

/** One line an object, with its keys. */
function plain(rows: readonly Row[]): readonly string[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    addTo(groups, `${row.file} ${row.key.replace(/\.?[^.]*$/, '')}`.trim(), row);
  }
  return [...groups].map(
    ([object, group]) =>
      `- ${object}: ${group.map(({ key, line }) => `\`${key.replace(/^.*\./, '')}\`:${line}`).join(', ')}`,
  );
}

function place({ file, line, key }: Row): string {
  return `${file}:${line} \`${key}\``;
}

/** Keys of the input may hold anything. */
function escaped(text: string): string {
  return text.replaceAll('\n', ' ');
}
