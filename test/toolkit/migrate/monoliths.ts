import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the files of a real host lie, for those who have them. */
export const realMonolith = join(import.meta.dirname, '../../../../shared/data/phoenix-monolith');
export const hasRealMonolith = existsSync(realMonolith);
/** For the name of a test that needs them. */
export const unlessReal = hasRealMonolith ? '' : ': skipped, the files of the real host are not at hand';

/** A folder with these files; objects are written as JSON. */
export function folderOf(files: Readonly<Record<string, string | object>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-migrate-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  }
  return folder;
}

const network = (last: number) => ({ name: 'eth0', bridge: 'vmbr0', ip: `10.1.0.${last}/24`, gw: '10.1.0.1' });
const disk = { storage_pool: 'tank-ct', storage_size_gb: 16 };

const containers = {
  '900': {
    name: 'Template-Base',
    start_at_boot: false,
    boot_order: 0,
    memory_mb: 1024,
    cores: 2,
    template: '/tank/iso/template/cache/debian-13-standard_13.1-2_amd64.tar.zst',
    ...disk,
    network_config: network(200),
    unprivileged: true,
    features: ['base_setup'],
    apparmor_profile: 'unconfined',
    lxc_options: ['lxc.apparmor.profile=unconfined'],
  },
  '901': {
    name: 'Template-GPU',
    memory_mb: 1024,
    cores: 2,
    ...disk,
    network_config: network(201),
    gpu_assignment: '0, 1',
    unprivileged: true,
    clone_from_ctid: '900',
    features: ['nvidia', 'vllm'],
    apparmor_profile: 'unconfined',
  },
  '902': {
    name: 'Template-Docker',
    memory_mb: 1024,
    cores: 2,
    ...disk,
    network_config: network(202),
    unprivileged: true,
    clone_from_ctid: '900',
    features: ['docker'],
    pct_options: ['nesting=1', 'keyctl=1', 'mknod=1'],
    lxc_options: ['lxc.cgroup2.devices.allow=a', 'lxc.prlimit.nofile=65536'],
  },
  '950': {
    name: 'chat.model',
    memory_mb: 16384,
    cores: 6,
    ...disk,
    network_config: network(50),
    gpu_assignment: '0',
    unprivileged: true,
    clone_from_ctid: '901',
    features: ['vllm'],
    ports: ['8000:8000', '9000:9000'],
    vllm_model: 'Qwen/Qwen2.5-7B-Instruct-AWQ',
    vllm_gpu_memory_utilization: 0.85,
    vllm_max_model_len: 4096,
    vllm_parameters: { dtype: 'float16', max_model_len: 4096, gpu_memory_utilization: 0.8 },
    vllm_args: ['--dtype', 'float16', '--max-model-len', '8192', '--enable-prefix-caching'],
    firewall: {
      enabled: true,
      rules: [{ type: 'in', action: 'ACCEPT', source: '10.1.0.53', proto: 'tcp', port: '8000' }],
    },
    dependencies: ['953'],
    start_at_boot: true,
    boot_order: 3,
    boot_delay: 5,
    apparmor_profile: 'unconfined',
  },
  '951': {
    name: 'images',
    memory_mb: 8192,
    cores: 6,
    ...disk,
    network_config: network(51),
    gpu_assignment: '0',
    unprivileged: true,
    clone_from_ctid: '901',
    start_at_boot: true,
    boot_order: 3,
    boot_delay: 5,
    apparmor_profile: 'unconfined',
  },
  '953': {
    name: 'gateway',
    memory_mb: 1024,
    swap_mb: 512,
    cores: 2,
    ...disk,
    network_config: network(53),
    unprivileged: true,
    clone_from_ctid: '900',
    firewall: { enabled: true },
    start_at_boot: true,
    boot_order: 1,
    application_script: 'gateway_setup.sh',
    pct_options: ['nesting=1'],
  },
  '954': {
    name: 'notes',
    memory_mb: 1024,
    cores: 2,
    ...disk,
    network_config: network(54),
    unprivileged: true,
    clone_from_ctid: '902',
    features: ['docker'],
    volumes: [{ name: 'notes_data', pool: 'tank-ct', size_gb: 10, mount_point: '/data' }],
    dependencies: ['953'],
    start_at_boot: true,
    boot_order: 4,
    boot_delay: 5,
    pct_options: ['nesting=1', 'keyctl=1'],
  },
  '955': {
    name: 'wiki',
    memory_mb: 1024,
    cores: 2,
    ...disk,
    network_config: network(55),
    unprivileged: true,
    clone_from_ctid: '902',
    features: ['docker'],
    start_at_boot: true,
    boot_order: 4,
    boot_delay: 5,
    pct_options: ['nesting=1', 'keyctl=1'],
  },
};

