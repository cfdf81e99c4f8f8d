import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SimulatedNode } from '../../src/testing/simulated-node.js';
import { container, freshNode, key, ok, run } from './simulated-node-fixture.js';

/** Starts a command and answers its exit code later. */
function start(node: SimulatedNode, line: string): Promise<number | null> {
  const [command = '', ...rest] = line.split(' ');
  const child = spawn(command, rest, { env: { ...process.env, ...node.env }, stdio: 'ignore', detached: true });
  return new Promise((resolve) => child.on('close', resolve));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('pct clone', () => {
  it('copies everything but addresses of its nets, also the firewall file over one that lies there', () => {
    const node = freshNode();
    container(node, 100, '--onboot 1 --protection 1 --tags a --dev0 /dev/null --startup order=1 --hostname source');
    ok(node, 'pct set 100 --net0 name=eth0,bridge=vmbr0,ip=10.0.0.5/24 --description notes');
    node.setGuestKey(100, 'lxc.apparmor.profile', 'unconfined');
    node.writeFile('/etc/pve/firewall/100.fw', '[OPTIONS]\nenable: 0\n');
    node.writeFile('/etc/pve/firewall/101.fw', '[OPTIONS]\nenable: 1\n');
    ok(node, 'pct clone 100 101');
    const generated = /hwaddr=[0-9A-F:]+/;
    const expected = node.guestConfig(100).replace('subvol-100', 'subvol-101').replace(generated, '');
    expect(node.guestConfig(101).replace(generated, '')).toBe(expected);
    expect(key(node, 101, 'net0')).not.toBe(key(node, 100, 'net0'));
    expect(node.readFile('/etc/pve/firewall/101.fw')).toBe('[OPTIONS]\nenable: 0\n');
  });

  it('takes away a firewall file that its source does not have', () => {
    const node = freshNode();
    container(node, 100);
    node.writeFile('/etc/pve/firewall/101.fw', '[OPTIONS]\nenable: 1\n');
    ok(node, 'pct clone 100 101 --hostname copy');
    expect(node.exists('/etc/pve/firewall/101.fw')).toBe(false);
    expect(key(node, 101, 'hostname')).toBe('copy');
  });

  it('copies the files, with a new machine-id and the same ssh host keys', () => {
    const node = freshNode();
    container(node, 100);
    node.writeFile('/rpool/data/subvol-100-disk-0/srv/model', 'weights');
    ok(node, 'pct clone 100 101');
    const inside = (vmid: number, path: string) => readFileSync(node.guestPath(vmid, path), 'utf8');
    expect(inside(101, '/srv/model')).toBe('weights');
    expect(inside(101, '/etc/machine-id')).not.toBe(inside(100, '/etc/machine-id'));
    expect(inside(101, '/etc/ssh/ssh_host_rsa_key')).toBe(inside(100, '/etc/ssh/ssh_host_rsa_key'));
  });

  it('is refused with a bind mount, of a running guest, linked from no template, with a storage for a linked one', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct start 100');
    expect(run(node, 'pct clone 100 101').stderr).toBe(
      'Full clone of a running container is only possible from a snapshot\n',
    );
    ok(node, 'pct stop 100');
    ok(node, 'pct snapshot 100 snap');
    expect(run(node, 'pct clone 100 101 --snapname snap --full 0').stderr).toBe(
      "Linked clone feature for 'local-zfs:subvol-100-disk-0' is not available\n",
    );
    expect(run(node, 'pct clone 100 101 --snapname other').stderr).toBe("snapshot 'other' does not exist\n");
    node.writeFile('/srv/x/file', '');
    ok(node, 'pct set 100 --mp0 /srv/x,mp=/x');
    expect(run(node, 'pct clone 100 101').stderr).toBe("unable to clone mountpoint 'mp0' (type bind)\n");
    expect(run(node, 'pct snapshot 100 again')).toMatchObject({
      status: 255,
      stderr: 'snapshot feature is not available\n',
    });
    expect(node.exists('/etc/pve/lxc/101.conf')).toBe(false);
    expect(key(node, 100, 'lock')).toBeUndefined();
    ok(node, 'pct set 100 --delete mp0');
    ok(node, 'pct clone 100 101 --snapname snap');
  });

  it('locks its source while it runs, so that there is one at a time', async () => {
    const node = freshNode();
    container(node, 100);
    node.fault({ argv: ['pct', 'clone'], mode: 'pause-middle', milliseconds: 1500 });
    const first = start(node, 'pct clone 100 101');
    await until(() => node.exists('/rpool/data/subvol-101-disk-0/etc'));
    expect(key(node, 100, 'lock')).toBe('disk');
    expect(run(node, 'pct clone 100 102')).toMatchObject({ status: 255, stderr: 'CT is locked (disk)\n' });
    expect(run(node, 'pct set 100 --memory 99')).toMatchObject({ status: 255, stderr: 'CT is locked (disk)\n' });
    expect(node.readFile('/var/log/pve/tasks/active')).toMatch(/:vzclone:100:root@pam: 0$/m);
    expect(await first).toBe(0);
    expect(key(node, 100, 'lock')).toBeUndefined();
    expect(key(node, 101, 'lock')).toBeUndefined();
  });
});

