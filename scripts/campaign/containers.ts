import {
  App,
  baseTools,
  Gpu,
  LxcContainer,
  LxcTemplate,
  NvidiaDriver,
  OsTemplate,
  Port,
  PveNode,
  type PveVersion,
  Script,
  Stack,
  Storage,
  Subnet,
  VllmContainer,
  ZfsDataset,
  ZfsPool,
} from 'phoenix-cdk';
import { SimulatedNode } from 'phoenix-cdk/testing';
import type { Subject } from './subject.js';

const archive = 'debian-13-standard_13.1-2_amd64.tar.zst';
const driver = '580.76.05';

/**
 * A host as people have it, small: an archive, a storage, datasets, two templates in a chain, and two clones, of which one serves a model
 * behind its firewall and the other has a disk of its own.
 */
export function containersOn(pveVersion: PveVersion): Subject {
  return {
    name: 'containers',
    vmids: [900, 901, 950, 951],
    program: (root) => program(root, pveVersion),
    host: (folder) => host(folder, pveVersion),
  };
}

function program(root: string, pveVersion: PveVersion): App {
  const app = new App({ name: 'campaign', root });
  const pve = new PveNode(app, 'pve', {
    address: '10.0.0.13',
    pveVersion,
    gpus: [Gpu.rtx4090({ pci: '0000:01:00.0' })],
  });
  const lan = new Subnet(pve, 'lan', { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' });
  const host = new Stack(app, 'host', { host: pve });
  const nvidia = new NvidiaDriver(host, 'driver', { version: driver });
  const rpool = ZfsPool.fromName(host, 'rpool');
  const disks = Storage.zfsPool(host, 'guests', {
    dataset: new ZfsDataset(host, 'guest-disks', { parent: rpool, name: 'guests', quota: '400GiB' }),
    content: ['rootdir'],
  });
  const models = new ZfsDataset(host, 'models', { parent: rpool, recordsize: '1M', quota: '100GiB' });

  const guests = new Stack(app, 'guests', {
    host: pve,
    defaults: { network: lan, rootfs: { storage: disks, size: '4GiB' }, features: { nesting: true } },
  });
  const base = new LxcTemplate(guests, 'base', {
    vmid: 900,
    from: OsTemplate.fromCatalogue(Storage.fromName(host, 'local'), archive),
    provision: [baseTools()],
  });
  const runtime = new LxcTemplate(guests, 'runtime', {
    vmid: 901,
    cloneFrom: base,
    gpus: [pve.gpu(0)],
    provision: [nvidia.userspace(), VllmContainer.runtime({ vllm: '0.15.1' })],
  });
  const qwen = new VllmContainer(guests, 'qwen', {
    vmid: 950,
    cloneFrom: runtime,
    address: lan.ip(150),
    cores: 8,
    memory: '24GiB',
    rootfs: { size: '8GiB' },
    onboot: true,
    gpus: [pve.gpu(0)],
    model: 'Qwen/Qwen2.5-7B-Instruct-AWQ',
    maxModelLen: 32_768,
    models: models.folder('vllm', { owner: VllmContainer.modelOwner }),
    firewall: {},
  });
  qwen.connections.allowFrom(lan, Port.tcp(qwen.endpoint.port), 'the office may ask');
  new LxcContainer(guests, 'database', {
    vmid: 951,
    cloneFrom: base,
    onboot: true,
    protection: true,
    mounts: [{ target: '/var/lib/data', volume: { storage: disks, size: '2GiB' } }],
    provision: [Script.text('mark', 'touch /var/lib/data/mark\n')],
  });
  return app;
}

function host(folder: string, pveVersion: PveVersion): SimulatedNode {
  const node = SimulatedNode.create(folder, {
    node: 'pve',
    pveVersion,
    nvidia: { version: driver, cards: 1 },
    osTemplates: { [`local:vztmpl/${archive}`]: { available: true } },
  });
  node.onHttp('http://10.0.0.150:8000/health', { whileRunning: 950 });
  return node;
}
