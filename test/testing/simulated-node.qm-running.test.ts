import { expect, test } from 'vitest';
import { machine, machineNode, pendingOf } from './machine-fixture.js';
import { key, ok, run } from './simulated-node-fixture.js';

test('a running machine has a pid file whose process names it', () => {
  const node = machineNode();
  machine(node, 900);
  ok(node, 'qm start 900');
  const pid = node.readFile('/run/qemu-server/900.pid').trim();
  expect(node.readFile(`/proc/${pid}/cmdline`).split('\0')).toEqual(
    expect.arrayContaining(['/usr/bin/kvm', '-id', '900', '-pidfile', '/var/run/qemu-server/900.pid']),
  );
  expect(ok(node, 'qm status 900')).toBe('status: running\n');
  ok(node, 'qm stop 900');
  expect(node.exists('/run/qemu-server/900.pid')).toBe(false);
  expect(node.isRunning(900)).toBe(false);
});

test('starting twice fails, stopping twice does not', () => {
  const node = machineNode();
  machine(node, 900);
  expect(run(node, 'qm stop 900')).toMatchObject({ status: 0 });
  expect(run(node, 'qm reboot 900')).toMatchObject({ status: 255, stderr: 'VM 900 not running\n' });
  ok(node, 'qm start 900');
  expect(run(node, 'qm start 900')).toMatchObject({ status: 255, stderr: 'VM 900 already running\n' });
  ok(node, 'qm shutdown 900');
  expect(node.isRunning(900)).toBe(false);
});

test('hot-plugged are networks, disks on SCSI and VirtIO, and names; processors and memory wait', () => {
  const node = machineNode();
  machine(node, 900, '--memory 1024');
  ok(node, 'qm start 900');
  ok(
    node,
    'qm set 900 --memory 2048 --cores 4 --name web --scsi0 local-zfs:1 --net0 virtio,bridge=vmbr0 --sata0 local-zfs:1',
  );
  expect(pendingOf(node, 900)).toEqual(['cores: 4', 'memory: 2048', 'sata0: local-zfs:vm-900-disk-0,size=1G']);
  expect(key(node, 900, 'name')).toBe('web');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-1,size=1G');
  expect(key(node, 900, 'net0')).toContain('bridge=vmbr0');
});

test('what waits counts after a stop, a reboot, or not at all when it is reverted', () => {
  const node = machineNode();
  machine(node, 900, '--memory 1024 --cores 1');
  ok(node, 'qm start 900');
  ok(node, 'qm set 900 --memory 2048 --delete cores');
  expect(ok(node, 'qm pending 900')).toContain('cur memory: 1024\nnew memory: 2048\n');
  expect(ok(node, 'qm config 900 --current')).toContain('memory: 1024\n');
  expect(ok(node, 'qm config 900')).toContain('memory: 2048\n');
  ok(node, 'qm set 900 --revert memory');
  expect(pendingOf(node, 900)).toEqual(['delete: cores']);
  ok(node, 'qm reboot 900');
  expect(key(node, 900, 'memory')).toBe('1024');
  expect(key(node, 900, 'cores')).toBeUndefined();
  expect(node.isRunning(900)).toBe(true);
});

test('with hot-plugging off everything but notes waits', () => {
  const node = machineNode();
  machine(node, 900, '--hotplug 0');
  ok(node, 'qm start 900');
  ok(node, 'qm set 900 --net0 virtio,bridge=vmbr0 --onboot 1');
  expect(pendingOf(node, 900)).toEqual([expect.stringContaining('net0: ')]);
  expect(key(node, 900, 'onboot')).toBe('1');
});

test('limits of a disk change live, its cache waits', () => {
  const node = machineNode();
  machine(node, 900, '--scsi0 local-zfs:1');
  ok(node, 'qm start 900');
  ok(node, 'qm set 900 --scsi0 local-zfs:vm-900-disk-0,mbps=50,backup=0');
  expect(key(node, 900, 'scsi0')).toBe('local-zfs:vm-900-disk-0,backup=0,mbps=50,size=1G');
  ok(node, 'qm set 900 --scsi0 local-zfs:vm-900-disk-0,cache=writeback');
  expect(pendingOf(node, 900)).toEqual(['scsi0: local-zfs:vm-900-disk-0,cache=writeback,size=1G']);
});

test('a card on a bridge that is not there fails live and stays pending; stopped, only the start fails', () => {
  const node = machineNode();
  machine(node, 900);
  ok(node, 'qm start 900');
  const result = run(node, 'qm set 900 --onboot 1 --net0 virtio,bridge=vmbr9');
  expect(result.status).toBe(255);
  expect(result.stderr).toContain("net0: hotplug problem - bridge 'vmbr9' does not exist");
  expect(key(node, 900, 'onboot')).toBe('1');
  expect(pendingOf(node, 900)).toHaveLength(1);
  ok(node, 'qm stop 900');
  const start = run(node, 'qm start 900');
  expect(start.status).toBe(255);
  expect(start.stderr).toContain("bridge 'vmbr9' does not exist");
  expect(node.isRunning(900)).toBe(false);
});

