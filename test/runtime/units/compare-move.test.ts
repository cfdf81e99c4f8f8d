import { expect, test } from 'vitest';
import { about, conf, type HostFacts, host, type LookFacts, look, step as runbookStep } from './given.js';
import { aboutContainer, container, disk, type Given, machine } from './ours.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const GiB = 1024 ** 3;
const config = aboutContainer(
  'guest-config',
  'config',
  '--volume',
  'rootfs',
  'restart',
  'fast',
  4 * GiB,
  '',
  '--volume',
  'mp0',
  'restart',
  'fast',
  GiB,
  '',
  '--need',
  'guest/950/create',
);
const state = aboutContainer('guest-state', 'state', '--state', 'running');
const move = (key = 'rootfs', storage = 'fast') => ({
  kind: 'guest-move',
  id: `guest/950/move/${key}`,
  path: 'ai/qwen',
  resource: 'guest/950',
  stack: { restart: 'never' },
  needs: [],
  exclusive: [],
  options: [],
  has: { guest: ['lxc', '950'], move: [key, storage] },
});
const moveMachine = {
  ...move('scsi0'),
  id: 'guest/100/move/scsi0',
  path: 'vm/docker',
  resource: 'guest/100',
  has: { guest: ['qemu', '100'], move: ['scsi0', 'fast'] },
};

const storages: HostFacts['storages'] & object = {
  'local-zfs': ['zfspool', { pool: 'rpool/data' }],
  fast: ['zfspool', { pool: 'fast' }],
  lvm: ['lvmthin', { content: 'images' }],
  off: ['dir', { path: '/x', disable: '1' }],
  far: ['dir', { path: '/y', nodes: 'pve2' }],
};
const allowed = { flags: { 'allow-move': { 'ai/qwen': 1, 'vm/docker': 1 } } };

const compared = (lines: string, given: Given = {}, of: object = move()) =>
  about(
    'CompareMove::compare',
    container(lines, {
      steps: [of as Record<string, unknown>, state, config],
      ...given,
      host: { storages, ...given.host },
    }),
  );

test.each<[string, () => Promise<unknown>, object]>([
  ['lies where it should', () => compared('', {}, move('rootfs', 'local-zfs')), { verdict: 'satisfied' }],
  [
    'lies elsewhere',
    () => compared(''),
    {
      verdict: 'held',
      flag: '--allow-move ai/qwen',
      changes: [{ key: 'rootfs', from: 'on local-zfs', to: 'on fast', impact: 'stop', held: '1' }],
    },
  ],
  [
    'may be moved',
    () => compared('', allowed),
    { verdict: 'change', do: 'move', arguments: ['950', 'rootfs', 'fast', disk], first: '1' },
  ],
  [
    'may be moved, of a guest that runs',
    () => compared('', { ...allowed, host: { running: [950] } }),
    {
      verdict: 'held',
      flag: '--allow-restart ai/qwen',
      reason: expect.stringContaining('the guest is down meanwhile'),
    },
  ],
  [
    'may be moved, of a guest that may be stopped',
    () => compared('', { flags: { 'allow-move': { ai: 1 }, 'allow-restart': { ai: 1 } }, host: { running: [950] } }),
    { do: 'stop', arguments: ['950'] },
  ],
  [
    'has snapshots',
    () => compared('[before]\n', allowed),
    { verdict: 'refused', reason: expect.stringContaining('would stay behind with the old disk') },
  ],
  ['is locked', () => compared('lock: backup\n', { ...allowed, mode: 'check' }), { do: 'wait' }],
  [
    'is of a guest that is not there',
    () => about('CompareMove::compare', { steps: [move()] }),
    { verdict: 'satisfied' },
  ],
  ['is somebody else’s', () => compared('', { records: [['gone', 950]] }), { verdict: 'unknown' }],
  [
    'would go to a storage that is not there',
    () => compared('', allowed, move('rootfs', 'none')),
    { verdict: 'refused', reason: 'not moved: there is no storage none' },
  ],
])('CompareMove::compare of a disk that %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareMove::steps and CompareMove::step are of the disks that lie elsewhere, or were about to be moved', async () => {
  const steps = (lines: string, given: Given = {}) =>
    evaluate(
      'my $look = shift; map { $_->{id} } CompareMove::steps($look->{steps}[0], $look)',
      look(container(lines, { steps: [config], ...given })),
    );
  expect(await steps('')).toEqual(['guest/950/move/rootfs']);
  expect(await steps('mp0: local-zfs:x,mp=/x\n')).toEqual(['guest/950/move/rootfs', 'guest/950/move/mp0']);
  expect(
    await steps('mp0: fast:x,mp=/x\n', { records: [['intent', 'guest/950/move/mp0', 'r', 1, 'local-zfs:x']] }),
  ).toEqual(['guest/950/move/rootfs', 'guest/950/move/mp0']);
  expect(
    await evaluate('my $look = shift; CompareMove::steps($look->{steps}[0], $look)', look({ steps: [config] })),
  ).toEqual([]);
  expect(await call('CompareMove::step', config, 'mp0', 'fast')).toMatchObject({
    kind: 'guest-move',
    id: 'guest/950/move/mp0',
    title: 'mp0 to fast',
    path: 'ai/qwen',
    needs: ['guest/950/create'],
    has: { guest: ['lxc', '950'], move: ['mp0', 'fast'] },
  });
});

