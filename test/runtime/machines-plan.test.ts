import { expect, test } from 'vitest';
import { HandMadeHost } from './hand-made.js';
import { disk, genid, machine, machineByHand, machineConfig, machineKnown, runs, uuid, zvol } from './machines.js';
import { exact, marker } from './steps.js';

const wanted = [exact('cores', '2')];
const config = machineConfig(950, wanted);

function verdictOf(arrange: (host: HandMadeHost) => void) {
  const host = new HandMadeHost();
  arrange(host);
  const step = host.plan([config])['guest/950/config'];
  return `${step?.verdict}: ${step?.reason ?? ''}`;
}

const byUuid = `uuid:${uuid(950)}/${genid(950)}`;

test.each<[string, Parameters<typeof machineByHand>[3], readonly (string | number)[] | undefined, RegExp]>([
  ['marker, VMID and a disk that the journal knows', {}, machineKnown(950), /^satisfied/],
  ['no disk yet, and the UUIDs that the journal knows', { disk: false }, machineKnown(950, byUuid, '-'), /^satisfied/],
  ['a disk that came after it was written down', {}, machineKnown(950, byUuid, '-'), /^satisfied/],
  [
    'rolled back, which makes a new vmgenid',
    { disk: false },
    machineKnown(950, `uuid:${uuid(950)}/${genid(1)}`, '-'),
    /^satisfied/,
  ],
  [
    'restored over itself: marker and UUIDs, and other disks',
    { guid: '77' },
    machineKnown(950),
    /^unknown: .*not the one/,
  ],
  [
    'made anew by hand',
    { disk: false },
    machineKnown(950, `uuid:${uuid(1)}/${genid(1)}`, '-'),
    /^unknown: .*not the one/,
  ],
  ['marker without journal', {}, undefined, /^unknown: .*the journal does not know it/],
  ['a disk that the journal knows, and no marker', { marker: '' }, machineKnown(950), /^unknown: the owner's line/],
  ['a clone by hand', { marker: marker(940, 'vm/x') }, undefined, /^foreign: guest 950 is a copy of guest 940/],
  ['a stranger', { marker: '' }, undefined, /^foreign: guest 950 exists and is not ours/],
  ['on another node', { node: 'pve2' }, machineKnown(950), /^unknown: guest 950 is on node pve2/],
])('whose machine it is: %s', (_, options, record, expected) => {
  const verdict = verdictOf((host) => {
    machineByHand(host, 950, 'cores: 2\n', options);
    if (record !== undefined) {
      host.journal([...record]);
    }
  });
  expect(verdict).toMatch(expected);
});

test('boot order may change and the known disk may move to another key: the machine stays known', () => {
  const verdict = verdictOf((host) => {
    const config =
      'cores: 2\nboot: order=scsi1\nscsi1: local-zfs:vm-950-disk-1,size=1G\nunused0: local-zfs:vm-950-disk-0\n';
    machineByHand(host, 950, config, { disk: false });
    zvol(host, 'rpool/data/vm-950-disk-0', '950');
    zvol(host, 'rpool/data/vm-950-disk-1', '951');
    host.journal(machineKnown(950));
  });
  expect(verdict).toBe('satisfied: ');
});

test('a container with the VMID of a machine stops', () => {
  const verdict = verdictOf((host) => host.guest(950, 'cores: 2\n'));
  expect(verdict).toMatch(/^unknown: guest 950 exists and is of type lxc/);
});

test('a disk on a pool that cannot be seen is unknown, not another one', () => {
  const verdict = verdictOf((host) => {
    machineByHand(host, 950, 'cores: 2\nscsi0: local-zfs:vm-950-disk-0,size=4G\n', { disk: false });
    host.journal(machineKnown(950));
  });
  expect(verdict).toMatch(/^unknown: the root disk of guest 950 cannot be seen: there is no dataset/);
});

test('a machine runs if its pid file names a process of that machine', () => {
  const running = (arrange: (host: HandMadeHost) => void, vmid = 950) => {
    const host = new HandMadeHost();
    machineByHand(host, vmid, '');
    host.journal(machineKnown(vmid));
    arrange(host);
    return host.plan(machine(vmid, `m${vmid}`))[`guest/${vmid}/state`]?.verdict;
  };
  expect(running(() => {})).toBe('change');
  expect(running((host) => runs(host, 950))).toBe('satisfied');
  expect(running((host) => runs(host, 150), 150)).toBe('satisfied');
  expect(running((host) => runs(host, 950, '/usr/bin/kvm\0-id\x009501\0'))).toBe('change');
  expect(running((host) => runs(host, 950, '/usr/bin/kvm\0-id\x00950\0-name\0x\0'))).toBe('satisfied');
  expect(running((host) => runs(host, 950, '/usr/sbin/sshd\0-D\0'))).toBe('change');
  expect(running((host) => host.write('/run/qemu-server/950.pid', '4711\n'))).toBe('change');
});

test('values in [PENDING] are not in force; [special:cloudinit] and snapshots are neither', () => {
  const host = new HandMadeHost();
  const rest =
    '\n[PENDING]\ncores: 4\ndelete: !vga\n\n[special:cloudinit]\nciuser: old\ncores: 8\n\n[before]\ncores: 1\n#old text\n';
  machineByHand(host, 950, `ciuser: new\ncores: 2\nvga: qxl\n${rest}`);
  host.journal(machineKnown(950));
  runs(host, 950);
  const keys = [
    exact('cores', '4', 'restart'),
    exact('ciuser', 'new'),
    { is: 'absent', key: 'vga', impact: 'restart' } as const,
  ];
  const plan = host.plan(machine(950, 'm950', { keys: [...keys] }));
  expect(plan['guest/950/config']?.changes.map(({ key }) => key)).toEqual(['name']);
  expect(plan['guest/950/state']).toMatchObject({
    verdict: 'held',
    reason: 'waits for a restart: cores, vga',
    flag: '--allow-restart vm/m950',
  });
});

test('sizes of disks are those of the volumes, and disks are told from what Proxmox adds to them', () => {
  const host = new HandMadeHost();
  const config = [
    'efidisk0: local-zfs:vm-950-disk-1,efitype=4m,ms-cert=2023,pre-enrolled-keys=1,size=1M',
    'tpmstate0: local-zfs:vm-950-disk-2,size=4M,version=v2.0',
    'ide2: local-zfs:vm-950-cloudinit,media=cdrom,size=4M',
    '',
  ];
  machineByHand(host, 950, config.join('\n'), { volsize: 2 * 1024 ** 3 });
  for (const [name, guid] of [
    ['disk-1', '1'],
    ['disk-2', '2'],
    ['cloudinit', '3'],
  ] as const) {
    zvol(host, `rpool/data/vm-950-${name}`, guid, 4 * 1024 ** 2);
  }
  host.journal(machineKnown(950));
  const step = host.plan([
    machineConfig(950, [
      disk('scsi0', 4, 'iothread=1'),
      disk('efidisk0', 0, 'efitype=4m,pre-enrolled-keys=1'),
      disk('tpmstate0', 0, 'version=v2.0'),
      disk('ide2', 0, '', { filled: 'cloudinit' }),
    ]),
  ])['guest/950/config'];
  expect(step?.changes).toEqual([{ key: 'scsi0', from: '2G', to: '4G', impact: 'live' }]);
});

test('a disk that the template carried and nobody asks for is told and stays; other keys of it go', () => {
  const host = new HandMadeHost();
  machineByHand(host, 950, 'scsi1: local-zfs:vm-950-disk-1,size=1G\nhostpci0: 0000:01:00.0\nvga: qxl\n');
  zvol(host, 'rpool/data/vm-950-disk-1', '2');
  host.journal(machineKnown(950));
  const step = host.plan([machineConfig(950, [disk('scsi0', 4, 'iothread=1')], { cleanClone: true })])[
    'guest/950/config'
  ];
  expect(step?.changes.map(({ key, to }) => `${key} ${to}`)).toEqual(['hostpci0 absent', 'vga absent']);
  expect(step?.notes).toContainEqual(
    'scsi1 (local-zfs:vm-950-disk-1,size=1G) came with the clone, and nobody asks for it; it stays',
  );
});
