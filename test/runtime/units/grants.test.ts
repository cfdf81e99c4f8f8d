import { expect, test } from 'vitest';
import { conf } from './given.js';
import { call, evaluate, holds, list } from './perl.js';

interface Grant {
  readonly kind: string;
  readonly text: string;
  readonly lost?: string;
}

const told = (grants: readonly unknown[]) => (grants as Grant[]).map(({ kind, text }) => `${kind} ${text}`);
const granted = async (lines: string, type = 'lxc') => told(await list('Grants::of_config', type, conf(lines, type)));

test('Grants::of_config tells the keys of a container in their order, then its raw lines', async () => {
  expect(
    await granted('unprivileged: 1\nmemory: 512\nmp0: /srv,mp=/x\ndev0: /dev/x\nlxc.idmap: u 0 0 1\nlxc.foo: bar\n'),
  ).toEqual(['device /dev/x (0660)', 'folder /srv (rw)', 'ids user 0 of the host', 'line lxc.foo: bar']);
  expect(await granted('')).toEqual(['privileged root in it is root of the host']);
  expect(await granted('unprivileged: 1\nhookscript: local:snippets/x\nrootfs: /srv/root\n')).toEqual([
    'hook local:snippets/x',
    'folder /srv/root (rw)',
  ]);
});

test('Grants::of_config tells the keys of a machine', async () => {
  const lines = [
    'args: -S',
    'hookscript: local:snippets/x',
    'hostpci0: 01:00',
    'ivshmem: size=1',
    'parallel0: /dev/parport0',
    'scsi0: local-zfs:vm-1-disk-0',
    'scsi1: /dev/disk/by-id/x',
    'serial0: socket',
    'serial1: /dev/ttyS0',
    'usb0: spice',
    'virtiofs0: share,cache=never',
  ];
  expect(await granted(`${lines.join('\n')}\n`, 'qemu')).toEqual([
    'arguments -S',
    'hook local:snippets/x',
    'device PCI 01:00',
    'device shared memory size=1',
    'device /dev/parport0 (rw)',
    'device /dev/disk/by-id/x (rw)',
    'device /dev/ttyS0 (rw)',
    'folder mapping share',
  ]);
});

test('Grants::parts and Grants::is_on', async () => {
  expect(await call('Grants::parts', 'mp0', '/srv,mp=/x')).toEqual({ volume: '/srv', mp: '/x' });
  expect(
    await Promise.all(['1', 'on', 'yes', 'true', '0', 'off', 'no'].map((word) => holds('Grants::is_on', word))),
  ).toEqual([true, true, true, true, false, false, false]);
});

