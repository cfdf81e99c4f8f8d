import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { Bench, type BenchStack, sha256 } from './bench.js';
import { HandMadeHost } from './hand-made.js';
import { configOf, container, dataset, exact, hostFile, run, storage } from './steps.js';

const net = 'name=eth0,bridge=vmbr0,ip=10.0.0.50/24,gw=10.0.0.1,hwaddr=52:54:00:67:89:B0';

/** A bench on which these guests were applied. */
function applied(bench: Bench, ...stacks: BenchStack[]): Bench {
  bench.synthesize(...stacks);
  const { stderr, status } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

const digest = sha256('template 900');
const template = (options: Partial<Parameters<typeof container>[2]> = {}) =>
  container(900, 'base', { seal: digest, ...options });
const clone = (vmid: number, options: Partial<Parameters<typeof container>[2]> = {}) =>
  container(vmid, `g${vmid}`, { from: { template: 900, digest }, needs: ['guest/900/template'], ...options });

function together(...guests: { steps: Step[]; files: Record<string, string> }[]): BenchStack {
  return { steps: guests.flatMap(({ steps }) => steps), files: Object.assign({}, ...guests.map(({ files }) => files)) };
}

test('host-safety 1: a clone made by hand bears our marker and is not ours', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'clone', '950', '951']);
  bench.node.clearCommands();
  bench.synthesize(together(container(951, 'stranger', {})));
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('guest 951 is a copy of guest 950 and not ours');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 1: a guest that was destroyed and made anew by hand is not ours, whatever the journal says', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'destroy', '950']);
  bench.node.run([
    'pct',
    'create',
    '950',
    'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
    '--rootfs',
    'local-zfs:4',
  ]);
  bench.node.clearCommands();
  expect(bench.run('apply').status).toBe(1);
  expect(bench.plan()['guest/950/config']?.verdict).toBe('foreign');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 1: protection that somebody switched on is a veto', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  bench.node.setGuestKey(950, 'protection', '1');
  bench.synthesize(together(container(950, 'qwen', { keys: [exact('cores', '2')] })));
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('protection was switched on'),
  });
});

test('host-safety 2: a clone whose worker was killed is cleared away and made again, and its source unlocked', () => {
  const bench = applied(new Bench(), together(template()));
  bench.synthesize(together(template(), clone(950, { from: { template: 900, digest, mode: 'full' } })));
  bench.node.fault({ argv: ['pct', 'clone'], mode: 'kill-middle', victim: 'worker' });
  const first = bench.run('apply');
  const log = [...bench.commands()];
  expect(bench.node.guestConfig(900)).not.toContain('lock:');
  expect(log).toContain('pct unlock 900');
  // Of disks that no config names, each is judged by itself.
  expect(log).toContain('pct destroy 950');
  expect(first.stderr).not.toContain('FAILED');
  expect(first.status).toBe(0);
  expect(bench.node.isRunning(950)).toBe(true);
});

test("host-safety 2: somebody's backup is waited for, and never unlocked", () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  bench.node.setGuestKey(950, 'lock', 'backup');
  bench.synthesize(together(container(950, 'qwen', { keys: [exact('cores', '2')] })));
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('guest 950 is locked (backup)');
  expect(bench.commands()).toEqual([]);
  expect(bench.node.guestConfig(950)).toContain('lock: backup');
});

test('host-safety 3: a volume of another guest is not taken for ours', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  const data = {
    is: 'volume',
    key: 'mp0',
    storage: 'local-zfs',
    bytes: 1024 ** 3,
    options: 'mp=/data',
    impact: 'restart',
  } as const;
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run([
    'pct',
    'create',
    '951',
    'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
    '--rootfs',
    'local-zfs:1',
  ]);
  bench.node.setGuestKey(950, 'mp0', 'local-zfs:subvol-951-disk-0,mp=/data,size=1G');
  bench.synthesize(together(container(950, 'qwen', { keys: [data] })));
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('wanted: a volume of guest 950'),
  });
});

