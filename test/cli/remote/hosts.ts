import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { App } from '../../../src/core/app.js';
import { Stack } from '../../../src/core/stack.js';
import { PveNode } from '../../../src/host/pve-node.js';
import { SimulatedNode } from '../../../src/testing/simulated-node.js';
import { ZfsDataset } from '../../../src/zfs/zfs-dataset.js';
import { ZfsPool } from '../../../src/zfs/zfs-pool.js';
import { type Ran, run } from '../fixture-project.js';

// Every test here starts many processes; on a busy machine that takes its time and proves nothing.
vi.setConfig({ testTimeout: 120_000 });

/** A folder that goes with the test that asked for it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-remote-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The datasets that a stack makes, by its name; `after`: stacks that it waits for. */
export interface SmallStack {
  readonly host: string;
  readonly datasets: readonly string[];
  readonly after?: readonly string[];
}

/** A program of stacks that make datasets. Gives the folder of the project. */
export function project(stacks: Readonly<Record<string, SmallStack>>, folder = temporaryFolder()): string {
  const app = new App({ name: 'lab', root: folder, outdir: join(folder, 'cdk.out') });
  const pools = new Map<string, ZfsPool>();
  for (const { host } of Object.values(stacks)) {
    const node = () => new PveNode(app, host, { address: '10.0.0.2', pveVersion: '9.1' });
    pools.set(host, pools.get(host) ?? ZfsPool.fromName(node(), 'rpool'));
  }
  const made = new Map<string, Stack>();
  for (const [name, { host, datasets }] of Object.entries(stacks)) {
    const pool = pools.get(host)!;
    const stack = new Stack(app, name, { host: pool.host });
    for (const dataset of datasets) new ZfsDataset(stack, dataset, { parent: pool });
    made.set(name, stack);
  }
  for (const [name, { after = [] }] of Object.entries(stacks)) {
    made.get(name)?.addDependency(...after.map((other) => made.get(other)!));
  }
  app.synth();
  return folder;
}

/** Simulated nodes by name, and something like ssh that leads to them by these names. */
export class Hosts {
  readonly folder = temporaryFolder();
  readonly nodes: ReadonlyMap<string, SimulatedNode>;

  constructor(...names: readonly string[]) {
    this.nodes = new Map(names.map((node) => [node, SimulatedNode.create(join(this.folder, node), { node })]));
    // what the applier says must not hang on what the machine of the test is called, or on who tests
    writeFileSync(join(this.folder, 'ssh'), this.standIn(), { mode: 0o755 });
    vi.stubEnv('PHOENIX_SSH', join(this.folder, 'ssh'));
    onTestFinished(() => void vi.unstubAllEnvs());
  }

  get(name: string): SimulatedNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no node ${name}`);
    return node;
  }

  /** What assemblies lie on a node. */
  assemblies(name: string): string[] {
    const { stdout } = this.get(name).run(['find', this.store(name), '-mindepth', '1', '-maxdepth', '1', '-type', 'd']);
    return stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '');
  }

  store(name: string): string {
    return this.get(name).path('/var/lib/phoenix/lab/assembly');
  }

  /** Does what ssh would do, without a network: `root@NAME` is the node of that name. Once it may lose the connection after so many bytes. */
  private standIn(): string {
    const cases = [...this.nodes].map(
      ([name, { env }]) => `  ${name}) export PATH='${env.PATH}' PHOENIX_ROOT='${env.PHOENIX_ROOT}' ;;\n`,
    );
    return `#!/bin/bash
while [[ $1 != -- ]]; do shift; done
case \${2##*@} in
${cases.join('')}  *)
    echo "ssh: connect to host \${2##*@} port 22: Connection refused" >&2
    exit 255
    ;;
esac
echo 'words of a start-up file'
if [[ -f '${this.folder}/cut' ]]; then
  bytes=$(<'${this.folder}/cut')
  rm '${this.folder}/cut'
  perl -e 'syswrite STDOUT, $b while $ARGV[0]-- && sysread STDIN, $b, 1' "$bytes" | bash -c "$3"
  exit 255
fi
exec bash -c "$3"
`;
  }

  /** The next connection breaks when this many bytes went to the host. */
  cutAfter(bytes: number): void {
    writeFileSync(join(this.folder, 'cut'), String(bytes));
  }
}

/** Runs a verb in a project, on hosts. */
export function on(folder: string, hosts: readonly string[], ...words: readonly string[]): Promise<Ran> {
  return run(folder, ...words, ...hosts.flatMap((host) => ['--host', `root@${host}`]));
}
