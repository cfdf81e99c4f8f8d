import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ask, fresh } from './fresh.js';
import { call, evaluate, holds } from './perl.js';
import { blind, root } from './root.js';

const guests = {
  '/etc/pve/nodes/pve/lxc/950.conf': 'memory: 512\n',
  '/etc/pve/nodes/pve/qemu-server/100.conf': 'cores: 2\n[PENDING]\ncores: 4\n',
  '/etc/pve/nodes/pve2/lxc/951.conf': '',
  '/etc/pve/nodes/pve/lxc/950.conf.tmp.1': '',
  '/etc/pve/nodes/pve3/openvz': '',
};

test('HostGuests::guests sees the guests of all nodes and both types', async () => {
  expect(await ask(guests, 'HostGuests::guests')).toEqual({
    950: { vmid: '950', node: 'pve', type: 'lxc', path: '/etc/pve/nodes/pve/lxc/950.conf' },
    100: { vmid: '100', node: 'pve', type: 'qemu', path: '/etc/pve/nodes/pve/qemu-server/100.conf' },
    951: { vmid: '951', node: 'pve2', type: 'lxc', path: '/etc/pve/nodes/pve2/lxc/951.conf' },
  });
});

test('HostGuests::guests is unknown without the cluster file system, and while one of its folders cannot be looked at', async () => {
  await expect(ask({}, 'HostGuests::guests')).rejects.toThrow(
    'Unknown: /etc/pve/nodes is not there: is the cluster file system mounted?',
  );
  await expect(ask({ '/etc/pve/nodes/pve/lxc': blind('lxc') }, 'HostGuests::guests')).rejects.toThrow(
    /^Unknown: cannot look at /,
  );
});

test('HostGuests::guest has the config of a guest by its type, undef if no node has it', async () => {
  expect(await ask(guests, 'HostGuests::guest', 100)).toMatchObject({
    type: 'qemu',
    conf: { keys: { cores: '2' }, pending: { cores: '4' } },
  });
  expect(await ask(guests, 'HostGuests::guest', 952)).toBeUndefined();
});

test('HostGuests::guest is unknown when its config goes away under our eyes', async () => {
  const code = `my $h = shift; HostGuests::guests($h); unlink $h->place('/etc/pve/nodes/pve/lxc/950.conf'); HostGuests::guest($h, 950)`;
  await expect(evaluate(code, fresh(root(guests)))).rejects.toThrow(
    'Unknown: /etc/pve/nodes/pve/lxc/950.conf went away while it was looked at',
  );
});

const unix =
  'Num RefCount Protocol Flags Type St Inode Path\n0: 2 0 10000 1 1 5 @/var/lib/lxc/950/command\n0: 2 0 10000 1 1 6 @/var/lib/lxc/951/monitor\n0: 3 0 0 1 3 7\n';

test('HostGuests::running and HostGuests::sockets know containers by the socket of their monitor', async () => {
  expect(await ask({ '/proc/net/unix': unix }, 'HostGuests::sockets')).toEqual({ 950: '1' });
  expect(await ask({ '/proc/net/unix': unix }, 'HostGuests::running', 950, 'lxc')).toBe('1');
  expect(await ask({ '/proc/net/unix': unix }, 'HostGuests::running', 951, 'lxc')).toBe('0');
  await expect(ask({}, 'HostGuests::running', 950, 'lxc')).rejects.toThrow('Unknown: /proc/net/unix is not there');
});

const machine = { '/run/qemu-server/100.pid': '4711\n', '/proc/4711/cmdline': '/usr/bin/kvm\0-id\x00100\0-name\0x\0' };

test.each([
  ['its process', machine, '4711'],
  ['another guest’s process', { ...machine, '/proc/4711/cmdline': 'kvm\0-id\x001001\0' }, undefined],
  ['a process that is gone', { '/run/qemu-server/100.pid': '4711\n' }, undefined],
  ['no number', { ...machine, '/run/qemu-server/100.pid': '' }, undefined],
  ['no file', {}, undefined],
])('HostGuests::machine_process knows a machine whose pid file names %s', async (_, files, pid) => {
  expect(await ask(files, 'HostGuests::machine_process', 100)).toBe(pid);
  expect(await ask(files, 'HostGuests::running', 100, 'qemu')).toBe(pid === undefined ? '0' : '1');
});

test('HostGuests::life tells one life from the next, by process and start or by the cgroup; HostGuests::started_at is the second of the start', async () => {
  const folder = root(machine);
  const started = Math.floor(statSync(join(folder, 'run/qemu-server/100.pid')).mtimeMs / 1000);
  expect(await call('HostGuests::started_at', fresh(folder), 100)).toBe(String(started));
  expect(await call('HostGuests::started_at', fresh(folder), 101)).toBe('0');
  expect(await call('HostGuests::life', fresh(folder), 100, 'qemu')).toBe(`4711.${started}`);
  expect(await call('HostGuests::life', fresh(folder), 101, 'qemu')).toBe('-');
  mkdirSync(join(folder, 'sys/fs/cgroup/lxc/950'), { recursive: true });
  expect(await call('HostGuests::life', fresh(folder), 950)).toBe(
    String(statSync(join(folder, 'sys/fs/cgroup/lxc/950')).ino),
  );
  expect(await call('HostGuests::life', fresh(folder), 951)).toBe('-');
});

