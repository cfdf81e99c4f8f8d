import { readlinkSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeSharedFirewall } from '../../src/firewall/plan.js';
import type { KeyRequirement } from '../../src/model/step.js';
import { Bench, type BenchStack } from './bench.js';
import { machine, machineBench } from './machines.js';
import { container, exact, hostFile, storage } from './steps.js';

const gib = 1024 ** 3;
const data: KeyRequirement = {
  is: 'volume',
  key: 'mp0',
  storage: 'local-zfs',
  bytes: gib,
  options: 'mp=/data',
  impact: 'restart',
  added: 'live',
};
const text = (content: string) => hostFile('/etc/motd', content);
const program = (content: string, ...keys: KeyRequirement[]) => ({
  steps: [text(content).step, ...container(950, 'qwen', { keys }).steps],
  files: text(content).files,
});

/** Applies a program after another, and gives the name of the run that did. */
function changed(bench: Bench, before: BenchStack, after: BenchStack): string {
  for (const one of [before, after]) {
    bench.synthesize(one);
    const { status, stderr } = bench.run('apply');
    expect(status, stderr).toBe(0);
  }
  return runs(bench).at(-1) as string;
}

/** By age: the names of two runs within one second are in no order. */
const runs = (bench: Bench) =>
  bench.node
    .run(['ls', '-tr', `${bench.node.root}/var/lib/phoenix/phoenix/before`])
    .stdout.trim()
    .split('\n');

test('files are as before a run, after they were shown and somebody said yes', () => {
  const bench = new Bench();
  const run = changed(bench, program('one\n', exact('cores', '2')), program('two\n', exact('cores', '4')));
  const shown = bench.run('restore', run);
  expect(shown.status, shown.stderr).toBe(3);
  expect(shown.stdout).toMatch(/~ cores +4 → 2/);
  expect(shown.stdout).toMatch(/~ \/etc\/motd +1 lines go → 1 lines come back/);
  expect(bench.node.guestConfig(950)).toContain('cores: 4');
  const { status, stdout, stderr } = bench.run('restore', run, '--yes');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('2 restored');
  expect(bench.node.guestConfig(950)).toContain('cores: 2\n');
  expect(bench.node.readFile('/etc/motd')).toBe('one\n');
  expect(bench.run('restore', run).status).toBe(0);
  expect(bench.run('plan', '--fail').status).toBe(3);
});

test('a link that a file took the place of is told of, and comes back as a link', () => {
  const bench = new Bench();
  bench.node.writeFile('/srv/motd', 'theirs\n');
  symlinkSync('../srv/motd', bench.node.path('/etc/motd'));
  bench.synthesize({ steps: [text('ours\n').step], files: text('ours\n').files });
  expect(bench.run('plan').stdout).toContain('/etc/motd is a link to ../srv/motd; a plain file takes its place');
  expect(bench.run('apply').status).toBe(0);
  expect([bench.node.readFile('/etc/motd'), bench.node.readFile('/srv/motd')]).toEqual(['ours\n', 'theirs\n']);
  const run = runs(bench).at(-1) as string;
  expect(bench.run('restore', run).stdout).toMatch(/\/etc\/motd +a plain file → a link to \.\.\/srv\/motd/);
  expect(bench.run('restore', run, '--yes').status).toBe(0);
  expect(readlinkSync(bench.node.path('/etc/motd'))).toBe('../srv/motd');
  expect(bench.node.readFile('/srv/motd')).toBe('theirs\n');
});

const models = storage('models', 'dir', { path: '/var/models', content: 'iso' });

