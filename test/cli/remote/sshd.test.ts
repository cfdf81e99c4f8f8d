import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { assetPath } from '../../../src/base/package-root.js';
import { endAllSsh } from '../../../src/cli/remote/ssh.js';
import type { SimulatedNode } from '../../../src/testing/simulated-node.js';
import { Signers } from '../../support/signers.js';
import { describeWithTool } from '../../support/tool.js';
import { run } from '../fixture-project.js';
import { project } from './hosts.js';
import { Sshd } from './sshd.js';

const two = {
  store: { host: 'pve1', datasets: ['models'] },
  web: { host: 'pve2', datasets: ['a'], after: ['store'] },
} as const;

function makes(node: SimulatedNode): string[] {
  const calls = node.commands().filter(({ argv }) => argv[0] === 'zfs' && argv[1] === 'create');
  return calls.map(({ argv, exit }) => `${argv.at(-1)} ${exit}`);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describeWithTool(['ssh', 'sshd', 'gpg', 'gpg-agent'], 'a verb over a real sshd', () => {
  it('is done on one host and on several, each after those that it waits for', async () => {
    const { hosts } = await Sshd.start('pve1', 'pve2');
    const folder = project(two);
    const plan = await run(folder, 'plan', '--host', 'pve1', '--fail');
    expect(plan).toMatchObject({ code: 3, live: { out: expect.stringMatching(/^host pve1 /), err: '' } });
    const apply = await run(folder, 'apply', '--host', 'pve1', '--host', 'pve2');
    expect(apply).toMatchObject({ code: 0, text: 'pve1  done\npve2  done' });
    expect([makes(hosts.get('pve1')), makes(hosts.get('pve2'))]).toEqual([['rpool/models 0'], ['rpool/a 0']]);
    const again = await run(folder, 'apply', '--host', 'pve1', '--quiet');
    expect(again).toMatchObject({
      code: 0,
      warnings: [],
      live: { out: expect.stringMatching(/^Nothing to do/), err: '' },
    });
  });

  it('says in our own words why there is no connection', async () => {
    await Sshd.start('pve1');
    const folder = project(two);
    const ran = await run(
      folder,
      'plan',
      ...['stranger', 'forger', 'nobody', 'no.such.host.invalid'].flatMap((name) => ['--host', name]),
    );
    expect(ran.code).toBe(1);
    expect(ran.data).toMatchObject({
      hosts: ['ssh/denied', 'ssh/host-key', 'ssh/no-connection', 'ssh/unknown-host'].map((code) => ({
        host: null,
        problems: [{ code }],
      })),
    });
  });

  it('goes on over there when the connection breaks, and we say so', async () => {
    const { hosts } = await Sshd.start('pve1');
    const node = hosts.get('pve1');
    node.fault({ argv: ['zfs', 'create'], mode: 'pause-middle', milliseconds: 1_500 });
    const ran = run(project(two), 'apply', '--host', 'pve1', '--stack', 'store');
    await until(() => makes(node).length > 0);
    endAllSsh();
    expect(await ran).toMatchObject({
      code: 1,
      notes: expect.stringMatching(
        /^error {2}ssh\/lost[\s\S]+goes on without us\n.*phoenix status --follow --host pve1/,
      ),
    });
    expect(makes(node)).toEqual(['rpool/models null']);
    await until(
      () =>
        node.exists('/var/lib/phoenix/lab/journal') &&
        node.readFile('/var/lib/phoenix/lab/journal').includes('applied'),
    );
    expect(makes(node)).toEqual(['rpool/models 0']);
  });

  it('passes Ctrl-C on once: the run ends after the step at hand', async () => {
    const { hosts } = await Sshd.start('pve1');
    const node = hosts.get('pve1');
    node.fault({ argv: ['zfs', 'create'], mode: 'pause-middle', milliseconds: 1_500 });
    const folder = project({ store: { host: 'pve1', datasets: ['a', 'b'] } });
    const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
    const words = ['--import', import.meta.resolve('tsx'), main, 'apply', '--host', 'pve1', '--jobs', '1'];
    // a group of its own, as a shell gives it: the terminal sends SIGINT to all of it
    const phoenix = spawn(process.execPath, words, { cwd: folder, detached: true });
    let said = '';
    for (const stream of [phoenix.stdout, phoenix.stderr]) stream.on('data', (bytes) => (said += bytes));
    await until(() => makes(node).length > 0);
    process.kill(-phoenix.pid!, 'SIGINT');
    const code = await new Promise((resolve) => phoenix.on('close', resolve));
    expect(said).toContain('asked to stop after the steps at hand');
    expect(said).toContain('Interrupted: 1 step was not begun');
    expect(code).toBe(1);
    expect(makes(node)).toEqual(['rpool/a 0']);
  });

  it('may be all that a key is good for, and then only with what is signed', async () => {
    const { hosts } = await Sshd.start('pve1');
    const node = hosts.get('pve1');
    const folder = project({ store: { host: 'pve1', datasets: ['a'] } });
    const signers = new Signers();
    onTestFinished(() => signers.close());
    const at = (...words: string[]) => run(folder, ...words, '--host', 'ci');
    expect((await at('plan')).notes).toMatch(/^error {2}signature\/no-signers/);
    node.writeFile('/etc/phoenix/signers/ada.asc', signers.publicKey('ada'));
    mkdirSync(node.path('/usr/local/sbin'), { recursive: true });
    cpSync(assetPath('remote/phoenix-verify'), node.path('/usr/local/sbin/phoenix-verify'));
    expect((await at('plan')).live.err).toContain('error  signature/missing');
    signers.sign(join(folder, 'cdk.out'), 'ada');
    expect(await at('apply')).toMatchObject({ code: 0, live: { out: expect.stringContaining('1 created') } });
    signers.sign(join(folder, 'cdk.out'), 'ada', { at: '20210101T000000' });
    expect((await at('apply', '--allow-older')).live.err).toContain('error  signature/older');
    const canary = join(folder, 'canary');
    const [ssh = '', ...words] = (process.env['PHOENIX_SSH'] ?? '').split(' ');
    for (const command of [`touch ${canary}`, `touch ${canary}; x phoenix lab 00`, '']) {
      spawnSync(ssh, [...words, 'ci', command], { input: `touch ${canary}\n` });
    }
    expect(existsSync(canary)).toBe(false);
  });
});
