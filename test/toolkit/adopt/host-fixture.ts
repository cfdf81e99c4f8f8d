import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDiskSize } from '../../../src/format/disk-size.js';
import { encodeDescription } from '../../../src/format/guest-notes.js';
import type { Runbook } from '../../../src/model/manifest.js';
import { SimulatedNode } from '../../../src/testing/simulated-node.js';
import { adoptedProgram } from '../../../src/toolkit/adopt/program.js';
import { readHost } from '../../../src/toolkit/adopt/read-host.js';

export const fixtures = join(import.meta.dirname, '../../fixtures/adopt');
const repository = join(import.meta.dirname, '../../..');

/** A copy of a host's files, the program that adoption writes for it, and what that program comes to. */
export class AdoptedHost {
  readonly folder = mkdtempSync(join(tmpdir(), 'adopted-'));
  readonly inventory;
  readonly program;

  constructor(
    host: string,
    readonly app = 'adopted',
  ) {
    this.inventory = readHost(host);
    this.program = adoptedProgram(this.inventory, app);
  }

  /** Runs the program as a user does, in a process of its own. */
  synth(): this {
    const file = join(this.folder, 'main.ts');
    writeFileSync(file, this.program.text);
    const env = { ...process.env, PHOENIX_APP_ROOT: this.folder, PHOENIX_OUTDIR: join(this.folder, 'cdk.out') };
    const tsx = ['--import', 'tsx', file];
    const { status, stderr } = spawnSync(process.execPath, tsx, {
      cwd: repository,
      env: { ...env, TSX_TSCONFIG_PATH: join(repository, 'tsconfig.json') },
      encoding: 'utf8',
    });
    if (status !== 0) {
      throw new Error(stderr.replaceAll(/^ +at .*$/gm, ''));
    }
    return this;
  }

  runbook(stack: string): Runbook {
    return JSON.parse(readFileSync(join(this.folder, 'cdk.out/stacks', stack, 'runbook.json'), 'utf8')) as Runbook;
  }

