import { cpSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseFacts } from '../../src/model/facts.js';
import { SimulatedNode } from '../../src/testing/simulated-node.js';
import type { SimulatedNodeOptions } from '../../src/testing/simulated-node-options.js';
import { runtimeFolder } from '../support/runtime.js';
import { archive, temporaryFolder } from './bench.js';

/** A node on which no assembly has ever been; the applier alone is copied there. */
function bareNode(options: SimulatedNodeOptions = {}): {
  node: SimulatedNode;
  facts: () => ReturnType<SimulatedNode['run']>;
} {
  const folder = temporaryFolder();
  const node = SimulatedNode.create(join(folder, 'node'), { osTemplates: { [archive]: {} }, ...options });
  cpSync(runtimeFolder, join(folder, 'runtime'), { recursive: true });
  return { node, facts: () => node.run(['bash', join(folder, 'runtime/applier'), 'facts']) };
}

function container(node: SimulatedNode, vmid: number, ...words: string[]): void {
  const common = ['--rootfs', 'local-zfs:4', '--hostname', `ct-${vmid}`];
  const { status, stderr } = node.run(['pct', 'create', String(vmid), archive, ...common, ...words]);
  expect(status, stderr).toBe(0);
}

test('the facts of a host are one document of the published form, its version first', () => {
  const { node, facts } = bareNode({
    nvidia: { version: '580.76.05', cards: 1 },
    displayDevices: [
      { address: '0000:01:00.0', iommuGroup: 14 },
      { address: '0000:03:00.0', vendor: '1002', device: '744c', driver: 'vfio-pci' },
    ],
    cluster: { name: 'lab', others: [{ name: 'pve2', address: '10.0.0.14', online: false }] },
  });
  container(
    node,
    950,
    '--description',
    'phoenix-cdk app=lab path=ai/qwen vmid=950\nask Ann',
    '--net0',
    'name=eth0,bridge=vmbr0',
  );
  node.run(['pct', 'start', '950']);
  node.writeFile('/etc/pve/nodes/pve2/qemu-server/101.conf', 'name: far\nlock: backup\ntemplate: 1\n');
  node.writeFile(
    '/usr/share/misc/pci.ids',
    '# list\n10de  NVIDIA Corporation\n\t2684  AD102 [GeForce RTX 4090]\n\t\t1043 889a  TUF\n1af4  Red Hat\n\t2684  other\n',
  );
  node.writeFile('/etc/pve/user.cfg', 'user:root@pam:1:0:::a@b.c::\n');
  const { status, stdout, stderr } = facts();
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^\{"version":1,\n"takenAt":"\d{4}-/);
  expect(parseFacts(stdout, 'stdout')).toMatchObject({
    node: 'pve',
    pveVersion: '9.1.4',
    kernel: '6.17.2-1-pve',
    cores: 16,
    packages: { 'zfsutils-linux': '2.3.9-pve1' },
    displayDevices: [
      {
        address: '0000:01:00.0',
        vendor: '10de',
        driver: 'nvidia',
        iommuGroup: 14,
        name: 'AD102 [GeForce RTX 4090]',
        model: 'NVIDIA GeForce RTX 4090',
        minor: 0,
      },
      { address: '0000:03:00.0', vendor: '1002', driver: 'vfio-pci' },
    ],
    nvidia: { version: '580.76.05', flavor: 'open' },
    pools: [{ name: 'rpool', health: 'ONLINE', size: 1000 * 1024 ** 3 }],
    datasets: { 'rpool/data/subvol-950-disk-0': { refquota: String(4 * 1024 ** 3), mounted: 'yes' } },
    storages: { 'local-zfs': { type: 'zfspool', options: { pool: 'rpool/data' } } },
    interfaces: expect.arrayContaining([
      { name: 'vmbr0', kind: 'bridge', mtu: 1500, ports: ['eno1'], vlanAware: false, addresses: ['10.0.0.13/24'] },
    ]),
    cluster: { name: 'lab', quorate: true, members: [{ name: 'pve' }, { name: 'pve2', online: false }] },
    guests: [
      { vmid: 101, node: 'pve2', type: 'qemu', name: 'far', lock: 'backup', template: true },
      { vmid: 950, node: 'pve', type: 'lxc', running: true, mark: { app: 'lab', path: 'ai/qwen', vmid: 950 } },
    ],
    apps: [],
    otherFiles: ['/etc/pve/user.cfg'],
    withheld: { '/etc/pve/nodes/pve/lxc/950.conf': ['notes'] },
    unknown: [],
  });
});

test('to take them changes nothing, and starts the same three processes for any number of guests', () => {
  const { node, facts } = bareNode();
  const processes = () => {
    node.clearCommands();
    expect(facts().status).toBe(0);
    return node.commands().map(({ argv }) => argv.slice(0, 2).join(' '));
  };
  const tree = () => node.run(['find', node.root, '-printf', '%p %s %T@\n']).stdout;
  const before = tree();
  expect(processes()).toEqual(['zpool list', 'zfs get', 'ip -o']);
  expect(tree()).toBe(before);
  for (const vmid of [950, 951, 952]) {
    container(node, vmid);
  }
  expect(processes()).toEqual(['zpool list', 'zfs get', 'ip -o']);
});

test('what cannot be seen is said to be unknown, and the rest is told', () => {
  const { node, facts } = bareNode();
  container(node, 950);
  container(node, 951);
  const loop = node.path('/etc/pve/nodes/pve/lxc/951.conf');
  rmSync(loop);
  symlinkSync(loop, loop);
  node.onCommand({ match: /^zpool list/, exit: 1, stderr: 'internal error: out of memory\n' });
  node.onCommand({ match: /^ip /, exit: 255, stderr: 'Cannot open netlink socket\n' });
  const { status, stdout, stderr } = facts();
  const found = parseFacts(stdout, 'stdout');
  expect(status).toBe(0);
  expect(found.pools).toBeUndefined();
  expect(found.guests).toMatchObject([
    { vmid: 950, name: 'ct-950' },
    { vmid: 951, running: false },
  ]);
  expect(found.interfaces?.[0]).not.toHaveProperty('addresses');
  expect(found.unknown.map(({ what, why }) => `${what}: ${why.split(':')[0]}`)).toEqual([
    'pools: zpool list failed (exit 1)',
    'addresses of interfaces: ip addr failed (exit 255)',
    'guest 951: cannot look at /etc/pve/nodes/pve/lxc/951.conf',
    '/etc/pve/nodes/pve/lxc/951.conf: cannot look at /etc/pve/nodes/pve/lxc/951.conf',
  ]);
  expect(stderr).toContain('unknown: pools: zpool list failed (exit 1): internal error: out of memory\n');
});

test('without the kernel module of ZFS there is surely no pool', () => {
  const { node, facts } = bareNode({ pools: {} });
  rmSync(node.path('/sys/module/zfs'), { recursive: true });
  expect(parseFacts(facts().stdout, 'stdout')).toMatchObject({ pools: [], datasets: {}, unknown: [] });
  expect(node.commands().map(({ argv }) => argv[0])).toEqual(['ip']);
});

/** A word that must not leave the host, however it is written there. */
const canary = 'Xyzzy-4711-plugh';

test.each([
  ['a password of cloud-init', '/etc/pve/qemu-server/101.conf', `cipassword: ${canary}`],
  ['its hash', '/etc/pve/qemu-server/101.conf', `cipassword: $5$${canary}$abc`],
  ['keys of SSH', '/etc/pve/qemu-server/101.conf', `sshkeys: ssh-ed25519%20AAAA${canary}%0A`],
  ['a value that waits for a restart', '/etc/pve/qemu-server/101.conf', `name: a\n\n[PENDING]\ncipassword: ${canary}`],
  [
    'a snapshot',
    '/etc/pve/qemu-server/101.conf',
    `name: a\n\n[before]\n#${canary}\ncipassword: ${canary}\nname: ${canary}`,
  ],
  [
    'what Proxmox keeps for cloud-init',
    '/etc/pve/qemu-server/101.conf',
    `name: a\n\n[special:cloudinit]\ncipassword: ${canary}`,
  ],
  ['arguments of QEMU', '/etc/pve/qemu-server/101.conf', `args: -object secret,id=s0,data=${canary}`],
  ['notes', '/etc/pve/lxc/102.conf', `#the root pw is ${canary}\nhostname: a`],
  ['notes behind our line', '/etc/pve/lxc/102.conf', `#phoenix-cdk app=a path=b vmid=102\n#${canary}\nhostname: a`],
  ['the environment of a container', '/etc/pve/lxc/102.conf', `lxc.environment.runtime: DB_PASSWORD=two ${canary}`],
  ['a token in it', '/etc/pve/lxc/102.conf', `lxc.environment: HF_TOKEN=${canary}`],
  ['a word of a cookie', '/etc/pve/lxc/102.conf', `lxc.environment: SESSION=eyJhbGciOiJIUzI1NiJ9.${canary}.x`],
  ['a variable without a bar', '/etc/pve/lxc/102.conf', `lxc.environment: SSHPASS=${canary}`],
  ['an option of a storage', '/etc/pve/storage.cfg', `cifs: x\n\tserver a\n\tshare b\n\tpassword ${canary}`],
  ['options of a mount', '/etc/pve/storage.cfg', `cifs: x\n\tserver a\n\toptions vers=3,password=${canary}`],
  ['a URL', '/etc/pve/jobs.cfg', `vzdump: x\n\tschedule 1\n\tcomment https://me:${canary}@host/`],
  ['a wireless key', '/etc/network/interfaces', `iface wlan0 inet dhcp\n\twpa-psk ${canary}`],
  ['a note of an interface', '/etc/network/interfaces', `iface eno1 inet manual\n#key ${canary}`],
  [
    'a token of GitHub',
    '/etc/pve/firewall/102.fw',
    `[RULES]\nIN ACCEPT # ghp_${canary.replaceAll('-', '')}abcdefghijklmnop`,
  ],
  ['people and their keys', '/etc/pve/user.cfg', `user:root@pam:1:0:::x!${canary}::`],
  ['keys of the cluster', '/etc/pve/priv/storage/x.pw', canary],
])('%s stays on the host', (_what, path, text) => {
  const { node, facts } = bareNode();
  node.writeFile(path, `${text}\n`);
  const { stdout, stderr } = facts();
  expect(parseFacts(stdout, 'stdout').unknown).toEqual([]);
  expect(stdout + stderr).not.toContain(canary.slice(0, 5));
});

test('what is no secret stays readable', () => {
  const { node, facts } = bareNode();
  const lines = [
    'hostname: tokens',
    'lxc.environment: TOKENIZERS_PARALLELISM=false',
    'lxc.environment: MAX_TOKENS=4096',
    'lxc.environment: DB_PASSWORD_FILE=/run/secrets/db',
    'lxc.cap.keep: sys_admin',
  ];
  node.writeFile('/etc/pve/lxc/102.conf', `${lines.join('\n')}\n`);
  const { files, withheld } = parseFacts(facts().stdout, 'stdout');
  expect(files?.['/etc/pve/nodes/pve/lxc/102.conf']).toEqual(lines);
  expect(withheld).toEqual({});
});

test('which keys of ours a guest has is told by name, and never their values', () => {
  const { node, facts } = bareNode();
  container(node, 950);
  const applied = ['applied', 'guest/950/config', '1', '-', `cipassword=${canary}`, 'memory=512', 'protection=1'];
  const rest = ['raw=lxc.environment: A_TOKEN=x%0Alxc.cap.drop: mknod'];
  const guest = ['guest', '950', 'lxc', '1', 'local-zfs:subvol-950-disk-0', 'adopted'];
  node.writeFile(
    '/var/lib/phoenix/lab/journal',
    `phoenix-journal 1\n${guest.join('\t')}\n${[...applied, ...rest].join('\t')}\n`,
  );
  const { stdout } = facts();
  expect(parseFacts(stdout, 'stdout').apps).toEqual([
    {
      name: 'lab',
      guests: [950],
      adopted: [950],
      applied: {
        'guest/950/config': {
          keys: ['cipassword', 'memory', 'protection'],
          protection: true,
          raw: ['lxc.environment: A_TOKEN=**********', 'lxc.cap.drop: mknod'],
        },
      },
    },
  ]);
  expect(stdout).not.toContain(canary);
});
