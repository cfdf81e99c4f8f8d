import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { container, freshNode, key, ok, run } from './simulated-node-fixture.js';

describe('a running container', () => {
  it('is seen in /proc/net/unix and its cgroup, until it is stopped', () => {
    const node = freshNode();
    container(node, 100);
    expect(run(node, 'pct stop 100')).toMatchObject({ status: 255, stderr: 'CT 100 not running\n' });
    ok(node, 'pct start 100');
    expect(node.readFile('/proc/net/unix')).toContain('@/var/lib/lxc/100/command\n');
    expect(node.isRunning(100)).toBe(true);
    expect(ok(node, 'lxc-info -n 100 -sH')).toBe('RUNNING\n');
    expect(run(node, 'pct start 100')).toMatchObject({ status: 255, stderr: 'CT 100 already running\n' });
    ok(node, 'pct shutdown 100 --timeout 5');
    expect(node.readFile('/proc/net/unix')).not.toContain('lxc/100');
    expect(node.isRunning(100)).toBe(false);
  });

  it('does not come up with what only LXC finds wrong', () => {
    const raw: [string, string, string][] = [
      ['lxc.cap.keep', 'sys_admin,mknod', 'Invalid capability specified: sys_admin,mknod'],
      ['lxc.apparmor.profile', 'mine', 'An error occurred in another process (expected sequence number 4)'],
      ['lxc.hook.pre-start', "/bin/sh -c 'exec mountpoint -q /rpool/models'", 'Script exited with status 32'],
    ];
    for (const [name, value, text] of raw) {
      const node = freshNode();
      container(node, 100);
      node.setGuestKey(100, name, value);
      ok(node, 'pct set 100 --memory 99');
      const result = run(node, 'pct start 100');
      expect({ name, status: result.status, stderr: result.stderr }).toEqual({
        name,
        status: 255,
        stderr: expect.stringContaining(text),
      });
      expect(node.isRunning(100)).toBe(false);
    }
  });

  it('comes up when its profile is loaded and its mount point mounted', () => {
    const node = freshNode({ apparmorProfiles: ['mine'], datasets: { 'rpool/models': {} } });
    container(node, 100);
    node.setGuestKey(100, 'lxc.apparmor.profile', 'mine');
    node.setGuestKey(100, 'lxc.hook.pre-start', "/bin/sh -c 'exec mountpoint -q /rpool/models' --");
    ok(node, 'pct start 100');
  });

  it('with a hook that would have to be run is not simulated', () => {
    const node = freshNode();
    container(node, 100);
    node.setGuestKey(100, 'lxc.hook.pre-start', '/usr/local/bin/mine');
    expect(run(node, 'pct start 100')).toMatchObject({ status: 70, stderr: expect.stringContaining('not simulated') });
  });

  it('with two nets of one name does not come up', () => {
    const node = freshNode();
    container(node, 100, '--net0 name=eth0,bridge=vmbr0 --net1 name=eth0,bridge=vmbr0');
    expect(run(node, 'pct start 100').stderr).toContain('Failed to rename network device');
  });

  it('that did not come up may look as if it ran for a moment', async () => {
    const node = freshNode({ failedStartLingersMs: 300 });
    container(node, 100, '--net0 name=eth0,bridge=vmbr0 --net1 name=eth0,bridge=vmbr0');
    expect(run(node, 'pct start 100').status).toBe(255);
    expect(node.isRunning(100)).toBe(true);
    while (node.isRunning(100)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });

  it('sees an empty folder where the dataset of a bind mount is not mounted', () => {
    const node = freshNode({ datasets: { 'rpool/models': {} } });
    node.writeFile('/rpool/models/weights', 'x');
    container(node, 100, '--mp0 /rpool/models,mp=/models');
    ok(node, 'zfs unmount rpool/models');
    ok(node, 'pct start 100');
    expect(run(node, 'lxc-attach -n 100 --clear-env -- test -e /models/weights').status).toBe(1);
    ok(node, 'zfs mount rpool/models');
    expect(run(node, 'lxc-attach -n 100 --clear-env -- cat /models/weights').stdout).toBe('x');
  });

  it('under HA is only asked to start, with exit 0', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'ha-manager add ct:100 --state stopped');
    expect(run(node, 'pct start 100')).toEqual({ status: 0, stdout: 'Requesting HA start for CT 100\n', stderr: '' });
    expect(node.isRunning(100)).toBe(false);
    expect(node.readFile('/etc/pve/ha/resources.cfg')).toBe('ct: 100\n\tstate started\n\n');
    expect(run(node, 'ha-manager add ct:100').stderr).toBe("resource ID 'ct:100' already defined\n");
    ok(node, 'ha-manager remove ct:100');
    ok(node, 'pct start 100');
    expect(node.isRunning(100)).toBe(true);
  });

  it('under an HA stack that is awake starts a moment later', async () => {
    const node = freshNode({ haReactsAfterMs: 20 });
    container(node, 100);
    ok(node, 'ha-manager add ct:100 --state started');
    while (!node.isRunning(100)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(ok(node, 'pct status 100')).toBe('status: running\n');
  });
});

