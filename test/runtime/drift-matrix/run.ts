import type { SimulatedRun } from '../../../src/testing/simulated-commands.js';
import type { SimulatedNode } from '../../../src/testing/simulated-node.js';
import { hasWayOut, isUndone } from './batches.js';
import type { Change } from './change.js';
import type { Lab } from './lab.js';
import { isOpen, linesOf, resourceOf, type Told } from './lines.js';
import { differences, type Picture, pictureOf } from './picture.js';
import type { Row } from './row.js';

/** What became of the rows of one batch. */
export interface Seen {
  /** Rows whose change changed nothing. */
  readonly idle: readonly Row[];
  readonly plan: readonly string[];
  readonly drift: readonly string[];
  /** The first apply, and how the node then differs from what it should be: the one before, or the one that was found. */
  readonly apply: SimulatedRun;
  readonly afterApply: readonly string[];
  /** The apply with the flags of what was held back. */
  readonly allowed: SimulatedRun | undefined;
  readonly afterAllowed: readonly string[];
  /** The apply after what has to be done by hand. */
  readonly wayOut: SimulatedRun | undefined;
  readonly afterWayOut: readonly string[];
  readonly verify: SimulatedRun | undefined;
  /** The next apply. */
  readonly again: SimulatedRun | undefined;
  /** Records of the journal that came or went after all of this and are about none of the steps that the plan named. */
  readonly strangeRecords: readonly string[];
  /** On a copy of the node that was found: `drift --repair`. */
  readonly repair: SimulatedRun;
  readonly afterRepair: readonly string[];
}

/** Changes a copy of the applied node as the rows of a batch say, and lets the applier work on it. */
export function seen(lab: Lab, before: Picture, batch: readonly Row[]): Seen {
  const node = lab.copy();
  const idle = batch.filter((row) => !changes(node, row));
  const found = pictureOf(node);
  const other = lab.copy(node);

  const wanted = wantedOf(lab, before, batch);
  const flags = batch.flatMap((row) => row.flags);
  const { outcome = 'left', options = [] } = batch[0] ?? {};
  const plan = planned(lab.run(node, 'plan', '--json', ...options));
  const drift = planned(lab.run(node, 'drift', '--json', ...options)).filter(isOpen);
  const verify = batch.some((row) => row.verify !== undefined) ? lab.run(node, 'verify') : undefined;
  const apply = lab.act(node, 'apply', ...options);
  const atOnce = batch.flatMap((row) => row.atOnce);
  const afterApply = unlike(outcome === 'repaired' ? wanted : found, node, batch, atOnce);
  const allowed = outcome === 'held' ? lab.act(node, 'apply', ...flags) : undefined;
  const afterAllowed = allowed === undefined ? [] : unlike(wanted, node, batch);
  const wayOut = goWayOut(lab, node, batch, flags);
  const afterWayOut = wayOut === undefined ? [] : unlike(wanted, node, batch);
  const again = outcome === 'stops' && wayOut === undefined ? undefined : lab.run(node, 'apply', ...options);
  const strangeRecords = strangers(journalOf(lab.node), journalOf(node), batch);
  const repair = lab.act(other, 'drift', '--repair', ...options, ...(outcome === 'stops' ? [] : flags));
  const goal = batch.some((row) => row.repairClears) ? before : wanted;
  const afterRepair = unlike(batch.some(isUndone) ? goal : found, other, batch);
  return {
    idle,
    plan,
    drift,
    verify,
    apply,
    afterApply,
    allowed,
    afterAllowed,
    wayOut,
    afterWayOut,
    again,
    strangeRecords,
    repair,
    afterRepair,
  };
}

function changes(node: SimulatedNode, row: Row): boolean {
  const was = pictureOf(node);
  makeAll(node, row.changes);
  const is = pictureOf(node);
  return was.size !== is.size || [...was].some(([path, text]) => is.get(path) !== text);
}

function makeAll(node: SimulatedNode, changes: readonly Change[]): void {
  for (const change of changes) {
    change.make(node);
  }
}

function goWayOut(
  lab: Lab,
  node: SimulatedNode,
  batch: readonly Row[],
  flags: readonly string[],
): SimulatedRun | undefined {
  makeAll(
    node,
    batch.flatMap((row) => row.wayOut),
  );
  return batch.some(hasWayOut) ? lab.act(node, 'apply', ...flags) : undefined;
}

function planned({ stdout, stderr }: SimulatedRun): string[] {
  if (stdout === '') {
    throw new Error(stderr);
  }
  return linesOf(JSON.parse(stdout) as Told);
}

/** The node as it should be in the end: the one before, with what repairs leave of what was done. */
function wantedOf(lab: Lab, before: Picture, batch: readonly Row[]): Picture {
  const changes = batch.flatMap((row) => row.remains);
  if (changes.length === 0) {
    return before;
  }
  const node = lab.copy();
  makeAll(node, changes);
  return pictureOf(node);
}

function unlike(
  wanted: Picture,
  node: SimulatedNode,
  batch: readonly Row[],
  besides: readonly string[] = [],
): string[] {
  const kept = [...batch.flatMap((row) => row.keeps), ...besides];
  const anew = batch.flatMap((row) => row.anew);
  const isKept = (line: string) => kept.some((part) => line.replace(/: .*/s, '').includes(part));
  return differences(wanted, pictureOf(node), anew).filter((line) => !isKept(line));
}

function journalOf(node: SimulatedNode): string[] {
  return node.readFile('/var/lib/phoenix/lab/journal').split('\n');
}

function strangers(before: readonly string[], after: readonly string[], batch: readonly Row[]): string[] {
  const news = [...after.filter((line) => !before.includes(line)), ...before.filter((line) => !after.includes(line))];
  const named = batch.flatMap(({ plan, anew }) => [...plan.map(resourceOf), ...anew]);
  return news.filter((record) => {
    const [kind = '', id = ''] = record.split('\t');
    // Which life of a guest was seen last, and that it was sound, is written down whenever somebody looks.
    return (
      !/^(?:started|sound)$/.test(kind) &&
      !named.some((resource) => id.startsWith(`${resource}/`) || `guest/${id}` === resource)
    );
  });
}
