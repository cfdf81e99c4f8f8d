import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GuestLine } from '../../../src/format/guest-conf.js';
import { parseQemuValue } from '../../../src/format/qemu-properties.js';
import { keysAfter } from './keys-after.js';

const flag = fc.constantFrom('0', '1');
const number = (min: number, max: number) => fc.integer({ min, max }).map(String);

/** A value with parts: the first ones always, the others perhaps. */
const parts = (always: readonly string[], perhaps: Record<string, fc.Arbitrary<string>>) =>
  fc
    .record(perhaps, { requiredKeys: [] })
    .map((record) => [...always, ...Object.entries(record).map(([key, value]) => `${key}=${value}`)].join(','));

const disk = parts(['SIZE'], {
  cache: fc.constantFrom('none', 'writeback'),
  discard: fc.constantFrom('on', 'ignore'),
  backup: flag,
  replicate: flag,
  mbps_rd: fc.constantFrom('10', '1.5'),
  iops_wr_max: number(1, 1000),
  serial: fc.constantFrom('A1'),
});

const hostpci = fc.oneof(
  parts(['0000:01:00'], { pcie: flag, rombar: flag, 'x-vga': flag, romfile: fc.constant('gpu.rom') }),
  parts(['mapping=gpu'], { pcie: flag, mdev: fc.constant('nvidia-1100'), 'legacy-igd': flag }),
);

const usb = parts([], { usb3: flag }).chain((more) =>
  fc
    .constantFrom('host=046d:c52b', 'host=1-2.1', 'spice', 'mapping=stick')
    .map((host) => [host, more].filter((it) => it !== '').join(',')),
);

const nic = parts(['bridge=vmbr0'], {
  tag: number(1, 4094),
  mtu: number(1, 9000),
  rate: fc.constantFrom('1', '2.5'),
  queues: number(1, 8),
  firewall: fc.constant('1'),
  link_down: flag,
  trunks: fc.constantFrom('2', '2;5-7'),
});

/** Keys of one stem under numbers with gaps between. */
const numbered = (stem: string, last: number, item: fc.Arbitrary<string>, whole = (text: string, _: string) => text) =>
  fc
    .dictionary(number(0, last), item, { maxKeys: 3 })
    .map((found): GuestLine[] => Object.entries(found).map(([slot, text]) => [`${stem}${slot}`, whole(text, slot)]));

const plain = fc
  .record(
    {
      acpi: flag,
      affinity: fc.constantFrom('0-3', '0,2'),
      agent: parts(['1'], { fstrim_cloned_disks: flag, 'freeze-fs': flag, type: fc.constantFrom('isa', 'virtio') }),
      'amd-sev': parts(['type=std'], { 'no-debug': flag, 'kernel-hashes': flag }),
      args: fc.constant('-device virtio-rng-pci'),
      audio0: parts(['device=AC97'], { driver: fc.constantFrom('spice', 'none') }),
      balloon: number(0, 9000),
      bios: fc.constantFrom('seabios', 'ovmf'),
      cores: number(1, 8),
      cpu: parts(['CPU'], {
        flags: fc.constantFrom('+aes', '+aes;-pcid'),
        hidden: flag,
        'phys-bits': fc.constantFrom('host', '40'),
        level: fc.constant('30'),
      }).chain((text) => fc.constantFrom('x86-64-v3', 'kvm32').map((model) => text.replace('CPU', model))),
      cpulimit: fc.constantFrom('0', '1.5'),
      cpuunits: number(1, 10_000),
      hotplug: fc.constantFrom('0', 'disk,network', 'memory,network'),
      hugepages: fc.constantFrom('2', 'any'),
      ivshmem: parts(['size=16'], { name: fc.constant('shared') }),
      keyboard: fc.constant('de'),
      kvm: flag,
      localtime: flag,
      machine: parts([], {
        viommu: fc.constantFrom('intel', 'virtio'),
        'aw-bits': fc.constantFrom('39', '40'),
        'enable-s3': flag,
      }).chain((more) =>
        fc.constantFrom('q35', 'pc', 'pc-i440fx-9.0').map((type) => (more === '' ? type : `${type},${more}`)),
      ),
      numa: flag,
      numa0: parts(['cpus=0-1'], {
        memory: fc.constantFrom('1024', '2048'),
        hostnodes: fc.constant('0'),
        policy: fc.constant('bind'),
      }),
      numa1: parts(['cpus=2-3'], { memory: fc.constantFrom('1024') }),
      onboot: flag,
      parallel0: fc.constant('/dev/parport0'),
      protection: flag,
      rng0: parts(['source=/dev/urandom'], { max_bytes: number(1, 9999), period: number(1, 999) }),
      serial0: fc.constant('socket'),
      serial2: fc.constant('socket'),
      shares: number(0, 50_000),
      smbios1: fc.constantFrom('uuid=5ac30304-265f-4d8e-8c5a-000000000101,manufacturer=QWNtZQ==,base64=1'),
      sockets: number(1, 4),
      spice_enhancements: fc.constantFrom('foldersharing=1', 'videostreaming=all,foldersharing=0'),
      startdate: fc.constant('now'),
      startup: fc.constantFrom('order=1', 'order=2,up=5', 'down=9'),
      tablet: flag,
      tags: fc.constantFrom('a', 'a;b'),
      vcpus: number(1, 8),
      vga: parts([], { memory: number(4, 512), clipboard: fc.constant('vnc') }).chain((more) =>
        fc.constantFrom('std', 'none', 'serial0', 'virtio').map((type) => (more === '' ? type : `${type},${more}`)),
      ),
      watchdog: parts(['i6300esb'], { action: fc.constantFrom('reset', 'none') }),
    },
    { requiredKeys: [] },
  )
  .map((record): GuestLine[] => Object.entries(record));

