import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SimulatedNode } from '../../src/testing/simulated-node.js';
import { container, freshNode, key, ok, run, TEMPLATE } from './simulated-node-fixture.js';

describe('the record of commands', () => {
  it('holds every argument and exit code, whatever the bytes', () => {
    const node = freshNode();
    const strange = 'a "b" \\ \n\té\u0001';
    node.run(['pct', 'status', strange]);
    node.run(['zfs', 'list', '-H', '-o', 'name', 'rpool']);
    expect(node.commands()).toEqual([
      { argv: ['pct', 'status', strange], exit: 255 },
      { argv: ['zfs', 'list', '-H', '-o', 'name', 'rpool'], exit: 0 },
    ]);
    node.clearCommands();
    expect(node.commands()).toEqual([]);
  });

  it('shows a killed command without an exit code', () => {
    const node = freshNode();
    node.fault({ argv: ['zfs'], mode: 'kill-before', victim: 'tool' });
    expect(run(node, 'zfs list').status).toBe(137);
    expect(node.commands()).toEqual([{ argv: ['zfs', 'list'], exit: null }]);
  });

  it('survives two commands at once', () => {
    const node = freshNode();
    const script = 'for i in 1 2 3 4 5 6; do pveversion & done; wait';
    expect(spawnSync('sh', ['-c', script], { env: { ...process.env, ...node.env } }).status).toBe(0);
    expect(node.commands()).toEqual(Array.from({ length: 6 }, () => ({ argv: ['pveversion'], exit: 0 })));
  });
});

describe('a fault', () => {
  it('before a command leaves everything as it was', () => {
    const node = freshNode();
    node.fault({ argv: ['pct', 'create'], mode: 'fail-before', exit: 4, stderr: 'got timeout' });
    expect(run(node, `pct create 100 ${TEMPLATE} --rootfs local-zfs:1`)).toEqual({
      status: 4,
      stdout: '',
      stderr: 'got timeout\n',
    });
    expect(node.exists('/etc/pve/lxc/100.conf')).toBe(false);
    container(node, 100);
  });

  it('after a command lies about what was done', () => {
    const node = freshNode();
    container(node, 100);
    node.fault({ argv: /SET 100 .*memory/i, mode: 'fail-after', nth: 2 });
    expect(run(node, 'pct set 100 --memory 99').status).toBe(0);
    expect(run(node, 'pct set 100 --memory 98').status).toBe(255);
    expect(key(node, 100, 'memory')).toBe('98');
    expect(run(node, 'pct set 100 --memory 97').status).toBe(0);
  });

  it('in the middle of a clone leaves locks on both sides and a dataset that nobody names', () => {
    const node = freshNode();
    container(node, 100);
    node.fault({ argv: ['pct', 'clone'], mode: 'kill-middle', victim: 'worker' });
    expect(run(node, 'pct clone 100 101').status).toBe(255);
    expect(key(node, 100, 'lock')).toBe('disk');
    expect(key(node, 101, 'lock')).toBe('create');
    expect(key(node, 101, 'rootfs')).toBeUndefined();
    expect(run(node, 'pct destroy 101').stderr).toBe('CT is locked (create)\n');
    ok(node, 'pct unlock 100');
    ok(node, 'pct unlock 101');
    ok(node, 'pct destroy 101 --destroy-unreferenced-disks 1');
    expect(ok(node, 'zfs list -H -o name -r rpool/data')).toBe('rpool/data\nrpool/data/subvol-100-disk-0\n');
    ok(node, 'pct clone 100 101');
  });

  it('in the middle of creating leaves the lock line only, and a task that is gone', () => {
    const node = freshNode();
    node.fault({ argv: ['pct', 'create'], mode: 'kill-middle', victim: 'tool' });
    expect(run(node, `pct create 100 ${TEMPLATE} --rootfs local-zfs:1`).status).toBe(137);
    expect(node.guestConfig(100)).toBe('lock: create\n');
    const [, pid] =
      /^UPID:pve:([0-9A-F]+):.*:vzcreate:100:root@pam: 0$/m.exec(node.readFile('/var/log/pve/tasks/active')) ?? [];
    expect(node.exists(`/proc/${Number.parseInt(pid ?? '', 16)}/stat`)).toBe(false);
    ok(node, 'pct unlock 100');
    ok(node, 'pct destroy 100');
    expect(ok(node, 'zfs list -H -o name -r rpool/data')).toContain('subvol-100-disk-0');
  });

  it('in the middle of destroying, templating and resizing leaves what the real tool leaves', () => {
    const node = freshNode();
    for (const vmid of [100, 101, 102]) {
      container(node, vmid);
    }
    for (const command of ['destroy 100', 'template 101', 'resize 102 rootfs 2G']) {
      node.fault({ argv: ['pct', ...command.split(' ')], mode: 'kill-middle', victim: 'tool' });
      expect(run(node, `pct ${command}`).status).toBe(137);
    }
    expect(node.guestConfig(100)).toBe('lock: destroyed\n');
    expect(key(node, 101, 'rootfs')).toBe('local-zfs:subvol-101-disk-0,size=1G');
    expect(ok(node, 'zfs list -H -o name -r rpool/data')).toContain('basevol-101-disk-0');
    expect(key(node, 102, 'rootfs')).toContain('size=1G');
    expect(ok(node, 'zfs get -Hp -o value refquota rpool/data/subvol-102-disk-0')).toBe(`${2 * 1024 ** 3}\n`);
  });

  it('kills the caller with the command, and frees the locks that both held', () => {
    const node = freshNode();
    container(node, 100);
    node.fault({ argv: ['pct', 'set'], mode: 'kill-after' });
    const script = 'pct set 100 --memory 99; echo survived';
    expect(node.run(['sh', '-c', script])).toMatchObject({ status: 137, stdout: '' });
    expect(key(node, 100, 'memory')).toBe('99');
    ok(node, 'pct set 100 --memory 98');
  });

  it('never kills the process group of the test itself', () => {
    const node = freshNode();
    node.fault({ argv: ['zfs'], mode: 'kill-before' });
    const [group = ''] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(2);
    expect(Number(group)).toBeGreaterThan(0);
    const result = spawnSync('zfs', ['list'], { env: { ...process.env, ...node.env }, encoding: 'utf8' });
    expect(result).toMatchObject({ status: 70, stderr: expect.stringContaining("the test's own") });
  });

  it('in the middle of a command that has none is told loudly', () => {
    const node = freshNode();
    node.fault({ argv: ['pveversion'], mode: 'kill-middle' });
    expect(run(node, 'pveversion')).toMatchObject({ status: 70, stderr: expect.stringContaining('has no middle') });
  });
});

