import { mkdirSync, symlinkSync } from 'node:fs';
import { layOutMachine, membersText } from './simulated-machine.js';
import { defaultCards, pveRelease, type SimulatedNodeOptions } from './simulated-node-options.js';

/** What of a simulated node these functions write to. */
interface HostFiles {
  path(hostPath: string): string;
  writeFile(hostPath: string, text: string): void;
}

const BASE_MOUNTS = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:2 - proc proc rw
24 22 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:3 - sysfs sysfs rw
25 22 0:5 / /dev rw,nosuid,relatime shared:4 - devtmpfs udev rw
26 22 0:23 / /run rw,nosuid,nodev,noexec,relatime shared:5 - tmpfs tmpfs rw,size=6562100k,mode=755
`;

const LXC_PROFILES = `lxc-container-default (enforce)
lxc-container-default-cgns (enforce)
lxc-container-default-with-mounting (enforce)
lxc-container-default-with-nesting (enforce)
`;

/** Files and folders of the host as they are before anybody did anything. */
export function layOutHost(node: HostFiles, options: SimulatedNodeOptions): void {
  const name = options.node ?? 'pve';
  const folders = ['lxc', 'qemu-server'].map((kind) => `/etc/pve/nodes/${name}/${kind}`);
  for (const folder of [...folders, '/etc/pve/firewall', '/etc/pve/ha', '/etc/pve/priv/lock', '/run/lock/lxc']) {
    mkdirSync(node.path(folder), { recursive: true });
  }
  for (const folder of [
    '/sys/fs/cgroup/lxc',
    '/dev/disk/by-id',
    '/var/lib/vz/template/cache',
    '/root',
    '/tmp',
    '/srv',
  ]) {
    mkdirSync(node.path(folder), { recursive: true });
  }
  symlinkSync(`nodes/${name}`, node.path('/etc/pve/local'));
  symlinkSync(`nodes/${name}/lxc`, node.path('/etc/pve/lxc'));
  symlinkSync(`nodes/${name}/qemu-server`, node.path('/etc/pve/qemu-server'));

  const profiles = (options.apparmorProfiles ?? []).map((profile) => `${profile} (enforce)\n`).join('');
  node.writeFile('/etc/hostname', `${name}\n`);
  node.writeFile('/etc/pve/storage.cfg', options.storages ?? defaultStorages(options));
  node.writeFile('/etc/pve/ha/resources.cfg', '');
  node.writeFile('/etc/machine-id', '0123456789abcdef0123456789abcdef\n');
  node.writeFile('/var/log/pve/tasks/active', '');
  node.writeFile('/var/lib/dpkg/status', packageDatabase(options));
  for (const device of ['null', 'zero', 'fuse', 'net/tun', 'kvm']) {
    node.writeFile(`/dev/${device}`, '');
  }
  node.writeFile('/proc/net/unix', 'Num       RefCount Protocol Flags    Type St Inode Path\n');
  node.writeFile('/proc/self/mountinfo', BASE_MOUNTS);
  node.writeFile('/sys/kernel/security/apparmor/profiles', LXC_PROFILES + profiles);
  node.writeFile('/etc/network/interfaces', options.interfaces ?? defaultInterfaces(options));
  node.writeFile('/etc/pve/.members', membersText(name, options));
  layOutMachine(node, options);
}

function defaultInterfaces({ bridges = ['vmbr0'], cards = defaultCards }: SimulatedNodeOptions): string {
  const [first = 'none'] = cards;
  const way = '\taddress 10.0.0.13/24\n\tgateway 10.0.0.1\n';
  return [
    'auto lo\niface lo inet loopback\n',
    ...cards.map((card) => `iface ${card} inet manual\n`),
    ...bridges.map((bridge, index) => {
      const [method, address, port] = index === 0 ? ['static', way, first] : ['manual', '', 'none'];
      return `auto ${bridge}\niface ${bridge} inet ${method}\n${address}\tbridge-ports ${port}\n\tbridge-stp off\n\tbridge-fd 0\n`;
    }),
    'source /etc/network/interfaces.d/*\n',
  ].join('\n');
}

function packageDatabase(options: SimulatedNodeOptions): string {
  const release = pveRelease(options);
  const packages = {
    'proxmox-ve': '9.0.0',
    'pve-manager': release,
    'zfsutils-linux': '2.3.9-pve1',
    ...options.packages,
  };
  return Object.entries(packages)
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`,
    )
    .join('');
}

function defaultStorages(options: SimulatedNodeOptions): string {
  const local = 'dir: local\n\tpath /var/lib/vz\n\tcontent backup,iso,vztmpl\n\n';
  const zfs = 'zfspool: local-zfs\n\tpool rpool/data\n\tcontent images,rootdir\n\tsparse 1\n\n';
  return options.pools === undefined || 'rpool' in options.pools ? local + zfs : local;
}
