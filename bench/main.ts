// Synth beside its floor, measured side by side in one run: `npm run bench`, `npm run bench -- --quick`, `-- --write` for RESULTS.md.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

interface Figures {
  readonly import: number;
  readonly build: number;
  readonly synth: number;
  readonly files: number;
  readonly peakMiB: number;
}

interface Row {
  readonly guests: number;
  readonly shape: string;
  readonly ours: Figures;
  readonly floor: Figures;
}

const quick = process.argv.includes('--quick');
const cases: readonly (readonly [guests: number, shape: string])[] = quick
  ? [
      [10, 'plain'],
      [100, 'plain'],
      [1000, 'plain'],
    ]
  : [
      [10, 'plain'],
      [100, 'plain'],
      [1000, 'plain'],
      [10_000, 'plain'],
      [10_000, 'chain'],
      [10_000, 'stacks'],
    ];

const folder = mkdtempSync(join(tmpdir(), 'phoenix-bench-'));
try {
  const rows = cases.map(([guests, shape]) => measure(guests, shape));
  const text = table(rows);
  process.stdout.write(text);
  if (process.argv.includes('--write')) {
    const results = new URL('./RESULTS.md', import.meta.url);
    const others = /\n# (?!Synth beside its floor\n).*/s.exec(readFileSync(results, 'utf8'))?.[0] ?? '';
    writeFileSync(results, `${text}${others}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The least of several runs of each, taken in turns so that a busy machine hurts both. */
function measure(guests: number, shape: string): Row {
  const rounds = guests > 1000 ? 2 : 4;
  const ours: Figures[] = [];
  const floor: Figures[] = [];
  for (let round = 0; round < rounds; round++) {
    // fresh folders, and nothing removed in between: the file system would still be busy with that while the next one runs
    const mine = join(folder, `ours-${guests}-${shape}-${round}`);
    const bare = join(folder, `floor-${guests}-${shape}-${round}`);
    mkdirSync(mine);
    mkdirSync(bare);
    ours.push(child('synth-child.mjs', String(guests), mine, shape));
    floor.push(child('floor-child.mjs', String(guests), join(mine, 'cdk.out'), bare));
    process.stderr.write(`${guests} ${shape} ${round + 1}/${rounds}\n`);
  }
  return { guests, shape, ours: least(ours), floor: least(floor) };
}

function child(program: string, ...words: readonly string[]): Figures {
  const path = new URL(`./${program}`, import.meta.url).pathname;
  return JSON.parse(
    execFileSync(process.execPath, [path, ...words], { encoding: 'utf8', maxBuffer: 1 << 20 }),
  ) as Figures;
}

function least(runs: readonly Figures[]): Figures {
  const best = [...runs].sort((a, b) => total(a) - total(b))[0];
  if (best === undefined) {
    throw new Error('nothing was measured');
  }
  return best;
}

function total(figures: Figures): number {
  return figures.import + figures.build + figures.synth;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ guests, shape, ours, floor }) =>
    [
      guests.toLocaleString('en'),
      shape,
      `**${(total(ours) / total(floor)).toFixed(2)}**`,
      `${ours.import.toFixed(2)} + ${ours.build.toFixed(2)} + ${ours.synth.toFixed(2)}`,
      total(floor).toFixed(2),
      `${(ours.peakMiB / floor.peakMiB).toFixed(2)} (${ours.peakMiB.toFixed(0)} MiB)`,
      ours.files.toLocaleString('en'),
    ].join(' | '),
  );
  return [
    '# Synth beside its floor',
    '',
    'Floor: the library loaded, a bare tree of five constructs a guest, the same bytes written to as many files. Processor seconds of the process, user and',
    `system, of all threads; the least of several runs in turns. Node ${process.version}, ${cpus().length} cores. Only the ratios mean something elsewhere.`,
    '',
    '`plain`: a fleet; `chain`: each guest waits for the one before; `stacks`: a stack a guest. Made by `npm run bench -- --write`.',
    '',
    '| guests | shape | ours / floor | ours: import + build + synth, s | floor, s | peak memory, ours / floor | files |',
    '| ---: | --- | ---: | --- | ---: | --- | ---: |',
    ...lines.map((line) => `| ${line} |`),
    '',
    ...growth(rows),
  ].join('\n');
}

/** How the time grows with the number of guests: 1 is in proportion. */
function growth(rows: readonly Row[]): string[] {
  const of = (guests: number): Figures | undefined =>
    rows.find((row) => row.guests === guests && row.shape === 'plain')?.ours;
  const small = of(1000);
  const large = of(10_000);
  if (small === undefined || large === undefined) {
    return [];
  }
  const exponent = Math.log10((large.build + large.synth) / (small.build + small.synth));
  return [`From 1,000 to 10,000 guests build and synth grow with exponent ${exponent.toFixed(2)}.`, ''];
}
