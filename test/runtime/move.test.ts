import { describe, expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { archive, Bench } from './bench.js';
import { HandMadeHost } from './hand-made.js';
import { disk, machine, machineBench } from './machines.js';
import { container, exact, storage } from './steps.js';

const gib = 1024 ** 3;
const both = ['--allow-move', 'ai/web', '--allow-restart', 'ai/web'] as const;

const data = (storage: string): KeyRequirement => ({
  is: 'volume',
  key: 'mp0',
  storage,
  bytes: gib,
  options: 'mp=/data',
  impact: 'restart',
});

/** A container whose disks lie, or are to lie, where these say. */
function web(root = 'local-zfs', mp = 'local-zfs', keys: readonly KeyRequirement[] = []) {
  const { steps, files } = container(950, 'web', { keys: [data(mp), ...keys], script: 'true\n' });
  const to = (key: KeyRequirement) => (key.is === 'volume' && key.key === 'rootfs' ? { ...key, storage: root } : key);
  return {
    files,
    steps: steps.map((step): Step => (step.kind === 'guest-config' ? { ...step, keys: step.keys.map(to) } : step)),
  };
}

function running(): Bench {
  const bench = new Bench({
    pools: { rpool: {}, fast: {} },
    storages: [
      'dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl\n',
      'zfspool: local-zfs\n\tpool rpool/data\n\tcontent images,rootdir\n',
      'zfspool: fast\n\tpool fast\n\tcontent images,rootdir\n',
    ].join('\n'),
  });
  bench.synthesize(web());
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.writeFile('/rpool/data/subvol-950-disk-0/srv/model', 'weights');
  bench.node.writeFile('/rpool/data/subvol-950-disk-1/a/b', 'data');
  bench.node.clearCommands();
  return bench;
}

const calls = (bench: Bench) => bench.commands().map((line) => line.replace(/ --(?:digest|timeout) \S+/g, ''));
const journal = (bench: Bench) => bench.node.readFile('/var/lib/phoenix/phoenix/journal');
const volumes = (bench: Bench) => bench.node.run(['zfs', 'list', '-H', '-o', 'name']).stdout;

/** The root disk lies on `fast`, the guest is ours by it, runs, and nothing inside was done again. */
function expectMoved(bench: Bench): void {
  expect(bench.node.guestConfig(950)).toMatch(/^rootfs: fast:subvol-950-disk-0,size=4G$/m);
  expect(bench.node.guestConfig(950)).toMatch(/^unused0: local-zfs:subvol-950-disk-0$/m);
  expect(bench.node.guestConfig(950)).not.toContain('lock:');
  expect(bench.node.readFile('/fast/subvol-950-disk-0/srv/model')).toBe('weights');
  expect(bench.node.isRunning(950)).toBe(true);
  expect(volumes(bench).match(/subvol-950/g)).toHaveLength(3);
  const guid = bench.node.run(['zfs', 'get', '-Hp', '-o', 'value', 'guid', 'fast/subvol-950-disk-0']).stdout.trim();
  expect(journal(bench)).toMatch(new RegExp(`^guest\t950\tlxc\t${guid}\tfast:subvol-950-disk-0\t`, 'm'));
  expect(journal(bench)).toMatch(new RegExp(`^applied\tguest/950/run\t${guid}\t`, 'm'));
  bench.node.clearCommands();
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.node.commands().some(({ argv }) => argv[0] === 'lxc-attach')).toBe(false);
  expect(bench.plan()['guest/950/config']?.notes).toEqual([
    'unused0 (local-zfs:subvol-950-disk-0) is in no use and stays; pct set 950 --delete unused0 destroys it',
  ]);
}

