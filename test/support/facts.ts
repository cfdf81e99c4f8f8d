import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { App } from '../../src/core/app.js';
import { type Facts, factsSchema } from '../../src/model/facts.js';
import { renderFacts } from '../../src/toolkit/facts/render.js';

/** Facts of the host that `SmallHost` declares, as all is well there. */
export function factsOf(changes: Partial<Facts> = {}): Facts {
  return factsSchema().parse({
    version: 1,
    takenAt: '2026-06-12T14:15:02Z',
    node: 'pve',
    pveVersion: '9.1.4',
    cores: 16,
    memory: 62 * 1024 ** 3,
    displayDevices: [card('0000:01:00.0', 0), card('0000:02:00.0', 1)],
    nvidia: { version: '580.76.05', flavor: 'open' },
    pools: [{ name: 'rpool', health: 'ONLINE', size: 1000, free: 500 }],
    datasets: { rpool: { mountpoint: '/rpool', mounted: 'yes' }, 'rpool/data': { mountpoint: '/rpool/data' } },
    storages: {
      local: { type: 'dir', options: { path: '/var/lib/vz', content: 'backup,iso,vztmpl' } },
      'local-zfs': { type: 'zfspool', options: { pool: 'rpool/data', content: 'images,rootdir' } },
    },
    interfaces: [
      { name: 'eno1', kind: 'card', addresses: [] },
      { name: 'vmbr0', kind: 'bridge', ports: ['eno1'], addresses: ['10.0.0.13/24'] },
    ],
    guests: [],
    apps: [],
    files: {},
    unknown: [],
    ...changes,
  });
}

export function card(address: string, minor: number, model = 'NVIDIA GeForce RTX 4090') {
  return { address, class: '030000', vendor: '10de', device: '2684', driver: 'nvidia', model, minor };
}

/** A guest with the lines of its config, as two sections of facts. */
export function knownGuest(
  vmid: number,
  config: readonly string[],
  more: Partial<NonNullable<Facts['guests']>[number]> = {},
): Pick<Facts, 'guests' | 'files'> {
  const guest = { vmid, node: 'pve', type: 'lxc' as const, name: `ct-${vmid}`, ...more };
  const folder = guest.type === 'lxc' ? 'lxc' : 'qemu-server';
  return { guests: [guest], files: { [`/etc/pve/nodes/${guest.node}/${folder}/${vmid}.conf`]: config } };
}

/** Gives an app's project these facts; they go with the test. */
export function putFacts(app: App, facts: Facts, name = facts.node): void {
  const folder = join(app.root, 'facts');
  onTestFinished(() => rmSync(app.root, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), renderFacts(facts));
}
