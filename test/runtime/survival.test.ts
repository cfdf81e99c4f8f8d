import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { container, dataset, run } from './steps.js';

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

test.each(['>&- 2>&-', '<&- >&- 2>&-', '2>&-'])(
  'a run with closed descriptors (%s) does all of its steps',
  (closed) => {
    const bench = new Bench();
    bench.synthesize({ steps: [dataset('rpool/x'), ...container(950, 'qwen', {}).steps] });
    const apply = ['bash', '-c', `timeout 60 "$0" apply ${closed}`, `${bench.folder}/cdk.out/applier`];
    expect(bench.node.run(apply)).toMatchObject({ status: 0, stderr: '' });
    expect(bench.node.isRunning(950)).toBe(true);
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  },
);

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

/** Begins an apply, kills it with what `victims` names of it once `begun` holds, and applies again. */
function killAndApply(bench: Bench, begun: string, victims: string, patience: number): string {
  const applier = join(bench.folder, 'cdk.out/applier');
  const lines = [
    `export PHOENIX_PAUSE=0.1 PHOENIX_PATIENCE=${patience}`,
    `${applier} apply --yes >/dev/null 2>&1 & until ${begun}; do sleep 0.05; done`,
    // its process stands in the lock
    `run=$(sed -n 's/.*process \\([0-9]*\\),.*/\\1/p' ${bench.node.path('/run/phoenix.lock')})`,
    `kill -9 ${victims}; sleep 0.3; ${applier} apply --yes 2>&1; sleep 3`,
  ];
  return bench.node.run(['bash', '-c', lines.join('\n')]).stdout;
}

test.each([
  ['waited for', 20, /^waiting: a run that was killed left steps at work \(run /],
  ['not waited for without end', 1, /^error {2}applier\/left-at-work$/m],
])('commands that a killed run left at work are %s, and not begun a second time beside them', (_, patience, said) => {
  const bench = new Bench();
  const log = join(bench.folder, 'log');
  const done = bench.node.path('/done');
  const work = `echo begin >>${log}; sleep 2.5; echo end >>${log}; touch ${done}`;
  bench.synthesize({ steps: [run('a', [{ probe: 'file', path: '/done' }], [['sh', '-c', work]])] });
  expect(killAndApply(bench, `[ -s ${log} ]`, '$run', patience)).toMatch(said);
  expect(readFileSync(log, 'utf8')).toBe('begin\nend\n');
});

test.each([
  ['run', '$run'],
  ['run and its workers', '$run $(pgrep -P $run)'],
])('a disk whose import goes on although its %s were killed is not freed under it', (_, victims) => {
  const bench = machineBench();
  const image = { filled: { import: 'local:import/debian.qcow2' } };
  bench.synthesize({ steps: machine(950, 'web', { keys: [disk('scsi0', 4, '', image)] }) });
  bench.node.fault({ argv: /^qm set 950 .*import-from/, mode: 'pause-middle', milliseconds: 3000 });
  const begun = 'zfs list rpool/data/vm-950-disk-0 >/dev/null 2>&1';
  expect(killAndApply(bench, begun, victims, 20)).toMatch(/^Applied: .* 0 failed/m);
  expect(bench.commands().filter((line) => /^pvesm free|import-from/.test(line))).toHaveLength(1);
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