test('host-safety 3: what leaves the program is detached, and its data stays', () => {
  const data = {
    is: 'volume',
    key: 'mp0',
    storage: 'local-zfs',
    bytes: 1024 ** 3,
    options: 'mp=/data',
    impact: 'restart',
  } as const;
  const bench = applied(new Bench(), together(container(950, 'qwen', { keys: [data] })));
  bench.node.run(['pct', 'stop', '950']);
  bench.synthesize(together(container(950, 'qwen', {})));
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('unused0: local-zfs:subvol-950-disk-1');
  expect(bench.node.run(['zfs', 'list', '-H', '-o', 'name', 'rpool/data/subvol-950-disk-1']).status).toBe(0);
});

test('host-safety 4: keys that can fail from outside have calls of their own, with a digest, and nothing is set and deleted at once', () => {
  const bench = new Bench();
  bench.synthesize(
    together(
      container(950, 'qwen', {
        keys: [exact('cores', '2'), exact('net0', net), exact('mp0', '/rpool/models,mp=/m')],
        mounts: [],
      }),
    ),
  );
  bench.run('apply');
  const sets = bench.commands().filter((line) => line.startsWith('pct set'));
  expect(sets.map((line) => line.replace(/--digest [0-9a-f]{40} /, '--digest D '))).toEqual([
    'pct set 950 --digest D --cores 2',
    `pct set 950 --digest D --net0 ${net}`,
    'pct set 950 --digest D --mp0 /rpool/models,mp=/m',
  ]);
});

test('host-safety 4: a call that says it failed and did everything is no failure, and one that says it worked and did nothing is one', () => {
  const lying = new Bench();
  lying.synthesize(together(container(950, 'qwen', { keys: [exact('cores', '2')] })));
  lying.node.fault({ argv: ['pct', 'set'], mode: 'fail-after', exit: 2, stderr: "bridge 'nobr' does not exist" });
  expect(lying.run('apply').status).toBe(0);
  expect(lying.node.guestConfig(950)).toContain('cores: 2');

  const idle = new Bench();
  idle.synthesize(together(container(950, 'qwen', { keys: [exact('cores', '2')] })));
  idle.node.fault({ argv: ['pct', 'set'], mode: 'fail-before', exit: 0 });
  idle.node.fault({ argv: ['pct', 'set'], mode: 'fail-before', exit: 0, nth: 2 });
  const { stderr, status } = idle.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('it was done and did not help: cores');
});

test('host-safety 4: on a running guest a bad bridge leaves the safe keys set and the failure reported', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  const wanted = container(950, 'qwen', {
    keys: [exact('cores', '2'), exact('net1', 'name=eth1,bridge=nobr,hwaddr=52:54:00:67:89:B1')],
  });
  bench.synthesize(
    together({
      ...wanted,
      steps: wanted.steps.map((step) =>
        step.kind === 'guest-config' ? { ...step, keys: [...step.keys, exact('swap', '256')] } : step,
      ),
    }),
  );
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain("bridge 'nobr' does not exist");
  expect(bench.node.guestConfig(950)).toMatch(/^cores: 2$/m);
  expect(bench.node.readFile('/sys/fs/cgroup/lxc/950/memory.swap.max').trim()).toBe(String(256 * 1024 ** 2));
});

test('host-safety 4: a limit in force that differs from the config is told', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  expect(bench.plan()['guest/950/config']?.notes).toEqual([]);
  bench.node.writeFile('/sys/fs/cgroup/lxc/950/memory.max', '99614720\n');
  expect(bench.plan()['guest/950/config']?.notes).toEqual([
    'memory in force is 99614720, by the config it should be 536870912: restart the guest (--allow-restart ai/qwen)',
  ]);
});