test("a container's disk on another storage is held back by name, and moved while it is down where both is allowed", () => {
  const bench = running();
  bench.synthesize(web('fast', 'local-zfs', [exact('cores', '2')]));
  expect(bench.plan()).toMatchObject({
    'guest/950/move/rootfs': {
      verdict: 'held',
      flag: '--allow-move ai/web --allow-restart ai/web',
      changes: [{ key: 'rootfs', from: 'on local-zfs', to: 'on fast', impact: 'stop', held: true }],
    },
    'guest/950/config': { verdict: 'change' },
  });
  expect(bench.plan('--allow-move', 'ai')['guest/950/move/rootfs']?.flag).toBe('--allow-restart ai/web');
  expect(bench.run('apply').stdout).toContain('Held back (need a flag): --allow-move ai/web --allow-restart ai/web');
  expect(calls(bench)).toEqual(['pct set 950 --cores 2']);
  bench.node.clearCommands();

  expect(bench.plan(...both)).toMatchObject({
    'guest/950/move/rootfs': { verdict: 'change', changes: [{ key: 'rootfs', impact: 'stop' }] },
    'guest/950/state': { verdict: 'change', changes: [{ key: 'state', to: 'restarted' }] },
  });
  const { status, stdout, stderr } = bench.run('apply', ...both);
  expect(status, stdout + stderr).toBe(0);
  expect(calls(bench)).toEqual(['pct shutdown 950', 'pct move-volume 950 rootfs fast', 'pct start 950']);
  expect(stdout).toMatch(
    /note: ai\/web: rootfs lies at fast:subvol-950-disk-0 now \(4G, \d+ entries compared\)\. The old disk is kept: unused0 .*pct set 950 --delete unused0 destroys it/,
  );
  expectMoved(bench);
  bench.node.run(['pct', 'set', '950', '--delete', 'unused0']);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do: \d+ steps in place, 1 guests, 0 pending .*\n$/);
});

test.each([
  ['fail-after', 1],
  ['kill-before', 1],
  ['kill-middle', 1],
  ['kill-middle', 2],
  ['kill-after', 1],
] as const)('pct move-volume, %s (%i): the same command ends it', (mode, point) => {
  const bench = running();
  bench.synthesize(web('fast'));
  bench.node.fault({ argv: ['pct', 'move-volume'], mode, point });
  bench.run('apply', ...both);
  const { status, stdout, stderr } = bench.run('apply', ...both);
  expect(status, stdout + stderr).toBe(0);
  expectMoved(bench);
});

test('killed when the disk was moved: an apply without any option ends it; before, it takes its beginnings back', () => {
  const bench = running();
  bench.synthesize(web('fast'));
  bench.node.fault({ argv: ['pct', 'move-volume'], mode: 'kill-middle', point: 1 });
  bench.run('apply', ...both);
  expect(bench.run('apply')).toMatchObject({ status: 0 });
  expect(bench.node.isRunning(950)).toBe(true);
  expect(volumes(bench)).not.toContain('fast/subvol-950');
  bench.node.fault({ argv: ['pct', 'move-volume'], mode: 'kill-middle', point: 2 });
  bench.run('apply', ...both);
  expect(bench.plan()).toMatchObject({
    'guest/950/move/rootfs': { verdict: 'change' },
    'guest/950/config': { verdict: 'waiting' },
    'guest/950/state': { verdict: 'waiting' },
  });
  expect(bench.run('apply')).toMatchObject({ status: 0 });
  expectMoved(bench);
});

test('host-safety 2: the lock of a move that is still at work is waited for', () => {
  const bench = running();
  bench.synthesize(web('fast'));
  bench.node.fault({ argv: ['pct', 'move-volume'], mode: 'kill-middle' });
  bench.run('apply', ...both);
  bench.node.writeFile('/proc/4242/cmdline', 'task UPID:pve:00001092:0:0:move_volume:950:root@pam:\0');
  bench.node.clearCommands();
  const { status, stderr } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('the task that moves rootfs of guest 950 is still at work');
  expect(bench.commands()).toEqual([]);
});

test('a disk that does not hold what the old one holds is not started from', () => {
  const bench = running();
  bench.synthesize(web('fast'));
  bench.node.fault({ argv: ['pct', 'move-volume'], mode: 'kill-middle', point: 2 });
  bench.run('apply', ...both);
  bench.node.run(['rm', `${bench.node.dir}/root/fast/subvol-950-disk-0/srv/model`]);
  const { status, stderr } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('/srv/model is missing');
  const back = /pct set 950 --rootfs local-zfs:subvol-950-disk-0 puts it back/
    .exec(stderr)?.[0]
    .replace(' puts it back', '');
  expect(bench.node.isRunning(950)).toBe(false);
  bench.node.run((back ?? '').split(' '));
  expect(bench.run('apply', ...both)).toMatchObject({ status: 0 });
  expectMoved(bench);
});

