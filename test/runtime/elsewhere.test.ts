import { expect, test } from 'vitest';
import { Bench } from './bench.js';
import { container } from './steps.js';

/** Two guests on their node, of which HA manages the second. */
function applied(): Bench {
  const bench = new Bench();
  bench.synthesize({ steps: [...container(950, 'qwen', {}).steps, ...container(951, 'web', {}).steps] });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.writeFile('/etc/pve/ha/resources.cfg', 'ct: 951\n\tstate started\n');
  bench.node.clearCommands();
  return bench;
}

/** As the cluster moves a guest: its file goes to another node's folder. */
function move(bench: Bench, vmid: number): void {
  const config = bench.node.guestConfig(vmid);
  bench.node.run(['pct', 'stop', String(vmid)]);
  bench.node.run(['rm', bench.node.path(`/etc/pve/nodes/pve/lxc/${vmid}.conf`)]);
  bench.node.writeFile(`/etc/pve/nodes/pve2/lxc/${vmid}.conf`, config);
}

const status = (bench: Bench) => (JSON.parse(bench.run('status', '--json').stdout) as { guests: object[] }).guests;

test('status says on which node each guest is, and what HA was asked for', () => {
  const bench = applied();
  expect(status(bench)).toMatchObject([
    { vmid: '950', node: 'pve', state: 'running', ha: '' },
    { vmid: '951', node: 'pve', state: 'running', ha: 'started' },
  ]);
  expect(bench.run('status').stdout).toMatch(/^VMID .* HA\n950 .*running +ours\n951 .*running +ours +started$/m);
  bench.node.run(['rm', bench.node.path('/etc/pve/ha/resources.cfg')]);
  move(bench, 951);
  expect(status(bench)[1]).toMatchObject({ vmid: '951', node: 'pve2', state: 'on pve2', owner: 'moved' });
});

test('host-safety 14: a guest that was moved is named with its node by plan, drift and verify, and nothing is done', () => {
  const bench = applied();
  bench.node.run(['rm', bench.node.path('/etc/pve/ha/resources.cfg')]);
  move(bench, 951);
  bench.node.clearCommands();
  for (const verb of ['plan', 'drift', 'verify', 'apply']) {
    const { stdout, stderr, status: code } = bench.run(verb);
    expect(stdout + stderr).toContain('guest 951 is on node pve2, not on pve');
    expect(code).toBe(1);
  }
  for (const words of [
    ['--only', 'ai/qwen'],
    ['--skip', 'ai/web'],
  ]) {
    expect(bench.run('apply', ...words).stdout).toMatch(/^Nothing to do/);
  }
  expect(bench.commands()).toEqual([]);
});

test('a guest that left the program and was moved is told with its node', () => {
  const bench = applied();
  bench.node.run(['rm', bench.node.path('/etc/pve/ha/resources.cfg')]);
  move(bench, 951);
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  expect(bench.run('plan').stdout).toMatch(/- ai\/web +lxc 951, on node pve2: applier orphan ai\/web/);
});
