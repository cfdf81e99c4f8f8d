import { describe, expect, it } from 'vitest';
import { parseGuestConf } from '../../src/format/guest-conf.js';
import { renderGuestConf } from '../../src/format/guest-conf-text.js';
import { qemuVersionGates } from '../../src/format/version-gates.js';
import type { Finding } from '../../src/model/finding.js';
import { findingsOf } from '../../src/testing/index.js';
import type { VirtualMachineProps } from '../../src/vm/props.js';
import { vmTable } from '../../src/vm/schema.js';
import { VmProfile } from '../../src/vm/vm-profile.js';
import { codesOf, problemsOf } from '../support/small-host.js';
import { VmHost } from './small-vm.js';

type Props = (host: VmHost) => VirtualMachineProps;

/** What a prop comes to in the config. */
const keys: readonly (readonly [
  prop: keyof VirtualMachineProps,
  props: Props,
  key: string,
  value: string | undefined,
])[] = [
  ['cores', () => ({ cores: 4 }), 'cores', '4'],
  ['memory', () => ({}), 'memory', '2048'],
  ['balloon', () => ({ balloon: '0MiB' }), 'balloon', '0'],
  ['disk', () => ({}), 'scsi0', 'local-zfs:vm-950-disk-0,iothread=1,size=8G'],
  [
    'disk',
    ({ disks }) => ({ disk: { storage: disks, size: '8GiB', key: 'sata0', discard: true, ssd: true } }),
    'sata0',
    'local-zfs:vm-950-disk-0,discard=on,size=8G,ssd=1',
  ],
  [
    'disks',
    ({ disks }) => ({ disks: [{ key: 'virtio1', storage: disks, size: '1GiB', limits: { iopsRdMaxLength: 3 } }] }),
    'virtio1',
    'local-zfs:vm-950-disk-1,iops_rd_max_length=3,iothread=1,size=1G',
  ],
  [
    'efi',
    ({ disks }) => ({ bios: 'ovmf', efi: { storage: disks, preEnrolledKeys: true } }),
    'efidisk0',
    'local-zfs:vm-950-disk-0,efitype=4m,pre-enrolled-keys=1',
  ],
  ['tpm', ({ disks }) => ({ tpm: { storage: disks } }), 'tpmstate0', 'local-zfs:vm-950-disk-1,version=v2.0'],
  ['cdroms', () => ({ cdroms: [{ key: 'ide0', iso: 'local:iso/a.iso' }] }), 'ide0', 'local:iso/a.iso,media=cdrom'],
  ['boot', () => ({}), 'boot', 'order=scsi0'],
  ['boot', ({ lan }) => ({ network: lan, cdroms: [{ key: 'ide0' }] }), 'boot', 'order=scsi0;ide0;net0'],
  ['scsiController', () => ({}), 'scsihw', 'virtio-scsi-single'],
  ['ostype', () => ({}), 'ostype', 'l26'],
  ['machine', () => ({ machine: 'q35' }), 'machine', 'q35'],
  [
    'machine',
    () => ({ machine: { type: 'q35', viommu: 'virtio', awBits: 48 } }),
    'machine',
    'q35,aw-bits=48,viommu=virtio',
  ],
  ['cpu', () => ({ cpu: 'host' }), 'cpu', 'host'],
  [
    'cpu',
    () => ({ cpu: { type: 'host', flags: ['+aes', '-pcid'], physBits: 'host' } }),
    'cpu',
    'host,flags=+aes;-pcid,phys-bits=host',
  ],
  ['cpu', () => ({ cpu: { flags: ['+aes'] } }), 'cpu', 'kvm64,flags=+aes'],
  ['cpu', () => ({ cpu: { hidden: true }, arch: 'aarch64' }), 'cpu', 'host,hidden=1'],
  ['agent', () => ({ agent: true }), 'agent', '1'],
  ['agent', () => ({ agent: { freezeFs: false } }), 'agent', '1,freeze-fs-on-backup=0'],
  ['vga', () => ({ vga: 'serial0', serial: ['socket'] }), 'vga', 'serial0'],
  ['serial', () => ({ serial: ['socket', '/dev/ttyS0'] }), 'serial1', '/dev/ttyS0'],
  ['hotplug', () => ({ hotplug: [] }), 'hotplug', '0'],
  ['hotplug', () => ({ hotplug: ['network', 'disk'] }), 'hotplug', 'disk,network'],
  ['rng', () => ({ rng: {} }), 'rng0', '/dev/urandom'],
  ['watchdog', () => ({ watchdog: { action: 'reset' } }), 'watchdog', 'action=reset'],
  ['smbios', () => ({ smbios: { serial: 'a b, c' } }), 'smbios1', 'base64=1,serial=YSBiLCBj'],
  ['usb', () => ({ usb: [{ host: '1-2' }, { mapping: 'key', usb3: true, number: 4 }] }), 'usb4', 'mapping=key,usb3=1'],
  ['hostPci', () => ({ hostPci: [{ pci: '0000:05:00.0' }] }), 'hostpci0', '0000:05:00.0'],
  ['gpus', ({ pve }) => ({ machine: 'q35', gpus: [pve.gpu(1)] }), 'hostpci0', '0000:02:00,pcie=1'],
  ['virtiofs', () => ({ virtiofs: [{ mapping: 'models', cache: 'never' }] }), 'virtiofs0', 'models,cache=never'],
  ['numaNodes', () => ({ numaNodes: [{ cpus: '0-1', memory: '2GiB' }] }), 'numa0', 'cpus=0-1,memory=2048'],
  ['numaNodes', () => ({ numaNodes: [{ cpus: '0-1', memory: '2GiB' }] }), 'numa', '1'],
  ['ivshmem', () => ({ ivshmem: { size: '32MiB' } }), 'ivshmem', 'size=32'],
  ['intelTdx', () => ({ bios: 'ovmf', intelTdx: {} }), 'intel-tdx', 'tdx,attestation=1'],
  [
    'network',
    ({ lan }) => ({ network: lan, address: 'dhcp', mac: 'BC:24:11:00:00:07' }),
    'net0',
    'virtio=BC:24:11:00:00:07,bridge=vmbr0',
  ],
  [
    'nic',
    ({ lan }) => ({ network: lan, mac: 'BC:24:11:00:00:07', nic: { model: 'e1000', trunks: ['7-9', '5'] } }),
    'net0',
    'e1000=BC:24:11:00:00:07,bridge=vmbr0,trunks=5;7-9',
  ],
  [
    'nics',
    () => ({ nics: [{ name: 'net3', bridge: 'vmbr1', mac: 'BC:24:11:00:00:08' }] }),
    'net3',
    'virtio=BC:24:11:00:00:08,bridge=vmbr1',
  ],
  ['cloudInit', () => ({ cloudInit: {} }), 'ide2', 'local-zfs:vm-950-cloudinit,media=cdrom'],
  [
    'cloudInit',
    () => ({ cloudInit: { sshKeys: ["ssh-ed25519 AAAA me's"] } }),
    'sshkeys',
    'ssh-ed25519%20AAAA%20me%27s%0A',
  ],
  [
    'cloudInit',
    ({ lan }) => ({ network: lan, address: '10.0.0.7', cloudInit: {} }),
    'ipconfig0',
    'gw=10.0.0.1,ip=10.0.0.7/24',
  ],
  ['cloudInit', ({ lan }) => ({ network: lan, address: 'manual', cloudInit: {} }), 'ipconfig0', undefined],
  ['cloudInit', ({ lan }) => ({ network: lan, address: '10.0.0.7' }), 'ipconfig0', undefined],
  ['nameservers', () => ({ cloudInit: {}, nameservers: ['fd00::53'] }), 'nameserver', 'fd00::53'],
  ['nameservers', () => ({ cloudInit: {}, nameservers: ['10.0.0.2', '10.0.0.3'] }), 'nameserver', '10.0.0.2 10.0.0.3'],
  ['startup', () => ({ startup: { order: 2, up: 30 } }), 'startup', 'order=2,up=30'],
];

