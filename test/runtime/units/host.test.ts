import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { call, evaluate, holds, list } from './perl.js';
import { blind, root } from './root.js';

/** A host that has seen nothing yet of this folder. */
const fresh = (folder: string) => ({ $code: `Host->new(root => '${folder}')` });

const ask = (files: Readonly<Record<string, string>>, name: string, ...words: readonly unknown[]) =>
  call(name, fresh(root(files)), ...words);

test('Host::new has looked at nothing, and Host::place is where a path lies below its root', async () => {
  expect(await call('Host::new', 'Host', 'root', '/r')).toEqual({
    root: '/r',
    properties: [],
    every: '0',
    processes: '0',
  });
  expect(await call('Host::place', { root: '/r' }, '/etc')).toBe('/r/etc');
});

const questions = ['Host::read', 'Host::names', 'Host::facts', 'Host::sha256'] as const;

test.each(questions)('%s has three answers: what is there, absent, unknown', async (name) => {
  const files = { '/a/file': 'text', '/loop': blind('/loop') };
  expect(await ask(files, name, name === 'Host::names' ? '/a' : '/a/file')).toBeDefined();
  expect(await ask(files, name, '/a/none')).toBeUndefined();
  expect(await ask(files, name, '/a/file/below')).toBeUndefined();
  await expect(ask(files, name, '/loop')).rejects.toThrow(/^Unknown: cannot look at \/loop: Too many levels/);
});

test('Host::read of a folder is unknown, because it is there and cannot be read', async () => {
  await expect(ask({ '/a/file': '' }, 'Host::read', '/a')).rejects.toThrow('Unknown: cannot read /a: Is a directory');
  await expect(ask({ '/a/file': '' }, 'Host::sha256', '/a')).rejects.toThrow('Unknown: cannot read /a');
});

test('Host::read gives every byte, Host::names all but the dots, Host::facts what a file is', async () => {
  const folder = root({ '/a/x': 'ü\n'.repeat(50_000), '/a/.hidden': '' });
  chmodSync(join(folder, 'a/x'), 0o640);
  expect(String(await call('Host::read', fresh(folder), '/a/x'))).toHaveLength(100_000);
  expect(((await call('Host::names', fresh(folder), '/a')) as string[]).toSorted()).toEqual(['.hidden', 'x']);
  const { uid, gid, mtimeMs } = statSync(join(folder, 'a/x'));
  expect(await call('Host::facts', fresh(folder), '/a/x')).toEqual({
    size: '150000',
    mode: String(0o640),
    uid: String(uid),
    gid: String(gid),
    mtime: String(Math.floor(mtimeMs / 1000)),
    folder: '0',
  });
  expect(await call('Host::facts', fresh(folder), '/a')).toEqual({
    mode: expect.any(String),
    uid: String(uid),
    gid: String(gid),
    folder: '1',
  });
});

test.each([
  ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
])('Host::hash_of takes the %s of a file', async (kind, sum) => {
  const place = join(root({ '/a': 'abc' }), 'a');
  expect(await call('Host::hash_of', place, kind)).toBe(sum);
  expect(await call('Host::hash_of', `${place}.none`, kind, 'the name')).toBeUndefined();
});

test('Host::absent_or_unknown takes no failure for an absence but two', async () => {
  const code =
    'my ($errno) = @_; local $! = $errno; [ defined eval { Host::absent_or_unknown("/x"); 1 } ? "absent" : "unknown" ]';
  const [enoent, enotdir, eacces, eio, erofs] = [2, 20, 13, 5, 30];
  const answers = await Promise.all([enoent, enotdir, eacces, eio, erofs].map((errno) => evaluate(code, errno)));
  expect(answers.flat(2)).toEqual(['absent', 'absent', 'unknown', 'unknown', 'unknown']);
});

test.each([
  [{ '/etc/pve/local': '-> nodes/pve1', '/etc/hostname': 'other\n' }, 'pve1'],
  [{ '/etc/hostname': 'pve1.example.org\n' }, 'pve1'],
])('Host::node_name of %j is %s', async (files, name) => {
  expect(await ask(files, 'Host::node_name')).toBe(name);
});

test('Host::node_name is unknown where nothing names the node', async () => {
  await expect(ask({}, 'Host::node_name')).rejects.toThrow(
    'Unknown: neither /etc/pve/local nor /etc/hostname names this node',
  );
});

test.each([
  ['{ "cluster": { "quorate": 1 } }', undefined],
  ['{ "cluster": { "quorate": 0 } }', 'the cluster has no quorum (/etc/pve/.members)'],
  ['{ "quorate":"0" }', 'the cluster has no quorum (/etc/pve/.members)'],
  ['{}', undefined],
])('Host::cluster_trouble reads %s', async (members, trouble) => {
  expect(await ask({ '/etc/pve/.members': members }, 'Host::cluster_trouble')).toBe(trouble);
  expect(await call('Host::cluster_trouble', { $host: { unmounted: 1 } })).toContain('/etc/pve is not mounted');
});

