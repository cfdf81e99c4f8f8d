import { expect, test } from 'vitest';
import { IMAGE, machine, machineNode, zvolSize } from './machine-fixture.js';
import { key, ok, run } from './simulated-node-fixture.js';

const GIB = 1024 ** 3;
const DISKS = '--scsi0 local-zfs:4,discard=on --efidisk0 local-zfs:1,efitype=4m --ide2 local-zfs:cloudinit --tags web';

test('a template renames its disks and keeps the cloud-init drive', () => {
  const node = machineNode();
  machine(node, 900, DISKS);
  ok(node, 'qm template 900');
  expect(key(node, 900, 'template')).toBe('1');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:base-900-disk-1,discard=on,size=4G');
  expect(key(node, 900, 'ide2')).toBe('local-zfs:vm-900-cloudinit,media=cdrom');
  expect(ok(node, 'zfs list -H -o name -t snapshot')).toContain('rpool/data/base-900-disk-1@__base__\n');
  expect(run(node, 'qm start 900').stderr).toBe("you can't start a vm if it's a template\n");
});

test('a clone of a template shares its disks, has ids of its own, and can grow', () => {
  const node = machineNode();
  machine(node, 900, `${DISKS} --net0 virtio=BC:24:11:00:00:01,bridge=vmbr0 --description source`);
  ok(node, 'qm template 900');
  ok(node, 'qm clone 900 901 --name copy');
  expect(key(node, 901, 'scsi0')).toBe('local-zfs:base-900-disk-1/vm-901-disk-1,discard=on,size=4G');
  expect(key(node, 901, 'ide2')).toMatch(/^local-zfs:vm-901-cloudinit,media=cdrom/);
  expect(key(node, 901, 'name')).toBe('copy');
  expect(key(node, 901, 'tags')).toBe('web');
  expect(key(node, 901, 'net0')).not.toContain('BC:24:11:00:00:01');
  expect(key(node, 901, 'smbios1')).not.toBe(key(node, 900, 'smbios1'));
  expect(key(node, 901, 'template')).toBeUndefined();
  expect(node.guestConfig(901)).toContain('#source\n');
  ok(node, 'qm resize 901 scsi0 10G');
  expect(zvolSize(node, 'rpool/data/vm-901-disk-1')).toBe(10 * GIB);
});

test('a full clone takes a storage, a linked one does not', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:4');
  ok(node, 'qm clone 900 901 --full 1 --storage local');
  expect(key(node, 901, 'scsi0')).toBe('local:901/vm-901-disk-0.raw,size=4G');
  expect(key(node, 901, 'name')).toBe('Copy-of-VM-vm900');
  expect(run(node, 'qm clone 900 902 --full 0')).toMatchObject({
    status: 255,
    stderr: "Linked clone feature is not supported for 'local-zfs:vm-900-disk-0' (scsi0)\n",
  });
  ok(node, 'qm template 900');
  expect(run(node, 'qm clone 900 902 --storage local').stderr).toBe(
    "parameter 'storage' not allowed for linked clones\n",
  );
});

test('linked clones on a file storage are qcow2 with the base behind them', () => {
  const node = machineNode();
  machine(node, 900);
  ok(node, `qm set 900 --scsi0 local:0,import-from=${IMAGE}`);
  ok(node, 'qm template 900');
  expect(key(node, 900, 'scsi0')).toBe('local:900/base-900-disk-0.qcow2,size=3G');
  ok(node, 'qm clone 900 901');
  expect(key(node, 901, 'scsi0')).toBe('local:900/base-900-disk-0.qcow2/901/vm-901-disk-0.qcow2,size=3G');
  expect(run(node, 'qm destroy 900').stderr).toContain('is still in use by linked cloned');
});

test('a template with snapshots, running or a template already is refused', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:1');
  ok(node, 'qm start 900');
  expect(run(node, 'qm template 900')).toMatchObject({ status: 255 });
  ok(node, 'qm stop 900');
  ok(node, 'qm snapshot 900 before');
  expect(run(node, 'qm template 900').stderr).toContain('because VM contains snapshots');
  ok(node, 'qm delsnapshot 900 before');
  ok(node, 'qm template 900');
  expect(run(node, 'qm template 900').stderr).toBe("you can't convert a template to a template\n");
});

test('a clone that dies leaves a locked stump, its volume, and the source untouched', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:4');
  const before = node.guestConfig(900);
  node.fault({ argv: ['qm', 'clone'], mode: 'kill-middle', victim: 'worker' });
  expect(run(node, 'qm clone 900 901').status).toBe(255);
  expect(node.guestConfig(901)).toBe('# qmclone temporary file\nlock: clone\n');
  expect(ok(node, 'zfs list -H -o name -t volume')).toContain('rpool/data/vm-901-disk-0\n');
  expect(node.guestConfig(900)).toBe(before);
  expect(run(node, 'qm set 901 --cores 2').stderr).toBe('VM is locked (clone)\n');
  ok(node, 'qm unlock 901');
  ok(node, 'qm destroy 901 --destroy-unreferenced-disks 1');
  expect(ok(node, 'zfs list -H -o name -t volume')).not.toContain('vm-901');
});

test('an import that dies leaves a volume that no file names; a create, its lock', () => {
  const node = machineNode();
  machine(node, 900);
  node.fault({ argv: ['qm', 'set'], mode: 'kill-middle', victim: 'worker' });
  expect(run(node, `qm set 900 --scsi0 local-zfs:0,import-from=${IMAGE}`).status).toBe(255);
  expect(node.guestConfig(900)).not.toMatch(/scsi0|lock|PENDING/);
  expect(ok(node, 'zfs list -H -o name -t volume')).toBe('rpool/data/vm-900-disk-0\n');
  ok(node, 'qm rescan --vmid 900');
  expect(key(node, 900, 'unused0')).toBe('local-zfs:vm-900-disk-0');

  node.fault({ argv: ['qm', 'create', '901'], mode: 'kill-middle', victim: 'worker' });
  run(node, 'qm create 901 --scsi0 local-zfs:1');
  expect(node.guestConfig(901)).toBe('lock: create\n');
});

test('a set that dies between noting and doing leaves values pending on a stopped machine', () => {
  const node = machineNode();
  machine(node, 900);
  node.fault({ argv: ['qm', 'set'], mode: 'kill-middle', victim: 'worker' });
  run(node, 'qm set 900 --cores 4');
  expect(node.guestConfig(900)).toContain('[PENDING]\ncores: 4\n');
  ok(node, 'qm start 900');
  expect(key(node, 900, 'cores')).toBe('4');
});

test('a template that dies between renaming and noting has a disk that is not there', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:1');
  node.fault({ argv: ['qm', 'template'], mode: 'kill-middle', victim: 'worker' });
  run(node, 'qm template 900');
  expect(key(node, 900, 'template')).toBe('1');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-0,size=1G');
  expect(ok(node, 'zfs list -H -o name -t volume')).toBe('rpool/data/base-900-disk-0\n');
});

test('disks move and are imported from files', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:2');
  ok(node, 'qm move-disk 900 scsi0 local --delete 1');
  expect(key(node, 900, 'scsi0')).toBe('local:900/vm-900-disk-0.raw,size=2G');
  ok(node, 'qm importdisk 900 /var/lib/vz/import/debian-13.qcow2 local-zfs');
  expect(key(node, 900, 'unused0')).toBe('local-zfs:vm-900-disk-0');
});