describe('a prop of a machine', () => {
  it.each(keys)('%s reaches the config', (_prop, props, key, value) => {
    const host = new VmHost();
    host.machine('web', props(host));
    expect(configOf(host, 950)[key]).toBe(value);
  });

  it('comes to a config that is as Proxmox writes it', () => {
    const host = new VmHost();
    host.machine('web', { network: host.lan, cloudInit: {}, agent: true, machine: 'q35' });
    const text = host.synth().stack('ai').files.get('guests/950/config.conf') ?? '';
    expect(renderGuestConf(parseGuestConf(text, 'qemu'))).toBe(text);
    expect(parseGuestConf(text, 'qemu').oddities).toEqual([]);
  });

  it('is of the table', () => {
    expect(keys.filter(([prop]) => !(prop in vmTable.fields))).toEqual([]);
  });
});

describe('what does not go together', () => {
  it.each<[string, Props]>([
    ['vm/boot-device', () => ({ boot: ['scsi7'] })],
    [
      'vm/boot-device',
      () => ({
        boot: ['usb1'],
        usb: [
          { host: '1-2', number: 0 },
          { host: '1-3', number: 5 },
        ],
      }),
    ],
    ['vm/needs-q35', () => ({ hostPci: [{ pci: '0000:05:00.0', pcie: true }] })],
    ['vm/needs-q35', () => ({ machine: { type: 'pc', viommu: 'intel' } })],
    ['vm/legacy-igd', () => ({ hostPci: [{ pci: '0000:00:02.0', legacyIgd: true }] })],
    ['vm/legacy-igd', () => ({ vga: 'none', hostPci: [{ pci: '0000:00:02.0', legacyIgd: true, xVga: true }] })],
    ['vm/viommu-bits', () => ({ machine: { type: 'q35', awBits: 48 } })],
    ['vm/viommu-bits', () => ({ machine: { type: 'q35', viommu: 'intel', awBits: 40 } })],
    ['vm/vcpus', () => ({ cores: 2, vcpus: 3 })],
    ['vm/encryption', () => ({ amdSev: { type: 'snp' } })],
    ['vm/encryption', ({ disks }) => ({ bios: 'ovmf', efi: { storage: disks }, amdSev: { type: 'snp' } })],
    ['vm/encryption', ({ disks }) => ({ bios: 'ovmf', efi: { storage: disks }, intelTdx: {} })],
    ['vm/cpu-bits', () => ({ bios: 'ovmf', cpu: 'kvm32' })],
    ['vm/memory-hotplug', () => ({ numa: true, hotplug: ['memory'], virtiofs: [{ mapping: 'models' }] })],
    ['vm/memory-hotplug', () => ({ hotplug: ['memory'], numaNodes: [{ cpus: '0', memory: '2GiB' }] })],
    ['vm/memory-hotplug', () => ({ numa: true, hotplug: ['memory'], memory: '512MiB' })],
    ['vm/numa-nodes', () => ({ numaNodes: [{ cpus: '0', memory: '2GiB', hostNodes: '0' }] })],
    ['vm/numa-nodes', () => ({ hugepages: '2', numaNodes: [{ cpus: '0', memory: '2GiB' }] })],
    ['vm/usb-number', () => ({ ostype: 'win7', usb: [{ host: '1-2', number: 5 }] })],
    ['vm/usb-number', () => ({ machine: 'pc-i440fx-6.2', usb: [{ host: '1-2', number: 5 }] })],
    ['vm/virtiofs-acl', () => ({ ostype: 'win11', virtiofs: [{ mapping: 'models', exposeAcl: true }] })],
    ['vm/no-ide', () => ({ arch: 'aarch64', cdroms: [{ key: 'ide0' }] })],
    ['vm/no-ide', () => ({ arch: 'aarch64', cloudInit: {} })],
    ['vm/balloon', () => ({ balloon: '4GiB' })],
    ['vm/needs-numa', () => ({ hugepages: '2' })],
    ['vm/needs-numa', () => ({ hotplug: ['memory'] })],
    ['vm/numa-nodes', () => ({ numaNodes: [{ cpus: '0', memory: '1GiB' }] })],
    ['vm/device-source', () => ({ hostPci: [{ pci: '05:00', mapping: 'gpu' }] })],
    ['vm/device-source', () => ({ usb: [{}] })],
    ['vm/too-many', () => ({ serial: ['socket', 'socket', 'socket', 'socket', 'socket'] })],
    [
      'vm/smbios-length',
      () => ({
        smbios: Object.fromEntries(
          ['manufacturer', 'product', 'version', 'serial', 'sku', 'family'].map((key) => [key, 'x'.repeat(60)]),
        ),
      }),
    ],
    ['vm/no-serial', () => ({ vga: 'serial0' })],
    ['vm/disk-incomplete', ({ disks }) => ({ disks: [{ key: 'scsi1', storage: disks }] })],
    ['vm/disk-option', ({ disks }) => ({ disks: [{ key: 'virtio1', storage: disks, size: '1GiB', ssd: true }] })],
    [
      'vm/disk-option',
      ({ disks }) => ({ scsiController: 'lsi', disk: { storage: disks, size: '1GiB', iothread: true } }),
    ],
    ['vm/key-twice', ({ disks }) => ({ disks: [{ key: 'scsi0', storage: disks, size: '1GiB' }] })],
    ['vm/key-twice', ({ disks }) => ({ cloudInit: {}, disks: [{ key: 'ide2', storage: disks, size: '1GiB' }] })],
    ['nic/gateway-alone', () => ({ nics: [{ name: 'net1', bridge: 'vmbr1', gateway: '10.9.0.1' }] })],
    ['nic/attachment', () => ({ nics: [{ name: 'net1' }] })],
  ])('is refused: %s', (code, props) => {
    const host = new VmHost();
    host.machine('web', props(host));
    expect(codesOf(() => host.synth())).toEqual([code]);
  });

  it.each<[string, Props]>([
    [
      'a disk for firmware that is there already',
      ({ disks }) => ({ from: 'adopted', bios: 'ovmf', efi: { storage: disks }, amdSev: { type: 'snp' } }),
    ],
    ['old processors that boot by BIOS', () => ({ cpu: 'kvm32' })],
    [
      'nodes with a place on the host',
      () => ({ hugepages: '2', numaNodes: [{ cpus: '0', memory: '2GiB', hostNodes: '0', policy: 'bind' }] }),
    ],
    [
      'a sixth USB device of a new system',
      () => ({ ostype: 'win10', machine: 'pc-q35-9.0', usb: [{ host: '1-2', number: 5 }] }),
    ],
    ['access control lists of Linux', () => ({ virtiofs: [{ mapping: 'models', exposeAcl: true }] })],
    ['the widths that the IOMMU of Intel has', () => ({ machine: { type: 'q35', viommu: 'intel', awBits: 39 } })],
  ])('is taken: %s', (_what, props) => {
    const host = new VmHost();
    host.machine('web', props(host));
    expect(problemsOf(() => host.synth())).toEqual([]);
  });

  it.each([
    ['a virtio disk', { key: 'virtio1', iso: 'local:iso/a.iso' }],
    ['a snippet', { key: 'ide0', iso: 'local:snippets/a.pl' }],
    ['a file among the ISO images that is none', { key: 'ide0', iso: 'local:iso/a.txt' }],
  ])('has no %s for an optical drive', (_what, drive) => {
    const host = new VmHost();
    const props: object = { cdroms: [drive] };
    expect(codesOf(() => host.machine('web', props))).toEqual(['config/wrong-value']);
  });

  it('may have a disk in an optical drive, where the storage takes disks', () => {
    const host = new VmHost();
    const props: object = { cdroms: [{ key: 'ide0', iso: 'local-zfs:vm-900-disk-0' }] };
    host.machine('web', props);
    expect(problemsOf(() => host.synth())).toEqual([]);
  });

  it('counts devices as their keys do: numbers that others have are passed over', () => {
    const host = new VmHost();
    const usb = [{ host: '1-1' }, { host: '1-2', number: 0 }, { host: '1-3' }];
    const hostPci = [{ pci: '05:00.0', number: 3 }, { pci: '06:00.0' }];
    host.machine('web', { usb, hostPci, boot: ['usb1', 'usb0', 'usb2', 'hostpci0', 'hostpci3'] });
    host.synth().hasGuestConfig(950, { usb0: '1-2', usb1: '1-1', usb2: '1-3', hostpci0: '06:00.0' });
  });

  it('may be of one origin only, where higher layers take back what lower ones said', () => {
    const host = new VmHost();
    const cloneFrom = host.vmTemplate('base');
    const profile = new VmProfile(host.ai, 'p', { image: host.debianImage });
    host.machine('clone', { cloneFrom, profiles: [profile] });
    expect(problemsOf(() => host.synth())).toEqual([]);
    const other = new VmHost();
    other.machine('both', { cloneFrom: other.vmTemplate('base'), image: other.debianImage });
    expect(codesOf(() => other.synth())).toEqual(['vm/two-sources']);
  });
});