test('HostGuests::limit reads what the kernel enforces', async () => {
  const files = { '/sys/fs/cgroup/lxc/950/memory.max': '536870912\n' };
  expect(await ask(files, 'HostGuests::limit', 950, 'memory.max')).toBe('536870912');
  expect(await ask(files, 'HostGuests::limit', 950, 'cpu.max')).toBeUndefined();
});

test.each([
  [950, 'lxc', 'started'],
  [951, 'lxc', 'stopped'],
  [100, 'qemu', 'ignored'],
  [100, 'lxc', undefined],
  [952, 'lxc', undefined],
])('HostGuests::ha_state of guest %d (%s) is %s', async (vmid, type, state) => {
  const text = 'ct: 950\n\nct: ct:951\n\tstate stopped\n\nvm: vm:100\n\tstate ignored\n';
  expect(await ask({ '/etc/pve/ha/resources.cfg': text }, 'HostGuests::ha_state', vmid, type)).toBe(state);
  expect(await ask({}, 'HostGuests::ha_state', vmid, type)).toBeUndefined();
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
  [
    'a disk that is made',
    { '/proc/99/cmdline': 'perl\0/usr/sbin/pvesm\0alloc\0local\x00901\0vm-901-disk-0\x004G\0' },
    1,
  ],
  ['a disk that is filled', { '/proc/99/cmdline': 'perl\0/usr/sbin/qm\0disk\0import\x00901\0a.qcow2\0local\0' }, 1],
  ['the copy itself', { '/proc/99/cmdline': '/usr/bin/qemu-img\0convert\0-n\0/a\0/dev/zvol/rpool/vm-901-disk-0\0' }, 1],
  ['the copy of another', { '/proc/99/cmdline': 'qemu-img\0convert\0-n\0/a\0/dev/zvol/rpool/vm-1901-disk-0\0' }, 0],
  ['another command', { '/proc/99/cmdline': 'perl\0/usr/sbin/pct\0status\x00901\0' }, 0],
  ['nothing', {}, 0],
])('HostGuests::task_alive with %s', async (_, files, expected) => {
  expect(await ask(files, 'HostGuests::task_alive', 'vzclone|vzcreate', 900, 901)).toBe(String(expected));
});

test.each([
  [alive(100), true],
  [alive(100).replace(' S ', ' Z '), false],
  [alive(7), false],
  ['', false],
])('HostGuests::process_alive reads %j', async (stat, expected) => {
  expect(
    await holds('HostGuests::process_alive', fresh(root(stat === '' ? {} : { '/proc/4711/stat': stat })), 4711, 100),
  ).toBe(expected);
});

test.each([
  ['curl\0-o\0/srv/a\0--\0http://x\0', '1'],
  ['/usr/bin/curl\0-o\0/srv/a\0', '1'],
  ['curl\0-o\0/srv/ab\0', '0'],
  ['wget\0-O\0/srv/a\0', '0'],
])('HostGuests::tool_alive of a process %j', async (command, expected) => {
  expect(
    await ask({ '/proc/7/cmdline': command, '/proc/self/x': '' }, 'HostGuests::tool_alive', 'curl', '/srv/a'),
  ).toBe(expected);
});

test.each([
  ['make\0all\0', '1'],
  ['/bin/sh\0/usr/local/bin/make\0all\0', '1'],
  ['make\0all\0more\0', '0'],
  ['cmake\0all\0', '0'],
])('HostGuests::command_alive of a process %j', async (command, expected) => {
  expect(await ask({ '/proc/7/cmdline': command }, 'HostGuests::command_alive', 'make', 'all')).toBe(expected);
});

test('what was read once is not read again in one look', async () => {
  const folder = root({ '/proc/net/unix': unix });
  const code =
    'my ($h, $place) = @_; my $is = HostGuests::running($h, 950, "lxc"); unlink $place; ($is, HostGuests::running($h, 950, "lxc"))';
  writeFileSync(join(folder, 'x'), '');
  expect(await evaluate(code, fresh(folder), join(folder, 'proc/net/unix'))).toEqual(['1', '1']);
});

test('HostGuests::container_runs and HostGuests::container_life are of containers', async () => {
  const folder = root({ '/proc/net/unix': '@/var/lib/lxc/950/command' });
  mkdirSync(join(folder, 'sys/fs/cgroup/lxc/950'), { recursive: true });
  expect([
    await call('HostGuests::container_runs', fresh(folder), 950),
    await call('HostGuests::container_runs', fresh(folder), 951),
  ]).toEqual(['1', '0']);
  expect(await call('HostGuests::container_life', fresh(folder), 950)).toBe(
    String(statSync(join(folder, 'sys/fs/cgroup/lxc/950')).ino),
  );
});

test.each([
  ['local: 950-0\n\ttarget pve2\n', '1'],
  ['local: 9500-0\n', '0'],
  [undefined, '0'],
])('HostGuests::is_replicated by %j', async (text, expected) => {
  expect(
    await call(
      'HostGuests::is_replicated',
      fresh(root(text === undefined ? {} : { '/etc/pve/replication.cfg': text })),
      950,
    ),
  ).toBe(expected);
});
