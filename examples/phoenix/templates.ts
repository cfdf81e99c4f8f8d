import { type App, baseTools, DockerProfile, LxcTemplate, OsTemplate, Stack, VllmContainer } from 'phoenix-cdk';
import { guestDefaults } from './guest-defaults.js';
import type { HostStack } from './host.js';
import type { Machine } from './machine.js';
import { script } from './scripts.js';

/**
 * Root disks that guests are cloned from.
 *
 *     900 base ─┬─ 901 gpu ─┬─ 920 vllm
 *               │           └─ 903 docker-gpu
 *               └─ 902 docker
 *
 * A clone takes the disk and nothing else. A template holds a card only while it is made, so that none is promised to it afterwards.
 */
export class TemplateStack extends Stack {
  readonly base: LxcTemplate;
  readonly gpu: LxcTemplate;
  readonly docker: LxcTemplate;
  readonly dockerGpu: LxcTemplate;
  readonly vllm: LxcTemplate;

  constructor(app: App, id: string, machine: Machine, host: HostStack) {
    // Half of the 32 GiB that they had: no clone can be smaller than its template, and nothing of this takes more.
    const small = { rootfs: { size: '16GiB' }, cores: 2, memory: '2GiB' } as const;
    super(app, id, { host: machine, defaults: guestDefaults(machine, host) });
    const { lan } = machine;
    const docker = new DockerProfile(this, 'docker-engine');

    this.base = new LxcTemplate(this, 'base', {
      ...small,
      vmid: 900,
      hostname: 'template-base',
      address: lan.ip(200),
      mac: '52:54:00:AA:BB:CC',
      // Proxmox's catalogue knows the checksum, and pveam checks it.
      from: OsTemplate.fromCatalogue(host.archives, 'ubuntu-24.04-standard_24.04-2_amd64.tar.zst'),
      provision: [baseTools()],
    });
    this.gpu = new LxcTemplate(this, 'gpu', {
      ...small,
      vmid: 901,
      hostname: 'template-gpu',
      address: lan.ip(201),
      mac: '52:54:00:AA:BB:CD',
      cloneFrom: this.base,
      gpus: [machine.gpu(0)],
      provision: [host.driver.userspace()],
    });
    this.docker = new LxcTemplate(this, 'docker', {
      ...small,
      vmid: 902,
      hostname: 'template-docker',
      address: lan.ip(202),
      mac: '52:54:00:AA:BB:CE',
      cloneFrom: this.base,
      profiles: [docker],
    });
    this.dockerGpu = new LxcTemplate(this, 'docker-gpu', {
      ...small,
      vmid: 903,
      hostname: 'template-docker-gpu',
      address: lan.ip(203),
      mac: '52:54:00:AA:BB:CF',
      cloneFrom: this.gpu,
      profiles: [docker],
      provision: [script('nvidia-container-toolkit')],
    });
    this.vllm = new LxcTemplate(this, 'vllm', {
      vmid: 920,
      hostname: 'template-vllm',
      address: lan.ip(220),
      mac: '52:54:00:AA:BB:D1',
      cloneFrom: this.gpu,
      // The Python environment takes about 12 GiB of disk; pip unpacks one wheel at a time and never needed 72,000 MiB.
      rootfs: { size: '32GiB' },
      cores: 10,
      memory: '8GiB',
      gpus: [machine.gpu(0)],
      provision: [VllmContainer.runtime({ vllm: '0.15.1' })],
    });
  }
}
