import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KeyRequirement, Step } from '../../src/model/step.js';
import { type Bench, sha256 } from './bench.js';
import { disk, type MachineOptions, machine, machineBench } from './machines.js';
import { exact } from './steps.js';

const gib = 1024 ** 3;
const digest = sha256('template 900');

function applied(bench: Bench, steps: readonly Step[]): Bench {
  bench.synthesize({ steps });
  const { stderr, status } = bench.run('apply');
  expect(status, stderr).toBe(0);
  bench.node.clearCommands();
  return bench;
}

const keys: readonly KeyRequirement[] = [disk('scsi0', 2)];
const web = (options: MachineOptions = {}) => machine(950, 'web', { state: 'stopped', keys, ...options });
const more = (...others: KeyRequirement[]) => web({ keys: [...keys, ...others] });
const template = (options: MachineOptions = {}) => machine(900, 'base', { seal: digest, keys, ...options });
const volumes = (bench: Bench) =>
  bench.node
    .run(['zfs', 'list', '-H', '-t', 'volume', '-o', 'name'])
    .stdout.split('\n')
    .filter((line) => line !== '');

test('host-safety 1: a clone of a machine made by hand bears our marker and is not ours', () => {
  const bench = applied(machineBench(), web());
  bench.node.run(['qm', 'clone', '950', '951']);
  bench.node.clearCommands();
  bench.synthesize({ steps: machine(951, 'stranger') });
  expect(bench.run('apply').stderr).toContain('guest 951 is a copy of guest 950 and not ours');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 1: a machine that was destroyed and made anew by hand is not ours, with or without disks', () => {
  for (const disks of [['--scsi0', 'local-zfs:2'], []]) {
    const bench = applied(machineBench(), web(disks.length === 0 ? { keys: [] } : {}));
    bench.node.run(['qm', 'destroy', '950']);
    bench.node.run(['qm', 'create', '950', ...disks]);
    bench.node.clearCommands();
    expect(bench.run('apply').status).toBe(1);
    expect(bench.plan()['guest/950/config']?.verdict).toBe('foreign');
    expect(bench.commands()).toEqual([]);
  }
});

test('host-safety 1: protection that somebody switched on is a veto', () => {
  const bench = applied(machineBench(), web());
  bench.node.run(['qm', 'set', '950', '--protection', '1']);
  bench.synthesize({ steps: more(exact('cores', '2')) });
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('protection was switched on'),
  });
});

test("host-safety 2: somebody's backup is waited for, and never unlocked", () => {
  const bench = applied(machineBench(), web());
  bench.node.setGuestKey(950, 'lock', 'backup');
  bench.synthesize({ steps: more(exact('cores', '2')) });
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('guest 950 is locked (backup)');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 2: a creation that was killed leaves a lock, and goes only if it was ours', () => {
  const half = 'lock: create\n';
  const foreign = machineBench();
  foreign.node.writeFile('/etc/pve/nodes/pve/qemu-server/950.conf', half);
  foreign.synthesize({ steps: web() });
  expect(foreign.plan()['guest/950/create']?.verdict).toBe('foreign');

  const ours = machineBench();
  ours.synthesize({ steps: web() });
  ours.node.fault({ argv: ['qm', 'create'], mode: 'kill-before' });
  ours.run('apply');
  ours.node.writeFile('/etc/pve/nodes/pve/qemu-server/950.conf', half);
  ours.node.clearCommands();
  expect(ours.run('apply').status).toBe(0);
  expect(ours.commands().slice(0, 3)).toEqual([
    'qm unlock 950',
    'qm destroy 950',
    expect.stringMatching(/^qm create 950 /),
  ]);
});

