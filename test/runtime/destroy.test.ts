import { expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { Bench, sha256 } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { container, dataset, exact, pool } from './steps.js';

const gib = 1024 ** 3;
const digest = sha256('template 900');
const data: KeyRequirement = {
  is: 'volume',
  key: 'mp0',
  storage: 'local-zfs',
  bytes: gib,
  options: 'mp=/data',
  impact: 'restart',
};

/** The same steps, of guests that may be destroyed. */
const disposable = (steps: readonly Step[]): Step[] =>
  steps.map((step) => (step.kind === 'guest-create' ? { ...step, removal: 'destroy' } : step));

const qwen = (options: Parameters<typeof container>[2] = {}) => container(950, 'qwen', options).steps;
const other = container(951, 'other', {}).steps;

function applied(steps: readonly Step[], bench = new Bench()): Bench {
  bench.synthesize({ steps });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

const datasets = (bench: Bench) => bench.node.run(['zfs', 'list', '-H', '-o', 'name']).stdout;
const journal = (bench: Bench) => bench.node.readFile('/var/lib/phoenix/phoenix/journal');

test('what left the program is reported with the command that would remove it, and stays', () => {
  const only = [dataset('rpool/data', {}, { create: false }), pool('rpool'), dataset('rpool/made')];
  const bench = applied([...only, ...disposable(qwen()), ...other]);
  bench.synthesize({ steps: container(952, 'new', {}).steps });
  const { stdout } = bench.run('plan');
  expect(stdout).toContain('Not in the program any more');
  expect(stdout).toMatch(/- ai\/qwen +lxc 950, running: applier destroy ai\/qwen --yes, or applier apply --prune/);
  expect(stdout).toMatch(/- ai\/other +lxc 951, running: applier orphan ai\/other/);
  const { left } = JSON.parse(bench.run('plan', '--json').stdout) as { left: { guests: object[]; things: object[] } };
  // What was only referred to was never ours.
  expect(left.things).toMatchObject([{ resource: 'zfs/rpool/made' }]);
  expect(left.guests).toMatchObject([
    { path: 'ai/qwen', policy: 'destroy' },
    { path: 'ai/other', policy: 'retain' },
  ]);
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.isRunning(950) && bench.node.isRunning(951)).toBe(true);
});

test('a guest that may go is destroyed with all its disks, after somebody said yes', () => {
  const bench = applied([...disposable(qwen({ keys: [data] })), ...other]);
  const shown = bench.run('destroy', 'ai/qwen');
  expect(shown.status).toBe(3);
  expect(shown.stdout).toContain('local-zfs:subvol-950-disk-1');
  expect(bench.commands()).toEqual([]);
  const { status, stdout, stderr } = bench.run('destroy', 'ai/qwen', '--yes');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('Applied: 1 destroyed');
  expect(bench.commands()).toEqual([expect.stringMatching(/^pct shutdown 950/), 'pct destroy 950']);
  expect(datasets(bench)).not.toContain('-950-');
  expect(datasets(bench)).toContain('subvol-951-disk-0');
  expect(journal(bench)).not.toMatch(/^(?:guest|applied)\t(?:guest\/)?950/m);
  expect(bench.run('destroy', 'ai/qwen', '--yes').status).toBe(2);
});

test('host-safety 3: a guest under RETAIN is not destroyed, whatever is said', () => {
  const bench = applied(qwen());
  const { status, stdout } = bench.run('destroy', 'ai/qwen', '--yes');
  expect(status).toBe(1);
  expect(stdout).toContain('guest 950 and its disks are retained');
  bench.synthesize({ steps: other });
  expect(bench.run('destroy', 'ai/qwen', '--yes').status).toBe(1);
  expect(bench.run('apply', '--prune').status).toBe(0);
  expect(bench.node.isRunning(950)).toBe(true);
});

test('the policy that counts is the last one that was applied', () => {
  const bench = applied(disposable(qwen()));
  bench.synthesize({ steps: qwen() });
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  bench.synthesize({ steps: other });
  expect(bench.run('destroy', '950', '--yes').status).toBe(1);
});

test('pruning destroys what left the program and may go, and nothing else', () => {
  const bench = applied([...disposable(qwen()), ...other]);
  bench.synthesize({ steps: other });
  expect(bench.run('plan', '--prune').stdout).toMatch(/- disk +local-zfs:subvol-950-disk-0 +destroy/);
  const { status, stderr } = bench.run('apply', '--prune');
  expect(status, stderr).toBe(0);
  expect(bench.commands()).toEqual([expect.stringMatching(/^pct shutdown 950/), 'pct destroy 950']);
  expect(bench.run('apply', '--prune').stdout).toMatch(/^Nothing to do/);
});

test.each([
  ['is protected', ['pct', 'set', '950', '--protection', '1'], 'guest 950 is protected'],
  [
    'has a disk that somebody added',
    ['pct', 'set', '950', '--mp1', 'local-zfs:1,mp=/more'],
    'disks that we did not give it: mp1',
  ],
  [
    'has a disk that is in no config',
    ['zfs', 'create', 'rpool/data/subvol-950-disk-7'],
    'subvol-950-disk-7: named as a disk',
  ],
  [
    'has a dataset below its root disk',
    ['zfs', 'create', 'rpool/data/subvol-950-disk-0/db'],
    'rpool/data/subvol-950-disk-0/db: below a disk of guest 950',
  ],
])('a guest that %s is not destroyed', (_, command, reason) => {
  const bench = applied(disposable(qwen()));
  expect(bench.node.run(command).status).toBe(0);
  bench.node.clearCommands();
  const { status, stdout } = bench.run('destroy', 'ai/qwen', '--yes');
  expect(status).toBe(1);
  expect(stdout).toContain(reason);
  expect(bench.commands()).toEqual([]);
});

test('snapshots of ZFS that Proxmox does not know are shown before they go with their disk', () => {
  const snapshot = 'rpool/data/subvol-950-disk-0@autosnap_daily';
  const bench = applied(disposable(qwen()));
  expect(bench.node.run(['zfs', 'snapshot', snapshot]).status).toBe(0);
  const shown = bench.run('destroy', 'ai/qwen');
  expect(shown.stdout).toMatch(new RegExp(`- snapshot +${snapshot} +destroy`));
  expect(shown.status).toBe(3);
  expect(bench.run('destroy', 'ai/qwen', '--yes')).toMatchObject({ status: 0 });
  expect(datasets(bench)).not.toContain('-950-');
});

test('a snapshot that somebody holds keeps its guest, which would be left half destroyed', () => {
  const snapshot = 'rpool/data/subvol-950-disk-0@zrepl_1';
  const bench = applied(disposable(qwen()));
  bench.node.run(['zfs', 'snapshot', snapshot]);
  expect(bench.node.run(['zfs', 'hold', 'zrepl', snapshot]).status).toBe(0);
  const { status, stdout } = bench.run('destroy', 'ai/qwen', '--yes');
  expect(status).toBe(1);
  expect(stdout).toContain(`${snapshot}: held by somebody`);
  expect(bench.commands()).toEqual([]);
  expect(bench.node.run(['zfs', 'release', 'zrepl', snapshot]).status).toBe(0);
  expect(bench.run('destroy', 'ai/qwen', '--yes')).toMatchObject({ status: 0 });
});

test('a disk of others that waits for a restart keeps its guest: Proxmox would destroy it, too', () => {
  const bench = applied(disposable(qwen()));
  const waits = '[pve:pending]\nmp1: local-zfs:subvol-950-disk-7,mp=/more,size=1G\n';
  bench.node.writeFile('/etc/pve/lxc/950.conf', `${bench.node.guestConfig(950)}${waits}`);
  const { status, stdout } = bench.run('destroy', 'ai/qwen', '--yes');
  expect(status).toBe(1);
  expect(stdout).toContain('disks that we did not give it: mp1 (local-zfs:subvol-950-disk-7');
  expect(bench.commands()).toEqual([]);
});

test('clones go before their template, and a template with other clones stays', () => {
  const template = disposable(container(900, 'base', { seal: digest }).steps);
  const clone = disposable(
    container(950, 'qwen', { from: { template: 900, digest }, needs: ['guest/900/template'] }).steps,
  );
  const bench = applied([...template, ...clone]);
  expect(bench.run('destroy', 'ai/base', '--yes').stdout).toContain('guests 950 are linked clones of 900');
  expect(bench.commands()).toEqual([]);
  const { status, stderr } = bench.run('destroy', 'ai', '--yes');
  expect(status, stderr).toBe(0);
  expect(bench.commands().filter((line) => line.includes('destroy'))).toEqual(['pct destroy 950', 'pct destroy 900']);
  expect(datasets(bench)).not.toMatch(/-9[05]0-/);
});

test('machines are destroyed the same way', () => {
  const web = machine(950, 'web', { state: 'stopped', keys: [disk('scsi0', 2)] });
  const bench = applied(disposable(web), machineBench());
  const { status, stderr } = bench.run('destroy', 'vm/web', '--yes');
  expect(status, stderr).toBe(0);
  expect(bench.commands()).toEqual(['qm destroy 950']);
  expect(datasets(bench)).not.toContain('-950-');
});

test.each(['kill-before', 'kill-middle', 'kill-after'] as const)(
  '%s while a guest is destroyed: the next run ends it',
  (mode) => {
    const bench = applied([...disposable(qwen({ keys: [data, exact('cores', '2')] })), ...other]);
    bench.node.fault({ argv: ['pct', 'destroy'], mode });
    bench.run('destroy', 'ai/qwen', '--yes');
    const { status, stderr } = bench.run('destroy', '950', '--yes');
    expect(status, stderr).toBe(0);
    expect(datasets(bench)).not.toContain('-950-');
    expect(bench.node.run(['pct', 'list']).stdout).not.toContain('950');
    expect(journal(bench)).not.toMatch(/950/);
  },
);

test('somebody who made a guest of that number meanwhile loses nothing', () => {
  const bench = applied([...disposable(qwen()), ...other]);
  bench.node.fault({ argv: ['pct', 'destroy'], mode: 'kill-after' });
  bench.run('destroy', 'ai/qwen', '--yes');
  bench.node.run(['zfs', 'create', 'rpool/data/subvol-950-disk-0']);
  bench.run('destroy', '950', '--yes');
  expect(datasets(bench)).toContain('subvol-950-disk-0');
});