const mapped = 'id=10de:2684,iommugroup=14,node=pve,path=0000:01:00.0,subsystem-id=1043:889a';

test('a mapped device has to be mapped on this node when the machine starts', () => {
  const node = machineNode();
  machine(node, 900, '--machine q35 --hostpci0 mapping=gpu,pcie=1');
  expect(run(node, 'qm start 900').stderr).toBe("PCI device mapping not found for 'gpu'\n");
  node.writeFile('/etc/pve/mapping/pci.cfg', `gpu\n\tmap ${mapped}\n`);
  ok(node, 'qm start 900');
});

test.each([
  [
    'no group said',
    mapped.replace(',iommugroup=14', ''),
    "missing expected property 'iommugroup' for device '0000:01:00.0'",
  ],
  [
    'no subsystem said',
    mapped.replace(/,subsystem-id=[^,]+/, ''),
    "missing expected property 'subsystem-id' for device '0000:01:00.0'",
  ],
  ['another device', mapped.replace('2684', '2685'), "'id' does not match for 'gpu' (10de:2684 != 10de:2685)"],
  ['another group', mapped.replace('=14', '=15'), "'iommugroup' does not match for 'gpu' (14 != 15)"],
  ['mediated devices', `${mapped}\n\tmdev 1`, "'mdev' does not match for 'gpu' (0 != 1)"],
])('a mapped device is as its map says, or the machine does not start: %s', (_what, map, message) => {
  const node = machineNode({ nvidia: { version: '580.76.05', cards: 1 } });
  node.writeFile('/etc/pve/mapping/pci.cfg', `gpu\n\tmap ${map}\n`);
  machine(node, 900, '--machine q35 --hostpci0 mapping=gpu,pcie=1');
  expect(run(node, 'qm start 900').stderr).toBe(`PCI device mapping invalid (hardware probably changed): ${message}\n`);
  expect(node.isRunning(900)).toBe(false);
});

test('a device that is not on the simulated bus has what every device has that a machine can have', () => {
  const node = machineNode();
  node.writeFile('/etc/pve/mapping/pci.cfg', 'nic\n\tmap id=8086:1563,node=pve,path=0000:04:00\n');
  machine(node, 900, '--machine q35 --hostpci0 mapping=nic,pcie=1');
  expect(run(node, 'qm start 900').stderr).toContain(
    "missing expected property 'iommugroup' for device '0000:04:00.0'",
  );
});

test('a start makes the cloud-init drive of the files as they are then', () => {
  const node = machineNode();
  node.writeFile('/var/lib/vz/snippets/user.yaml', '#cloud-config\nhostname: one\n');
  machine(node, 900, '--ide2 local-zfs:cloudinit --cicustom user=local:snippets/user.yaml');
  expect(node.cloudInit(900)).toBeUndefined();
  ok(node, 'qm start 900');
  expect(node.cloudInit(900)).toMatchObject({ user: '#cloud-config\nhostname: one\n', network: expect.any(String) });
  node.writeFile('/var/lib/vz/snippets/user.yaml', '#cloud-config\nhostname: two\n');
  expect(node.cloudInit(900)?.user).toContain('one');
  ok(node, 'qm reboot 900');
  expect(node.cloudInit(900)?.user).toContain('two');
});

test('without a document there is no start', () => {
  const node = machineNode();
  machine(node, 900, '--ide2 local-zfs:cloudinit --cicustom user=local:snippets/gone.yaml');
  const result = run(node, 'qm start 900');
  expect(result.status).toBe(255);
  expect(result.stderr).toBe("volume 'local:snippets/gone.yaml' does not exist\n");
});

test('what the drive was made of is noted as long as it differs, and is the drive when asked for', () => {
  const node = machineNode();
  machine(
    node,
    900,
    '--ide2 local-zfs:cloudinit --ciuser alice --ipconfig0 ip=10.0.0.5/24,gw=10.0.0.1 --net0 virtio,bridge=vmbr0',
  );
  ok(node, 'qm start 900');
  expect(node.cloudInit(900)?.network).toContain("address: '10.0.0.5'\n        netmask: '255.255.255.0'");
  ok(node, 'qm set 900 --name other');
  expect(node.guestConfig(900)).toContain('[special:cloudinit]\nname: vm900\n');
  ok(node, 'qm cloudinit update 900');
  expect(node.guestConfig(900)).not.toContain('[special:cloudinit]');
  expect(ok(node, 'qm cloudinit dump 900 user')).toContain('hostname: other\n');
});

test('an HA-managed machine is only asked to start', () => {
  const node = machineNode();
  machine(node, 900);
  ok(node, 'ha-manager add vm:900 --state stopped');
  expect(ok(node, 'qm start 900')).toBe('Requesting HA start for VM 900\n');
  expect(node.isRunning(900)).toBe(false);
});

test('a boot takes machines away and brings those that start by themselves', () => {
  const node = machineNode();
  machine(node, 900, '--onboot 1');
  machine(node, 901);
  ok(node, 'qm start 901');
  node.reboot();
  expect([node.isRunning(900), node.isRunning(901)]).toEqual([true, false]);
});
