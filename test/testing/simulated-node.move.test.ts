import { expect, test } from 'vitest';
import type { SimulatedNode } from '../../src/testing/simulated-node.js';
import { machine, machineNode } from './machine-fixture.js';
import { container, freshNode, key, ok, run } from './simulated-node-fixture.js';

// Behaviour and words: `move_volume` of PVE::API2::LXC (pve-container 6.1.10) and `move_vm_disk` of PVE::API2::Qemu (qemu-server 9.1.15).

/** A node with a second pool for disks. */
function twoPools(): SimulatedNode {
  const node = freshNode({ pools: { rpool: {}, fast: {} } });
  ok(node, 'pvesm add zfspool fast --pool fast');
  return node;
}

test("a container's volume is copied and the old one kept as unused", () => {
  const node = twoPools();
  container(node, 900, '--mp0 local-zfs:1,mp=/data,backup=1');
  node.writeFile('/rpool/data/subvol-900-disk-1/file', 'text');
  ok(node, 'pct move-volume 900 mp0 fast');
  expect(key(node, 900, 'mp0')).toBe('fast:subvol-900-disk-0,mp=/data,backup=1,size=1G');
  expect(key(node, 900, 'unused0')).toBe('local-zfs:subvol-900-disk-1');
  expect(key(node, 900, 'lock')).toBeUndefined();
  expect(node.readFile('/fast/subvol-900-disk-0/file')).toBe('text');
  ok(node, 'pct set 900 --delete unused0');
  ok(node, 'pct move_volume 900 rootfs fast --delete 1');
  expect(key(node, 900, 'rootfs')).toBe('fast:subvol-900-disk-1,size=1G');
  expect(run(node, 'zfs list -H -o name').stdout).not.toContain('rpool/data/subvol-900');
});

test.each([
  ['pct start 900', 'pct move-volume 900 rootfs fast', 'cannot move volumes of a running container'],
  [
    'pct set 900 --cores 1',
    'pct move-volume 900 unused0 fast',
    "cannot move volume 'unused0', only configured volumes",
  ],
  ['pct set 900 --cores 1', 'pct move-volume 900 rootfs', "both 'storage' and 'target-vmid' missing"],
  ['pct set 900 --cores 1', 'pct move-volume 900 rootfs local', "content type 'rootdir' is not available"],
  [
    'pct set 900 --cores 1',
    `pct move-volume 900 rootfs fast --digest ${'0'.repeat(40)}`,
    'detected modified configuration',
  ],
  [
    'pct snapshot 900 before',
    'pct move-volume 900 rootfs fast --delete 1',
    "you can't move a volume with snapshots and delete",
  ],
])('after `%s`, `%s` is refused', (before, command, words) => {
  const node = twoPools();
  container(node, 900);
  ok(node, before);
  const { status, stderr } = run(node, command);
  expect(status).toBe(255);
  expect(stderr).toContain(words);
  expect(key(node, 900, 'rootfs')).toBe('local-zfs:subvol-900-disk-0,size=1G');
  expect(key(node, 900, 'lock')).toBeUndefined();
});

test.each([
  [1, 'local-zfs:subvol-900-disk-0,size=1G'],
  [2, 'fast:subvol-900-disk-0,size=1G'],
])('a worker that dies at place %i leaves the guest locked, and two volumes', (point, rootfs) => {
  const node = twoPools();
  container(node, 900);
  node.fault({ argv: ['pct', 'move-volume'], mode: 'kill-middle', point, victim: 'worker' });
  expect(run(node, 'pct move-volume 900 rootfs fast').status).toBe(255);
  expect(key(node, 900, 'lock')).toBe('disk');
  expect(key(node, 900, 'rootfs')).toBe(rootfs);
  expect(run(node, 'zfs list -H -o name').stdout).toMatch(
    /fast\/subvol-900-disk-0\n[\s\S]*rpool\/data\/subvol-900-disk-0/,
  );
});

test("a running machine's disk moves, its TPM does not, and the copy of a task that died is busy until the machine stops", () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:2 --tpmstate0 local-zfs:1,version=v2.0');
  ok(node, 'qm start 900');
  expect(run(node, 'qm disk move 900 tpmstate0 local')).toMatchObject({
    status: 255,
    stderr: expect.stringContaining('cannot move TPM state while VM is running'),
  });
  node.fault({ argv: ['qm', 'disk', 'move'], mode: 'kill-middle', victim: 'worker' });
  node.writeFile(
    '/etc/pve/storage.cfg',
    `${node.readFile('/etc/pve/storage.cfg')}\nzfspool: fast\n\tpool rpool/fast\n`,
  );
  ok(node, 'zfs create rpool/fast');
  expect(run(node, 'qm disk move 900 scsi0 fast')).toMatchObject({
    status: 255,
    stderr: expect.stringContaining('control message'),
  });
  expect(run(node, 'pvesm free fast:vm-900-disk-0').stderr).toContain('dataset is busy');
  ok(node, 'qm shutdown 900');
  ok(node, 'pvesm free fast:vm-900-disk-0');
  ok(node, 'qm disk move 900 scsi0 fast');
  expect(key(node, 900, 'scsi0')).toBe('fast:vm-900-disk-0,size=2G');
  expect(key(node, 900, 'unused0')).toBe('local-zfs:vm-900-disk-0');
});