test('host-safety 2: what somebody does with the number meanwhile is waited for, although our creation was killed', () => {
  const bench = machineBench();
  bench.synthesize({ steps: web() });
  bench.node.fault({ argv: ['qm', 'create'], mode: 'kill-before' });
  bench.run('apply');
  bench.node.clearCommands();
  bench.node.writeFile('/etc/pve/nodes/pve/qemu-server/950.conf', 'lock: create\n');
  bench.node.writeFile('/proc/4194300/cmdline', 'task UPID:pve:003FFFFC:00000001:69000000:qmrestore:950:root@pam:\0');
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('is still at work');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 3: a volume that is named as a disk of a machine and was not made by us is told, and nothing is made over it', () => {
  const before = machineBench();
  before.node.run(['pvesm', 'alloc', 'local-zfs', '950', 'vm-950-disk-0', '1G']);
  before.synthesize({ steps: web() });
  expect(before.plan()['guest/950/create']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('rpool/data/vm-950-disk-0: named as a disk of guest 950'),
  });

  const after = applied(machineBench(), web());
  after.node.run(['pvesm', 'alloc', 'local-zfs', '950', 'vm-950-disk-7', '1G']);
  after.synthesize({ steps: more(disk('scsi1', 1)) });
  expect(after.plan()['guest/950/config']?.notes).toContainEqual(
    'dataset rpool/data/vm-950-disk-7 carries the number of guest 950 and is not in its config; it stays',
  );
  expect(after.run('apply').status).toBe(0);
  expect(volumes(after)).toContain('rpool/data/vm-950-disk-7');
});

test('host-safety 2 and 3: images in folders are judged as volumes are', () => {
  const onFiles = [disk('scsi0', 1, '', { storage: 'local' })];
  const before = machineBench();
  before.node.writeFile('/var/lib/vz/images/950/vm-950-disk-0.raw', 'data');
  before.synthesize({ steps: web({ keys: onFiles }) });
  expect(before.plan()['guest/950/create']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('/var/lib/vz/images/950/vm-950-disk-0.raw: named as a disk of guest 950'),
  });

  const base = machine(900, 'base', { seal: digest, keys: onFiles });
  const clone = machine(950, 'web', { from: { template: 900, digest }, needs: ['guest/900/template'], keys: onFiles });
  const killed = machineBench();
  killed.synthesize({ steps: [...base, ...clone] });
  killed.node.fault({ argv: ['qm', 'clone'], mode: 'kill-middle' });
  killed.run('apply');
  killed.node.clearCommands();
  killed.run('apply');
  expect(killed.commands().slice(0, 3)).toEqual([
    'qm unlock 950',
    'qm destroy 950',
    'pvesm free local:950/vm-950-disk-0.qcow2',
  ]);

  const stray = applied(machineBench(), web({ keys: onFiles }));
  stray.node.writeFile('/var/lib/vz/images/950/vm-950-disk-5.raw', 'data');
  expect(stray.plan()['guest/950/config']?.notes).toContainEqual(
    '/var/lib/vz/images/950/vm-950-disk-5.raw carries the number of guest 950 and is not in its config; it stays',
  );
});

test('what a killed import left where only Proxmox sees it is told of, and asked for in that case alone', () => {
  const bench = machineBench();
  const cfg = '/etc/pve/storage.cfg';
  bench.node.writeFile(
    cfg,
    `${bench.node.readFile(cfg)}\nlvmthin: thin\n\tvgname vg\n\tthinpool data\n\tcontent images\n\n`,
  );
  applied(bench, web());
  bench.node.setGuestKey(950, 'unused0', 'thin:vm-950-disk-0');
  const conf = bench.node.path('/etc/pve/nodes/pve/qemu-server/950.conf');
  const real = `PATH=\${PATH#*:} exec qm "$@"`;
  // an import that dies, and one that ends
  const importing = (then: string) => bench.standIn('qm', `case "$*" in *thin:1*) ${then} ;; *) ${real} ;; esac`);
  bench.standIn(
    'pvesm',
    `echo called >> '${bench.folder}/listed'
    printf 'Volid Format Type Size VMID\\nthin:vm-950-disk-0 raw images 1 950\\nthin:vm-950-disk-4 raw images 1 950\\n'`,
  );
  bench.synthesize({ steps: more(disk('scsi1', 1, '', { storage: 'thin' })) });
  importing('kill -9 0');
  expect(bench.run('apply').status).toBeGreaterThan(128);
  expect(existsSync(join(bench.folder, 'listed'))).toBe(false);
  importing(`echo 'scsi1: thin:vm-950-disk-1,size=1G' >> '${conf}'`);
  const { stdout, stderr, status } = bench.run('apply');
  expect(status, stderr).toBe(0);
  expect(stdout).toContain(
    'thin:vm-950-disk-4 carries the number of guest 950 and is not in its config, left by a call that was ended, it seems; it stays',
  );
  expect(stdout).not.toContain('thin:vm-950-disk-0 carries');
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
  expect(readFileSync(join(bench.folder, 'listed'), 'utf8')).toBe('called\n');
});

