import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../fixture-project.js';
import { Hosts, on, project, temporaryFolder } from './hosts.js';

const ai = { host: 'pve1', datasets: ['a'] };

describe('a verb on a host', () => {
  it('brings the assembly there once, and then what changed', async () => {
    const hosts = new Hosts('pve1');
    const folder = project({ ai });
    const first = await on(folder, ['pve1'], 'plan');
    expect(first.warnings).toEqual([expect.stringMatching(/^sent \d+ files \(\d+ KB\)$/)]);
    expect(first.live.out).toMatch(/^host pve1 · PVE 9\.1\.4 · app lab · unsigned · [\s\S]*1 to create/);
    expect((await on(folder, ['pve1'], 'plan')).warnings).toEqual([
      expect.stringMatching(/^nothing to send: the host has these \d+ files$/),
    ]);
    project({ ai: { ...ai, datasets: ['a', 'b'] }, gone: { host: 'pve1', datasets: [] } }, folder);
    // manifest, tree, and of the stack: runbook twice, plan
    expect((await on(folder, ['pve1'], 'plan')).warnings).toEqual([expect.stringMatching(/^sent 5 files/)]);
    expect(hosts.get('pve1').commands()).not.toContainEqual(
      expect.objectContaining({ argv: expect.arrayContaining(['create']) }),
    );
  });

  it('is the verb of the applier: its words, its exit code, its mistakes', async () => {
    new Hosts('pve1');
    const folder = project({ ai });
    expect((await on(folder, ['pve1'], 'plan', '--fail')).code).toBe(3);
    expect(await on(folder, ['pve1'], 'apply', '--only', 'nosuch')).toMatchObject({
      code: 2,
      live: { err: expect.stringContaining('nothing is named nosuch') },
    });
    expect(await on(folder, ['pve1'], 'apply', '--stack', 'nosuch')).toMatchObject({
      code: 2,
      live: { err: expect.stringContaining('there is no stack nosuch') },
    });
    const { code, live, notes } = await on(folder, ['pve1'], 'apply');
    expect({ code, notes }).toEqual({ code: 0, notes: '' });
    expect(live.out).toMatch(/^Applied: 1 created/);
    expect(live.err).toMatch(/^\[1\/1\] ai\/a +dataset/);
    expect((await on(folder, ['pve1'], 'apply')).live.out).toMatch(/^Nothing to do/);
  });

  it('answers in one JSON document', async () => {
    new Hosts('pve1');
    const { data, live, code } = await on(project({ ai }), ['pve1'], 'plan', '--json', '--fail');
    expect({ code, out: live.out }).toEqual({ code: 3, out: '' });
    expect(data).toMatchObject({
      verb: 'plan',
      hosts: [
        {
          destination: 'root@pve1',
          host: 'pve1',
          code: 3,
          sent: { files: expect.any(Number) },
          runs: [{ code: 3, result: { steps: [{}, { verdict: 'create' }] } }],
        },
      ],
    });
  });

  it('runs a folder that nothing is changed in any more; what acted last is `current`, and works by hand', async () => {
    const hosts = new Hosts('pve1');
    const folder = project({ ai });
    await on(folder, ['pve1'], 'plan');
    const current = join(hosts.store('pve1'), 'current');
    expect(existsSync(current)).toBe(false);
    await on(folder, ['pve1'], 'apply');
    const acted = readlinkSync(current);
    expect(statSync(join(current, 'applier')).mode & 0o777).toBe(0o755);
    expect(statSync(join(current, 'runtime/plan/Plan.pm')).mode & 0o777).toBe(0o644);
    project({ ai: { ...ai, datasets: [] }, other: ai }, folder);
    await on(folder, ['pve1'], 'plan');
    expect(readlinkSync(current)).toBe(acted);
    expect(hosts.get('pve1').run([join(current, 'applier'), 'apply']).stdout).toMatch(/^Nothing to do: 2 steps/);
    await on(folder, ['pve1'], 'apply');
    expect(readlinkSync(current)).not.toBe(acted);
    expect(existsSync(join(current, 'stacks/other'))).toBe(true);
  });

  it('mends what was damaged over there', async () => {
    const hosts = new Hosts('pve1');
    const folder = project({ ai });
    await on(folder, ['pve1'], 'apply');
    const there = join(hosts.store('pve1'), 'current');
    writeFileSync(join(there, 'runtime/plan/Plan.pm'), 'half');
    chmodSync(join(there, 'tree.json'), 0o600);
    writeFileSync(join(there, 'extra.sh'), '');
    expect((await on(folder, ['pve1'], 'apply')).warnings).toEqual([expect.stringMatching(/^sent 2 files/)]);
    expect(existsSync(join(there, 'extra.sh'))).toBe(false);
  });

  it('takes a transfer that breaks off for nothing, and makes it good the next time', async () => {
    const hosts = new Hosts('pve1');
    const folder = project({ ai });
    await on(folder, ['pve1'], 'apply');
    project({ ai: { ...ai, datasets: ['a', 'b'] } }, folder);
    hosts.cutAfter(300);
    const { code, data, notes } = await on(folder, ['pve1'], 'apply');
    expect({ code, data }).toMatchObject({ code: 1, data: { hosts: [{ runs: [] }] } });
    expect(notes).toMatch(/^error {2}(ssh\/|ship\/no-room)/);
    expect(hosts.assemblies('pve1')).toHaveLength(1);
    const applier = join(hosts.store('pve1'), 'current/applier');
    expect(hosts.get('pve1').run([applier, 'plan']).stdout).toContain('2 in place');
    expect(await on(folder, ['pve1'], 'apply')).toMatchObject({
      code: 0,
      live: { out: expect.stringContaining('1 created') },
    });
  });

  it('lets two bring different assemblies at once, each of which sees its own', async () => {
    const hosts = new Hosts('pve1');
    const both = [project({ ai }), project({ ai: { ...ai, datasets: ['b', 'c', 'd'] } })];
    const ran = await Promise.all(both.map((folder) => on(folder, ['pve1'], 'plan')));
    expect(ran.map(({ live }) => /(\d) to create/.exec(live.out)?.[1])).toEqual(['1', '3']);
    expect(hosts.assemblies('pve1')).toHaveLength(2);
  });

  it('keeps the last three assemblies, the one that acted last, and those that something runs in', async () => {
    const hosts = new Hosts('pve1');
    const folder = project({ ai });
    await on(folder, ['pve1'], 'apply');
    const acted = hosts.assemblies('pve1');
    project({ ai: { ...ai, datasets: ['busy'] } }, folder);
    await on(folder, ['pve1'], 'plan');
    const busy = hosts.assemblies('pve1').filter((path) => !acted.includes(path));
    const process = spawn('sh', ['-c', 'sleep 60 & wait', `${busy[0]}/applier`], { detached: true });
    onTestFinished(() => void globalThis.process.kill(-process.pid!, 'SIGKILL'));
    for (const name of ['c', 'd', 'e', 'f']) {
      project({ ai: { ...ai, datasets: [name] } }, folder);
      await on(folder, ['pve1'], 'plan');
    }
    const left = hosts.assemblies('pve1');
    expect(left).toHaveLength(5);
    expect(left).toEqual(expect.arrayContaining([...acted, ...busy]));
  });
});

