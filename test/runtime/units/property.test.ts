import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call, holds } from './perl.js';

const mac = 'BC:24:11:00:00:01';
const hash = '$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.';

/** Key, what the program asks for, what stands in the file. */
type Pair = readonly [key: string, wanted: string, found: string];

const alike: readonly Pair[] = [
  ['features', 'nesting=1,keyctl=1', 'keyctl=on,nesting=yes'],
  ['features', 'nesting=1', 'nesting=1,keyctl=0'],
  ['features', 'mount=nfs;cifs', 'mount=cifs;nfs'],
  ['startup', 'order=3,up=5', 'up=5,order=3'],
  ['startup', 'order=3,up=5', '3,up=5'],
  ['dev0', '/dev/nvidia0,mode=0666', 'path=/dev/nvidia0,mode=666'],
  ['dev0', '/dev/nvidia0', '/dev/nvidia0,uid=0,gid=0'],
  ['mp0', '/srv/models,mp=/models,ro=1', '/srv/models,mp=/models/,ro=yes'],
  ['mp0', '/srv/models,mp=/models', 'volume=/srv/models/,mp=/models,ro=0'],
  ['net0', 'name=eth0,bridge=vmbr0,ip=dhcp', `name=eth0,bridge=vmbr0,hwaddr=${mac},ip=dhcp,type=veth`],
  ['net0', `name=eth0,hwaddr=${mac.toLowerCase()}`, `name=eth0,hwaddr=${mac},type=veth`],
  ['net0', 'name=eth0,bridge=vmbr0', 'name=eth0,bridge=vmbr0,firewall=0,type=veth'],
  ['net0', `virtio=${mac},bridge=vmbr0`, `virtio=${mac},bridge=vmbr0,firewall=0`],
  ['net0', `model=virtio,macaddr=${mac.toLowerCase()},bridge=vmbr0`, `virtio=${mac},bridge=vmbr0`],
  ['net0', 'virtio,bridge=vmbr0', `virtio=${mac},bridge=vmbr0`],
  ['net0', `e1000-82540em=${mac},bridge=vmbr0`, `model=e1000-82540em,macaddr=${mac},bridge=vmbr0`],
  ['tags', 'ai;Inference', 'inference;ai'],
  ['cpulimit', '1.5', '1.50'],
  ['memory', '32768', '32768'],
  ['memory', '4096', 'current=4096'],
  ['onboot', '1', 'yes'],
  ['kvm', 'on', '1'],
  ['nameserver', '1.1.1.1 8.8.8.8', '1.1.1.1,8.8.8.8'],
  ['agent', '1', 'enabled=1,type=virtio'],
  ['boot', 'order=scsi0;ide2', 'order=scsi0;ide2'],
  ['cpu', 'host', 'cputype=host'],
  ['cpu', 'cputype=host,flags=+aes;-pcid', 'host,flags=-pcid;+aes'],
  ['machine', 'q35', 'type=q35'],
  ['vga', 'serial0', 'type=serial0'],
  ['hotplug', 'disk,network,usb', '1'],
  ['hotplug', 'network,disk', 'disk,network'],
  ['hostpci0', '0000:01:00.0,pcie=1,rombar=1', 'host=01:00.0,pcie=on'],
  ['usb0', 'host=1D6B:0002', '1d6b:0002,usb3=0'],
  ['virtiofs0', 'models,cache=auto', 'dirid=models'],
  ['rng0', '/dev/urandom', 'source=/dev/urandom,max_bytes=1024,period=1000'],
  ['ide2', 'local:iso/debian.iso,media=cdrom', 'file=local:iso/debian.iso,media=cdrom,size=700M'],
  ['ipconfig0', 'ip=10.0.0.5/24,gw=10.0.0.1', 'gw=10.0.0.1,ip=10.0.0.5/24'],
  ['sshkeys', 'ssh-ed25519%20AAAA%20me%0A', 'ssh-ed25519%20AAAA%20me'],
  ['cipassword', 'secret', hash],
  ['smbios1', 'manufacturer=QWNtZQ==,base64=1', 'base64=1,manufacturer=QWNtZQ==,uuid=0000'],
  ['vmgenid', 'ABCD', 'abcd'],
  ['numa0', 'cpus=0-3,memory=2048', 'memory=2048,cpus=0-3'],
  ['audio0', 'device=ich9-intel-hda', 'device=ich9-intel-hda,driver=spice'],
];

