import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { about, type HostFacts, host, inStack, type LookFacts, look, secrets, step } from './given.js';
import { call, holds, list } from './perl.js';
import { blind, root } from './root.js';

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

// ---- file

test('CompareHost::replaced_link tells where the link leads whose place a file takes', async () => {
  const folder = root({ '/etc/y': 'b\n' });
  symlinkSync('y', join(folder, 'etc/x'));
  const given = host({ root: folder });
  expect(await list('CompareHost::replaced_link', given, '/etc/x')).toEqual([
    '/etc/x is a link to y; a plain file takes its place, and what it leads to stays as it is',
  ]);
  expect(await list('CompareHost::replaced_link', given, '/etc/y')).toEqual([]);
});

/** The verdict about a file that is to hold `a\n`, on a host with these files. */
function file(files: Readonly<Record<string, string>>, target = '/etc/x', ...words: readonly (string | number)[]) {
  const folder = root({ '/src': 'a\n', ...files });
  return about('CompareHost::file', {
    steps: [inStack({ folder }, 'file', 'f', '--file', target, 'src', sha256('a\n'), ...words)],
    host: host({ root: folder }),
  });
}

test.each<[string, () => Promise<unknown>, object]>([
  ['a file that is as it should be', () => file({ '/etc/x': 'a\n' }), { verdict: 'satisfied' }],
  [
    'a file that is not there',
    () => file({}),
    { verdict: 'create', do: 'write', changes: [{ key: 'file', from: 'absent' }] },
  ],
  [
    'another content',
    () => file({ '/etc/x': 'bb\n' }),
    { verdict: 'change', changes: [{ key: 'content', from: '3 bytes', to: '2 bytes' }] },
  ],
  [
    'another content of the same size',
    () => file({ '/etc/x': 'b\n' }),
    { verdict: 'change', changes: [{ key: 'content' }] },
  ],
  [
    'another owner',
    () => file({ '/etc/x': 'a\n' }, '/etc/x', '--owner', uid + 1, gid),
    { changes: [{ key: 'owner', to: `${uid + 1}:${gid}` }] },
  ],
  [
    'another owner below /etc/pve, which has its own',
    () => file({ '/etc/pve/x': 'a\n' }, '/etc/pve/x', '--owner', uid + 1, gid),
    { verdict: 'satisfied' },
  ],
  [
    'too much for /etc/pve',
    () => file({ '/src': 'x'.repeat(1_048_577) }, '/etc/pve/x'),
    { verdict: 'refused', reason: 'a file below /etc/pve holds at most 1 MiB' },
  ],
  [
    'secrets that the vault lacks',
    () =>
      about('CompareHost::file', {
        steps: [step('file', 'f', '--file', '/x', 'src', 'x', '--secret', 'a')],
        more: { secrets: secrets() },
      }),
    { verdict: 'refused', reason: expect.stringContaining('the vault has no secret a') },
  ],
])('CompareHost::file of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareHost::file is not written below a dataset that is not mounted, which CompareHost::compared_file does not see', async () => {
  const given = {
    steps: [inStack({ folder: root({ '/src': 'a\n' }) }, 'file', 'f', '--file', '/srv/m/x', 'src', sha256('a\n'))],
    host: host({ root: root(), datasets: { 'tank/m': { mountpoint: '/srv/m', mounted: 'no', canmount: 'on' } } }),
  };
  expect(await about('CompareHost::file', given)).toMatchObject({
    verdict: 'unknown',
    soft: '1',
    reason: expect.stringMatching(/^dataset tank\/m is not mounted at \/srv\/m: /),
  });
  expect(await about('CompareHost::compared_file', given)).toMatchObject({ verdict: 'create' });
});

test('CompareHost::file is unknown where a folder lies, where nothing can be seen, and without a quorum', async () => {
  await expect(file({ '/etc/x/y': '' })).rejects.toThrow('Unknown: /etc/x is a folder');
  await expect(file({ '/etc/x': blind('/etc/x') })).rejects.toThrow(/^Unknown: cannot look at \/etc\/x/);
  await expect(file({ '/etc/pve/.members': '"quorate": 0' }, '/etc/pve/x')).rejects.toThrow(
    'Unknown: the cluster has no quorum',
  );
});