test('a disk with data moves as well; the guest is known by its root disk as before', () => {
  const bench = running();
  const known = /^guest\t950.*$/m.exec(journal(bench))?.[0];
  bench.synthesize(web('local-zfs', 'fast'));
  expect(bench.run('apply', ...both)).toMatchObject({ status: 0 });
  expect(bench.node.guestConfig(950)).toMatch(/^mp0: fast:subvol-950-disk-0,mp=\/data,size=1G$/m);
  expect(bench.node.readFile('/fast/subvol-950-disk-0/a/b')).toBe('data');
  expect(journal(bench)).toContain(known);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('a disk that somebody else moved away is drift, and moved back where that is allowed', () => {
  const bench = running();
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'move-volume', '950', 'mp0', 'fast']);
  bench.node.run(['pct', 'start', '950']);
  expect(bench.run('drift').stdout).toMatch(/! mp0 +on fast → on local-zfs +stop \(held back\)/);
  expect(bench.run('drift', '--repair', ...both)).toMatchObject({ status: 0 });
  expect(bench.node.guestConfig(950)).toMatch(/^mp0: local-zfs:subvol-950-disk-2/m);
});

test('where a move is not wanted, the guest is made anew on the other storage', () => {
  const bench = running();
  const { steps, files } = container(950, 'web', { keys: [] });
  const moved = steps.map(
    (step): Step =>
      step.kind === 'guest-create' && step.source.from === 'archive'
        ? { ...step, source: { ...step.source, storage: 'fast' } }
        : step.kind === 'guest-config'
          ? { ...step, keys: step.keys.map((key) => (key.is === 'volume' ? { ...key, storage: 'fast' } : key)) }
          : step,
  );
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'set', '950', '--delete', 'mp0']);
  bench.node.run(['pct', 'set', '950', '--delete', 'unused0']);
  bench.synthesize({ steps: moved, files });
  expect(bench.plan('--allow-replace', 'ai/web', '--allow-move', 'ai/web')['guest/950/create']?.verdict).toBe(
    'satisfied',
  );
  expect(bench.run('apply', '--allow-replace', 'ai/web')).toMatchObject({ status: 0 });
  expect(bench.node.guestConfig(950)).toMatch(/^rootfs: fast:subvol-950-disk-0/m);
  expect(volumes(bench)).not.toContain('rpool/data/subvol-950');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

describe('a machine', () => {
  const steps = (storage: string) => machine(950, 'web', { keys: [disk('scsi0', 2, '', { storage })] });

  function started(): Bench {
    const bench = machineBench();
    const cfg = '/etc/pve/storage.cfg';
    bench.node.writeFile(cfg, `${bench.node.readFile(cfg)}\nzfspool: fast\n\tpool rpool/fast\n`);
    bench.node.run(['zfs', 'create', 'rpool/fast']);
    bench.synthesize({ steps: steps('local-zfs') });
    expect(bench.run('apply')).toMatchObject({ status: 0 });
    bench.synthesize({ steps: steps('fast') });
    bench.node.clearCommands();
    return bench;
  }

  test('has its disk moved while it runs, and is ours by the new one', () => {
    const bench = started();
    expect(bench.plan()['guest/950/move/scsi0']).toMatchObject({
      verdict: 'held',
      flag: '--allow-move vm/web',
      changes: [{ key: 'scsi0', impact: 'live' }],
    });
    expect(bench.run('apply', '--allow-move', 'vm/web')).toMatchObject({ status: 0 });
    expect(calls(bench)).toEqual(['qm disk move 950 scsi0 fast']);
    expect(bench.node.guestConfig(950)).toMatch(/^scsi0: fast:vm-950-disk-0,size=2G$/m);
    bench.node.run(['qm', 'set', '950', '--delete', 'unused0']);
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  });

  test('that still writes to the copy of a killed run is stopped for it, where that is allowed', () => {
    const bench = started();
    bench.node.fault({ argv: ['qm', 'disk', 'move'], mode: 'kill-middle' });
    bench.run('apply', '--allow-move', 'vm/web');
    bench.node.clearCommands();
    expect(bench.plan()['guest/950/move/scsi0']).toMatchObject({
      verdict: 'held',
      reason: expect.stringContaining('may still be writing to what a killed run began'),
      flag: '--allow-restart vm/web',
    });
    const { status, stdout, stderr } = bench.run('apply', '--allow-restart', 'vm/web', '--allow-move', 'vm/web');
    expect(status, stdout + stderr).toBe(0);
    expect(calls(bench)).toEqual([
      'qm shutdown 950',
      'pvesm free fast:vm-950-disk-0',
      'qm disk move 950 scsi0 fast',
      'qm start 950',
    ]);
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  });
});

