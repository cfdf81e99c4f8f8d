import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { host } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const cfg =
  'dir: local\n\tpath /var/lib/vz\n\nzfspool: local-zfs\n\tpool rpool/data\n\nzfspool: tank\n\tpool tank\n\nnfs: far\n\tpath /mnt/pve/far\n';
const fresh = (files: Readonly<Record<string, string>>) => ({ $code: `Host->new(root => '${root(files)}')` });
const stored = () => fresh({ '/etc/pve/storage.cfg': cfg });

/** A host on which one command was answered so, and that has looked at nothing else. */
const answering = (answer: readonly [number, ...string[]], more = '') => ({
  $code: `bless Host->new(answers => [ [ ${answer[0]}, ${answer
    .slice(1)
    .map((line) => `"${line}"`)
    .join(', ')} ] ], ${more}), 'AnsweringHost'`,
});

test('Host::storage gives the entry of storage.cfg, undef if there is none, and is unknown without the file', async () => {
  expect(await call('Host::storage', stored(), 'tank')).toEqual({ type: 'zfspool', options: { pool: 'tank' } });
  expect(await call('Host::storage', stored(), 'none')).toBeUndefined();
  await expect(call('Host::storage', fresh({}), 'tank')).rejects.toThrow('Unknown: /etc/pve/storage.cfg is not there');
});

test.each([
  ['rpool/data', 'local-zfs'],
  ['rpool', undefined],
])('Host::storage_on %s is %s', async (pool, id) => {
  expect(await call('Host::storage_on', stored(), pool)).toBe(id);
});

test.each([
  ['local-zfs:subvol-950-disk-0', 'rpool/data/subvol-950-disk-0'],
  ['local-zfs:basevol-901-disk-0/subvol-930-disk-0', 'rpool/data/subvol-930-disk-0'],
  ['local:950/vm-950-disk-0.raw', undefined],
  ['none:x', undefined],
  ['/srv/models', undefined],
])('Host::volume_dataset of %s is %s', async (volume, dataset) => {
  expect(await call('Host::volume_dataset', stored(), volume)).toBe(dataset);
});

test('Host::datasets_of asks once for all properties, and Host::dataset for one dataset where not all are wanted', async () => {
  const code = `my $h = shift; (Host::dataset($h, 'a/b'), Host::dataset($h, 'a/b'), @{ $h->{called} })`;
  const host = answering([0, 'a/b\\tguid\\t7', 'a/b\\tcompression\\tlz4'], `properties => ['compression']`);
  const found = { guid: '7', compression: 'lz4' };
  expect(await evaluate(code, host)).toEqual([
    found,
    found,
    'zfs get -Hp -t filesystem,volume -o name,property,value canmount,compression,creation,guid,keystatus,mounted,mountpoint,origin,refquota,volsize a/b',
  ]);
  const every = answering([0, 'a\\tguid\\t6', 'a/b\\tguid\\t7'], 'every => 1');
  expect(
    await evaluate(`my $h = shift; (map({ Host::dataset($h, $_) } qw(a a/b c)), scalar @{ $h->{called} })`, every),
  ).toEqual([{ guid: '6' }, { guid: '7' }, null, '1']);
});

test.each<[string, readonly [number, ...string[]], readonly string[], unknown]>([
  ['a dataset that is surely not there', [1, "cannot open 'a/b': dataset does not exist"], ['a/b'], {}],
  ['no pool at all', [1, 'no datasets available'], [], {}],
  [
    'a sick pool',
    [1, "cannot open 'a/b': pool I/O is currently suspended"],
    ['a/b'],
    /^Unknown: zfs get failed \(exit 1\): cannot open 'a\/b': pool I\/O/,
  ],
  [
    'a kernel without ZFS',
    [127, 'cannot run zfs: No such file or directory'],
    ['a/b'],
    /^Unknown: zfs get failed \(exit 127\): cannot run zfs/,
  ],
  ['a silent failure', [1], ['a/b'], /^Unknown: zfs get failed \(exit 1\): no message/],
  [
    'an absence among other troubles',
    [1, "cannot open 'a/b': dataset does not exist", 'internal error'],
    ['a/b'],
    /^Unknown: .*internal error/,
  ],
  ['another exit code', [2, "cannot open 'a/b': dataset does not exist"], ['a/b'], /^Unknown: /],
])('Host::datasets_of takes for an answer, or not, %s', async (_, answer, names, expected) => {
  const asked = call('Host::datasets_of', answering(answer), ...names);
  if (expected instanceof RegExp) await expect(asked).rejects.toThrow(expected);
  else expect(await asked).toEqual(expected);
});