test('CompareHost::file_differences takes the sum where the source is not at hand', async () => {
  const given = { target: '/a', source: '/nonexistent', sha256: sha256('new') };
  expect(await list('CompareHost::file_differences', host({ root: root({ '/a': 'old' }) }), given)).toMatchObject([
    { key: 'content', from: '3 bytes', to: 'new' },
  ]);
});

test('CompareHost::means_the_same looks only at firewall files of guests', async () => {
  const folder = root({
    '/src': '[OPTIONS]\nenable: 1\n',
    '/etc/pve/firewall/950.fw': '[OPTIONS]\n\nenable: 1\n',
    '/etc/x': '',
  });
  const same = (target: string) =>
    holds('CompareHost::means_the_same', host({ root: folder }), { target, source: join(folder, 'src') });
  expect(await same('/etc/pve/firewall/950.fw')).toBe(true);
  expect(await same('/etc/pve/firewall/951.fw')).toBe(false);
  expect(await same('/etc/x')).toBe(false);
});

test.each([
  [{ mode: '0644' }, []],
  [{ mode: '0600' }, [{ key: 'mode', from: '0644', to: '0600' }]],
  [{ uid: 1, gid: 2 }, []],
  [{ uid: 1, gid: 3 }, [{ key: 'owner', from: '1:2', to: '1:3' }]],
  [{}, []],
])('CompareHost::owner_differences where %j is asked for', async (wanted, expected) => {
  expect(await list('CompareHost::owner_differences', { mode: 0o644, uid: 1, gid: 2 }, wanted)).toMatchObject(expected);
});

// ---- zfs-pool

const id = '/dev/disk/by-id/ata-1';
const pool = (facts: HostFacts, flags: object, ...words: readonly (string | number)[]) =>
  about('CompareHost::zfs_pool', {
    steps: [step('zfs-pool', 'p', '--pool', 'tank', ...words)],
    host: host(facts),
    flags: flags as LookFacts['flags'] & object,
  });
const blank = { lsblk: [0, 'sda '], blkid: [2], wipefs: [0] } as const;
const disk = () => root({ [id]: '' });
const vdev = ['--vdev', 2, 'disk', id] as const;

test.each<[string, () => Promise<unknown>, object]>([
  ['a healthy pool', () => pool({ pools: { tank: 'ONLINE' } }, {}), { verdict: 'satisfied', notes: [] }],
  [
    'a pool without one of its disks',
    () => pool({ pools: { tank: 'DEGRADED' } }, {}),
    { verdict: 'satisfied', notes: [expect.stringContaining('DEGRADED')] },
  ],
  [
    'a sick pool',
    () => pool({ pools: { tank: 'SUSPENDED' } }, {}),
    { verdict: 'unknown', reason: 'pool tank is SUSPENDED' },
  ],
  [
    'a pool that is nobody’s to make',
    () => pool({}, {}),
    { verdict: 'refused', reason: expect.stringContaining('zpool import tank') },
  ],
  [
    'disks by another name',
    () => pool({}, {}, '--vdev', 2, 'disk', '/dev/sda'),
    { verdict: 'refused', reason: 'disks of a new pool are named by id, not /dev/sda' },
  ],
  ['no leave to make one', () => pool({}, {}, ...vdev), { verdict: 'held', flag: '--allow-create-pool tank' }],
  [
    'leave and a blank disk',
    () =>
      pool(
        { root: disk(), answers: blank },
        { 'allow-create-pool': { tank: 1 } },
        ...vdev,
        '--property',
        'ashift',
        '12',
        0,
        '--property',
        'compression',
        'lz4',
        0,
      ),
    { verdict: 'create', arguments: ['-o', 'ashift=12', '-O', 'compression=lz4', 'tank', id] },
  ],
  [
    'a mirror',
    () => pool({ root: disk(), answers: blank }, { 'allow-create-pool': { tank: 1 } }, '--vdev', 3, 'mirror', id, id),
    { arguments: ['tank', 'mirror', id, id] },
  ],
  [
    'leave and a disk with data',
    () =>
      pool(
        { root: disk(), answers: { ...blank, blkid: [0, 'TYPE="ext4"'] } },
        { 'allow-create-pool': { tank: 1 } },
        ...vdev,
      ),
    { verdict: 'refused', reason: `${id} holds data: TYPE="ext4"` },
  ],
])('CompareHost::zfs_pool with %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test.each([
  ['nothing on it', blank, undefined],
  ['partitions', { ...blank, lsblk: [0, 'sda', 'sda1 ext4', 'sda2'] }, 'has partitions: sda, sda1, sda2'],
  ['a file system', { ...blank, lsblk: [0, 'sda ext4 /mnt'] }, 'holds data: sda ext4 /mnt'],
  ['an lsblk that fails', { ...blank, lsblk: [32, 'not a block device'] }, 'lsblk cannot tell what is on'],
  ['a blkid that fails', { ...blank, blkid: [4, 'oops'] }, 'blkid cannot tell what is on'],
  ['a signature', { ...blank, wipefs: [0, 'DEVICE OFFSET TYPE', 'sda 0x3f gpt'] }, 'holds signatures: sda 0x3f gpt'],
  ['a wipefs that fails', { ...blank, wipefs: [1, 'oops'] }, 'wipefs cannot tell what is on'],
] as const)('CompareHost::not_blank with %s', async (_, answers, expected) => {
  const why = await call('CompareHost::not_blank', host({ root: disk(), answers }), id);
  if (expected) expect(why).toContain(expected);
  else expect(why).toBeUndefined();
  expect(await call('CompareHost::not_blank', host({ answers }), id)).toBe(`there is no disk ${id}`);
});