test('host-safety 5: raw lines stand before the first section, and history stays as it was', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  bench.node.run(['pct', 'snapshot', '950', 'before']);
  const history = bench.node.guestConfig(950).replace(/^[\s\S]*?(?=^\[)/m, '');
  const raw = [{ key: 'lxc.cgroup2.devices.allow', value: 'c 195:* rwm' }];
  bench.synthesize({ ...together(container(950, 'qwen', { raw })), restart: 'when-needed' });
  bench.node.clearCommands();
  expect(bench.run('apply').status).toBe(0);
  const config = bench.node.guestConfig(950);
  expect(config.indexOf('lxc.cgroup2.devices.allow: c 195:* rwm')).toBeLessThan(config.indexOf('\n['));
  expect(config.endsWith(history)).toBe(true);
  expect(bench.commands()).toEqual(['pct reboot 950 --timeout 5']);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('host-safety 5: raw lines are held back on a running guest until a restart is allowed', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  bench.synthesize(together(container(950, 'qwen', { raw: [{ key: 'lxc.cgroup2.devices.allow', value: 'a' }] })));
  const { stdout, status } = bench.run('apply');
  expect(stdout).toContain('--allow-restart ai/qwen');
  expect(status).toBe(0);
  expect(bench.node.guestConfig(950)).not.toContain('lxc.cgroup2');
  expect(bench.run('apply', '--allow-restart', 'ai').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('lxc.cgroup2.devices.allow: a');
});

test('host-safety 6: the firewall file of a clone is ours, not the one of its source, before it starts', () => {
  const bench = new Bench();
  const guest = clone(950);
  const rules = '[OPTIONS]\nenable: 1\n';
  const firewall = hostFile('/etc/pve/firewall/950.fw', rules, ['guest/950/create']);
  const steps = guest.steps.map((step) =>
    step.kind === 'guest-state' ? { ...step, needs: [...step.needs, firewall.step.id] } : step,
  );
  applied(bench, together(template()));
  bench.node.writeFile('/etc/pve/firewall/900.fw', '[OPTIONS]\nenable: 0\n');
  bench.synthesize(
    together(template(), { steps: [firewall.step, ...steps], files: { ...guest.files, ...firewall.files } }),
  );
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.readFile('/etc/pve/firewall/950.fw')).toBe(rules);
  expect(bench.node.isRunning(950)).toBe(true);
});

test('host-safety 7: a clone does not boot as its template', () => {
  const bench = applied(
    new Bench(),
    together(template({ keys: [exact('cores', '2'), exact('startup', 'order=1'), exact('net0', net)] })),
  );
  expect(applied(bench, together(template(), clone(950))).node.guestConfig(950)).not.toMatch(
    /^(cores|startup|net0|onboot):/m,
  );
});

test('host-safety 7: a template holds no autostart, no protection, no device and no bind mount', () => {
  const bench = new Bench();
  bench.synthesize(
    together(
      template({
        keys: [
          exact('onboot', '1'),
          exact('dev0', '/dev/null'),
          exact('mp0', '/rpool/data,mp=/x'),
          exact('protection', '1'),
        ],
      }),
    ),
  );
  bench.node.writeFile('/dev/null', '');
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(bench.node.guestConfig(900)).toMatch(/^template: 1$/m);
  expect(bench.node.guestConfig(900)).not.toMatch(/^(dev0|mp0|protection: 1|onboot: 1)/m);
});

test('host-safety 8: a guest that HA manages is not started by pct, whose exit code would say that it was', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', {})));
  bench.node.run(['pct', 'stop', '950']);
  bench.node.writeFile('/etc/pve/ha/resources.cfg', 'ct: 950\n\tstate stopped\n');
  bench.node.clearCommands();
  expect(bench.run('apply').status).toBe(1);
  expect(bench.plan()['guest/950/state']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('managed by HA (state stopped)'),
  });
  expect(bench.commands()).toEqual([]);
});

