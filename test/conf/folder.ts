import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { ConfigDirectory, type ConfigDirectoryOptions } from '../../src/conf/config-directory.js';
import { App } from '../../src/core/app.js';
import { problemsOf } from '../support/small-host.js';

/** Files by their path in the config directory. */
export type Files = Readonly<Record<string, string | object>>;

/** The least that a container needs of its host. */
export const host = {
  name: 'pve1',
  address: '10.0.0.2',
  pveVersion: '9.1',
  gpus: [{ model: 'rtx4090', pci: '0000:01:00.0' }],
  pools: { tank: { existing: true } },
  datasets: { 'tank/disks': {}, 'tank/models': { folders: { vllm: { mode: '0750' } } } },
  storages: {
    disks: { type: 'zfspool', dataset: 'tank/disks', content: ['rootdir'] },
    local: { existing: true },
  },
  archives: { debian: { storage: 'local', file: 'debian-13-standard_13.1-2_amd64.tar.zst' } },
  subnets: { lan: { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' } },
};

export const base = { from: 'debian', network: 'lan', rootfs: { storage: 'disks', size: '8GiB' } };

/** A host, a base for its containers, and the files given, which win. */
export function withHost(files: Files): Files {
  return { 'host.json': host, 'defaults/lxc_base.json': base, ...files };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A root with the files below `conf.d`. */
export function rootWith(files: Files): string {
  const root = mkdtempSync(join(tmpdir(), 'phoenix-conf-'));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, 'conf.d', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return root;
}

export function load(files: Files, options: ConfigDirectoryOptions = {}): { app: App; conf: ConfigDirectory } {
  const app = new App({ name: 'test', root: rootWith(files) });
  return { app, conf: ConfigDirectory.load(app, 'conf.d', options) };
}

/** The synthesized file of that path in the stack of the guests. */
export function artifact(app: App, path: string): string | undefined {
  return app
    .synthesize()
    .described.flatMap(({ outcome }) => outcome.files)
    .find((file) => file.path === path)?.text;
}

/** `code place message` of everything that is wrong with the files. */
export function wrongWith(files: Files, options: ConfigDirectoryOptions = {}): string[] {
  return problemsOf(() => load(files, options)).map(({ code, place, path, message }) =>
    [code, place === undefined ? path : `${place.file}:${place.line}:${place.column}`, message].join(' '),
  );
}