test('a file that others write, too, is put back only as long as nobody has written it since', () => {
  const bench = new Bench();
  const before = bench.node.readFile('/etc/pve/storage.cfg');
  const run = changed(bench, { steps: [text('one\n').step], files: text('one\n').files }, { steps: [models] });
  const after = bench.node.readFile('/etc/pve/storage.cfg');
  bench.node.writeFile('/etc/pve/storage.cfg', `${after}\ndir: theirs\n\tpath /srv/theirs\n\tcontent iso\n`);
  const refused = bench.run('restore', run, '--yes');
  expect(refused.status).toBe(1);
  expect(refused.stdout).toMatch(/was written since that run, and that would be lost; take over by hand .*\/before\//);
  expect(bench.node.readFile('/etc/pve/storage.cfg')).toContain('dir: theirs');
  bench.node.writeFile('/etc/pve/storage.cfg', after);
  const { status, stdout, stderr } = bench.run('restore', run, '--yes');
  expect(status, stdout + stderr).toBe(0);
  expect(bench.node.readFile('/etc/pve/storage.cfg')).toBe(before);
  expect(bench.node.exists('/etc/pve/priv/lock/file-storage_cfg')).toBe(false);
  expect(bench.run('restore', runs(bench).at(-1) as string, '--yes').status, 'a restoration').toBe(0);
  expect(bench.node.readFile('/etc/pve/storage.cfg')).toBe(after);
});

test('what others wrote while a run waited for them is not taken away either', () => {
  const bench = new Bench();
  const theirs = `printf '\\ndir: theirs\\n\\tpath /srv/theirs\\n\\tcontent iso\\n' >>${bench.node.path('/etc/pve/storage.cfg')}`;
  bench.standIn('pvesm', `${theirs}; exec ${bench.node.dir}/bin/pvesm "$@"`);
  bench.synthesize({ steps: [models] });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.run('restore', runs(bench).at(-1) as string, '--yes').stdout).toContain(
    'others wrote it while that run',
  );
  expect(bench.node.readFile('/etc/pve/storage.cfg')).toContain('dir: theirs');
});

test("the firewall's file needs the same option as with apply", () => {
  const bench = new Bench();
  const fw = '/etc/pve/firewall/cluster.fw';
  const file = (enable: string): BenchStack => {
    const spec = { options: { enable }, aliases: [], ipsets: [], groups: [], rules: [], imported: false };
    const place = { app: 'phoenix', path: 'host/firewall', host: 'pve', pveVersion: '9.1' } as const;
    const needs = { entries: [], options: [] };
    return { steps: [...describeSharedFirewall('cluster', { ...spec, needs, removalPolicy: 'retain' }, place).steps] };
  };
  bench.node.writeFile(fw, '[OPTIONS]\n\nenable: 1\n');
  bench.synthesize(file('0'));
  expect(bench.run('apply').status).toBe(0);
  const run = runs(bench).at(-1) as string;
  expect(bench.run('restore', run).stdout).toContain('Not allowed yet: --allow-firewall');
  bench.run('restore', run, '--yes');
  expect(bench.node.readFile(fw)).toContain('enable: 0');
  expect(bench.run('restore', run, '--yes', '--allow-firewall').status).toBe(0);
  expect(bench.node.readFile(fw)).toContain('enable: 1');
});

test('a restoration can be restored', () => {
  const bench = new Bench();
  const run = changed(bench, program('one\n', exact('cores', '2')), program('two\n', exact('cores', '4')));
  bench.run('restore', run, '--yes');
  expect(bench.run('restore', runs(bench).at(-1) as string, '--yes').status).toBe(0);
  expect(bench.plan()).toMatchObject({
    'guest/950/config': { verdict: 'satisfied' },
    'guest/950/state': { verdict: 'held', reason: expect.stringContaining('waits for a restart') },
  });
});

test('a disk that the run made is kept, as one that is not in use', () => {
  const bench = new Bench();
  const run = changed(bench, program('one\n'), program('one\n', data));
  expect(bench.run('restore', run).stdout).toContain('unused0');
  expect(bench.run('restore', run, '--yes').status).toBe(0);
  expect(bench.node.guestConfig(950)).not.toMatch(/^mp0/m);
  expect(bench.node.guestConfig(950)).toMatch(/^unused0: local-zfs:subvol-950-disk-1$/m);
});

