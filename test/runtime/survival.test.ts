import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { container, dataset } from './steps.js';

test('a run goes on when nobody reads it any more', () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', { onboot: true }).steps });
  bench.node.run(['sh', '-c', '"$0" apply 2>&1 | true', `${bench.folder}/cdk.out/applier`]);
  expect(bench.node.guestConfig(950)).toContain('onboot: 1');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('a plan that cannot be written is no success', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a')] });
  const { status, stderr } = bench.node.run(['sh', '-c', '"$0" plan >/dev/full', `${bench.folder}/cdk.out/applier`]);
  expect(stderr).toContain('the result could not be written');
  expect(status).toBe(1);
});

test('an apply whose result cannot be written is no success, also if there was nothing to do', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a')] });
  const apply = (words = '') =>
    bench.node.run(['sh', '-c', `"$0" apply ${words} >/dev/full`, `${bench.folder}/cdk.out/applier`]);
  for (const { status, stderr } of [apply(), apply(), apply('--json')]) {
    expect(stderr).toContain('the result could not be written');
    expect(status).toBe(1);
  }
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('being asked to stop ends the run after the step, and the next run goes on', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a'), dataset('rpool/b', {}, { needs: ['zfs/rpool/a'] })] });
  stopTheRun(bench, 'zfs', 'create');
  const { stdout, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stdout).toContain('Interrupted: 1 step was not begun');
  expect(bench.run('apply').status).toBe(0);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('no tool inherits the conversation with the engine: a daemon that a tool starts would keep the lock of the host', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a')] });
  const list = join(bench.folder, 'descriptors');
  wrap(bench, 'zfs', `[ "$1" != create ] || ls -l /proc/$$/fd > ${list}`);
  expect(bench.run('apply').status).toBe(0);
  const pipes = (text: string) => [...text.matchAll(/pipe:\[\d+\]|phoenix\.lock/g)].map(([name]) => name);
  const ours = pipes(bench.node.run(['sh', '-c', 'ls -l /proc/$$/fd | cat']).stdout);
  const open = bench.node.run(['cat', list]).stdout;
  expect(open).toContain('/dev/null');
  expect(pipes(open).filter((name) => !ours.includes(name))).toEqual([]);
});

test('a creation that goes on although its applier was killed is waited for, not cleared away', () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  bench.node.fault({ argv: ['pct', 'create'], mode: 'pause-middle', milliseconds: 2500 });
  const twice =
    '"$0" apply >/dev/null 2>&1 & sleep 1; pkill -9 -P $!; kill -9 $!; PHOENIX_PAUSE=0.2 PHOENIX_PATIENCE=20 exec "$0" apply';
  const { status, stderr } = bench.node.run(['sh', '-c', twice, `${bench.folder}/cdk.out/applier`]);
  expect(status, stderr).toBe(0);
  expect(bench.commands().filter((line) => /^pct (create|destroy|unlock)/.test(line))).toHaveLength(1);
  expect(bench.node.isRunning(950)).toBe(true);
});

/** Sends TERM to all processes of the run when a tool is called for the first time with this word. */
function stopTheRun(bench: Bench, tool: string, word: string): void {
  const once = join(bench.folder, 'once');
  wrap(bench, tool, `[ "$1" != ${word} ] || [ -e ${once} ] || { touch ${once}; trap '' TERM; kill -TERM 0; }`);
}

/** Runs a line of shell before a tool of the node does its work. */
function wrap(bench: Bench, tool: string, line: string): void {
  bench.standIn(tool, `${line}\nexec ${join(bench.node.dir, 'bin', tool)} "$@"`);
}
