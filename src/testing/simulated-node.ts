import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { assetPath } from '../base/package-root.js';
import {
  cloudInitDocuments,
  guestFile,
  isMachineRunning,
  type SimulatedCloudInit,
  withKey,
} from './simulated-guests.js';
import { layOutMachine, membersText, type SimulatedMachineOptions } from './simulated-machine.js';

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

/** A ZFS pool of a simulated node. */
export interface SimulatedPool {
  /** GiB. Default: 1000. */
  readonly sizeGiB?: number;
  /** Default: ONLINE. */
  readonly health?: 'ONLINE' | 'DEGRADED' | 'FAULTED' | 'OFFLINE' | 'UNAVAIL' | 'REMOVED' | 'SUSPENDED';
}

/** An OS template that lies in a storage or, with `available`, in Proxmox's catalogue. */
export interface SimulatedOsTemplate {
  /** What the catalogue says about the file. Default: the real checksum of the simulated file. */
  readonly sha512?: string;
  /** The `ostype` that `pct create` detects. Default: told by the file's name. */
  readonly ostype?: string;
  /** True: only in the catalogue, `pveam download` brings it. Default: false, the file is there. */
  readonly available?: boolean;
}

/** What a simulated node looks like before anybody did anything. */
export interface SimulatedNodeOptions extends SimulatedMachineOptions {
  /** Default: `pve`. */
  readonly node?: string;
  /** What `pveversion` reports. Default: `9.1`. */
  readonly pveVersion?: '8.4' | '9.0' | '9.1' | '9.2';
  /** Default: `rpool` with the dataset `rpool/data`. */
  readonly pools?: Readonly<Record<string, SimulatedPool>>;
  /** Datasets with their properties, mounted; parents are made. `mounted: 'no'` leaves one unmounted. */
  readonly datasets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Text of `/etc/pve/storage.cfg`. Default: `local`, and `local-zfs` on `rpool/data` if there is a pool `rpool`. */
  readonly storages?: string;
  /** Default: `vmbr0`. The first has the host's address 10.0.0.13/24, the router 10.0.0.1 and the first card, the others have no port. */
  readonly bridges?: readonly string[];
  /** Network cards; the first one has the cable to the router. Default: `eno1` and `eno2`. */
  readonly cards?: readonly string[];
  /** Text of `/etc/network/interfaces`, in the place of `bridges`. */
  readonly interfaces?: string;
  /** By volume id, such as `local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst`. */
  readonly osTemplates?: Readonly<Record<string, SimulatedOsTemplate>>;
  /** Disks that no pool uses yet, named as in `/dev/disk/by-id`. */
  readonly disks?: readonly { readonly byId: string; readonly blank: boolean }[];
  /** Installed packages and their versions, besides Proxmox's own. */
  readonly packages?: Readonly<Record<string, string>>;
  /** AppArmor profiles that are loaded besides LXC's own. */
  readonly apparmorProfiles?: readonly string[];
  /** How long a command waits for a guest's configuration lock, in milliseconds. Default: 10 000, as Proxmox. */
  readonly lockTimeoutMs?: number;
  /** After how many milliseconds the HA stack does what it was asked. Default: never. */
  readonly haReactsAfterMs?: number;
  /** For how many milliseconds a guest whose start failed still looks as if it ran. Default: 0. */
  readonly failedStartLingersMs?: number;
}

