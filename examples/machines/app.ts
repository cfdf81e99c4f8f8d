import {
  App,
  type AppProps,
  CloudImage,
  Gpu,
  type ImageSource,
  PciMapping,
  PveNode,
  Stack,
  Storage,
  Subnet,
  VirtualMachine,
  VmTemplate,
  ZfsPool,
} from 'phoenix-cdk';

/** Ubuntu 24.04 of 13 December 2025, with the checksum that stands beside it in SHA256SUMS. */
const ubuntu: ImageSource = {
  url: 'https://cloud-images.ubuntu.com/releases/noble/release-20251213/ubuntu-24.04-server-cloudimg-amd64.img',
  sha256: '2b5f90ffe8180def601c021c874e55d8303e8bcbfc66fee2b94414f43ac5eb1f',
};

/** A template made of a cloud image, and a workstation cloned from it that has a card for itself. */
export function machinesApp({
  image = ubuntu,
  ...props
}: Pick<AppProps, 'outdir'> & { image?: ImageSource } = {}): App {
  const app = new App({ name: 'machines', root: import.meta.dirname, ...props });

  const pve = new PveNode(app, 'pve', {
    address: '192.168.1.10',
    pveVersion: '9.1',
    cores: 16,
    memory: '128GiB',
    gpus: [Gpu.rtx4090({ pci: '0000:01:00.0' })],
  });
  const lan = new Subnet(pve, 'lan', { cidr: '192.168.1.0/24', gateway: '192.168.1.1', bridge: 'vmbr0' });
  const rpool = ZfsPool.fromName(pve, 'rpool');
  const disks = Storage.zfsPool(pve, 'vm-disks', { dataset: rpool, content: ['images'], sparse: true });
  const files = Storage.dir(pve, 'files', { path: '/srv/files', content: ['import', 'snippets'] });

  const stack = new Stack(app, 'machines', {
    host: pve,
    restart: 'when-needed',
    defaults: {
      network: lan,
      vm: { machine: 'q35', bios: 'ovmf', cpu: 'host', agent: true, serial: ['socket'], vga: 'serial0' },
    },
  });

  // Fetched once and checked. Ubuntu calls the file .img; Proxmox goes by the ending, and it is a qcow2.
  const noble = CloudImage.fromUrl(files, 'ubuntu-24.04-20251213.qcow2', image);
  const template = new VmTemplate(stack, 'ubuntu', {
    vmid: 8000,
    image: noble,
    disk: { storage: disks, size: '8GiB', discard: true, ssd: true },
    efi: { storage: disks, preEnrolledKeys: true },
    cores: 2,
    memory: '2GiB',
  });

  // Name of the card in the cluster: permissions and moves to another node go by it. The card is no longer the host's: its driver there is
  // vfio-pci, by the kernel's command line. Subsystem and group are this host's, as `pvesh get /nodes/pve/hardware/pci` shows them: Proxmox
  // compares them, and starts no machine with a card of which they are not said.
  const card = new PciMapping(stack, 'rtx4090', {
    maps: [{ path: '0000:01:00', id: '10de:2684', subsystemId: '1043:889a', iommuGroup: 14 }],
  });
  new VirtualMachine(stack, 'workstation', {
    vmid: 8010,
    cloneFrom: template,
    cloneMode: 'full', // it stays when the template is replaced
    address: lan.ip(80),
    disk: { size: '200GiB' },
    tpm: { storage: disks, version: 'v2.0' },
    cores: 12,
    memory: '64GiB',
    balloon: '0MiB', // memory of a passed-through card is pinned
    hostPci: [{ mapping: card, pcie: true }],
    cloudInit: {
      storage: disks,
      snippets: files,
      user: 'ops',
      // yours: a machine without a key lets in nobody
      sshKeys: [],
      userData: {
        packages: ['build-essential', 'nvtop', 'ubuntu-drivers-common'],
        runcmd: [['ubuntu-drivers', 'install', '--gpgpu']],
        writeFiles: [{ path: '/etc/motd', content: 'Set up by cloud-init. Changes belong into the program.\n' }],
      },
    },
    onboot: true,
  });
  return app;
}