  /**
   * A node with these guests, as it is once they are adopted: the owner's line in the notes, and their root disks in the journal. Files of
   * the guests are otherwise byte for byte those that were adopted.
   */
  node(
    nodeName: string,
    texts: ReadonlyMap<number, string>,
    machines: ReadonlyMap<number, string>,
    firewalls: ReadonlyMap<number, string>,
  ): SimulatedNode {
    const all = [...texts, ...machines].flatMap(([, text]) => volumesIn(text));
    const pools = { 'local-zfs': 'rpool/data', 'fast.disks': 'fast/disks' } as const;
    const placed = all.flatMap(({ storage, name, bytes }) =>
      storage in pools ? [{ dataset: `${pools[storage as keyof typeof pools]}/${name}`, bytes }] : [],
    );
    const isBlocks = (dataset: string) => /\/(vm|base)-[^/]*$/.test(dataset);
    const datasets = Object.fromEntries(
      placed
        .filter(({ dataset }) => !isBlocks(dataset))
        .map(({ dataset, bytes }) => [dataset, { refquota: String(bytes) }] as const),
    );
    const node = SimulatedNode.create(join(this.folder, 'node'), {
      node: nodeName,
      pveVersion: '9.2',
      pools: { rpool: {}, fast: {} },
      datasets: { 'fast/disks': {}, ...datasets },
      bridges: ['vmbr0', 'vmbr1'],
      storages: readFileSync(join(fixtures, 'one/etc/pve/storage.cfg'), 'utf8'),
    });
    for (const { storage, name, bytes } of all.filter((it) => it.storage in pools && isBlocks(`/${it.name}`))) {
      const ordinary = name.replace(/^base-/, 'vm-');
      const pool = pools[storage as keyof typeof pools];
      const commands = [
        ['pvesm', 'alloc', storage, name.split('-')[1] ?? '', ordinary, String(bytes / 1024)],
        ...(name === ordinary ? [] : [['zfs', 'rename', `${pool}/${ordinary}`, `${pool}/${name}`]]),
      ];
      for (const command of commands) {
        const { status, stderr } = node.run(command);
        if (status !== 0) {
          throw new Error(stderr);
        }
      }
    }
    const paths = new Map(
      this.runbooks().flatMap(({ steps }) => steps.map((step) => [step.resource, step.path] as const)),
    );
    const journal = ['phoenix-journal 1'];
    for (const [vmid, text] of [...texts, ...machines]) {
      const type = texts.has(vmid) ? 'lxc' : 'qemu';
      const path = paths.get(`guest/${vmid}`);
      const line = `phoenix-cdk app=${this.app} path=${path} vmid=${vmid}`;
      node.writeFile(
        `/etc/pve/nodes/${nodeName}/${type === 'lxc' ? type : 'qemu-server'}/${vmid}.conf`,
        `#${encodeDescription(line)}\n${text}`,
      );
      const [root] = volumesIn(text)
        .filter(({ name }) => !name.includes('cloudinit'))
        .filter(({ storage, key }) => storage in pools && (type === 'qemu' || key === 'rootfs'));
      const uuid = /^smbios1: uuid=([^,\n]+)/m.exec(text)?.[1] ?? '';
      const dataset = root === undefined ? '' : `${pools[root.storage as keyof typeof pools]}/${root.name}`;
      const found = node.run(['zfs', 'get', '-Hp', '-o', 'value', 'guid', dataset]).stdout.trim();
      const volume = root === undefined ? '-' : `${root.storage}:${root.name}`;
      journal.push(['guest', vmid, type, root === undefined ? `uuid:${uuid}/` : found, volume, '-'].join('\t'));
    }
    for (const path of ['firewall/cluster.fw', 'mapping/pci.cfg', 'mapping/usb.cfg', 'mapping/directory.cfg']) {
      node.writeFile(`/etc/pve/${path}`, readFileSync(join(fixtures, 'one/etc/pve', path), 'utf8'));
    }
    for (const [vmid, text] of firewalls) {
      node.writeFile(`/etc/pve/firewall/${vmid}.fw`, text);
    }
    node.writeFile(`/var/lib/phoenix/${this.app}/journal`, `${journal.join('\n')}\n`);
    node.clearCommands();
    return node;
  }

  /** What the applier of the assembly plans on a node. */
  plan(node: SimulatedNode): readonly PlannedStep[] {
    const { stdout, stderr } = node.run([join(this.folder, 'cdk.out/applier'), 'plan', '--json']);
    if (stdout === '') {
      throw new Error(stderr);
    }
    return (JSON.parse(stdout) as { steps: PlannedStep[] }).steps;
  }

  /** The exit code of applying. */
  apply(node: SimulatedNode): number | null {
    return node.run([join(this.folder, 'cdk.out/applier'), 'apply']).status;
  }

  private runbooks(): Runbook[] {
    const manifest = JSON.parse(readFileSync(join(this.folder, 'cdk.out/manifest.json'), 'utf8')) as {
      stacks: { name: string }[];
    };
    return manifest.stacks.map(({ name }) => this.runbook(name));
  }
}

export interface PlannedStep {
  readonly id: string;
  readonly verdict: string;
  readonly reason?: string;
  readonly changes?: readonly object[];
  readonly notes?: readonly string[];
}

/** Volumes that the main part of a guest's file names. */
function volumesIn(text: string): { key: string; storage: string; name: string; bytes: number }[] {
  const [main = ''] = text.split(/^\[/m, 1);
  return [...main.matchAll(/^(rootfs|[a-z]+\d+): ([\w.-]+):([^,\s]+)[^\n]*?size=([\d.]+[KMGT]?)/gm)].map(
    ([, key = '', storage = '', name = '', size = '']) => ({
      key,
      storage,
      name: name.replace(/.*\//, ''),
      bytes: parseDiskSize(size).toBytes(),
    }),
  );
}
