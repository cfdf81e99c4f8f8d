import { PhoenixError, type Problem } from '../../src/base/errors.js';
import { Stack, type StackProps } from '../../src/core/stack.js';
import { Gpu } from '../../src/host/gpu.js';
import { PveNode, type PveNodeProps } from '../../src/host/pve-node.js';
import { LxcContainer } from '../../src/lxc/lxc-container.js';
import { LxcTemplate, type LxcTemplateProps } from '../../src/lxc/lxc-template.js';
import type { LxcContainerProps } from '../../src/lxc/props.js';
import { Subnet } from '../../src/network/subnet.js';
import { OsTemplate } from '../../src/storage/os-template.js';
import { Storage } from '../../src/storage/storage.js';
import { type Synthesized, synthesized, testApp } from '../../src/testing/index.js';
import { ZfsDataset } from '../../src/zfs/zfs-dataset.js';
import { ZfsPool } from '../../src/zfs/zfs-pool.js';

export const debian = 'debian-13-standard_13.1-2_amd64.tar.zst';

export interface SmallHostOptions {
  readonly host?: Partial<PveNodeProps>;
  readonly stack?: Omit<StackProps, 'host'>;
}

/** An app with one host that has two cards, a pool, two storages, an archive and a network, and a stack for guests. */
export class SmallHost {
  readonly app = testApp();
  readonly pve: PveNode;
  readonly lan: Subnet;
  readonly base: Stack;
  readonly rpool: ZfsPool;
  readonly disks: Storage;
  readonly local: Storage;
  readonly archive: OsTemplate;
  readonly ai: Stack;

  constructor(options: SmallHostOptions = {}) {
    this.pve = new PveNode(this.app, 'pve', {
      address: '10.0.0.13',
      pveVersion: '9.1',
      gpus: [Gpu.rtx4090({ pci: '0000:01:00.0' }), Gpu.rtx4090({ pci: '0000:02:00.0' })],
      ...options.host,
    });
    this.lan = new Subnet(this.pve, 'lan', { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' });
    this.base = new Stack(this.app, 'base', { host: this.pve });
    this.rpool = ZfsPool.fromName(this.base, 'rpool');
    this.disks = Storage.fromName(this.base, 'local-zfs');
    this.local = Storage.fromName(this.base, 'local');
    this.archive = OsTemplate.fromCatalogue(this.local, debian);
    this.ai = new Stack(this.app, 'ai', { host: this.pve, ...options.stack });
  }

  /** A container from the archive; what is not given is as small as it can be. */
  container(id: string, props: LxcContainerProps = {}): LxcContainer {
    const source = props.cloneFrom === undefined ? { from: this.archive } : {};
    return new LxcContainer(this.ai, id, { ...source, rootfs: { storage: this.disks, size: '4GiB' }, ...props });
  }

  template(id: string, props: LxcTemplateProps = {}): LxcTemplate {
    return new LxcTemplate(this.ai, id, {
      from: this.archive,
      rootfs: { storage: this.disks, size: '4GiB' },
      ...props,
    });
  }

  dataset(name: string): ZfsDataset {
    return new ZfsDataset(this.base, name, { parent: this.rpool });
  }

  synth(): Synthesized {
    return synthesized(this.app);
  }
}

/** The problems that an action throws; none if it does not throw. */
export function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action();
  } catch (error) {
    if (PhoenixError.isPhoenixError(error)) return error.problems;
    throw error;
  }
  return [];
}

/** The codes of the problems that an action throws. */
export function codesOf(action: () => unknown): string[] {
  return problemsOf(action).map(({ code }) => code);
}
