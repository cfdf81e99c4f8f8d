import { overlap } from './lines.js';
import type { Row } from './row.js';

/** Rows that are put on one node together, because they come to the same end and none touches what another one does. */
export function batchesOf(rows: readonly Row[]): Row[][] {
  const batches: Row[][] = [];
  for (const row of rows) {
    const batch = batches.find((others) => others.length < most && others.every((other) => agree(row, other)));
    if (batch === undefined) {
      batches.push([row]);
    } else {
      batch.push(row);
    }
  }
  return batches;
}

/** More of them save little and make a failure harder to read. */
const most = 12;

function agree(one: Row, other: Row): boolean {
  const isAlike = one.outcome === other.outcome && isUndone(one) === isUndone(other) && one.program === other.program;
  if (one.alone || other.alone || !isAlike) {
    return false;
  }
  const [lines, others] = [one, other].map(({ plan, drift }) => [...plan, ...drift]);
  return !(lines ?? []).some((line) => (others ?? []).some((said) => overlap(line, said)));
}

/** Whether `drift --repair` makes undone what happened. */
export function isUndone({ outcome, drift }: Row): boolean {
  return outcome !== 'stops' && drift.length > 0;
}