test('Host::datasets_by_number gives what carries the number of a guest, by name', async () => {
  const datasets = Object.fromEntries(
    [
      'rpool/data/vm-100-disk-1',
      'rpool/data/base-100-disk-0',
      'rpool/data/subvol-950-disk-0',
      'rpool/data/vm-1001-disk-0',
      'rpool/data/basevol-950-x',
      'rpool/vm-9/child',
    ].map((name) => [name, {}]),
  );
  expect(await list('Host::datasets_by_number', host({ datasets }), 100)).toEqual([
    'rpool/data/base-100-disk-0',
    'rpool/data/vm-100-disk-1',
  ]);
  expect(await list('Host::datasets_by_number', host({ datasets }), 950)).toEqual([
    'rpool/data/basevol-950-x',
    'rpool/data/subvol-950-disk-0',
  ]);
  expect(await list('Host::datasets_by_number', host({ datasets }), 9)).toEqual([]);
});

test('Host::datasets_by_number asks for all where only one was asked for before', async () => {
  const code = `my $h = shift; $h->{datasets} = { x => {} }; my @found = Host::datasets_by_number($h, 7); (@found, $h->{every})`;
  expect(await evaluate(code, answering([0, 'a/vm-7-disk-0\\tguid\\t1']))).toEqual(['a/vm-7-disk-0', '1']);
});

test('Host::images_by_number looks into folders of this host, and takes each file once', async () => {
  const folder = root({
    '/var/lib/vz/images/100/vm-100-disk-0.raw': '',
    '/var/lib/vz/images/100/vm-1000-x': '',
    '/var/lib/vz/images/100/notes': '',
    '/mnt/pve/far/images/100/vm-100-disk-1.raw': '',
  });
  const storages = {
    local: ['dir', { path: '/var/lib/vz' }],
    same: ['dir', { path: '/var/lib/vz' }],
    far: ['nfs', { path: '/mnt/pve/far' }],
    odd: ['dir', {}],
  } as const;
  expect(await list('Host::images_by_number', host({ root: folder, storages }), 100)).toMatchObject([
    { volume: 'local:100/vm-100-disk-0.raw', path: '/var/lib/vz/images/100/vm-100-disk-0.raw' },
  ]);
  expect(await list('Host::images_by_number', host({ root: folder, storages }), 101)).toEqual([]);
});

test('Host::pool knows the health of pools, undef of one that is not imported, and is unknown when zpool fails', async () => {
  const code = `my $h = shift; map { Host::pool($h, $_) } qw(rpool tank none)`;
  expect(await evaluate(code, answering([0, 'rpool\\tONLINE', 'tank\\tDEGRADED']))).toEqual([
    'ONLINE',
    'DEGRADED',
    null,
  ]);
  await expect(evaluate(code, answering([1, 'The ZFS modules cannot be auto-loaded.']))).rejects.toThrow(
    /^Unknown: zpool list failed \(exit 1\): The ZFS modules/,
  );
});

const mountinfo =
  '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 22 0:40 / /srv/my\\040data rw,relatime shared:1 master:2 - zfs tank/my\\040data rw,xattr\nodd line\n';
const mounted = () => fresh({ '/proc/self/mountinfo': mountinfo });

test('Host::mounts reads what is mounted, Host::mount_at one path of it', async () => {
  expect(await call('Host::mounts', mounted())).toEqual({
    '/': { type: 'ext4', source: '/dev/sda1' },
    '/srv/my data': { type: 'zfs', source: 'tank/my data' },
  });
  expect(await call('Host::mount_at', mounted(), '/srv/my data')).toEqual({ type: 'zfs', source: 'tank/my data' });
  expect(await call('Host::mount_at', mounted(), '/srv')).toBeUndefined();
  await expect(call('Host::mounts', fresh({}))).rejects.toThrow('Unknown: /proc/self/mountinfo is not there');
});