// ---- zfs-dataset

const dataset = (facts: HostFacts, ...words: readonly (string | number)[]) =>
  about('CompareHost::zfs_dataset', {
    steps: [step('zfs-dataset', 'd', '--dataset', 'tank/a', ...words)],
    host: host(facts),
  });
const there = { datasets: { 'tank/a': { compression: 'lz4', quota: '0' } } };

test.each<[string, () => Promise<unknown>, object]>([
  [
    'what is to be made',
    () => dataset({}, '--create', 1, '--property', 'quota', '1', 0),
    { verdict: 'create', arguments: ['-o', 'quota=1', 'tank/a'], changes: [{ key: 'dataset' }, { key: 'quota' }] },
  ],
  [
    'what is imported and not there',
    () => dataset({}, '--create', 0),
    { verdict: 'refused', reason: 'there is no dataset tank/a, and the program only refers to it' },
  ],
  [
    'what is as it should be',
    () => dataset(there, '--create', 1, '--property', 'quota', 'none', 0, '--property', 'compression', 'lz4', 1),
    { verdict: 'satisfied' },
  ],
  [
    'another value',
    () => dataset(there, '--create', 1, '--property', 'quota', '1', 0),
    { verdict: 'change', do: 'set', arguments: ['quota=1', 'tank/a'], changes: [{ key: 'quota', from: '0', to: '1' }] },
  ],
  [
    'another value of what is fixed',
    () => dataset(there, '--create', 1, '--property', 'compression', 'off', 1, '--property', 'quota', '1', 0),
    {
      verdict: 'refused',
      reason: 'fixed when the dataset was made: compression',
      changes: [{ impact: 'impossible' }, { impact: 'live' }],
    },
  ],
  [
    'another value of what is imported',
    () => dataset(there, '--create', 0, '--property', 'quota', '1', 0),
    { verdict: 'refused', reason: 'an imported dataset is never changed' },
  ],
])('CompareHost::zfs_dataset of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

const overFolder = (files: Readonly<Record<string, string>>) =>
  dataset({ root: root(files) }, '--create', 1, '--property', 'mountpoint', '/srv/models', 0);

test('CompareHost::zfs_dataset is not made over a folder that holds something', async () => {
  expect(await overFolder({ '/srv/models/llm/weights': '' })).toMatchObject({
    verdict: 'refused',
    reason:
      '/srv/models/llm/weights lies where the dataset is to be mounted, and would be out of sight below it: move it away, or set another mountpoint',
    changes: [{ key: 'dataset' }, { key: 'mountpoint' }],
  });
  expect(await overFolder({ '/srv/other': '' })).toMatchObject({ verdict: 'create' });
});

test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
  ['tank/a', {}, '/tank/a'],
  ['tank/a', { mountpoint: '/srv/a' }, '/srv/a'],
  ['tank/a', { mountpoint: 'none' }, undefined],
  ['tank/a', { mountpoint: 'legacy' }, undefined],
  ['tank/a', { canmount: 'off' }, undefined],
  ['root/a', {}, '/a'],
  ['hidden/a', {}, undefined],
  ['new/a', {}, undefined],
])('CompareHost::mount_point of %s with %j is %s', async (name, properties, expected) => {
  const datasets = {
    tank: { mountpoint: '/tank' },
    root: { mountpoint: '/' },
    hidden: { mountpoint: 'none' },
  };
  const words = Object.entries(properties).flat();
  expect(await call('CompareHost::mount_point', host({ datasets }), name, ...words)).toBe(expected);
});

