/**
 * `npm run demo`: the example from program to host. The host is simulated: a temporary folder with stand-ins for Proxmox's tools.
 *
 * It is a check, too: it ends with 1 as soon as a step does not do what it should.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedNode } from 'phoenix-cdk/testing';
import { simulatedPhoenix } from './simulated-phoenix.js';

const repository = join(import.meta.dirname, '../..');
const assembly = join(repository, 'cdk.out');
const applier = join(assembly, 'applier');
const phoenix = join(repository, 'lib/cli/main.js');
/** What stands out, where there is a terminal. */
const bold = (text: string) => (process.stdout.isTTY && !process.env['NO_COLOR'] ? `\u001b[1m${text}\u001b[0m` : text);

const folder = mkdtempSync(join(tmpdir(), 'phoenix-demo-'));
const started = performance.now();
try {
  demo();
  say(`\n${bold('Done')} in ${Math.round((performance.now() - started) / 1000)} s. Everything was as it should be.`);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function demo(): void {
  heading('The program becomes files');
  synth();

  heading('A host to try them on');
  const node = simulatedPhoenix(join(folder, 'node'));
  say("Simulated: Proxmox VE 9.1.4, pools quickOS and fastData, people's files on both, two cards, no guests.");

  heading('plan: what would be done? It changes nothing');
  const plan = run(node, ['plan']);
  say(shortened(plan.stdout));
  expect(
    plan.status === 0 && / to create, .* Nothing was changed\.$/m.test(plan.stdout),
    'plan should list what is missing',
    plan,
  );
  expect(!node.exists('/etc/pve/lxc/950.conf'), 'plan should change nothing', plan);

  heading('apply: templates, guests, firewalls, what runs inside');
  const apply = run(node, ['apply', '--approve-privileges'], { live: true });
  say(apply.stdout.trimEnd());
  expect(apply.status === 0 && /^Applied: .* 0 failed/m.test(apply.stdout), 'apply should do all of it', apply);
  expect(node.isRunning(950), '950 should run', apply);

  heading('apply again: nothing is left to do');
  node.clearCommands();
  const again = run(node, ['apply']);
  say(again.stdout.trimEnd());
  expect(again.status === 0 && again.stdout.startsWith('Nothing to do'), 'a second apply should do nothing', again);
  const touched = node.commands().filter(({ argv }) => /^(pct|qm|pvesm|pveam|pvesh)$/.test(argv[0] ?? ''));
  expect(touched.length === 0, 'a second apply should start no command of Proxmox', again);

  heading('Somebody changes a guest behind our back, and plan sees it');
  const memory = ['pct', 'set', '952', '--memory', '512'];
  command(memory.join(' '));
  const set = node.run(memory);
  expect(set.status === 0, 'pct should set the memory', set);
  const drift = run(node, ['plan', '--fail']);
  say(drift.stdout.trimEnd());
  expect(
    drift.status === 3 && /memory +512 MiB → 2048 MiB/.test(drift.stdout),
    'plan should see the changed memory',
    drift,
  );

  const repair = run(node, ['apply', '--quiet']);
  say(repair.stdout.trimEnd());
  expect(
    repair.status === 0 && /^memory: 2048$/m.test(node.guestConfig(952)),
    'apply should put the memory right',
    repair,
  );
}

/** Runs the program as its users do. The top-level cdk.out is not committed. */
function synth(): void {
  command('cd examples/phoenix && npx phoenix synth --output ../../cdk.out');
  // The demo reads the built package; the program should read the same, and not transpile all sources.
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(repository, 'tsconfig.build.json') };
  const options = { cwd: import.meta.dirname, env, encoding: 'utf8' } as const;
  const result = spawnSync(process.execPath, [phoenix, 'synth', '--output', assembly], options);
  expect(result.status === 0 && existsSync(join(assembly, 'manifest.json')), 'synth should write cdk.out', result);
  const { 0: summary = '' } = result.stdout.split('\n');
  say(summary.replace(assembly, 'cdk.out'));
  say('Look into');
  for (const file of [
    'PLAN.md',
    'guests/950/config.conf',
    'guests/953/script/01-nginx.sh',
    'root/etc/pve/firewall/950.fw',
    'runbook.sh',
  ]) {
    expect(existsSync(join(assembly, 'stacks/ai', file)), `there should be ${file}`, result);
    say(`  cdk.out/stacks/ai/${file}`);
  }
}

/** Runs the applier as root of the host would; `live` shows its progress. */
function run(node: SimulatedNode, words: readonly string[], { live = false } = {}): SpawnSyncReturns<string> {
  command(`cdk.out/applier ${words.join(' ')}`);
  return spawnSync(applier, words, {
    cwd: repository,
    env: { ...process.env, ...node.env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', live ? 'inherit' : 'pipe'],
  });
}

function expect(
  holds: boolean,
  what: string,
  result: { status: number | null; stdout: string | null; stderr: string | null },
): void {
  if (!holds) {
    throw new Error(`${what}, but (exit ${result.status})\n${result.stdout ?? ''}${result.stderr ?? ''}`);
  }
}

/** A line a construct and not a line a step, the first few of each stack and of the privileges; the whole of one guest; the sum. */
function shortened(plan: string): string {
  const [head = '', ...rest] = plan.trimEnd().split('\n\n');
  const sum = rest.at(-1) ?? '';
  const stacks = rest.slice(0, -1).map((stack) => {
    const [name = '', ...lines] = stack.split('\n');
    const constructs = name.startsWith('Privileges') ? rows(lines) : lines.filter((line) => /^ {2}\S/.test(line));
    const more = constructs.length > 5 ? [`  … ${constructs.length - 5} more`] : [];
    return [name, ...constructs.slice(0, 5), ...more].join('\n');
  });
  const [, qdrant = ''] = /^( {2}\S ai\/qdrant .*\n(?: {6}.*\n)+)/m.exec(plan) ?? [];
  return [head, ...stacks, `One guest in full\n${qdrant.trimEnd()}`, sum].join('\n\n');
}

/** Each with the lines that it goes on in. */
function rows(lines: readonly string[]): string[] {
  return lines.join('\n').split(/\n(?= {2}\S)/);
}

function heading(text: string): void {
  say(`\n${bold(`— ${text}`)}`);
}

function command(line: string): void {
  say(`${bold('$')} ${line}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
