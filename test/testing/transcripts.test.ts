import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { SimulatedNode } from '../../src/testing/simulated-node.js';

/** Recordings of the real tools lie beside the checkout, not in it. */
const folder = fileURLToPath(new URL('../../../shared/data/pve-transcripts', import.meta.url));
const present = existsSync(folder);
if (!present) {
  console.log(`skipped: no recordings of the real tools in ${folder}`);
}

/** A recorded command: what was typed, what it printed (both streams), how it ended. */
interface Recorded {
  readonly command: string;
  readonly output: readonly string[];
  readonly exit: number;
  /** What was printed before the next recorded command, by commands that were not recorded. */
  readonly after: readonly string[];
}

interface Replay {
  /** Steps that the recording does not show, by the beginning of the command after them; `beginning#2` is its second time. */
  readonly before?: Readonly<Record<string, () => void>>;
  /** Words with blanks, which the recording shows without their quotes, by the beginning of the command. */
  readonly quoted?: Readonly<Record<string, string>>;
  /** Other words instead of the recorded ones, by the beginning of the command. */
  readonly words?: Readonly<Record<string, readonly string[]>>;
  /** Commands that are not simulated, or that depended on the recorded machine alone. */
  readonly skip?: RegExp;
  /** Commands of which only the exit code is compared: their output holds sizes of real files. */
  readonly exitOnly?: RegExp;
  /** Lines that were not written down in this recording. */
  readonly unrecorded?: RegExp;
}

const TINY = 'debian-13-tiny_13.6-1_amd64.tar.zst';
const STANDARD = 'debian-13-standard_13.6-1_amd64.tar.zst';
const CREATE = `local:vztmpl/${TINY} --rootfs local-zfs:1`;
const NET = 'name=eth0,bridge=vmbr0,ip=10.0.2.90/24,gw=10.0.2.2';

let dir: string | undefined;
afterEach(() => {
  if (dir !== undefined) {
    rmSync(dir, { recursive: true, force: true });
    dir = undefined;
  }
});

