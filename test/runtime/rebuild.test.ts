import { expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { Bench, sha256 } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { container, exact, hostFile } from './steps.js';

const gib = 1024 ** 3;
const old = sha256('template 900');
const young = sha256('template 901');
const mount: KeyRequirement = exact('mp0', '/srv/models,mp=/models', 'restart');
const volume: KeyRequirement = {
  is: 'volume',
  key: 'mp1',
  storage: 'local-zfs',
  bytes: gib,
  options: 'mp=/data',
  impact: 'restart',
};

type Assembly = { steps: readonly Step[]; files: Record<string, string> };

/** Two templates and a clone of one of them, with rules of its own and a script that is run inside. */
function world(template: 900 | 901, keys: readonly KeyRequirement[] = [mount]): Assembly {
  const base = [
    container(900, 'old', { seal: old, script: 'true\n' }),
    container(901, 'young', { seal: young, script: 'true\n' }),
  ];
  const clone = container(950, 'qwen', {
    from: { template, digest: template === 900 ? old : young },
    needs: [`guest/${template}/template`],
    keys,
    script: 'true\n',
  });
  const rules = hostFile('/etc/pve/firewall/950.fw', '[OPTIONS]\nenable: 1\n', ['guest/950/config']);
  const steps = clone.steps.map((step) =>
    step.kind === 'guest-state' ? { ...step, needs: [...step.needs, rules.step.id] } : step,
  );
  return {
    steps: [...base.flatMap((guest) => guest.steps), ...steps, rules.step],
    files: Object.assign({}, ...base.map(({ files }) => files), clone.files, rules.files),
  };
}

/** The clone made from the old template, and the program naming the young one. */
function stale(keys?: readonly KeyRequirement[]): Bench {
  const bench = new Bench();
  bench.node.run(['mkdir', '-p', `${bench.node.dir}/srv/models`]);
  bench.node.writeFile('/srv/models/weights', 'data');
  bench.synthesize(world(900, keys));
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.synthesize(world(901, keys));
  bench.node.clearCommands();
  return bench;
}

const journal = (bench: Bench) => bench.node.readFile('/var/lib/phoenix/phoenix/journal');
const destroyed = (bench: Bench) => bench.commands().filter((line) => line.includes('destroy'));

function expectRebuilt(bench: Bench): void {
  expect(bench.node.readFile('/srv/models/weights')).toBe('data');
  expect(bench.node.guestConfig(950)).toMatch(/^rootfs: local-zfs:basevol-901-disk-0\/subvol-950-disk-0/m);
  expect(bench.node.guestConfig(950)).toMatch(/^mp0: \/srv\/models/m);
  expect(bench.node.readFile('/etc/pve/firewall/950.fw')).toContain('enable: 1');
  expect(bench.node.isRunning(950)).toBe(true);
  expect(journal(bench)).toMatch(new RegExp(`^guest\t950\t.*\t${young}$`, 'm'));
  const guid = journal(bench).match(/^guest\t950\tlxc\t(\d+)/m)?.[1];
  expect(journal(bench)).toMatch(new RegExp(`^applied\tguest/950/run\t${guid}\t`, 'm'));
  expect(journal(bench)).not.toContain('destroy/950');
  bench.node.clearCommands();
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.commands()).toEqual([]);
}

test('what the guest had it has again without anybody approving it', () => {
  const bench = stale();
  const { status, stderr } = bench.applier('apply', '--rebuild', 'ai/qwen');
  expect(status, stderr).toBe(0);
  expectRebuilt(bench);
});

test('a clone of an older template is told, with what makes it anew, and stays', () => {
  const bench = stale();
  const plan = bench.plan();
  expect(plan['guest/950/create']).toMatchObject({
    verdict: 'satisfied',
    notes: [expect.stringMatching(/^stale: made from an older template.*--rebuild ai\/qwen/)],
  });
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(bench.commands()).toEqual([]);
});

test('the plan of a rebuild shows the loss of the root disk and every step that follows from it', () => {
  const bench = stale();
  const plan = bench.plan('--rebuild', 'ai/qwen');
  expect(plan['guest/950/create']).toMatchObject({
    verdict: 'create',
    notes: ['/srv/models stays', expect.stringContaining('permissions on guest 950 and its place in a pool go')],
    changes: [{ key: 'guest' }, { key: 'disk', from: expect.stringContaining('subvol-950-disk-0'), impact: 'destroy' }],
  });
  for (const id of ['guest/950/config', 'file/etc/pve/firewall/950.fw', 'guest/950/state', 'guest/950/run']) {
    expect(plan[id], id).toMatchObject({ verdict: 'waiting' });
  }
  expect(bench.commands()).toEqual([]);
});