describe('a command inside a container', () => {
  it('answers with exit codes that say where it failed', () => {
    const node = freshNode();
    container(node, 100);
    expect(run(node, 'pct exec 100 -- true')).toMatchObject({ status: 255, stderr: "container '100' not running!\n" });
    expect(run(node, 'lxc-attach -n 100 --clear-env -- true')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('Connection refused'),
    });
    ok(node, 'pct start 100');
    expect(run(node, 'pct exec 100 -- false').status).toBe(1);
    expect(run(node, 'pct exec 100 -- nosuch').status).toBe(127);
    expect(node.run(['lxc-attach', '-n', '100', '--', 'sh', '-c', 'exit 7']).status).toBe(7);
    expect(run(node, 'pct exec 100 -- vim')).toMatchObject({
      status: 70,
      stderr: "not simulated: guest command 'vim'\n",
    });
  });

  it('hands over the environment, unless asked not to', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct start 100');
    ok(node, 'pct exec 100 -- true');
    ok(node, 'pct exec 100 --keep-env 0 -- true');
    ok(node, 'lxc-attach -n 100 --clear-env -v A=1 -- true');
    const [kept, cleared, set] = node.guestRuns();
    expect(kept?.environment).toContain('PHOENIX_ROOT');
    expect(cleared?.environment).toEqual([]);
    expect(set?.environment).toEqual(['A']);
  });

  it('keeps a script and gives the answer that was set, with the end marker', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct start 100');
    const script = `echo hello\nprintf '%s%s\\n' 'phoenix-end:00ff:' "$?"\n`;
    const attach = 'lxc-attach -n 100 --clear-env -- /bin/bash -s';
    expect(run(node, attach, script)).toEqual({ status: 0, stdout: 'phoenix-end:00ff:0\n', stderr: '' });
    expect(node.guestRuns()[0]?.script).toBe(script);

    node.onGuestRun({ match: /hello/, exit: 3, stdout: 'said\n', files: { '/etc/made': 'text' }, times: 1 });
    expect(run(node, attach, script)).toMatchObject({ status: 3, stdout: 'said\nphoenix-end:00ff:3\n' });
    expect(ok(node, 'pct exec 100 -- cat /etc/made')).toBe('text');
    expect(run(node, attach, script).status).toBe(0);

    node.onGuestRun({ vmid: 100, exit: 255, lost: true });
    expect(run(node, attach, script)).toEqual({ status: 255, stdout: '', stderr: '' });
  });

  it('unpacks an archive, and its files can be verified', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct start 100');
    node.writeFile('/tmp/tree/etc/app/conf', 'setting\n');
    const archive = spawnSync('tar', ['-c', '-C', node.path('/tmp/tree'), '.']).stdout;
    const attach = 'lxc-attach -n 100 --clear-env --';
    expect(run(node, `${attach} tar -x --numeric-owner -C /`, archive).status).toBe(0);
    expect(ok(node, `${attach} cat /etc/app/conf`)).toBe('setting\n');
    const sum = ok(node, `${attach} sha256sum -- /etc/app/conf`);
    expect(sum).toMatch(/^[0-9a-f]{64} {2}\/etc\/app\/conf\n$/);
    expect(run(node, `${attach} sha256sum -c --status -`, sum).status).toBe(0);
    const wrong = `${'0'.repeat(64)}  /etc/app/conf\n`;
    expect(run(node, `${attach} sha256sum -c --status -`, wrong).status).toBe(1);
    expect(run(node, `${attach} tar -x -C /nosuch`, archive)).toMatchObject({ status: 2 });
    expect(node.guestRuns()[0]?.archive).toBeDefined();
  });

  it('pct push exits 0 when it failed', () => {
    const node = freshNode();
    container(node, 100);
    expect(run(node, 'pct push 100 /nosuch /tmp/x').status).toBe(255);
    ok(node, 'pct start 100');
    expect(run(node, 'pct push 100 /nosuch /tmp/x')).toEqual({
      status: 0,
      stdout: '',
      stderr: 'failed to open /nosuch for reading\n',
    });
    expect(run(node, 'pct push 100 /etc/hostname /nosuch/x').status).toBe(0);
    ok(node, 'pct push 100 /etc/hostname /etc/pushed --perms 640');
    expect(ok(node, 'pct exec 100 -- stat -c %a:%s /etc/pushed')).toBe('640:4\n');
  });
});

describe('after a reboot of the node', () => {
  it('guests with onboot start in their order, those that wait for a mount point do not', () => {
    const node = freshNode({ datasets: { 'rpool/models': {} } });
    for (const vmid of [100, 101, 102]) {
      container(node, vmid, vmid === 102 ? '' : '--onboot 1');
    }
    node.setGuestKey(100, 'lxc.hook.pre-start', "/bin/sh -c 'exec mountpoint -q /rpool/models'");
    node.reboot(['rpool/models']);
    expect([100, 101, 102].filter((vmid) => node.isRunning(vmid))).toEqual([101]);
    node.reboot();
    expect([100, 101, 102].filter((vmid) => node.isRunning(vmid))).toEqual([100, 101]);
  });

  it('no guest runs, device nodes and locks are gone, datasets are mounted', () => {
    const node = freshNode({ nvidia: { version: '580.1', cards: 1 }, datasets: { 'rpool/models': { mounted: 'no' } } });
    container(node, 100);
    ok(node, 'pct start 100');
    ok(node, 'nvidia-modprobe -c 0 -u');
    ok(node, 'systemctl reboot');
    expect(node.rebootRequested).toBe(true);
    node.reboot();
    expect(node.rebootRequested).toBe(false);
    expect(node.isRunning(100)).toBe(false);
    expect(node.exists('/dev/nvidia0')).toBe(false);
    expect(node.exists('/run/lock/lxc')).toBe(false);
    expect(ok(node, 'zfs get -H -o value mounted rpool/models')).toBe('yes\n');
    expect(key(node, 100, 'memory')).toBe('512');
  });
});
