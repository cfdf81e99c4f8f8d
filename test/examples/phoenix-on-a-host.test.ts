import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { SimulatedNode } from 'phoenix-cdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { phoenixApp } from '../../examples/phoenix/app.js';
import { simulatedPhoenix } from '../../examples/phoenix/simulated-phoenix.js';
import { sha256 } from '../../src/base/stable.js';
import { type RunbookHeader, renderRunbookShell } from '../../src/format/runbook-shell.js';
import { runbookSchema } from '../../src/model/manifest.js';
import type { Step } from '../../src/model/step.js';
import { describeWithTool } from '../support/tool.js';

const folder = mkdtempSync(join(tmpdir(), 'phoenix-example-'));
const assembly = join(folder, 'cdk.out');

beforeAll(() => {
  phoenixApp({ outdir: assembly }).synth();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWithTool(['bash', 'perl', 'flock'], 'the example on its host', () => {
  let node: SimulatedNode;
  /** Waits are short: what does not answer at once never will. */
  const run = (...words: string[]) =>
    node.run(['env', 'PHOENIX_PAUSE=0.05', 'PHOENIX_PATIENCE=2', join(assembly, 'applier'), ...words]);

  let before: ReadonlySet<string>;

  beforeAll(() => {
    node = simulatedPhoenix(join(folder, 'node'));
    before = stateOf(node);
  });

  it('comes into being, and a second apply starts no command of Proxmox', { timeout: 300_000 }, () => {
    const first = run('apply', '--approve-privileges', '--quiet');
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/^Applied: \d+ created, 3 changed, 0 failed, 18 in place /);
    expect(first.status).toBe(0);
    expect([910, 950, 951, 952, 953, 954, 955, 956, 957, 960].filter((vmid) => !node.isRunning(vmid))).toEqual([]);
    expect([900, 901, 902, 903, 920].filter((vmid) => node.isRunning(vmid))).toEqual([]);

    node.clearCommands();
    const second = run('apply');
    expect(second.stdout).toMatch(/^Nothing to do: 157 steps in place, 17 guests, 0 pending /);
    expect(second.status).toBe(0);
    const tools = node.commands().map(({ argv }) => argv[0]);
    expect(tools.filter((tool) => tool !== 'zfs' && tool !== 'zpool')).toEqual([]);
  });

  it('has templates without cards, and guests that wait for their datasets', () => {
    expect(node.guestConfig(901)).toMatch(/^template: 1$/m);
    expect(node.guestConfig(901)).not.toContain('/dev/nvidia');
    expect(node.guestConfig(950)).toContain(
      "lxc.hook.pre-start: /bin/sh -c 'exec mountpoint -q /fastData/shared-bulk-data' phoenix\n",
    );
  });

  it('sends the site to the gateway, and the address of Ollama to the page that uses it', () => {
    const sent = node.guestRuns().map(({ vmid, script }) => ({ vmid, script: script ?? '' }));
    expect(sent.find(({ vmid, script }) => vmid === 953 && script.includes('nginx -t'))?.script).toContain(
      'server_name qdrant.*;',
    );
    expect(sent.find(({ vmid, script }) => vmid === 956 && script.includes('open-webui'))?.script).toContain(
      "OLLAMA_URL='http://10.0.0.155:11434'\n",
    );
  });

  it('answers where it should', () => {
    expect(run('verify').stdout).toMatch(/^Verified: 157 steps in place, 2 endpoints answer\.$/m);
  });

  it('notices what somebody changed', () => {
    node.setGuestKey(952, 'memory', '512');
    const plan = run('plan', '--fail');
    expect(plan.stdout).toMatch(/memory +512 MiB → 2048 MiB/);
    expect(plan.status).toBe(3);
  });

  it('goes again without a trace, if the program said so before: no dataset, entry, rule or document of it is left', {
    timeout: 120_000,
  }, () => {
    rewriteRunbooks((steps) =>
      steps.map((step) => (removable.has(step.kind) ? { ...step, removal: 'destroy' } : step)),
    );
    expect(run('apply').stdout).toMatch(/^Applied: 0 created, 1 changed, 0 failed/);
    rewriteRunbooks(() => []);
    const gone = run('apply', '--prune', '--allow-firewall');
    expect(gone.stdout, gone.stderr).toMatch(/^Applied: 36 destroyed, 0 created, 0 changed, 0 failed/);
    const after = stateOf(node);
    // An empty line stays behind the switch that people had set.
    expect(node.readFile('/etc/pve/firewall/cluster.fw').trimEnd()).toBe('[OPTIONS]\n\nenable: 1');
    // What Proxmox and the driver make by the way, and folders that Proxmox makes of a storage, in a dataset that was there before.
    const byTheWay =
      /^\/(etc\/pve\/firewall\/cluster\.fw|dev\/nvidia|sys|var\/lib\/lxc |fastData\/shared-iso\/\S+ folder$)/;
    expect([...before].filter((line) => !after.has(line) && !byTheWay.test(line))).toEqual([]);
    expect([...after].filter((line) => !before.has(line) && !byTheWay.test(line))).toEqual([]);
    expect(run('plan', '--json').stdout).not.toMatch(/as we made it|"guests":\[\{/);
  });
});

/** Kinds of steps whose things may be removed. */
const removable: ReadonlySet<string> = new Set([
  'file',
  'zfs-dataset',
  'folder',
  'storage',
  'mapping',
  'download',
  'firewall-entries',
  'guest-create',
]);

/** The runbooks of all stacks, with other steps; the manifest lists them as they are then. */
function rewriteRunbooks(change: (steps: readonly Step[]) => readonly Step[]): void {
  let manifest = readFileSync(join(assembly, 'manifest.json'), 'utf8');
  for (const [order, stack] of readdirSync(join(assembly, 'stacks')).entries()) {
    const place = join(assembly, 'stacks', stack);
    const { steps, ...header } = runbookSchema.parse(JSON.parse(readFileSync(join(place, 'runbook.json'), 'utf8')));
    const text = renderRunbookShell({ ...header, order } as RunbookHeader, change(steps));
    const former = sha256(readFileSync(join(place, 'runbook.sh'), 'utf8'));
    writeFileSync(join(place, 'runbook.sh'), text);
    manifest = manifest.replace(former, sha256(text));
  }
  writeFileSync(join(assembly, 'manifest.json'), manifest);
}

/** Every file by its sum, every folder, every dataset with its properties; but for what the applier keeps, logs, and locks. */
function stateOf(node: SimulatedNode): ReadonlySet<string> {
  const skipped = /^\/(var\/lib\/phoenix|var\/log|run)\//;
  const names = readdirSync(node.root, { recursive: true, withFileTypes: true });
  const files = names.map((entry) => {
    const place = join(entry.parentPath, entry.name);
    const path = `/${relative(node.root, place)}`;
    const what = entry.isFile() ? sha256(readFileSync(place, 'latin1')) : entry.isDirectory() ? 'folder' : 'other';
    return skipped.test(`${path}/`) ? '' : `${path} ${what}`;
  });
  const properties = 'guid,quota,compression,recordsize,sync,mountpoint';
  const datasets = node.run(['zfs', 'get', '-Hp', '-t', 'all', '-o', 'name,property,value', properties]).stdout;
  return new Set([...files, ...datasets.split('\n')]);
}

describeWithTool('shellcheck', 'shell that the example makes', () => {
  it('is clean', () => {
    const names = readdirSync(join(assembly, 'stacks'), { recursive: true, encoding: 'utf8' });
    const scripts = names.filter((name) => name.endsWith('.sh')).sort();
    expect(scripts.filter((name) => name.includes('guests/'))).not.toEqual([]);
    const { stdout, status } = spawnSync('shellcheck', ['--shell=bash', ...scripts], {
      cwd: join(assembly, 'stacks'),
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it('is clean in the repository, too', () => {
    const scripts = join(import.meta.dirname, '../../examples/phoenix/scripts');
    const { stdout, status } = spawnSync('shellcheck', readdirSync(scripts), { cwd: scripts, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