/** What a command line gave. */
export interface SimulatedRun {
  /** Exit code; 128 + signal when it was killed. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A recorded command line; `exit` is null when it was killed or is still running. */
export interface RecordedCommand {
  readonly argv: readonly string[];
  readonly exit: number | null;
}

/** A command that was sent into a guest. */
export interface GuestRun {
  readonly vmid: number;
  readonly argv: readonly string[];
  /** Names of the variables that were handed over from the host. */
  readonly environment: readonly string[];
  /** The script that came with `-c` or on stdin. */
  readonly script?: string;
  /** File on this machine with the tar archive that came on stdin. */
  readonly archive?: string;
}

/** Which command a fault strikes, and how. */
export interface SimulatedFault {
  /** The first words of the command line, or a regular expression (Perl's) for all of it joined by blanks. */
  readonly argv: readonly string[] | RegExp;
  /** Strikes the n-th matching command from now on. Default: 1. */
  readonly nth?: number;
  /**
   * `fail-before`: nothing happens but the exit code. `fail-after`: everything happens, the exit code lies.
   * `kill-…`: kill -9 before, after, or in the middle, leaving what the real tool leaves there.
   * `pause-middle`: stops there for `milliseconds`, to look at locks and races.
   */
  readonly mode: 'fail-before' | 'fail-after' | 'kill-before' | 'kill-middle' | 'kill-after' | 'pause-middle';
  /** Which place in the middle, where a command has several. Default: 1. */
  readonly point?: number;
  /**
   * Whom a kill hits: the process `group` (the applier too), the `tool` alone, or Proxmox's `worker`, whose
   * front end then reports it and ends with 255. Default: `group`.
   */
  readonly victim?: 'group' | 'tool' | 'worker';
  /** Exit code of `fail-…`. Default: 255. */
  readonly exit?: number;
  /** Text of `fail-…` on stderr. */
  readonly stderr?: string;
  /** Length of `pause-middle`. Default: 1000. */
  readonly milliseconds?: number;
}

/** What a script or command inside a guest answers. */
export interface GuestAnswer {
  /** Only in this guest. Default: in any. */
  readonly vmid?: number;
  /** Only when the script's text (or the command line) matches, in Perl's syntax. Default: always. */
  readonly match?: RegExp | string;
  /** Default: 0. */
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Files that the script leaves in the guest, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** The connection breaks: no end marker is printed. Default: false. */
  readonly lost?: boolean;
  /** How often the answer is given. Default: always. */
  readonly times?: number;
}

/** What a command line of the host answers instead of being simulated. */
export interface HostAnswer {
  /** The whole command line, arguments joined by blanks, in Perl's syntax. */
  readonly match: RegExp | string;
  /** Default: 0. */
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** How often the answer is given. Default: always. */
  readonly times?: number;
}

/** What a URL answers to the node's `curl`. */
export interface HttpAnswer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: empty. */
  readonly body?: string | Uint8Array;
  /** Answers only while this guest runs. */
  readonly whileRunning?: number;
}

/**
 * A folder that behaves as a Proxmox VE node: `root` holds the node's files, `bin` stand-ins for `pct`, `zfs` and the
 * rest, which keep the real tools' rules, texts, exit codes and traps. What is not simulated ends with exit 70.
 *
 * Needs `perl` on the machine, nothing else.
 */
export class SimulatedNode {
  /** Makes a node in a folder that is empty or not there yet. */
  static create(dir: string, options: SimulatedNodeOptions = {}): SimulatedNode {
    const node = new SimulatedNode(dir);
    layOutHost(node, options);
    writeSettings(node, options);
    writeLaunchers(node);
    setUp(node, options);
    return node;
  }

  /** The node that was made in this folder before. */
  static open(dir: string): SimulatedNode {
    return new SimulatedNode(dir);
  }

  /** A node of its own that is as this one is now, in a folder that is not there yet. */
  copyTo(dir: string): SimulatedNode {
    // With owners, times and links, which a copy by Node.js would lose or follow.
    const { status, stderr } = spawnSync('cp', ['-a', '--', this.dir, dir], { encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`cannot copy the simulated node: ${stderr}`);
    }
    return new SimulatedNode(dir);
  }

  /** The folder that stands for `/`, the value of `PHOENIX_ROOT`. */
  readonly root: string;
  private readonly state: string;

  private constructor(readonly dir: string) {
    this.root = join(dir, 'root');
    this.state = join(dir, 'state');
  }

  /** Variables that make a process use this node instead of the machine it runs on. */
  get env(): { PATH: string; PHOENIX_ROOT: string } {
    return { PATH: `${join(this.dir, 'bin')}${delimiter}${process.env.PATH ?? ''}`, PHOENIX_ROOT: this.root };
  }

