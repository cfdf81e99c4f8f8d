import { DockerProfile, LxcContainer, Port, type Stack } from 'phoenix-cdk';
import type { ModelServerNeeds, ModelServers } from './model-servers.js';
import { script } from './scripts.js';

/** What the services stand on. */
export interface ServiceNeeds extends ModelServerNeeds {
  readonly models: ModelServers;
}

export interface Services {
  readonly qdrant: LxcContainer;
  readonly n8n: LxcContainer;
  readonly openWebui: LxcContainer;
  readonly portainer: LxcContainer;
  readonly monitoring: LxcContainer;
}

/** Guests that run something in Docker. Their own constructs come later; VMID, address and data stay when they do. */
export function services(ai: Stack, { machine, host, templates, gateway, models }: ServiceNeeds): Services {
  const { lan } = machine;
  // The template has Docker already; a clone needs the features, which are no part of a disk.
  const docker = new DockerProfile(ai, 'docker', { install: false });
  const common = { cloneFrom: templates.docker, profiles: [docker], onboot: true, startAfter: [gateway] };
  /** Data that outlives the root disk, and is in the backups. */
  const data = (target: `/${string}`, size: `${number}GiB`) => ({
    target,
    volume: { storage: host.volumes, size },
    backup: true,
  });

  const qdrant = new LxcContainer(ai, 'qdrant', {
    ...common,
    vmid: 952,
    hostname: 'qdrant-vscoderag',
    address: lan.ip(152),
    mac: '52:54:00:67:89:B2',
    cores: 2,
    memory: '2GiB',
    startup: { order: 3, up: 5 },
    mounts: [data('/qdrant/storage', '20GiB')],
    provision: [script('qdrant')],
  });
  const n8n = new LxcContainer(ai, 'n8n', {
    ...common,
    vmid: 954,
    hostname: 'n8n-phoenix',
    address: lan.ip(154),
    mac: '52:54:00:67:89:B4',
    cores: 2,
    memory: '2GiB',
    startup: { order: 3, up: 5 },
    // Had the gateway's keys at /certs, too. It runs the code of its users and speaks plain HTTP behind the gateway: it gets none.
    mounts: [data('/home/node/.n8n', '10GiB')],
    provision: [script('n8n')],
  });
  const openWebui = new LxcContainer(ai, 'open-webui', {
    ...common,
    vmid: 956,
    hostname: 'openwebui-phoenix',
    address: lan.ip(156),
    mac: '52:54:00:67:89:B6',
    cores: 2,
    memory: '2GiB',
    startup: { order: 3, up: 5 },
    startAfter: [gateway, models.ollama],
    // Users and chats were on the root disk only, and gone with the next template.
    mounts: [data('/open-webui', '10GiB')],
    provision: [script('open-webui', { OLLAMA_URL: `http://${models.ollama.address}:11434` })],
  });
  const portainer = new LxcContainer(ai, 'portainer', {
    ...common,
    vmid: 910,
    address: lan.ip(99),
    mac: '52:54:00:67:89:99',
    cores: 6,
    memory: '2GiB', // had 32 GiB for a server that takes 200 MiB
    startup: { order: 4, up: 5 },
    mounts: [data('/data', '10GiB'), { target: '/certs', source: host.certificates, readOnly: true }],
    provision: [script('portainer')],
  });
  const monitoring = new LxcContainer(ai, 'monitoring', {
    ...common, // and so without the 2 GiB of NVIDIA libraries that it had from the template 903: it has no card
    vmid: 960,
    hostname: 'monitoring-stack',
    address: lan.ip(160),
    mac: '52:54:00:67:89:C0',
    cores: 4,
    memory: '4GiB',
    rootfs: { size: '64GiB' },
    startup: { order: 4, up: 5 },
    provision: [script('monitoring')],
  });

  openWebui.connections.allowTo(models.ollama, Port.tcp(11_434), 'chats');
  watch(monitoring, [
    { job: 'vllm', guest: models.qwen, port: 8000 },
    { job: 'vllm', guest: models.embed, port: 8000 },
    { job: 'llamacpp', guest: models.llamacpp, port: 8081 },
    { job: 'qdrant', guest: qdrant, port: 6333 },
  ]);
  return { qdrant, n8n, openWebui, portainer, monitoring };
}

/** Prometheus reads the list again by itself when it changes; the port is opened to it. */
function watch(
  monitoring: LxcContainer,
  targets: readonly { job: string; guest: LxcContainer | ModelServers['qwen']; port: number }[],
): void {
  for (const { guest, port } of targets) {
    monitoring.connections.allowTo(guest, Port.tcp(port), 'metrics');
  }
  const list = targets.map(({ job, guest, port }) => ({ targets: [`${guest.address}:${port}`], labels: { job } }));
  monitoring.addFile({ target: '/opt/monitoring/targets.json', content: `${JSON.stringify(list, undefined, 2)}\n` });
}