test.each<[string, readonly unknown[], readonly string[]]>([
  ['Grants::privileged', ['0'], ['privileged root in it is root of the host']],
  ['Grants::privileged', ['1'], []],
  ['Grants::features', ['nesting=1,keyctl=1,fuse=0', 'features', { unprivileged: 1 }], ['feature keyctl']],
  ['Grants::features', ['nesting=1', 'features', { unprivileged: 0 }], ['feature nesting']],
  [
    'Grants::features',
    ['mount=nfs;cifs', 'features', { unprivileged: 1 }],
    ['feature mount cifs', 'feature mount nfs'],
  ],
  ['Grants::device', ['/dev/x'], ['device /dev/x (0660)']],
  ['Grants::device', ['path=/dev/x,mode=0666,uid=0,gid=44,deny-write=1'], ['device /dev/x (0666 gid 44 ro)']],
  ['Grants::mount', ['local-zfs:x,mp=/x'], []],
  ['Grants::mount', ['/srv/,mp=/x,ro=1'], ['folder /srv (ro)']],
  ['Grants::mount', ['volume=/srv,mp=/x,idmap=u:0:1:1'], ['folder /srv (rw idmap u:0:1:1)']],
  ['Grants::mount', ['/dev/sdb1,mp=/x'], ['device /dev/sdb1 (rw)']],
  ['Grants::drive', ['local-zfs:x'], []],
  ['Grants::drive', ['none,media=cdrom'], []],
  ['Grants::drive', ['file=/dev/sr0,media=cdrom'], ['device /dev/sr0 (ro)']],
  ['Grants::drive', ['/srv/x.img'], ['folder /srv/x.img (rw)']],
  ['Grants::path', ['/', 'x', 0], ['folder / (rw)']],
  ['Grants::pci', ['host=0000:0A:00;01:00.1'], ['device PCI 0a:00', 'device PCI 01:00.1']],
  ['Grants::pci', ['mapping=gpu,pcie=1'], ['device PCI mapping gpu']],
  ['Grants::usb', ['host=1234:ABCD'], ['device USB 1234:abcd']],
  ['Grants::usb', ['spice'], []],
  ['Grants::usb', ['host=spice,usb3=1'], []],
  ['Grants::usb', ['mapping=key'], ['device USB mapping key']],
  ['Grants::mapped', ['dir', 'share', 'node=pve,path=/srv'], ['folder /srv (rw)']],
  ['Grants::mapped', ['dir', 'share', 'node=pve,path=/dev/shm'], ['folder /dev/shm (rw)']],
  ['Grants::mapped', ['usb', 'key', 'node=pve,id=1234:ABCD'], ['device USB 1234:abcd (mapping key)']],
  ['Grants::mapped', ['usb', 'key', 'node=pve,id=1234:ABCD,path=1-2'], ['device USB 1-2 (mapping key)']],
  [
    'Grants::mapped',
    ['pci', 'gpu', 'node=pve,path=01:00;02:00.0'],
    ['device PCI 01:00 (mapping gpu)', 'device PCI 02:00.0 (mapping gpu)'],
  ],
  ['Grants::line', ['hook', 'lxc.x', 'y'], ['hook lxc.x: y']],
  ['Grants::profile', ['lxc.apparmor.profile', 'generated'], []],
  ['Grants::profile', ['lxc.apparmor.profile', 'unconfined'], ['apparmor unconfined']],
  ['Grants::dropped', ['lxc.cap.drop', ''], ['capabilities all, none is dropped']],
  [
    'Grants::dropped',
    ['lxc.cap.drop', 'mknod sys_admin'],
    ['capabilities mknod is dropped', 'capabilities sys_admin is dropped'],
  ],
  [
    'Grants::kept',
    ['lxc.cap.keep', 'mknod none'],
    ['capabilities mknod is kept', 'capabilities those that are not kept are dropped'],
  ],
  ['Grants::ids', ['lxc.idmap', 'u 0 100000 65536'], []],
  ['Grants::ids', ['lxc.idmap', 'u 0 100000 65537'], ['ids users 100000-165536 of the host']],
  ['Grants::ids', ['lxc.idmap', 'b 0 1000 1'], ['ids user 1000 of the host', 'ids group 1000 of the host']],
  ['Grants::ids', ['lxc.idmap', 'x'], ['ids lxc.idmap: x']],
  ['Grants::hook', ['lxc.hook.pre-start', `/bin/sh -c 'exec mountpoint -q /tank/a' phoenix`], []],
  [
    'Grants::hook',
    ['lxc.hook.pre-start', `/bin/sh -c 'exec mountpoint -q /tank/$(x)' phoenix`],
    [`hook lxc.hook.pre-start: /bin/sh -c 'exec mountpoint -q /tank/$(x)' phoenix`],
  ],
  ['Grants::entry', ['lxc.mount.entry', '/srv/a\\040b srv none bind,ro 0 0'], ['folder /srv/a b (ro)']],
  ['Grants::entry', ['lxc.mount.entry', '/dev/x dev/x none rbind'], ['device /dev/x (rw)']],
  ['Grants::entry', ['lxc.mount.entry', 'proc proc proc rw'], ['line lxc.mount.entry: proc proc proc rw']],
  ['Grants::entry', ['lxc.mount.entry', ''], ['line lxc.mount.entry: ']],
])('%s of %j: %j', async (name, args, expected) => {
  expect(told(await list(name, ...args))).toEqual(expected);
});

test('Grants::restriction is told when it goes, and when it comes', async () => {
  expect(await call('Grants::restriction', 'device', 'a goes', 'a comes')).toEqual({
    kind: 'device',
    text: 'a comes',
    lost: 'a goes',
    won: 'a comes',
  });
});

test.each([
  ['lxc.seccomp.profile', '/etc/x', ['seccomp /etc/x']],
  ['lxc.seccomp.allow', 'x', ['seccomp lxc.seccomp.allow: x']],
  ['lxc.apparmor.raw', 'mount,', ['apparmor lxc.apparmor.raw: mount,']],
  ['lxc.cgroup2.devices.allow', 'c 1:1 r', ['device c 1:1 r']],
  ['lxc.cgroup.devices.deny', 'a', ['device a is denied']],
  ['lxc.hook.version', '1', []],
  ['lxc.cgroup2.memory.max', '1G', []],
  ['lxc.environment', 'A=1', []],
  ['lxc.mount.auto', 'sys:rw', ['line lxc.mount.auto: sys:rw']],
])('Grants::of_config of the raw line %s: %s', async (key, value, expected) => {
  expect(await granted(`unprivileged: 1\n${key}: ${value}\n`)).toEqual(expected);
});

