import { beforeEach, expect, test } from 'vitest';
import { host } from './given.js';
import { call, holds, list } from './perl.js';
import { root } from './root.js';

const pci =
  'one\n\tmap node=pve,path=0000:01:00.0\n\tmap node=pve2,path=0000:09:00\nmany\n\tmap node=pve,path=0000:02:00\n\tmap node=pve,path=0000:03:00\n';
let given: object;
beforeEach(() => {
  given = host({
    root: root({
      '/etc/pve/mapping/pci.cfg': pci,
      '/proc/driver/nvidia/gpus/0000:0A:00.0/information': 'Model: \t x\nDevice Minor: \t 0\n',
      '/proc/driver/nvidia/gpus/0000:0b:00.0/information': 'Device Minor:\t10\n',
      '/sys/class/drm/renderD128/device': '-> ../../../0000:0c:00.0',
    }),
  });
});

type Holding = { readonly name: string; readonly key?: string; readonly alone: string };
const told = (holdings: readonly unknown[]) =>
  (holdings as Holding[]).map(({ name, alone }) => `${name}${alone === '1' ? '' : ' (shared)'}`);

test.each([
  ['net0', true],
  ['ipconfig12', true],
  ['hostpci0', true],
  ['usb3', true],
  ['dev0', true],
  ['mp1', true],
  ['net', false],
  ['rootfs', false],
  ['xnet0', false],
  ['unused0', false],
])('Holdings::is_key %s: %s', async (key, expected) => {
  expect(await holds('Holdings::is_key', key)).toBe(expected);
});

test('Holdings::of a config: all of them, or those of some keys', async () => {
  const conf = { memory: '1', net0: 'name=eth0,bridge=vmbr0,ip=10.0.0.5/24', mp0: '/srv,mp=/x', dev0: '/dev/x' };
  expect(await list('Holdings::of', given, 'lxc', conf)).toEqual([
    { key: 'dev0', name: 'device /dev/x', alone: '0' },
    { key: 'mp0', name: 'folder /srv', alone: '0' },
    { key: 'net0', name: 'address 10.0.0.5 on vmbr0', alone: '1' },
  ]);
  expect(told(await list('Holdings::of', given, 'lxc', conf, 'mp0', 'memory', 'mp9'))).toEqual([
    'folder /srv (shared)',
  ]);
});

test('Holdings::alone and Holdings::shared', async () => {
  expect(await call('Holdings::alone', 'x')).toEqual({ name: 'x', alone: '1' });
  expect(await call('Holdings::shared', 'x')).toEqual({ name: 'x', alone: '0' });
});

test.each([
  [
    'name=eth0,bridge=vmbr0,hwaddr=bc:24:11:00:00:01,ip=10.0.0.5/24,ip6=FD00::5/64',
    ['address 10.0.0.5 on vmbr0', 'address fd00::5 on vmbr0', 'hardware address BC:24:11:00:00:01 on vmbr0'],
  ],
  ['name=eth0,bridge=vmbr0,tag=20,ip=10.0.0.5/24', ['address 10.0.0.5 on vmbr0.20']],
  ['name=eth0,ip=dhcp,ip6=auto', []],
])('Holdings::addresses_of_nic %s', async (value, expected) => {
  expect(told(await list('Holdings::addresses_of_nic', given, value, 'net0'))).toEqual(expected);
});

test('Holdings::addresses_of_nic of a machine knows its model', async () => {
  expect(
    told(await list('Holdings::addresses_of_nic', given, 'virtio=BC:24:11:00:00:02,bridge=vmbr1', 'net0')),
  ).toEqual(expect.any(Array));
});

