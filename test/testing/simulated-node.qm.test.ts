import { expect, test } from 'vitest';
import { IMAGE, machine, machineNode, pendingOf, zvolSize } from './machine-fixture.js';
import { key, ok, run } from './simulated-node-fixture.js';

const GIB = 1024 ** 3;

test('create writes what the real one writes: ids, an empty boot order, keys sorted', () => {
  const node = machineNode();
  ok(node, 'qm create 900 --name web --memory 2048 --description hello');
  expect(node.guestConfig(900).split('\n')).toEqual([
    '#hello',
    'boot: ',
    'memory: 2048',
    expect.stringMatching(/^meta: creation-qemu=10\.1\.2,ctime=\d+$/),
    'name: web',
    expect.stringMatching(/^smbios1: uuid=[0-9a-f-]{36}$/),
    expect.stringMatching(/^vmgenid: [0-9a-f-]{36}$/),
    '',
  ]);
});

test('create refuses a number that any guest has', () => {
  const node = machineNode();
  machine(node, 900);
  const again = run(node, 'qm create 900');
  expect(again).toMatchObject({ status: 255 });
  expect(again.stderr).toContain("unable to create VM 900 - VM 900 already exists on node 'pve'");
});

test.each([
  ['--cores 0', 'cores: value must have a minimum value of 1'],
  ['--bios uefi', "bios: value 'uefi' does not have a value in the enumeration 'seabios, ovmf'"],
  ['--net0 virtual,bridge=vmbr0', "net0.model: value 'virtual' does not have a value in the enumeration"],
  ['--cpu sparc', "Built-in cputype 'sparc' is not defined (missing 'custom-' prefix?)"],
  ['--scsi31 local-zfs:1', 'Unknown option: scsi31'],
  ['--ipconfig0 gw=10.0.0.1', "ipconfig0.ip: missing property - 'ipconfig0.gw' requires this property"],
  ['--scsi0 nosuch:4', "storage 'nosuch' does not exist"],
  ['--hotplug disk,power', "invalid hotplug feature 'power'"],
])('create refuses %s and leaves nothing', (options, message) => {
  const node = machineNode();
  const result = run(node, `qm create 900 ${options}`);
  expect(result.status).toBe(255);
  expect(result.stderr).toContain(message);
  expect(node.exists('/etc/pve/qemu-server/900.conf')).toBe(false);
});

test('keys for ssh are looked at when their file is read, and kept with every sign escaped', () => {
  const node = machineNode();
  machine(node, 900);
  node.writeFile('/tmp/keys', 'ssh-ed25519 AAAAC3Nz+/= ops@desk\n');
  ok(node, 'qm set 900 --sshkeys /tmp/keys');
  expect(key(node, 900, 'sshkeys')).toBe('ssh-ed25519%20AAAAC3Nz%2B%2F%3D%20ops%40desk%0A');
  node.writeFile('/tmp/keys', 'nonsense\n');
  expect(run(node, 'qm set 900 --sshkeys /tmp/keys').stderr).toContain('SSH public key validation error');
  expect(run(node, 'qm set 900 --sshkeys /tmp/none').stderr).toContain("can't open '/tmp/none'");
});

test('pvesm frees a disk in a folder, whatever it is called, and then the folder', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local:1,format=qcow2');
  node.writeFile('/var/lib/vz/images/950/x.qcow2', '');
  expect(ok(node, 'pvesm free local:950/x.qcow2')).toContain("Removed volume 'local:950/x.qcow2'");
  expect(node.exists('/var/lib/vz/images/950')).toBe(false);
  expect(node.exists('/var/lib/vz/images/900/vm-900-disk-0.qcow2')).toBe(true);
});

test('a disk of a size is a zvol, boots first, and its key says what it is', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:32,iothread=1,discard=on --net0 virtio,bridge=vmbr0');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-0,discard=on,iothread=1,size=32G');
  expect(key(node, 900, 'boot')).toBe('order=scsi0;net0');
  expect(key(node, 900, 'net0')).toMatch(/^virtio=BC:24:11:[0-9A-F:]{8},bridge=vmbr0$/);
  expect(zvolSize(node, 'rpool/data/vm-900-disk-0')).toBe(32 * GIB);
});

test('EFI variables, a TPM and a cloud-init drive have sizes of their own', () => {
  const node = machineNode();
  machine(
    node,
    900,
    '--efidisk0 local-zfs:1,efitype=4m,pre-enrolled-keys=1 --tpmstate0 local-zfs:1,version=v2.0 --ide2 local-zfs:cloudinit',
  );
  expect(key(node, 900, 'efidisk0')).toBe('local-zfs:vm-900-disk-0,efitype=4m,pre-enrolled-keys=1,size=1M');
  expect(key(node, 900, 'ide2')).toBe('local-zfs:vm-900-cloudinit,media=cdrom');
  expect(key(node, 900, 'tpmstate0')).toBe('local-zfs:vm-900-disk-1,size=4M,version=v2.0');
});

test('a file storage keeps disks below images, raw unless said otherwise', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local:2 --scsi1 local:1,format=qcow2');
  expect(key(node, 900, 'scsi0')).toBe('local:900/vm-900-disk-0.raw,size=2G');
  expect(key(node, 900, 'scsi1')).toBe('local:900/vm-900-disk-1.qcow2,size=1G');
  expect(node.exists('/var/lib/vz/images/900/vm-900-disk-1.qcow2')).toBe(true);
});

