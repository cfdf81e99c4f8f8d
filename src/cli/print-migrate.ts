import { headings } from '../toolkit/migrate/ledger.js';
import type { MigrationReport } from '../toolkit/migrate/report.js';
import { count } from './print-problems.js';
import { nextText } from './project-frame.js';
import type { Style } from './style.js';

/** What a migration wrote. */
export interface MigratedFiles {
  readonly output: string;
  readonly written: readonly string[];
  readonly guests: number;
  readonly report?: MigrationReport;
}

/** How much was read and written, what has to be decided by people, where the rest is told, and what to type. */
export function migratedText(
  { output, written, guests, report }: MigratedFiles,
  commands: readonly string[],
  isVerbose: boolean,
): (style: Style) => string {
  return (style) => {
    const lines = report === undefined ? [] : reportLines(report, isVerbose, style);
    return [
      ...lines,
      `${style.strong(output)}: ${count(guests, 'guest')} in ${count(written.length, 'file')}`,
      nextText(output, commands),
    ].join('\n');
  };
}

function reportLines({ counts, todos, keys }: MigrationReport, isVerbose: boolean, style: Style): string[] {
  const parts = headings.filter((heading) => counts[heading] > 0).map((heading) => `${counts[heading]} ${heading}`);
  const shown = isVerbose ? todos : todos.slice(0, 5);
  const more = todos.length - shown.length;
  return [
    `${count(keys.length, 'key')}: ${parts.join(', ')}`,
    ...(todos.length === 0 ? [] : ['', style.strong('To do')]),
    ...shown.map(({ what, file, line }) => `  ${what}${file === undefined ? '' : style.dim(` ${file}:${line}`)}`),
    ...(more > 0 ? [style.dim(`  and ${more} more in MIGRATION.md`)] : []),
    ...(todos.length === 0 ? [] : ['']),
  ];
}
