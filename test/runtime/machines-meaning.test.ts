import { expect, test } from 'vitest';
import { HandMadeHost } from './hand-made.js';
import { machineByHand, machineConfig, machineKnown } from './machines.js';

const mac = 'BC:24:11:00:00:01';

// key, what the program asks for, what stands in the file, equal?
const cases: [key: string, wanted: string, found: string, same: boolean][] = [
  ['net0', `virtio=${mac},bridge=vmbr0`, `virtio=${mac},bridge=vmbr0,firewall=0`, true],
  ['net0', `model=virtio,macaddr=${mac.toLowerCase()},bridge=vmbr0`, `virtio=${mac},bridge=vmbr0`, true],
  ['net0', 'virtio,bridge=vmbr0', `virtio=${mac},bridge=vmbr0`, true],
  ['net0', `e1000e=${mac},bridge=vmbr0`, `virtio=${mac},bridge=vmbr0`, false],
  ['net0', `e1000-82540em=${mac},bridge=vmbr0`, `model=e1000-82540em,macaddr=${mac},bridge=vmbr0`, true],
  ['net0', `virtio=${mac},bridge=vmbr0,queues=4`, `virtio=${mac},bridge=vmbr0`, false],
  ['net0', `virtio=${mac},bridge=vmbr0,firewall=1`, `virtio=${mac},bridge=vmbr0`, false],
  ['agent', '1', 'enabled=1,type=virtio', true],
  ['agent', 'enabled=1,fstrim_cloned_disks=1', '1', false],
  ['agent', '0', '', true],
  ['boot', 'order=scsi0;ide2', 'order=scsi0;ide2', true],
  ['boot', 'order=ide2;scsi0', 'order=scsi0;ide2', false],
  ['memory', '4096', 'current=4096', true],
  ['memory', '4096', '2048', false],
  ['cpu', 'host', 'cputype=host', true],
  ['cpu', 'cputype=host,flags=+aes;-pcid', 'host,flags=-pcid;+aes', true],
  ['cpu', 'host,hidden=1', 'host', false],
  ['machine', 'q35', 'type=q35', true],
  ['machine', 'q35,viommu=intel', 'q35', false],
  ['vga', 'serial0', 'type=serial0', true],
  ['hotplug', 'disk,network,usb', '1', true],
  ['hotplug', 'network,disk', 'disk,network', true],
  ['hotplug', '0', 'disk', false],
  ['hostpci0', '0000:01:00.0,pcie=1,rombar=1', 'host=01:00.0,pcie=on', true],
  ['hostpci0', 'mapping=gpu,pcie=1', 'mapping=gpu', false],
  ['usb0', 'host=1D6B:0002', '1d6b:0002,usb3=0', true],
  ['virtiofs0', 'models,cache=auto', 'dirid=models', true],
  ['rng0', '/dev/urandom', 'source=/dev/urandom,max_bytes=1024,period=1000', true],
  ['ide2', 'local:iso/debian.iso,media=cdrom', 'file=local:iso/debian.iso,media=cdrom,size=700M', true],
  ['ide2', 'none,media=cdrom', 'local:iso/debian.iso,media=cdrom,size=700M', false],
  ['ipconfig0', 'ip=10.0.0.5/24,gw=10.0.0.1', 'gw=10.0.0.1,ip=10.0.0.5/24', true],
  ['sshkeys', 'ssh-ed25519%20AAAA%20me%0A', 'ssh-ed25519%20AAAA%20me', true],
  ['sshkeys', 'ssh-ed25519%20AAAA%20me', 'ssh-ed25519%20BBBB%20me', false],
  ['cipassword', 'secret', '$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.', true],
  ['cipassword', 'other', '$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.', false],
  ['smbios1', 'manufacturer=QWNtZQ==,base64=1', 'base64=1,manufacturer=QWNtZQ==,uuid=0000', true],
  ['vmgenid', 'ABCD', 'abcd', true],
  ['numa0', 'cpus=0-3,memory=2048', 'memory=2048,cpus=0-3', true],
  ['acpi', '1', '', true],
  ['kvm', 'on', '1', true],
  ['tags', 'ai;GPU', 'gpu;ai', true],
  ['audio0', 'device=ich9-intel-hda', 'device=ich9-intel-hda,driver=spice', true],
];

test('values of machines are compared by what they mean, not by their text', () => {
  const host = new HandMadeHost();
  for (const [at, [key, , found]] of cases.entries()) {
    machineByHand(host, 100 + at, found === '' ? '' : `${key}: ${found}\n`);
  }
  host.journal(...cases.map((_, at) => machineKnown(100 + at)));
  const plan = host.plan(
    cases.map(([key, value], at) => machineConfig(100 + at, [{ is: 'exact', key, value, impact: 'live' }])),
  );
  const answers = cases.map(([key, wanted, found], at) => [
    key,
    wanted,
    found,
    plan[`guest/${100 + at}/config`]?.verdict === 'satisfied',
  ]);
  expect(answers).toEqual(cases);
});
