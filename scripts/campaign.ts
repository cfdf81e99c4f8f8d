/**
 * `npm run campaign`: applies one program to a simulated host once undisturbed, and then again and again, each time with another of its
 * commands failing or killed in another way; the runs after that have to bring the host to where the undisturbed one brought it.
 * Takes half an hour. `-- --every 20`: only every twentieth; `-- --match 'pct clone'`: only those whose name matches.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Campaign } from './campaign/campaign.js';

const { values } = parseArgs({
  options: { every: { type: 'string', default: '1' }, match: { type: 'string', default: '' } },
});
const folder = mkdtempSync(join(tmpdir(), 'phoenix-campaign-'));
try {
  process.exitCode = run();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(): number {
  const campaign = new Campaign(folder);
  const matching = campaign.injections.filter(({ name }) => new RegExp(values.match).test(name));
  const chosen = matching.filter((_, at) => at % Number(values.every) === 0);
  let points = 0;
  let converged = 0;
  for (const [at, injection] of chosen.entries()) {
    const { struck, runs, trouble } = campaign.try(injection);
    points += struck ? 1 : 0;
    converged += struck && trouble.length === 0 ? 1 : 0;
    const sign = trouble.length > 0 ? 'BROKEN' : struck ? `${runs} more` : 'no such moment';
    console.log(`[${at + 1}/${chosen.length}] ${sign}  ${injection.name}`);
    for (const line of trouble) console.log(`    ${line}`);
  }
  console.log(`${points} injection points, ${converged} converged`);
  return points > 0 && converged === points ? 0 : 1;
}
