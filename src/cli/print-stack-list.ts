import type { StackEntry } from '../toolkit/stack-list.js';
import { count } from './print-problems.js';
import type { Style } from './style.js';

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