describe('a key that not every release has', () => {
  const made: Readonly<Record<string, Props>> = {
    'allow-ksm': () => ({ allowKsm: false }),
    'intel-tdx': () => ({ bios: 'ovmf', intelTdx: {} }),
    'cpu.guest-phys-bits': () => ({ cpu: { guestPhysBits: 40 } }),
    'cpu.level': () => ({ cpu: { level: 30 } }),
    'hostpci.driver': () => ({ hostPci: [{ pci: '0000:05:00.0', driver: 'keep' }] }),
    'machine.aw-bits': () => ({ machine: { type: 'q35', viommu: 'virtio', awBits: 48 } }),
    'efidisk.ms-cert': ({ disks }) => ({ bios: 'ovmf', efi: { storage: disks, msCert: '2023' } }),
    'efidisk.ms-cert=2023w': ({ disks }) => ({ bios: 'ovmf', efi: { storage: disks, msCert: '2023w' } }),
    'efidisk.ms-cert=2023k': ({ disks }) => ({ bios: 'ovmf', efi: { storage: disks, msCert: '2023k' } }),
    'tpmstate.format': ({ disks }) => ({ tpm: { storage: disks, format: 'raw' } }),
    'net.host-tunnel': ({ lan }) => ({ network: lan, nic: { hostTunnel: true } }),
  };
  const releases = ['8.4', '9.0', '9.1', '9.2'] as const;

  it('is in the table with what makes it', () => {
    expect(Object.keys(made).sort()).toEqual(Object.keys(qemuVersionGates).sort());
  });

  it.each(Object.entries(qemuVersionGates))('%s is refused before its release', (key, { since }) => {
    for (const pveVersion of releases) {
      const host = new VmHost({ host: { pveVersion } });
      host.machine('web', made[key]?.(host));
      const refused = problemsOf(() => host.synth()).some(({ value }) => value === key);
      expect(refused, pveVersion).toBe(releases.indexOf(pveVersion) < releases.indexOf(since));
    }
  });
});

