import { describe, expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { archive, Bench, sha256 } from './bench.js';
import { HandMadeHost } from './hand-made.js';
import { disk, machine, machineBench } from './machines.js';
import { container, exact, hostFile } from './steps.js';

const gib = 1024 ** 3;
const mount = exact('mp0', '/srv/models,mp=/models', 'restart');
const data: KeyRequirement = {
  is: 'volume',
  key: 'mp1',
  storage: 'local-zfs',
  bytes: gib,
  options: 'mp=/data',
  impact: 'restart',
};

interface World {
  readonly unprivileged?: boolean;
  readonly gib?: number;
  readonly archive?: string;
  readonly keys?: readonly KeyRequirement[];
}

/** A container from an archive with a folder of the host, rules and a script of its own. */
function world({ unprivileged = true, gib: size = 4, archive: from = archive, keys = [mount] }: World = {}) {
  const guest = container(950, 'web', {
    gib: size,
    keys: [...keys, exact('unprivileged', unprivileged ? '1' : '0', 'replace')],
    script: 'true\n',
  });
  const rules = hostFile('/etc/pve/firewall/950.fw', '[OPTIONS]\nenable: 1\n', ['guest/950/config']);
  const steps = guest.steps.map((step): Step => {
    if (step.kind === 'guest-state') {
      return { ...step, needs: [...step.needs, rules.step.id] };
    }
    return step.kind === 'guest-create' && step.source.from === 'archive'
      ? { ...step, source: { ...step.source, unprivileged, volume: from } }
      : step;
  });
  return { steps: [...steps, rules.step], files: { ...guest.files, ...rules.files } };
}

/** The guest as it is first. */
function made(first?: World): Bench {
  const bench = new Bench({ osTemplates: { [archive]: {}, [other]: {} } });
  bench.node.writeFile('/srv/models/weights', 'data');
  bench.synthesize(world(first));
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

const other = 'local:vztmpl/debian-13-standard_13.2-1_amd64.tar.zst';
const journal = (bench: Bench) => bench.node.readFile('/var/lib/phoenix/phoenix/journal');
const calls = (bench: Bench) => bench.commands().map((line) => line.split(' ', 3).join(' '));

function expectAnew(bench: Bench, line: string): void {
  expect(bench.node.guestConfig(950)).toContain(line);
  expect(bench.node.guestConfig(950)).toMatch(/^mp0: \/srv\/models/m);
  expect(bench.node.readFile('/srv/models/weights')).toBe('data');
  expect(bench.node.readFile('/etc/pve/firewall/950.fw')).toContain('enable: 1');
  expect(bench.node.isRunning(950)).toBe(true);
  const guid = journal(bench).match(/^guest\t950\tlxc\t(\d+)/m)?.[1];
  expect(journal(bench)).toMatch(new RegExp(`^applied\tguest/950/run\t${guid}\t`, 'm'));
  expect(journal(bench)).not.toContain('destroy/950');
  bench.node.clearCommands();
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.commands()).toEqual([]);
}

test('what no change of a guest gives it is refused with the option that has it made anew; with that it is', () => {
  const bench = made();
  bench.synthesize(world({ unprivileged: false }));
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason:
      'unprivileged is 1, and no change of the guest makes it 0. Made anew it would be so; its root disk would go with it (--allow-replace ai/web)',
    flag: '--allow-replace ai/web',
    changes: [{ key: 'unprivileged', from: '1', to: '0', impact: 'replace', refused: true }],
  });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);

  expect(bench.run('plan', '--allow-replace', 'ai/web').stdout).toMatch(
    /~ root disk +made anew\n +~ unprivileged +1 → 0 +replace\n +~ disk +local-zfs:subvol-950-disk-0 → made anew +destroy\n +. \/srv\/models stays/,
  );
  expect(bench.plan('--allow-replace', 'ai/web')).toMatchObject({
    'guest/950/create': {
      verdict: 'create',
      changes: [
        { key: 'unprivileged', from: '1', to: '0', impact: 'replace' },
        { key: 'disk', from: 'local-zfs:subvol-950-disk-0', impact: 'destroy' },
      ],
      notes: ['/srv/models stays', expect.stringContaining('permissions on guest 950')],
    },
    'guest/950/config': { verdict: 'waiting' },
    'guest/950/run': { verdict: 'waiting' },
  });
  const { status, stdout, stderr } = bench.run('apply', '--allow-replace', 'ai/web');
  expect(status, stdout + stderr).toBe(0);
  expect(calls(bench).slice(0, 3)).toEqual(['pct shutdown 950', 'pct destroy 950', 'pct create 950']);
  expect(bench.node.guestConfig(950)).not.toContain('unprivileged: 1');
  expectAnew(bench, 'hostname: web');
  expect(bench.run('apply', '--allow-replace', '950').stdout).toContain('nothing to replace');
});

