import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedNode } from 'phoenix-cdk/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { phoenixApp } from '../../examples/phoenix/app.js';
import { simulatedPhoenix } from '../../examples/phoenix/simulated-phoenix.js';
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

  beforeAll(() => {
    node = simulatedPhoenix(join(folder, 'node'));
  });

  it('comes into being, and a second apply starts no command of Proxmox', { timeout: 300_000 }, () => {
    const first = run('apply', '--approve-privileges', '--quiet');
    expect(first.stderr).toBe('');
    expect(first.stdout).toMatch(/^Applied: \d+ created, 3 changed, 0 failed, 11 in place /);
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
});

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