const guest = (lines: string, type = 'lxc') => ({ vmid: '950', type, path: '/conf', conf: conf(lines, type) });

test('CompareMove::is_elsewhere and CompareMove::volume_at look at the volume of a key', async () => {
  const keys = guest('rootfs: volume=s:a,size=1G\nmp0: /srv,mp=/x\nscsi0: file=s:b\n');
  expect(
    await Promise.all(['rootfs', 'mp0', 'scsi0', 'mp1'].map((key) => call('CompareMove::volume_at', keys, key))),
  ).toEqual(['s:a', undefined, 's:b', undefined]);
  expect(
    await Promise.all([
      holds('CompareMove::is_elsewhere', keys, 'rootfs', 't'),
      holds('CompareMove::is_elsewhere', keys, 'rootfs', 's'),
      holds('CompareMove::is_elsewhere', keys, 'mp0', 't'),
    ]),
  ).toEqual([true, false, false]);
});

// ---- What a former run began

const intent = ['intent', 'guest/950/move/rootfs', 'r', 1000, disk] as const;
const moved = 'rootfs: fast:subvol-950-disk-0\nunused0: local-zfs:subvol-950-disk-0\n';

const begun = (lines: string, given: Given = {}) => compared(lines, { records: [intent], ...given });

test('CompareMove::begun waits for the task, takes its lock away, looks at the new disk, or frees what was half made', async () => {
  expect(
    await begun('', { host: { root: root({ '/proc/9/cmdline': 'task UPID:pve:9:9:9:move_volume:950:root@pam:' }) } }),
  ).toMatchObject({ do: 'wait', first: '1' });
  expect(await begun('lock: disk\n')).toMatchObject({ do: 'unlock', arguments: ['950'] });
  expect(await begun('lock: backup\n', { mode: 'check' })).toMatchObject({
    do: 'wait',
    reason: 'guest 950 is locked (backup)',
  });
  const there = { host: { datasets: { 'fast/subvol-950-disk-0': { guid: '8', creation: '1000' } } } };
  expect(await begun(moved, there)).toMatchObject({
    do: 'settle',
    first: '1',
    changes: [{ from: 'half moved', to: 'on fast' }],
  });
  expect(await begun('', there)).toMatchObject({
    do: 'free',
    arguments: ['fast:subvol-950-disk-0'],
    changes: [{ to: 'as it was' }],
  });
  expect(
    await evaluate(
      'my $look = shift; CompareMove::begun($look->{steps}[0], $look, Ownership::of($look, 950, "lxc"))',
      look(container('', { steps: [move()], host: { storages } })),
    ),
  ).toEqual([null]);
});