test.each(['ai/qwen', 'guest/950', '950'])('--rebuild %s replaces the root disk and keeps mounts', (name) => {
  const bench = stale();
  const { status, stdout, stderr } = bench.run('apply', '--rebuild', name);
  expect(status, stdout + stderr).toBe(0);
  expect(bench.commands().slice(0, 3)).toEqual([
    expect.stringMatching(/^pct shutdown 950/),
    'pct destroy 950',
    expect.stringMatching(/^pct clone 901 950/),
  ]);
  expectRebuilt(bench);
  const again = bench.run('apply', '--rebuild', name);
  expect(again.stdout).toMatch(/^Nothing to do/);
  expect(again.stdout).toContain('is of this template already');
});

test.each(['ai', 'ai/old', 'ai/nobody'])('--rebuild %s names no clone', (name) => {
  const bench = stale();
  expect(bench.run('apply', '--rebuild', name)).toMatchObject({ status: 2 });
  expect(bench.commands()).toEqual([]);
});

test.each([
  ['is protected', ['pct', 'set', '950', '--protection', '1'], 'guest 950 is protected'],
  ['has snapshots', ['pct', 'snapshot', '950', 'before'], 'guest 950 has snapshots (before)'],
  ['has a volume that somebody added', ['pct', 'set', '950', '--mp3', 'local-zfs:1,mp=/more'], 'besides its root disk'],
  ['has a disk in no config', ['zfs', 'create', 'rpool/data/subvol-950-disk-7'], 'subvol-950-disk-7: named as a disk'],
  [
    'has a snapshot of ZFS that Proxmox does not know',
    ['zfs', 'snapshot', 'rpool/data/subvol-950-disk-0@autosnap_daily'],
    'subvol-950-disk-0@autosnap_daily: ZFS snapshots of guest 950',
  ],
  [
    'has a dataset below its root disk',
    ['zfs', 'create', 'rpool/data/subvol-950-disk-0/db'],
    'subvol-950-disk-0/db: below a disk of guest 950',
  ],
])('host-safety 3: a clone that %s is not made anew', (_, command, reason) => {
  const bench = stale([]);
  expect(bench.node.run(command)).toMatchObject({ status: 0 });
  bench.node.clearCommands();
  expect(bench.plan('--rebuild', 'ai/qwen')['guest/950/create']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining(reason),
  });
  bench.run('apply', '--rebuild', 'ai/qwen');
  expect(destroyed(bench)).toEqual([]);
  expect(bench.node.isRunning(950)).toBe(true);
});

test('host-safety 3: a clone with a volume of the program is not made anew', () => {
  const bench = stale([volume]);
  const { status, stdout } = bench.run('apply', '--rebuild', 'ai/qwen');
  expect(status).toBe(1);
  expect(stdout).toContain('guest 950 has volumes besides its root disk (mp1');
  expect(bench.commands()).toEqual([]);
});

test('rules that somebody wrote for the guest do not go with it', () => {
  const bench = stale();
  const { steps, files } = world(901);
  bench.synthesize({
    files,
    steps: steps
      .filter(({ kind }) => kind !== 'file')
      .map((step) => ({ ...step, needs: step.needs.filter((need) => !need.startsWith('file/')) })),
  });
  expect(bench.run('apply', '--rebuild', 'ai/qwen').stdout).toContain('/etc/pve/firewall/950.fw would go with it');
  expect(bench.commands()).toEqual([]);
});

test('nothing goes as long as the template cannot be cloned', () => {
  const bench = stale();
  const { steps, files } = world(901);
  const other = sha256('something else');
  bench.synthesize({
    files,
    steps: steps.map((step) =>
      step.kind === 'guest-create' && step.source.from === 'clone'
        ? { ...step, source: { ...step.source, digest: other } }
        : step,
    ),
  });
  const { status, stdout } = bench.run('apply', '--rebuild', 'ai/qwen');
  expect(status).toBe(1);
  expect(stdout).toContain('template 901 was made from other inputs');
  expect(bench.commands()).toEqual([]);
});

test.each([
  ['destroy', 'kill-before'],
  ['destroy', 'kill-middle'],
  ['destroy', 'kill-after'],
  ['clone', 'kill-before'],
  ['clone', 'kill-middle'],
  ['clone', 'kill-after'],
] as const)('pct %s, %s: the same command ends it', (tool, mode) => {
  const bench = stale();
  bench.node.fault({ argv: ['pct', tool], mode });
  bench.run('apply', '--rebuild', 'ai/qwen');
  const { status, stdout, stderr } = bench.run('apply', '--rebuild', 'ai/qwen');
  expect(status, stdout + stderr).toBe(0);
  expectRebuilt(bench);
});

