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
  if (one.alone || other.alone || sort(one) !== sort(other)) {
    return false;
  }
  const [lines, others] = [one, other].map(({ plan, drift }) => [...plan, ...drift]);
  return !(lines ?? []).some((line) => (others ?? []).some((said) => overlap(line, said)));
}

/** What rows have to have in common because they share the runs of the applier. */
function sort(row: Row): string {
  return JSON.stringify([row.outcome, row.program, row.options, isUndone(row), hasWayOut(row)]);
}

/** Whether the row goes the way out that the plan names: by hand, by a flag, or both. */
export function hasWayOut({ outcome, flags, wayOut }: Row): boolean {
  return wayOut.length > 0 || (outcome === 'stops' && flags.length > 0);
}

/** Whether `drift --repair` makes undone what happened. */
export function isUndone({ outcome, drift }: Row): boolean {
  return outcome !== 'stops' && drift.length > 0;
}
