import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type {
  GuestAnswer,
  GuestRun,
  HostAnswer,
  HttpAnswer,
  RecordedCommand,
  SimulatedFault,
  SimulatedRun,
} from './simulated-commands.js';
import {
  cloudInitDocuments,
  guestFile,
  isMachineRunning,
  type SimulatedCloudInit,
  withKey,
} from './simulated-guests.js';
import { layOutHost } from './simulated-host-files.js';
import type { SimulatedNodeOptions, SimulatedPool } from './simulated-node-options.js';
import { setUp, setUpFrom, writeLaunchers, writeSettings } from './simulated-program.js';
import {
  encode,
  ownProcessGroup,
  perlPattern,
  readLines,
  type StateLine,
  stateLines,
  writeWithFolders,
} from './simulated-state.js';

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
    writeSettings(dir, options);
    writeLaunchers(dir);
    setUp(dir, options);
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
    setUpFrom(this.dir, [['boot', ...unmounted]]);
  }

  /** What becomes of a pool when disks of it fail, or come back. */
  poolHealth(pool: string, health: NonNullable<SimulatedPool['health']>): void {
    setUpFrom(this.dir, [['health', pool, health]]);
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