const different: readonly Pair[] = [
  ['features', 'nesting=1', 'nesting=1,keyctl=1'],
  ['startup', 'order=3,up=5', '3,up=6'],
  ['dev0', '/dev/nvidia0,gid=44', 'path=/dev/nvidia0,gid=104'],
  ['mp0', '/srv/models,mp=/models,ro=1', '/srv/models,mp=/models'],
  ['net0', 'name=eth0,hwaddr=bc:24:11:00:00:02', `name=eth0,hwaddr=${mac},type=veth`],
  ['net0', 'name=eth0,bridge=vmbr0,firewall=1', 'name=eth0,bridge=vmbr0,type=veth'],
  ['net0', 'name=eth0,bridge=vmbr0', 'name=eth0,bridge=vmbr0,tag=5,type=veth'],
  ['net0', `e1000e=${mac},bridge=vmbr0`, `virtio=${mac},bridge=vmbr0`],
  ['net0', `virtio=${mac},bridge=vmbr0,queues=4`, `virtio=${mac},bridge=vmbr0`],
  ['tags', 'ai', 'ai;other'],
  ['memory', '32768', '72000'],
  ['onboot', '0', '1'],
  ['nameserver', '1.1.1.1 8.8.8.8', '8.8.8.8 1.1.1.1'],
  ['hostname', 'base', 'Base'],
  ['agent', 'enabled=1,fstrim_cloned_disks=1', '1'],
  ['boot', 'order=ide2;scsi0', 'order=scsi0;ide2'],
  ['cpu', 'host,hidden=1', 'host'],
  ['machine', 'q35,viommu=intel', 'q35'],
  ['hotplug', '0', 'disk'],
  ['hostpci0', 'mapping=gpu,pcie=1', 'mapping=gpu'],
  ['ide2', 'none,media=cdrom', 'local:iso/debian.iso,media=cdrom,size=700M'],
  ['sshkeys', 'ssh-ed25519%20AAAA%20me', 'ssh-ed25519%20BBBB%20me'],
  ['cipassword', 'other', hash],
];

test.each(alike)('Property::same takes %s: %s and %s for one', async (key, wanted, found) => {
  expect(await holds('Property::same', key, wanted, found)).toBe(true);
});

test.each(different)('Property::same tells %s: %s from %s', async (key, wanted, found) => {
  expect(await holds('Property::same', key, wanted, found)).toBe(false);
});

test('Property::same knows every value as itself, and sub-keys in any order', async () => {
  const key = fc.constantFrom(
    'net0',
    'mp0',
    'features',
    'hostpci0',
    'scsi0',
    'startup',
    'agent',
    'hostname',
    'tags',
    'sshkeys',
  );
  const part = fc
    .tuple(fc.stringMatching(/^[a-z]{2,5}$/), fc.stringMatching(/^[\w.:/ -]{1,9}$/))
    .map(([name, text]) => `${name}=${text}`);
  const parts = fc.uniqueArray(part, { maxLength: 5, selector: (text) => text.split('=')[0] });
  await fc.assert(
    fc.asyncProperty(key, parts, async (name, given) => {
      const value = given.join(',');
      expect(await call('Property::same', name, value, value)).toBe('1');
      if (name !== 'hostname' && name !== 'sshkeys' && name !== 'tags') {
        expect(await call('Property::same', name, value, given.toReversed().join(','))).toBe('1');
      }
    }),
  );
});

test.each([
  ['local:x,size=4G,,ro=1', 'volume', { volume: 'local:x', size: '4G', ro: '1' }],
  [`virtio=${mac},bridge=vmbr0`, '', { model: 'virtio', hwaddr: mac, bridge: 'vmbr0' }],
  [`virtio,macaddr=${mac}`, '', { model: 'virtio', hwaddr: mac }],
  ['virtio=1', 'file', { virtio: '1' }],
  ['a=b=c', 'x', { a: 'b=c' }],
  ['', 'x', {}],
])('Property::parts takes %s apart', async (value, byDefault, expected) => {
  expect(await call('Property::parts', value, byDefault)).toEqual(expected);
});

