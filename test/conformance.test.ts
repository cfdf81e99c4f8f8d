import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { Resource } from '../src/core/resource.js';
import * as library from '../src/index.js';
import {
  Alias,
  Bond,
  Bridge,
  CloudImage,
  ClusterFirewall,
  content,
  DirectoryMapping,
  HostFirewall,
  IpSet,
  IsoImage,
  NvidiaDriver,
  OciImage,
  OsTemplate,
  PciMapping,
  Port,
  Script,
  SecurityGroup,
  Storage,
  UsbMapping,
  Vlan,
  VllmContainer,
  ZfsDataset,
  ZfsPool,
} from '../src/index.js';
import { diskImage } from '../src/testing/disk-image.js';
import { type ConformanceProgram, type ConformanceSubject, resourceConformance } from '../src/testing/index.js';
import { VirtualMachine } from '../src/vm/virtual-machine.js';
import { VmTemplate } from '../src/vm/vm-template.js';
import { SmallHost } from './support/small-host.js';

const model = 'Qwen/Qwen2.5-7B-Instruct-AWQ';
const nvidia = { version: '580.76.05', cards: 2 } as const;
const machineStorages = {
  storages: `dir: local
\tpath /var/lib/vz
\tcontent import,iso,snippets,vztmpl

zfspool: local-zfs
\tpool rpool/data
\tcontent images,rootdir
\tsparse 1

`,
} as const;
/** What no careless quoting survives, as far as the field takes it. */
const awkward = 'it\'s "$HOME" `x` \\ ; & | * ! #';
const nasty = `${awkward}é😀`;

function program(resourceOf: (host: SmallHost) => Resource): () => ConformanceProgram {
  return () => {
    const host = new SmallHost();
    return { app: host.app, resource: resourceOf(host) };
  };
}