test('CompareMove::left is what was made on the storage in the moments after we began, and not named', async () => {
  const left = (datasets: HostFacts['datasets'] & object, files: Readonly<Record<string, string>> = {}) =>
    list(
      'CompareMove::left',
      look({ host: host({ storages: { ...storages, vz: ['dir', { path: '/vz' }] }, datasets, root: root(files) }) }),
      guest(`rootfs: ${disk}\n`),
      'fast',
      { seconds: 1000 },
    );
  expect(
    await left({
      'fast/subvol-950-disk-0': { creation: '1000' },
      'rpool/data/subvol-950-disk-5': { creation: '1000' },
    }),
  ).toEqual(['fast:subvol-950-disk-0']);
  expect(await left({ 'fast/subvol-950-disk-0': { creation: '998' } })).toEqual([]);
  expect(await left({ 'fast/subvol-950-disk-0': { creation: '1181' } })).toEqual([]);
  const images = { '/vz/images/950/vm-950-disk-0.raw': '' };
  const seconds = Math.floor(Date.now() / 1000);
  const folders = { vz: ['dir', { path: '/vz' }], again: ['dir', { path: '/vz/' }] } as const;
  const inFolder = (config: string, at: number) =>
    list('CompareMove::left', look({ host: host({ storages: folders, root: root(images) }) }), guest(config), 'vz', {
      seconds: at,
    });
  expect(await inFolder('memory: 1\n', seconds)).toEqual(['vz:950/vm-950-disk-0.raw']);
  expect(await inFolder('memory: 1\n', seconds - 4000)).toEqual([]);
  expect(await inFolder('mp0: again:950/vm-950-disk-0.raw,mp=/x\n', seconds)).toEqual([]);
});

test('CompareMove::written_by_machine stops a machine that may still be copying, where that is allowed', async () => {
  const runs = { root: root({ '/run/qemu-server/100.pid': '4711', '/proc/4711/cmdline': 'kvm\0-id\x00100\0' }) };
  const asked = (given: Given, seconds = 9_999_999_999) =>
    about(
      'CompareMove::written_by_machine',
      machine('', { steps: [moveMachine], ...given }),
      { seconds },
      { changes: [] },
    );
  expect(await asked({ host: runs })).toMatchObject({ verdict: 'held', flag: '--allow-restart vm/docker' });
  expect(await asked({ host: runs, flags: { 'allow-restart': { 'vm/docker': 1 } } })).toMatchObject({
    do: 'stop',
    arguments: ['100'],
  });
  const ha = { 100: 'started' };
  expect(await asked({ host: { ...runs, ha }, flags: { 'allow-restart': { 'vm/docker': 1 } } })).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('ha-manager set vm:100'),
  });
  expect(await asked({ host: runs }, 1)).toBeUndefined();
  expect(await asked({})).toBeUndefined();
});

// ---- What is to be moved

test('CompareMove::to_move tells that a linked disk becomes a whole copy, and that its storage is still to come', async () => {
  const toMove = (lines: string, given: Given, of = move()) =>
    evaluate(
      'my $look = shift; CompareMove::to_move($look->{steps}[0], $look, Ownership::of($look, 950, "lxc"))',
      look(container(lines, { steps: [of, state], ...allowed, ...given, host: { storages, ...given.host } })),
    ).then(([is]) => is);
  expect(await toMove('mp0: local-zfs:basevol-900-disk-1/subvol-950-disk-1,mp=/x\n', {}, move('mp0'))).toMatchObject({
    do: 'move',
    notes: ['mp0 becomes a whole copy: what it shares with its template is copied, too'],
  });
  const comes = { steps: [move('rootfs', 'new'), runbookStep('storage', 's', '--storage', 'new', 'zfspool')] };
  expect(await toMove('', comes)).toMatchObject({
    verdict: 'refused',
    soft: '1',
    first: '1',
    reason: 'not moved: there is no storage new',
  });
});

test.each([
  ['lxc', 'rootfs', 'rootfs: s:a\n', true],
  ['qemu', 'scsi0', 'scsi0: s:a\n', false],
  ['qemu', 'tpmstate0', 'tpmstate0: s:a\n', true],
  ['qemu', 'ide2', 'ide2: s:vm-100-cloudinit,media=cdrom\n', true],
])('CompareMove::needs_stop in %s for %s: %s', async (type, key, lines, expected) => {
  expect(await holds('CompareMove::needs_stop', type, key, guest(lines, type))).toBe(expected);
});