test('host-safety 3: a disk of another guest is refused', () => {
  const bench = applied(machineBench(), web());
  bench.node.run(['qm', 'create', '951', '--scsi0', 'local-zfs:1']);
  bench.node.setGuestKey(950, 'scsi1', 'local-zfs:vm-951-disk-0,size=1G');
  bench.synthesize({ steps: more(disk('scsi1', 1)) });
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('wanted: a volume of guest 950'),
  });
});

test('host-safety 3: a disk that leaves the program is detached and kept; one that was taken out by hand is not replaced by an empty one', () => {
  const bench = applied(machineBench(), more(disk('scsi1', 1)));
  bench.node.run(['qm', 'set', '950', '--delete', 'scsi1']);
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('scsi1 was taken out of the config; its disk may be local-zfs:vm-950-disk-1'),
  });
  bench.node.run(['qm', 'set', '950', '--scsi1', 'local-zfs:vm-950-disk-1']);
  bench.synthesize({ steps: web() });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain('unused0: local-zfs:vm-950-disk-1');
  expect(volumes(bench)).toContain('rpool/data/vm-950-disk-1');
});

test('host-safety 4: calls carry a digest, keys that can fail have calls of their own, and exit codes prove nothing', () => {
  const lying = applied(machineBench(), web());
  lying.synthesize({ steps: more(exact('cores', '2'), exact('net0', 'virtio=52:54:00:67:89:B0,bridge=vmbr0')) });
  lying.node.fault({ argv: ['qm', 'set'], mode: 'fail-after', exit: 2, stderr: 'no' });
  expect(lying.run('apply').status).toBe(0);
  expect(lying.commands().map((line) => line.replace(/--digest [0-9a-f]{40} /, '--digest D '))).toEqual([
    'qm set 950 --digest D --cores 2',
    'qm set 950 --digest D --net0 virtio=52:54:00:67:89:B0,bridge=vmbr0',
  ]);

  const idle = applied(machineBench(), web());
  idle.synthesize({ steps: more(exact('cores', '2')) });
  for (const nth of [1, 2]) {
    idle.node.fault({ argv: ['qm', 'set'], mode: 'fail-before', exit: 0, nth });
  }
  expect(idle.run('apply').stderr).toContain('it was done and did not help: cores');
});

test('host-safety 4: a card without an address in the program keeps the one it has', () => {
  const bench = applied(machineBench(), more(exact('net0', 'virtio,bridge=vmbr0')));
  const address = /^net0: virtio=([0-9A-F:]+)/m.exec(bench.node.guestConfig(950))?.[1];
  bench.synthesize({ steps: more(exact('net0', 'virtio,bridge=vmbr0,firewall=1')) });
  expect(bench.run('apply').status).toBe(0);
  expect(bench.node.guestConfig(950)).toContain(`net0: virtio=${address},bridge=vmbr0,firewall=1`);
});

test('host-safety 8: a machine that HA manages is not started by qm, whose exit code would say that it was', () => {
  const bench = applied(machineBench(), web());
  bench.node.writeFile('/etc/pve/ha/resources.cfg', 'vm: 950\n\tstate stopped\n');
  bench.synthesize({ steps: web({ state: 'running' }) });
  expect(bench.plan()['guest/950/state']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('ha-manager set vm:950'),
  });
});

test('host-safety 10: a machine with snapshots is not made a template, and a changed template is left as it is', () => {
  const bench = applied(machineBench(), template());
  bench.synthesize({ steps: template({ seal: sha256('other') }) });
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do[\s\S]*template changed: 900 stays as it was made/);

  const snapped = machineBench();
  snapped.synthesize({ steps: template().slice(0, 2) });
  snapped.run('apply');
  snapped.node.run(['qm', 'snapshot', '900', 'before']);
  snapped.synthesize({ steps: template() });
  expect(snapped.plan()['guest/900/template']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('has snapshots (before)'),
  });
});

test('host-safety 11: a template that somebody works on is waited for', () => {
  const bench = applied(machineBench(), template());
  bench.node.setGuestKey(900, 'lock', 'backup');
  bench.synthesize({
    steps: [
      ...template(),
      ...machine(950, 'web', { from: { template: 900, digest }, needs: ['guest/900/template'], keys }),
    ],
  });
  const { stderr, status } = bench.run('apply');
  expect(status).toBe(1);
  expect(stderr).toContain('guest 900 is locked (backup)');
  expect(bench.commands()).toEqual([]);
});