/** A class of resources and one that says as much as it can. Every class that the library exports has a row. */
const subjects: Readonly<Record<string, ConformanceSubject>> = {
  ZfsPool: {
    make: program((host) => {
      const devices = ['/dev/disk/by-id/nvme-one', '/dev/disk/by-id/nvme-two'];
      return new ZfsPool(host.base, 'tank', { vdevs: [{ type: 'mirror', devices }] });
    }),
    node: {
      disks: [
        { byId: 'nvme-one', blank: true },
        { byId: 'nvme-two', blank: true },
      ],
    },
    arrange: (node) => {
      // how blank disks answer
      node.onCommand({ match: /^blkid -p/, exit: 2 });
      node.onCommand({ match: /^wipefs -n/, exit: 0 });
    },
    flags: ['--allow-create-pool', 'tank'],
  },
  ZfsDataset: {
    make: program(({ base, rpool }) => {
      const limits = { quota: '8GiB', refquota: '4GiB', reservation: '1GiB' } as const;
      const values = { recordsize: '1M', compression: 'zstd', sync: 'disabled', atime: false, xattr: 'sa' } as const;
      const properties = { 'phoenix:note': nasty };
      return new ZfsDataset(base, 'models', { parent: rpool, ...values, ...limits, acltype: 'posix', properties });
    }),
  },
  PciMapping: {
    make: program(({ base }) => {
      const id = '10de:2684';
      const whole = { path: '0000:02:00;0000:03:00.1', id, subsystemId: '10de:1234', iommuGroup: 7 };
      const maps = [{ path: '0000:01:00.0', id, description: awkward }, whole];
      return new PciMapping(base, 'gpu', { maps, mdev: true, liveMigration: false, description: awkward });
    }),
  },
  UsbMapping: {
    make: program(
      ({ base }) => new UsbMapping(base, 'stick', { id: '0781:5581', path: '1-2.4', description: awkward }),
    ),
  },
  DirectoryMapping: {
    make: program(
      ({ base }) => new DirectoryMapping(base, 'share', { path: '/srv/it\'s "here"', description: awkward }),
    ),
    arrange: (node) => node.writeFile('/srv/it\'s "here"/file', ''),
  },
  Bridge: {
    make: program(
      ({ pve }) =>
        new Bridge(pve, 'vmbr1', {
          ports: ['eno2'],
          vlanAware: true,
          vids: '2-99 110',
          mtu: 9000,
          address: '10.1.0.1/24',
          ip6: 'fd00:1::1/64',
          comment: nasty.trim(),
          options: [`post-up echo "it's $HOME"`],
        }),
    ),
  },
  Bond: {
    make: program(
      ({ pve }) =>
        new Bond(pve, 'bond0', { slaves: ['eno2', 'eno3'], mode: 'active-backup', primary: 'eno3', miimon: 50 }),
    ),
    node: { cards: ['eno1', 'eno2', 'eno3'] },
  },
  Vlan: {
    make: program(({ pve }) => new Vlan(pve, 'vlan20', { name: 'vlan20', device: 'vmbr0', tag: 20, ip6: 'auto' })),
  },
  ClusterFirewall: {
    make: program(({ base }) => {
      const office = new Alias(base, 'office', { cidr: '10.0.0.0/24', comment: nasty.trim() });
      const admins = new IpSet(base, 'admins', { entries: [{ cidr: '10.0.0.9', comment: nasty.trim() }] });
      new SecurityGroup(base, 'web', { rules: [{ macro: 'HTTPS', comment: nasty.trim() }] });
      return new ClusterFirewall(base, 'firewall', {
        enabled: true,
        inbound: 'DROP',
        rules: [
          { macro: 'SSH', source: admins, comment: nasty.trim() },
          { macro: 'Ping', source: office },
        ],
      });
    }),
    flags: ['--allow-firewall'],
  },
  HostFirewall: {
    make: program(
      ({ base }) =>
        new HostFirewall(base, 'host-firewall', { rules: [{ protocol: 'tcp', ports: '22', comment: nasty.trim() }] }),
    ),
    flags: ['--allow-firewall'],
  },
  DatasetFolder: {
    make: program((host) => host.dataset('models').folder("it's/$HOME", { owner: { uid: 0, gid: 0 }, mode: '0750' })),
  },
  Storage: {
    make: program((host) =>
      Storage.dir(host.base, 'isos', { dataset: host.dataset('iso-files'), content: ['iso', 'vztmpl', 'snippets'] }),
    ),
  },
  OsTemplate: {
    make: program(({ local }) =>
      OsTemplate.fromUrl(local, 'alpine.tar.xz', {
        url: 'https://example.test/alpine.tar.xz?a=1&b=$x',
        sha512: createHash('sha512').update('alpine').digest('hex'),
      }),
    ),
    arrange: (node) => node.onHttp('https://example.test/alpine.tar.xz?a=1&b=$x', { body: 'alpine' }),
  },
  CloudImage: {
    make: program(({ base }) => {
      const files = Storage.dir(base, 'images', {
        path: '/srv/images',
        content: ['import'],
        contentDirs: { import: 'from/afar' },
      });
      const sha256 = createHash('sha256').update('noble').digest('hex');
      return CloudImage.fromUrl(files, 'noble.qcow2', { url: 'https://example.test/noble.img?a=1&b=$x', sha256 });
    }),
    arrange: (node) => node.onHttp('https://example.test/noble.img?a=1&b=$x', { body: 'noble' }),
  },
  IsoImage: {
    make: program(({ local }) => {
      const sha512 = createHash('sha512').update('medium').digest('hex');
      return IsoImage.fromUrl(local, 'medium.iso', { url: 'https://example.test/medium.iso', sha512 });
    }),
    arrange: (node) => node.onHttp('https://example.test/medium.iso', { body: 'medium' }),
  },
  OciImage: {
    make: program(({ local }) => OciImage.fromRegistry(local, 'docker.io/library/nginx:1.27')),
    arrange: (node) => node.onHttp('docker://docker.io/library/nginx:1.27', { body: 'layers' }),
  },
  LxcContainer: {
    make: program(fullContainer),
    plant: (secret) => {
      const host = new SmallHost();
      const resource = host.container('web', {
        files: [{ target: '/etc/app.env', content: content`TOKEN=${secret}\n` }],
      });
      return { app: host.app, resource };
    },
    node: { nvidia, datasets: { 'rpool/models': {} } },
    arrange: makeDevices,
  },
  LxcTemplate: {
    make: program((host) => {
      new NvidiaDriver(host.base, 'driver', { version: nvidia.version });
      const files = [{ target: '/etc/motd', content: `${nasty}\n` }] as const;
      const provision = [Script.text('tools', `echo '${nasty.replaceAll("'", '')}'\n`)];
      const mounts = [{ target: '/models', source: host.dataset('models') }] as const;
      return host.template('base', { network: host.lan, gpus: [host.pve.gpu(0)], files, provision, mounts });
    }),
    plant: (secret) => {
      const host = new SmallHost();
      const resource = host.template('base', {
        files: [{ target: '/root/.netrc', content: [{ secret, encoding: 'raw' }] }],
      });
      return { app: host.app, resource };
    },
    node: { nvidia },
  },
  VirtualMachine: {
    make: program(fullMachine),
    plant: (secret) => {
      const host = new SmallHost();
      const disk = { storage: host.disks, size: '8GiB' } as const;
      const writeFiles = [{ path: '/etc/token', content: content`TOKEN=${secret}\n` }];
      const resource = new VirtualMachine(host.ai, 'machine', { disk, cloudInit: { userData: { writeFiles } } });
      return { app: host.app, resource };
    },
    node: machineStorages,
    arrange: makeImage,
  },
  VmTemplate: {
    make: program((host) => {
      const disk = { storage: host.disks, size: '8GiB' } as const;
      const efi = { storage: host.disks, preEnrolledKeys: true } as const;
      const image = CloudImage.fromName(host.local, 'noble.qcow2');
      return new VmTemplate(host.ai, 'machine', { disk, image, bios: 'ovmf', efi, cloudInit: { user: 'ops' } });
    }),
    node: machineStorages,
    arrange: makeImage,
  },
  NvidiaDriver: {
    make: program(({ base }) => new NvidiaDriver(base, 'driver', { version: nvidia.version })),
    node: { nvidia },
  },
  VllmContainer: {
    make: program((host) => {
      new NvidiaDriver(host.base, 'driver', { version: nvidia.version });
      const cloneFrom = host.template('vllm');
      const models = host.dataset('models').folder('vllm', { owner: { uid: 0, gid: 0 } });
      const rootfs = { storage: host.disks, size: '8GiB' } as const;
      return new VllmContainer(host.ai, 'qwen', {
        cloneFrom,
        rootfs,
        models,
        model,
        network: host.lan,
        gpus: [host.pve.gpu(0), host.pve.gpu(1)],
        environment: { NOTE: nasty },
        extraArgs: ['--chat-template', nasty],
        firewall: {},
        onboot: true,
      });
    }),
    node: { nvidia },
  },
};

