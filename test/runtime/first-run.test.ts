import { expect, test } from 'vitest';
import { Bench, sha256 } from './bench.js';
import { container, dataset, exact, osTemplate, storage } from './steps.js';

const debian = 'debian-13-standard_13.1-2_amd64.tar.zst';

function whole(): Bench {
  const bench = new Bench({ osTemplates: { [`local:vztmpl/${debian}`]: { available: true } } });
  const digest = sha256('template 900');
  const template = container(900, 'base', {
    needs: ['template/debian', 'storage/models'],
    seal: digest,
    script: 'apt-get install -y curl\n',
    keys: [exact('net0', 'name=eth0,bridge=vmbr0,ip=10.0.0.90/24,gw=10.0.0.1')],
  });
  const guest = container(950, 'qwen', {
    from: { template: 900, digest },
    needs: ['guest/900/template'],
    gib: 8,
    keys: [
      exact('cores', '2'),
      exact('net0', 'name=eth0,bridge=vmbr0,ip=10.0.0.50/24,gw=10.0.0.1,hwaddr=52:54:00:67:89:B0'),
      exact('mp0', '/rpool/models,mp=/models,ro=1'),
      exact('features', 'nesting=1', 'restart'),
    ],
    raw: [{ key: 'lxc.cgroup2.devices.allow', value: 'c 195:* rwm' }],
    mounts: [{ path: '/rpool/models', dataset: 'rpool/models' }],
    file: { target: '/etc/vllm/env', text: 'A=1\n' },
    script: 'systemctl enable --now vllm\n',
    onboot: true,
  });
  bench.synthesize({
    steps: [
      dataset('rpool/models', { recordsize: '1048576', compression: 'lz4' }),
      storage('models', 'dir', { path: '/rpool/models', content: 'vztmpl,iso', is_mountpoint: 'yes' }, [
        'zfs/rpool/models',
      ]),
      osTemplate('local', debian),
      ...template.steps,
      ...guest.steps,
    ],
    files: { ...template.files, ...guest.files },
  });
  return bench;
}

test('a template and its clone come into being, and the second apply starts no Proxmox command', () => {
  const bench = whole();
  const first = bench.run('apply');
  expect(first.stdout).toContain('Applied: 14 created, 0 changed, 0 failed');
  expect(first.status).toBe(0);
  const config = bench.node.guestConfig(950);
  expect(config).toContain('#phoenix-cdk app=phoenix path=ai/qwen vmid=950\n');
  expect(config).toContain('onboot: 1\n');
  expect(config).toContain('lxc.cgroup2.devices.allow: c 195:* rwm\n');
  expect(config).toContain('size=8G');
  expect(bench.node.guestConfig(900)).toContain('template: 1\n');
  expect(bench.node.isRunning(950)).toBe(true);

  bench.node.clearCommands();
  const second = bench.run('apply');
  expect(second.stdout).toMatch(
    /^Nothing to do: 14 steps in place, 2 guests, 0 pending · .* \(2 processes, no Proxmox command\)\n$/,
  );
  expect(second.status).toBe(0);
  expect(bench.node.commands().map(({ argv }) => argv[0])).toEqual(['zfs']);
});

test('a plan changes nothing at all, and starts one zfs and no other tool', () => {
  const bench = whole();
  const before = bench.node.run(['find', bench.node.root, '-printf', '%p %s %T@\n']).stdout;
  const plan = bench.run('plan');
  expect(plan.status).toBe(0);
  expect(plan.stdout).toContain('Plan: 14 to create, 0 to change, 0 in place.   Nothing was changed.');
  expect(bench.node.run(['find', bench.node.root, '-printf', '%p %s %T@\n']).stdout).toBe(before);
  expect(bench.node.commands().map(({ argv }) => argv[0])).toEqual(['zfs']);
  expect(bench.run('plan', '--fail').status).toBe(3);
});
