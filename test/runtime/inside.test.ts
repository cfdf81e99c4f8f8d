import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { container } from './steps.js';

const file = '/etc/app/config';

/** A guest in which a script ran and a file was put. */
function applied(): Bench {
  const bench = new Bench();
  const guest = container(950, 'qwen', { script: 'echo hello\n', file: { target: file, text: 'x\n' } });
  bench.synthesize(guest);
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  return bench;
}

/** Where a path of the guest lies. */
function inside(bench: Bench, path: string): string {
  return join(bench.node.path(`/rpool/data/subvol-950-disk-0`), path);
}

function processesInside(bench: Bench): readonly string[] {
  return bench.node
    .commands()
    .map(({ argv }) => argv.join(' '))
    .filter((line) => line.startsWith('lxc-attach '));
}

test('what is inside a guest is taken from the journal, and seen with --deep', () => {
  const bench = applied();
  writeFileSync(inside(bench, file), 'tampered\n');
  bench.node.clearCommands();
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(processesInside(bench)).toEqual([]);
  const plan = bench.plan('--deep');
  expect(plan['guest/950/files']?.changes).toMatchObject([
    { key: file, from: 'another content', to: 'as the program says' },
  ]);
  expect(bench.run('apply', '--deep').stdout).toContain('1 changed');
  expect(bench.run('apply', '--deep').stdout).toMatch(/^Nothing to do/);
});

test.each<[string, (bench: Bench) => void, object]>([
  ['gone', (bench) => rmSync(inside(bench, file)), { from: 'gone', to: 'written' }],
  [
    'of another mode',
    (bench) => chmodSync(inside(bench, file), 0o600),
    { from: 'mode and owner 600 0:0', to: '640 0:0' },
  ],
])('a file that is %s is noticed with --deep, and put right', (_, change, difference) => {
  const bench = applied();
  change(bench);
  expect(bench.plan('--deep')['guest/950/files']?.changes).toMatchObject([difference]);
  expect(bench.run('drift', '--deep', '--fail').status).toBe(3);
  expect(bench.run('apply', '--deep').status).toBe(0);
  expect(bench.run('verify', '--deep').status).toBe(0);
});

test('a guest that cannot be looked into is unknown with --deep, and one that does not run is told', () => {
  const bench = applied();
  bench.node.fault({ argv: ['lxc-attach'], mode: 'fail-before', exit: 1, stderr: 'lxc-attach: Permission denied' });
  const { stdout, status } = bench.run('plan', '--deep');
  expect(stdout).toContain('cannot look inside guest 950: lxc-attach: Permission denied');
  expect(status).toBe(1);
  bench.node.clearFaults();
  bench.node.run(['pct', 'stop', '950']);
  expect(bench.run('plan', '--deep').stdout).toContain('not looked inside: guest 950 does not run');
});

test('host-safety 15: what a roll-back undid inside a guest is done again, without --deep, and is looked for once', () => {
  const bench = new Bench();
  const guest = (text: string) =>
    container(950, 'qwen', { script: 'echo hello\n', ...(text === '' ? {} : { file: { target: file, text } }) });
  bench.synthesize(guest(''));
  bench.run('apply');
  bench.node.run(['pct', 'snapshot', '950', 'before']);
  bench.node.run(['sleep', '1.1']);
  bench.synthesize(guest('x\n'));
  bench.run('apply');
  bench.node.run(['pct', 'rollback', '950', 'before', '--start', '1']);
  bench.node.clearCommands();
  const plan = bench.plan();
  expect(plan['guest/950/run']?.verdict).toBe('satisfied');
  expect(plan['guest/950/files']?.changes).toMatchObject([
    { from: 'not done any more, the guest was rolled back', to: 'done again' },
  ]);
  const { stdout, stderr, status } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('1 changed');
  bench.run('apply');
  bench.node.clearCommands();
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(processesInside(bench)).toEqual([]);
});

test('a script that was exchanged in the assembly after the run began is not run, nor written down', () => {
  const bench = new Bench();
  bench.synthesize(container(950, 'qwen', { script: 'echo planned\n' }));
  bench.node.fault({ argv: ['pct', 'create'], mode: 'pause-middle', milliseconds: 1500 });
  const lines = [
    `"$0" apply --yes 2>&1 & until [ -e ${bench.node.path('/etc/pve/lxc/950.conf')} ]; do sleep 0.05; done`,
    `echo 'echo another' >${join(bench.folder, 'cdk.out/stacks/ai/guests/950/setup.sh')}; wait`,
  ];
  const { stdout } = bench.node.run(['bash', '-c', lines.join('\n'), join(bench.folder, 'cdk.out/applier')]);
  expect(stdout).toMatch(/setup\.sh is not the file that was synthesized \(sha256 differs\)/);
  expect(bench.node.guestRuns().filter(({ script = '' }) => script.includes('another'))).toEqual([]);
  bench.synthesize(container(950, 'qwen', { script: 'echo planned\n' }));
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestRuns().filter(({ script = '' }) => script.includes('planned'))).toHaveLength(1);
});