test('host-safety 9: a guest does not start on a dataset that is not mounted', () => {
  const bench = new Bench({ datasets: { 'rpool/models': {} } });
  const guest = container(950, 'qwen', {
    needs: ['zfs/rpool/models'],
    keys: [exact('mp0', '/rpool/models,mp=/models')],
    mounts: [{ path: '/rpool/models', dataset: 'rpool/models' }],
  });
  applied(bench, { steps: [dataset('rpool/models', {}, { create: false }), ...guest.steps] });
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['zfs', 'unmount', 'rpool/models']);
  bench.node.clearCommands();
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('dataset rpool/models is not mounted at /rpool/models: the guest would see an empty folder');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 10: a guest with snapshots is not made a template, and a changed template is left as it is', () => {
  const bench = applied(new Bench(), together(container(900, 'base', {})));
  bench.node.run(['pct', 'snapshot', '900', 'before']);
  bench.synthesize(together(template()));
  expect(bench.plan()['guest/900/template']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('has snapshots (before)'),
  });

  const other = applied(new Bench(), together(template(), clone(950)));
  const changed = sha256('template 900, changed');
  other.synthesize(
    together(template({ seal: changed, script: 'true\n' }), clone(950, { from: { template: 900, digest: changed } })),
  );
  const plan = other.plan();
  expect(plan['guest/900/template']).toMatchObject({
    verdict: 'satisfied',
    notes: [expect.stringContaining('template changed')],
  });
  expect(plan['guest/950/create']).toMatchObject({ verdict: 'satisfied', notes: [expect.stringContaining('stale')] });
  expect(other.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(other.commands()).toEqual([]);
});

test('host-safety 11: a source that is locked by another clone is waited for', () => {
  const bench = applied(new Bench(), together(template()));
  bench.synthesize(together(template(), clone(950)));
  bench.node.fault({ argv: ['pct', 'clone'], mode: 'fail-before', exit: 255, stderr: 'CT is locked (disk)\n' });
  bench.node.fault({
    argv: ['pct', 'set'],
    mode: 'fail-before',
    exit: 4,
    stderr: "can't lock file '/run/lock/lxc/pve-config-950.lock' - got timeout\n",
  });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.commands().filter((line) => line.startsWith('pct clone'))).toHaveLength(2);
});

test('host-safety 11: a lock of the cluster that somebody else holds is waited for', () => {
  const bench = new Bench();
  bench.node.fault({
    argv: ['pvesm', 'add'],
    mode: 'fail-before',
    exit: 255,
    stderr:
      "trying to acquire cfs lock 'file-storage_cfg' ...\ncfs-lock 'file-storage_cfg' error: got lock request timeout\n",
  });
  bench.synthesize({ steps: [storage('models', 'dir', { path: '/var/models', content: 'iso' })] });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(bench.commands().map((line) => line.split(' ', 3).join(' '))).toEqual(['pvesm add dir', 'pvesm add dir']);
});

test('host-safety 11: two runs at once do not trip over each other', () => {
  const bench = new Bench();
  bench.synthesize(together(container(950, 'qwen', {})));
  const held = bench.node.run([
    'sh',
    '-c',
    'mkdir -p "$PHOENIX_ROOT/run"; flock "$PHOENIX_ROOT/run/phoenix.lock" "$0" apply',
    `${bench.folder}/cdk.out/applier`,
  ]);
  expect(held.status).toBe(1);
  expect(held.stderr).toContain('another apply is at work on this host');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 11: nobody but root can take the lock of a run and keep it', () => {
  const bench = new Bench();
  bench.synthesize(together(container(950, 'qwen', {})));
  expect(bench.run('apply').status).toBe(0);
  expect(statSync(bench.node.path('/run/phoenix.lock')).mode & 0o777).toBe(0o600);
  expect(bench.node.exists('/run/lock/phoenix.lock')).toBe(false);
});

