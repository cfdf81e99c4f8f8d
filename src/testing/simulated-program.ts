import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { assetPath } from '../base/package-root.js';
import { defaultCards, pveRelease, type SimulatedNodeOptions } from './simulated-node-options.js';
import { encode, writeWithFolders } from './simulated-state.js';

/** The stand-ins that a simulated node puts first into the PATH. */
const TOOLS = [
  'pct',
  'qm',
  'pvesm',
  'pveam',
  'pvesh',
  'pveversion',
  'pvecm',
  'ha-manager',
  'zfs',
  'zpool',
  'lxc-attach',
  'lxc-info',
  'systemctl',
  'nvidia-modprobe',
  'nvidia-smi',
  'curl',
  'lsblk',
  'blkid',
  'wipefs',
  'sgdisk',
  'vzdump',
  'pveum',
  'pvenode',
  'qmrestore',
  'lxc-start',
  'lxc-stop',
  // Commands that would change the machine that runs the test.
  'apparmor_parser',
  'apt-get',
  'halt',
  'ifreload',
  'ip',
  'modprobe',
  'mountpoint',
  'ping',
  'poweroff',
  'proxmox-boot-tool',
  'reboot',
  'shutdown',
  'sysctl',
  'udevadm',
  'update-grub',
  'update-initramfs',
] as const;

const GIB = 1024 ** 3;

/** Settings of the simulation itself. */
export function writeSettings(dir: string, options: SimulatedNodeOptions): void {
  const settings: [string, string | number | undefined][] = [
    ['node', options.node ?? 'pve'],
    ['pve-release', pveRelease(options)],
    ['lock-timeout-ms', options.lockTimeoutMs],
    ['ha-reacts-after-ms', options.haReactsAfterMs],
    ['failed-start-lingers-ms', options.failedStartLingersMs],
    ['nvidia-version', options.nvidia?.version],
    ['nvidia-cards', options.nvidia?.cards],
  ];
  const lines = settings.filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${value}\n`);
  writeWithFolders(join(dir, 'state/settings'), lines.join(''));
}

/** The program lies beside this file, in the sources as in the compiled package. */
function programFolder(): string {
  return assetPath('testing/simulated-node');
}

/** The stand-ins: each starts the program under its own name. */
export function writeLaunchers(dir: string): void {
  const perl = ['/usr/bin/perl', '/usr/local/bin/perl', '/bin/perl'].find((path) => existsSync(path));
  const folder = programFolder();
  const quoted = `'${folder.replaceAll(/[\\']/g, '\\$&')}'`;
  const text = `#!${perl ?? '/usr/bin/env perl'}
BEGIN { unshift @INC, ${quoted} }
require ${quoted} . '/simulated-node.pl';
`;
  for (const tool of [...TOOLS, 'simulated-node']) {
    const file = join(dir, 'bin', tool);
    writeWithFolders(file, text);
    chmodSync(file, 0o755);
  }
}

/** One process builds pools, datasets and disks: how they are kept is known to the Perl side only. */
export function setUp(dir: string, options: SimulatedNodeOptions): void {
  const pools = Object.entries(options.pools ?? { rpool: {} });
  const datasets = Object.entries(options.datasets ?? {});
  const lines: string[][] = pools.map(([name, pool]) => [
    'pool',
    name,
    String((pool.sizeGiB ?? 1000) * GIB),
    pool.health ?? 'ONLINE',
  ]);
  if (pools.some(([name]) => name === 'rpool')) {
    lines.push(['dataset', 'rpool/data']);
  }
  for (const [name, { mounted, ...properties }] of datasets) {
    lines.push(['dataset', name, ...Object.entries(properties).map(([key, value]) => `${key}=${value}`)]);
    if (mounted === 'no') {
      lines.push(['unmount', name]);
    }
  }
  for (const [volume, { ostype = '', sha512 = '', available }] of Object.entries(options.osTemplates ?? {})) {
    lines.push(['template', volume, ostype, sha512, available === true ? 'available' : 'here']);
  }
  lines.push(['network', ...(options.cards ?? defaultCards)]);
  for (const disk of options.disks ?? []) {
    lines.push(['disk', disk.byId, disk.blank ? 'blank' : 'used']);
  }
  setUpFrom(dir, lines);
}

/** Changes what the Perl side keeps, by lines of its own. */
export function setUpFrom(dir: string, lines: readonly (readonly string[])[]): void {
  const input = lines.map((words) => `${words.map(encode).join('\t')}\n`).join('');
  const result = spawnSync(join(dir, 'bin/simulated-node'), { input, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`cannot set up the simulated node: ${result.stderr || String(result.error)}`);
  }
}