test('CompareHost::out_of_sight and CompareHost::something_in: empty folders are nothing, links and mounts are something', async () => {
  const found = (files: Readonly<Record<string, string>>) =>
    call('CompareHost::something_in', host({ root: root(files) }), '/srv/m');
  expect(await found({ '/srv/m/a/b/file': '' })).toBe('/srv/m/a/b/file');
  expect(await found({ '/srv/m/link': '-> /srv/other' })).toBe('/srv/m/link');
  const empty = root();
  mkdirSync(join(empty, 'srv/m/a/b'), { recursive: true });
  expect(await call('CompareHost::something_in', host({ root: empty }), '/srv/m')).toBeUndefined();
  const mounts = { '/srv/m/a': ['tank', 'zfs'] } as const;
  expect(await call('CompareHost::something_in', host({ root: empty, mounts }), '/srv/m')).toBe('/srv/m/a');
  expect(await found({})).toBeUndefined();
  expect(await call('CompareHost::out_of_sight', host({ root: root({ '/srv/m/x': '' }) }), '/srv/m')).toMatch(
    /^\/srv\/m\/x lies where the dataset is to be mounted/,
  );
  expect(await call('CompareHost::out_of_sight', host())).toBeUndefined();
});

test.each([
  ['quota', 'none', '0', true],
  ['refquota', '18446744073709551615', 'none', true],
  ['filesystem_limit', 'none', '5', false],
  ['compression', '0', 'none', false],
  ['atime', 'on', 'on', true],
])('CompareHost::same_property %s: %s and %s', async (name, one, other, same) => {
  expect(await holds('CompareHost::same_property', name, one, other)).toBe(same);
});

test('CompareHost::no_limit has three spellings', async () => {
  expect(
    await Promise.all(['none', '0', '18446744073709551615', '1'].map((value) => holds('CompareHost::no_limit', value))),
  ).toEqual([true, true, true, false]);
});

// ---- folder

const mounted = { mounts: { '/tank': ['tank', 'zfs'] } } as const;
const folderOf = (files: Readonly<Record<string, string>>, facts: HostFacts, ...words: readonly (string | number)[]) =>
  about('CompareHost::folder', {
    steps: [step('folder', 'f', '--folder', '/tank/a', ...words)],
    host: host({ root: root(files), ...facts }),
  });

test.each<[string, () => Promise<unknown>, object]>([
  [
    'what is there',
    () => folderOf({ '/tank/a/x': '' }, mounted, '--inside', '/tank', 'tank'),
    { verdict: 'satisfied' },
  ],
  [
    'what is not there',
    () => folderOf({}, mounted, '--inside', '/tank', 'tank'),
    { verdict: 'create', do: 'make', fields: { inside: '/tank' } },
  ],
  [
    'a dataset that is not mounted',
    () => folderOf({ '/tank/a/x': '' }, {}, '--inside', '/tank', 'tank'),
    { verdict: 'unknown', soft: '1', reason: 'dataset tank is not mounted at /tank' },
  ],
  [
    'another owner',
    () => folderOf({ '/tank/a/x': '' }, {}, '--owner', uid + 1, gid),
    { verdict: 'change', do: 'own', changes: [{ key: 'owner' }] },
  ],
])('CompareHost::folder of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareHost::folder is unknown where a file or a link lies', async () => {
  await expect(folderOf({ '/tank/a': '' }, {})).rejects.toThrow('Unknown: /tank/a is no folder');
  const folder = root({ '/else/x': '' });
  mkdirSync(join(folder, 'tank'));
  symlinkSync('../else', join(folder, 'tank/a'));
  chmodSync(join(folder, 'else'), 0o755);
  const given = {
    steps: [step('folder', 'f', '--folder', '/tank/a', '--inside', '/tank', 'tank')],
    host: host({ root: folder, ...mounted }),
  };
  await expect(about('CompareHost::folder', given)).rejects.toThrow('Unknown: /tank/a is a link, not a folder');
});