test.each([
  ['what is made up and not asked for', 'net0', {}, { hwaddr: mac }, true],
  ['what is made up and asked for', 'net0', { hwaddr: 'x' }, { hwaddr: mac }, false],
  ['the format that only the making call knows', 'scsi0', { format: 'raw' }, {}, true],
  ['what is implied', 'scsi0', { ssd: '0' }, {}, true],
  ['what nothing implies', 'scsi0', { serial: 'x' }, {}, false],
  ['what is of no family', 'hookscript', { a: '1' }, { a: '01' }, true],
])('Property::same_parts weighs %s', async (_, key, wanted, found, same) => {
  expect(await holds('Property::same_parts', key, wanted, found)).toBe(same);
});

test.each([
  ['hotplug', '1', 'disk network usb'],
  ['hotplug', '0', ''],
  ['tags', 'B; a,c', 'a b c'],
  ['nameserver', ' 8.8.8.8,1.1.1.1 ', '8.8.8.8 1.1.1.1'],
  ['hwaddr', 'bc:24', 'BC:24'],
  ['uuid', 'ABC', 'abc'],
  ['host', '0000:01:00.0;0000:02:00', '01:00.0;02:00'],
  ['sshkeys', 'a%20b%0A%0Ac%0A', 'a b\nc'],
  ['mode', '0644', '644'],
  ['mode', '0', '0'],
  ['onboot', 'On', '1'],
  ['onboot', 'off', '0'],
  ['mp', 'data/', 'data'],
  ['source', '/srv//', '/srv'],
  ['source', '/', '/'],
  ['cores', '007', '7'],
  ['cores', '123456789012345678', '123456789012345678'],
  ['description', 'on', 'on'],
])('Property::plain has one spelling of %s %s', async (name, value, expected) => {
  expect(await call('Property::plain', name, value)).toBe(expected);
});

test.each([
  ['cipassword', 'secret', hash, true],
  ['cipassword', 'Secret', hash, false],
  ['cipassword', 'secret', 'secret', false],
  ['password', 'secret', hash, false],
])('Property::same_password compares %s %s with a hash', async (key, wanted, found, same) => {
  expect(await holds('Property::same_password', key, wanted, found)).toBe(same);
});

test('Property::unescaped reads what a URL escapes', async () => {
  expect(await call('Property::unescaped', 'a%20b%2Fc%zz%')).toBe('a b/c%zz%');
});

test.each([
  ['mp12', 'volume'],
  ['scsi0', 'file'],
  ['efidisk0', 'file'],
  ['net3', ''],
  ['hostname', undefined],
])('Property::default_key of %s is %s, and Property::family knows it', async (key, name) => {
  expect(await call('Property::default_key', key)).toBe(name);
  expect(((await call('Property::family', key)) as unknown[] | undefined)?.[1]).toBe(name);
});

test.each([
  ['net0', 'name=eth0,bridge=vmbr0', `name=eth0,hwaddr=${mac}`, `name=eth0,bridge=vmbr0,hwaddr=${mac}`],
  ['net0', 'model=virtio,bridge=vmbr0', `virtio=${mac}`, `model=virtio,bridge=vmbr0,macaddr=${mac}`],
  ['net0', 'virtio,bridge=vmbr0', `virtio=${mac}`, `virtio=${mac},bridge=vmbr0`],
  ['net0', 'virtio=AA:BB,bridge=vmbr0', `virtio=${mac}`, 'virtio=AA:BB,bridge=vmbr0'],
  ['net0', 'name=eth0', 'name=eth0', 'name=eth0'],
  ['net0', 'name=eth0', undefined, 'name=eth0'],
  ['smbios1', 'serial=1', 'uuid=ab', 'serial=1,uuid=ab'],
  ['smbios1', 'uuid=cd', 'uuid=ab', 'uuid=cd'],
  ['memory', '512', '1024', '512'],
])('Property::with_made_up keeps of %s what Proxmox made up: %s', async (key, wanted, found, expected) => {
  expect(await call('Property::with_made_up', key, wanted, found)).toBe(expected);
});
