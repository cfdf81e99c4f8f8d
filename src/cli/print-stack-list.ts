import type { Finding } from '../model/finding.js';
import type { StackEntry } from '../toolkit/stack-list.js';
import { count } from './print-problems.js';
import type { Style } from './style.js';

/** Why the list is shorter than the program: stacks with nothing in them are in no assembly. */
export function emptyStacksText(findings: readonly Finding[], stacks: readonly StackEntry[]): string {
  const empty = findings.filter(({ code }) => code === 'stack/empty').map(({ path }) => path);
  if (empty.length > 0) {
    return `${empty.join(', ')}: nothing in it. Make a guest, a dataset or a storage with it as the first argument.`;
  }
  return stacks.length === 0 ? 'The program has no stack: make one, new Stack(app, ...), and guests in it.' : '';
}

/** One line a stack: its name, and as much more as was asked for. */
export function stackListText(
  stacks: readonly StackEntry[],
  shown: { readonly long: boolean; readonly dependencies: boolean },
  style: Style,
): string {
  const rows = stacks.map((stack) => [
    stack.name,
    ...(shown.long ? longColumns(stack) : []),
    ...(shown.dependencies && stack.dependencies.length > 0 ? [`after ${stack.dependencies.join(', ')}`] : []),
  ]);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => rowText(row, widths, style)).join('\n');
}

function longColumns({ host, pveVersion, restart, resources, steps }: StackEntry): string[] {
  return [host, `PVE ${pveVersion}`, `restart ${restart}`, count(resources, 'resource'), count(steps, 'step')];
}

function rowText(
  [name = '', ...rest]: readonly string[],
  [first = 0, ...widths]: readonly number[],
  style: Style,
): string {
  const columns = rest.map((text, index) => text.padEnd(widths[index] ?? 0));
  return [style.strong(name) + ' '.repeat(Math.max(0, first - name.length)), ...columns].join('  ').trimEnd();
}