  /** Runs a command line with the node's tools first in the PATH, in a process group of its own. */
  run(argv: readonly string[], input: string | Uint8Array = ''): SimulatedRun {
    const [command = '', ...rest] = argv;
    // Detached, so that a fault which kills the process group does not take the caller along.
    const options = {
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...this.env },
      input,
      encoding: 'utf8',
      detached: true,
    } as const;
    const result: SpawnSyncReturns<string> = spawnSync(command, rest, options);
    if (result.error !== undefined) {
      throw result.error;
    }
    const status = result.status ?? 128 + (result.signal === 'SIGKILL' ? 9 : 15);
    return { status, stdout: result.stdout, stderr: result.stderr };
  }

  /** Every command line that the node was given, in the order of starting. */
  commands(): RecordedCommand[] {
    const commands: { argv: readonly string[]; exit: number | null; pid: number }[] = [];
    for (const line of readLines(join(this.state, 'commands.log'))) {
      const entry = JSON.parse(line) as { pid: number; argv?: string[]; exit?: number };
      if (entry.argv !== undefined) {
        commands.push({ argv: entry.argv, exit: null, pid: entry.pid });
        continue;
      }
      const started = commands.findLast((command) => command.pid === entry.pid);
      if (started !== undefined) {
        started.exit = entry.exit ?? null;
      }
    }
    return commands.map(({ argv, exit }) => ({ argv, exit }));
  }

  /** Forgets the recorded command lines. */
  clearCommands(): void {
    rmSync(join(this.state, 'commands.log'), { force: true });
  }

  /** Where a path of the node lies on this machine. */
  path(hostPath: string): string {
    return join(this.root, hostPath);
  }

  /** Text of a file of the node. */
  readFile(hostPath: string): string {
    return readFileSync(this.path(hostPath), 'utf8');
  }

  /** Writes a file of the node; folders are made. */
  writeFile(hostPath: string, text: string | Uint8Array): void {
    writeWithFolders(this.path(hostPath), text);
  }

  exists(hostPath: string): boolean {
    return existsSync(this.path(hostPath));
  }

  /** Text of a guest's configuration file: a container's or a machine's. */
  guestConfig(vmid: number): string {
    return this.readFile(guestFile(this, vmid));
  }

  /** Sets a key of a guest's file as a person with an editor would: no lock, no check, the running guest unchanged. */
  setGuestKey(vmid: number, key: string, value: string): void {
    this.writeFile(guestFile(this, vmid), withKey(this.guestConfig(vmid), key, value));
  }

  isRunning(vmid: number): boolean {
    return this.exists(`/sys/fs/cgroup/lxc/${vmid}`) || isMachineRunning(this, vmid);
  }

  /** The documents on a machine's cloud-init drive, as they were when it was made: at the last start, or `undefined`. */
  cloudInit(vmid: number): SimulatedCloudInit | undefined {
    return cloudInitDocuments(join(this.state, 'cloud-init', String(vmid)));
  }

  /** The folder with a path of a container's root file system; the guest may be stopped. */
  guestPath(vmid: number, path: string): string {
    const volume = /^rootfs: (?:volume=)?([^:]+):(?:[^,]*\/)?([^,/]+)/m.exec(this.guestConfig(vmid));
    const [, storage = '', name = ''] = volume ?? [];
    const pool = new RegExp(`^zfspool: ${storage}\n(?:\t.*\n)*?\tpool (.+)$`, 'm').exec(
      this.readFile('/etc/pve/storage.cfg'),
    );
    const mounted = readLines(this.path('/proc/self/mountinfo')).find((line) =>
      line.includes(` - zfs ${pool?.[1]}/${name} `),
    );
    return this.path(join(mounted?.split(' ')[4] ?? `/${pool?.[1]}/${name}`, path));
  }

  /** Makes one command to come fail, die or pause. */
  fault(fault: SimulatedFault): void {
    const { argv, nth, mode, point, victim, exit, stderr, milliseconds } = fault;
    const lines: [string, string | number | undefined][] = [
      ...(argv instanceof RegExp
        ? [['regexp', perlPattern(argv)] as [string, string]]
        : argv.map((word): [string, string] => ['argv', word])),
      ['nth', nth],
      ['mode', mode],
      ['point', point],
      ['victim', victim],
      ['exit', exit],
      ['stderr', stderr],
      ['milliseconds', milliseconds],
      ['spare', ownProcessGroup()],
    ];
    this.addStateFile('faults', lines);
  }

  /** Takes back every fault that was asked for. */
  clearFaults(): void {
    rmSync(join(this.state, 'faults'), { recursive: true, force: true });
  }

  /** Sets what scripts and commands inside guests answer; of several that match the newest counts. Default: exit 0. */
  onGuestRun(answer: GuestAnswer): void {
    const match = answer.match instanceof RegExp ? perlPattern(answer.match) : answer.match;
    const files = Object.entries(answer.files ?? {});
    this.addStateFile('guest-rules', [
      ['vmid', answer.vmid],
      ['match', match],
      ['exit', answer.exit],
      ['stdout', answer.stdout],
      ['stderr', answer.stderr],
      ['lost', answer.lost === true ? 1 : undefined],
      ['times', answer.times],
      ...files.map(([path, text]): [string, string, string] => ['file', path, text]),
    ]);
  }

  /** Makes a command line of the host answer this and do nothing; of several that match the newest counts. */
  onCommand(answer: HostAnswer): void {
    const match = answer.match instanceof RegExp ? perlPattern(answer.match) : answer.match;
    this.addStateFile('host-rules', [
      ['match', match],
      ['exit', answer.exit],
      ['stdout', answer.stdout],
      ['stderr', answer.stderr],
      ['times', answer.times],
    ]);
  }

  /** True after a command asked for a reboot that {@link reboot} did not do yet. */
  get rebootRequested(): boolean {
    return existsSync(join(this.state, 'reboot-requested'));
  }

  /**
   * Boots the node: running guests, locks and NVIDIA's device nodes are gone, every dataset is mounted except those
   * named here, and guests with `onboot: 1` start.
   */
  reboot(unmounted: readonly string[] = []): void {
    setUpFrom(this, [['boot', ...unmounted]]);
  }

  /** What becomes of a pool when disks of it fail, or come back. */
  poolHealth(pool: string, health: NonNullable<SimulatedPool['health']>): void {
    setUpFrom(this, [['health', pool, health]]);
  }

  /** Every command that was sent into a guest, in order. */
  guestRuns(): GuestRun[] {
    const folder = join(this.state, 'guest-runs');
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
    return names.sort().map((name) => {
      const base = join(folder, name.slice(0, -'.json'.length));
      const run = JSON.parse(readFileSync(`${base}.json`, 'utf8')) as GuestRun;
      const script = existsSync(`${base}.script`) ? { script: readFileSync(`${base}.script`, 'utf8') } : {};
      const archive = existsSync(`${base}.tar`) ? { archive: `${base}.tar` } : {};
      return { ...run, ...script, ...archive };
    });
  }

  /** Sets what `curl` gets from a URL; without, the host name cannot be resolved (exit 6). */
  onHttp(url: string, answer: HttpAnswer): void {
    const file = join(this.state, 'http', encode(url));
    const { status, whileRunning } = answer;
    writeWithFolders(
      `${file}.rule`,
      stateLines([
        ['status', status],
        ['vmid', whileRunning],
      ]),
    );
    writeWithFolders(`${file}.body`, answer.body ?? '');
  }

  /** Changes a setting of the simulation itself, such as `lock-timeout-ms` or `ha-reacts-after-ms`. */
  setting(name: string, value: string | number): void {
    const file = join(this.state, 'settings');
    const others = readLines(file).filter((line) => !line.startsWith(`${name} `));
    writeFileSync(file, [...others, `${name} ${value}`, ''].join('\n'));
  }

  private addStateFile(folder: string, lines: readonly StateLine[]): void {
    const path = join(this.state, folder);
    mkdirSync(path, { recursive: true });
    const taken = readdirSync(path).map((name) => Number.parseInt(name, 10));
    const number = Math.max(0, ...taken) + 1;
    writeFileSync(join(path, String(number).padStart(4, '0')), stateLines(lines));
  }
}

