import { rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { KeyRequirement } from '../../src/model/step.js';
import { Bench, type BenchStack, sha256 } from './bench.js';
import { container, dataset, exact, folder, hostFile, storage } from './steps.js';

// What people and accidents do to a host between two runs.

/** A bench on which these steps were applied. */
function applied(stack: BenchStack): Bench {
  const bench = new Bench();
  bench.synthesize(stack);
  const { stderr, status } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

function edit(bench: Bench, vmid: number, change: (text: string) => string): void {
  bench.node.writeFile(`/etc/pve/lxc/${vmid}.conf`, change(bench.node.guestConfig(vmid)));
}

const digest = sha256('template 900');
const template = container(900, 'base', { seal: digest, script: 'true\n' });
const clone = container(950, 'qwen', { from: { template: 900, digest }, needs: ['guest/900/template'] });
const both = { steps: [...template.steps, ...clone.steps], files: template.files };
const data: KeyRequirement = {
  is: 'volume',
  key: 'mp0',
  storage: 'local-zfs',
  bytes: 1024 ** 3,
  options: 'mp=/data',
  impact: 'restart',
};

test('a template that somebody made an ordinary guest again is not started: its clones live on its disk', () => {
  const bench = applied(both);
  edit(bench, 900, (text) => text.replace('template: 1\n', ''));
  const { status, stdout } = bench.run('apply');
  expect(status).toBe(1);
  expect(stdout).toContain('somebody took `template: 1` out of its config');
  expect(bench.commands()).toEqual([]);
});

test('a guest whose root disk cannot be seen is not taken for ours by the name of its volume', () => {
  const bench = applied(container(950, 'qwen', { script: 'true\n', onboot: true }));
  bench.node.writeFile(
    '/etc/pve/storage.cfg',
    bench.node.readFile('/etc/pve/storage.cfg').replace(/^zfspool[\s\S]*/m, ''),
  );
  expect(bench.plan()['guest/950/create']).toMatchObject({
    verdict: 'unknown',
    reason: expect.stringContaining('the root disk of guest 950 cannot be seen'),
  });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
});

test('a storage entry that somebody removed comes back, and nothing else is done', () => {
  const guest = container(950, 'qwen', { script: 'true\n', needs: ['storage/local-zfs'] });
  const entry = storage('local-zfs', 'zfspool', { pool: 'rpool/data', content: 'images,rootdir', sparse: '1' });
  const firewall = hostFile('/etc/pve/firewall/950.fw', '[OPTIONS]\nenable: 1\n', ['guest/950/config']);
  const steps = guest.steps.map((step) =>
    step.kind === 'guest-state' ? { ...step, needs: [firewall.step.id] } : step,
  );
  const bench = applied({ steps: [entry, ...steps, firewall.step], files: { ...guest.files, ...firewall.files } });
  bench.node.writeFile(
    '/etc/pve/storage.cfg',
    bench.node.readFile('/etc/pve/storage.cfg').replace(/^zfspool[\s\S]*/m, ''),
  );
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(bench.commands()).toEqual([expect.stringMatching(/^pvesm add zfspool local-zfs /)]);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('a guest does not start because its firewall file is there while its config is refused', () => {
  const guest = container(950, 'qwen', { keys: [data] });
  const firewall = hostFile('/etc/pve/firewall/950.fw', '[OPTIONS]\nenable: 1\n', ['guest/950/config']);
  const steps = guest.steps.map((step) =>
    step.kind === 'guest-state' ? { ...step, needs: [firewall.step.id] } : step,
  );
  const bench = applied({ steps: [...steps, firewall.step], files: firewall.files });
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'set', '950', '--delete', 'mp0']);
  bench.node.clearCommands();
  expect(bench.plan()['guest/950/state']).toMatchObject({ verdict: 'blocked' });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
});

test('a volume that was taken out of the config is not replaced by an empty one', () => {
  const bench = applied(container(950, 'qwen', { keys: [data] }));
  const kept = bench.node.guestConfig(950);
  edit(bench, 950, (text) => text.replace(/^mp0:.*\n/m, ''));
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('its disk may be rpool/data/subvol-950-disk-1'),
  });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
  bench.node.writeFile('/etc/pve/lxc/950.conf', kept);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test("somebody's protection stays where the program asks for none, and is told", () => {
  const guest = container(950, 'qwen', { keys: [exact('cores', '2')], onboot: true });
  const steps = guest.steps.map((step) =>
    step.kind === 'guest-config' && step.id.endsWith('/onboot')
      ? { ...step, keys: [...step.keys, exact('protection', '0')] }
      : step,
  );
  const bench = applied({ steps });
  bench.node.setGuestKey(950, 'protection', '1');
  const { stdout, status } = bench.run('apply');
  expect(stdout).toMatch(/^Nothing to do[\s\S]*protection was switched on by somebody; it stays/);
  expect(status).toBe(0);
  bench.node.setGuestKey(950, 'cores', '4');
  expect(bench.plan()['guest/950/config']).toMatchObject({ verdict: 'refused' });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
});

test('protection that the program asked for goes when it asks for it no more', () => {
  const guarded = (value: string) => ({
    steps: container(950, 'qwen', { onboot: true }).steps.map((step) =>
      step.kind === 'guest-config' && step.id.endsWith('/onboot')
        ? { ...step, keys: [...step.keys, exact('protection', value)] }
        : step,
    ),
  });
  const bench = applied(guarded('1'));
  bench.synthesize(guarded('0'));
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('protection: 0');
});

test('a pending value that is taken back is no reason for a restart', () => {
  const bench = applied(container(950, 'qwen', { keys: [exact('features', 'nesting=1', 'restart')] }));
  bench.node.run(['pct', 'set', '950', '--features', 'nesting=1,keyctl=1']);
  bench.node.clearCommands();
  expect(bench.plan()['guest/950/state']?.verdict).toBe('satisfied');
  expect(bench.run('apply').stdout).not.toContain('Held');
  expect(bench.commands()).toEqual(['pct set 950 --revert features']);
});

test('locks, pending values of others and a stale size are told and left alone', () => {
  const bench = applied(container(950, 'qwen', {}));
  bench.node.run(['pct', 'set', '950', '--ostype', 'ubuntu']);
  edit(bench, 950, (text) => text.replace('size=4G', 'size=2G'));
  bench.node.setGuestKey(950, 'lock', 'backup');
  bench.node.clearCommands();
  expect(bench.plan()['guest/950/config']?.notes).toEqual([
    'rootfs: size=2G in the config is not what the storage says (4G): pct rescan --vmid 950',
    'locked (backup)',
    'foreign key ostype waits for a restart (debian → ubuntu); it stays',
  ]);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.commands()).toEqual([]);
});

test('a guest that bears the mark of another one is told', () => {
  const bench = applied(container(950, 'qwen', {}));
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'clone', '950', '960', '--full', '1']);
  bench.node.run(['pct', 'start', '950']);
  expect(bench.plan()['guest/950/create']?.notes).toEqual([
    'guest 960 bears the mark of this one: a copy, restored or cloned by hand, perhaps with the same MAC and address; it stays',
  ]);
});