test.each([
  ['/srv/my data/models/x', '/srv/my data'],
  ['/srv/my data', '/srv/my data'],
  ['/srv/other', '/'],
  ['/', '/'],
])('Host::mount_above %s is the mount at %s', async (path, point) => {
  expect(await call('Host::mount_above', mounted(), path)).toMatchObject({ point });
});

test('Host::mount_above is undef where not even the root is listed', async () => {
  expect(await call('Host::mount_above', fresh({ '/proc/self/mountinfo': '' }), '/a/b')).toBeUndefined();
});

test('Host::unit asks once for all units that will be wanted', async () => {
  const code = `my $h = shift; (Host::unit($h, 'a.service'), Host::unit($h, 'b.timer'), scalar @{ $h->{called} }, $h->{called}[0] =~ /^systemctl show .* -- /)`;
  const lines = [
    'LoadState=loaded',
    'ActiveState=active',
    'UnitFileState=enabled',
    '',
    'LoadState=not-found',
    'ActiveState=inactive',
    'UnitFileState=',
  ] as const;
  const [a, b, ...rest] = await evaluate(code, answering([0, ...lines], `unit_names => ['a.service', 'b.timer']`));
  expect(rest).toEqual(['1', '1']);
  expect([a, b]).toEqual(
    expect.arrayContaining([{ LoadState: 'loaded', ActiveState: 'active', UnitFileState: 'enabled' }]),
  );
});

test.each([
  [[1, 'Failed to connect to bus'], /^Unknown: systemctl show failed \(exit 1\): Failed to connect to bus/],
  [[0, 'LoadState=loaded', '', 'LoadState=loaded'], /^Unknown: systemctl show answered for 2 of 1 units/],
] as const)('Host::unit believes no answer such as %j', async (answer, why) => {
  await expect(call('Host::unit', answering(answer), 'a.service')).rejects.toThrow(why);
});

test('Host::output gives exit code and lines, messages among them, in the language of this program, and counts the process', async () => {
  const code = `my $h = Host->new; my ($exit, $lines) = Host::output($h, @_); ($exit, $lines, $h->{processes})`;
  expect(await evaluate(code, 'sh', '-c', 'read x; echo "[$x] $LC_ALL"; echo oops >&2; exit 3')).toEqual([
    '3',
    ['[] C', 'oops'],
    '1',
  ]);
  expect(await evaluate(code, 'sh', '-c', 'kill -9 $$')).toEqual(['137', [], '1']);
  expect(await evaluate(code, '/nonexistent/tool', 'x')).toEqual([
    '127',
    ['cannot run /nonexistent/tool: No such file or directory'],
    '1',
  ]);
});

test('Host::output hands words to no shell', async () => {
  const folder = root();
  await evaluate('Host::output(Host->new, @_); 1', `touch ${join(folder, 'x')}`);
  expect(existsSync(join(folder, 'x'))).toBe(false);
});

test('Host::all_datasets asks once for all, whatever was asked for before', async () => {
  const code =
    'my $h = shift; $h->{datasets} = { x => {} }; (Host::all_datasets($h), Host::all_datasets($h), scalar @{ $h->{called} })';
  const [first, second, times] = await evaluate(code, answering([0, 'a\\tguid\\t1', 'b\\tguid\\t2']));
  expect(first).toMatchObject({ a: { guid: '1' }, b: { guid: '2' } });
  expect(second).toEqual(first);
  expect(times).toBe('1');
});

test('Host::snapshots_of a dataset are its own', async () => {
  const of = (...answer: readonly [number, ...string[]]) =>
    list('Host::snapshots_of', host({ answers: { zfs: answer } }), 'a/b');
  expect(await of(0, 'a/b@one', 'a/b@two', 'a/b/c@three', 'a warning')).toEqual(['a/b@one', 'a/b@two']);
  expect(await of(0)).toEqual([]);
  await expect(of(1, 'no such pool')).rejects.toThrow('Unknown: zfs list failed (exit 1): no such pool');
});

