import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Step } from '../../src/model/step.js';
import { type BenchStack, type PlannedStep, temporaryFolder, writeAssembly } from './bench.js';

/** A folder that stands for `/`, put together by hand, and a `zfs` that says what it was told to say. */
export class HandMadeHost {
  readonly folder = temporaryFolder();
  readonly root = join(this.folder, 'root');
  private readonly datasets: Record<string, Record<string, string>> = {};

  constructor() {
    this.write(
      '/etc/pve/storage.cfg',
      'dir: local\n\tpath /var/lib/vz\n\tcontent vztmpl\n\nzfspool: local-zfs\n\tpool rpool/data\n\tcontent rootdir\n',
    );
    this.write('/etc/pve/.members', '{ "nodename": "pve", "version": 0 }');
    this.write('/etc/pve/nodes/pve/lxc/.keep', '');
    symlinkSync('nodes/pve', join(this.root, 'etc/pve/local'));
    this.write('/proc/net/unix', 'Num RefCount Protocol Flags Type St Inode Path\n');
    this.write('/proc/self/mountinfo', '');
    this.dataset('rpool', {});
  }

  write(path: string, text: string): void {
    const place = join(this.root, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }

  /** Makes a path one that cannot be looked at, for root either. */
  loop(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
    symlinkSync(join(this.root, path), join(this.root, path));
  }

  dataset(name: string, properties: Record<string, string>): void {
    this.datasets[name] = {
      guid: String(1000 + Object.keys(this.datasets).length),
      refquota: '0',
      mounted: 'yes',
      mountpoint: `/${name}`,
      origin: '-',
      ...properties,
    };
  }

  /** A guest as we would have left it: root disk, marker, journal. */
  guest(
    vmid: number,
    config: string,
    options: { path?: string; marker?: string; guid?: string; node?: string; refquota?: number } = {},
  ): void {
    const line = options.marker ?? `phoenix-cdk app=phoenix path=${options.path ?? `ai/g${vmid}`} vmid=${vmid}`;
    const head = line === '' ? '' : `#${line}\n`;
    this.write(
      `/etc/pve/nodes/${options.node ?? 'pve'}/lxc/${vmid}.conf`,
      `${head}rootfs: local-zfs:subvol-${vmid}-disk-0,size=4G\n${config}`,
    );
    this.dataset(`rpool/data/subvol-${vmid}-disk-0`, {
      guid: String(vmid),
      refquota: String(options.refquota ?? 4 * 1024 ** 3),
    });
  }

  journal(...lines: (string | number)[][]): void {
    this.write(
      '/var/lib/phoenix/phoenix/journal',
      `phoenix-journal 1\n${lines.map((line) => `${line.join('\t')}\n`).join('')}`,
    );
  }

  /** The journal's record that a guest is ours. */
  static known(vmid: number, guid = String(vmid)): (string | number)[] {
    return ['guest', vmid, 'lxc', guid, `local-zfs:subvol-${vmid}-disk-0`, '-'];
  }

  running(...vmids: number[]): void {
    const lines = vmids.map(
      (vmid) => `0000000000000000: 00000002 00000000 00010000 0001 01 12345 @/var/lib/lxc/${vmid}/command`,
    );
    this.write('/proc/net/unix', `Num RefCount Protocol Flags Type St Inode Path\n${lines.join('\n')}\n`);
    for (const vmid of vmids) {
      mkdirSync(join(this.root, 'sys/fs/cgroup/lxc', String(vmid)), { recursive: true });
    }
  }

  mount(path: string, dataset: string): void {
    this.write(
      '/proc/self/mountinfo',
      `36 25 0:40 / ${path.replaceAll(' ', '\\040')} rw,relatime shared:1 - zfs ${dataset} rw,xattr\n`,
    );
  }

  run(stacks: Step[] | BenchStack[], ...words: string[]): { status: number | null; stdout: string; stderr: string } {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin, { recursive: true });
    const lines = Object.entries(this.datasets).flatMap(([name, all]) =>
      Object.entries(all).map(([key, value]) => `${name}\t${key}\t${value}\n`),
    );
    writeFileSync(join(bin, 'zfs.txt'), lines.join(''));
    writeFileSync(join(bin, 'zfs'), this.zfs ?? `#!/bin/sh\nexec cat '${bin}/zfs.txt'\n`);
    chmodSync(join(bin, 'zfs'), 0o755);
    const given = stacks as (Step | BenchStack)[];
    const isSteps = given.every((one): one is Step => 'kind' in one);
    writeAssembly(join(this.folder, 'cdk.out'), ...(isSteps ? [{ steps: given }] : (given as BenchStack[])));
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, PHOENIX_ROOT: this.root };
    return spawnSync(join(this.folder, 'cdk.out/applier'), words, { env, encoding: 'utf8' });
  }

  /** Another program in the place of `zfs`. */
  zfs: string | undefined;

  plan(stacks: Step[] | BenchStack[], ...words: string[]): Record<string, PlannedStep> {
    const { stdout, stderr } = this.run(stacks, 'plan', '--json', ...words);
    if (stdout === '') {
      throw new Error(stderr);
    }
    return Object.fromEntries((JSON.parse(stdout) as { steps: PlannedStep[] }).steps.map((step) => [step.id, step]));
  }
}
