import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { container, dataset, hostFile, run } from './steps.js';

const hasScript = spawnSync('script', ['--version']).status === 0;

/** A bench with a run that takes a moment, and its applier. */
function slow(milliseconds: number): { readonly bench: Bench; readonly applier: string } {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', { onboot: true }).steps });
  bench.node.fault({ argv: ['pct', 'create'], mode: 'pause-middle', milliseconds });
  return { bench, applier: join(bench.folder, 'cdk.out/applier') };
}

/** Shell that waits until a run has the lock of the host. */
const untilAtWork = ({ node }: Bench) => `until [ -s ${node.path('/run/phoenix.lock')} ]; do sleep 0.05; done`;

test('a run goes on when its terminal is gone, and so do the tools that it started', { skip: !hasScript }, () => {
  const { bench, applier } = slow(1500);
  const begun = `until [ -e ${bench.node.path('/etc/pve/nodes/pve/lxc/950.conf')} ]; do sleep 0.05; done`;
  const lines = [
    `script -qec '${applier} apply' /dev/null >/dev/null 2>&1 & terminal=$!`,
    begun,
    'kill -9 $terminal',
    `${applier} status --follow`,
  ];
  const { stdout, stderr, status } = bench.node.run(['bash', '-c', lines.join('\n')]);
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/Applied: \d created/);
  expect(bench.node.guestConfig(950)).toContain('onboot: 1');
  expect(bench.commands().filter((line) => line.startsWith('pct create'))).toHaveLength(1);
});

test('a run goes on when the process that waits for it is killed, and another apply says how to look on', () => {
  const { bench, applier } = slow(4000);
  const lines = [`${applier} apply >/dev/null 2>&1 &`, untilAtWork(bench), 'kill -9 $!', `${applier} apply`];
  const second = bench.node.run(['bash', '-c', lines.join('\n')]);
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(
    /another apply is at work on this host \(run \S+, process \d+, app phoenix\)\n {7}→ look on with `applier status --follow`\n/,
  );
  expect(bench.run('status', '--follow').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('onboot: 1');
});

test('who follows sees all that was told from the beginning, and ends as the run does', () => {
  const bench = new Bench();
  const fails = run('a', [{ probe: 'file', path: '/nosuch' }], [['sh', '-c', 'sleep 2; exit 7']]);
  bench.synthesize({ steps: [fails, dataset('rpool/x')] });
  const applier = join(bench.folder, 'cdk.out/applier');
  const first = `${applier} apply --approve-privileges >/dev/null 2>&1 &`;
  const lines = [first, untilAtWork(bench), `${applier} status --follow`];
  const { stdout, status } = bench.node.run(['bash', '-c', lines.join('\n')]);
  expect(status).toBe(1);
  expect(stdout).toContain('ended with exit 7');
  expect(stdout).toContain('1 created, 0 changed, 1 failed');
  expect(bench.run('status', '--follow').stdout).toMatch(
    /^No run is at work\. The last one was \S+: it ended with exit 1\n$/,
  );
});

test.each([
  ['finds nothing to do', 0, () => {}],
  ['is refused', 1, (bench: Bench) => bench.node.writeFile('/etc/pve/.members', '{ "cluster": { "quorate": 0 } }')],
])('who follows a run that %s is not told that it was killed', (_, exit, change) => {
  const bench = new Bench();
  bench.synthesize({
    steps: [dataset('rpool/x'), hostFile('/etc/pve/firewall/950.fw', 'x\n').step],
    files: hostFile('/etc/pve/firewall/950.fw', 'x\n').files,
  });
  expect(bench.run('apply').status).toBe(0);
  bench.node.run(['rm', '-f', bench.node.path('/var/lib/phoenix/phoenix/known'), bench.node.path('/run/phoenix.lock')]);
  change(bench);
  bench.standIn('zfs', `sleep 3; exec '${join(bench.node.dir, 'bin/zfs')}' "$@"`);
  const applier = join(bench.folder, 'cdk.out/applier');
  const lines = [
    `export PATH=${join(bench.node.dir, 'front')}:$PATH`,
    `${applier} apply >/dev/null 2>&1 &`,
    untilAtWork(bench),
    `${applier} status --follow`,
  ];
  const { status, stderr } = bench.node.run(['bash', '-c', lines.join('\n')]);
  expect(stderr).toMatch(/^run \S+\n/);
  expect(stderr).not.toContain('was killed');
  expect(status, stderr).toBe(exit);
  expect(bench.run('status', '--follow').stdout).not.toContain('was killed');
});

test('what Ctrl-C means reaches the run, which ends after the steps at work', () => {
  const { bench, applier } = slow(2000);
  const lines = [`set -m; ${applier} apply &`, untilAtWork(bench), 'sleep 0.3; kill -INT $!; wait $!'];
  const { stdout, status } = bench.node.run(['bash', '-c', lines.join('\n')]);
  expect(stdout).toMatch(/Interrupted: \d steps were not begun/);
  expect(status).toBe(1);
  expect(bench.run('apply').status).toBe(0);
});