describe('the host', () => {
  it('is found again by its folder', () => {
    const node = freshNode();
    container(node, 100);
    expect(SimulatedNode.open(node.dir).guestConfig(100)).toBe(node.guestConfig(100));
  });

  it('reports the release that was asked for, in the package database too', () => {
    const node = freshNode({ pveVersion: '8.4', packages: { 'nvidia-driver': '580.1' } });
    expect(ok(node, 'pveversion')).toMatch(/^pve-manager\/8\.4\.\d+\//);
    expect(node.readFile('/var/lib/dpkg/status')).toMatch(
      /Package: pve-manager\nStatus: install ok installed\n.*\nVersion: 8\.4\.\d+\n/,
    );
    expect(node.readFile('/var/lib/dpkg/status')).toContain('Package: nvidia-driver\n');
  });

  it('has device nodes of cards only after nvidia-modprobe, and only with a driver', () => {
    const without = freshNode();
    expect(run(without, 'nvidia-modprobe -c 0 -u').status).toBe(1);
    expect(run(without, 'nvidia-smi').status).toBe(9);
    const node = freshNode({ nvidia: { version: '580.1', cards: 2 } });
    expect(node.exists('/dev/nvidia0')).toBe(false);
    ok(node, 'nvidia-modprobe -c 0 -c 1 -c 2 -u');
    expect(['0', '1', '2', 'ctl', '-uvm'].filter((name) => node.exists(`/dev/nvidia${name}`))).toEqual([
      '0',
      '1',
      'ctl',
      '-uvm',
    ]);
    expect(ok(node, 'nvidia-smi --query-gpu=index,driver_version --format=csv,noheader')).toBe('0, 580.1\n1, 580.1\n');
    expect(node.readFile('/proc/driver/nvidia/version')).toContain(' 580.1 ');
  });

  it('starts and enables units that are files of the node', () => {
    const node = freshNode();
    expect(run(node, 'systemctl enable --now mine.service')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('does not exist'),
    });
    node.writeFile('/etc/systemd/system/mine.service', '[Service]\n');
    ok(node, 'systemctl daemon-reload');
    expect(run(node, 'systemctl is-active mine')).toMatchObject({ status: 3, stdout: 'inactive\n' });
    ok(node, 'systemctl enable --now mine.service');
    expect(
      ok(node, 'systemctl show --property=UnitFileState,LoadState,ActiveState -- mine.service nosuch.service'),
    ).toBe(
      'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\n\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n',
    );
  });

  it('answers HTTP as long as the guest runs, and brings what was registered', () => {
    const node = freshNode();
    container(node, 100, '--net0 name=eth0,bridge=vmbr0,ip=10.0.0.5/24');
    const health = 'curl -sS -o /dev/null -m 10 -w %{http_code} -- http://10.0.0.5:8000/health';
    expect(run(node, health)).toMatchObject({ status: 7, stdout: '000' });
    ok(node, 'pct start 100');
    expect(ok(node, health)).toBe('200');
    node.onHttp('http://10.0.0.5:8000/health', { status: 503, whileRunning: 100 });
    expect(ok(node, health)).toBe('503');
    expect(run(node, 'curl -fsSL http://10.0.0.5:8000/health')).toMatchObject({
      status: 22,
      stderr: 'curl: (22) The requested URL returned error: 503\n',
    });
    expect(run(node, 'curl -fsSL https://example.org/x')).toMatchObject({
      status: 6,
      stderr: 'curl: (6) Could not resolve host: example.org\n',
    });
    node.onHttp('https://example.org/x', { body: 'bytes' });
    ok(node, `curl -fsSL --retry 3 -o ${node.path('/tmp/x')} -- https://example.org/x`);
    expect(node.readFile('/tmp/x')).toBe('bytes');
  });

  it('looks at virtual machines that others made', () => {
    const node = freshNode();
    node.writeFile('/etc/pve/qemu-server/200.conf', 'memory: 1024\nname: v\nscsi0: local-zfs:vm-200-disk-0,size=1G\n');
    expect(ok(node, 'qm list')).toContain('       200 v                    stopped    1024               0.00 0');
    expect(ok(node, 'qm config 200')).toBe('memory: 1024\nname: v\nscsi0: local-zfs:vm-200-disk-0,size=1G\n');
    expect(run(node, 'qm status 201')).toMatchObject({ status: 2 });
    expect(run(node, 'qm start 200')).toMatchObject({ status: 255 });
    expect(run(node, 'qm migrate 200 other')).toMatchObject({ status: 70, stderr: 'not simulated: qm migrate\n' });
  });

  it('says so when a command is not simulated, and lets the test answer for it', () => {
    const node = freshNode();
    for (const line of [
      'qmrestore backup.vma 100',
      'wipefs -a /dev/sda',
      'pvesh set /cluster/options',
      'pct migrate 100 other',
      'blkid',
    ]) {
      expect(run(node, line)).toMatchObject({ status: 70, stderr: expect.stringMatching(/^not simulated: /) });
    }
    node.onCommand({ match: /^blkid/, exit: 2, stdout: 'nothing\n' });
    expect(run(node, 'blkid /dev/sda')).toEqual({ status: 2, stdout: 'nothing\n', stderr: '' });
  });

  it('answers pvesh in JSON where it can', () => {
    const node = freshNode();
    container(node, 100);
    const resources = JSON.parse(ok(node, 'pvesh get /cluster/resources --output-format json')) as { id: string }[];
    expect(resources.map((resource) => resource.id)).toEqual([
      'lxc/100',
      'node/pve',
      'storage/pve/local',
      'storage/pve/local-zfs',
    ]);
    const storages = JSON.parse(ok(node, 'pvesh get /nodes/pve/storage --output-format json')) as {
      storage: string;
      active: number;
    }[];
    expect(storages).toMatchObject([
      { storage: 'local', active: 1 },
      { storage: 'local-zfs', active: 1 },
    ]);
    expect(run(node, 'pvesh get /nosuch')).toMatchObject({ status: 255, stderr: "no 'get' handler for '/nosuch'\n" });
  });
});