/** The flags that both languages know go into the pattern itself. */
function perlPattern({ source, flags }: RegExp): string {
  const shared = flags.replaceAll(/[^ims]/g, '');
  return shared === '' ? source : `(?${shared}:${source})`;
}

type StateLine = readonly (string | number | undefined)[];

/** One line each: a name and its values, encoded, apart by blanks. Lines without a value are left out. */
function stateLines(lines: readonly StateLine[]): string {
  return lines
    .filter(([, value]) => value !== undefined)
    .map((words) => `${words.map((word) => encode(String(word))).join(' ')}\n`)
    .join('');
}

/** Printable ASCII without blank and `%` as it is, every other byte as %XX: what the Perl side decodes. */
function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x2f;
      return plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The process group of this process, which no fault may kill; 0 where it cannot be told. */
function ownProcessGroup(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return 0;
  }
}

function readLines(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}

function writeWithFolders(file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
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

const PVE_RELEASES = { '8.4': '8.4.14', '9.0': '9.0.11', '9.1': '9.1.4', '9.2': '9.2.2' };

function layOutHost(node: SimulatedNode, options: SimulatedNodeOptions): void {
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

const defaultCards = ['eno1', 'eno2'];

function packageDatabase(options: SimulatedNodeOptions): string {
  const release = PVE_RELEASES[options.pveVersion ?? '9.1'];
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

function writeSettings(node: SimulatedNode, options: SimulatedNodeOptions): void {
  const release = PVE_RELEASES[options.pveVersion ?? '9.1'];
  const settings: [string, string | number | undefined][] = [
    ['node', options.node ?? 'pve'],
    ['pve-release', release],
    ['lock-timeout-ms', options.lockTimeoutMs],
    ['ha-reacts-after-ms', options.haReactsAfterMs],
    ['failed-start-lingers-ms', options.failedStartLingersMs],
    ['nvidia-version', options.nvidia?.version],
    ['nvidia-cards', options.nvidia?.cards],
  ];
  const lines = settings.filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${value}\n`);
  writeWithFolders(join(node.dir, 'state/settings'), lines.join(''));
}

/** The program lies beside this file, in the sources as in the compiled package. */
function programFolder(): string {
  return assetPath('testing/simulated-node');
}

function writeLaunchers(node: SimulatedNode): void {
  const perl = ['/usr/bin/perl', '/usr/local/bin/perl', '/bin/perl'].find((path) => existsSync(path));
  const folder = programFolder();
  const quoted = `'${folder.replaceAll(/[\\']/g, '\\$&')}'`;
  const text = `#!${perl ?? '/usr/bin/env perl'}
BEGIN { unshift @INC, ${quoted} }
require ${quoted} . '/simulated-node.pl';
`;
  for (const tool of [...TOOLS, 'simulated-node']) {
    const file = join(node.dir, 'bin', tool);
    writeWithFolders(file, text);
    chmodSync(file, 0o755);
  }
}

/** One process builds pools, datasets and disks: how they are kept is known to the Perl side only. */
function setUp(node: SimulatedNode, options: SimulatedNodeOptions): void {
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
  setUpFrom(node, lines);
}

function setUpFrom(node: SimulatedNode, lines: readonly (readonly string[])[]): void {
  const input = lines.map((words) => `${words.map(encode).join('\t')}\n`).join('');
  const result = spawnSync(join(node.dir, 'bin/simulated-node'), { input, encoding: 'utf8' });
  if (result.status !== 0) {
    throw new Error(`cannot set up the simulated node: ${result.stderr || String(result.error)}`);
  }
}
