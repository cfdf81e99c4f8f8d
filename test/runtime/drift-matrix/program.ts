import { createHash } from 'node:crypto';
import { App } from '../../../src/core/app.js';
import { type Completion, type Outcome, Resource } from '../../../src/core/resource.js';
import { Stack } from '../../../src/core/stack.js';
import { Alias } from '../../../src/firewall/alias.js';
import { ClusterFirewall } from '../../../src/firewall/cluster-firewall.js';
import { HostFirewall } from '../../../src/firewall/host-firewall.js';
import { IpSet } from '../../../src/firewall/ip-set.js';
import { SecurityGroup } from '../../../src/firewall/security-group.js';
import { Script } from '../../../src/guest/script.js';
import { DirectoryMapping } from '../../../src/host/directory-mapping.js';
import { PciMapping } from '../../../src/host/pci-mapping.js';
import { PveNode } from '../../../src/host/pve-node.js';
import { UsbMapping } from '../../../src/host/usb-mapping.js';
import { LxcContainer } from '../../../src/lxc/lxc-container.js';
import { LxcTemplate } from '../../../src/lxc/lxc-template.js';
import { content } from '../../../src/model/content.js';
import type { Probe, Step } from '../../../src/model/step.js';
import { Bridge } from '../../../src/network/bridge.js';
import { Subnet } from '../../../src/network/subnet.js';
import { Secret } from '../../../src/secrets/secret.js';
import { CloudImage } from '../../../src/storage/cloud-image.js';
import { IsoImage } from '../../../src/storage/iso-image.js';
import { OciImage } from '../../../src/storage/oci-image.js';
import { OsTemplate } from '../../../src/storage/os-template.js';
import { Storage } from '../../../src/storage/storage.js';
import { VirtualMachine } from '../../../src/vm/virtual-machine.js';
import { VmTemplate } from '../../../src/vm/vm-template.js';
import { ZfsDataset } from '../../../src/zfs/zfs-dataset.js';
import { ZfsPool } from '../../../src/zfs/zfs-pool.js';

/** What the mirror has under the name of the image. */
export const isoText = 'an image\n';
export const isoUrl = 'https://mirror.test/tools.iso';
export const ociReference = 'docker.io/library/nginx:1.27';
export const healthUrl = 'http://10.0.0.31/health';

/** Where a program lies, and where its assembly goes. */
export interface Places {
  readonly root: string;
  readonly outdir: string;
}

/**
 * A host with something of every kind that the applier looks after. `isYoung`: before anything was done inside of container 932, so that a
 * snapshot of that time can be taken.
 */