describe('a disk stays, whatever is allowed, if', () => {
  const storages =
    'dir: local\n\tpath /var/lib/vz\n\tcontent vztmpl\n\nzfspool: local-zfs\n\tpool rpool/data\n\tcontent rootdir\n\n';

  function guest(change: (host: HandMadeHost) => void, config = ''): HandMadeHost {
    const host = new HandMadeHost();
    host.write('/etc/pve/storage.cfg', `${storages}zfspool: fast\n\tpool fast\n\tcontent rootdir\n`);
    host.guest(950, `hostname: web\nmp0: local-zfs:subvol-950-disk-1,mp=/data,size=1G\n${config}`, { path: 'ai/web' });
    host.dataset('rpool/data/subvol-950-disk-1', { refquota: String(gib) });
    host.journal(HandMadeHost.known(950), ['applied', 'guest/950/config', '950', '-']);
    host.write(`/var/lib/vz/template/cache/${archive.split('/')[1]}`, 'archive');
    change(host);
    return host;
  }

  const planned = (config: string, change: (host: HandMadeHost) => void = () => {}, steps = web('fast').steps) =>
    guest(change, config).plan(steps, ...both)['guest/950/move/rootfs'];

  test.each<[string, string, string, ((host: HandMadeHost) => void)?, Step[]?]>([
    [
      'the guest has snapshots',
      '\n[before]\nsnaptime: 1\n',
      'its snapshots (before) would stay behind with the old disk',
    ],
    ['the guest is a template', 'template: 1\n', 'its disks are final'],
    ['somebody protected the guest', 'protection: 1\n', 'protection was switched on by somebody'],
    [
      'other values of the disk wait for a restart',
      '\n[pve:pending]\nrootfs: local-zfs:subvol-950-disk-0,ro=1\n',
      'rootfs waits for a restart with other values',
    ],
    [
      'HA would start the guest again',
      '',
      'managed by HA',
      (host) => {
        host.write('/etc/pve/ha/resources.cfg', 'ct: 950\n\tstate started\n');
        host.running(950);
      },
    ],
    [
      'nobody would start the guest again',
      '',
      'no step of the program would start it again',
      (host) => host.running(950),
      web('fast').steps.filter(({ kind }) => !/state|run/.test(kind)),
    ],
  ])('%s', (_, config, reason, change, steps) => {
    const plan = planned(config, change, steps);
    expect(plan).toMatchObject({ verdict: 'refused', reason: expect.stringContaining(reason) });
    expect(plan?.flag).toBeUndefined();
  });

  test.each([
    ['is not there', '', 'there is no storage fast'],
    ['takes no disks of containers', 'dir: fast\n\tpath /srv\n\tcontent iso\n', 'takes no disks of this kind'],
  ])('its new storage %s', (_, section, reason) => {
    const plan = planned('', (host) => host.write('/etc/pve/storage.cfg', storages + section));
    expect(plan).toMatchObject({ verdict: 'refused', reason: expect.stringContaining(reason) });
  });

  test('its new storage is not made yet by the program: then it waits for that', () => {
    const { steps } = web('fast');
    const made = storage('fast', 'zfspool', { pool: 'fast', content: 'rootdir' });
    const create = steps.map((step) => (step.kind === 'guest-create' ? { ...step, needs: ['storage/fast'] } : step));
    const host = guest((it) => {
      it.write('/etc/pve/storage.cfg', storages);
      it.running(950);
    });
    expect(host.plan([made, ...create], ...both)).toMatchObject({
      'guest/950/move/rootfs': { verdict: 'waiting' },
      'guest/950/state': { verdict: 'change', changes: [{ key: 'state', to: 'restarted' }] },
    });
  });
});
