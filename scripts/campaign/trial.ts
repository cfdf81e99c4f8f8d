import { join } from 'node:path';
import type { SimulatedFault, SimulatedNode, SimulatedRun } from 'phoenix-cdk/testing';
import { runtimeFiles } from '../../src/core/runtime-files.js';
import { writeAssembly } from '../../src/core/writer.js';
import { assembled } from '../../src/testing/assembled.js';
import type { Subject } from './subject.js';

/** One command line of an undisturbed run: which one it is, by its text and how often that text came before. */
export interface Command {
  readonly text: string;
  /** What tells it from others, as a pattern: digests of config files hold what chance decides. */
  readonly pattern: RegExp;
  readonly nth: number;
  /** Changes nothing. */
  readonly looks: boolean;
}

/** A host, and the applier beside it. */
export class Trial {
  private constructor(
    readonly node: SimulatedNode,
    private readonly applier: string,
  ) {}

  /** Writes the assembly that all trials in this folder use. */
  static prepare(folder: string, subject: Subject): void {
    const { files } = assembled(subject.program(folder), { runtime: runtimeFiles() });
    writeAssembly(join(folder, 'cdk.out'), files);
  }

  static begin(folder: string, subject: Subject, name: string): Trial {
    return new Trial(subject.host(join(folder, name)), join(folder, 'cdk.out/applier'));
  }

  /** Runs `apply`; waits are short, whatever gets broader is approved, and one command comes after the other. */
  apply(): SimulatedRun {
    const short = ['PHOENIX_PAUSE=0.02', 'PHOENIX_PATIENCE=2', 'PHOENIX_GUARD=4'];
    return this.node.run(['env', ...short, this.applier, 'apply', '--approve-privileges', '--jobs', '1']);
  }

  /** Strikes one command of the next run. */
  strike(command: Command, how: Omit<SimulatedFault, 'argv' | 'nth'>): void {
    this.node.fault({ argv: command.pattern, nth: command.nth, ...how });
  }

  /** The commands that were run. */
  commands(): Command[] {
    const times = new Map<string, number>();
    return this.node
      .commands()
      .map(({ argv }) => argv.join(' '))
      .map((text) => {
        const pattern = `^${text.split(digest).map(escaped).join('[0-9a-f]{40}')}$`;
        const nth = (times.get(pattern) ?? 0) + 1;
        times.set(pattern, nth);
        return { text, pattern: new RegExp(pattern), nth, looks: looking.test(text) };
      });
  }

  /** True if a fault did not strike because the simulation knows no such moment. */
  get missed(): boolean {
    return this.node.commands().some(({ exit }) => exit === 70);
  }
}

const looking = /^(?:zfs get|zpool list|curl .*-w|systemctl show|lxc-attach .* true$)/;
const digest = /(?<=--digest )[0-9a-f]{40}/;

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/@]/g, '\\$&');
}
