import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskImage } from '../../../src/testing/disk-image.js';
import type { SimulatedRun } from '../../../src/testing/simulated-commands.js';
import { SimulatedNode } from '../../../src/testing/simulated-node.js';
import { encryptSecret } from '../../../src/toolkit/vault/encrypt.js';
import { keysNamed } from '../../../src/toolkit/vault/public-keys.js';
import { VaultFolder } from '../../../src/toolkit/vault/vault-folder.js';
import { archive } from '../bench.js';
import { HostKey } from '../vault.js';
import { healthUrl, isoText, isoUrl, labApp, ociReference, type Places, secrets, vaultApp } from './program.js';

/** A node on which a program was applied, to be copied for every batch of rows. */
export class Lab {
  private readonly folder = mkdtempSync(join(tmpdir(), 'phoenix-drift-'));
  private readonly atEnd: (() => void)[] = [];
  private home = '';
  private copies = 0;

  private constructor() {
    this.atEnd.push(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** The program without secrets. Container 932 has a snapshot from before anything was done inside. */
  static applied(): Lab {
    const lab = new Lab();
    const node = bareNode(join(lab.folder, 'node'));
    labApp(lab.places, { isYoung: true }).synth();
    const may = [
      '--allow-create-pool',
      'tank',
      '--allow-firewall',
      '--allow-network',
      'vmbr0,vmbr1',
      '--adopt',
      'ct/old',
    ];
    lab.apply(node, ...may);
    byHand(node, 'pct snapshot 932 young');
    node.writeFile(config932, node.readFile(config932).replace(/snaptime: \d+/, 'snaptime: 1000000000'));
    labApp(lab.places).synth();
    return lab.settled(node);
  }

  /** The program with secrets, on a node that can decrypt them. */
  static async withSecrets(): Promise<Lab> {
    const lab = new Lab();
    const key = new HostKey({ finished: (remove) => lab.atEnd.push(remove) });
    lab.home = key.home;
    vaultApp(lab.places, await vaultOf(join(lab.folder, 'vault'), key)).synth();
    return lab.settled(bareNode(join(lab.folder, 'node')));
  }

  get node(): SimulatedNode {
    return SimulatedNode.open(join(this.folder, 'node'));
  }

  /** A copy of a node: of the applied one, if none is given. */
  copy(of: SimulatedNode = this.node): SimulatedNode {
    this.copies += 1;
    return of.copyTo(join(this.folder, `copy-${this.copies}`));
  }

  /** Runs the applier; what would be waited for is there at once, or never. */
  run(node: SimulatedNode, ...words: string[]): SimulatedRun {
    const variables = ['PHOENIX_PAUSE=0.02', 'PHOENIX_PATIENCE=1', `PHOENIX_GNUPGHOME=${this.home}`];
    return node.run(['env', ...variables, join(this.folder, 'cdk.out/applier'), ...words]);
  }

  /** Runs it with the word of somebody that guests and others may get what the plan lists. */
  act(node: SimulatedNode, ...words: string[]): SimulatedRun {
    return this.run(node, ...words, '--approve-privileges');
  }

  remove(): void {
    for (const end of this.atEnd) {
      end();
    }
  }

  private get places(): Places {
    return { root: this.folder, outdir: join(this.folder, 'cdk.out') };
  }

  /** Twice, so that the second time there is nothing to do. */
  private settled(node: SimulatedNode): this {
    this.apply(node);
    const { stdout } = this.apply(node);
    if (!stdout.startsWith('Nothing to do')) {
      throw new Error(`the program does not come to rest: ${stdout}`);
    }
    node.clearCommands();
    return this;
  }

  private apply(node: SimulatedNode, ...flags: string[]): SimulatedRun {
    const run = this.act(node, 'apply', ...flags);
    if (run.status !== 0) {
      throw new Error(`the program cannot be applied: ${run.stdout}${run.stderr}`);
    }
    return run;
  }
}

const config932 = '/etc/pve/nodes/pve/lxc/932.conf';

async function vaultOf(folder: string, key: HostKey): Promise<string> {
  mkdirSync(folder);
  const file = `${folder}.asc`;
  writeFileSync(file, key.publicKey);
  const recipients = await keysNamed(file);
  for (const name of secrets) {
    new VaultFolder(folder).write(name, await encryptSecret(name, Buffer.from(`secret of ${name}\n`), recipients));
  }
  return folder;
}

/** A node before the program: what its owner brought along. */
function bareNode(folder: string): SimulatedNode {
  const node = SimulatedNode.create(folder, {
    osTemplates: { [archive]: {} },
    pools: { rpool: {}, people: {} },
    datasets: { 'rpool/images': {}, 'people/home': {} },
    disks: ['disk-1', 'disk-2'].map((byId) => ({ byId, blank: true })),
    packages: { 'prometheus-node-exporter': '1.9.0-1' },
  });
  // What the two say of a blank disk; the simulated node has neither.
  node.onCommand({ match: /^blkid /, exit: 2 });
  node.onCommand({ match: /^wipefs /, exit: 0 });
  node.writeFile('/rpool/images/import/debian.qcow2', diskImage(2));
  node.writeFile('/etc/systemd/system/exporter.service', '[Service]\nExecStart=/bin/true\n');
  node.writeFile('/etc/pve/mapping/pci.cfg', 'theirs\n\tmap id=10de:2684,node=pve,path=0000:02:00\n');
  node.onHttp(isoUrl, { body: isoText });
  node.onHttp(`docker://${ociReference}`, { body: 'layers' });
  node.onHttp(healthUrl, { whileRunning: 931 });
  node.writeFile('/etc/odds.conf', 'mode=fast\n');
  node.writeFile('/etc/subuid', 'root:100000:65536\n');
  byHand(node, `pct create 941 ${archive} --storage local-zfs --hostname theirs --memory 256 --unprivileged 1`);
  byHand(node, `pct create 940 ${archive} --storage local-zfs --hostname old --memory 512 --unprivileged 1`);
  return node;
}

function byHand(node: SimulatedNode, line: string): void {
  const { status, stderr } = node.run(line.split(' '));
  if (status !== 0) {
    throw new Error(`${line}: ${stderr}`);
  }
}
