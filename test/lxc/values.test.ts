import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readLxcLayer } from '../../src/lxc/layers.js';
import { overrideProblems } from '../../src/lxc/override-problems.js';
import { codesOf, problemsOf as refusals } from '../support/small-host.js';

/** What a prop takes, and what it refuses. `mounts.`, `nics.` and `devices.` stand for a value within an item of the list. */
const table: Readonly<Record<string, { readonly good: readonly unknown[]; readonly bad: readonly unknown[] }>> = {
  arch: { good: ['amd64', 'riscv64'], bad: ['mips', '', 64] },
  consoleMode: { good: ['shell', 'console', 'tty'], bad: ['vga', true] },
  console: { good: [true, false], bad: ['yes', 1] },
  cores: { good: [1, 8192], bad: [0, 8193, 1.5, '4'] },
  cpulimit: { good: [0, 0.5, 8192], bad: [-1, 8193, 'all'] },
  cpuunits: { good: [1, 10_000], bad: [0, 10_001, 2.5] },
  debug: { good: [true], bad: ['on', 0] },
  'devices.denyWrite': { good: [true], bad: ['ro'] },
  'devices.gid': { good: [0, 4_294_967_295], bad: [-1, 4_294_967_296, 1.5] },
  'devices.mode': { good: ['0660', '0000'], bad: ['660', '0888', 660] },
  'devices.path': {
    good: ['/dev/dri/renderD128'],
    bad: ['/etc/passwd', 'dev/x', '/dev/../etc', '/dev/a,b', '/dev/a b'],
  },
  'devices.uid': { good: [0, 4_294_967_295], bad: [-1, 4_294_967_296] },
  entrypoint: { good: ['/sbin/init --x'], bad: ['', ' x', 'a\nb', 3] },
  env: { good: [{ A: 'b c' }, {}], bad: [{ A: 'b\nc' }, 'A=b', { A: 3 }] },
  'features.forceRwSys': { good: [true], bad: ['1'] },
  'features.fuse': { good: [true], bad: ['1'] },
  'features.keyctl': { good: [true], bad: ['1'] },
  'features.mknod': { good: [true], bad: ['1'] },
  'features.mount': { good: [['nfs', 'cifs']], bad: ['nfs', ['nfs;cifs'], ['nfs,cifs']] },
  'features.nesting': { good: [true, false], bad: [1, 'yes'] },
  hookscript: {
    good: ['local:snippets/hook.pl'],
    bad: ['/var/lib/vz/snippets/hook.pl', 'local:iso/x.iso', 'local:snippets/a b'],
  },
  hostname: { good: ['web', 'web.example.org', 'a'.repeat(63)], bad: ['web_1', '-web', 'a'.repeat(64), ''] },
  memory: { good: ['16MiB', '1TiB'], bad: ['15MiB', 512, '1GB', '-1GiB'] },
  'mounts.acl': { good: [true], bad: ['on'] },
  'mounts.backup': { good: [true], bad: ['on'] },
  'mounts.idmap': {
    good: ['passthrough', [{ type: 'u', container: 0, disk: 100_000, count: 1 }]],
    bad: [
      'pass',
      [],
      [{ type: 'x', container: 0, disk: 0, count: 1 }],
      [{ type: 'u', container: 0, disk: 0, count: 0 }],
    ],
  },
  'mounts.keepAttributes': { good: [true], bad: ['on'] },
  'mounts.mountOptions': { good: [['noatime', 'nodev'], []], bad: [['exec'], 'noatime', ['noatime;nodev']] },
  'mounts.target': { good: ['/data', '/a b'.replace(' ', '_')], bad: ['data', '/a/../b', '/a,b', '/', '/a b'] },
  'mounts.quota': { good: [true], bad: ['on'] },
  'mounts.replicate': { good: [false], bad: ['no'] },
  'mounts.readOnly': { good: [true], bad: ['ro'] },
  'mounts.shared': { good: [true], bad: ['on'] },
  'mounts.volume': {
    good: [{ storage: 'disks', size: '64MiB' }],
    bad: [
      { storage: 'x', size: '1GiB' },
      { storage: 'disks', size: '63MiB' },
      { storage: 'disks', size: 8 },
    ],
  },
  'mounts.source': { good: ['/srv/data'], bad: ['srv', '/a,b', '/a b', '/a/../b', 3] },
  nameservers: { good: [['10.0.0.1', 'fd00::1'], []], bad: [['dns.example.org'], '10.0.0.1', ['10.0.0.256']] },
  'nics.bridge': { good: ['vmbr0', 'my-bridge'], bad: ['', 'a b', '0br', 'a'.repeat(16)] },
  'nics.firewall': { good: [true], bad: ['on'] },
  'nics.gateway': { good: ['10.0.0.1'], bad: ['fd00::1', 'router', '10.0.0'] },
  'nics.gateway6': { good: ['fd00::1'], bad: ['10.0.0.1', 'fd00::/64'] },
  'nics.hostManaged': { good: [true], bad: ['on'] },
  'nics.mac': { good: ['BC:24:11:00:00:01', 'bc:24:11:00:00:01'], bad: ['01:00:5e:00:00:01', 'BC:24:11:00:00', 'x'] },
  'nics.address': { good: ['dhcp', 'manual', '10.0.0.5/24'], bad: ['10.0.0.5/7', '10.0.0.5/33', 'auto', 'fd00::5/64'] },
  'nics.ip6': { good: ['auto', 'dhcp', 'manual', 'fd00::5/64'], bad: ['10.0.0.5/24', 'fd00::5', 'fd00::5/129'] },
  'nics.linkDown': { good: [true], bad: ['down'] },
  'nics.mtu': { good: [64, 65_535], bad: [63, 65_536, '1500'] },
  'nics.name': { good: ['eth1', 'a'.repeat(15)], bad: ['', 'a'.repeat(16), 'eth 1', '..', 'eth/1'] },
  'nics.rate': { good: [0.5, 1000], bad: [0, -1, '10'] },
  'nics.vlan': { good: [1, 4094], bad: [0, 4095, 1.5] },
  'nics.trunks': { good: [[2, 4094]], bad: [[0], [4095], '2;3'] },
  onboot: { good: [true], bad: [1] },
  ostype: { good: ['debian', 'unmanaged'], bad: ['windows', ''] },
  protection: { good: [true], bad: ['yes'] },
  'rootfs.acl': { good: [true], bad: ['on'] },
  'rootfs.idmap': { good: ['passthrough'], bad: ['u:0:0:1'] },
  'rootfs.mountOptions': { good: [['discard']], bad: [['exec']] },
  'rootfs.quota': { good: [true], bad: ['on'] },
  'rootfs.replicate': { good: [false], bad: ['no'] },
  'rootfs.readOnly': { good: [true], bad: ['ro'] },
  'rootfs.shared': { good: [true], bad: ['on'] },
  'rootfs.size': { good: ['64MiB', '1.5TiB'], bad: ['63MiB', '8G', 8] },
  'rootfs.storage': { good: ['local-zfs', 'a1'], bad: ['a', '1a', 'a-', 'a b'] },
  searchDomain: { good: ['example.org', 'a.b c.d'], bad: ['a..b', '-', 'a-.b', 'a,b', ' a', ''] },
  startup: { good: [{ order: 0, up: 5, down: 60 }, {}], bad: [{ order: -1 }, { up: '5' }, { wait: 3 }, 'order=1'] },
  swap: { good: ['0MiB', '1GiB'], bad: ['-1MiB', 0, '1GB'] },
  tags: { good: [['prod', 'a.b-c+d_e', '1'], []], bad: [['Prod'], ['a b'], ['-a'], 'prod'] },
  timezone: {
    good: ['host', 'UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia'],
    bad: ['Etc/UTC', 'Etc/GMT+1', 'Europe/Berln', 'a b', ''],
  },
  tty: { good: [0, 6], bad: [7, -1, '2'] },
  unprivileged: { good: [true, false], bad: [1, 'no'] },
};

