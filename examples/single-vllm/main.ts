// One machine, one card, one model server: the smallest program that does something useful.
import {
  App,
  baseTools,
  Gpu,
  LxcTemplate,
  NvidiaDriver,
  OsTemplate,
  Port,
  PveNode,
  Stack,
  Storage,
  Subnet,
  VllmContainer,
  ZfsDataset,
  ZfsPool,
} from 'phoenix-cdk';

const app = new App({ name: 'single-vllm', root: import.meta.dirname });

// The machine: what is really there.
const pve = new PveNode(app, 'pve', {
  address: '192.168.1.10',
  pveVersion: '9.1',
  cores: 16,
  memory: '64GiB',
  gpus: [Gpu.rtx4090({ pci: '0000:01:00.0' })],
});
const lan = new Subnet(pve, 'lan', { cidr: '192.168.1.0/24', gateway: '192.168.1.1', bridge: 'vmbr0' });

// What belongs to the host.
const host = new Stack(app, 'host', { host: pve });
const driver = new NvidiaDriver(host, 'driver', { version: '580.76.05' });
const rpool = ZfsPool.fromName(host, 'rpool');
const disks = Storage.zfsPool(host, 'guests', {
  dataset: new ZfsDataset(host, 'guest-disks', { parent: rpool, name: 'guests', quota: '400GiB' }),
  content: ['rootdir'],
});
const models = new ZfsDataset(host, 'models', { parent: rpool, recordsize: '1M', atime: false, quota: '500GiB' });

// The guests.
const ai = new Stack(app, 'ai', {
  host: pve,
  defaults: { network: lan, rootfs: { storage: disks, size: '32GiB' }, features: { nesting: true } },
});
const vllm = new LxcTemplate(ai, 'vllm', {
  from: OsTemplate.fromCatalogue(Storage.fromName(host, 'local'), 'debian-13-standard_13.1-2_amd64.tar.zst'),
  memory: '16GiB',
  gpus: [pve.gpu(0)], // while it is made; a template holds no card afterwards
  provision: [baseTools(), driver.userspace(), VllmContainer.runtime({ vllm: '0.15.1' })],
});
const qwen = new VllmContainer(ai, 'qwen', {
  cloneFrom: vllm,
  cores: 8,
  memory: '24GiB',
  onboot: true,
  gpus: [pve.gpu(0)],
  model: 'Qwen/Qwen2.5-7B-Instruct-AWQ',
  maxModelLen: 32_768,
  models: models.folder('vllm', { owner: VllmContainer.modelOwner }),
  firewall: {},
});
qwen.connections.allowFrom(lan, Port.tcp(qwen.endpoint.port), 'the office may ask');

app.acknowledge('gpu/driver-unchecked', {
  reason: 'The installer comes from NVIDIA by https; its checksum is not published.',
});
app.acknowledge('firewall/datacenter-switch', { reason: 'Switched on by hand when the host was set up.' });
app.synth();
