import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulatedFault } from 'phoenix-cdk/testing';
import { differences, type Outcome, outcome } from './outcome.js';
import type { Subject } from './subject.js';
import { type Command, Trial } from './trial.js';

type Strike = Pick<SimulatedFault, 'mode' | 'victim' | 'exit' | 'stderr'>;

/** One command of the run, and what happens to it. */
export interface Injection {
  readonly name: string;
  readonly command: Command;
  readonly strike: Strike;
}

/** What became of one injection; nothing in `trouble` if the host came out as if nothing had happened. */
export interface Verdict {
  readonly injection: Injection;
  /** False if the simulation knows no such moment of the command. */
  readonly struck: boolean;
  /** How many runs it took after the disturbed one. */
  readonly runs: number;
  readonly trouble: readonly string[];
}

/** What may happen to a command that changes something. */
const acting: Readonly<Record<string, Strike>> = {
  'fails before it began': { mode: 'fail-before', exit: 255 },
  'fails after its work': { mode: 'fail-after', exit: 255 },
  'does nothing and says it did': { mode: 'fail-before', exit: 0 },
  'killed with the applier before': { mode: 'kill-before' },
  'killed with the applier after': { mode: 'kill-after' },
  'killed with the applier in the middle': { mode: 'kill-middle' },
  'killed alone in the middle': { mode: 'kill-middle', victim: 'tool' },
  'its worker killed in the middle': { mode: 'kill-middle', victim: 'worker' },
};

/** What may happen while the applier looks: it is killed between an act and what it writes down about it. */
const looking: Readonly<Record<string, Strike>> = {
  'killed while looking': { mode: 'kill-before' },
  'cannot look': { mode: 'fail-before', exit: 1, stderr: 'cannot open: pool I/O is currently suspended' },
};

/** Most runs after the disturbed one that may be needed. */
const patience = 3;

/** Disturbs the run of one program at each of its commands in each way, one after the other. */
export class Campaign {
  readonly injections: readonly Injection[];
  private readonly expected: Outcome;

  /** Runs the program undisturbed. Throws if that already goes wrong. */
  constructor(
    private readonly folder: string,
    private readonly subject: Subject,
  ) {
    Trial.prepare(folder, subject);
    const trial = Trial.begin(folder, subject, 'undisturbed');
    const { status, stderr } = trial.apply();
    if (status !== 0) throw new Error(`the undisturbed run fails:\n${stderr}`);
    this.injections = trial.commands().flatMap(injectionsOf);
    this.expected = outcome(trial.node, subject);
  }

  /** One disturbed run on a fresh host, then runs until nothing is left to do. */
  try(injection: Injection): Verdict {
    rmSync(join(this.folder, 'disturbed'), { recursive: true, force: true });
    const trial = Trial.begin(this.folder, this.subject, 'disturbed');
    trial.strike(injection.command, injection.strike);
    const first = trial.apply();
    if (trial.missed) return { injection, struck: false, runs: 0, trouble: [] };
    trial.node.clearFaults();
    let last = trial.apply();
    let runs = 1;
    while (!last.stdout.startsWith('Nothing to do') && runs < patience) {
      last = trial.apply();
      runs += 1;
    }
    const trouble = last.stdout.startsWith('Nothing to do')
      ? differences(this.expected, outcome(trial.node, this.subject))
      : [
          `not done after ${runs} more runs`,
          ...(first.stdout + first.stderr).split('\n'),
          '--- last:',
          ...(last.stdout + last.stderr).split('\n'),
        ];
    return { injection, struck: true, runs, trouble };
  }
}

/** Each way for a command that acts; for one that only looks they are taken in turns, because there are many of those. */
function injectionsOf(command: Command, at: number): Injection[] {
  const ways = Object.entries(command.looks ? looking : acting).filter((_, way) => !command.looks || way === at % 2);
  const times = command.nth === 1 ? '' : ` (${command.nth}.)`;
  return ways.map(([how, strike]) => ({ name: `${command.text}${times}: ${how}`, command, strike }));
}