test("the line that makes a guest ours stays, and people's notes come back", () => {
  const bench = new Bench();
  const { steps } = container(950, 'qwen', {});
  bench.synthesize({ steps });
  bench.run('apply');
  bench.run('orphan', '--all');
  bench.run('apply', '--adopt', 'ai');
  const run = runs(bench).at(-1) as string;
  bench.run('restore', run, '--yes');
  expect(bench.node.guestConfig(950)).toMatch(/^#phoenix-cdk/);
  expect(bench.plan()['guest/950/create']?.verdict).toBe('satisfied');
});

test('what cannot be undone is said', () => {
  const bench = new Bench();
  const before = program('one\n');
  const guest = container(950, 'qwen', { script: 'true\n' });
  const run = changed(bench, before, {
    steps: [text('two\n').step, ...guest.steps],
    files: { ...guest.files, ...text('two\n').files },
  });
  expect(bench.run('restore', run).stdout).toMatch(/not undone: ai\/qwen \(set-up script\)/);
});

test.each([
  ['has other snapshots', ['pct', 'snapshot', '950', 'now'], 'its snapshots are others'],
  ['has become a template', ['pct', 'template', '950'], 'its disks have other names'],
])('the config of a guest that %s is not put back', (_, command, reason) => {
  const bench = new Bench();
  const run = changed(bench, program('one\n', exact('cores', '2')), program('one\n', exact('cores', '4')));
  bench.node.run(['pct', 'stop', '950']);
  expect(bench.node.run(command).status).toBe(0);
  const { status, stdout } = bench.run('restore', run, '--yes');
  expect(status).toBe(1);
  expect(stdout).toContain(reason);
  expect(bench.node.guestConfig(950)).toContain('cores: 4');
});

const nic = (ip: string, end: number) =>
  exact('net0', `name=eth0,bridge=vmbr0,ip=${ip}/24,hwaddr=BC:24:11:00:00:0${end}`);

test('an address that another guest has by now is not put back, and the guest is named', () => {
  const bench = new Bench();
  const qwen = (ip: string) => container(950, 'qwen', { keys: [nic(ip, 1)] });
  const run = changed(bench, qwen('10.0.0.50'), qwen('10.0.0.60'));
  const other = container(951, 'other', { keys: [nic('10.0.0.50', 2)] });
  bench.synthesize({ steps: [...qwen('10.0.0.60').steps, ...other.steps] });
  expect(bench.run('apply').status).toBe(0);
  const { status, stdout } = bench.run('restore', run, '--yes');
  expect(status).toBe(1);
  expect(stdout).toContain('address 10.0.0.50 on vmbr0 is ai/other (951)');
  expect(bench.node.guestConfig(950)).toContain('ip=10.0.0.60');
});

test('a guest that is gone is not made of its config', () => {
  const bench = new Bench();
  const run = changed(bench, program('one\n', exact('cores', '2')), program('one\n', exact('cores', '4')));
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'destroy', '950']);
  expect(bench.run('restore', run, '--yes').stdout).toContain('a config makes no disks');
});

test('machines have their config back under the lock that qm takes', () => {
  const bench = machineBench();
  const web = (cores: string) => ({ steps: machine(950, 'web', { state: 'stopped', keys: [exact('cores', cores)] }) });
  const run = changed(bench, web('2'), web('4'));
  expect(bench.run('restore', run, '--yes').status).toBe(0);
  expect(bench.node.readFile('/etc/pve/qemu-server/950.conf')).toContain('cores: 2\n');
});

test('a run of which nothing was kept is wrong usage', () => {
  const bench = new Bench();
  bench.synthesize(program('one\n'));
  for (const words of [['restore'], ['restore', 'nosuch'], ['restore', '../runs'], ['restore', 'a', 'b']]) {
    expect(bench.run(...words).status).toBe(2);
  }
});