test.each([
  ['destroy', 'kill-middle'],
  ['destroy', 'kill-after'],
  ['create', 'kill-middle'],
  ['create', 'kill-after'],
] as const)('killed in pct %s (%s): an apply without the option ends it', (tool, mode) => {
  const bench = made();
  bench.synthesize(world({ unprivileged: false }));
  bench.node.fault({ argv: ['pct', tool], mode });
  bench.run('apply', '--allow-replace', 'ai/web');
  const { status, stdout, stderr } = bench.run('apply');
  expect(status, stdout + stderr).toBe(0);
  expectAnew(bench, 'hostname: web');
});

test('a guest that is not destroyed after all stays as it is, and the run says so', () => {
  const bench = made();
  bench.synthesize(world({ unprivileged: false }));
  bench.node.fault({ argv: ['pct', 'destroy'], mode: 'fail-before', stderr: 'storage is busy' });
  const { status, stderr } = bench.run('apply', '--allow-replace', 'ai/web');
  expect(status).toBe(1);
  expect(stderr).toContain('it was done and did not help');
  expect(bench.node.guestConfig(950)).toContain('unprivileged: 1');
  expect(bench.run('apply', '--allow-replace', 'ai/web')).toMatchObject({ status: 0 });
  expectAnew(bench, 'hostname: web');
});

test('the beginning of a path is no permission, and neither is a name that fits nothing', () => {
  const bench = made();
  bench.synthesize(world({ unprivileged: false }));
  for (const name of ['ai', 'ai/nobody']) {
    expect(bench.run('apply', '--allow-replace', name)).toMatchObject({ status: 2 });
  }
  expect(bench.commands()).toEqual([]);
});

test('a root disk that the program made smaller is refused, and has the new size when the guest is made anew', () => {
  const bench = made({ gib: 4 });
  bench.synthesize(world({ gib: 2 }));
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('rootfs is 4G, and disks only grow; wanted: 2G. Made anew'),
    flag: '--allow-replace ai/web',
  });
  expect(bench.run('apply', '--allow-replace', 'ai/web')).toMatchObject({ status: 0 });
  expectAnew(bench, 'rootfs: local-zfs:subvol-950-disk-0,size=2G');
});

test('nothing goes as long as the archive is not there', () => {
  const bench = made();
  bench.synthesize(world({ unprivileged: false, archive: 'local:vztmpl/nowhere.tar.zst' }));
  const { status, stderr } = bench.run('apply', '--allow-replace', 'ai/web');
  expect(status).toBe(1);
  expect(stderr).toContain('there is no local:vztmpl/nowhere.tar.zst to make it from');
  expect(bench.commands()).toEqual([]);
});

test('nothing goes as long as the archive lies on a storage that is disabled', () => {
  const bench = made();
  bench.synthesize(world({ unprivileged: false }));
  const entries = bench.node.readFile('/etc/pve/storage.cfg');
  bench.node.writeFile('/etc/pve/storage.cfg', entries.replace('dir: local\n', 'dir: local\n\tdisable\n'));
  const { status, stdout } = bench.run('apply', '--allow-replace', 'ai/web');
  expect(status).toBe(1);
  expect(stdout).toContain(`not made anew from ${archive}: storage local is disabled`);
  expect(bench.commands()).toEqual([]);
});