const trouble = (lines: string, given: Given = {}, volume = disk) =>
  evaluate(
    'my ($look, $volume) = @_; my $owner = Ownership::of($look, 950, "lxc"); CompareMove::trouble($look, $owner, "rootfs", $volume)',
    look(container(lines, { steps: [state, config], ...given })),
    volume,
  ).then(([why]) => why);

test.each<[string, () => Promise<unknown>, RegExp | null]>([
  ['an ordinary guest', () => trouble(''), null],
  ['a template', () => trouble('template: 1\n'), /is a template, and its disks are final/],
  ['snapshots', () => trouble('[before]\n'), /remove them first/],
  ['another guest’s disk', () => trouble('', {}, 'local-zfs:subvol-951-disk-0'), /is not a disk of guest 950/],
  ['another value that waits', () => trouble('[pve:pending]\nrootfs: x\n'), /waits for a restart with other values/],
  ['protection', () => trouble('protection: 1\n'), /protection was switched on by somebody/],
  [
    'HA, of a guest that runs',
    () => trouble('', { host: { running: [950], ha: { 950: 'started' } } }),
    /is managed by HA; stop it there first/,
  ],
  ['HA, of a guest that is stopped', () => trouble('', { host: { ha: { 950: 'started' } } }), null],
  [
    'a guest that nobody would start again',
    () => trouble('', { host: { running: [950] }, steps: [config] }),
    /no step of the program would start it again/,
  ],
  ['a guest that will be started again', () => trouble('', { host: { running: [950] } }), null],
])('CompareMove::trouble with %s', async (_, why, expected) => {
  if (expected) expect(await why()).toMatch(expected);
  else expect(await why()).toBeNull();
});

test.each([
  ['fast', 'rootdir', undefined],
  ['none', 'rootdir', 'there is no storage none'],
  ['off', 'rootdir', 'storage off is disabled'],
  ['far', 'rootdir', 'storage far is not for this node (pve2)'],
  ['lvm', 'rootdir', 'storage lvm takes no disks of this kind (content rootdir)'],
  ['lvm', 'images', undefined],
])('CompareMove::not_on %s for %s', async (storage, content, expected) => {
  expect(await call('CompareMove::not_on', host({ storages }), storage, content)).toBe(expected);
});

test('CompareMove::not_here says why this node may not use a storage, whatever that takes', async () => {
  const given = host({ root: root({ '/etc/hostname': 'pve' }), storages });
  expect(await call('CompareMove::not_here', given, 'far')).toBe('storage far is not for this node (pve2)');
  expect(await call('CompareMove::not_here', given, 'nowhere')).toBe('there is no storage nowhere');
  expect(await call('CompareMove::not_here', given, 'lvm')).toBeUndefined();
});

test('CompareMove::is_changed is true of a storage that a step of the program is about', async () => {
  const given = look({ steps: [runbookStep('storage', 's', '--storage', 'new', 'dir')] });
  expect([
    await holds('CompareMove::is_changed', given, 'new'),
    await holds('CompareMove::is_changed', given, 'fast'),
  ]).toEqual([true, false]);
});

test.each([
  [{}, 0, ['flag', '--allow-move ai/qwen']],
  [{}, 1, ['flag', '--allow-move ai/qwen --allow-restart ai/qwen']],
  [{ 'allow-move': { ai: 1 } }, 0, []],
  [{ 'allow-move': { ai: 1 } }, 1, ['flag', '--allow-restart ai/qwen']],
  [{ 'allow-move': { ai: 1 }, 'allow-restart': { ai: 1 } }, 1, []],
])('CompareMove::permission with %j (stops: %d) lacks %j', async (flags, stops, expected) => {
  expect(
    await list('CompareMove::permission', move(), look({ flags: flags as LookFacts['flags'] & object }), stops),
  ).toEqual(expected);
});

test('CompareMove::fields name a storage that only Proxmox can list', async () => {
  expect(
    await call('CompareMove::fields', move('rootfs', 'lvm'), look({ host: host({ storages }) }), guest('')),
  ).toMatchObject({ vmid: '950', type: 'lxc', path: '/conf', timeout: '120', unseen: 'lvm' });
  expect(await call('CompareMove::fields', move(), look({ host: host({ storages }) }), guest(''))).not.toHaveProperty(
    'unseen',
  );
});
