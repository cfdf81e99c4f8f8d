import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { type GuestConf, type GuestSection, parseGuestConf } from '../../src/format/guest-conf.js';
import { renderGuestConf } from '../../src/format/guest-conf-text.js';
import { decodeDescription, encodeDescription } from '../../src/format/guest-notes.js';

function codesOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    return PhoenixError.isPhoenixError(error) ? error.problems.map(({ code }) => code) : [String(error)];
  }
  return [];
}

const gpuContainer = `#<b>vllm-llama</b>
#
#served on http%3A//10.0.0.50%3A8000 (caf%C3%A9, 100%25)
arch: amd64
cores: 16
dev0: /dev/nvidia0,gid=44,mode=0660
dev1: /dev/nvidiactl,gid=44,mode=0660
dev10: /dev/dri/renderD128,gid=104
dev2: /dev/nvidia-uvm,gid=44
features: keyctl=1,nesting=1
hostname: vllm-llama
memory: 65536
mp0: /tank/models,mp=/models,ro=1
net0: name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=BC:24:11:00:09:50,ip=10.0.0.50/24,type=veth
onboot: 1
ostype: debian
rootfs: local-zfs:subvol-950-disk-0,size=32G
startup: order=2,up=30
swap: 0
tags: gpu;llm
unprivileged: 1
lxc.environment.runtime: HF_HOME=/models
lxc.idmap: u 0 100000 65536
lxc.idmap: g 0 100000 44
lxc.prlimit.memlock: unlimited
`;

const pendingContainer = `#main
cores: 2
rootfs: local-zfs:subvol-101-disk-0,size=8G

[pve:pending]
cores: 4
delete: swap,!net1
memory: 1024

[before-upgrade]
#a snapshot's own notes
cores: 1
rootfs: local-zfs:subvol-101-disk-0,size=8G
snaptime: 1760000000
lxc.apparmor.profile: unconfined

[zz_last]
parent: before-upgrade
snaptime: 1760000100
`;

const machine = `agent: enabled=1
boot: order=scsi0;ide2;net0
efidisk0: local-zfs:vm-100-disk-0,efitype=4m,pre-enrolled-keys=1,size=1M
hostpci0: 0000:01:00,pcie=1
ide2: local-zfs:vm-100-cloudinit,media=cdrom
ipconfig0: gw=10.0.0.1,ip=10.0.0.60/24
memory: 8192
net0: virtio=BC:24:11:00:01:00,bridge=vmbr0,firewall=1
scsi0: local-zfs:vm-100-disk-1,iothread=1,size=64G
smbios1: uuid=5b6a1e3c-0000-4000-8000-000000000100
sshkeys: ssh-ed25519%20AAAAC3Nza%20ops%0A

[PENDING]
delete: hostpci0
memory: 16384

[special:cloudinit]
ipconfig0: gw=10.0.0.1,ip=10.0.0.61/24

[clean]
memory: 4096
runningmachine: pc-q35-9.2+pve1
snaptime: 1760000000
vmstate: local-zfs:vm-100-state-clean
`;