test('host-safety 13: size is what the volume says; a disk grows by an absolute size and never shrinks', () => {
  const bench = applied(machineBench(), web());
  const bytes = (size: number) => {
    bench.node.clearCommands();
    bench.synthesize({ steps: web({ keys: [disk('scsi0', size)] }) });
    expect(bench.run('apply').status).toBe(0);
    return bench.commands();
  };
  expect(bytes(4)).toEqual(['qm resize 950 scsi0 4G']);
  bench.node.run(['zfs', 'set', `volsize=${8 * gib}`, 'rpool/data/vm-950-disk-0']);
  expect(bytes(6)).toEqual([]);
  bench.synthesize({ steps: web({ keys: [disk('scsi0', 5)] }) });
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: expect.stringMatching(
      /^scsi0 is 8G, and disks only grow; wanted: 5G\. Nor is it made anew: scsi0 of machine 950 was made from no image/,
    ),
  });
  bench.synthesize({ steps: web({ keys: [disk('scsi0', 6)] }) });
  expect(bench.plan()['guest/950/config']?.notes.join()).toContain('qm disk rescan --vmid 950');
});

test.each(['raw', 'qcow2'])('host-safety 13: the size of a disk in a file is what the file says: %s', (format) => {
  const bench = applied(machineBench(), web({ keys: [disk('scsi0', 2, `format=${format}`, { storage: 'local' })] }));
  const value = bench.node.guestConfig(950).match(/^scsi0: (.*)$/m)?.[1] ?? '';
  expect(value).toContain(`vm-950-disk-0.${format}`);
  bench.node.setGuestKey(950, 'scsi0', value.replace('size=2G', 'size=1G'));
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'satisfied',
    notes: [expect.stringContaining('is not what the storage says (2G): qm disk rescan --vmid 950')],
  });
});

test('nobody pulls the plug of a machine for a restart', () => {
  const bench = applied(machineBench(), web({ state: 'running' }));
  bench.synthesize({ steps: machine(950, 'web', { keys: [...keys, exact('cores', '2', 'restart')] }) });
  bench.node.fault({
    argv: ['qm', 'shutdown'],
    mode: 'fail-before',
    exit: 255,
    stderr: 'VM quit/powerdown failed - got timeout',
  });
  const { stderr, status } = bench.run('apply', '--allow-restart', 'vm/web');
  expect(status).toBe(1);
  expect(stderr).toContain('machine 950 did not shut down within 5 s; it goes on running');
  expect(bench.commands().filter((line) => /^qm (?:stop|start|shutdown)/.test(line))).toEqual([
    'qm shutdown 950 --timeout 5',
  ]);
  expect(bench.node.isRunning(950)).toBe(true);
  expect(bench.run('apply', '--allow-restart', 'vm/web').status).toBe(0);
  expect(bench.run('apply').stdout).toMatch(/^Nothing to do/);
});

test('host-safety 3: a disk in a folder that was taken out of the config by hand is not replaced by an empty one', () => {
  const bench = machineBench();
  const image = '/var/lib/vz/images/950/vm-950-disk-1.raw';
  bench.synthesize({
    steps: machine(950, 'web', { keys: [disk('scsi0', 1), disk('scsi1', 1, '', { storage: 'local' })] }),
  });
  expect(bench.run('apply')).toMatchObject({ status: 0 });
  const made = bench.node.guestConfig(950).match(/^scsi1: (local:[^,]+)/m)?.[1] ?? '';
  bench.node.run(['qm', 'stop', '950']);
  const path = '/etc/pve/qemu-server/950.conf';
  bench.node.writeFile(path, bench.node.readFile(path).replace(/^scsi1: .*\n/m, ''));
  expect(bench.plan()['guest/950/config']).toMatchObject({
    verdict: 'refused',
    reason: `scsi1 was taken out of the config; its disk may be ${made}: put it back, or destroy it to get an empty one`,
  });
  bench.run('apply');
  expect(bench.node.exists(image)).toBe(false);
  expect(bench.node.guestConfig(950)).not.toMatch(/^scsi1:/m);
});