test.each([
  [mounted, undefined],
  [{}, 'dataset tank is not mounted at /tank'],
  [{ mounts: { '/tank': ['old', 'zfs'] } }, 'old (zfs) is mounted at /tank, not dataset tank'],
  [{ mounts: { '/tank': ['/dev/sda1', 'ext4'] } }, '/dev/sda1 (ext4) is mounted at /tank, not dataset tank'],
] as const)('CompareHost::not_mounted with %j', async (facts, expected) => {
  expect(await call('CompareHost::not_mounted', host(facts as HostFacts), '/tank', 'tank')).toBe(expected);
});

// ---- storage

const storage = (facts: HostFacts, ...words: readonly (string | number)[]) =>
  about('CompareHost::storage', { steps: [step('storage', 's', ...words)], host: host(facts) });
const models = {
  storages: {
    models: ['dir', { path: '/tank/models', content: 'iso,vztmpl' }],
    off: ['dir', { path: '/x', disable: '1' }],
  },
} as const;
const dir = ['--storage', 'models', 'dir'] as const;

test.each<[string, () => Promise<unknown>, object]>([
  [
    'what is to be made',
    () => storage({}, ...dir, '--create', 1, '--option', 'path', '/x', 1),
    { verdict: 'create', do: 'add', arguments: ['dir', 'models', '--path', '/x'] },
  ],
  ['what is imported and not there', () => storage({}, ...dir, '--create', 0), { verdict: 'refused' }],
  [
    'what is as it should be',
    () => storage(models, ...dir, '--create', 1, '--option', 'content', 'vztmpl,iso', 0, '--option', 'shared', '0', 0),
    { verdict: 'satisfied' },
  ],
  [
    'another value',
    () => storage(models, ...dir, '--create', 1, '--option', 'content', 'iso', 0),
    { verdict: 'change', do: 'set', arguments: ['models', '--content', 'iso'] },
  ],
  [
    'another value of what is fixed',
    () => storage(models, ...dir, '--create', 1, '--option', 'path', '/y', 1),
    { verdict: 'refused', reason: 'fixed when the storage was made: path' },
  ],
  [
    'another value of what is imported',
    () => storage(models, ...dir, '--create', 0, '--option', 'content', 'iso', 0),
    { verdict: 'refused', reason: 'an imported storage is never changed' },
  ],
  [
    'another type',
    () => storage(models, '--storage', 'models', 'nfs', '--create', 1),
    { verdict: 'refused', reason: 'storage models is of type dir, not nfs' },
  ],
  ['any type', () => storage(models, '--storage', 'models', 'any', '--create', 0), { verdict: 'satisfied' }],
  [
    'what somebody switched off',
    () => storage(models, '--storage', 'off', 'dir', '--create', 0),
    { verdict: 'satisfied', notes: ['storage off is disabled'] },
  ],
])('CompareHost::storage of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareHost::storage has bash ask for the secrets that differ, and keeps the key of somebody else', async () => {
  const words = ['--storage', 'pbs', 'pbs', '--create', 1, '--secret', 'encryption-key', 'key'] as const;
  const folder = root({ '/vault/key.asc': 'x', '/etc/pve/priv/storage/pbs.enc': 'theirs' });
  const given = (storages: HostFacts['storages'] & object): LookFacts => ({
    steps: [step('storage', 's', ...words)],
    host: host({ root: folder, storages }),
    more: { secrets: secrets({ folder: join(folder, 'vault'), contents: { key: 'ours' } }) },
  });
  expect(await about('CompareHost::storage', given({}))).toMatchObject({
    do: 'add',
    fields: { secrets: 'encryption-key' },
  });
  expect(await about('CompareHost::storage', given({ pbs: ['pbs', {}] }))).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('an encryption key that we did not give it'),
  });
});