test('a folder that became a link is not followed', () => {
  const bench = applied({
    steps: [
      dataset('rpool/models'),
      { ...folder('/rpool/models/a', { path: '/rpool/models', dataset: 'rpool/models' }), needs: ['zfs/rpool/models'] },
    ],
  });
  rmSync(bench.node.path('/rpool/models/a'), { recursive: true });
  symlinkSync('/tmp', bench.node.path('/rpool/models/a'));
  expect(bench.plan()['folder/rpool/models/a']).toMatchObject({
    verdict: 'unknown',
    reason: '/rpool/models/a is a link, not a folder',
  });
});

test('a storage that somebody disabled is told', () => {
  const bench = applied({ steps: [storage('models', 'dir', { path: '/srv', content: 'vztmpl' })] });
  bench.node.run(['pvesm', 'set', 'models', '--disable', '1']);
  expect(bench.plan()['storage/models']).toMatchObject({ verdict: 'satisfied', notes: ['storage models is disabled'] });
});

test('an intent that came to nothing does not make the journal forget what was set', () => {
  const bench = applied(container(950, 'qwen', { keys: [exact('cores', '2')] }));
  const journal = '/var/lib/phoenix/phoenix/journal';
  bench.node.writeFile(journal, `${bench.node.readFile(journal)}intent\tguest/950/config\tr\t1\t-\n`);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  bench.synthesize(container(950, 'qwen', {}));
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).not.toContain('cores');
});
