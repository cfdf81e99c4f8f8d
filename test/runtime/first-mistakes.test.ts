import { expect, test } from 'vitest';
import { Bench, sha256 } from './bench.js';
import { container, dataset, pool } from './steps.js';

test('a host that the stacks are not for is told its name, and nothing passes for done', () => {
  const bench = new Bench({ node: 'proxmox1' });
  bench.synthesize({ steps: [dataset('rpool/a')] });
  for (const verb of ['plan', 'apply', 'verify']) {
    const { status, stdout, stderr } = bench.run(verb);
    expect(status, verb).toBe(1);
    expect(stdout + stderr, verb).toContain('this host is proxmox1, and the stacks are for pve');
  }
});

test('a run that left steps behind because something was held back does not pass for done', () => {
  const bench = new Bench();
  const disks = [{ type: 'mirror', devices: ['/dev/disk/by-id/a', '/dev/disk/by-id/b'] }];
  const tank = pool('tank', { vdevs: disks, properties: [] });
  bench.synthesize({ steps: [tank, dataset('tank/a', {}, { needs: [tank.id] })] });
  const { status, stdout } = bench.run('apply');
  expect(stdout).toContain('--allow-create-pool tank');
  expect(stdout).toContain('Blocked: 1 steps wait for what is held back or refused');
  expect(status).toBe(1);
});

test('files with secrets are refused before their guest is made, not when it is half set up', () => {
  const bench = new Bench();
  const { steps } = container(950, 'qwen', {});
  const running = steps.find(({ kind }) => kind === 'guest-state');
  bench.synthesize({
    steps: [
      ...steps,
      {
        kind: 'guest-file',
        id: 'guest/950/secret',
        resource: 'guest/950',
        path: 'ai/qwen',
        title: 'files inside',
        needs: running === undefined ? [] : [running.id],
        vmid: 950,
        type: 'lxc',
        digest: sha256('x'),
        files: [{ target: '/etc/token', source: 'token', sha256: sha256('x'), secrets: ['app/token'] }],
      },
    ],
    files: { token: 'x' },
  });
  const planned = bench.plan()['guest/950/secret'];
  expect(planned?.verdict).toBe('refused');
  expect(planned?.reason).toContain('app/token');
});