test('host-safety 12: a device comes after what makes it, and its absence fails one call of its own', () => {
  const bench = new Bench({ nvidia: { version: '580.76.05', cards: 1 } });
  const driver = run('driver', [{ probe: 'file', path: '/dev/nvidia0' }], [['nvidia-modprobe', '-c', '0', '-u']]);
  const guest = container(950, 'qwen', {
    needs: ['driver'],
    keys: [exact('cores', '2'), exact('dev0', '/dev/nvidia0', 'restart')],
  });
  bench.synthesize({ steps: [driver, ...guest.steps] });
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('dev0: /dev/nvidia0');

  const without = new Bench();
  without.synthesize(
    together(container(950, 'qwen', { keys: [exact('cores', '2'), exact('dev0', '/dev/nvidia0', 'restart')] })),
  );
  expect(without.run('apply').status).toBe(1);
  expect(without.node.guestConfig(950)).toContain('cores: 2');
  expect(without.node.isRunning(950)).toBe(false);
});

test('host-safety 13: size is what the storage says; a volume grows by an absolute size and never shrinks', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', { gib: 4 })));
  bench.node.run(['pct', 'set', '950', '--rootfs', 'local-zfs:subvol-950-disk-0,size=9G']);
  bench.node.setGuestKey(950, 'rootfs', 'local-zfs:subvol-950-disk-0,size=9G');
  bench.node.clearCommands();
  bench.synthesize(together(container(950, 'qwen', { gib: 8 })));
  bench.run('apply', '--allow-restart', 'ai/qwen');
  expect(bench.commands()).toContain('pct resize 950 rootfs 8G');
  bench.synthesize(together(container(950, 'qwen', { gib: 2 })));
  bench.node.clearCommands();
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('rootfs is 8G, and disks only grow; wanted: 2G'),
  });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
});

test('host-safety 13: a volume that somebody made larger stays so', () => {
  const bench = applied(new Bench(), together(container(950, 'qwen', { gib: 4 })));
  bench.node.run(['pct', 'resize', '950', 'rootfs', '8G']);
  const plan = bench.plan()['guest/950/config'];
  expect(plan?.verdict).toBe('satisfied');
  expect(plan?.notes).toEqual([expect.stringContaining('larger than 4G; kept')]);
});

test('host-safety 13: a volume is allocated once', () => {
  const data = {
    is: 'volume',
    key: 'mp0',
    storage: 'local-zfs',
    bytes: 1024 ** 3,
    options: 'mp=/data',
    impact: 'restart',
  } as const;
  const bench = applied(new Bench(), together(container(950, 'qwen', { keys: [data] })));
  bench.node.run(['pct', 'stop', '950']);
  bench.synthesize(
    together(container(950, 'qwen', { keys: [{ ...data, options: 'mp=/data,backup=1', bytes: 2 * 1024 ** 3 }] })),
  );
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('mp0: local-zfs:subvol-950-disk-1,mp=/data,backup=1');
  expect(bench.node.guestConfig(950)).not.toContain('unused');
  expect(bench.node.run(['zfs', 'list', '-H', '-o', 'name']).stdout).not.toContain('subvol-950-disk-2');
});

test('host-safety 14: a guest on another node and a machine of the same number stop the run', () => {
  const bench = new Bench();
  bench.node.writeFile('/etc/pve/nodes/pve2/lxc/950.conf', 'memory: 512\n');
  bench.node.writeFile('/etc/pve/nodes/pve/qemu-server/951.conf', 'memory: 512\n');
  bench.synthesize(together(container(950, 'a', {}), container(951, 'b', {}), container(952, 'c', {})));
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('guest 950 is on node pve2, not on pve');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 16: where no snapshot can be taken, the plan says so before a script runs or a restart is made', () => {
  const guests = (script: string) => [
    container(950, 'qwen', { keys: [exact('mp0', '/rpool/models,mp=/models')], script }),
    container(951, 'web', { script }),
  ];
  const bench = new Bench({ datasets: { 'rpool/models': {} } });
  bench.synthesize(together(...guests('one\n')));
  const notes = () => Object.values(bench.plan()).flatMap(({ id, notes: all }) => all.map((note) => `${id}: ${note}`));
  expect(notes()).toEqual([]); // nobody wants one of what is not there yet
  applied(bench, together(...guests('one\n')));
  expect(notes()).toEqual([]);
  bench.synthesize(together(...guests('two\n')));
  expect(notes()).toEqual(['guest/950/run: no snapshot can be taken before: mp0 is /rpool/models of the host']);
  expect(bench.node.run(['pct', 'snapshot', '950', 'before']).stderr).toContain('snapshot feature is not available');
  expect(bench.node.run(['pct', 'snapshot', '951', 'before']).status).toBe(0);
});

