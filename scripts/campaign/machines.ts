import { createHash } from 'node:crypto';
import {
  Alias,
  App,
  Bridge,
  CloudImage,
  ClusterFirewall,
  DirectoryMapping,
  Port,
  PveNode,
  type PveVersion,
  Stack,
  Storage,
  Subnet,
  VirtualMachine,
  VmTemplate,
  ZfsPool,
} from 'phoenix-cdk';
import { diskImage, SimulatedNode } from 'phoenix-cdk/testing';
import type { Subject } from './subject.js';

const url = 'https://images.test/noble.img';
const image = diskImage(4);

/**
 * A template made of a cloud image and a machine cloned from it, with firmware, TPM, a disk of its own, a shared folder and cloud-init; a bridge,
 * a mapping, and entries of the datacenter's firewall.
 */
export function machinesOn(pveVersion: PveVersion): Subject {
  return {
    name: 'machines',
    vmids: [8000, 8010],
    program: (root) => program(root, pveVersion),
    host: (folder) => host(folder, pveVersion),
  };
}

function program(root: string, pveVersion: PveVersion): App {
  const app = new App({ name: 'campaign', root });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion });
  const inside = new Bridge(pve, 'vmbr1', { ports: ['eno2'] });
  const lan = new Subnet(pve, 'lan', { cidr: '10.20.0.0/24', gateway: '10.20.0.1', bridge: inside });
  const disks = Storage.zfsPool(pve, 'vm-disks', { dataset: ZfsPool.fromName(pve, 'rpool'), content: ['images'] });
  const files = Storage.dir(pve, 'files', { path: '/srv/files', content: ['import', 'snippets'] });
  new ClusterFirewall(pve, 'firewall');
  const office = new Alias(pve, 'office', { cidr: '10.0.0.0/24' });

  const stack = new Stack(app, 'machines', {
    host: pve,
    defaults: { network: lan, vm: { machine: 'q35', bios: 'ovmf', agent: true, serial: ['socket'], vga: 'serial0' } },
  });
  const template = new VmTemplate(stack, 'ubuntu', {
    vmid: 8000,
    image: CloudImage.fromUrl(files, 'ubuntu.qcow2', { url, sha256: createHash('sha256').update(image).digest('hex') }),
    disk: { storage: disks, size: '8GiB' },
    efi: { storage: disks },
  });
  const shared = new DirectoryMapping(stack, 'shared', { path: '/srv/shared' });
  const workstation = new VirtualMachine(stack, 'workstation', {
    vmid: 8010,
    cloneFrom: template,
    address: lan.ip(80),
    disk: { size: '16GiB' },
    disks: [{ key: 'scsi1', storage: disks, size: '4GiB' }],
    tpm: { storage: disks, version: 'v2.0' },
    memory: '4GiB',
    virtiofs: [{ mapping: shared }],
    cloudInit: { storage: disks, snippets: files, user: 'ops', userData: { packages: ['nvtop'] } },
    firewall: {},
    onboot: true,
  });
  workstation.connections.allowFrom(office, Port.tcp(22));
  return app;
}

function host(folder: string, pveVersion: PveVersion): SimulatedNode {
  const node = SimulatedNode.create(folder, { node: 'pve', pveVersion, pools: { rpool: {} } });
  node.onHttp(url, { body: image });
  node.writeFile('/srv/shared/read-me', '');
  return node;
}
