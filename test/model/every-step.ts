import type { Step, StepKind, StepOf } from '../../src/model/step.js';

const digest = 'a'.repeat(64);
const guest = { vmid: 950, type: 'lxc' } as const;

function base(id: string, needs: readonly string[] = []) {
  return { id, resource: id.slice(0, id.lastIndexOf('/')), path: `ai/${id}`, title: id, needs };
}

/** One step of every kind, with every option that the kind has. A new kind does not compile until it stands here. */
export const everyStep: { readonly [K in StepKind]: StepOf<K> } = {
  file: {
    kind: 'file',
    ...base('file/motd/file'),
    file: {
      target: '/etc/motd',
      source: 'root/etc/motd',
      sha256: digest,
      mode: '0644',
      uid: 0,
      gid: 0,
      secrets: ['a/b'],
    },
  },
  'zfs-pool': {
    kind: 'zfs-pool',
    ...base('zpool/tank/pool'),
    exclusive: ['zpool/tank'],
    pool: 'tank',
    create: {
      vdevs: [{ type: 'mirror', devices: ['/dev/disk/by-id/a', '/dev/disk/by-id/b'] }],
      properties: [{ name: 'ashift', value: '12', fixed: true }],
    },
  },
  'zfs-dataset': {
    kind: 'zfs-dataset',
    ...base('zfs/tank/models/dataset', ['zpool/tank/pool']),
    dataset: 'tank/models',
    create: true,
    properties: [{ name: 'atime', value: 'off' }],
  },
  folder: {
    kind: 'folder',
    ...base('folder/tank/models/vllm/folder', ['zfs/tank/models/dataset']),
    folder: '/tank/models/vllm',
    inside: { path: '/tank/models', dataset: 'tank/models' },
    uid: 101_000,
    gid: 101_000,
    mode: '0750',
  },
  storage: {
    kind: 'storage',
    ...base('storage/fast/storage'),
    storage: 'fast',
    type: 'zfspool',
    create: true,
    options: [
      { name: 'pool', value: 'tank/disks', fixed: true },
      { name: 'content', value: 'rootdir' },
    ],
  },
  mapping: {
    kind: 'mapping',
    ...base('mapping/pci/gpu/entry'),
    mapping: 'pci',
    entry: 'gpu',
    create: true,
    options: [{ name: 'mdev', value: '0' }],
    maps: ['node=proxa,path=0000:01:00.0,id=10de:2684'],
  },
  download: {
    kind: 'download',
    ...base('archive/local/debian/archive'),
    storage: 'local',
    content: 'vztmpl',
    file: 'debian.tar.zst',
    from: { url: 'https://example.org/debian.tar.zst' },
    checksum: { algorithm: 'sha512', value: 'b'.repeat(128) },
  },
  'firewall-entries': {
    kind: 'firewall-entries',
    ...base('firewall/cluster/entries'),
    exclusive: ['file/cluster.fw'],
    target: '/etc/pve/firewall/cluster.fw',
    part: 'entries',
    options: [],
    aliases: [{ name: 'router', text: 'router 10.0.0.1 # (phoenix-cdk app=x)' }],
    ipsets: [{ name: 'admins', head: '[IPSET admins] # (phoenix-cdk app=x)', lines: ['10.0.0.5', '!10.0.0.6'] }],
    groups: [{ name: 'web', head: '[group web] # (phoenix-cdk app=x)', lines: ['IN HTTPS(ACCEPT)'] }],
    rules: ["IN ACCEPT -source +dc/admins -p tcp -dport 8006 # it's for us (phoenix-cdk app=x)"],
  },
  network: {
    kind: 'network',
    ...base('network/interfaces/entries'),
    exclusive: ['file/interfaces'],
    management: '10.0.0.13',
    interfaces: [
      {
        name: 'vmbr1',
        autostart: true,
        stanzas: [
          {
            family: 'inet',
            method: 'static',
            options: [
              { name: 'address', value: '10.0.1.1/24' },
              { name: 'bridge-ports', value: 'eno2' },
            ],
            comments: ["it's for guests"],
          },
        ],
      },
    ],
    cards: [{ name: 'eno2', autostart: false, mtu: 9000 }],
  },
  'guest-create': {
    kind: 'guest-create',
    ...base('guest/950/create'),
    ...guest,
    marker: 'phoenix-cdk app=x path=ai/qwen vmid=950',
    hostname: 'qwen',
    source: { from: 'clone', vmid: 920, mode: 'linked', digest },
    removal: 'destroy',
  },
  'guest-config': {
    kind: 'guest-config',
    ...base('guest/950/config', ['guest/950/create']),
    ...guest,
    keys: [
      { is: 'exact', key: 'memory', value: '512', impact: 'live' },
      { is: 'exact', key: 'dev0', value: '/dev/nvidia0', impact: 'restart', added: 'live' },
      { is: 'volume', key: 'rootfs', storage: 'fast', bytes: 1024, options: '', impact: 'restart' },
      {
        is: 'volume',
        key: 'scsi0',
        storage: 'fast',
        bytes: 2048,
        options: 'discard=on',
        filled: { import: 'local:import/noble.qcow2' },
        impact: 'restart',
      },
      { is: 'volume', key: 'ide2', storage: 'fast', bytes: 0, options: '', filled: 'cloudinit', impact: 'restart' },
      { is: 'generated', key: 'mac', impact: 'live' },
      { is: 'absent', key: 'mp0', impact: 'restart' },
      { is: 'marker', key: 'description', value: 'phoenix-cdk app=x', impact: 'live' },
    ],
    raw: [{ key: 'lxc.cap.drop', value: 'sys_admin' }],
    cleanClone: true,
  },
  'guest-state': {
    kind: 'guest-state',
    ...base('guest/950/state', ['guest/950/config']),
    ...guest,
    state: 'running',
    mounts: [{ path: '/tank/models', dataset: 'tank/models' }],
    timeoutSeconds: 60,
    startedWith: digest,
  },
  'guest-file': {
    kind: 'guest-file',
    ...base('guest/950/files', ['guest/950/state']),
    ...guest,
    files: [{ target: "/etc/it's", source: 'guests/950/x', sha256: digest }],
    digest,
  },
  'guest-run': {
    kind: 'guest-run',
    ...base('guest/950/run', ['guest/950/files']),
    ...guest,
    script: 'guests/950/scripts/1.sh',
    digest,
    timeoutSeconds: 1800,
    again: 'restart',
    secrets: ['hf/token'],
    until: { template: 950 },
  },
  'guest-template': { kind: 'guest-template', ...base('guest/920/template'), vmid: 920, type: 'lxc', digest },
  health: {
    kind: 'health',
    ...base('guest/950/health', ['guest/950/run']),
    url: 'http://10.0.0.5:8000/health',
    status: 200,
    retries: 3,
    intervalSeconds: 5,
  },
  run: {
    kind: 'run',
    ...base('thing/x/run'),
    why: 'because',
    probes: [
      { probe: 'file', path: '/etc/x', sha256: digest, matches: 'a b' },
      { probe: 'zfs-property', dataset: 'tank', property: 'atime', value: 'off' },
      { probe: 'config-key', vmid: 950, key: 'memory', value: '512' },
      { probe: 'guest-state', vmid: 950, state: 'running' },
      { probe: 'package', package: 'curl', version: '8' },
      { probe: 'unit', unit: 'ssh.service', state: 'active' },
      { probe: 'journal', digest },
      { probe: 'sub-ids', path: '/etc/subuid', first: 1000, count: 2 },
      { probe: 'argv', argv: ['test', '-e', "/it's"], satisfied: [0], absent: [1] },
    ],
    commands: [['touch', "/it's $(here)"]],
    fix: 'do it by hand',
  },
  note: { kind: 'note', ...base('note/x/note'), text: 'Two\nlines | with `marks`' },
};

export const everyStepInOrder: readonly Step[] = Object.values(everyStep);