test('an image is imported with the size it has, and grows by resize', () => {
  const node = machineNode();
  machine(node, 900);
  ok(node, `qm set 900 --scsi0 local-zfs:0,import-from=${IMAGE},discard=on`);
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-0,discard=on,size=3G');
  ok(node, 'qm resize 900 scsi0 20G');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-0,discard=on,size=20G');
  expect(zvolSize(node, 'rpool/data/vm-900-disk-0')).toBe(20 * GIB);
});

test('an import needs the size 0 and an image that is one', () => {
  const node = machineNode();
  machine(node, 900);
  expect(run(node, `qm set 900 --scsi0 local-zfs:5,import-from=${IMAGE}`).stderr).toContain(
    "'import-from' requires special syntax",
  );
  node.writeFile('/var/lib/vz/import/broken.qcow2', 'not an image');
  expect(run(node, 'qm set 900 --scsi0 local-zfs:0,import-from=local:import/broken.qcow2').stderr).toContain(
    "cannot import from 'local:import/broken.qcow2' - failed to query file information with qemu-img",
  );
  expect(ok(node, 'zfs list -H -o name -t volume')).toBe('');
});

test('resize exits 0 whatever its task found', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:8');
  const shrunk = run(node, 'qm resize 900 scsi0 4G');
  expect(shrunk).toMatchObject({ status: 0 });
  expect(shrunk.stderr).toContain('shrinking disks is not supported');
  expect(run(node, 'qm resize 900 scsi1 4G')).toMatchObject({ status: 0 });
  ok(node, 'qm resize 900 scsi0 +1G');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-0,size=9G');
});

test('on a stopped machine everything counts at once, and a disk is allocated each time', () => {
  const node = machineNode();
  machine(node, 900, '--memory 1024');
  ok(node, 'qm set 900 --memory 4096 --cores 2 --tags b;A;b');
  expect([key(node, 900, 'memory'), key(node, 900, 'cores'), key(node, 900, 'tags')]).toEqual(['4096', '2', 'a;b']);
  ok(node, 'qm set 900 --scsi0 local-zfs:1');
  ok(node, 'qm set 900 --scsi0 local-zfs:1');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-1,size=1G');
  expect(key(node, 900, 'unused0')).toBe('local-zfs:vm-900-disk-0');
});

test('a deleted disk stays as unused, is gone with force, and leaves the boot order', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:1 --scsi1 local-zfs:1 --net0 virtio,bridge=vmbr0');
  ok(node, 'qm set 900 --delete scsi0');
  expect(key(node, 900, 'unused0')).toBe('local-zfs:vm-900-disk-0');
  expect(key(node, 900, 'boot')).toBe('order=net0');
  ok(node, 'qm set 900 --delete scsi1 --force 1');
  ok(node, 'qm set 900 --delete unused0');
  expect(node.guestConfig(900)).not.toMatch(/disk-|unused/);
  expect(ok(node, 'zfs list -H -o name -t volume')).toBe('');
});

test('a boot order names devices that are there', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:1');
  expect(run(node, 'qm set 900 --boot order=scsi1')).toMatchObject({
    status: 255,
    stderr: "invalid bootorder: device 'scsi1' does not exist'\n",
  });
  ok(node, 'qm set 900 --boot order=scsi0');
});

test('a digest of another text refuses the whole call', () => {
  const node = machineNode();
  machine(node, 900);
  const digest = '0'.repeat(40);
  expect(run(node, `qm set 900 --memory 2048 --digest ${digest}`).stderr).toContain(
    'checksum mismatch (file change by other user?)',
  );
  expect(key(node, 900, 'memory')).toBeUndefined();
});

test('keys that Proxmox does not know are lost at the next write', () => {
  const node = machineNode();
  machine(node, 900);
  node.setGuestKey(900, 'colour', 'blue');
  const result = run(node, 'qm set 900 --onboot 1');
  expect(result).toMatchObject({ status: 0 });
  expect(result.stderr).toContain("vm 900 - unable to parse value of 'colour' - unknown setting 'colour'");
  expect(node.guestConfig(900)).not.toContain('colour');
});

test('what was wanted before a failing key stays pending on a stopped machine', () => {
  const node = machineNode();
  machine(node, 900, '--ide2 local-zfs:cloudinit');
  const result = run(node, 'qm set 900 --cores 4 --ide3 local-zfs:cloudinit');
  expect(result).toMatchObject({ status: 255 });
  expect(result.stderr).toContain("ide3 - cloud-init drive is already attached at 'ide2'");
  expect(pendingOf(node, 900)).toEqual(['cores: 4']);
  expect(key(node, 900, 'cores')).toBeUndefined();
});

test('a hook script has to be there, to run, and to be a snippet', () => {
  const node = machineNode();
  machine(node, 900);
  expect(run(node, 'qm set 900 --hookscript local:snippets/hook.sh').stderr).toContain(
    "hookscript: script 'local:snippets/hook.sh' does not exist",
  );
});

test('destroy takes owned volumes, spares protected and running machines', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:1 --protection 1');
  expect(run(node, 'qm destroy 900').stderr).toContain("can't remove VM 900 - protection mode enabled");
  ok(node, 'qm set 900 --protection 0');
  ok(node, 'qm start 900');
  expect(run(node, 'qm destroy 900').stderr).toContain('VM 900 is running - destroy failed');
  ok(node, 'qm stop 900');
  ok(node, 'qm destroy 900');
  expect(node.exists('/etc/pve/qemu-server/900.conf')).toBe(false);
  expect(ok(node, 'zfs list -H -o name -t volume')).toBe('');
});