describe('a prop of a container', () => {
  it.each(Object.entries(table))('%s takes what Proxmox takes, and nothing else', (prop, { good, bad }) => {
    for (const value of good) {
      expect(problemsOf(prop, value), `${prop}: ${JSON.stringify(value)}`).toEqual([]);
    }
    for (const value of bad) {
      expect(problemsOf(prop, value), `${prop}: ${JSON.stringify(value)}`).not.toEqual([]);
    }
  });

  it.each([
    ['Europe/Berln', 'Europe/Berlin'],
    ['Etc/UTC', 'UTC'],
  ])('of the time zone %s is asked whether %s is meant, past the props too', (given, meant) => {
    const read = () => readLxcLayer('x', { timezone: given }, 'x');
    expect(refusals(read)).toMatchObject([{ code: 'config/wrong-value', fix: `did you mean '${meant}'?` }]);
    expect(overrideProblems('timezone', given, 'x')).toMatchObject([
      { code: 'override/value', fix: `did you mean ${meant}?` },
    ]);
  });

  const file = fileURLToPath(new URL('../../../shared/reference/pve-schema/lxc.json', import.meta.url));
  const isThere = existsSync(file);
  const facts: Facts = isThere ? (JSON.parse(readFileSync(file, 'utf8')) as { keys: Facts }).keys : {};
  const skipped = isThere ? '' : ': skipped, the table of all keys is not at hand';

  it.skipIf(!isThere).each(bounded({ ...facts, ...(isThere ? cut : {}) }))(
    `%s past the props is held to Proxmox's own bounds${skipped}`,
    (key, fact) => {
      for (const value of within(fact)) {
        expect(overrideProblems(key, value, 'x'), `${key}: ${value}`).toEqual([]);
      }
      for (const value of outside(fact)) {
        expect(
          overrideProblems(key, value, 'x').map(({ code }) => code),
          `${key}: ${value}`,
        ).toEqual(['override/value']);
      }
    },
  );
});