test('a guest of another archive is told, and made anew where that is asked for', () => {
  const bench = made();
  bench.synthesize(world({ archive: other }));
  expect(bench.plan()['guest/950/create']).toMatchObject({
    verdict: 'satisfied',
    notes: [`stale: made from ${archive}, not from ${other}; it keeps its disk (--rebuild ai/web makes it anew)`],
  });
  expect(bench.run('apply', '--rebuild', 'ai/web')).toMatchObject({ status: 0 });
  expect(bench.node.commands().map(({ argv }) => argv.join(' '))).toContainEqual(
    expect.stringMatching(`^pct create 950 ${other}`),
  );
  expect(bench.plan()['guest/950/create']?.notes).toEqual([]);
  expectAnew(bench, 'hostname: web');
});

test('a machine is made anew if its only disk was made from an image', () => {
  const steps = (size: number) =>
    machine(950, 'web', {
      keys: [
        disk('scsi0', size, '', { filled: { import: 'local:import/debian.qcow2' } }),
        disk('ide2', 0, '', { filled: 'cloudinit' }),
      ],
    });
  const bench = machineBench();
  bench.synthesize({ steps: steps(4) });
  expect(bench.run('apply')).toMatchObject({ status: 0 });
  bench.synthesize({ steps: steps(3) });
  bench.node.clearCommands();
  expect(bench.plan()['guest/950/config']?.flag).toBe('--allow-replace vm/web');
  expect(bench.run('apply', '--allow-replace', 'vm/web')).toMatchObject({ status: 0 });
  expect(calls(bench).slice(0, 3)).toEqual(['qm shutdown 950', 'qm destroy 950', 'qm create 950']);
  expect(bench.node.guestConfig(950)).toMatch(/^scsi0: local-zfs:vm-950-disk-0,size=3G$/m);
  expect(bench.node.isRunning(950)).toBe(true);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

describe('a template that changed', () => {
  const template = (digest: string, clone: boolean) => {
    const base = container(900, 'base', { seal: sha256(digest), script: 'true\n' });
    const from = { template: 900, digest: sha256(digest) };
    const child = container(951, 'child', { from, needs: ['guest/900/template'] });
    return { steps: [...base.steps, ...(clone ? child.steps : [])], files: base.files };
  };

  test('is made anew by its path, and sealed with what it was made of', () => {
    const bench = new Bench();
    bench.synthesize(template('one', false));
    expect(bench.run('apply')).toMatchObject({ status: 0 });
    bench.synthesize(template('two', true));
    expect(bench.plan()['guest/900/template']?.notes).toEqual([
      expect.stringMatching(/^template changed.*or have it made anew \(--allow-replace ai\/base\)$/),
    ]);
    expect(bench.plan()['guest/951/create']?.reason).toContain('--allow-replace ai/base');
    expect(bench.run('apply', '--allow-replace', 'ai/base')).toMatchObject({ status: 0 });
    expect(bench.node.guestConfig(951)).toContain('rootfs: local-zfs:basevol-900-disk-0/subvol-951-disk-0');
    expect(journal(bench)).toMatch(new RegExp(`^sealed\t900\t${sha256('two')}$`, 'm'));
    expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  });

  test('stays as long as it has linked clones', () => {
    const bench = new Bench();
    bench.synthesize(template('one', true));
    expect(bench.run('apply')).toMatchObject({ status: 0 });
    bench.synthesize(template('two', true));
    bench.node.clearCommands();
    expect(bench.plan()['guest/900/template']?.notes[0]).not.toContain('--allow-replace');
    const { status, stdout } = bench.run('apply', '--allow-replace', 'ai/base');
    expect(status).toBe(1);
    expect(stdout).toContain('not made anew: guests 951 are linked clones of 900');
    expect(bench.commands()).toEqual([]);
  });
});

describe('host-safety 3: no option makes a guest anew that', () => {
  /** The plan of a guest whose root disk would have to be another one, beside other things about it. */
  function planned(config: string, change: (host: HandMadeHost) => void = () => {}, options: World = {}) {
    const host = new HandMadeHost();
    host.guest(950, `hostname: web\nunprivileged: 1\n${config}`, { path: 'ai/web' });
    host.journal(HandMadeHost.known(950));
    host.write(`/var/lib/vz/template/cache/${archive.split('/')[1]}`, 'archive');
    change(host);
    const { steps } = container(950, 'web', {
      keys: [...(options.keys ?? []), exact('unprivileged', '0', 'replace')],
    });
    const without = host.plan(steps)['guest/950/config'];
    const asked = host.plan(steps, '--allow-replace', 'ai/web')['guest/950/create'];
    return { without, asked };
  }

  test.each<[string, string, string, ((host: HandMadeHost) => void)?]>([
    [
      'has a disk with data',
      'mp1: local-zfs:subvol-950-disk-1,mp=/data,size=1G\n',
      'volumes besides its root disk (mp1',
    ],
    [
      'has a disk that is in no use',
      'unused0: local-zfs:subvol-950-disk-1\n',
      'volumes besides its root disk (unused0',
    ],
    ['has snapshots', '\n[before]\nsnaptime: 1\n', 'has snapshots (before)'],
    ['is protected', 'protection: 1\n', 'is protected'],
    [
      'is managed by HA',
      '',
      'is managed by HA',
      (host) => host.write('/etc/pve/ha/resources.cfg', 'ct: 950\n\tstate started\n'),
    ],
    [
      'is replicated',
      '',
      'is replicated to another node',
      (host) => host.write('/etc/pve/replication.cfg', 'local: 950-0\n\ttarget pve2\n'),
    ],
    [
      'has a disk in no config',
      '',
      'subvol-950-disk-7: named as a disk',
      (host) => host.dataset('rpool/data/subvol-950-disk-7', {}),
    ],
    [
      'was adopted',
      '',
      'was adopted: nobody knows how to make it',
      (host) => host.journal([...HandMadeHost.known(950).slice(0, -1), 'adopted']),
    ],
  ])('%s', (_, config, reason, change) => {
    const { without, asked } = planned(config, change);
    expect(without).toMatchObject({ verdict: 'refused', reason: expect.stringContaining(reason) });
    expect(without?.flag).toBeUndefined();
    expect(asked).toMatchObject({ verdict: 'refused', reason: expect.stringContaining(`not made anew: `) });
    expect(asked?.reason).toContain(reason);
  });

  test('has a disk with data that the program made smaller: it is told how that is done by hand', () => {
    const host = new HandMadeHost();
    host.guest(950, 'hostname: web\nmp1: local-zfs:subvol-950-disk-1,mp=/data,size=2G\n', { path: 'ai/web' });
    host.dataset('rpool/data/subvol-950-disk-1', { refquota: String(2 * gib) });
    host.journal(HandMadeHost.known(950), ['applied', 'guest/950/config', '950', '-', `mp1=local-zfs:${2 * gib}`]);
    const plan = host.plan(container(950, 'web', { keys: [data] }).steps)['guest/950/config'];
    expect(plan).toMatchObject({
      verdict: 'refused',
      reason: expect.stringMatching(
        /^mp1 is 2G, and disks only grow; wanted: 1G\. Nor is it made anew: .*By hand: make a disk/,
      ),
    });
    expect(plan?.flag).toBeUndefined();
  });

  test('would be the same again, because its template is', () => {
    const host = new HandMadeHost();
    const digest = sha256('900');
    host.guest(900, 'unprivileged: 1\ntemplate: 1\n', { path: 'ai/base' });
    host.guest(950, 'hostname: web\nunprivileged: 1\n', { path: 'ai/web' });
    host.journal(HandMadeHost.known(900), ['sealed', 900, digest], HandMadeHost.known(950));
    const { steps } = container(950, 'web', {
      from: { template: 900, digest },
      keys: [exact('unprivileged', '0', 'replace')],
    });
    const base = container(900, 'base', { seal: digest });
    expect(host.plan([...base.steps, ...steps])['guest/950/config']).toMatchObject({
      verdict: 'refused',
      reason: expect.stringContaining('as a clone of 900 it would have unprivileged of its template again (1)'),
    });
  });
});
