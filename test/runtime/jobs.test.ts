import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench, sha256 } from './bench.js';
import { container, dataset, run } from './steps.js';

/** Has the node's `pct` write down when each call begins (`+`) and ends (`-`); a call that makes a guest takes its time. */
function watched(): { readonly bench: Bench; readonly lines: () => readonly string[] } {
  const bench = new Bench();
  const log = join(bench.folder, 'times');
  const pct = join(bench.node.dir, 'bin/pct');
  bench.standIn('pct', `echo "+ $*" >> ${log}; sleep 0.2; ${pct} "$@"; code=$?; echo "- $*" >> ${log}; exit $code`);
  return { bench, lines: () => bench.node.run(['cat', log]).stdout.trim().split('\n') };
}

/** Most calls that were at work at the same time. */
function most(lines: readonly string[]): number {
  let now = 0;
  return Math.max(
    ...lines.map((line) => {
      now += line.startsWith('+') ? 1 : -1;
      return now;
    }),
  );
}

test('as many steps as --jobs says are at work at once, and those of one guest come one after the other', () => {
  const { bench, lines } = watched();
  const vmids = [950, 951, 952, 953];
  bench.synthesize({ steps: vmids.flatMap((vmid) => container(vmid, `g${vmid}`, {}).steps) });
  const { status, stderr } = bench.run('apply', '--jobs', '3');
  expect(status, stderr).toBe(0);
  expect(most(lines())).toBe(3);
  for (const vmid of vmids) {
    expect(most(lines().filter((line) => line.includes(` ${vmid} `)))).toBe(1);
  }
});

test('with --jobs 1 steps come in the order of the plan', () => {
  const { bench, lines } = watched();
  bench.synthesize({ steps: [950, 951].flatMap((vmid) => container(vmid, `g${vmid}`, {}).steps) });
  expect(bench.run('apply', '--jobs', '1').status).toBe(0);
  expect(most(lines())).toBe(1);
});

test('host-safety 11: one clone of a source at a time, whatever --jobs says', () => {
  const { bench, lines } = watched();
  const digest = sha256('template 900');
  const base = container(900, 'base', { seal: digest });
  const clones = [950, 951, 952].map((vmid) =>
    container(vmid, `g${vmid}`, { from: { template: 900, digest }, needs: ['guest/900/template'] }),
  );
  bench.synthesize({ steps: [...base.steps, ...clones.flatMap(({ steps }) => steps)] });
  const { status, stderr } = bench.run('apply', '--jobs', '9');
  expect(status, stderr).toBe(0);
  expect(most(lines().filter((line) => /clone/.test(line)))).toBe(1);
  expect(most(lines())).toBeGreaterThan(1);
});

test('commands of the program are run one at a time', () => {
  const bench = new Bench();
  const log = join(bench.folder, 'times');
  const file = (name: string) => `/tmp/${name}`;
  const step = (name: string) =>
    run(
      name,
      [{ probe: 'file', path: file(name) }],
      [
        [
          'sh',
          '-c',
          `echo "+ ${name}" >> ${log}; sleep 0.1; touch ${bench.node.path(file(name))}; echo "- ${name}" >> ${log}`,
        ],
      ],
    );
  bench.node.writeFile('/tmp/there', '');
  bench.synthesize({ steps: [step('a'), step('b'), step('c')] });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(most(bench.node.run(['cat', log]).stdout.trim().split('\n'))).toBe(1);
});

test('a worker that is killed is a failed step; what does not need it is done all the same', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a'), dataset('rpool/b')] });
  const once = join(bench.folder, 'once');
  const zfs = join(bench.node.dir, 'bin/zfs');
  bench.standIn(
    'zfs',
    `case "$*" in 'create '*rpool/a) [ -e ${once} ] || { touch ${once}; kill -9 $PPID; };; esac\nexec ${zfs} "$@"`,
  );
  const { stdout, stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stdout).toContain('1 created, 0 changed, 1 failed');
  expect(stderr).toMatch(/host\/rpool-a .* FAILED: its worker was killed\n/);
  expect(stderr).not.toContain('Killed');
  expect(bench.run('apply').status).toBe(0);
});

test('--skip leaves a construct out, and what needs it', () => {
  const bench = new Bench();
  bench.synthesize({
    steps: [dataset('rpool/a'), dataset('rpool/a/b', {}, { needs: ['zfs/rpool/a'] }), dataset('rpool/c')],
  });
  const { stdout, status } = bench.run('apply', '--skip', 'host/rpool-a');
  expect(stdout).toContain('1 created');
  expect(stdout).toContain('Blocked: 1 steps');
  expect(status).toBe(1);
  expect(bench.node.run(['zfs', 'list', '-Ho', 'name']).stdout).not.toContain('rpool/a');
  expect(bench.run('apply', '--skip', 'nosuch').status).toBe(2);
});

test('--from leaves out what comes before', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a'), dataset('rpool/b'), dataset('rpool/c')] });
  expect(bench.run('apply', '--from', 'host/rpool-b').stdout).toContain('2 created');
  expect(bench.run('apply').stdout).toContain('1 created, 0 changed, 0 failed, 2 in place');
});

test('a step that takes long is told of, with what it waits for', () => {
  const bench = new Bench();
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  bench.run('apply');
  bench.synthesize({ steps: container(950, 'qwen', { onboot: true }).steps });
  bench.node.run(['sh', '-c', `echo 'lock: backup' >> ${bench.node.path('/etc/pve/lxc/950.conf')}`]);
  const { stderr } = bench.node.run([
    'env',
    'PHOENIX_TICK=1',
    'PHOENIX_PAUSE=0.2',
    'PHOENIX_PATIENCE=3',
    join(bench.folder, 'cdk.out/applier'),
    'apply',
  ]);
  expect(stderr).toMatch(/ai\/qwen .* at work for \d s: guest 950 is locked \(backup\)\n/);
});

test('what people see of steps stands in columns, as wide as the longest path', () => {
  const bench = new Bench();
  bench.synthesize({ steps: [dataset('rpool/a'), dataset('rpool/a-name-that-is-quite-long')] });
  const lines = bench.run('apply').stderr.trim().split('\n');
  expect(lines).toHaveLength(2);
  expect(new Set(lines.map((line) => line.indexOf(' dataset '))).size).toBe(1);
});