describe('pct template', () => {
  it('renames the volume to a base with a snapshot, and clones of it are linked, in chains', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct template 100');
    expect(key(node, 100, 'rootfs')).toBe('local-zfs:basevol-100-disk-0,size=1G');
    ok(node, 'pct clone 100 101');
    expect(key(node, 101, 'rootfs')).toBe('local-zfs:basevol-100-disk-0/subvol-101-disk-0,size=1G');
    expect(key(node, 101, 'template')).toBeUndefined();
    ok(node, 'pct resize 101 rootfs 2G');
    ok(node, 'pct template 101');
    expect(key(node, 101, 'rootfs')).toBe('local-zfs:basevol-100-disk-0/basevol-101-disk-0,size=2G');
    ok(node, 'pct clone 101 102');
    expect(key(node, 102, 'rootfs')).toBe('local-zfs:basevol-101-disk-0/subvol-102-disk-0,size=2G');
    expect(ok(node, 'zfs get -Hp -o value origin rpool/data/subvol-102-disk-0')).toBe(
      'rpool/data/basevol-101-disk-0@__base__\n',
    );
    expect(run(node, 'pct clone 101 103 --storage local-zfs').stderr).toBe(
      "parameter 'storage' not allowed for linked clones\n",
    );
    ok(node, 'pct clone 101 103 --full 1');
    expect(key(node, 103, 'rootfs')).toBe('local-zfs:subvol-103-disk-0,size=2G');
  });

  it('cannot be started, nor destroyed while there are linked clones', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct template 100');
    ok(node, 'pct clone 100 101');
    expect(run(node, 'pct start 100')).toMatchObject({
      status: 255,
      stderr: "you can't start a CT if it's a template\n",
    });
    expect(run(node, 'pct template 100')).toMatchObject({ status: 255 });
    expect(run(node, 'pct destroy 100')).toMatchObject({
      status: 255,
      stderr: "base volume 'basevol-100-disk-0' is still in use by linked clones\n",
    });
    ok(node, 'pct destroy 101');
    ok(node, 'pct destroy 100');
    expect(ok(node, 'zfs list -H -o name -t all -r rpool/data')).toBe('rpool/data\n');
  });

  it('is refused with snapshots and while running; a bind mount is told but exits 0', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct snapshot 100 snap');
    expect(run(node, 'pct template 100')).toMatchObject({
      status: 255,
      stderr: 'unable to create template, because CT contains snapshots\n',
    });
    ok(node, 'pct delsnapshot 100 snap');
    ok(node, 'pct start 100');
    expect(run(node, 'pct template 100').status).toBe(255);
    ok(node, 'pct stop 100');
    node.writeFile('/srv/x/file', '');
    ok(node, 'pct set 100 --mp0 /srv/x,mp=/x');
    expect(run(node, 'pct template 100')).toMatchObject({
      status: 0,
      stderr: "Template feature is not available for '/srv/x'\n",
    });
    expect(key(node, 100, 'template')).toBeUndefined();
  });
});

