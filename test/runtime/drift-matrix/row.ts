import type { Change } from './change.js';
import { isOpen } from './lines.js';

/**
 * One way in which a node is changed behind the applier's back, and what the applier does about it:
 *
 * - `repaired`: the plan shows it, the next apply makes the node what it was
 * - `held`: the plan shows it and names a flag; without it nothing is changed, with it it is repaired
 * - `told`: nothing is changed, and people are told
 * - `left`: it is no difference: it means the same, or nobody asked for it
 * - `stops`: nothing is changed until a person has looked
 */
export interface Row {
  readonly what: string;
  readonly changes: readonly Change[];
  readonly outcome: 'repaired' | 'held' | 'told' | 'left' | 'stops';
  /** What the plan says of it, in the form of `lines.ts`; `…` stands for any text. */
  readonly plan: readonly string[];
  readonly flags: readonly string[];
  /** Options of every run, the plan included: `--deep`. */
  readonly options: readonly string[];
  /** What has to be done by hand, as the plan says; the apply after it, with `flags`, makes the node what it was. */
  readonly wayOut: readonly Change[];
  /** What `verify` says of it, which then ends with 1. */
  readonly verify: string | undefined;
  /** What counts as drift: what the plan says is not as it should be, unless said otherwise. `drift --repair` makes it undone. */
  readonly drift: readonly string[];
  /** Resources that are other ones afterwards, though the same: guests and datasets that were made anew. */
  readonly anew: readonly string[];
  /** Parts of paths of the node, `state/zfs#datasets/NAME` being that of a dataset: what the repair leaves as it was found. */
  readonly keeps: readonly string[];
  /** What the repair leaves of it, as a change of the node before. */
  readonly remains: readonly Change[];
  /** Whether `drift --repair` takes away that, too. */
  readonly repairClears: boolean;
  /** Parts of paths that the first apply repairs, though other things are held back. */
  readonly atOnce: readonly string[];
  /** Which of the two programs it is about. */
  readonly program: 'lab' | 'vault';
  /** Goes together with no other row. */
  readonly alone: boolean;
}

type More = Partial<
  Pick<
    Row,
    | 'drift'
    | 'flags'
    | 'options'
    | 'wayOut'
    | 'verify'
    | 'anew'
    | 'keeps'
    | 'remains'
    | 'repairClears'
    | 'atOnce'
    | 'program'
    | 'alone'
  >
>;
type Changes = Change | readonly Change[];

export function repaired(what: string, changes: Changes, plan: readonly string[], more: More = {}): Row {
  return row('repaired', what, changes, plan, [], more);
}

export function held(what: string, changes: Changes, flag: string, plan: readonly string[], more: More = {}): Row {
  return row('held', what, changes, plan, flag.split(' '), more);
}

export function told(what: string, changes: Changes, plan: readonly string[], more: More = {}): Row {
  return row('told', what, changes, plan, [], more);
}

export function left(what: string, changes: Changes, more: More = {}): Row {
  return row('left', what, changes, [], [], more);
}

export function stops(what: string, changes: Changes, plan: readonly string[], more: More = {}): Row {
  return row('stops', what, changes, plan, [], more);
}

function row(
  outcome: Row['outcome'],
  what: string,
  changes: Changes,
  plan: readonly string[],
  flags: readonly string[],
  more: More,
): Row {
  return {
    what,
    changes: 'how' in changes ? [changes] : changes,
    outcome,
    plan,
    flags,
    drift: plan.filter(isOpen),
    options: [],
    wayOut: [],
    verify: undefined,
    anew: [],
    keeps: [],
    remains: [],
    repairClears: false,
    atOnce: [],
    program: 'lab',
    alone: false,
    ...more,
  };
}