const config = fc
  .tuple(
    plain,
    numbered('scsi', 6, disk, (text, slot) => text.replace('SIZE', `local-zfs:vm-101-disk-${slot},size=4G`)),
    numbered('hostpci', 5, hostpci),
    numbered('usb', 6, usb),
    numbered('virtiofs', 3, parts(['share'], { cache: fc.constant('always'), 'expose-acl': flag })),
    numbered('net', 5, nic, (text, slot) => `virtio=BC:24:11:00:00:0${slot},${text}`),
    fc.constantFrom('512', '1024', '2048', '3072'),
    fc.constantFrom('l26', 'win7', 'win11'),
  )
  .map(([keys, disks, devices, sticks, folders, nics, memory, ostype]): GuestLine[] => [
    ['memory', memory],
    ['name', 'any'],
    ['ostype', ostype],
    ...keys,
    ...disks,
    ...devices,
    ...sticks,
    ...folders,
    ...nics,
  ]);

test('whatever a machine says, its adopted construct says by the same keys', () => {
  fc.assert(
    fc.property(config, (keys) => {
      const { keys: after } = keysAfter('qemu', keys);
      expect(meaningOf(Object.entries(after))).toEqual(meaningOf(keys));
    }),
    { numRuns: 200 },
  );
});

test('what goes together is said by props alone', () => {
  const { draft } = keysAfter('qemu', [
    ['bios', 'ovmf'],
    ['cpu', 'host,flags=+aes;-pcid'],
    ['hostpci0', '0000:01:00,pcie=1,x-vga=1'],
    ['hostpci2', 'mapping=gpu,pcie=1'],
    ['machine', 'q35,viommu=intel'],
    ['memory', '2048'],
    ['name', 'any'],
    ['numa', '1'],
    ['numa0', 'cpus=0-1,memory=2048'],
    ['rng0', 'source=/dev/urandom'],
    ['usb1', 'spice,usb3=1'],
    ['virtiofs0', 'share,cache=always'],
  ]);
  expect(draft.calls).toEqual([]);
  expect(draft.props).toMatchObject({
    cpu: { type: 'host', flags: ['+aes', '-pcid'] },
    hostPci: [
      { pci: '0000:01:00', pcie: true, xVga: true, number: 0 },
      { mapping: 'gpu', pcie: true, number: 2 },
    ],
    machine: { type: 'q35', viommu: 'intel' },
    numaNodes: [{ cpus: '0-1', memory: '2GiB' }],
    rng: { source: '/dev/urandom' },
    usb: [{ host: 'spice', usb3: true, number: 1 }],
    virtiofs: [{ mapping: 'share', cache: 'always' }],
  });
});

test('a key that the release does not have stays on the host', () => {
  const { keys, draft } = keysAfter(
    'qemu',
    [
      ['allow-ksm', '0'],
      ['cpu', 'host,level=30'],
      ['memory', '2048'],
      ['name', 'any'],
    ],
    '9.0',
  );
  expect(Object.keys(keys)).toEqual(['memory', 'name', 'onboot', 'protection']);
  expect(draft.remarks.map(({ is, key, why }) => [is, key, why.replace(/.*: /, '')])).toEqual([
    ['host', 'allow-ksm', 'it needs Proxmox VE 9.1, and the host has 9.0'],
    ['host', 'cpu', 'it needs Proxmox VE 9.2, and the host has 9.0'],
  ]);
});

/** Values by their parts, without those that mean what holds anyway; volume names are not foretold. */
function meaningOf(keys: Iterable<readonly [string, string]>): Record<string, unknown> {
  const implied = new Set(['firewall 0', 'link_down 0', 'x-vga 0']);
  const meaning: Record<string, unknown> = {};
  for (const [key, value] of [['onboot', '0'] as const, ['protection', '0'] as const, ...keys]) {
    const own = value.replace(/^(local-zfs):[^,]+/, 'file=$1');
    const found = Object.entries(parseQemuValue(key, own)).filter(([name, text]) => !implied.has(`${name} ${text}`));
    meaning[key] = Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return meaning;
}
