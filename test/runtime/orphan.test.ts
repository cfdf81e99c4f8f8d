import { expect, test } from 'vitest';
import { describeSharedFirewall } from '../../src/firewall/plan.js';
import { Bench } from './bench.js';
import { machine, machineBench } from './machines.js';
import { container, dataset, exact, storage } from './steps.js';

function applied(steps = container(950, 'qwen', {}).steps): Bench {
  const bench = new Bench();
  bench.synthesize({ steps });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

test('a guest that is let go keeps everything but our line', () => {
  const bench = applied();
  const before = bench.node.guestConfig(950);
  const { status, stdout, stderr } = bench.run('orphan', 'ai/qwen');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('Applied: 1 orphaned, 0 created');
  expect(bench.commands()).toEqual([expect.stringMatching(/^pct set 950 --digest \w+ --delete description$/)]);
  expect(bench.node.guestConfig(950)).toBe(before.replace(/^#phoenix-cdk.*\n/m, ''));
  expect(bench.node.isRunning(950)).toBe(true);
  expect(bench.run('orphan', 'ai/qwen').status).toBe(2);
  expect(bench.plan()['guest/950/create']).toMatchObject({ verdict: 'foreign', flag: '--adopt ai/qwen' });
});

test('what people wrote below our line stays', () => {
  const bench = applied();
  const description = 'phoenix-cdk app=phoenix path=ai/qwen vmid=950\nmine: 100 %\nsecond';
  bench.node.run(['pct', 'set', '950', '--description', description]);
  expect(bench.run('orphan', '950').status).toBe(0);
  expect(bench.node.guestConfig(950)).toMatch(/^#mine%3A 100 %25\n#second\n/);
});

test('all guests are let go, those that left the program among them, and machines', () => {
  const bench = machineBench();
  bench.synthesize({ steps: [...container(950, 'qwen', {}).steps, ...machine(951, 'web', { state: 'stopped' })] });
  expect(bench.run('apply').status).toBe(0);
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  expect(bench.run('orphan', '--all').stdout).toContain('2 orphaned');
  for (const text of [bench.node.guestConfig(950), bench.node.readFile('/etc/pve/qemu-server/951.conf')]) {
    expect(text).not.toContain('phoenix-cdk');
  }
  expect(bench.node.readFile('/var/lib/phoenix/phoenix/journal')).not.toMatch(/^(?:guest|applied)\t/m);
});

test('a guest that was let go and taken back is as it was', () => {
  const bench = applied(container(950, 'qwen', { keys: [exact('cores', '2')] }).steps);
  const before = bench.node.guestConfig(950);
  bench.run('orphan', '--all');
  expect(bench.run('apply', '--adopt', 'ai/qwen').status).toBe(0);
  expect(bench.node.guestConfig(950)).toBe(before);
});

test('a run that is killed between line and journal is finished by the next', () => {
  const bench = applied();
  bench.node.fault({ argv: ['pct', 'set'], mode: 'kill-after' });
  bench.run('orphan', 'ai/qwen');
  expect(bench.run('orphan', '950').status).toBe(0);
  expect(bench.plan()['guest/950/create']?.verdict).toBe('foreign');
});

test('nobody is let go by mistake: no name, a wrong name, a guest of others', () => {
  const bench = applied();
  for (const words of [['orphan'], ['orphan', 'ai/nosuch'], ['orphan', '951'], ['orphan', 'ai/qwen', '--all']]) {
    expect(bench.run(...words).status).toBe(2);
  }
  expect(bench.commands()).toEqual([]);
});

/** What an app has on its host besides guests. */
const others = () => {
  const spec = {
    options: { policy_in: 'DROP' },
    aliases: [{ name: 'router', cidr: '10.0.0.1' }],
    ipsets: [{ name: 'admins', comment: 'who may', entries: [{ cidr: '10.0.0.5' }] }],
    groups: [],
    rules: [{ direction: 'IN', action: 'ACCEPT', macro: 'SSH' }],
    imported: false,
    needs: { entries: [], options: [] },
    removalPolicy: 'destroy',
  } as const;
  const place = { app: 'phoenix', path: 'host/firewall', host: 'pve', pveVersion: '9.1' } as const;
  return [
    dataset('rpool/models', {}, { removal: 'destroy' }),
    storage('disks', 'zfspool', { pool: 'rpool/models' }, ['zfs/rpool/models'], { removal: 'destroy' }),
    ...describeSharedFirewall('cluster', spec, place).steps,
  ];
};

test('the app leaves the host with orphan --all: no mark of ours, an empty journal, and nothing else is changed', () => {
  const bench = applied([...others(), ...container(950, 'qwen', { keys: [exact('cores', '2')] }).steps]);
  const guest = bench.node.guestConfig(950);
  const firewall = bench.node.readFile('/etc/pve/firewall/cluster.fw');
  const storages = bench.node.readFile('/etc/pve/storage.cfg');
  const { status, stdout, stderr } = bench.run('orphan', '--all');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('former configs and logs stay in /var/lib/phoenix/phoenix (before runs)');
  expect(bench.commands()).toEqual([expect.stringMatching(/^pct set 950 --digest \w+ --delete description$/)]);
  expect(bench.node.guestConfig(950)).toBe(guest.replace(/^#phoenix-cdk.*\n/m, ''));
  expect(bench.node.readFile('/etc/pve/firewall/cluster.fw')).toBe(
    firewall.replaceAll(/ \(phoenix-cdk app=phoenix\)$/gm, '').replaceAll(/ #$/gm, ''),
  );
  expect(bench.node.readFile('/etc/pve/storage.cfg')).toBe(storages);
  expect(bench.node.readFile('/var/lib/phoenix/phoenix/journal')).toBe('phoenix-journal 1\n');
  expect(bench.node.isRunning(950)).toBe(true);
  expect(bench.node.run(['zfs', 'list', 'rpool/models']).status).toBe(0);
  // Nothing is ours any more, so nothing of it can be destroyed by us.
  expect(bench.run('destroy', 'zfs/rpool/models', '--yes').status).toBe(2);
  expect(bench.run('orphan', '--all').stdout).toContain('Nothing to do');
});

test('a thing that left the program is forgotten by its name, and stays', () => {
  const bench = applied([...others(), ...container(950, 'qwen', {}).steps]);
  bench.synthesize({ steps: container(950, 'qwen', {}).steps });
  expect(bench.run('plan').stdout).toContain('zfs/rpool/models');
  expect(bench.run('orphan', 'zfs/rpool/models', 'storage', 'firewall').status).toBe(0);
  expect(bench.run('plan').stdout).not.toContain('Not in the program any more');
  expect(bench.node.run(['zfs', 'list', 'rpool/models']).status).toBe(0);
  expect(bench.node.readFile('/etc/pve/firewall/cluster.fw')).toContain('IN SSH(ACCEPT)\n');
});

test('without the library the assembly still verifies and repairs: it needs nothing that a node lacks', () => {
  const bench = applied([...others(), ...container(950, 'qwen', { keys: [exact('cores', '2')] }).steps]);
  bench.node.setGuestKey(950, 'cores', '4');
  // No node, no npm, no python: what Proxmox VE has of Debian.
  const bare = (...words: string[]) => {
    const path = `${bench.node.dir}/bin:/usr/bin:/bin`;
    const without = ['node', 'npm', 'npx', 'python3', 'jq'].map(
      (name) => `${name}() { exit 127; }; export -f ${name};`,
    );
    return bench.node.run([
      'bash',
      '-c',
      `${without.join(' ')} PATH=${path} "$@"`,
      'x',
      `${bench.folder}/cdk.out/applier`,
      ...words,
    ]);
  };
  expect(bare('verify')).toMatchObject({ status: 1, stdout: expect.stringContaining('cores is 4, not 2') });
  expect(bare('drift', '--repair').status).toBe(0);
  expect(bare('verify').stdout).toMatch(/^Verified: /);
  expect(bench.node.guestConfig(950)).toMatch(/^cores: 2$/m);
});