describe('values that several machines share', () => {
  it('come from what the stack says of all guests, and above that of machines', () => {
    const host = new VmHost({
      stack: {
        defaults: { memory: '4GiB', cores: 2, swap: '1GiB', unprivileged: false, vm: { cores: 8, cpu: 'host' } },
      },
    });
    host.machine('web');
    host.container('ct', { vmid: 951 });
    expect(configOf(host, 950)).toMatchObject({ memory: '4096', cores: '8', cpu: 'host' });
    host.synth().hasGuestConfig(951, { memory: '4096', cores: '2', swap: '1024' });
  });

  it('may not say which machine it is', () => {
    const host = new VmHost();
    const props: object = { vmid: 950 };
    expect(codesOf(() => new VmProfile(host.ai, 'p', props))).toEqual(['config/unknown-key']);
  });
});

describe('a card that is passed to a machine', () => {
  it.each<[string, (host: VmHost) => void, string[]]>([
    ['a container of the host', (host) => host.container('ct', { gpus: [host.pve.gpu(0)] }), ['gpu/passed-through']],
    ['another card', (host) => host.container('ct', { gpus: [host.pve.gpu(1)] }), []],
    [
      'a machine that never runs',
      (host) => host.machine('two', { vmid: 951, gpus: [host.pve.gpu(0)], started: false }),
      [],
    ],
    [
      'a machine that names it by address',
      (host) => host.machine('two', { vmid: 951, hostPci: [{ pci: '01:00.0' }] }),
      ['gpu/passed-through', 'gpu/passed-through'],
    ],
  ])('is its own: beside %s', (_, others, codes) => {
    const host = new VmHost();
    host.machine('one', { gpus: [host.pve.gpu(0)] });
    others(host);
    expect(codesOf(() => host.synth())).toEqual(codes);
  });

  it('is its own past the props, too', () => {
    const host = new VmHost();
    host.machine('one', { gpus: [host.pve.gpu(0)] });
    host.machine('two', { vmid: 951 }).override('hostpci0', '0000:01:00.0');
    expect(codesOf(() => host.synth())).toEqual(['gpu/passed-through', 'gpu/passed-through']);
  });

  it('is none that it is given while another device is shared by two', () => {
    const host = new VmHost();
    host.machine('one', { hostPci: [{ pci: '0000:07:00.0' }] });
    host.machine('two', { vmid: 951, hostPci: [{ pci: '07:00.0' }] });
    expect(codesOf(() => host.synth())).toEqual(['vm/device-taken-twice']);
  });
});

