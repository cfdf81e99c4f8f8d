import { describe, expect, it } from 'vitest';
import { type Hotplugging, vmImpactOf } from '../../src/vm/impact.js';

const plain: Hotplugging = { hotplug: undefined, ostype: 'l26' };

// Read off `$fast_plug_option` and `vmconfig_hotplug_pending` of qemu-server 8.3.12 (PVE 8.4), 9.0.16 (9.0), 9.1.0 (9.1) and 9.1.15 (9.2): no release
// differs from another in what a key costs.
describe('what a change costs a running machine', () => {
  it.each([
    [
      'live',
      [
        ...['name', 'description', 'tags', 'onboot', 'startup', 'protection', 'hookscript', 'shares', 'cpulimit'],
        ...['migrate_downtime', 'migrate_speed', 'vmstatestorage', 'cpuunits', 'net0', 'scsi1', 'virtio12', 'usb0'],
        ...['cicustom', 'cipassword', 'citype', 'ciuser', 'ciupgrade', 'sshkeys', 'ipconfig3', 'nameserver', 'tablet'],
      ],
    ],
    [
      'restart',
      [
        ...['agent', 'cores', 'sockets', 'vcpus', 'memory', 'cpu', 'bios', 'machine', 'boot', 'numa', 'numa0', 'vga'],
        ...['hostpci0', 'virtiofs0', 'sata0', 'ide2', 'efidisk0', 'tpmstate0', 'scsihw', 'args', 'ostype', 'affinity'],
        ...['kvm', 'acpi', 'freeze', 'localtime', 'tdf', 'rng0', 'watchdog', 'serial0', 'audio0', 'something-new'],
      ],
    ],
  ])('is %s for %j', (impact, keys) => {
    expect(Object.fromEntries(keys.map((key) => [key, vmImpactOf(key, plain)]))).toEqual(
      Object.fromEntries(keys.map((key) => [key, impact])),
    );
  });

  it.each<[string, Hotplugging, string, string]>([
    ['nothing can be plugged in', { ...plain, hotplug: [] }, 'net0', 'restart'],
    ['memory can be plugged in', { ...plain, hotplug: ['memory'] }, 'memory', 'live'],
    ['processors can be plugged in', { ...plain, hotplug: ['cpu'] }, 'vcpus', 'live'],
    ['the system does not notice USB devices', { ...plain, ostype: 'win7' }, 'usb0', 'restart'],
    ['the system is not known', { ...plain, ostype: undefined }, 'usb0', 'restart'],
    ['the system is Windows 11', { ...plain, ostype: 'win11' }, 'usb0', 'live'],
  ])('depends on the machine: %s', (_, machine, key, impact) => {
    expect(vmImpactOf(key, machine)).toBe(impact);
  });

  it.each([
    ['scsi1', 'mbps_rd=100', 'live'],
    ['scsi1', 'discard=on,mbps_rd=100', 'restart'],
    ['balloon', '2048', 'live'],
    ['balloon', '0', 'restart'],
    ['hotplug', 'disk,network', 'live'],
    ['hotplug', 'cpu,network', 'restart'],
  ])('depends on the value: %s %s', (key, value, impact) => {
    expect(vmImpactOf(key, plain, value)).toBe(impact);
  });
});
