import { shipmentFor } from '../../toolkit/shipment.js';
import { listStacks } from '../../toolkit/stack-list.js';
import { type Call, exitCodes } from '../command.js';
import type { Trusted } from '../trusted.js';
import { acts, isInOrder } from './acts.js';
import { Connection } from './connection.js';
import { type Fleet, problemsOf } from './fleet.js';
import { type HostReport, newReport } from './report.js';
import { chosenStacks, withStacks, wordsByHost } from './routing.js';
import { send, sentText } from './send.js';
import { endAllSsh } from './ssh.js';
import { transferLine } from './transfer-line.js';
import { type Turn, turnsOf } from './turns.js';
import { type Manner, voiceOf } from './voices.js';

/** One verb, carried to all hosts of a fleet. */
export class Errand {
  /** Whether what hosts say on standard output is shown at once. */
  readonly isLive: boolean;
  private readonly acts: boolean;
  private readonly reports: readonly HostReport[];
  private readonly words: ReadonlyMap<string, readonly string[] | undefined>;
  private readonly fresh: Map<string, Connection>;
  private readonly running = new Set<Connection>();
  private isActing = false;
  private isInterrupted = false;

  constructor(
    private readonly call: Call,
    private readonly verb: string,
    private readonly trusted: Trusted,
    destinations: readonly string[],
    private readonly fleet: Fleet,
  ) {
    const { words } = call;
    this.acts = acts(verb, words);
    this.isLive = destinations.length === 1 || this.acts || words.includes('--follow');
    this.reports = destinations.map(newReport);
    this.fresh = new Map(fleet.hosts);
    for (const { destination, node } of fleet.hosts.values()) {
      this.reportOn(destination).host = node;
    }
    for (const { destination, problems } of fleet.silent) {
      this.reportOn(destination).problems.push(...problems);
    }
    const hosts = [...fleet.hosts.keys()];
    this.words =
      destinations.length === 1
        ? new Map(hosts.map((host) => [host, words]))
        : wordsByHost(verb, words, hosts, trusted.assembly);
  }

  /** What became of each destination, in the order in which they were named. */
  async run(): Promise<readonly HostReport[]> {
    await Promise.all([...this.fleet.hosts.values()].map((connection) => this.prepare(connection)));
    const ends = new Map<Turn, Promise<boolean>>();
    const { turns, hopeless } = this.turns();
    for (const turn of turns) {
      ends.set(turn, this.take(turn, ends, hopeless.get(turn)));
    }
    await Promise.all(ends.values());
    return this.reports;
  }

  /** Begins nothing any more, and asks every run that acts to end after the steps at hand. Asked again, or while nothing acts: lets go of all. */
  interrupt(): void {
    if (this.isActing && !this.isInterrupted) {
      this.call.warn('asked to stop after the steps at hand; once more lets go, and it goes on over there');
      this.running.forEach((connection) => connection.interrupt());
    } else {
      endAllSsh();
    }
    this.isInterrupted = true;
  }

  /** Brings the assembly to a host that is asked something. */
  private async prepare(connection: Connection): Promise<void> {
    const report = this.reportOn(connection.destination);
    if (this.words.get(connection.node) === undefined) {
      report.notRun = 'nothing of what was named is there';
      return;
    }
    const isShown = this.reports.length === 1 && !this.call.globals.quiet;
    const line = isShown ? transferLine(connection.node, this.call.live.err) : undefined;
    try {
      report.sent = await send(connection, shipmentFor(this.trusted.assembly, connection.node), line?.show);
    } catch (error) {
      report.problems.push(...problemsOf(error));
    } finally {
      line?.end();
    }
    if (report.sent !== undefined && !this.call.globals.quiet) {
      this.call.warn(`${isShown ? '' : `${connection.node}: `}${sentText(report.sent)}`);
    }
  }

  /** The runs that it takes, and those of them that wait for a host which did not answer. */
  private turns(): { readonly turns: readonly Turn[]; readonly hopeless: ReadonlyMap<Turn, string> } {
    const hosts = [...this.fleet.hosts.keys()];
    const stacks = listStacks(this.trusted.assembly);
    const chosen = chosenStacks(this.call.words);
    const isMistaken = chosen.some((name) => stacks.every((stack) => stack.name !== name));
    if (isMistaken || !isInOrder(this.verb, this.call.words)) {
      return { turns: hosts.map(onlyTurn), hopeless: new Map() };
    }
    const { turns, unnamed } = turnsOf(stacks, hosts, chosen);
    const [silent] = this.fleet.silent;
    const hopeless = new Map<Turn, string>();
    for (const { turn, stack, needs, host } of unnamed) {
      if (silent === undefined) {
        this.call.warn(`stack ${stack} waits for ${needs} of ${host}, which is not among the hosts: taken for done`);
      } else {
        // it did not say its name
        hopeless.set(turn, `${host}, which may be ${silent.destination}`);
      }
    }
    const others = hosts.filter((host) => turns.every((turn) => turn.host !== host));
    return { turns: [...turns, ...others.map(onlyTurn)], hopeless };
  }