describe('pct snapshot and rollback', () => {
  it('brings back keys, raw lines and files, but keeps the description, and stops the guest', () => {
    const node = freshNode();
    container(node, 100, '--tags old --description before');
    node.writeFile('/rpool/data/subvol-100-disk-0/srv/f', 'old');
    ok(node, 'pct snapshot 100 snap');
    expect(run(node, 'pct snapshot 100 snap').stderr).toBe("snapshot name 'snap' already used\n");
    expect(run(node, 'pct snapshot 100 s').stderr).toContain("snapname: invalid format - invalid configuration ID 's'");
    ok(node, 'pct set 100 --tags new --description after');
    node.writeFile('/rpool/data/subvol-100-disk-0/srv/f', 'new');
    ok(node, 'pct start 100');
    ok(node, 'pct rollback 100 snap');
    expect(ok(node, 'pct status 100')).toBe('status: stopped\n');
    expect(key(node, 100, 'tags')).toBe('old');
    expect(key(node, 100, 'parent')).toBe('snap');
    expect(node.guestConfig(100)).toMatch(/^#after\n/);
    expect(node.readFile('/rpool/data/subvol-100-disk-0/srv/f')).toBe('old');
  });

  it('shows the tree that ends in current', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct snapshot 100 first');
    ok(node, 'pct snapshot 100 second --description why');
    expect(ok(node, 'pct listsnapshot 100').replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'YYYY-MM-DD hh:mm:ss')).toBe(
      '`-> first                       YYYY-MM-DD hh:mm:ss     no-description\n' +
        ' `-> second                     YYYY-MM-DD hh:mm:ss     why\n' +
        '  `-> current                                           You are here!\n',
    );
  });
});

describe('pct destroy', () => {
  it('frees data mounts too, removes the firewall file and spares datasets it does not name', () => {
    const node = freshNode();
    container(node, 100, '--mp0 local-zfs:1,mp=/data');
    node.writeFile('/etc/pve/firewall/100.fw', '');
    ok(node, 'zfs create rpool/data/subvol-100-disk-7');
    ok(node, 'pct destroy 100');
    expect(ok(node, 'zfs list -H -o name -r rpool/data')).toBe('rpool/data\nrpool/data/subvol-100-disk-7\n');
    expect(node.exists('/etc/pve/firewall/100.fw')).toBe(false);
    expect(node.exists('/run/lock/lxc/pve-config-100.lock')).toBe(true);
    container(node, 100);
    ok(node, 'pct destroy 100 --destroy-unreferenced-disks 1');
    expect(ok(node, 'zfs list -H -o name -r rpool/data')).toBe('rpool/data\n');
  });

  it('is refused for running, protected, locked and HA guests', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct start 100');
    expect(run(node, 'pct destroy 100').stderr).toBe('unable to destroy CT 100 - container is running\n');
    ok(node, 'pct stop 100');
    ok(node, 'pct set 100 --protection 1');
    expect(run(node, 'pct destroy 100').stderr).toBe("can't remove CT 100 - protection mode enabled\n");
    ok(node, 'pct set 100 --protection 0');
    node.setGuestKey(100, 'lock', 'migrate');
    expect(run(node, 'pct destroy 100').stderr).toBe('CT is locked (migrate)\n');
    ok(node, 'pct unlock 100');
    ok(node, 'ha-manager add ct:100 --state stopped');
    expect(run(node, 'pct destroy 100').stderr).toContain('used in HA resources and purge parameter not set');
    expect(ok(node, 'pct destroy 100 --purge')).toContain('purging CT 100 from related configurations..\n');
    expect(node.readFile('/etc/pve/ha/resources.cfg')).toBe('');
  });
});

describe('pct resize', () => {
  it('grows to an absolute size and knows no second time', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct resize 100 rootfs 2G');
    expect(run(node, 'pct resize 100 rootfs 2G').stderr).toBe('disk is already at specified size\n');
    expect(run(node, 'pct resize 100 rootfs 1G').stderr).toBe('unable to shrink disk size\n');
    expect(run(node, 'pct resize 100 mp7 +1G').stderr).toContain('volume: property is missing and it is not optional');
    ok(node, 'pct resize 100 rootfs +512M');
    expect(key(node, 100, 'rootfs')).toBe('local-zfs:subvol-100-disk-0,size=2560M');
    expect(ok(node, 'zfs get -Hp -o value refquota rpool/data/subvol-100-disk-0')).toBe(`${2560 * 1024 ** 2}\n`);
  });
});