const status = `Package: pve-manager
Status: install ok installed
Version: 9.1.4

Package: gone
Status: deinstall ok config-files
Version: 1

Package: half
Status: install ok unpacked

Package: last
Status: hold ok installed
Depends: Package: x
Version: 2:1.0-3
`;

test('Host::package knows what is installed, and Host::pve_version the release', async () => {
  const files = { '/var/lib/dpkg/status': status };
  expect(
    await evaluate(
      'my $h = shift; map { Host::package($h, $_) } qw(pve-manager gone half last none)',
      fresh(root(files)),
    ),
  ).toEqual(['9.1.4', null, null, '2:1.0-3', null]);
  expect(await ask(files, 'Host::pve_version')).toBe('9.1.4');
  expect(await ask({}, 'Host::pve_version')).toBeUndefined();
});

const guests = {
  '/etc/pve/nodes/pve/lxc/950.conf': 'memory: 512\n',
  '/etc/pve/nodes/pve/qemu-server/100.conf': 'cores: 2\n[PENDING]\ncores: 4\n',
  '/etc/pve/nodes/pve2/lxc/951.conf': '',
  '/etc/pve/nodes/pve/lxc/950.conf.tmp.1': '',
  '/etc/pve/nodes/pve3/openvz': '',
};

test('Host::guests sees the guests of all nodes and both types', async () => {
  expect(await ask(guests, 'Host::guests')).toEqual({
    950: { vmid: '950', node: 'pve', type: 'lxc', path: '/etc/pve/nodes/pve/lxc/950.conf' },
    100: { vmid: '100', node: 'pve', type: 'qemu', path: '/etc/pve/nodes/pve/qemu-server/100.conf' },
    951: { vmid: '951', node: 'pve2', type: 'lxc', path: '/etc/pve/nodes/pve2/lxc/951.conf' },
  });
});

test('Host::guests is unknown without the cluster file system, and while one of its folders cannot be looked at', async () => {
  await expect(ask({}, 'Host::guests')).rejects.toThrow(
    'Unknown: /etc/pve/nodes is not there: is the cluster file system mounted?',
  );
  await expect(ask({ '/etc/pve/nodes/pve/lxc': blind('lxc') }, 'Host::guests')).rejects.toThrow(
    /^Unknown: cannot look at /,
  );
});

test('Host::guest has the config of a guest by its type, undef if no node has it', async () => {
  expect(await ask(guests, 'Host::guest', 100)).toMatchObject({
    type: 'qemu',
    conf: { keys: { cores: '2' }, pending: { cores: '4' } },
  });
  expect(await ask(guests, 'Host::guest', 952)).toBeUndefined();
});

test('Host::guest is unknown when its config goes away under our eyes', async () => {
  const code = `my $h = shift; Host::guests($h); unlink $h->place('/etc/pve/nodes/pve/lxc/950.conf'); Host::guest($h, 950)`;
  await expect(evaluate(code, fresh(root(guests)))).rejects.toThrow(
    'Unknown: /etc/pve/nodes/pve/lxc/950.conf went away while it was looked at',
  );
});

const unix =
  'Num RefCount Protocol Flags Type St Inode Path\n0: 2 0 10000 1 1 5 @/var/lib/lxc/950/command\n0: 2 0 10000 1 1 6 @/var/lib/lxc/951/monitor\n0: 3 0 0 1 3 7\n';
const machine = { '/run/qemu-server/100.pid': '4711\n', '/proc/4711/cmdline': '/usr/bin/kvm\0-id\x00100\0-name\0x\0' };

test('Host::running and Host::sockets know containers by the socket of their monitor', async () => {
  expect(await ask({ '/proc/net/unix': unix }, 'Host::sockets')).toEqual({ 950: '1' });
  expect(await ask({ '/proc/net/unix': unix }, 'Host::running', 950, 'lxc')).toBe('1');
  expect(await ask({ '/proc/net/unix': unix }, 'Host::running', 951, 'lxc')).toBe('0');
  await expect(ask({}, 'Host::running', 950, 'lxc')).rejects.toThrow('Unknown: /proc/net/unix is not there');
});

test.each([
  ['its process', machine, '4711'],
  ['another guest’s process', { ...machine, '/proc/4711/cmdline': 'kvm\0-id\x001001\0' }, undefined],
  ['a process that is gone', { '/run/qemu-server/100.pid': '4711\n' }, undefined],
  ['no number', { ...machine, '/run/qemu-server/100.pid': '' }, undefined],
  ['no file', {}, undefined],
])('Host::machine_process knows a machine whose pid file names %s', async (_, files, pid) => {
  expect(await ask(files, 'Host::machine_process', 100)).toBe(pid);
  expect(await ask(files, 'Host::running', 100, 'qemu')).toBe(pid === undefined ? '0' : '1');
});

