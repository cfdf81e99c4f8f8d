import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SimulatedNode } from '../../src/testing/simulated-node.js';
import { sha256, temporaryFolder, writeAssembly } from './bench.js';
import { container, dataset, exact, storage } from './steps.js';

const archive = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';

test('a template and its clones come into being, and the second apply finds nothing to do', () => {
  const folder = temporaryFolder();
  const node = SimulatedNode.create(join(folder, 'node'), { osTemplates: { [archive]: { available: true } } });
  const digest = sha256('template 900');
  const template = container(900, 'base', {
    from: { archive },
    needs: ['template/debian', 'storage/models'],
    seal: digest,
    script: 'apt-get install -y curl\n',
    keys: [exact('net0', 'name=eth0,bridge=vmbr0,ip=10.0.0.90/24,gw=10.0.0.1', 'live')],
  });
  const guest = container(950, 'qwen', {
    from: { template: 900, digest },
    needs: ['guest/900/template'],
    gib: 8,
    keys: [
      exact('cores', '2'),
      exact('net0', 'name=eth0,bridge=vmbr0,ip=10.0.0.50/24,gw=10.0.0.1,hwaddr=52:54:00:67:89:B0', 'live'),
      exact('mp0', '/rpool/models,mp=/models,ro=1', 'live'),
      exact('features', 'nesting=1', 'restart'),
    ],
    raw: [{ key: 'lxc.cgroup2.devices.allow', value: 'c 195:* rwm' }],
    mounts: [{ path: '/rpool/models', dataset: 'rpool/models' }],
    file: { target: '/etc/vllm/env', text: 'A=1\n' },
    script: 'systemctl enable --now vllm\n',
    onboot: true,
  });
  writeAssembly(join(folder, 'cdk.out'), {
    steps: [
      dataset('rpool/models', { recordsize: '1048576', compression: 'lz4' }),
      storage('models', 'dir', { path: '/rpool/models', content: 'vztmpl,iso', is_mountpoint: 'yes' }, ['zfs/rpool/models']),
      {
        kind: 'os-template',
        id: 'template/debian',
        resource: 'template/debian',
        path: 'host/debian',
        title: 'archive',
        needs: [],
        storage: 'local',
        file: 'debian-13-standard_13.1-2_amd64.tar.zst',
        from: 'catalogue',
      },
      ...template.steps,
      ...guest.steps,
    ],
    files: { ...template.files, ...guest.files },
  });
  const applier = join(folder, 'cdk.out/applier');
  const plan = node.run([applier, 'plan']);
  console.log(plan.stdout, plan.stderr);
  const first = node.run([applier, 'apply']);
  console.log(first.stdout, first.stderr);
  console.log(node.commands().map((c) => `${c.exit} ${c.argv.join(' ')}`).join('\n'));
  console.log(node.readFile('/etc/pve/lxc/950.conf'), node.readFile('/etc/pve/lxc/900.conf'), node.readFile('/var/lib/phoenix/phoenix/journal'));
  node.clearCommands();
  const second = node.run([applier, 'apply']);
  console.log(second.stdout, second.stderr, node.commands().map((c) => `${c.exit} ${c.argv.join(' ')}`).join('\n'));
  expect(second.status).toBe(0);
});
