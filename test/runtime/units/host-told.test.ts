import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { host } from './given.js';
import { call, evaluate, list } from './perl.js';
import { blind, root } from './root.js';

const fresh = (folder: string) => ({ $code: `Host->new(root => '${folder}')` });

/** What is told of questions to a host while somebody listens: `question operand`, and the answer. */
const told = (folder: string, code: string) =>
  evaluate(
    `my $host = shift; my @told; local $Host::told = sub { push @told, [ "$_[0] $_[1]", $_[2] ] }; ${code}; @told`,
    fresh(folder),
  );

test('Host::seen gives an answer on, and tells of it while somebody listens', async () => {
  expect(
    await evaluate(
      'my @told; my $is = Host::seen("q", "o", 7); local $Host::told = sub { @told = @_ }; ($is, Host::seen("q", "o", 8), @told)',
    ),
  ).toEqual(['7', '8', 'q', 'o', '8']);
});

test('every look at the host is told with what was seen, also that there is nothing', async () => {
  const folder = root({
    '/a/x': 'text',
    '/proc/net/unix': '@/var/lib/lxc/950/command',
    '/proc/self/mountinfo': '1 1 0:1 / /mnt rw - zfs tank rw\n',
    '/etc/hostname': 'pve\n',
    '/link': '-> a',
  });
  const questions = `$host->read('/a/x'); $host->read('/none'); $host->names('/a'); $host->facts('/none'); $host->is_link('/link'); $host->sha256('/none'); $host->head('/a/x');
    $host->container_runs(950); $host->container_life(951); $host->mount_at('/mnt'); $host->mount_above('/mnt/x'); $host->node_name; $host->output('true')`;
  expect(await told(folder, questions)).toEqual([
    ['read /a/x', 'text'],
    ['read /none', null],
    ['names /a', ['x']],
    ['facts /none', null],
    ['is_link /link', '1'],
    ['sum sha256 /none', null],
    ['head /a/x', 'text'],
    ['container_runs 950', '1'],
    ['container_life 951', '-'],
    ['mount_at /mnt', { type: 'zfs', source: 'tank' }],
    ['mount_above /mnt/x', { type: 'zfs', source: 'tank', point: '/mnt' }],
    ['read /etc/hostname', 'pve\n'],
    ['node_name ', 'pve'],
    ['said_by true', ['0']],
  ]);
});

test('what is told can be asked again: each question is a method that takes its operand', async () => {
  const folder = root({
    '/a/x': 'text',
    '/proc/net/unix': '@/var/lib/lxc/950/command',
    '/proc/self/mountinfo': '1 1 0:1 / / rw - ext4 /dev/sda rw\n',
    '/etc/hostname': 'pve\n',
    '/etc/pve/nodes/pve/lxc/950.conf': 'memory: 1\n',
    '/etc/pve/storage.cfg': '',
  });
  const code = `$host->guest(950); $host->running(950, 'lxc'); $host->life(950); $host->limit(950, 'cpu.max'); $host->ha_state(950, 'lxc'); $host->is_replicated(950); $host->task_alive('x', 950);
    $host->storage('x'); $host->package('x'); $host->cluster_trouble; $host->mount_above('/a'); $host->output('echo', 'a b', ''); $host->node_name; $host->sha256('/a/x')`;
  const again = `my @told = do { ${'my @told; local $Host::told = sub { push @told, [ @_ ] }; '}${code}; @told }; my $fresh = Host->new(root => $host->{root});
    map { my ($question, $operand, $answer) = @$_; my $is = $fresh->$question($operand); JSON::PP->new->canonical->encode([ $is ]) eq JSON::PP->new->canonical->encode([ $answer ]) ? () : "$question $operand" } @told`;
  expect(await evaluate(`my $host = shift; ${again}`, fresh(folder))).toEqual([]);
});

test('Host::slurp reads without telling', async () => {
  expect(await told(root({ '/a': 'x' }), `$host->slurp('/a'); $host->slurp('/none')`)).toEqual([]);
  await expect(call('Host::slurp', fresh(root({ '/a': blind('/a') })), '/a')).rejects.toThrow(
    /^Unknown: cannot look at \/a/,
  );
});

test('Host::is_link, Host::sum and Host::head look at one file', async () => {
  const folder = fresh(root({ '/a': 'text'.repeat(20), '/link': '-> a' }));
  expect([
    await call('Host::is_link', folder, '/link'),
    await call('Host::is_link', folder, '/a'),
    await call('Host::is_link', folder, '/none'),
  ]).toEqual(['1', '0', '0']);
  expect(await call('Host::sum', folder, 'sha256 /a')).toBe(sha256('text'.repeat(20)));
  expect(await call('Host::head', folder, '/a')).toBe('text'.repeat(8));
  expect(await call('Host::head', folder, '/none')).toBeUndefined();
});

