import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SimulatedNode } from '../../src/testing/simulated-node.js';
import { container, freshNode, key, ok, run } from './simulated-node-fixture.js';

/** The volume id of the one backup there is. */
function backup(node: SimulatedNode): string {
  const [, volume = ''] = /^(local:backup\/\S+)/m.exec(ok(node, 'pvesm list local --content backup')) ?? [];
  return volume;
}

describe('a backup of a container', () => {
  const net = '--net0 name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp --tags a';

  it('restored under another number has the notes, the tags and the hardware address of the first', () => {
    const node = freshNode();
    container(node, 100, `--description ours ${net}`);
    const told = ok(node, 'vzdump 100 --mode stop --storage local --compress zstd');
    expect(told).toContain("INFO: including mount point rootfs ('/') in backup\n");
    expect(backup(node)).toMatch(/^local:backup\/vzdump-lxc-100-[\d_-]+\.tar\.zst$/);
    const restored = ok(node, `pct restore 101 ${backup(node)} --storage local-zfs`);
    expect(restored).toMatch(/^recovering backed-up configuration from 'local:backup\/.*\nrestoring .* now\.\.\n/);
    expect(node.guestConfig(101)).toBe(node.guestConfig(100).replace('subvol-100', 'subvol-101'));
    expect(readFileSync(node.guestPath(101, '/etc/machine-id'))).toEqual(
      readFileSync(node.guestPath(100, '/etc/machine-id')),
    );
  });

  it('restored over its container makes another disk, and brings back rules and raw lines', () => {
    const node = freshNode();
    container(node, 100, net);
    node.writeFile('/etc/pve/lxc/100.conf', `${node.guestConfig(100)}lxc.cap.drop: mknod\n`);
    node.writeFile('/etc/pve/firewall/100.fw', '[OPTIONS]\n\nenable: 1\n');
    ok(node, 'vzdump 100');
    const before = node.guestConfig(100);
    ok(node, 'pct set 100 --memory 1024');
    node.writeFile('/etc/pve/firewall/100.fw', '');
    ok(node, `pct restore 100 ${backup(node)} --storage local-zfs --force 1`);
    expect(node.guestConfig(100)).toBe(before.replace('disk-0', 'disk-1'));
    expect(ok(node, 'zfs list -H -o name')).not.toContain('subvol-100-disk-0');
    expect(node.readFile('/etc/pve/firewall/100.fw')).toContain('enable: 1');
  });

  it('is not restored over a container that is there, runs or is protected, nor onto a storage for files', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'vzdump 100');
    const restore = `pct restore 100 ${backup(node)} --storage local-zfs`;
    const refusals: [string, string, string][] = [
      ['true', restore, "CT 100 already exists on node 'pve'"],
      ['pct start 100', `${restore} --force 1`, "can't overwrite running container"],
      ['pct stop 100', `pct restore 101 ${backup(node)}`, "storage 'local' does not support container directories"],
      ['pct set 100 --protection 1', `${restore} --force 1`, 'unable to restore CT 100 - protection mode enabled'],
    ];
    for (const [before, line, text] of refusals) {
      ok(node, before);
      expect(run(node, line)).toMatchObject({ status: 255, stderr: expect.stringContaining(text) });
    }
    expect(run(node, 'vzdump 105')).toMatchObject({ status: 255, stderr: 'job errors\n' });
  });
});

describe('raw lines behind the header of what waits', () => {
  it('stay there as long as the container runs, and come in the place of all others when it starts', () => {
    const node = freshNode();
    container(node, 100);
    ok(node, 'pct start 100');
    const config = node.guestConfig(100);
    node.writeFile('/etc/pve/lxc/100.conf', `${config}lxc.cap.drop: mknod\n\n[pve:pending]\nlxc.cap.drop: sys_time\n`);
    ok(node, 'pct set 100 --memory 600');
    expect(node.guestConfig(100)).toContain('lxc.cap.drop: mknod\n\n[pve:pending]\nlxc.cap.drop: sys_time\n');
    ok(node, 'pct reboot 100');
    expect(node.guestConfig(100)).toBe(`${config.replace('memory: 512', 'memory: 600')}lxc.cap.drop: sys_time\n`);
    expect(key(node, 100, 'memory')).toBe('600');
  });
});