test('CompareHost::secret_settings names options, and nothing without any', async () => {
  expect(await list('CompareHost::secret_settings', { option: 'a' }, { option: 'b' })).toEqual([
    'fields',
    { secrets: 'a b' },
  ]);
  expect(await list('CompareHost::secret_settings')).toEqual([]);
});

test('CompareHost::storage is unknown without a quorum', async () => {
  const given = look({ host: host({ root: root({ '/etc/pve/.members': '"quorate": 0' }) }) });
  await expect(call('CompareHost::storage', step('storage', 's', ...dir), given)).rejects.toThrow(
    'Unknown: the cluster has no quorum',
  );
});

test('CompareHost::switched_off says why Proxmox does not use a storage here, unless the program says so', async () => {
  const off = (options: object, ...asked: readonly string[]) =>
    list('CompareHost::switched_off', host(), 'models', options, ...asked);
  expect(await off({})).toEqual([]);
  expect(await off({ disable: '1' })).toEqual(['storage models is disabled']);
  expect(await off({ disable: '1' }, 'disable')).toEqual([]);
  expect(await off({ nodes: 'pve2;pve' })).toEqual([]);
  expect(await off({ nodes: 'pve2, pve3' })).toEqual(['storage models is for other nodes alone: pve2 pve3']);
  expect(await off({ nodes: 'pve2' }, 'nodes')).toEqual([]);
});

test.each([
  [{}, []],
  [{ mounted: 'yes', canmount: 'on', mountpoint: '/tank' }, []],
  [{ mounted: 'no', canmount: 'noauto', mountpoint: '/tank' }, []],
  [{ mounted: 'no', canmount: 'on', mountpoint: 'legacy' }, []],
  [{ mounted: 'no', canmount: 'on', mountpoint: '/empty' }, [{ key: 'mounted', from: 'no', to: 'yes' }]],
  [
    { mounted: 'no', canmount: 'on', mountpoint: '/tank' },
    [{ key: 'mounted' }, 'what lies in /tank now will be below the mount, out of sight'],
  ],
  [
    { mounted: 'no', canmount: 'on', mountpoint: '/tank', keystatus: 'unavailable' },
    [null, 'not mounted, because its key is not loaded: zfs mount -l tank'],
  ],
])('CompareHost::unmounted of a dataset with %j', async (found, expected) => {
  const folder = root({ '/tank/file': '' });
  expect(await list('CompareHost::unmounted', host({ root: folder }), 'tank', found)).toMatchObject(expected);
});

test('CompareHost::below_missing_mount of what lies in the folder of a storage', async () => {
  const storages = { models: ['dir', { path: '/tank/models', is_mountpoint: 'yes' }] } as const;
  const trouble = 'nothing is mounted at /tank/models, the folder of storage models';
  const missing = (path: string, facts: HostFacts = {}) =>
    call('CompareHost::below_missing_mount', host({ storages, ...facts }), path);
  expect(await missing('/tank/models/snippets/x')).toBe(trouble);
  expect(await missing('/tank/models/snippets/x', { mounts: { '/tank/models': ['tank', 'zfs'] } })).toBeUndefined();
  expect(await missing('/tank/other')).toBeUndefined();
  expect(await missing('/etc/x', { storages: { etc: ['dir', { path: '/etc', is_mountpoint: '1' }] } })).toBeUndefined();
});

test('CompareHost::replaced_link says what becomes of a link, and nothing of a file', async () => {
  const given = host({ root: root({ '/etc/a': '-> /srv/a', '/etc/b': 'plain' }) });
  expect(await list('CompareHost::replaced_link', given, '/etc/a')).toEqual([
    '/etc/a is a link to /srv/a; a plain file takes its place, and what it leads to stays as it is',
  ]);
  expect(await list('CompareHost::replaced_link', given, '/etc/b')).toEqual([]);
  expect(await list('CompareHost::replaced_link', given, '/etc/none')).toEqual([]);
});
