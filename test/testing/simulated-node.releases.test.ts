import { expect, it, test } from 'vitest';
import type { SimulatedNodeOptions } from '../../src/testing/simulated-node-options.js';
import { describeWithTool } from '../support/tool.js';
import { machine, machineNode } from './machine-fixture.js';
import { container, freshNode, key, ok, pending, run, TEMPLATE } from './simulated-node-fixture.js';

const releases = ['8.4', '9.0', '9.1', '9.2'] as const;

type Release = NonNullable<SimulatedNodeOptions['pveVersion']>;

describeWithTool(['perl'], 'what a release does not know is refused by its node', () => {
  it.each<[option: string, since: Release]>([
    ['--hostpci0 0000:05:00.0,driver=keep', '9.1'],
    ['--machine q35,viommu=virtio,aw-bits=48', '9.1'],
    ['--cpu host,guest-phys-bits=40', '9.1'],
    ['--allow-ksm 0', '9.1'],
    ['--cpu host,level=30', '9.2'],
    ['--tpmstate0 local-zfs:1,format=raw', '9.1'],
    ['--efidisk0 local-zfs:1,ms-cert=2023', '9.1'],
    ['--efidisk0 local-zfs:1,ms-cert=2023k', '9.2'],
    ['--agent 1,freeze-fs=0', '9.2'],
    ['--agent 1,guest-fsfreeze=0', '9.2'],
    ['--agent 1,freeze-fs-on-backup=0', '8.4'],
  ])('qm: %s is there since %s', (option, since) => {
    for (const pveVersion of releases) {
      const { status } = run(machineNode({ pveVersion }), `qm create 900 --name a ${option}`);
      expect(status === 0, pveVersion).toBe(releases.indexOf(pveVersion) >= releases.indexOf(since));
    }
  });

  it.each<[option: string, since: Release]>([
    ['--mp0 local-zfs:1,mp=/a,idmap=passthrough', '9.2'],
    ['--mp0 local-zfs:1,mp=/a,keepattrs=1', '9.2'],
    ['--entrypoint /bin/sh', '9.1'],
  ])('pct: %s is there since %s', (option, since) => {
    for (const pveVersion of releases) {
      const node = freshNode({ pveVersion });
      const { status } = run(node, `pct create 100 ${TEMPLATE} --rootfs local-zfs:1 ${option}`);
      expect(status === 0, pveVersion).toBe(releases.indexOf(pveVersion) >= releases.indexOf(since));
    }
  });

  test('containers are unprivileged unless told otherwise since 9.0, privileged before', () => {
    for (const pveVersion of releases) {
      const node = freshNode({ pveVersion });
      container(node, 100);
      expect(key(node, 100, 'unprivileged'), pveVersion).toBe(pveVersion === '8.4' ? undefined : '1');
    }
  });

  test('a device is plugged into a running container since 9.0, and waits before', () => {
    for (const pveVersion of releases) {
      const node = freshNode({ pveVersion });
      node.writeFile('/dev/odd', '');
      container(node, 100);
      ok(node, 'pct start 100');
      const set = run(node, 'pct set 100 --dev0 /dev/odd');
      expect(set.stderr).toBe('');
      expect(pending(node, 100), pveVersion).toEqual(pveVersion === '8.4' ? ['dev0: /dev/odd'] : []);
    }
  });
});

describeWithTool(['perl'], 'keys that do not go together', () => {
  it.each(['std', 'cirrus', 'virtio', 'virtio-gl', 'vmware', 'qxl2'])('%s shares its clipboard', (type) => {
    ok(machineNode(), `qm create 900 --name a --vga ${type},clipboard=vnc`);
  });

  it.each(['none', 'serial0'])('%s shares none', (type) => {
    expect(run(machineNode(), `qm create 900 --name a --vga ${type},clipboard=vnc`).stderr).toContain(
      `vga type ${type} is not compatible with VNC clipboard`,
    );
  });

  it.each([
    ['--bios ovmf --cpu kvm32', 'OVMF (UEFI) BIOS is not supported on 32-bit CPU types'],
    ['--memory 2048 --hotplug memory', 'NUMA needs to be enabled for memory hotplug'],
    ['--memory 512 --numa 1 --hotplug memory,disk', 'minimum memory must be 1024MB'],
    [
      '--memory 2048 --numa 1 --hotplug memory --numa0 cpus=0,memory=2048',
      'cannot enable memory hotplugging with custom NUMA topology',
    ],
    [
      '--memory 2048 --numa 1 --hotplug memory --virtiofs0 models',
      'Memory hotplug does not work in combination with virtio-fs.',
    ],
    ['--hugepages 2', 'numa needs to be enabled to use hugepages'],
    [
      '--memory 2048 --numa 1 --hugepages 2 --numa0 cpus=0,memory=2048',
      'numa hostnodes need to be defined to use hugepages',
    ],
    ['--memory 2048 --numa 1 --numa0 cpus=0,memory=2048,hostnodes=0;1', 'you need to define a policy for hostnode 0,1'],
    ['--numa 1 --numa0 cpus=0', 'missing NUMA node0 memory value'],
    [
      '--memory 2048 --numa 1 --numa0 cpus=0,memory=1024',
      'total memory for NUMA nodes must be equal to vm static memory',
    ],
    ['--ostype win7 --usb5 1-2', 'using usb5 is only possible with machine type >= 7.1 and ostype l26 or windows > 7'],
    [
      '--ostype l26 --machine pc-i440fx-6.2 --usb6 1-2',
      'using usb6 is only possible with machine type >= 7.1 and ostype l26 or windows > 7',
    ],
    [
      '--ostype win11 --virtiofs0 models,expose-acl=1',
      'Please disable ACLs for virtiofs on Windows VMs, otherwise the virtiofs shared directory cannot be mounted.',
    ],
    ['--vga none --hostpci0 00:02.0,legacy-igd=1,x-vga=1', 'legacy IGD assignment is not compatible with x-vga'],
    ['--vga none --hostpci0 00:02.0,legacy-igd=1,mdev=i915', 'legacy IGD assignment is not compatible with mdev'],
    ['--hostpci0 00:02.0,legacy-igd=1', "legacy IGD assignment requires VGA mode to be 'none'"],
    ['--arch aarch64 --ide2 none,media=cdrom', "Bus 'ide.1' not found"],
  ])('are kept, and the machine does not start: %s', (options, message) => {
    const node = machineNode();
    node.writeFile('/srv/models/file', '');
    node.writeFile('/etc/pve/mapping/directory.cfg', 'models\n\tmap node=pve,path=/srv/models\n');
    machine(node, 900, options);
    const { status, stderr } = run(node, 'qm start 900');
    expect(stderr).toContain(message);
    expect(status).toBe(255);
    expect(node.isRunning(900)).toBe(false);
  });

  it.each([
    '--bios ovmf --cpu kvm64',
    '--memory 2048 --numa 1 --hotplug memory',
    '--memory 2048 --numa 1 --hugepages 2 --numa0 cpus=0,memory=2048,hostnodes=0,policy=bind',
    '--ostype win10 --usb5 1-2',
    '--ostype l26 --virtiofs0 models,expose-acl=1',
    '--vga none --hostpci0 00:02.0,legacy-igd=1',
  ])('are no such: %s', (options) => {
    const node = machineNode();
    node.writeFile('/srv/models/file', '');
    node.writeFile('/etc/pve/mapping/directory.cfg', 'models\n\tmap node=pve,path=/srv/models\n');
    machine(node, 900, options);
    ok(node, 'qm start 900');
  });
});