test('host-safety 16: a disk on a storage without snapshots is told of before a restart, and a live change is not worth it', () => {
  const host = new HandMadeHost();
  host.guest(950, 'memory: 512\nmp1: local:950/vm-950-disk-1.raw,mp=/data\n');
  host.journal(HandMadeHost.known(950));
  const noted = (...keys: KeyRequirement[]) => host.plan([configOf(950, keys)])['guest/950/config']?.notes;
  expect(noted(exact('features', 'nesting=1', 'restart'))).toContain(
    'no snapshot can be taken before: mp1 lies on local, of type dir',
  );
  expect(noted(exact('memory', '1024'))?.join()).not.toContain('snapshot');
});

test('host-safety 17: nothing of our environment enters a guest, and a script is believed only by its end marker', () => {
  const bench = applied(
    new Bench(),
    together(container(950, 'qwen', { script: 'echo hello\n', file: { target: '/etc/x', text: 'x\n' } })),
  );
  expect(new Set(bench.node.guestRuns().flatMap(({ environment }) => environment))).toEqual(new Set());
  expect(bench.node.guestRuns().every(({ argv }) => !argv.includes('echo'))).toBe(true);

  const cut = new Bench();
  cut.node.onGuestRun({ match: 'echo hello', lost: true, exit: 0 });
  cut.synthesize(together(container(950, 'qwen', { script: 'echo hello\n' })));
  const { stderr, status } = cut.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('the script did not come to its end');
  expect(cut.plan()['guest/950/run']?.verdict).toBe('change');
});

test('host-safety 17: a file inside a guest that is not what was sent is a failure', () => {
  const bench = new Bench();
  bench.node.onGuestRun({ match: '^sha256sum', stdout: `${'0'.repeat(64)}  /etc/x\n` });
  bench.synthesize(together(container(950, 'qwen', { file: { target: '/etc/x', text: 'x\n' } })));
  const { stderr, status } = bench.run('apply');
  expect(stderr).toContain('/etc/x in guest 950 is not what was sent');
  expect(status).toBe(1);
});