/** Whether one config grants as much as another one, in its only grant. */
const covers = async (one: string, other: string, type = 'lxc') => {
  const start = type === 'lxc' ? 'unprivileged: 1\n' : '';
  const code = 'my ($type, @confs) = @_; Grants::covers(map { (Grants::of_config($type, $_))[0] } @confs) ? 1 : 0';
  const [is] = await evaluate(code, type, conf(start + one, type), conf(start + other, type));
  return is === '1';
};

test.each([
  ['dev0: /dev/x', 'dev1: /dev/x', true],
  ['dev0: /dev/x,mode=0666', 'dev0: /dev/x', true],
  ['dev0: /dev/x', 'dev0: /dev/x,mode=0666', false],
  ['dev0: /dev/x', 'dev0: /dev/x,deny-write=1', true],
  ['dev0: /dev/x,deny-write=1', 'dev0: /dev/x', false],
  ['dev0: /dev/x,gid=44', 'dev0: /dev/x', false],
  ['dev0: /dev/x', 'dev0: /dev/y', false],
  ['mp0: /srv,mp=/x', 'mp1: /srv/a,mp=/y', true],
  ['mp0: /srv/a,mp=/x', 'mp1: /srv/ab,mp=/y', false],
  ['mp0: /,mp=/x', 'mp1: /srv,mp=/y,ro=1', true],
  ['mp0: /srv,mp=/x,ro=1', 'mp0: /srv,mp=/x', false],
  ['mp0: /srv,mp=/x', 'mp0: /srv,mp=/x,idmap=u:0:0:1', false],
  ['mp0: /,mp=/x', 'mp0: /dev/sdb1,mp=/x', false],
  ['lxc.mount.entry: /srv x none bind', 'mp0: /srv/a,mp=/y', true],
  ['lxc.apparmor.profile: unconfined', 'lxc.apparmor.profile: x', true],
  ['lxc.apparmor.profile: x', 'lxc.apparmor.profile: unconfined', false],
  ['lxc.apparmor.profile: x', 'lxc.apparmor.profile: x', true],
  ['lxc.idmap: u 0 0 1000', 'lxc.idmap: u 0 10 10', true],
  ['lxc.idmap: u 0 0 1000', 'lxc.idmap: g 0 10 10', false],
  ['lxc.idmap: u 0 0 1000', 'lxc.idmap: u 0 999 2', false],
  ['lxc.foo: a', 'lxc.foo: a', true],
  ['lxc.foo: a', 'lxc.foo: b', false],
  ['lxc.cgroup2.devices.allow: c *:* rwm', 'lxc.cgroup2.devices.allow: c 195:0 rw', true],
])('Grants::covers: %s as much as %s: %s', async (one, other, expected) => {
  expect(await covers(one, other)).toBe(expected);
});

test('Grants::covers: a PCI device has its functions', async () => {
  expect(await covers('hostpci0: 01:00', 'hostpci0: 0000:01:00.1', 'qemu')).toBe(true);
  expect(await covers('hostpci0: 01:00.1', 'hostpci0: 01:00', 'qemu')).toBe(false);
  expect(await covers('hostpci0: 01:00', 'hostpci0: 01:001', 'qemu')).toBe(false);
});

test.each([
  ['/a', '/a', true],
  ['/a', '/a/b', true],
  ['/a', '/ab', false],
  ['/', '/a', true],
  ['/a/b', '/a', false],
])('Grants::lies_in %s: %s: %s', async (folder, path, expected) => {
  expect(await holds('Grants::lies_in', folder, path)).toBe(expected);
});

test.each([
  ['a', 'c 1:1 rwm', true],
  ['c 1:* rwm', 'c 1:3 rw', true],
  ['c 1:3 r', 'c 1:3 rw', false],
  ['c 1:3', 'c 1:3 rwm', true],
  ['c 1:3 rw', 'c 1:3', false],
  ['b 1:3', 'c 1:3', false],
  ['c *:3', 'c 1:3', true],
  ['c 1:3', 'c *:3', false],
  ['c 1:3', 'a', false],
  ['x', 'x', true],
  ['x', 'c 1:3', false],
])('Grants::numbers_cover: %s as much as %s: %s', async (one, other, expected) => {
  expect(await holds('Grants::numbers_cover', one, other)).toBe(expected);
});
