import { expect, test } from 'vitest';
import type { KeyRequirement } from '../../src/model/step.js';
import { Bench, type BenchStack } from './bench.js';
import { HandMadeHost } from './hand-made.js';
import { container, dataset, exact, hostFile, storage } from './steps.js';

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

const data: KeyRequirement = {
  is: 'volume',
  key: 'mp0',
  storage: 'local-zfs',
  bytes: 1024 ** 3,
  options: 'mp=/data',
  impact: 'restart',
};

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

test('an unmounted dataset is mounted, with a word about what it will cover; one without its key is told', () => {
  const host = new HandMadeHost();
  for (const name of ['rpool/a', 'rpool/locked']) {
    host.dataset(name, { mounted: 'no', canmount: 'on', keystatus: name === 'rpool/a' ? '-' : 'unavailable' });
    host.write(`/${name}/file`, '');
  }
  const plan = host.plan([dataset('rpool/a'), dataset('rpool/locked')]);
  expect(plan).toMatchObject({
    'zfs/rpool/a': {
      changes: [{ key: 'mounted', from: 'no', to: 'yes' }],
      notes: ['what lies in /rpool/a now will be below the mount, out of sight'],
    },
    'zfs/rpool/locked': {
      verdict: 'satisfied',
      notes: ['not mounted, because its key is not loaded: zfs mount -l rpool/locked'],
    },
  });
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