test('Host::storage_above is the innermost one in whose folder a path lies', async () => {
  const storages = {
    outer: ['dir', { path: '/tank/' }],
    inner: ['dir', { path: '/tank/models' }],
    pool: ['zfspool', { pool: 'tank' }],
  } as const;
  const above = (path: string) => call('Host::storage_above', host({ storages }), path);
  expect(await above('/tank/models/x')).toBe('inner');
  expect(await above('/tank/x')).toBe('outer');
  expect(await above('/tank/modelsx/y')).toBe('outer');
  expect(await above('/srv/x')).toBeUndefined();
});

test.each([
  [{ refquota: '0', volsize: '-' }, true],
  [{ refquota: '0' }, true],
  [{ refquota: '1024' }, false],
  [{ refquota: '-', volsize: '1024' }, false],
])('Host::is_unlimited of a volume whose dataset has %j: %s', async (facts, expected) => {
  const given = host({ datasets: { 'rpool/data/subvol-950-disk-0': facts } });
  expect(await holds('Host::is_unlimited', given, 'local-zfs:subvol-950-disk-0')).toBe(expected);
  expect(await holds('Host::is_unlimited', given, 'local-zfs:subvol-950-disk-9')).toBe(false);
  expect(await holds('Host::is_unlimited', given, 'local:950/x.raw')).toBe(false);
});

const shared =
  'dir: local\n\tpath /vz/\n\ndir: again\n\tpath /vz\n\nbtrfs: tree\n\tpath /tree\n\nzfspool: a-far\n\tpool tank\n\tnodes pve2\n\nzfspool: b-off\n\tpool tank\n\tdisable 1\n\nzfspool: c-here\n\tpool tank\n\tnodes pve2,pve\n';
const images = {
  '/etc/hostname': 'pve\n',
  '/etc/pve/storage.cfg': shared,
  '/vz/images/950/vm-950-disk-0.raw': '',
  '/tree/images/950/vm-950-disk-1/disk.raw': '',
};
const withImages = () => ({ $code: `Host->new(root => '${root(images)}', node_name => 'pve')` });

test('Host::storage_on and Host::is_for_us pass over storages that this node may not use', async () => {
  expect(await call('Host::storage_on', withImages(), 'tank')).toBe('c-here');
  expect(await holds('Host::is_for_us', withImages(), { options: {} })).toBe(true);
  expect(await holds('Host::is_for_us', withImages(), { options: { nodes: 'pve2' } })).toBe(false);
});

test.each([
  ['local:950/vm-950-disk-0.raw', '/vz/images/950/vm-950-disk-0.raw'],
  ['local:900/base-900-disk-0.qcow2/950/vm-950-disk-0.qcow2', '/vz/images/950/vm-950-disk-0.qcow2'],
  ['tree:950/vm-950-disk-1.raw', '/tree/images/950/vm-950-disk-1/disk.raw'],
  ['c-here:vm-950-disk-0', undefined],
  ['none:950/x.raw', undefined],
])('Host::image_path of %s is %s', async (volume, path) => {
  expect(await call('Host::image_path', withImages(), volume)).toBe(path);
});

test('Host::images_folder is where Proxmox keeps the images of a folder', async () => {
  expect(await call('Host::images_folder', withImages(), 'local')).toBe('/vz/images');
  expect(await call('Host::images_folder', withImages(), 'c-here')).toBeUndefined();
});

test('Host::images_besides knows an image by whichever storage names it', async () => {
  const besides = async (...volumes: readonly string[]) =>
    ((await list('Host::images_besides', withImages(), 950, ...volumes)) as { volume: string }[]).map(
      ({ volume }) => volume,
    );
  expect(await besides()).toEqual(['again:950/vm-950-disk-0.raw', 'tree:950/vm-950-disk-1.raw']);
  expect(await besides('local:950/vm-950-disk-0.raw')).toEqual(['tree:950/vm-950-disk-1.raw']);
  expect(await besides('again:950/vm-950-disk-0.raw', 'tree:950/vm-950-disk-1.raw')).toEqual([]);
});