test('Host::life tells one life from the next, by process and start or by the cgroup; Host::started_at is the second of the start', async () => {
  const folder = root(machine);
  const started = Math.floor(statSync(join(folder, 'run/qemu-server/100.pid')).mtimeMs / 1000);
  expect(await call('Host::started_at', fresh(folder), 100)).toBe(String(started));
  expect(await call('Host::started_at', fresh(folder), 101)).toBe('0');
  expect(await call('Host::life', fresh(folder), 100, 'qemu')).toBe(`4711.${started}`);
  expect(await call('Host::life', fresh(folder), 101, 'qemu')).toBe('-');
  mkdirSync(join(folder, 'sys/fs/cgroup/lxc/950'), { recursive: true });
  expect(await call('Host::life', fresh(folder), 950)).toBe(
    String(statSync(join(folder, 'sys/fs/cgroup/lxc/950')).ino),
  );
  expect(await call('Host::life', fresh(folder), 951)).toBe('-');
});

test('Host::limit reads what the kernel enforces', async () => {
  const files = { '/sys/fs/cgroup/lxc/950/memory.max': '536870912\n' };
  expect(await ask(files, 'Host::limit', 950, 'memory.max')).toBe('536870912');
  expect(await ask(files, 'Host::limit', 950, 'cpu.max')).toBeUndefined();
});

test.each([
  [950, 'lxc', 'started'],
  [951, 'lxc', 'stopped'],
  [100, 'qemu', 'ignored'],
  [100, 'lxc', undefined],
  [952, 'lxc', undefined],
])('Host::ha_state of guest %d (%s) is %s', async (vmid, type, state) => {
  const text = 'ct: 950\n\nct: ct:951\n\tstate stopped\n\nvm: vm:100\n\tstate ignored\n';
  expect(await ask({ '/etc/pve/ha/resources.cfg': text }, 'Host::ha_state', vmid, type)).toBe(state);
  expect(await ask({}, 'Host::ha_state', vmid, type)).toBeUndefined();
});

const upid = (what: string) => `UPID:pve:00001267:00000064:68A0:${what}:root@pam:`;
const alive = (start: number) => `4711 (task (x) y) S ${'1 '.repeat(18)}${start} 1 1\n`;

test.each([
  ['a task at work', { '/var/log/pve/tasks/active': `${upid('vzclone:901')} 0\n`, '/proc/4711/stat': alive(100) }, 1],
  [
    'a task that has ended',
    { '/var/log/pve/tasks/active': `${upid('vzclone:901')} 1 68A0 OK\n`, '/proc/4711/stat': alive(100) },
    0,
  ],
  [
    'a process that got its number',
    { '/var/log/pve/tasks/active': `${upid('vzclone:901')} 0\n`, '/proc/4711/stat': alive(101) },
    0,
  ],
  [
    'a task of another kind',
    { '/var/log/pve/tasks/active': `${upid('vzdump:901')} 0\n`, '/proc/4711/stat': alive(100) },
    0,
  ],
  [
    'a task of another guest',
    { '/var/log/pve/tasks/active': `${upid('vzclone:9010')} 0\n`, '/proc/4711/stat': alive(100) },
    0,
  ],
  ['a worker that the list does not have', { '/proc/99/cmdline': `task ${upid('vzclone:901')}\0` }, 1],
  ['a command that was just typed', { '/proc/99/cmdline': 'perl\0/usr/sbin/pct\0clone\x00900\x00901\0--full\0' }, 1],
  ['another command', { '/proc/99/cmdline': 'perl\0/usr/sbin/pct\0status\x00901\0' }, 0],
  ['nothing', {}, 0],
])('Host::task_alive with %s', async (_, files, expected) => {
  expect(await ask(files, 'Host::task_alive', 'vzclone|vzcreate', 900, 901)).toBe(String(expected));
});

test.each([
  [alive(100), true],
  [alive(100).replace(' S ', ' Z '), false],
  [alive(7), false],
  ['', false],
])('Host::process_alive reads %j', async (stat, expected) => {
  expect(
    await holds('Host::process_alive', fresh(root(stat === '' ? {} : { '/proc/4711/stat': stat })), 4711, 100),
  ).toBe(expected);
});

test('Host::unescaped reads what the kernel escapes', async () => {
  expect(await list('Host::unescaped', '/srv/my\\040data\\011x')).toEqual(['/srv/my data\tx']);
});

test('what was read once is not read again in one look', async () => {
  const folder = root({ '/proc/net/unix': unix });
  const code =
    'my ($h, $place) = @_; my $is = Host::running($h, 950, "lxc"); unlink $place; ($is, Host::running($h, 950, "lxc"))';
  writeFileSync(join(folder, 'x'), '');
  expect(await evaluate(code, fresh(folder), join(folder, 'proc/net/unix'))).toEqual(['1', '1']);
});

test('Host::inode tells a folder from another of the same path, and Host::link where a link leads', async () => {
  const folder = root({ '/a/file': '', '/link': '-> ../a/b', '/loop': blind('/loop') });
  const of = (path: string) => call('Host::inode', fresh(folder), path);
  expect(await of('/a')).toBe(String(statSync(join(folder, 'a')).ino));
  expect(await of('/none')).toBeUndefined();
  await expect(of('/loop')).rejects.toThrow(/^Unknown: cannot look at \/loop/);
  expect(await call('Host::link', fresh(folder), '/link')).toBe('../a/b');
  expect(await call('Host::link', fresh(folder), '/a')).toBeUndefined();
  expect(await call('Host::link', fresh(folder), '/none')).toBeUndefined();
});