export function labApp(places: Places, { isYoung = false } = {}): App {
  const app = new App({ name: 'lab', ...places });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion: '9.1' });
  const host = new Stack(app, 'host', { host: pve });
  const shared = hostResources(host);
  network(host);
  new Odds(host, 'odds');
  const lan = new Subnet(pve, 'lan', { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' });
  containers(new Stack(app, 'ct', { host: pve, defaults: { network: lan } }), shared, isYoung);
  machines(new Stack(app, 'vm', { host: pve, defaults: { network: lan } }), shared);
  return app;
}

/** The same host with secrets wherever there can be some. */
export function vaultApp(places: Places, vault: string): App {
  const app = new App({ name: 'lab', ...places, vault });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion: '9.1' });
  const host = new Stack(app, 'host', { host: pve });
  const lan = new Subnet(pve, 'lan', { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' });
  const disk = { storage: Storage.fromName(host, 'local-zfs'), size: '4GiB' } as const;
  const share = { server: '10.0.0.5', share: 'backup', username: 'lab', content: ['backup'] } as const;
  Storage.cifs(host, 'nas', { ...share, password: Secret.fromVault('nas') });
  const guests = new Stack(app, 'ai', { host: pve, defaults: { network: lan } });
  const snippets = Storage.dir(host, 'files', { path: '/srv/files', content: ['snippets'] });
  const key = content`${Secret.fromVault('key')}`;
  new VirtualMachine(guests, 'docker', {
    vmid: 8010,
    disk,
    address: '10.0.0.80',
    cloudInit: {
      storage: disk.storage,
      snippets,
      user: 'ops',
      sshKeys: [],
      userData: { writeFiles: [{ path: '/etc/key', content: key }] },
    },
  });
  new LxcContainer(guests, 'web', {
    vmid: 931,
    from: OsTemplate.fromName(Storage.fromName(host, 'local'), debianArchive),
    rootfs: disk,
    address: '10.0.0.31',
    files: [{ target: '/etc/token', content: content`${Secret.fromVault('token')}` }],
  });
  return app;
}

export const secrets = ['nas', 'key', 'token'];
export const debianArchive = 'debian-13-standard_13.1-2_amd64.tar.zst';

type Shared = ReturnType<typeof hostResources>;

function hostResources(host: Stack) {
  const rpool = ZfsPool.fromName(host, 'rpool');
  const tank = new ZfsPool(host, 'tank', {
    vdevs: [{ type: 'mirror', devices: ['/dev/disk/by-id/disk-1', '/dev/disk/by-id/disk-2'] }],
  });
  const models = new ZfsDataset(host, 'models', {
    parent: rpool,
    recordsize: '1M',
    compression: 'lz4',
    quota: '100GiB',
  });
  const images = new ZfsDataset(host, 'images', { parent: rpool });
  new ZfsDataset(host, 'archive', { parent: tank, properties: { casesensitivity: 'sensitive' } });
  const bulk = new ZfsDataset(host, 'bulk', { parent: tank });
  ZfsPool.fromName(host, 'people');
  ZfsDataset.fromName(host, 'people/home');
  const folder = models.folder('qwen', { owner: { uid: 100_000, gid: 100_000 }, mode: '0750' });

  const local = Storage.fromName(host, 'local');
  const disks = Storage.fromName(host, 'local-zfs');
  Storage.zfsPool(host, 'bulk-disks', { dataset: bulk, content: ['images', 'rootdir'] });
  const files = Storage.dir(host, 'files', { dataset: images, content: ['import', 'iso', 'snippets'] });
  const debian = OsTemplate.fromCatalogue(local, debianArchive);
  const image = CloudImage.fromName(files, 'debian.qcow2');
  const sha256 = createHash('sha256').update(isoText).digest('hex');
  const tools = IsoImage.fromUrl(files, 'tools.iso', { url: isoUrl, sha256 });
  OciImage.fromRegistry(local, ociReference);

  const map = { path: '0000:01:00', id: '10de:2684', subsystemId: '1043:889a', iommuGroup: 14 };
  const card = new PciMapping(host, 'card', { maps: [map], mdev: false });
  new UsbMapping(host, 'stick', { id: '1050:0407' });
  new DirectoryMapping(host, 'pictures', { path: '/srv' });
  PciMapping.fromName(host, 'theirs');
  return { folder, disks, files, debian, image, tools, card };
}

function network(host: Stack): void {
  new Bridge(host, 'vmbr0', { address: '10.0.0.13/24', gateway: '10.0.0.1', ports: ['eno1'] });
  new Bridge(host, 'vmbr1', { ports: ['eno2'], mtu: 1400, comment: 'guests only' });
  new Alias(host, 'router', { cidr: '10.0.0.1' });
  new IpSet(host, 'admins', { entries: [{ cidr: '10.0.0.7' }] });
  new SecurityGroup(host, 'web', { rules: [{ macro: 'HTTPS' }] });
  const rule = { protocol: 'tcp', ports: '22', source: '+admins' } as const;
  new ClusterFirewall(host, 'firewall', { enabled: true, outbound: 'ACCEPT', rules: [rule, { macro: 'Ping' }] });
  new HostFirewall(host, 'host-firewall', { ndp: true, rules: [{ macro: 'NTP' }] });
}

function containers(ct: Stack, { debian, disks, folder }: Shared, isYoung: boolean): void {
  const rootfs = { storage: disks, size: '4GiB' } as const;
  const fromArchive = { from: debian, rootfs } as const;
  const inside = {
    files: [{ target: '/etc/motd', content: 'inside\n' }],
    provision: [Script.text('setup', 'true\n')],
  } as const;
  const base = new LxcTemplate(ct, 'base', { vmid: 900, ...fromArchive, provision: inside.provision });
  new LxcContainer(ct, 'qwen', {
    vmid: 930,
    cloneFrom: base,
    rootfs,
    address: '10.0.0.30',
    cores: 2,
    cpulimit: 2,
    memory: '2GiB',
    swap: '512MiB',
    features: { nesting: true },
    devices: [{ path: '/dev/fuse', mode: '0666' }],
    mounts: [
      { target: '/models', source: folder, readOnly: true },
      { target: '/data', volume: { storage: disks, size: '1GiB' } },
    ],
    nameservers: ['10.0.0.1'],
    tags: ['ai', 'lab'],
    startup: { order: 3 },
    env: { STAGE: 'lab' },
    firewall: {},
    onboot: true,
  });
  const web = new LxcContainer(ct, 'web', {
    vmid: 931,
    ...fromArchive,
    address: '10.0.0.31',
    memory: '512MiB',
    ...inside,
  });
  new LxcContainer(ct, 'db', {
    vmid: 932,
    ...fromArchive,
    address: '10.0.0.32',
    memory: '512MiB',
    ...(isYoung ? {} : inside),
  });
  web.override('cpuunits', undefined);
  new LxcContainer(ct, 'old', { vmid: 940, from: 'adopted', rootfs, address: '10.0.0.40', protection: true });
}

function machines(vm: Stack, { image, disks, files, card, tools }: Shared): void {
  const disk = { storage: disks, size: '4GiB' } as const;
  const template = new VmTemplate(vm, 'debian', { vmid: 8000, image, disk, memory: '1GiB' });
  new VirtualMachine(vm, 'docker', {
    vmid: 8010,
    cloneFrom: template,
    address: '10.0.0.80',
    cores: 2,
    memory: '2GiB',
    agent: true,
    disks: [{ storage: disks, size: '1GiB', key: 'scsi1' }],
    cdroms: [{ iso: tools, key: 'ide3' }],
    hostPci: [{ mapping: card }],
    cloudInit: { storage: disks, snippets: files, user: 'ops', sshKeys: [], userData: { packages: ['docker.io'] } },
    tags: ['lab'],
    onboot: true,
  });
  new VirtualMachine(vm, 'plain', { vmid: 8020, disk, address: '10.0.0.82', memory: '1GiB', cores: 1 });
}

const unit = 'exporter.service';

/** One `run` step a question: its name, the question, the commands, and what people have to do where there are none. */
const probed: readonly [name: string, probe: Probe, commands: string[][], fix?: string][] = [
  ['unit', { probe: 'unit', unit, state: 'active' }, [['systemctl', 'start', unit]]],
  ['enabled', { probe: 'unit', unit, state: 'enabled' }, [['systemctl', 'enable', unit]]],
  [
    'package',
    { probe: 'package', package: 'prometheus-node-exporter' },
    [],
    'apt-get install prometheus-node-exporter',
  ],
  [
    'file',
    { probe: 'file', path: '/etc/odds.conf', matches: '^mode=fast$' },
    [],
    'write mode=fast into /etc/odds.conf',
  ],
  [
    'sub-ids',
    { probe: 'sub-ids', path: '/etc/subuid', first: 100_000, count: 65_536 },
    [],
    'add root:100000:65536 to /etc/subuid',
  ],
  [
    'property',
    { probe: 'zfs-property', dataset: 'rpool/data', property: 'atime', value: 'off' },
    [['zfs', 'set', 'atime=off', 'rpool/data']],
  ],
  ['key', { probe: 'config-key', vmid: 941, key: 'onboot', value: '1' }, [['pct', 'set', '941', '--onboot', '1']]],
  ['state', { probe: 'guest-state', vmid: 941, state: 'running' }, [['pct', 'start', '941']]],
  [
    'argv',
    { probe: 'argv', argv: ['zfs', 'list', 'rpool/extra'], satisfied: [0], absent: [1] },
    [['zfs', 'create', 'rpool/extra']],
  ],
];

/** Kinds of steps that no construct of the library makes as these tests need them. */
class Odds extends Resource {
  readonly identity = 'odds/pve';

  complete(_completion: Completion): object {
    return {};
  }

  describe(): Outcome {
    const base = { resource: this.identity, path: this.node.path, needs: [] };
    const steps: Step[] = [
      ...probed.map(
        ([name, probe, commands, fix]): Step => ({
          ...base,
          kind: 'run',
          id: `${this.identity}/${name}`,
          title: name,
          probes: [probe],
          commands,
          ...(fix === undefined ? {} : { fix }),
        }),
      ),
      {
        ...base,
        kind: 'health',
        id: `${this.identity}/health`,
        title: 'web answers',
        needs: ['guest/931/start'],
        url: healthUrl,
        status: 200,
        retries: 1,
        intervalSeconds: 1,
      },
      {
        ...base,
        kind: 'guest-state',
        id: 'guest/940/stopped',
        resource: 'guest/940',
        title: 'stopped',
        needs: ['guest/940/last'],
        vmid: 940,
        type: 'lxc',
        state: 'stopped',
        mounts: [],
        timeoutSeconds: 5,
      },
      { ...base, kind: 'note', id: `${this.identity}/note`, title: 'note', text: 'reboot some day' },
    ];
    return { files: [], steps };
  }
}
