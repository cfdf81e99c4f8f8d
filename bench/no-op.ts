// An apply that finds nothing to do, beside its floors, measured in turns: `npm run bench:no-op`, `-- --write` for RESULTS.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

type Environment = Readonly<Record<string, string>>;

interface Row {
  readonly guests: number;
  /** Seconds of the wall, the least of several runs: of a run like the one before, and of one that has to compare everything. */
  readonly again: number;
  readonly compared: number;
  readonly bash: number;
  readonly awk: number;
  /** Processes that were started, by strace; undefined where it is not to be had. */
  readonly processes: number | undefined;
}

const rounds = 7;
const folder = mkdtempSync(join(tmpdir(), 'phoenix-no-op-'));
try {
  const rows = [10, 100, 1000].map(measure);
  const text = table(rows);
  process.stdout.write(text);
  if (process.argv.includes('--write')) {
    const results = new URL('./RESULTS.md', import.meta.url);
    const others = readFileSync(results, 'utf8').replace(/\n# A second apply\n.*?(?=\n# |$)/s, '');
    writeFileSync(results, `${others.trimEnd()}\n\n${text}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** In turns, so that a busy machine hurts all of them. */
function measure(guests: number): Row {
  const place = join(folder, String(guests));
  const child = new URL('./no-op-child.mjs', import.meta.url).pathname;
  const env: Environment = JSON.parse(
    execFileSync(process.execPath, [child, String(guests), place], { encoding: 'utf8' }),
  );
  const applier = join(place, 'cdk.out/applier');
  const known = join(place, 'host/root/var/lib/phoenix/bench/known');
  const configs = join(place, 'host/root/etc/pve/nodes/pve/lxc');
  apply(applier, env);
  const times = { again: [] as number[], compared: [] as number[], bash: [] as number[], awk: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    rmSync(known, { force: true });
    times.compared.push(seconds(() => apply(applier, env)));
    times.again.push(seconds(() => apply(applier, env)));
    times.bash.push(
      seconds(() => run('bash', ['-c', `for f in ${place}/cdk.out/runtime/*/*.bash; do . "$f"; done`], env)),
    );
    times.awk.push(
      seconds(() => run('sh', ['-c', `awk '/^memory:/ { n += 1 } END { print n }' ${configs}/*.conf`], env)),
    );
    process.stderr.write(`${guests} ${round + 1}/${rounds}\n`);
  }
  const least = (all: readonly number[]) => Math.min(...all);
  return {
    guests,
    again: least(times.again),
    compared: least(times.compared),
    bash: least(times.bash),
    awk: least(times.awk),
    processes: processes(applier, env),
  };
}

function apply(applier: string, env: Environment): void {
  const said = run(applier, ['apply'], env);
  if (!said.startsWith('Nothing to do')) {
    throw new Error(`the host is not as it should be: ${said}`);
  }
}

function run(command: string, words: readonly string[], env: Environment): string {
  return execFileSync(command, words, { env: { ...process.env, ...env }, encoding: 'utf8' });
}

function seconds(work: () => void): number {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
}

/** Programs that were started by one run, the applier itself among them. */
function processes(applier: string, env: Environment): number | undefined {
  const words = ['-f', '-qq', '-e', 'trace=execve', '-o', join(folder, 'strace'), applier, 'apply'];
  const { status } = spawnSync('strace', words, { env: { ...process.env, ...env } });
  return status === 0 ? readFileSync(join(folder, 'strace'), 'utf8').match(/ = 0$/gm)?.length : undefined;
}

function table(rows: readonly Row[]): string {
  const milliseconds = (time: number) => (time * 1000).toFixed(0);
  const lines = rows.map(({ guests, again, compared, bash, awk, processes: started }) =>
    [
      guests.toLocaleString('en'),
      milliseconds(again),
      `**${milliseconds(again - bash)}**`,
      milliseconds(compared),
      milliseconds(bash),
      milliseconds(awk),
      started ?? 'not counted',
    ].join(' | '),
  );
  return `# A second apply

Milliseconds by the clock, the least of ${rounds} runs in turns, of an apply that finds nothing to do, on a host that was made by hand (its \`zfs\` prints a file).
\`again\`: as the run before, nothing has changed since. \`compared\`: everything is compared, as after any change. Floors: bash reading the applier's library,
one awk pass over the guests' configs. Processes counted by strace. Made by \`npm run bench:no-op -- --write\`.

| guests | again | again − bash | compared | bash | awk | processes |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${lines.map((line) => `| ${line} |`).join('\n')}
`;
}