describe.skipIf(!present)('the simulated node answers as the real tools did', () => {
  it('when guests are created, set, snapshotted, cloned and destroyed', () => {
    const node = newNode();
    replay(node, recorded('pct.txt'), {
      before: { 'pct list#3': () => node.setGuestKey(905, 'lock', 'backup') },
      words: { 'pct set 901 --onboot': ['pct', 'set', '901', '--onboot', '1', '--description', 'line one\nline two'] },
      exitOnly: /^(pveam list|zfs list .*used|pct set 901 --onboot)/,
      skip: /^(ls|mkdir) /,
    });
  });

  it('when a running guest is set, and what stays pending', () => {
    const node = newNode();
    must(node, `pct create 900 ${CREATE} --hostname ct900 --cores 1 --features nesting=1 --net0 ${NET}`);
    must(node, 'pct start 900');
    node.writeFile('/etc/hostname', 'pve\n');
    replay(node, recorded('pct-basics.txt'), { quoted: { 'pct exec 900 -- sh': 'exit 7' }, skip: /-- ls / });
  });

  it('when a set fails half way, and in which form values are stored', () => {
    const node = newNode();
    must(node, `pct create 900 ${CREATE} --mp0 local-zfs:1,mp=/data`);
    const steps = recorded('partial-sets-and-stored-forms.txt', '=== B1', '=== C1');
    // As it was before the first recorded command, which stored net1 and set the volume of mp0 free.
    const before = (steps[0]?.after ?? [])
      .filter((line) => !/^(net1:|unused0:|---|===)/.test(line))
      .toSpliced(-5, 0, 'mp0: local-zfs:subvol-900-disk-1,mp=/data,size=1G', 'nameserver: 1.1.1.1');
    node.writeFile('/etc/pve/lxc/900.conf', `${before.join('\n')}\n`);
    replay(node, steps, {
      before: { 'pct set 900 --mp5': () => must(node, `pct create 901 ${CREATE}`) },
      quoted: { 'pct set 900 --features': 'b a,A', 'pct set 900 --description': '' },
    });
  });

  it('when templates are made, chained and cloned, and clones are killed', () => {
    const node = newNode();
    must(node, `pct create 901 ${CREATE} --hostname two --memory 64`);
    replay(node, recorded('partial-sets-and-stored-forms.txt', '=== C1'), {
      before: {
        'pct snapshot 901': () => {
          appendFileSync(node.path('/etc/pve/lxc/901.conf'), 'lxc.apparmor.profile: unconfined\n');
          node.writeFile('/etc/pve/firewall/901.fw', '[OPTIONS]\nenable: 1\n');
        },
      },
    });
    replay(node, recorded('clones-and-templates.txt', '=== D1', '=== D3'), {
      before: {
        'pct set 920': () => {
          for (const vmid of [922, 923]) {
            must(node, `pct set ${vmid} --protection 0`);
            must(node, `pct destroy ${vmid}`);
          }
        },
        'pct set 931 --protection 0 --memory': () => node.writeFile('/srv/models/x', ''),
      },
    });
    appendFileSync(node.path('/etc/pve/lxc/931.conf'), 'lxc.mount.auto: sys:rw\n');
    replay(node, recorded('clones-and-templates.txt', '=== D3', '=== H0'), {});
    replay(node, recorded('interrupted-clones.txt', '=== E1 interrupted'), {
      unrecorded: /^explicitly configured/,
      before: {
        'pct set 932 --memory 66': () => {
          node.fault({ argv: ['pct', 'clone', '932', '940'], mode: 'kill-middle', victim: 'worker' });
          expect(node.run(['pct', 'clone', '932', '940'])).toMatchObject({ status: 255 });
          expect(node.guestConfig(940)).toContain('lock: create');
          expect(node.guestConfig(940)).not.toContain('rootfs');
        },
        'pct create 999': () => node.writeFile('/etc/pve/nodes/pve2/lxc/999.conf', 'arch: amd64\n'),
        'pct create 998': () => node.writeFile('/etc/pve/qemu-server/998.conf', 'name: v\n'),
        'pct set 932 --memory 68': () => node.setGuestKey(932, 'lock', 'backup'),
      },
    });
  });

  it('when pools, datasets and storages are made and asked for', () => {
    const node = newNode();
    node.setting('pveam-update', 'fails');
    replay(node, recorded('zfs-storage-users.txt'), {
      exitOnly:
        /^(zpool list -H -p$|zfs get .*(used|nosuchprop)|pvesm status|pveam (available|list|download local debian)|pvesh get \/(nodes\/pve\/lxc|cluster))/,
      skip: /^(lsblk|cat|pveum|pvenode|vzdump|qm|pveversion -v|pvesh (create|get \/(version|nodes\/pve\/status))|pvesm list local|pct create 100)/,
    });
  });

  it('when HA, foreign volumes, raw lines and running guests are in the way', () => {
    const node = newNode();
    for (const vmid of [930, 931, 932, 933]) {
      must(node, `pct create ${vmid} ${CREATE} --memory 64`);
    }
    must(node, 'pct start 932');
    node.writeFile('/root/f', 'text\n');
    node.writeFile('/rpool/models/sentinel', '');
    const raw = (line: string) => {
      const kept = node.guestConfig(933).replaceAll(/^(lxc|bogus).*\n/gm, '');
      node.writeFile('/etc/pve/lxc/933.conf', `${kept}${line}\n`);
    };
    replay(node, recorded('foreign-guests-and-volumes.txt'), {
      quoted: { 'pct exec 932 -- sh -c exit': 'exit 7', 'pct exec 932 -- sh -c kill': 'kill -9 $$' },
      before: {
        'pct exec 932 -- sh -c kill': () => node.onGuestRun({ match: /kill -9/, exit: 137 }),
        'pct set 932 --mp1': () => must(node, 'pct stop 932'),
        'pct start 932#2': () => must(node, 'pct stop 932'),
        'pct snapshot 932': () => {
          must(node, 'pct stop 932');
          must(node, 'pct set 932 --delete mp1');
        },
        'pct start 933': () => raw('lxc.cap.keep: sys_admin,mknod,sys_chroot'),
        'pct start 933#2': () => raw('lxc.apparmor.profile: not-loaded'),
        'pct set 933': () => raw('lxc.nosuch: 1\nbogus: 3'),
        'pct create 950 local:#3': () => must(node, 'zfs create -o refquota=1G rpool/data/subvol-950-disk-9'),
      },
      // The digest is another one here.
      skip: /--digest/,
    });
    expect(node.guestConfig(933)).not.toContain('nosuch');
    expect(node.guestConfig(933)).toContain('bogus: 3');

    const held = ['flock', node.path('/run/lock/lxc/pve-config-932.lock'), 'pct', 'set', '932', '--memory', '72'];
    replay(node, recorded('exec-push-environment.txt', '=== H0', '=== H2'), {
      words: { flock: held },
      unrecorded: /^__lxc_start/,
      // A guest that never got up was asked to stop while its monitor was still going down.
      skip: /^pct stop 950/,
    });
  });

  it('when locks are held and creating is interrupted', () => {
    const node = newNode();
    const create = (vmid: number) => `pct create ${vmid} local:vztmpl/${STANDARD} --rootfs local-zfs:2`.split(' ');
    replay(node, recorded('interrupted-locks-live.txt'), {
      before: {
        'ls /etc/pve/lxc': () => expect(node.run(create(911)).status).toBe(0),
        'cat /etc/pve/lxc/912.conf': () => {
          node.fault({ argv: ['pct', 'create', '912'], mode: 'kill-middle', victim: 'tool' });
          expect(node.run(create(912)).status).toBe(137);
          expect(node.guestConfig(912)).toBe('lock: create\n');
        },
        'pct set 910 --net0': () => must(node, 'pct set 910 --memory 100'),
      },
      // Two creates at once and a lock held by another are tried elsewhere; the tools inside the guest are not simulated.
      skip: /^(ls|cat|vzdump|sh) |-- (sh -c ip|df|ls|cat)|^pct set 910 --cores 1/,
      exitOnly: /^pct create 910/,
    });
  });

  it('when volumes are added twice and bind mounts have odd targets', () => {
    const node = newNode();
    replay(node, recorded('more.txt'), {
      before: {
        'pct unlock 921': () => {
          node.fault({ argv: ['pct', 'create', '921'], mode: 'kill-middle', victim: 'tool' });
          expect(node.run(['pct', 'create', '921', ...CREATE.split(' ')]).status).toBe(137);
        },
      },
      exitOnly: /^(pvesh|pvesm list)/,
      skip: /^(vzdump|sh|pct list)/,
    });
  });
});

