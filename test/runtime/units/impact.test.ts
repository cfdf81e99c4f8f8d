import { expect, test } from 'vitest';
import { call, holds } from './perl.js';

test.each([
  ['lxc', 'tags', {}, 'live'],
  ['lxc', 'net3', {}, 'live'],
  ['lxc', 'net10', {}, 'restart'],
  ['lxc', 'dev0', {}, 'restart'],
  ['lxc', 'mp0', {}, 'restart'],
  ['qemu', 'tags', {}, 'live'],
  ['qemu', 'net0', {}, 'live'],
  ['qemu', 'net0', { hotplug: 'disk' }, 'restart'],
  ['qemu', 'usb0', {}, 'restart'],
  ['qemu', 'usb0', { ostype: 'l26' }, 'live'],
  ['qemu', 'hostpci0', {}, 'restart'],
  ['qemu', 'balloon', {}, 'live'],
  ['qemu', 'balloon', { balloon: '0' }, 'restart'],
  ['qemu', 'hotplug', { hotplug: 'network,cpu' }, 'restart'],
  ['qemu', 'hotplug', { hotplug: 'network' }, 'live'],
])('Impact::of_removal in %s of %s where there is %j: %s', async (type, key, keys, expected) => {
  expect(await call('Impact::of_removal', type, key, keys)).toBe(expected);
});

test.each([
  ['lxc', 'net0', 'restart', 'a', 'b', 'restart'],
  ['qemu', 'cores', 'restart', '1', '2', 'restart'],
  ['qemu', 'balloon', 'live', '512', '1024', 'live'],
  ['qemu', 'balloon', 'live', '512', '0', 'restart'],
  ['qemu', 'hotplug', 'live', 'network', 'network,cpu', 'restart'],
  ['qemu', 'agent', 'restart', 'enabled=1', 'enabled=1,fstrim_cloned_disks=1', 'live'],
  ['qemu', 'agent', 'restart', 'enabled=1', 'enabled=0', 'restart'],
  ['qemu', 'agent', 'restart', undefined, 'enabled=1', 'restart'],
  ['qemu', 'net0', 'restart', 'virtio=AA,bridge=a', 'virtio=AA,bridge=b,tag=5', 'live'],
  ['qemu', 'net0', 'restart', 'virtio=AA,bridge=a', 'e1000=AA,bridge=a', 'restart'],
  ['qemu', 'net0', 'restart', 'virtio=AA', 'virtio=AA,bridge=a', 'restart'],
  ['qemu', 'ide2', 'restart', 'a.iso,media=cdrom', 'b.iso,media=cdrom', 'live'],
  ['qemu', 'ide2', 'restart', 's:disk', 'b.iso,media=cdrom', 'restart'],
])('Impact::of_change in %s of %s (said: %s) from %s to %s: %s', async (type, key, said, from, to, expected) => {
  expect(await call('Impact::of_change', type, key, said, from, to)).toBe(expected);
});

test.each([
  ['qemu', 'scsi0', { cache: 'none' }, { cache: 'writeback' }, 'restart'],
  ['qemu', 'scsi0', { mbps: '1' }, { mbps: '2' }, 'live'],
  ['qemu', 'efidisk0', {}, { cache: 'none' }, 'said'],
  ['lxc', 'mp0', {}, { ro: '1' }, 'said'],
])('Impact::of_options in %s of %s from %j to %j: %s', async (type, key, from, to, expected) => {
  expect(await call('Impact::of_options', type, key, 'said', from, to)).toBe(expected);
});

test('Impact::of_word, Impact::is_drive, Impact::is_bridged and Impact::wants_slots', async () => {
  expect([await call('Impact::of_word', 1), await call('Impact::of_word', '')]).toEqual(['live', 'restart']);
  expect(await Promise.all(['scsi0', 'efidisk0', 'scsihw'].map((key) => holds('Impact::is_drive', key)))).toEqual([
    true,
    false,
    false,
  ]);
  expect(
    await Promise.all(
      ['virtio,bridge=a', 'bridge=a', 'virtio,xbridge=a'].map((value) => holds('Impact::is_bridged', value)),
    ),
  ).toEqual([true, true, false]);
  expect(
    await Promise.all(['cpu', 'disk,memory', 'disk', undefined].map((value) => holds('Impact::wants_slots', value))),
  ).toEqual([true, true, false, false]);
});

test.each([
  ['scsi', {}, true],
  ['scsi', { hotplug: '0' }, false],
  ['scsi', { hotplug: 'network;disk' }, true],
  ['memory', {}, false],
  ['memory', { hotplug: 'memory' }, true],
  ['tablet', {}, true],
  ['sata', {}, false],
])('Impact::is_plugged: %s with %j: %s', async (name, keys, expected) => {
  expect(await holds('Impact::is_plugged', name, keys)).toBe(expected);
});

test('Impact::differ names the sub-keys that mean something else', async () => {
  expect(await call('Impact::differ', 'net0', 'virtio=AA,bridge=a,firewall=0', 'virtio=aa,bridge=b')).toBe('bridge');
  expect(await call('Impact::differ', 'agent', '1', 'enabled=1,type=isa')).toBe('type');
});