describe('before anything is sent', () => {
  it('an assembly that is not as it was synthesized is refused', async () => {
    const hosts = new Hosts('pve1');
    const folder = project({ ai });
    writeFileSync(join(folder, 'cdk.out/hook.sh'), '', { mode: 0o755 });
    rmSync(join(folder, 'cdk.out/runtime/plan/Plan.pm'));
    await expect(on(folder, ['pve1'], 'apply')).rejects.toMatchObject({
      problems: [
        { code: 'assembly/altered', path: 'hook.sh' },
        { code: 'assembly/altered', path: 'runtime/plan/Plan.pm' },
      ],
    });
    expect(existsSync(hosts.store('pve1'))).toBe(false);
  });

  it('a host that no stack is for, and what is no name of a host, are refused', async () => {
    const hosts = new Hosts('pve1', 'pve7');
    const folder = project({ ai });
    await expect(on(folder, ['pve7'], 'apply')).rejects.toMatchObject({
      problems: [{ code: 'ship/other-host', message: 'root@pve7 calls itself pve7, and the stacks are for pve1' }],
    });
    expect(hosts.get('pve7').exists('/var/lib/phoenix/lab/journal')).toBe(false);
    const canary = join(temporaryFolder(), 'canary');
    for (const destination of [`-oProxyCommand=touch ${canary}`, 'a;b', '']) {
      const { code, notes } = await run(folder, 'plan', `--host=${destination}`);
      expect({ code, notes }).toEqual({ code: 1, notes: expect.stringContaining('ssh/destination') });
    }
    expect(existsSync(canary)).toBe(false);
  });
});