function newNode(): SimulatedNode {
  dir = mkdtempSync(join(tmpdir(), 'simulated-node-'));
  return SimulatedNode.create(dir, {
    pools: { rpool: { sizeGiB: 32 } },
    disks: ['virtio-data0', 'virtio-data1', 'virtio-data2', 'virtio-data3'].map((byId) => ({ byId, blank: true })),
    osTemplates: { [`local:vztmpl/${TINY}`]: {}, [`local:vztmpl/${STANDARD}`]: { sha512: '0'.repeat(128) } },
    lockTimeoutMs: 100,
  });
}

function must(node: SimulatedNode, command: string): void {
  const run = node.run(command.split(' '));
  expect(run, command).toMatchObject({ status: 0 });
}

/** The commands of a recording between two of its headings. */
function recorded(file: string, from = '', to?: string): Recorded[] {
  const all = readFileSync(join(folder, file), 'utf8').split('\n');
  const start = all.findIndex((line) => line.startsWith(from));
  const end = to === undefined ? all.length : all.findIndex((line) => line.startsWith(to));
  const steps: { command: string; output: string[]; exit: number; after: string[]; done: boolean }[] = [];
  for (const line of all.slice(start, end)) {
    const step = steps.at(-1);
    const ended = /^(?:\[rc (\d+)\]|rc=(\d+)(?: {2}\(\d+ ms\))?)$/.exec(line);
    if (line.startsWith('$ ')) {
      steps.push({ command: line.slice(2), output: [], exit: -1, after: [], done: false });
    } else if (step !== undefined && ended !== null && !step.done) {
      step.exit = Number(ended[1] ?? ended[2]);
      step.done = true;
    } else {
      (step?.done === true ? step.after : step?.output)?.push(line);
    }
  }
  return steps.filter((step) => step.done);
}