test.each(['kill-middle', 'kill-after'] as const)(
  'destroyed, %s: an apply without the option makes it anew',
  (mode) => {
    const bench = stale();
    bench.node.fault({ argv: ['pct', 'destroy'], mode });
    bench.run('apply', '--rebuild', 'ai/qwen');
    const { status, stdout, stderr } = bench.run('apply');
    expect(status, stdout + stderr).toBe(0);
    expectRebuilt(bench);
  },
);

test('a machine is made anew if its only disk came with the template', () => {
  const base = (vmid: number, seal: string) =>
    machine(vmid, `t${vmid}`, {
      seal,
      keys: [
        disk('scsi0', 4, '', { filled: { import: 'local:import/debian.qcow2' } }),
        disk('ide2', 0, '', { filled: 'cloudinit' }),
      ],
    });
  const clone = (vmid: number, template: number, digest: string, more: readonly KeyRequirement[]) =>
    machine(vmid, `g${vmid}`, {
      from: { template, digest },
      needs: [`guest/${template}/template`],
      keys: [disk('scsi0', 8), disk('ide2', 0, '', { filled: 'cloudinit' }), ...more],
    });
  const all = (template: number, digest: string) => [
    ...base(900, old),
    ...base(901, young),
    ...clone(950, template, digest, []),
    ...clone(951, template, digest, [disk('scsi1', 1)]),
  ];
  const bench = machineBench();
  bench.synthesize({ steps: all(900, old) });
  expect(bench.run('apply')).toMatchObject({ status: 0 });
  bench.synthesize({ steps: all(901, young) });
  bench.node.clearCommands();
  const { status, stdout, stderr } = bench.run('apply', '--rebuild', 'vm/g950,vm/g951');
  expect(status, stderr).toBe(1);
  expect(stdout).toContain('guest 951 has volumes besides its root disk');
  expect(destroyed(bench)).toEqual(['qm destroy 950']);
  expect(bench.node.guestConfig(950)).toMatch(/^scsi0: local-zfs:base-901-disk-0\/vm-950-disk-0,.*size=8G$/m);
  expect(bench.node.isRunning(950)).toBe(true);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('a clone in a protected stack stays as it is, whatever is said', () => {
  const bench = stale();
  bench.synthesize({ ...world(901), protect: true });
  const { status, stdout } = bench.run('apply', '--rebuild', 'ai/qwen');
  expect(status).toBe(1);
  expect(stdout).toContain('not made anew: guest 950 is in stack ai, which is protected');
  expect(destroyed(bench)).toEqual([]);
});

/** A full clone on a storage of its own that is out of date, and the entry of that storage changed since. */
function staleOn(change: (entry: string) => string): Bench {
  const assembly = (template: 900 | 901) => {
    const { steps, files } = world(template, []);
    return {
      files,
      steps: steps.map((step): Step => {
        if (step.id === 'guest/950/create' && step.kind === 'guest-create' && step.source.from === 'clone') {
          return { ...step, source: { ...step.source, mode: 'full', storage: 'extra' } };
        }
        if (step.id !== 'guest/950/config' || step.kind !== 'guest-config') return step;
        return { ...step, keys: step.keys.map((key) => (key.is === 'volume' ? { ...key, storage: 'extra' } : key)) };
      }),
    };
  };
  const pools = ['local-zfs', 'extra'].map(
    (name) => `zfspool: ${name}\n\tpool rpool/${name === 'extra' ? name : 'data'}\n\tcontent images,rootdir\n`,
  );
  const local = 'dir: local\n\tpath /var/lib/vz\n\tcontent vztmpl\n';
  const bench = new Bench({ storages: [local, ...pools].join('\n'), datasets: { 'rpool/extra': {} } });
  bench.synthesize(assembly(900));
  expect(bench.run('apply')).toMatchObject({ status: 0 });
  bench.synthesize(assembly(901));
  const [others = '', entry = ''] = bench.node.readFile('/etc/pve/storage.cfg').split('zfspool: extra\n');
  bench.node.writeFile('/etc/pve/storage.cfg', `${others}zfspool: extra\n${change(entry)}`);
  bench.node.clearCommands();
  return bench;
}

test.each<[string, (entry: string) => string, string]>([
  ['is disabled', (entry) => `\tdisable\n${entry}`, 'storage extra is disabled'],
  ['is for other nodes', (entry) => `${entry}\tnodes pve2\n`, 'storage extra is not for this node (pve2)'],
  [
    'takes no disks of containers any more',
    (entry) => entry.replace(/content .*/, 'content images'),
    'storage extra takes no disks of this kind (content rootdir)',
  ],
])('nothing goes as long as the storage of the new guest %s', (_, change, reason) => {
  const bench = staleOn(change);
  const { status, stdout } = bench.run('apply', '--rebuild', 'ai/qwen');
  expect(status).toBe(1);
  expect(stdout).toContain(reason);
  expect(bench.commands()).toEqual([]);
  expect(bench.node.isRunning(950)).toBe(true);
});