interface Fact {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string | Facts;
}
type Facts = Readonly<Record<string, Fact>>;

/** Keys that say what something is being done with, or whose the guest is: no program sets them. */
const notForPrograms = /^(description|lock|parent|snaptime|template|unused)/;

/** What Proxmox takes and then makes something else of: `pct set` cuts this weight to what cgroup v2 knows. */
const cut: Facts = { cpuunits: { type: 'integer', minimum: 0, maximum: 10_000 } };

/** Every key, and every key within a value, that has bounds or words; with a number where keys have one. */
function bounded(facts: Facts): [key: string, fact: Fact][] {
  return Object.entries(facts)
    .filter(([key]) => !notForPrograms.test(key))
    .flatMap(([key, fact]) => {
      const name = key.replace('[n]', '0');
      return typeof fact.format === 'object'
        ? Object.entries(fact.format).map(([part, inner]): [string, Fact] => [`${name}.${part}`, inner])
        : [[name, fact] as [string, Fact]];
    })
    .filter(([key, fact]) => !key.endsWith('.size') && [...within(fact), ...outside(fact)].length > 0);
}

function within({ type, enum: words, minimum, maximum }: Fact): string[] {
  if (type === 'boolean') return ['0', '1'];
  return [
    ...(words ?? []),
    ...(minimum === undefined ? [] : [`${minimum}`]),
    ...(maximum === undefined ? [] : [`${maximum}`]),
  ];
}

function outside({ type, enum: words, minimum, maximum }: Fact): string[] {
  if (type === 'boolean') return ['maybe'];
  if (words !== undefined) return ['no-such'];
  if (type !== 'integer' && type !== 'number') return [];
  return [
    'many',
    ...(minimum === undefined ? [] : [`${minimum - 1}`]),
    ...(maximum === undefined ? [] : [`${maximum + 1}`]),
  ];
}

function problemsOf(prop: string, value: unknown): string[] {
  const [first = '', inner] = prop.split('.');
  const lists: Readonly<Record<string, object>> = {
    mounts: { target: '/data' },
    nics: { name: 'eth1' },
    devices: { path: '/dev/null' },
  };
  const item = lists[first];
  const nested = inner === undefined ? value : { [inner]: value };
  const props = { [first]: item === undefined ? nested : [{ ...item, ...(nested as object) }] };
  return codesOf(() => readLxcLayer('x', props, 'x'));
}