/** Runs what was recorded, in order, and compares exit codes, texts and the configurations that were shown. */
function replay(node: SimulatedNode, steps: readonly Recorded[], how: Replay): void {
  expect(steps.length).toBeGreaterThan(0);
  const seen = new Map<string, number>();
  const differences: string[] = [];
  for (const step of steps) {
    for (const [key, prepare] of Object.entries(how.before ?? {})) {
      const [beginning = '', time = '1'] = key.split('#');
      if (step.command.startsWith(beginning)) {
        seen.set(key, (seen.get(key) ?? 0) + 1);
        if (seen.get(key) === Number(time)) {
          prepare();
        }
      }
    }
    if (how.skip?.test(step.command) === true) {
      continue;
    }
    const run = node.run(wordsOf(step.command, how));
    const ours = lines(run.stdout + run.stderr).filter((line) => how.unrecorded?.test(line) !== true);
    const theirs = lines(step.output.join('\n'));
    if (run.status !== step.exit) {
      differences.push(`${step.command}: exit ${run.status}, really ${step.exit}`);
    }
    if (how.exitOnly?.test(step.command) !== true) {
      differences.push(...compare(step.command, ours, theirs));
    }
    differences.push(...compareConfiguration(node, step));
  }
  expect(differences).toEqual([]);
}

function wordsOf(command: string, how: Replay): readonly string[] {
  const find = <T>(of: Readonly<Record<string, T>> = {}) =>
    Object.entries(of).find(([beginning]) => command.startsWith(beginning))?.[1];
  const quoted = find(how.quoted);
  if (quoted === undefined || quoted === '') {
    return find(how.words) ?? command.split(' ');
  }
  const [before = '', after = ''] = command.split(quoted);
  return [...before.trim().split(' '), quoted, ...after.split(' ').filter((word) => word !== '')];
}

/** The file of the guest, when the recording shows it after the command. */
function compareConfiguration(node: SimulatedNode, step: Recorded): string[] {
  const end = step.after.indexOf('---');
  const shown = step.after.slice(0, end);
  const [, cloned, own] = /^pct (?:clone \d+ (\d+)|\w+ (\d+))/.exec(step.command) ?? [];
  const vmid = Number(cloned ?? own);
  const isConfiguration = shown.every((line) => /^(#|\[|$|[a-z][a-z.0-9]*: )/.test(line));
  if (
    end < 0 ||
    !isConfiguration ||
    !shown.some((line) => line.startsWith('arch: ')) ||
    !node.exists(`/etc/pve/lxc/${vmid}.conf`)
  ) {
    return [];
  }
  return compare(`file after ${step.command}`, lines(node.guestConfig(vmid)), lines(shown.join('\n')));
}

function compare(what: string, ours: readonly string[], theirs: readonly string[]): string[] {
  const more = ours.filter((line) => !theirs.includes(line)).map((line) => `${what}: + ${line}`);
  const less = theirs.filter((line) => !ours.includes(line)).map((line) => `${what}: - ${line}`);
  return [...more, ...less];
}

/** What can be compared: no progress of rsync and tar, no times, no generated names. */
function lines(text: string): string[] {
  return text
    .replaceAll(/BC:24:11(:[0-9A-F]{2}){3}/g, 'generated')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'time')
    .replaceAll(/snaptime: \d+/g, 'snaptime: time')
    .replaceAll(/"veth\w+"/g, '"veth"')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(
      (line) => !/^(Number of |Total |Literal |Matched |File list |sent |total size |real\b|user\b|sys\b|$)/.test(line),
    );
}