test('Holdings::addresses_of_cloud_init are on the card of the same number', async () => {
  const conf = { net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr1,tag=3' };
  const of = (value: string, key: string) =>
    list('Holdings::addresses_of_cloud_init', given, value, key, conf).then(told);
  expect(await of('ip=10.0.0.5/24,gw=10.0.0.1', 'ipconfig1')).toEqual(['address 10.0.0.5 on vmbr1.3']);
  expect(await of('ip=10.0.0.5/24', 'ipconfig0')).toEqual(['address 10.0.0.5 on no bridge']);
  expect(await of('ip=dhcp', 'ipconfig1')).toEqual([]);
});

test('Holdings::address and Holdings::segment', async () => {
  expect(told(await list('Holdings::address', { ip: '10.0.0.5/24', ip6: 'manual' }, { bridge: 'b' }))).toEqual([
    'address 10.0.0.5 on b',
  ]);
  expect(await call('Holdings::segment', { bridge: 'b', tag: 2 })).toBe('b.2');
  expect(await call('Holdings::segment', {})).toBe('no bridge');
});

test.each([
  ['0000:01:00.0,pcie=1', ['device 0000:01:00']],
  ['host=01:00;0000:02:00.1', ['device 0000:01:00', 'device 0000:02:00']],
  ['mapping=one', ['device 0000:01:00']],
  ['mapping=many', []],
  ['mapping=none', []],
  ['pcie=1', []],
])('Holdings::passed_cards of %s', async (value, expected) => {
  expect(told(await list('Holdings::passed_cards', given, value, 'hostpci0'))).toEqual(expected);
});

test.each([
  ['host=1234:ABCD', ['USB device 1234:abcd']],
  ['1-2', ['USB device 1-2']],
  ['mapping=key', ['USB mapping key']],
  ['spice', []],
  ['usb3=1', []],
])('Holdings::usb %s', async (value, expected) => {
  expect(told(await list('Holdings::usb', given, value, 'usb0'))).toEqual(expected);
});

test('Holdings::mapped are the devices of this host', async () => {
  expect(await list('Holdings::mapped', given, 'pci', 'one')).toEqual(['0000:01:00.0']);
  expect(await list('Holdings::mapped', given, 'pci', 'many')).toHaveLength(2);
  expect(await list('Holdings::mapped', given, 'pci', 'none')).toEqual([]);
  expect(await list('Holdings::mapped', host({ root: root() }), 'usb', 'one')).toEqual([]);
});

test.each([
  ['0000:0A:00.1', '0000:0a:00'],
  ['0a:00', '0000:0a:00'],
  ['10000:0a:00.0', '10000:0a:00'],
  ['what', 'what'],
])('Holdings::slot of %s is %s', async (address, expected) => {
  expect(await call('Holdings::slot', address)).toBe(expected);
});

test.each([
  ['/dev/nvidia0', ['device 0000:0a:00 (shared)']],
  ['path=/dev/nvidia7,uid=1', ['device /dev/nvidia7 (shared)']],
  ['/dev/nvidiactl', []],
  ['/dev/nvidia-uvm', []],
  ['/dev/kvm', []],
  ['/dev/net/tun', []],
  ['/dev/dri/renderD128', ['device 0000:0c:00 (shared)']],
  ['/dev/ttyUSB0', ['device /dev/ttyUSB0 (shared)']],
  ['uid=1', []],
])('Holdings::device %s', async (value, expected) => {
  expect(told(await list('Holdings::device', given, value, 'dev0'))).toEqual(expected);
});

test.each([
  ['/dev/nvidia0', '0000:0a:00'],
  ['/dev/nvidia10', '0000:0b:00'],
  ['/dev/nvidia1', undefined],
  ['/dev/dri/renderD128', '0000:0c:00'],
  ['/dev/dri/card9', undefined],
  ['/dev/ttyUSB0', undefined],
])('Holdings::card_behind %s is %s', async (path, expected) => {
  expect(await call('Holdings::card_behind', given, path)).toBe(expected);
});

test.each([
  ['/srv/data/,mp=/x', ['folder /srv/data (shared)']],
  ['volume=/,mp=/x', ['folder / (shared)']],
  ['local-zfs:x,mp=/x', []],
])('Holdings::mounted %s', async (value, expected) => {
  expect(told(await list('Holdings::mounted', given, value, 'mp0'))).toEqual(expected);
});