  /** Waits for others, and runs; true if all went well. */
  private async take(
    turn: Turn,
    ends: ReadonlyMap<Turn, Promise<boolean>>,
    hopeless: string | undefined,
  ): Promise<boolean> {
    const report = this.reportOn(this.fleet.hosts.get(turn.host)?.destination ?? '');
    const words = this.words.get(turn.host);
    const failed = (await this.failedBefore(turn, ends)) ?? hopeless;
    if (words === undefined || report.problems.length > 0) {
      return report.problems.length === 0;
    }
    if (failed !== undefined || this.isInterrupted) {
      const what = turn.stacks === undefined ? '' : `${turn.stacks.join(', ')} `;
      report.notRun = `${what}not begun: ${failed === undefined ? 'interrupted' : `waits for ${failed}`}`;
      report.isHeldUp = true;
      return false;
    }
    try {
      return (await this.runTurn(turn, words, report)) === exitCodes.done;
    } catch (error) {
      report.problems.push(...problemsOf(error));
      return false;
    }
  }

  /** Whom the turn waited for in vain. */
  private async failedBefore(turn: Turn, ends: ReadonlyMap<Turn, Promise<boolean>>): Promise<string | undefined> {
    const former = turn.follows === undefined ? undefined : ends.get(turn.follows);
    await former;
    let failed: string | undefined;
    for (const other of turn.waitsFor) {
      if ((await ends.get(other)) !== true) {
        failed ??= `${other.host}, which failed`;
      }
    }
    return failed;
  }

  private async runTurn(turn: Turn, words: readonly string[], report: HostReport): Promise<number> {
    const connection = await this.connectionTo(turn.host, report.destination);
    const voice = voiceOf(turn.host, this.manner(), this.call.live);
    const isOlderFine = words.includes('--allow-older');
    const own = words.filter((word) => word !== '--allow-older');
    const chosen = turn.stacks === undefined ? own : withStacks(own, turn.stacks);
    this.isActing = this.acts;
    this.running.add(connection);
    try {
      const call = {
        words: [this.verb, ...chosen, ...this.ownFlags(connection)],
        acts: this.acts,
        allowsOlder: isOlderFine,
      };
      const code = await connection.run(call, voice);
      report.runs.push({ stacks: turn.stacks, code, output: voice.end() });
      return code;
    } finally {
      voice.end();
      this.running.delete(connection);
    }
  }

  /** The connection that brought the assembly, or another one if that was used for a former turn or broke while it waited. */
  private async connectionTo(host: string, destination: string): Promise<Connection> {
    const fresh = this.fresh.get(host);
    this.fresh.delete(host);
    if (fresh?.isOpen === true) {
      return fresh;
    }
    const isQuiet = this.reports.length > 1;
    const again = await Connection.open(destination, this.trusted.assembly.manifest.app, { isQuiet });
    await send(again, shipmentFor(this.trusted.assembly, host));
    return again;
  }

  private ownFlags({ asksForSignatures }: Connection): string[] {
    const { json, quiet, color } = this.call.globals;
    return [
      ...(json ? ['--json'] : []),
      ...(quiet ? ['--quiet'] : []),
      color && this.call.live.out.hasColor ? '--color' : '--no-color',
      // a host that asks for signatures finds out by itself
      ...(asksForSignatures ? [] : ['--signature', this.trusted.signature]),
    ];
  }

  private manner(): Manner {
    const names = [...this.fleet.hosts.keys()];
    const width = this.reports.length === 1 ? undefined : Math.max(...names.map((name) => name.length));
    return { keepsOutput: this.call.globals.json || !this.isLive, width };
  }

  private reportOn(destination: string): HostReport {
    const report = this.reports.find((one) => one.destination === destination);
    if (report === undefined) {
      throw new Error(`nobody asked for ${destination}`);
    }
    return report;
  }
}

/** Of a host that waits for nobody. */
function onlyTurn(host: string): Turn {
  return { host, stacks: undefined, waitsFor: [], follows: undefined };
}
