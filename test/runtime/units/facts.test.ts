import { expect, test } from 'vitest';
import { type HostFacts, host } from './given.js';
import { evaluate } from './perl.js';
import { root } from './root.js';

const prelude = `my ($host, @words) = @_; delete @$host{qw(guests sockets storages mounts packages)}; my $self = bless { host => $host, unknown => [], withheld => {} }, 'Facts';`;

/** What a section is on a host with these files, and what its programs say. */
const section = (
  name: string,
  files: Readonly<Record<string, string>>,
  facts: HostFacts = {},
  ...words: readonly unknown[]
) =>
  evaluate(
    `${prelude} my @value = ${name}($self, @words); (@value, $self->{unknown}, $self->{withheld})`,
    host({ ...facts, root: root(files) }),
    ...words,
  );

/** The value alone; nothing may have stayed unknown. */
async function value(
  name: string,
  files: Readonly<Record<string, string>>,
  facts: HostFacts = {},
  ...words: readonly unknown[]
) {
  const answer = await section(name, files, facts, ...words);
  expect(answer.at(-2)).toEqual([]);
  return answer[0];
}

const literal = (text: string | number) => ({ literal: String(text) });

test('Facts::facts prints one document, and says on standard error what could not be seen', async () => {
  const files = {
    '/etc/hostname': 'pve\n',
    '/etc/pve/nodes/pve/lxc/950.conf': 'memory: 512\n',
    '/etc/pve/storage.cfg': 'dir: local\n\tpath /x\n',
    '/proc/meminfo': 'MemTotal: 4 kB\n',
    '/sys/devices/system/cpu/online': '0-1\n',
    '/proc/net/unix': '',
  };
  const code = `my ($root) = @_; my ($out, $err) = ('', ''); no warnings 'redefine'; local *Host::output = sub { (127, []) };
    { local (*STDOUT, *STDERR); open STDOUT, '>', \\$out; open STDERR, '>', \\$err; Facts::facts({ root => $root }) } ($out, $err)`;
  const [out, err] = (await evaluate(code, root(files))) as string[];
  const document = JSON.parse(out ?? '');
  expect(document).toMatchObject({
    version: 1,
    node: 'pve',
    cores: 2,
    memory: 4096,
    guests: [{ vmid: 950, running: false }],
    storages: { local: { type: 'dir' } },
    files: { '/etc/pve/nodes/pve/lxc/950.conf': ['memory: 512'] },
  });
  expect(document.takenAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(document).not.toHaveProperty('interfaces');
  expect(document.unknown).toContainEqual({ what: 'interfaces', why: '/sys/class/net is not there' });
  expect(err).toContain('unknown: interfaces: /sys/class/net is not there\n');
});

test('Facts::seen tells by name what could not be seen, and goes on', async () => {
  const code = `${prelude} my @is = map { Facts::seen($self, 'x', $_) } sub { 7 }, sub { Unknown::because('asleep') }, sub { die "oops\\n" }; (\\@is, $self->{unknown})`;
  expect(await evaluate(code, host())).toEqual([
    ['7', null, null],
    [
      { what: 'x', why: 'asleep' },
      { what: 'x', why: 'oops' },
    ],
  ]);
});

test('Facts::number, Facts::truth and Facts::present write JSON as it is', async () => {
  expect(
    await evaluate(
      '(Json::text(Facts::number("007")), Json::text(Facts::truth("")), Facts::present("a", 0), Facts::present("a", undef))',
    ),
  ).toEqual(['007', 'false', 'a', '0']);
});

test('Facts::line is the first line of a file, Facts::kernel the release', async () => {
  expect(await value('Facts::line', { '/a': ' x y \nz\n' }, {}, '/a')).toBe(' x y');
  expect(await value('Facts::line', {}, {}, '/a')).toBeNull();
  expect(await value('Facts::kernel', { '/proc/sys/kernel/osrelease': '6.14.8-2-pve\n' })).toBe('6.14.8-2-pve');
});

// ---- The machine

test('Facts::packages are those that decide something', async () => {
  const status = ['pve-manager 9.1', 'nvidia-driver 580', 'vim 9']
    .map((line) => line.split(' '))
    .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`);
  expect(await value('Facts::packages', { '/var/lib/dpkg/status': status.join('\n') })).toEqual({
    'pve-manager': '9.1',
    'nvidia-driver': '580',
  });
});

test('Facts::cores and Facts::memory count what the kernel has, or are unknown', async () => {
  expect(await value('Facts::cores', { '/sys/devices/system/cpu/online': '0-3,8,10-11\n' })).toEqual(literal(7));
  expect(await value('Facts::memory', { '/proc/meminfo': 'MemTotal:       65536 kB\nMemFree: 1 kB\n' })).toEqual(
    literal(65536 * 1024),
  );
  await expect(value('Facts::cores', {})).rejects.toThrow('Unknown: /sys/devices/system/cpu/online is not there');
  await expect(value('Facts::memory', { '/proc/meminfo': 'x' })).rejects.toThrow(
    'Unknown: /proc/meminfo names no MemTotal',
  );
});

const pci = (address: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`/sys/bus/pci/devices/${address}/${name}`, text]));
const ids = '10de  NVIDIA Corporation\n\t2684  AD102 [GeForce RTX 4090]\n\t\t10de 1  x\n1002  AMD\n\t2684  Other\n';
const card = {
  ...pci('0000:01:00.0', {
    class: '0x030000\n',
    vendor: '0x10de\n',
    device: '0x2684\n',
    subsystem_vendor: '0x1043\n',
    subsystem_device: '0x889a\n',
    driver: '-> ../../bus/pci/drivers/nvidia',
    iommu_group: '-> ../../kernel/iommu_groups/14',
  }),
  '/usr/share/misc/pci.ids': ids,
  '/proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: \t\t NVIDIA GeForce RTX 4090\nDevice Minor: \t 0\n',
};

test('Facts::display_devices and Facts::display_device are cards that show something or compute', async () => {
  const others = {
    ...pci('0000:02:00.0', { class: '0x020000\n', vendor: '0x8086\n', device: '0x1\n' }),
    ...pci('0000:03:00.0', { class: '0x120000\n', vendor: '0x1002\n', device: '0x9\n' }),
  };
  const first = {
    address: '0000:01:00.0',
    class: '030000',
    vendor: '10de',
    device: '2684',
    subsystem: '1043:889a',
    name: 'AD102 [GeForce RTX 4090]',
    driver: 'nvidia',
    iommuGroup: literal(14),
    model: 'NVIDIA GeForce RTX 4090',
    minor: literal(0),
  };
  expect(await value('Facts::display_devices', { ...card, ...others })).toEqual([
    first,
    { address: '0000:03:00.0', class: '120000', vendor: '1002', device: '9' },
  ]);
  expect(await value('Facts::display_device', card, {}, '0000:01:00.0', '030000')).toEqual(first);
  expect(await value('Facts::display_devices', {})).toEqual([]);
});

test('Facts::link_name is the last part of what a link leads to', async () => {
  expect(await value('Facts::link_name', { '/l': '-> ../a/b' }, {}, '/l')).toBe('b');
  expect(await value('Facts::link_name', {}, {}, '/l')).toBeNull();
  await expect(value('Facts::link_name', { '/l': 'file' }, {}, '/l')).rejects.toThrow(/^Unknown: cannot look at \/l/);
});

test('Facts::pci_name and Facts::by_driver know a card by its numbers and by its driver', async () => {
  expect(await value('Facts::pci_name', card, {}, '10de', '2684')).toBe('AD102 [GeForce RTX 4090]');
  expect(await value('Facts::pci_name', card, {}, '10de', '9999')).toBeNull();
  expect((await section('Facts::by_driver', card, {}, '0000:01:00.0')).slice(0, -2)).toEqual([
    'model',
    'NVIDIA GeForce RTX 4090',
    'minor',
    literal(0),
  ]);
  expect((await section('Facts::by_driver', {}, {}, 'x')).slice(0, -2)).toEqual([]);
});

test.each([
  [
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.82.09  Release Build',
    { version: '580.82.09', flavor: 'open' },
  ],
  ['NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54  Thu', { version: '550.54', flavor: 'proprietary' }],
])('Facts::nvidia reads %s', async (line, expected) => {
  expect(await value('Facts::nvidia', { '/proc/driver/nvidia/version': `${line}\n` })).toEqual(expected);
  expect(await value('Facts::nvidia', {})).toBeNull();
  await expect(value('Facts::nvidia', { '/proc/driver/nvidia/version': 'what?' })).rejects.toThrow(
    'Unknown: /proc/driver/nvidia/version says `what?`',
  );
});

// ---- ZFS and storages

const zfs = { '/sys/module/zfs/x': '' };

test('Facts::has_zfs, Facts::pools and Facts::pool', async () => {
  expect(await value('Facts::has_zfs', {})).toBe('');
  expect(await value('Facts::pools', {})).toEqual([]);
  expect(
    await value('Facts::pools', zfs, { answers: { zpool: [0, 'tank\tONLINE\t100\t40', 'bad\tSUSPENDED\t-\t-'] } }),
  ).toEqual([
    { name: 'bad', health: 'SUSPENDED' },
    { name: 'tank', health: 'ONLINE', size: literal(100), free: literal(40) },
  ]);
  await expect(value('Facts::pools', zfs, { answers: { zpool: [1, 'no'] } })).rejects.toThrow(
    'Unknown: zpool list failed (exit 1): no',
  );
  expect(await evaluate('Facts::pool(qw(a ONLINE 7 -))')).toEqual([{ name: 'a', health: 'ONLINE', size: literal(7) }]);
});

test('Facts::datasets keeps the properties that a program says, and Facts::storages no secret', async () => {
  const lines = ['a\tguid\t7', 'a\tcompression\tlz4', 'a\tvolsize\t-', 'a/b\tmountpoint\t/x'];
  expect(await value('Facts::datasets', zfs, { answers: { zfs: [0, ...lines] } })).toEqual({
    a: { compression: 'lz4' },
    'a/b': { mountpoint: '/x' },
  });
  expect(await value('Facts::datasets', {})).toEqual({});
  expect(
    await value('Facts::storages', { '/etc/pve/storage.cfg': 'pbs: b\n\tserver x\n\tpassword hunter2\n' }),
  ).toEqual({ b: { type: 'pbs', options: { server: 'x', password: '**********' } } });
});

// ---- The network

const net = {
  '/sys/class/net/eno1/device/x': '',
  '/sys/class/net/eno1/mtu': '1500\n',
  '/sys/class/net/eno1/address': 'aa:bb\n',
  '/sys/class/net/vmbr0/brif/eno1': '',
  '/sys/class/net/vmbr0/brif/veth950i0': '',
  '/sys/class/net/vmbr0/bridge/vlan_filtering': '1\n',
  '/sys/class/net/bond0/bonding/slaves': 'b a\n',
  '/sys/class/net/bond0/bonding/mode': '802.3ad 4\n',
  '/sys/class/net/eno1.5/mtu': '1500\n',
  '/sys/class/net/lo/mtu': '',
  '/sys/class/net/tap100i0/mtu': '',
  '/sys/class/net/wg0/mtu': '1420\n',
  '/proc/net/vlan/config': 'VLAN Dev name    | VLAN ID\nName-Type: x\neno1.5         | 5  | eno1\n',
};
const ip = [
  0,
  '2: eno1    inet 10.0.0.13/24 brd 10.0.0.255 scope global eno1\\ x',
  '2: eno1    inet6 fe80::1/64 scope link',
  '3: eno1.5@eno1    inet6 fd00::1/64 scope global',
] as const;

test('Facts::interfaces, Facts::interface and Facts::kind_of tell cards, bridges, bonds and VLANs, and none of guests', async () => {
  expect(await value('Facts::interfaces', net, { answers: { ip } })).toEqual([
    { name: 'bond0', kind: 'bond', ports: ['a', 'b'], mode: '802.3ad', addresses: [] },
    { name: 'eno1', kind: 'card', mtu: literal(1500), mac: 'aa:bb', addresses: ['10.0.0.13/24'] },
    { name: 'eno1.5', kind: 'vlan', over: 'eno1', tag: literal(5), mtu: literal(1500), addresses: ['fd00::1/64'] },
    { name: 'vmbr0', kind: 'bridge', ports: ['eno1'], vlanAware: literal('true'), addresses: [] },
    { name: 'wg0', kind: 'other', mtu: literal(1420), addresses: [] },
  ]);
  expect((await section('Facts::kind_of', net, {}, 'wg0', null)).slice(0, 2)).toEqual(['kind', 'other']);
  expect(await value('Facts::interface', net, {}, 'wg0', null, null)).toEqual({
    name: 'wg0',
    kind: 'other',
    mtu: literal(1420),
  });
});

test('Facts::addresses are those that others can reach; without them the interfaces are told all the same', async () => {
  expect(await value('Facts::addresses', {}, { answers: { ip } })).toEqual({
    eno1: ['10.0.0.13/24'],
    'eno1.5': ['fd00::1/64'],
  });
  const [interfaces, unknown] = await section(
    'Facts::interfaces',
    { '/sys/class/net/wg0/mtu': '' },
    { answers: { ip: [1, 'no'] } },
  );
  expect([interfaces, unknown]).toEqual([
    [expect.not.objectContaining({ addresses: expect.anything() })],
    [{ what: 'addresses of interfaces', why: 'ip addr failed (exit 1): no' }],
  ]);
});

test('Facts::vlans and Facts::is_of_guest', async () => {
  expect(await value('Facts::vlans', net)).toEqual({ 'eno1.5': { tag: '5', over: 'eno1' } });
  expect(
    await evaluate(
      'map { Facts::is_of_guest($_) ? 1 : 0 } @_',
      'veth950i0',
      'tap100i0',
      'fwbr100i0',
      'vmbr0',
      'vethernet',
    ),
  ).toEqual(['1', '1', '1', '0', '0']);
});