const host = {
  version: '1.0.0',
  timezone: 'Europe/Berlin',
  users: { username: 'admin', password_hash: 'NOT_SET' },
  network: {
    interfaces: { name: 'vmbr0', address: '10.1.0.2/24', gateway: '10.1.0.1', dns_nameservers: '10.1.0.1' },
    default_subnet: '10.1.0.0/24',
  },
  zfs: {
    arc_max_gb: 8,
    pools: [{ name: 'tank', raid_level: 'mirror', disks: ['/dev/disk/by-id/a', '/dev/disk/by-id/b'] }],
    datasets: [
      {
        name: 'ct',
        pool: 'tank',
        properties: 'recordsize=16K,compression=lz4,quota=600G',
        proxmox_storage_type: 'zfspool',
        proxmox_content_type: 'rootdir,images',
      },
      {
        name: 'iso',
        pool: 'tank',
        properties: 'quota=1.4T,exec=off',
        proxmox_storage_type: 'dir',
        proxmox_content_type: 'iso,vztmpl',
      },
      { name: 'data', pool: 'tank', properties: 'compression=zstd' },
    ],
  },
  proxmox_storage_ids: { containers: 'tank-ct', gone: 'tank-gone' },
  mount_point_base: '/mnt/pve',
  proxmox_defaults: {
    lxc: { cores: 2, memory_mb: 1024, nesting: 1, network_config: '10.1.0.110/24,10.1.0.1,8.8.8.8' },
  },
  nvidia_driver: { install: true, version: '580.76.05' },
  nfs: { exports: [{ path: '/tank/data', options: ['no_root_squash'] }] },
  shared_volumes: {
    models: { host_path: '/mnt/pve/tank/data/models', mounts: { '950': '/models' } },
    certificates: { host_path: '/mnt/pve/tank/data/ssl', mounts: { '953': '/etc/ssl/site', '999': '/nowhere' } },
    firewall: { enabled: true, default_input_policy: 'DROP', default_output_policy: 'ACCEPT' },
  },
};

const machines = {
  vm_defaults: { cores: 2, memory_mb: 4096, disk_size_gb: 40, storage_pool: 'tank-ct', network_bridge: 'vmbr0' },
  vms: [
    {
      vmid: 8000,
      name: 'cloud-template',
      is_template: true,
      template_image: 'noble-server-cloudimg-amd64.img',
      network_config: network(45),
      user_config: { username: 'ops' },
    },
    {
      vmid: 8001,
      name: 'docker-vm',
      clone_from_vmid: 8000,
      network_config: network(46),
      features: ['docker'],
      user_config: { username: 'ops' },
    },
  ],
};

/** A monolith like the real one, in small: each of its oddities once. */
export const smallMonolith = {
  'small_lxc_configs.json': { nvidia_driver_version: '580.76.05', lxc_configs: containers },
  'small_hypervisor_config.json': host,
  'small_vm_configs.json': machines,
} as const;

/** The same words in other clothes: guests as a list, renamed keys, numbers and booleans as text. */
export const otherClothes = {
  'containers.yaml': [
    'containers:',
    '  - vmid: 900',
    '    hostname: base',
    '    memory: "1024"',
    '    cpus: "2"',
    '    template: local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst',
    '    storage: disks',
    '    disk_size: 16G',
    '    network_config: 10.1.0.200/24,10.1.0.1,9.9.9.9',
    '    unprivileged: "true"',
    '    features: base_setup',
    '  - ctid: 901',
    '    hostname: worker',
    '    memory: 2GiB',
    '    cpus: 4',
    '    clone_from: 900',
    '    storage: disks',
    '    disk_size: 16',
    '    ip: 10.1.0.51/24',
    '    gateway: 10.1.0.1',
    '    mac: 52:54:00:aa:bb:01',
    '    gpus: [1]',
    '    onboot: "yes"',
    '    unprivileged: 1',
    '    features: nvidia',
    '',
  ].join('\n'),
} as const;
