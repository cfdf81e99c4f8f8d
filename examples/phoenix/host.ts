import {
  type App,
  ClusterFirewall,
  type DatasetFolder,
  HostFirewall,
  IpSet,
  NvidiaDriver,
  Stack,
  Storage,
  unprivilegedOwner,
  VllmContainer,
  ZfsDataset,
  ZfsPool,
} from 'phoenix-cdk';
import type { Machine } from './machine.js';

/** Users that the scripts of the model servers make, by number, so that the host can say whose the folders are. */
const users = { ollama: 991, llama: 992 } as const;

/** Driver, datasets and storages: what guests stand on. */
export class HostStack extends Stack {
  readonly driver: NvidiaDriver;
  /** Root disks of all containers. */
  readonly rootDisks: Storage;
  /** Disks of all machines. */
  readonly vmDisks: Storage;
  /** Disks for the data of single guests. */
  readonly volumes: Storage;
  /** Archives and images that guests are made from, and the documents of cloud-init. */
  readonly archives: Storage;
  readonly modelFolders: {
    readonly vllm: DatasetFolder;
    readonly ollama: DatasetFolder;
    readonly llamacpp: DatasetFolder;
  };
  /** Certificates and keys of the gateway. */
  readonly certificates: DatasetFolder;
  readonly gatewayLogs: DatasetFolder;

  constructor(app: App, id: string, machine: Machine) {
    super(app, id, { host: machine });

    // Once for the host and all guests. The cards are Blackwell, which runs with the open kernel modules only.
    this.driver = new NvidiaDriver(this, 'driver', {
      version: '580.76.05',
      flavor: 'open',
      sha256: '219be636b60931b021b2e8c1e0eff887363c731f8a940caa87bcc054d05d97fd',
    });

    // Nobody was let in by name, and the switch stood where nothing read it. `management` is who reaches the web interface and ssh of the host
    // while everything else is dropped; Proxmox adds the host's own network, and this says so where people look for it.
    new IpSet(this, 'management', {
      entries: [{ cidr: machine.lan.networkText, comment: 'the house' }],
      comment: 'who administers the host',
    });
    new ClusterFirewall(this, 'firewall', { enabled: true, inbound: 'DROP', outbound: 'ACCEPT' });
    new HostFirewall(this, 'host-firewall', {
      rules: [
        { macro: 'Ping', source: machine.lan.networkText, comment: 'is it there?' },
        { macro: 'SMB', source: machine.lan.networkText, comment: "people's files" },
        { protocol: 'tcp', ports: '2049', source: machine.lan.networkText, comment: 'NFS' },
      ],
    });

    // Pools hold data: they are referred to, and never made, changed or destroyed from here.
    const quickOS = ZfsPool.fromName(this, 'quickOS'); // two 2 TB disks, mirrored
    const fastData = ZfsPool.fromName(this, 'fastData'); // one 4 TB disk, no redundancy

    const common = { compression: 'lz4', sync: 'standard' } as const;
    const vmDisks = new ZfsDataset(this, 'vm-disks', {
      ...common,
      parent: quickOS,
      recordsize: '128K',
      quota: '800GiB',
    });
    const lxcDisks = new ZfsDataset(this, 'lxc-disks', {
      ...common,
      parent: quickOS,
      recordsize: '16K',
      quota: '600GiB',
    });
    const volumes = new ZfsDataset(this, 'shared-prod-data-volumes', {
      ...common,
      parent: quickOS,
      recordsize: '128K',
      quota: '400GiB',
    });
    const backups = new ZfsDataset(this, 'shared-backups', {
      parent: fastData,
      recordsize: '1M',
      compression: 'zstd',
      sync: 'standard',
      quota: '2TiB',
    });
    // Was there a second time as fastData/fastData-shared-iso, for a storage of the same name. If that one exists, look into it by hand.
    const iso = new ZfsDataset(this, 'shared-iso', { ...common, parent: fastData, recordsize: '1M', quota: '100GiB' });

    this.vmDisks = Storage.zfsPool(this, 'quickOS-vm-disks', { dataset: vmDisks, content: ['images'] });
    this.rootDisks = Storage.zfsPool(this, 'quickOS-lxc-disks', { dataset: lxcDisks, content: ['rootdir'] });
    this.volumes = Storage.zfsPool(this, 'quickOS-shared-prod-data-volumes', {
      dataset: volumes,
      content: ['images', 'rootdir'],
    });
    Storage.dir(this, 'fastData-shared-backups', { dataset: backups, content: ['backup'] });
    this.archives = Storage.dir(this, 'fastData-shared-iso', {
      dataset: iso,
      content: ['import', 'iso', 'snippets', 'vztmpl'],
    });

    // People's files, shared by Samba and NFS. No storages of Proxmox any more: it would make its disks between them.
    const prodData = new ZfsDataset(this, 'shared-prod-data', {
      ...common,
      parent: quickOS,
      recordsize: '128K',
      quota: '400GiB',
    });
    new ZfsDataset(this, 'shared-prod-data-sync', {
      parent: quickOS,
      recordsize: '16K',
      compression: 'lz4',
      sync: 'always',
      quota: '100GiB',
    });
    new ZfsDataset(this, 'shared-test-data', { ...common, parent: fastData, recordsize: '128K', quota: '500GiB' });
    // 1.4T was asked for, which is no whole number of bytes.
    const bulk = new ZfsDataset(this, 'shared-bulk-data', {
      ...common,
      parent: fastData,
      recordsize: '1M',
      quota: '1400GiB',
    });

    // One folder a server. Datasets would be better, each with a quota of its own; but the weights are already there.
    this.modelFolders = {
      vllm: bulk.folder('vllm_models', { owner: VllmContainer.modelOwner }),
      ollama: bulk.folder('ollama_models', { owner: unprivilegedOwner(users.ollama) }),
      llamacpp: bulk.folder('llamacpp_models', { owner: unprivilegedOwner(users.llama) }),
    };
    // Keys lie here. The folder is shared by Samba too, whose constructs come later.
    this.certificates = prodData.folder('ssl', { owner: unprivilegedOwner(0), mode: '0750' });
    this.gatewayLogs = prodData.folder('logs/nginx', { owner: unprivilegedOwner(0) });
  }
}
