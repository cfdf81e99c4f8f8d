import { expect, test } from 'vitest';
import { answering } from './fresh.js';
import { host } from './given.js';
import { call, evaluate, list } from './perl.js';

test('HostZfs::datasets_besides are those with the number that none of the volumes is, whatever their names', async () => {
  const storages = { a: ['zfspool', { pool: 'a' }], b: ['zfspool', { pool: 'b' }] } as const;
  const given = host({ storages, datasets: { 'a/vm-100-disk-0': {}, 'b/vm-100-disk-0': {}, 'b/vm-101-disk-0': {} } });
  expect(await list('HostZfs::datasets_besides', given, 100, 'a:vm-100-disk-0', 'far:x', '/srv')).toEqual([
    'b/vm-100-disk-0',
  ]);
  expect(await list('HostZfs::datasets_besides', given, 102)).toEqual([]);
});

test('HostZfs::datasets_of asks once for all properties, and HostZfs::dataset for one dataset where not all are wanted', async () => {
  const code = `my $h = shift; (HostZfs::dataset($h, 'a/b'), HostZfs::dataset($h, 'a/b'), @{ $h->{called} })`;
  const host = answering([0, 'a/b\\tguid\\t7', 'a/b\\tcompression\\tlz4'], `properties => ['compression']`);
  const found = { guid: '7', compression: 'lz4' };
  expect(await evaluate(code, host)).toEqual([
    found,
    found,
    'zfs get -Hp -t filesystem,volume -o name,property,value canmount,compression,creation,guid,keystatus,mounted,mountpoint,origin,refquota,volsize a/b',
  ]);
  const every = answering([0, 'a\\tguid\\t6', 'a/b\\tguid\\t7'], 'every => 1');
  expect(
    await evaluate(`my $h = shift; (map({ HostZfs::dataset($h, $_) } qw(a a/b c)), scalar @{ $h->{called} })`, every),
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
])('HostZfs::datasets_of takes for an answer, or not, %s', async (_, answer, names, expected) => {
  const asked = call('HostZfs::datasets_of', answering(answer), ...names);
  if (expected instanceof RegExp) await expect(asked).rejects.toThrow(expected);
  else expect(await asked).toEqual(expected);
});

const away = (mountpoint: string, more: object = {}) => ({ mountpoint, mounted: 'no', canmount: 'on', ...more });

test.each([
  [away('/srv/models'), 1],
  [away('/srv'), 1],
  [away('/srv/models/a.iso'), 1],
  [away('/'), 1],
  [away('/srv/mod'), 0],
  [away('none'), 0],
  [away('/srv', { mounted: 'yes' }), 0],
  [away('/srv', { canmount: 'noauto' }), 0],
  [{}, 0],
])('HostZfs::is_missing of %j above /srv/models/a.iso is %d', async (facts, expected) => {
  expect(await call('HostZfs::is_missing', facts, '/srv/models/a.iso')).toBe(String(expected));
});

const below = ': what is written there would fill the disk below';

test.each<[object, Readonly<Record<string, readonly [string, string]>>, string | undefined]>([
  [{ t: away('/srv'), 't/m': away('/srv/m') }, { '/': ['x', 'ext4'] }, `dataset t/m is not mounted at /srv/m${below}`],
  [{ t: away('/srv') }, { '/srv/m': ['nas', 'nfs'] }, undefined],
  [{ t: away('/srv') }, { '/srv': ['nas', 'nfs'] }, undefined],
  [
    { t: away('/srv', { keystatus: 'unavailable' }) },
    {},
    `dataset t is not mounted at /srv, because its key is not loaded${below}`,
  ],
  [{}, {}, undefined],
])('HostZfs::unmounted_above with %j and mounts %j', async (datasets, mounts, expected) => {
  const given = host({ datasets: datasets as never, mounts });
  expect(await call('HostZfs::unmounted_above', given, '/srv/m/a.iso')).toBe(expected);
});

test('HostZfs::unmounted_above asks once, knows hosts without ZFS, and takes no failure for an answer', async () => {
  const code = `my $h = shift; (map({ HostZfs::unmounted_above($h, '/srv/a') } 1 .. 2), scalar @{ $h->{called} })`;
  expect(await evaluate(code, answering([0, 't\tmounted\tyes']))).toEqual([null, null, '1']);
  for (const none of [
    [127, 'cannot run zfs: No such file or directory'],
    [1, 'The ZFS modules cannot be auto-loaded.'],
  ] as const) {
    expect(await call('HostZfs::unmounted_above', answering(none), '/srv/a')).toBeUndefined();
  }
  await expect(call('HostZfs::unmounted_above', answering([1, 'pool I/O']), '/srv/a')).rejects.toThrow(/^Unknown: zfs/);
});

test('HostZfs::datasets_by_number gives what carries the number of a guest, by name', async () => {
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
  expect(await list('HostZfs::datasets_by_number', host({ datasets }), 100)).toEqual([
    'rpool/data/base-100-disk-0',
    'rpool/data/vm-100-disk-1',
  ]);
  expect(await list('HostZfs::datasets_by_number', host({ datasets }), 950)).toEqual([
    'rpool/data/basevol-950-x',
    'rpool/data/subvol-950-disk-0',
  ]);
  expect(await list('HostZfs::datasets_by_number', host({ datasets }), 9)).toEqual([]);
});

test('HostZfs::datasets_by_number asks for all where only one was asked for before', async () => {
  const code = `my $h = shift; $h->{datasets} = { x => {} }; my @found = HostZfs::datasets_by_number($h, 7); (@found, $h->{every})`;
  expect(await evaluate(code, answering([0, 'a/vm-7-disk-0\\tguid\\t1']))).toEqual(['a/vm-7-disk-0', '1']);
});

test('HostZfs::pool knows the health of pools, undef of one that is not imported, and is unknown when zpool fails', async () => {
  const code = `my $h = shift; map { HostZfs::pool($h, $_) } qw(rpool tank none)`;
  expect(await evaluate(code, answering([0, 'rpool\\tONLINE', 'tank\\tDEGRADED']))).toEqual([
    'ONLINE',
    'DEGRADED',
    null,
  ]);
  await expect(evaluate(code, answering([1, 'The ZFS modules cannot be auto-loaded.']))).rejects.toThrow(
    /^Unknown: zpool list failed \(exit 1\): The ZFS modules/,
  );
});

test('HostZfs::all_datasets asks once for all, whatever was asked for before', async () => {
  const code =
    'my $h = shift; $h->{datasets} = { x => {} }; (HostZfs::all_datasets($h), HostZfs::all_datasets($h), scalar @{ $h->{called} })';
  const [first, second, times] = await evaluate(code, answering([0, 'a\\tguid\\t1', 'b\\tguid\\t2']));
  expect(first).toMatchObject({ a: { guid: '1' }, b: { guid: '2' } });
  expect(second).toEqual(first);
  expect(times).toBe('1');
});

test('HostZfs::snapshots_of datasets are their own, with whether somebody holds them', async () => {
  const of = (...answer: readonly [number, ...string[]]) =>
    list('HostZfs::snapshots_of', host({ answers: { zfs: answer } }), 'a/b', 'd');
  expect(await of(0, 'a/b@one\t0', 'd@two\t2', 'a/b/c@three\t0', 'a warning')).toEqual([
    { name: 'a/b@one', held: '0' },
    { name: 'd@two', held: '1' },
  ]);
  expect(await of(0)).toEqual([]);
  await expect(of(1, 'no such pool')).rejects.toThrow('Unknown: zfs list failed (exit 1): no such pool');
});