describe('what a person should know of a machine', () => {
  it.each<[string, Finding['severity'], Props]>([
    ['vm/no-efi-disk', 'warning', () => ({ bios: 'ovmf' })],
    ['vm/without-effect', 'warning', ({ disks }) => ({ efi: { storage: disks } })],
    ['vm/without-effect', 'warning', ({ lan }) => ({ network: lan, nic: { model: 'e1000', queues: 4 } })],
    ['vm/own-words', 'info', () => ({ args: '-cpu host' })],
    ['vm/no-serial-console', 'info', ({ debianImage }) => ({ image: debianImage })],
  ])('%s', (code, severity, props) => {
    const host = new VmHost();
    host.machine('web', props(host));
    expect(findingsOf(host.app).all).toMatchObject([{ code, severity, path: 'ai/web' }]);
  });
});

describe('an override', () => {
  it.each([
    ['nosuch', '1', 'override/unknown-key'],
    ['net0.brigde', 'vmbr0', 'override/unknown-key'],
    ['net32', 'virtio', 'override/unknown-key'],
    ['memory', 'abc', 'override/value'],
    ['agent.enabled', 'perhaps', 'override/value'],
    ['cipassword', 'x', 'override/key'],
    ['vmgenid', '1', 'override/key'],
  ])('of %s with %s is refused: %s', (key, value, code) => {
    expect(codesOf(() => new VmHost().machine('web').override(key, value))).toEqual([code]);
  });

  it.each([
    [{ cpu: 'hots' }, '9.1', 'vm/cpu-model', 'did you mean host?'],
    [{ cpu: 'EPYC-Turin' }, '9.0', 'vm/cpu-model', 'did you mean EPYC'],
    [{ cpu: { flags: ['+aess'] } }, '9.1', 'vm/cpu-flag', 'did you mean aes?'],
    [{ cpu: { flags: ['+nested-virt'] } }, '9.0', 'vm/cpu-flag', 'custom model'],
  ] as const)('of a processor that the release does not know is refused: %j on %s', (props, pveVersion, code, fix) => {
    const host = new VmHost({ host: { pveVersion } });
    host.machine('web', props);
    expect(problemsOf(() => host.synth())).toMatchObject([{ code, fix: expect.stringContaining(fix) }]);
  });

  it('takes models of the cluster, and what the release brought', () => {
    const host = new VmHost({ host: { pveVersion: '9.1' } });
    host.machine('own', { cpu: 'custom-mine' });
    host.machine('new', { vmid: 951, cpu: { type: 'EPYC-Turin', flags: ['+nested-virt'] } });
    host.synth();
  });

  it('is the last word', () => {
    const host = new VmHost();
    host.machine('web', { cpu: 'host' }).override('cpu.flags', '+aes');
    expect(configOf(host, 950)['cpu']).toBe('host,flags=+aes');
  });
});

function configOf(host: VmHost, vmid: number): Record<string, string> {
  const text = host.synth().stack('ai').files.get(`guests/${vmid}/config.conf`) ?? '';
  return Object.fromEntries(parseGuestConf(text, 'qemu').keys);
}
