import { withheldMark } from '../../model/facts.js';
import type { FieldDifference } from '../field-difference.js';
import type { ConfigState } from './config-state.js';

/** Lines for LXC: ours as the program has them, those of somebody else where they are. */
export function rawLines(state: ConfigState): FieldDifference[] {
  const { step, guest, applied, isNewborn } = state;
  const former = applied?.raw;
  if (step.raw === undefined && !isNewborn && former === undefined) {
    return [];
  }
  const found = (guest.conf?.raw ?? []).map(([key, value]) => `${key}: ${value}`);
  const wanted = (step.raw ?? []).map(({ key, value }) => `${key}: ${value}`);
  if (found.some((line) => line.includes(withheldMark))) {
    state.unseen.push('raw lines');
    return [];
  }
  const known = new Set([...wanted, ...(former ?? [])]);
  const foreign = isNewborn ? [] : found.filter((line) => !known.has(line));
  state.foreign.push(...foreign);
  const goal = [...foreign, ...wanted];
  if (isSameIn(found, goal) || (isSameIn(found.toSorted(), goal.toSorted()) && isOrdered(found, wanted))) {
    return [];
  }
  const before = found.filter((line) => !goal.includes(line)).join('; ');
  const after = goal.filter((line) => !found.includes(line)).join('; ');
  return [
    {
      field: 'raw lines',
      change: before === '' ? 'added' : after === '' ? 'removed' : 'changed',
      ...(before === '' ? {} : { before }),
      ...(after === '' ? {} : { after }),
      impact: 'restart',
    },
  ];
}

function isSameIn(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((line, index) => line === other[index]);
}

/** The environment of init has an order of its own, and no place among other lines. */
function isOrdered(found: readonly string[], wanted: readonly string[]): boolean {
  const inOrder = (lines: readonly string[]) => {
    const isEnvironment = (line: string) => line.startsWith('lxc.environment');
    return [...lines.filter(isEnvironment), ...lines.filter((line) => !isEnvironment(line))];
  };
  return isSameIn(inOrder(found.filter((line) => wanted.includes(line))), inOrder(wanted));
}