test('Host::said_by takes a command in one text', async () => {
  expect(await call('Host::said_by', fresh(''), 'printf\0%s|\0a b\0')).toEqual(['0', 'a b||'.slice(0, 5)]);
  expect(await call('Host::said_by', fresh(''), 'sh\0-c\0echo x; exit 3')).toEqual(['3', 'x']);
});

test('Host::container_runs and Host::container_life are of containers', async () => {
  const folder = root({ '/proc/net/unix': '@/var/lib/lxc/950/command' });
  mkdirSync(join(folder, 'sys/fs/cgroup/lxc/950'), { recursive: true });
  expect([
    await call('Host::container_runs', fresh(folder), 950),
    await call('Host::container_runs', fresh(folder), 951),
  ]).toEqual(['1', '0']);
  expect(await call('Host::container_life', fresh(folder), 950)).toBe(
    String(statSync(join(folder, 'sys/fs/cgroup/lxc/950')).ino),
  );
});

test.each([
  ['local: 950-0\n\ttarget pve2\n', '1'],
  ['local: 9500-0\n', '0'],
  [undefined, '0'],
])('Host::is_replicated by %j', async (text, expected) => {
  expect(
    await call('Host::is_replicated', fresh(root(text === undefined ? {} : { '/etc/pve/replication.cfg': text })), 950),
  ).toBe(expected);
});

test('Host::storages are all entries, and unknown without the file', async () => {
  expect(await call('Host::storages', fresh(root({ '/etc/pve/storage.cfg': 'dir: local\n\tpath /x\n' })))).toEqual({
    local: { type: 'dir', options: { path: '/x' } },
  });
  await expect(call('Host::storages', fresh(root()))).rejects.toThrow('Unknown: /etc/pve/storage.cfg is not there');
});

const folders = {
  local: ['dir', { path: '/vz' }],
  far: ['nfs', { path: '/mnt' }],
  zfs: ['zfspool', { pool: 'tank' }],
} as const;
const qcow2 = (bytes: bigint) => {
  const head = Buffer.alloc(32);
  head.write('QFI', 0, 'latin1');
  head[3] = 0xfb;
  head.writeBigUInt64BE(bytes, 24);
  return head;
};

/** A host with a raw image, a qcow2 and a broken one. */
function images() {
  const folder = root({
    '/vz/images/100/vm-100-disk-0.raw': 'x'.repeat(7),
    '/vz/images/100/vm-100-disk-2.qcow2': 'QFI',
  });
  writeFileSync(join(folder, 'vz/images/100/vm-100-disk-1.qcow2'), qcow2(32n * 1024n ** 3n));
  return host({
    root: folder,
    storages: folders,
    datasets: {
      'tank/vm-100-disk-0': { volsize: '9', refquota: '0' },
      'tank/subvol-950-disk-0': { volsize: '-', refquota: '8' },
      'tank/subvol-951-disk-0': { refquota: '0' },
    },
  });
}

test.each([
  ['zfs:vm-100-disk-0', '9'],
  ['zfs:subvol-950-disk-0', '8'],
  ['zfs:subvol-951-disk-0', undefined],
  ['local:100/vm-100-disk-0.raw', '7'],
  ['local:100/vm-100-disk-1.qcow2', String(32 * 1024 ** 3)],
  ['local:900/base-900-disk-0.qcow2/100/vm-100-disk-1.qcow2', String(32 * 1024 ** 3)],
  ['local:100/vm-100-disk-2.qcow2', undefined],
  ['far:100/vm-100-disk-0.raw', undefined],
  ['none:100/vm-100-disk-0.raw', undefined],
])('Host::volume_bytes and Host::image_bytes of %s: %s', async (volume, bytes) => {
  expect(await call('Host::volume_bytes', images(), volume)).toBe(bytes);
  if (!volume.startsWith('zfs')) expect(await call('Host::image_bytes', images(), volume)).toBe(bytes);
});

test('a volume that a config names and that is not there is unknown', async () => {
  await expect(call('Host::volume_bytes', images(), 'zfs:vm-9-disk-0')).rejects.toThrow(
    'Unknown: volume zfs:vm-9-disk-0 is in the config, but there is no dataset tank/vm-9-disk-0',
  );
  await expect(call('Host::image_bytes', images(), 'local:9/vm-9-disk-0.raw')).rejects.toThrow(
    'but there is no file /vz/images/9/vm-9-disk-0.raw',
  );
});

test('Host::datasets_besides are those with the number that none of the volumes is, whatever their names', async () => {
  const storages = { a: ['zfspool', { pool: 'a' }], b: ['zfspool', { pool: 'b' }] } as const;
  const given = host({ storages, datasets: { 'a/vm-100-disk-0': {}, 'b/vm-100-disk-0': {}, 'b/vm-101-disk-0': {} } });
  expect(await list('Host::datasets_besides', given, 100, 'a:vm-100-disk-0', 'far:x', '/srv')).toEqual([
    'b/vm-100-disk-0',
  ]);
  expect(await list('Host::datasets_besides', given, 102)).toEqual([]);
});
