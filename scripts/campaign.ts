/**
 * `npm run campaign`: applies programs to a simulated host once undisturbed, and then again and again, each time with another of their
 * commands failing or killed in another way; the runs after that have to bring the host to where the undisturbed one brought it.
 * Takes the better part of an hour on two processors. `-- --every 20`: only every twentieth; `-- --match 'pct clone'`: only those whose name matches.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Campaign, type Injection } from './campaign/campaign.js';
import { containersOn } from './campaign/containers.js';
import { machinesOn } from './campaign/machines.js';

interface Totals {
  readonly points: number;
  readonly converged: number;
}

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    match: { type: 'string', default: '' },
    /** `K/N`: the part of the work that a process of its own does. */
    part: { type: 'string' },
  },
});
if (values.part === undefined) {
  process.exitCode = await shared(availableParallelism());
} else {
  const [part, parts] = values.part.split('/').map(Number);
  process.send?.(tried(part ?? 0, parts ?? 1));
}

/** Divides the work among processes, and tells what they found. */
async function shared(parts: number): Promise<number> {
  const all = await Promise.all(Array.from({ length: parts }, (_, part) => inProcess(part, parts)));
  const points = all.reduce((sum, totals) => sum + totals.points, 0);
  const converged = all.reduce((sum, totals) => sum + totals.converged, 0);
  console.log(`${points} injection points, ${converged} converged`);
  return points > 0 && converged === points ? 0 : 1;
}

function inProcess(part: number, parts: number): Promise<Totals> {
  const words = [...process.argv.slice(2), '--part', `${part}/${parts}`];
  const child = fork(fileURLToPath(import.meta.url), words, { execArgv: process.execArgv });
  return new Promise((resolve, reject) => {
    child.once('message', (totals) => resolve(totals as Totals));
    child.once('exit', (code) => reject(new Error(`a part of the campaign ended with exit ${code}`)));
  });
}

function tried(part: number, parts: number): Totals {
  const totals = [containersOn('9.1'), machinesOn('9.1')].map((subject) => {
    const folder = mkdtempSync(join(tmpdir(), 'phoenix-campaign-'));
    try {
      const campaign = new Campaign(folder, subject);
      const chosen = chosenOf(campaign.injections).filter((_, at) => at % parts === part);
      return chosen.map((injection) => tell(subject.name, injection, campaign));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  const all = totals.flat();
  return {
    points: all.filter(({ struck }) => struck).length,
    converged: all.filter(({ struck, trouble }) => struck && trouble.length === 0).length,
  };
}

function chosenOf(injections: readonly Injection[]): readonly Injection[] {
  const matching = injections.filter(({ name }) => new RegExp(values.match).test(name));
  return matching.filter((_, at) => at % Number(values.every) === 0);
}

function tell(subject: string, injection: Injection, campaign: Campaign): ReturnType<Campaign['try']> {
  const verdict = campaign.try(injection);
  const { struck, runs, trouble } = verdict;
  const sign = trouble.length > 0 ? 'BROKEN' : struck ? `${runs} more` : 'no such moment';
  console.log([`${sign}  ${subject}: ${injection.name}`, ...trouble.map((line) => `    ${line}`)].join('\n'));
  return verdict;
}
