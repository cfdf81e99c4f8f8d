import { expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { Bench, type BenchStack } from './bench.js';
import { disk, machine, machineBench } from './machines.js';
import { container, exact } from './steps.js';

const net = (address: number, mac: number): KeyRequirement =>
  exact('net0', `name=eth0,bridge=vmbr0,ip=10.0.0.${address}/24,hwaddr=52:54:00:00:00:${mac}`);
/** Added to a guest that runs at once, and taken away with a restart. */
const usb: KeyRequirement = { is: 'exact', key: 'dev0', value: 'path=/dev/ttyUSB0', impact: 'restart', added: 'live' };

const guest = (vmid: number, ...keys: KeyRequirement[]): Step[] => container(vmid, `g${vmid}`, { keys }).steps;

/** A host on which these were applied. */
function applied(steps: readonly Step[], bench = new Bench(), stack: Partial<BenchStack> = {}): Bench {
  bench.synthesize({ ...stack, steps });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

/** Command lines of Proxmox, without digests and times. */
const acts = (bench: Bench) =>
  bench
    .commands()
    .map((line) => line.replace(/ --(digest|timeout) \S+/g, '').replace(/ --net0 \S*ip=(\S+?)\/\S*/, ' net0 $1'));

test('host-safety 20: an address goes from one guest to another: first it is given up, then taken', () => {
  const bench = applied([...guest(950, net(50, 50)), ...guest(951, net(51, 51))]);
  bench.synthesize({ steps: [...guest(950, net(51, 50)), ...guest(951, net(52, 51))] });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(acts(bench)).toEqual(['pct set 951 net0 10.0.0.52', 'pct set 950 net0 10.0.0.51']);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('host-safety 20: what is given up with a restart only is held back together with its taker, and comes with the restart', () => {
  const bench = new Bench();
  bench.node.writeFile('/dev/ttyUSB0', '');
  applied([...guest(950), ...guest(951, usb)], bench);
  bench.synthesize({ steps: [...guest(950, usb), ...guest(951)] });
  const plan = bench.plan();
  expect(plan['guest/951/config']).toMatchObject({ verdict: 'held', flag: '--allow-restart ai/g951' });
  expect(plan['guest/950/config']).toMatchObject({
    verdict: 'blocked',
    flag: '--allow-restart ai/g951',
    reason: "device /dev/ttyUSB0 is ai/g951 (951)'s, where giving it up is held back",
  });
  expect(bench.run('apply').status).toBe(1);
  expect(acts(bench)).toEqual([]);
  const { status, stderr } = bench.run('apply', '--allow-restart', 'ai');
  expect(status, stderr).toBe(0);
  expect(acts(bench)).toEqual(['pct set 951 --delete dev0', 'pct reboot 951', 'pct set 950 --dev0 path=/dev/ttyUSB0']);
});

test('host-safety 20: a giver that waits for its restart since a former run has it still', () => {
  const bench = new Bench();
  bench.node.writeFile('/dev/ttyUSB0', '');
  applied([...guest(950), ...guest(951, usb)], bench);
  bench.node.run(['pct', 'set', '951', '--delete', 'dev0']);
  bench.synthesize({ steps: [...guest(950, usb), ...guest(951)] });
  expect(bench.plan()['guest/950/config']).toMatchObject({ verdict: 'blocked', flag: '--allow-restart ai/g951' });
});

test('host-safety 20: who left the program and runs keeps what it has; pruned, it goes before the new one is made', () => {
  const old = guest(951, net(50, 51)).map((step) =>
    step.kind === 'guest-create' ? { ...step, removal: 'destroy' as const } : step,
  );
  const bench = applied(old);
  bench.synthesize({ steps: guest(950, net(50, 50)) });
  expect(bench.plan()['guest/950/create']).toMatchObject({
    verdict: 'blocked',
    reason: "address 10.0.0.50 on vmbr0 is guest 951's, which is not in the program and runs",
  });
  expect(bench.run('apply').status).toBe(1);
  expect(acts(bench)).toEqual([]);
  const { status, stderr } = bench.run('apply', '--prune');
  expect(status, stderr).toBe(0);
  expect(acts(bench).map((line) => line.split(' ', 3).join(' '))).toEqual([
    'pct shutdown 951',
    'pct destroy 951',
    'pct create 950',
    'pct set 950',
    'pct start 950',
  ]);
});

test('host-safety 20: a stranger who runs is not put into the same place; one who is stopped is told', () => {
  const bench = applied(guest(950, net(50, 50)));
  const create = [
    'pct',
    'create',
    '800',
    'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
    '--rootfs',
    'local-zfs:1',
  ];
  bench.node.run([...create, '--net0', 'name=eth0,bridge=vmbr0,ip=10.0.0.60/24']);
  bench.synthesize({ steps: guest(950, net(60, 50)) });
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'change',
    notes: [expect.stringContaining('guest 800')],
  });
  bench.node.run(['pct', 'start', '800']);
  bench.node.clearCommands();
  expect(bench.plan()['guest/950/config']?.verdict).toBe('blocked');
  expect(bench.run('apply').status).toBe(1);
  expect(acts(bench)).toEqual([]);
});

test('host-safety 20: the same address on another bridge is another one', () => {
  const bench = applied(
    [...guest(950, net(50, 50)), ...guest(951, net(51, 51))],
    new Bench({ bridges: ['vmbr0', 'vmbr1'] }),
  );
  const other = exact('net0', 'name=eth0,bridge=vmbr1,ip=10.0.0.51/24,hwaddr=52:54:00:00:00:50');
  bench.synthesize({ steps: [...guest(950, other), ...guest(951, net(51, 51))] });
  expect(bench.run('apply').status).toBe(0);
});

test('host-safety 20: two guests that exchange their addresses are told how, and nothing is done', () => {
  const bench = applied([...guest(950, net(50, 50)), ...guest(951, net(51, 51))]);
  bench.synthesize({ steps: [...guest(950, net(51, 50)), ...guest(951, net(50, 51))] });
  const plan = bench.plan();
  for (const vmid of [950, 951]) {
    expect(plan[`guest/${vmid}/config`]).toMatchObject({
      verdict: 'blocked',
      reason: expect.stringContaining('take it away there, apply, and give it here in a second run'),
    });
  }
  expect(bench.run('apply').status).toBe(1);
  expect(acts(bench)).toEqual([]);
});

test('host-safety 20: folders, which both may have, are exchanged in one run', () => {
  const folder = (path: string): KeyRequirement => exact('mp0', `${path},mp=/data`, 'restart');
  const bench = new Bench({ datasets: { 'rpool/a': {}, 'rpool/b': {} } });
  applied([...guest(950, folder('/rpool/a')), ...guest(951, folder('/rpool/b'))], bench, { restart: 'when-needed' });
  bench.synthesize({
    steps: [...guest(950, folder('/rpool/b')), ...guest(951, folder('/rpool/a'))],
    restart: 'when-needed',
  });
  const { status, stderr } = bench.run('apply', '--yes');
  expect(status, stderr).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('mp0: /rpool/b');
  expect(bench.node.guestConfig(951)).toContain('mp0: /rpool/a');
});

test('host-safety 20: a taker that is asked for alone waits for a giver that is not', () => {
  const bench = applied([...guest(950, net(50, 50)), ...guest(951, net(51, 51))]);
  bench.synthesize({ steps: [...guest(950, net(51, 50)), ...guest(951, net(52, 51))] });
  const { status, stdout } = bench.run('apply', '--only', 'ai/g950');
  expect(status).toBe(1);
  expect(stdout).toContain(
    "address 10.0.0.51 on vmbr0 is ai/g951 (951)'s, and its giving it up is not part of this run",
  );
  expect(acts(bench)).toEqual([]);
});

test('host-safety 20: a run that is killed between giving and taking is ended by the next', () => {
  const bench = applied([...guest(950, net(50, 50)), ...guest(951, net(51, 51))]);
  bench.synthesize({ steps: [...guest(950, net(51, 50)), ...guest(951, net(52, 51))] });
  bench.node.fault({ argv: ['pct', 'set', '951'], mode: 'kill-after' });
  bench.run('apply');
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('ip=10.0.0.51/24');
  expect(bench.node.guestConfig(951)).toContain('ip=10.0.0.52/24');
});

const card = exact('hostpci0', '0000:01:00.0', 'restart');

test('host-safety 20: a card goes from a container to a machine when the container was restarted without it', () => {
  const bench = machineBench();
  bench.node.writeFile('/dev/nvidia0', '');
  bench.node.writeFile('/proc/driver/nvidia/gpus/0000:01:00.0/information', 'Model: \t x\nDevice Minor: \t 0\n');
  const nvidia = exact('dev0', 'path=/dev/nvidia0', 'restart');
  const web = (...keys: KeyRequirement[]) => machine(960, 'web', { keys: [disk('scsi0', 1), ...keys] });
  applied([...web(), ...guest(951, nvidia)], bench, { restart: 'when-needed' });
  bench.synthesize({ steps: [...web(card), ...guest(951)], restart: 'when-needed' });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(acts(bench).slice(0, 3)).toEqual([
    'pct set 951 --delete dev0',
    'pct reboot 951',
    'qm set 960 --hostpci0 0000:01:00.0',
  ]);
});

test('host-safety 20: a machine that starts waits for the one that has its card and is stopped', () => {
  const one = (vmid: number, state: 'running' | 'stopped') =>
    machine(vmid, `m${vmid}`, { state, keys: [disk('scsi0', 1), card] });
  const bench = applied([...one(960, 'stopped'), ...one(961, 'running')], machineBench());
  bench.synthesize({ steps: [...one(960, 'running'), ...one(961, 'stopped')] });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(acts(bench)).toEqual(['qm shutdown 961', 'qm start 960']);

  bench.synthesize({ steps: [...one(960, 'running'), ...one(961, 'running')] });
  expect(bench.plan()['guest/961/state']).toMatchObject({
    verdict: 'blocked',
    reason: "device 0000:01:00 is vm/m960 (960)'s, which runs",
  });
});