test('host-safety 18: a file below /etc/pve keeps the mode that the cluster file system gives, others get theirs', () => {
  const bench = new Bench();
  const rules = hostFile('/etc/pve/firewall/cluster.fw', '[OPTIONS]\n', [], { mode: '0600', uid: 1000, gid: 1000 });
  const unit = hostFile('/etc/systemd/system/x.service', '[Unit]\n', [], { mode: '0640' });
  applied(bench, together(rules_of(rules), rules_of(unit)));
  expect(statSync(bench.node.path('/etc/pve/firewall/cluster.fw')).mode & 0o777).toBe(0o644);
  expect(statSync(bench.node.path('/etc/pve/firewall/cluster.fw')).uid).toBe(process.getuid?.());
  expect(statSync(bench.node.path('/etc/systemd/system/x.service')).mode & 0o777).toBe(0o640);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

function rules_of(file: { step: Step; files: Record<string, string> }): {
  steps: Step[];
  files: Record<string, string>;
} {
  return { steps: [file.step], files: file.files };
}

test('host-safety 3: a dataset that is named as a disk of the guest is not taken for ours, and not destroyed with a half-made one', () => {
  const bench = new Bench();
  bench.node.run(['zfs', 'create', 'rpool/data/subvol-950-disk-0']);
  bench.synthesize(together(container(950, 'qwen', {})));
  expect(bench.plan()['guest/950/create']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('rpool/data/subvol-950-disk-0: named as a disk of guest 950, which does not exist'),
  });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
});

test('host-safety 2: what a killed creation left without a config is freed, because it was made after we began', () => {
  const bench = new Bench();
  bench.synthesize(together(container(950, 'qwen', {})));
  bench.node.fault({ argv: ['pct', 'create'], mode: 'kill-middle' });
  bench.run('apply');
  bench.node.run(['rm', '-f', bench.node.path('/etc/pve/lxc/950.conf')]);
  bench.node.clearCommands();
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(bench.commands()[0]).toBe('pvesm free local-zfs:subvol-950-disk-0');
});

test('host-safety 15: what was done inside a guest is done again in one that was made anew', () => {
  const guest = container(950, 'qwen', { script: 'echo hello\n', file: { target: '/etc/x', text: 'x\n' } });
  const bench = applied(new Bench(), together(guest));
  bench.node.run(['pct', 'stop', '950']);
  bench.node.run(['pct', 'destroy', '950']);
  bench.node.clearCommands();
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.commands().filter(({ argv }) => argv.includes('/bin/bash'))).toHaveLength(1);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('host-safety 2: the lock that our dead clone left on its source goes, although the target is gone already', () => {
  const bench = applied(new Bench(), together(template()));
  bench.synthesize(together(template(), clone(950, { from: { template: 900, digest, mode: 'full' } })));
  bench.node.fault({ argv: ['pct', 'clone'], mode: 'kill-middle' });
  bench.run('apply');
  bench.node.run(['pct', 'unlock', '950']);
  bench.node.run(['pct', 'destroy', '950', '--destroy-unreferenced-disks', '1']);
  expect(bench.node.guestConfig(900)).toContain('lock: disk');
  bench.node.clearCommands();
  const { status, stderr } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(bench.commands()[0]).toBe('pct unlock 900');
});

/** An apply that was killed before it made guest 950, so many seconds ago. */
function begun(seconds: number): Bench {
  const bench = new Bench();
  bench.synthesize(together(container(950, 'qwen', {})));
  bench.node.fault({ argv: ['pct', 'create'], mode: 'kill-before' });
  bench.run('apply');
  const journal = '/var/lib/phoenix/phoenix/journal';
  const older = (_: string, head: string, at: string) => head + (Number(at) - seconds);
  bench.node.writeFile(journal, bench.node.readFile(journal).replace(/^(intent\t\S+\t\S+\t)(\d+)/m, older));
  bench.node.clearCommands();
  return bench;
}

const day = 86_400;

test('host-safety 1: a guest that appears long after a run began to make it is not the one, whatever its line says', () => {
  const bench = begun(day);
  const line = 'phoenix-cdk app=phoenix path=guests/qwen vmid=950';
  const archive = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';
  bench.node.run([
    'pct',
    'create',
    '950',
    archive,
    '--rootfs',
    'local-zfs:4',
    '--description',
    line,
    '--tags',
    'theirs',
  ]);
  bench.node.clearCommands();
  expect(bench.plan()['guest/950/create']).toMatchObject({ verdict: 'unknown' });
  expect(bench.run('apply').status).toBe(1);
  expect(bench.commands()).toEqual([]);
});

test('host-safety 3: what carries the number of a guest that was begun long ago is not freed; what goes is named in the plan', () => {
  const made = (bench: Bench) => {
    bench.node.run(['zfs', 'create', 'rpool/data/subvol-950-disk-0']);
    return bench.plan()['guest/950/create'];
  };
  expect(made(begun(day))).toMatchObject({ verdict: 'refused' });
  expect(made(begun(0))?.changes).toContainEqual(
    expect.objectContaining({ key: 'disk', from: 'local-zfs:subvol-950-disk-0', to: 'removed' }),
  );
});