describe("a guest's file", () => {
  test.each([
    ['a GPU container', gpuContainer, 'lxc'],
    ['a container with pending changes and snapshots', pendingContainer, 'lxc'],
    ['a virtual machine', machine, 'qemu'],
    ['nothing', '', 'lxc'],
    ['only a snapshot', '\n[only]\nsnaptime: 5\n', 'lxc'],
  ] as const)('of %s that Proxmox wrote is read without oddities and written byte for byte', (_, text, kind) => {
    const conf = parseGuestConf(text, kind);
    expect(conf.oddities).toEqual([]);
    expect(renderGuestConf(conf)).toBe(text);
  });

  test('gives its parts by name', () => {
    const conf = parseGuestConf(gpuContainer, 'lxc');
    expect(conf.description).toBe('<b>vllm-llama</b>\n\nserved on http://10.0.0.50:8000 (café, 100%)');
    expect(new Map(conf.keys).get('mp0')).toBe('/tank/models,mp=/models,ro=1');
    expect(conf.raw).toEqual([
      ['lxc.environment.runtime', 'HF_HOME=/models'],
      ['lxc.idmap', 'u 0 100000 65536'],
      ['lxc.idmap', 'g 0 100000 44'],
      ['lxc.prlimit.memlock', 'unlimited'],
    ]);
  });

  test('keeps apart what stands in which section', () => {
    const conf = parseGuestConf(pendingContainer, 'lxc');
    expect(conf).toMatchObject({ description: 'main', raw: [] });
    expect(conf.pending).toEqual({
      keys: [
        ['cores', '4'],
        ['memory', '1024'],
      ],
      raw: [],
      deletes: ['swap', '!net1'],
    });
    expect(conf.snapshots.map(([name]) => name)).toEqual(['before-upgrade', 'zz_last']);
    expect(conf.snapshots[0]?.[1]).toMatchObject({
      description: "a snapshot's own notes",
      raw: [['lxc.apparmor.profile', 'unconfined']],
    });
  });

  test.each([
    ['blanks around values and CRLF', 'cores:   2  \r\nmemory:5\t\r\n', 'cores: 2\nmemory: 5\n'],
    ['keys in any order', 'net2: c\nnet10: b\nnet1: a\n', 'net1: a\nnet10: b\nnet2: c\n'],
    ['notes anywhere', 'cores: 2\n#one\nmemory: 5\n#two\n', '#one\n#two\ncores: 2\nmemory: 5\n'],
    ['empty notes at the end', '#one\n#\n#\ncores: 2\n', '#one\ncores: 2\n'],
    [
      'raw lines with =',
      'lxc.idmap = u 0 1 2\nlxc.mount.auto=cgroup\nlxc.cap.drop:\n',
      'lxc.idmap: u 0 1 2\nlxc.mount.auto: cgroup\nlxc.cap.drop: \n',
    ],
    [
      'environment behind raw lines',
      'lxc.idmap: u 0 1 2\nlxc.environment.runtime: A=b\n',
      'lxc.environment.runtime: A=b\nlxc.idmap: u 0 1 2\n',
    ],
    ['no line feed at the end', 'cores: 2', 'cores: 2\n'],
    ['blank lines', '\n\ncores: 2\n \n', 'cores: 2\n'],
    ['unknown keys', 'shiny_new7: x: y\n', 'shiny_new7: x: y\n'],
    ['an empty pending section', 'cores: 2\n\n[pve:pending]\n', 'cores: 2\n'],
    [
      'a pending header in capitals',
      'cores: 2\n[PVE:PENDING]\ndelete: a; b\n',
      'cores: 2\n\n[pve:pending]\ndelete: a,b\n',
    ],
    ['snapshots in any order', '[b2]\n[a1]\ncores: 1\n', '\n[a1]\ncores: 1\n\n[b2]\n'],
  ])('by hand, with %s, becomes what Proxmox would write, without a word', (_, text, written) => {
    const conf = parseGuestConf(text, 'lxc');
    expect(renderGuestConf(conf)).toBe(written);
    expect(conf.oddities).toEqual([]);
  });

  test.each([
    ['lxc', 'cores: 1\ncores: 2\n', 'cores: 2\n', [/^line 2: 'cores' is given twice/]],
    ['lxc', 'net0: a\ncores: 1\nnet0: b\n', 'cores: 1\nnet0: b\n', [/^line 3: 'net0' is given twice/]],
    ['lxc', 'cores:\n', '', [/^line 1: 'cores:' is no line/]],
    ['lxc', 'Cores: 1\n  memory: 5\ncpu-type: x\nnet0x: y\n', '', [/line 1/, /line 2/, /line 3/, /line 4/]],
    ['lxc', 'lxc.: x\nlxc.a : b\nlxc.A: c\nlxc.a\n', '', [/line 1/, /line 2/, /line 3/, /line 4/]],
    ['lxc', 'delete: net0\n', '', [/line 1: 'delete'/]],
    ['lxc', '[PENDING]\ncores: 4\n', '\n[PENDING]\ncores: 4\n', [/line 1: .*makes a snapshot/]],
    ['lxc', '[no good]\ncores: 4\n[x]\n', 'cores: 4\n', [/line 1/, /line 3/]],
    ['lxc', '[snap]\ncores: 1\n[snap]\ncores: 2\n', '\n[snap]\ncores: 2\n', [/line 3: \[snap\] is given twice/]],
    ['lxc', 'description: a%3Ab\n', '#a%3Ab\n', [/line 1: the notes/]],
    ['qemu', 'lxc.idmap: u 0 1 2\n', '', [/line 1/]],
    ['qemu', '[pve:pending]\nmemory: 5\n', 'memory: 5\n', [/line 1/]],
    ['qemu', 'vga-x: 1\n', 'vga-x: 1\n', []],
  ] as const)('of kind %s, %j, is told to be odd', (kind, text, written, oddities) => {
    const conf = parseGuestConf(text, kind);
    expect(renderGuestConf(conf)).toBe(written);
    expect(conf.oddities).toHaveLength(oddities.length);
    oddities.forEach((pattern, i) => {
      expect(conf.oddities[i]).toMatch(pattern);
    });
  });

  const plain: GuestSection = { keys: [], raw: [] };
  test.each<[Partial<GuestConf>, string[]]>([
    [{ keys: [['hostname', 'a\nmemory: 1']] }, ['value/newline']],
    [{ keys: [['hostname', 'a\r']] }, ['value/newline']],
    [{ keys: [['hostname', '']] }, ['value/empty']],
    [{ keys: [['hostname', ' a']] }, ['value/blank']],
    [{ keys: [['Hostname', 'a']] }, ['key/invalid']],
    [{ keys: [['delete', 'a']] }, ['key/invalid']],
    [{ keys: [['description', 'a']] }, ['key/invalid']],
    [
      {
        keys: [
          ['cores', '1'],
          ['cores', '1'],
        ],
      },
      ['key/duplicate'],
    ],
    [{ raw: [['lxc.idmap', 'u\n']] }, ['value/newline']],
    [{ raw: [['idmap', 'u']] }, ['key/invalid']],
    [{ kind: 'qemu', raw: [['lxc.idmap', 'u']] }, ['key/invalid']],
    [{ snapshots: [['a b', plain]] }, ['section/name']],
    [{ snapshots: [['pve:pending', plain]] }, ['section/name']],
    [{ kind: 'qemu', snapshots: [['pending', plain]] }, ['section/name']],
    [{ kind: 'lxc', specials: [['cloudinit', plain]] }, ['section/name']],
    [{ pending: { ...plain, deletes: ['a\nb'] } }, ['value/newline']],
    [
      {
        keys: [
          ['a', ''],
          ['B', 'x'],
        ],
        snapshots: [['a b', { keys: [['c', '\n']], raw: [] }]],
      },
      ['key/invalid', 'value/empty', 'section/name', 'value/newline'],
    ],
  ])('with %j cannot be written', (part, codes) => {
    expect(codesOf(() => renderGuestConf({ ...plain, ...part }))).toEqual(codes);
  });

  test('is read back as it was given, for anything that can be written', () => {
    const blank = /[ \t\n\v\f\r\0]/;
    const value = fc
      .string({ unit: 'binary' })
      .filter((s) => s !== '' && !/[\n\r\0]/.test(s) && !blank.test(s.slice(0, 1)) && !blank.test(s.slice(-1)));
    const key = fc.stringMatching(/^[a-z][a-z_]{0,5}\d{0,2}$/).filter((name) => name !== 'delete');
    const keys = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 8 }).map(sorted);
    const raw = fc.array(fc.tuple(fc.stringMatching(/^lxc\.[a-z0-9_.-]{1,8}$/), fc.oneof(value, fc.constant(''))), {
      maxLength: 4,
    });
    const notes = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\n', '%', '4', '1', ':', '#', '['),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      ),
    });
    const description = notes.map((text) => Buffer.from(text.replace(/\n+$/, '')).toString());
    const section = fc
      .record({ description, keys, raw })
      .map(({ description: text, ...rest }): GuestSection => (text === '' ? rest : { description: text, ...rest }));
    const snapshots = fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9_-]{1,5}$/), section), {
        selector: ([name]) => name,
        maxLength: 3,
      })
      .map(sorted);
    const deletes = fc.array(fc.stringMatching(/^!?[a-z]{1,4}\d?$/), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(section, snapshots, section, deletes, (main, snaps, changes, gone) => {
        const conf = {
          kind: 'lxc',
          ...main,
          pending: { ...changes, deletes: gone },
          specials: [],
          snapshots: snaps,
          oddities: [],
        } as const;
        expect(parseGuestConf(renderGuestConf(conf), 'lxc')).toEqual({ ...conf, oddities: snapshotWarnings(snaps) });
      }),
      { numRuns: 300 },
    );
  });

  test('is settled after one writing, whatever stood in it', () => {
    const lines = fc.array(
      fc.oneof(fc.string(), fc.constantFrom(...`${gpuContainer}${pendingContainer}${machine}`.split('\n'))),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(lines, fc.constantFrom<'lxc' | 'qemu'>('lxc', 'qemu'), (parts, kind) => {
        const once = renderGuestConf(parseGuestConf(parts.join('\n'), kind));
        expect(renderGuestConf(parseGuestConf(once, kind))).toBe(once);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a description', () => {
  test.each([
    ['plain text, no signs', 'plain text, no signs'],
    ['%41', '%2541'],
    ['a:b', 'a%3Ab'],
    ['100%', '100%25'],
    ['two\nlines\t', 'two%0Alines%09'],
    ['\x7f\x1f', '%7F%1F'],
    ['é€😀', '%C3%A9%E2%82%AC%F0%9F%98%80'],
    ['/~&8;', '/~&8;'],
  ])('%j is encoded as %s', (text, line) => {
    expect(encodeDescription(text)).toBe(line);
    expect(decodeDescription(line)).toBe(text);
  });

  test.each([
    ['%41', 'A'],
    ['%c3%a9', 'é'],
    ['%4', '%4'],
    ['%', '%'],
    ['%zz%4', '%zz%4'],
    ['é%41', 'éA'],
    ['%%41', '%A'],
    ['%FF', '\ufffd'],
  ])('%s that somebody typed is read as %s', (line, text) => {
    expect(decodeDescription(line)).toBe(text);
  });

  test('comes back from one line of printable ASCII, for any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.oneof(
            fc.constantFrom('%', '4', '1', ':'),
            fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
          ),
        }),
        (any) => {
          const text = Buffer.from(any).toString();
          expect(encodeDescription(text)).toMatch(/^[ -$&-9;-~%]*$/);
          expect(decodeDescription(encodeDescription(text))).toBe(text);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function sorted<T>(pairs: (readonly [string, T])[]): (readonly [string, T])[] {
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A snapshot named like the other kind's pending section is legal and told all the same. */
function snapshotWarnings(snapshots: readonly (readonly [string, unknown])[]): unknown {
  return snapshots.some(([name]) => name === 'pending') ? expect.any(Array) : [];
}
