// An apply on a simulated node whose tools take their time, beside its critical path: `npm run bench:jobs`, `-- --write` for RESULTS.md.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  App,
  LxcContainer,
  LxcTemplate,
  OsTemplate,
  PveNode,
  Script,
  Stack,
  Storage,
  Subnet,
  ZfsPool,
} from 'phoenix-cdk';
import { SimulatedNode } from 'phoenix-cdk/testing';

interface Step {
  readonly id: string;
  readonly resource: string;
  readonly needs: readonly string[];
}

const archive = 'debian-13-standard_13.1-2_amd64.tar.zst';
/** Seconds that a call takes beside what the simulation needs for it: about a fifth of what it takes on a small server. */
const delays = [
  ['pct create', 4],
  ['pct clone', 0.6],
  ['pct start', 0.8],
  ['pct shutdown', 1],
  ['pct template', 0.4],
  ['pct set', 0.2],
  ['lxc-attach .*bash', 3],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'phoenix-jobs-'));
try {
  const steps = synthesize();
  const one = apply('one', 1);
  const four = apply('four', 4);
  const path = criticalPath(steps, four.seconds);
  const text = table(steps.length, one.wall, four.wall, path);
  process.stdout.write(text);
  if (process.argv.includes('--write')) {
    const results = new URL('./RESULTS.md', import.meta.url);
    const others = readFileSync(results, 'utf8').replace(/\n# Steps at the same time\n.*?(?=\n# |$)/s, '');
    writeFileSync(results, `${others.trimEnd()}\n\n${text}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Two templates in a chain and six clones with a script each. Gives the steps of the containers. */
function synthesize(): readonly Step[] {
  const app = new App({ name: 'jobs', root: folder, outdir: join(folder, 'cdk.out') });
  const pve = new PveNode(app, 'pve', { address: '10.0.0.13', pveVersion: '9.1' });
  const lan = new Subnet(pve, 'lan', { cidr: '10.0.0.0/24', gateway: '10.0.0.1', bridge: 'vmbr0' });
  const storage = Storage.zfsPool(pve, 'guests', { dataset: ZfsPool.fromName(pve, 'rpool'), content: ['rootdir'] });
  const stack = new Stack(app, 'guests', { host: pve, defaults: { network: lan, rootfs: { storage, size: '4GiB' } } });
  const script = (id: string) => Script.text(id, `echo ${id}\n`);
  const base = new LxcTemplate(stack, 'base', {
    from: OsTemplate.fromCatalogue(Storage.fromName(pve, 'local'), archive),
    provision: [script('tools')],
  });
  const runtime = new LxcTemplate(stack, 'runtime', { cloneFrom: base, provision: [script('runtime')] });
  for (let number = 0; number < 6; number += 1) {
    const cloneFrom = number % 2 === 0 ? base : runtime;
    new LxcContainer(stack, `guest-${number}`, { cloneFrom, provision: [script('service')], onboot: true });
  }
  app.synth();
  return JSON.parse(readFileSync(join(folder, 'cdk.out/stacks/guests/runbook.json'), 'utf8')).steps;
}

/** Applies to a fresh host; gives the wall clock and what each step took. */
function apply(name: string, jobs: number): { readonly wall: number; readonly seconds: ReadonlyMap<string, number> } {
  const node = SimulatedNode.create(join(folder, name), {
    node: 'pve',
    pveVersion: '9.1',
    osTemplates: { [`local:vztmpl/${archive}`]: {} },
  });
  const slow = slowTools(node, join(folder, `${name}-tools`));
  const began = performance.now();
  const words = ['apply', '--approve-privileges', '--jobs', String(jobs)];
  const path = `PATH=${slow}${delimiter}${node.env.PATH}`;
  const { status, stdout, stderr } = node.run(['env', path, join(folder, 'cdk.out/applier'), ...words]);
  const wall = (performance.now() - began) / 1000;
  if (status !== 0) {
    throw new Error(`the apply failed:\n${stderr}`);
  }
  const log = node.readFile(`${/Log (\S+)/.exec(stdout)?.[1]}`);
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ended = lines.filter(({ event }) => event === 'step');
  return { wall, seconds: new Map(ended.map(({ step, seconds }) => [step, seconds])) };
}

/** Tools in front of the node's own that wait first. */
function slowTools(node: SimulatedNode, place: string): string {
  mkdirSync(place);
  for (const tool of ['pct', 'lxc-attach']) {
    const cases = delays.filter(([pattern]) => pattern.startsWith(tool));
    const lines = cases.map(([pattern, seconds]) => `echo "${tool} $*" | grep -qE '^${pattern}' && sleep ${seconds}`);
    writeFileSync(join(place, tool), `#!/bin/sh\n${lines.join('\n')}\nexec ${join(node.dir, 'bin', tool)} "$@"\n`);
    chmodSync(join(place, tool), 0o755);
  }
  return place;
}

/** The longest way through the steps, those of one guest one after the other; at least a quarter of all work. */
function criticalPath(steps: readonly Step[], seconds: ReadonlyMap<string, number>): number {
  const ends = new Map<string, number>();
  const ofResource = new Map<string, number>();
  for (const step of steps) {
    const needed = Math.max(0, ...step.needs.map((need) => ends.get(need) ?? 0), ofResource.get(step.resource) ?? 0);
    const end = needed + (seconds.get(step.id) ?? 0);
    ends.set(step.id, end);
    ofResource.set(step.resource, end);
  }
  const work = steps.reduce((sum, { id }) => sum + (seconds.get(id) ?? 0), 0);
  return Math.max(work / 4, ...ends.values());
}

function table(steps: number, one: number, four: number, path: number): string {
  return `# Steps at the same time

An apply of ${steps} steps (two templates in a chain, six clones with a script each) on a simulated node whose tools take their time. The critical path is
the longest way through the needs, with what each step took, and at least a quarter of all work. Made by \`npm run bench:jobs -- --write\`.

| | seconds | ÷ critical path |
| --- | ---: | ---: |
| critical path | ${path.toFixed(1)} | 1 |
| \`--jobs 4\` | ${four.toFixed(1)} | **${(four / path).toFixed(2)}** |
| \`--jobs 1\` | ${one.toFixed(1)} | ${(one / path).toFixed(2)} |
`;
}