/** A clone with the template's image, firmware and TPM, documents for cloud-init, and whatever takes careful quoting. */
function fullMachine(host: SmallHost): Resource {
  const storage = host.disks;
  const cloneFrom = new VmTemplate(host.ai, 'base', {
    disk: { storage, size: '8GiB' },
    image: CloudImage.fromName(host.local, 'noble.qcow2'),
    machine: 'q35',
    bios: 'ovmf',
    efi: { storage },
    tpm: { storage },
  });
  const userData = {
    packages: ['jq'],
    runcmd: [['echo', nasty]],
    writeFiles: [{ path: '/etc/motd', content: nasty }],
  };
  return new VirtualMachine(host.ai, 'machine', {
    cloneFrom,
    cloneMode: 'full',
    disk: { size: '10GiB' },
    disks: [{ key: 'scsi1', storage, size: '1GiB', discard: true, ssd: true }],
    machine: 'q35',
    bios: 'ovmf',
    efi: { storage },
    tpm: { storage },
    network: host.lan,
    agent: true,
    serial: ['socket'],
    smbios: { serial: nasty },
    firewall: { rules: [{ protocol: 'tcp', ports: '443', comment: nasty }] },
    cloudInit: { user: 'ops', userData },
    startup: { order: 2, up: 5 },
    onboot: true,
    protection: true,
    tags: ['web', 'ai'],
  });
}

function makeImage(node: Parameters<NonNullable<ConformanceSubject['arrange']>>[0]): void {
  node.writeFile('/var/lib/vz/import/noble.qcow2', diskImage(3));
}

function fullContainer(host: SmallHost): Resource {
  const container = host.container('web', {
    vmid: 950,
    rootfs: { storage: host.disks, size: '6GiB', mountOptions: ['noatime'] },
    network: host.lan,
    cores: 2,
    memory: '1GiB',
    features: { nesting: true },
    startup: { order: 2, up: 5 },
    onboot: true,
    protection: true,
    tags: ['web', 'ai'],
    gpus: [host.pve.gpu(1)],
    mounts: [
      { target: '/models', source: host.dataset('models'), readOnly: true },
      { target: '/data', volume: { storage: host.disks, size: '1GiB' }, backup: true },
    ],
    firewall: { rules: [{ protocol: 'tcp', ports: '443', comment: nasty }] },
    files: [{ target: '/etc/motd', content: `${nasty}\n`, mode: '0600', uid: 33, gid: 33 }],
    provision: [Script.text('hello', 'echo hello\n')],
  });
  container.connections.allowFrom(host.lan, Port.tcp(80), 'all may look');
  container.addRawLine('lxc.cap.drop', 'sys_rawio');
  container.override('net0.mtu', '1400');
  return container;
}

/** Nothing in this program makes the files of the cards. */
function makeDevices(node: Parameters<NonNullable<ConformanceSubject['arrange']>>[0]): void {
  for (const name of ['nvidia1', 'nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools']) {
    node.writeFile(`/dev/${name}`, '');
  }
}

test('every class of resources that the library exports is in this suite', () => {
  const classes = Object.entries(library).filter(
    ([, it]) => typeof it === 'function' && it.prototype instanceof Resource,
  );
  expect(Object.keys(subjects).sort()).toEqual(classes.map(([name]) => name).sort());
});

describe.each(Object.entries(subjects))('%s', (_, subject) => {
  for (const { name, run } of resourceConformance(subject)) {
    it(name, run);
  }
});
