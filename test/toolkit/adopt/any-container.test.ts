import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GuestLine } from '../../../src/format/guest-conf.js';
import { keysAfter } from './keys-after.js';

const flag = fc.constantFrom('0', '1');
const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
const parts = (values: Record<string, fc.Arbitrary<string>>) =>
  fc
    .record(values, { requiredKeys: [] })
    .map((record) => Object.entries(record).map(([key, value]) => `${key}=${value}`));

const mount = fc
  .tuple(
    fc.boolean(),
    fc.stringMatching(/^\/[a-z]{1,8}$/),
    parts({
      ro: flag,
      acl: flag,
      replicate: flag,
      shared: flag,
      mountoptions: fc.constantFrom('noatime', 'discard;noexec'),
    }),
  )
  .map(
    ([isDisk, target, options]) =>
      (slot: number) =>
        [
          isDisk ? `local-zfs:subvol-101-disk-${slot + 1}` : `/srv${target}`,
          `mp=${target}${slot}`,
          ...options,
          ...(isDisk ? ['size=8G'] : []),
        ].join(','),
  );

const nic = fc
  .tuple(
    fc.constantFrom(['ip=dhcp'], ['ip=manual'], ['ip=10.0.0.N/24', 'gw=10.0.0.1'], ['ip=10.0.0.N/24'], []),
    parts({
      firewall: fc.constant('1'),
      tag: number(1, 4094),
      mtu: number(64, 9000),
      rate: number(1, 100),
      ip6: fc.constant('auto'),
    }),
  )
  .map(
    ([ip, options]) =>
      (slot: number) =>
        [`name=eth${slot}`, 'bridge=vmbr0', `hwaddr=BC:24:11:00:00:0${slot}`, ...ip, ...options]
          .join(',')
          .replace('10.0.0.N', `10.0.0.1${slot}`), // no two of a guest have one address
  );

/** Mounts and network devices under numbers with gaps between. */
const numbered = (stem: string, last: number, item: fc.Arbitrary<(slot: number) => string>) =>
  fc
    .dictionary(number(0, last), item, { maxKeys: 3 })
    .map((found): GuestLine[] => Object.entries(found).map(([slot, text]) => [`${stem}${slot}`, text(Number(slot))]));

const plain = fc
  .record(
    {
      cores: number(1, 64),
      cpulimit: fc.constantFrom('0', '1.5', '12'),
      cpuunits: number(1, 10_000),
      features: fc.constantFrom('nesting=1', 'fuse=1,nesting=0', 'keyctl=1'),
      nameserver: fc.constantFrom('1.1.1.1', '1.1.1.1 fd00::1'),
      searchdomain: fc.constantFrom('lan', 'a.example b.example'),
      onboot: flag,
      protection: flag,
      startup: fc.constantFrom('order=1', 'order=2,up=5', 'down=9'),
      tags: fc.constantFrom('a', 'a;b'),
      tty: number(0, 6),
      timezone: fc.constantFrom('host', 'Europe/Berlin'),
      dev0: fc.constantFrom('/dev/kvm', '/dev/fuse,mode=0660,uid=7'),
      dev3: fc.constantFrom('/dev/net/tun'),
    },
    { requiredKeys: [] },
  )
  .map((record): GuestLine[] => Object.entries(record));

const config = fc
  .tuple(plain, numbered('mp', 9, mount), numbered('net', 4, nic), number(16, 100_000), number(0, 4096))
  .map(([keys, mounts, nics, memory, swap]): GuestLine[] => [
    ['arch', 'amd64'],
    ['hostname', 'any'],
    ['memory', memory],
    ['rootfs', 'local-zfs:subvol-101-disk-0,size=4G'],
    ['swap', swap],
    ['unprivileged', '1'],
    ...keys,
    ...mounts,
    ...nics,
  ]);

test('whatever a container says, its adopted construct says by the same keys', () => {
  fc.assert(
    fc.property(config, (keys) => {
      expect(meaningOf(Object.entries(keysAfter('lxc', keys).keys))).toEqual(meaningOf(keys));
    }),
    { numRuns: 150 },
  );
});

/** Keys with their parts in one order and without those that mean what holds anyway; volume names are not foretold. */
function meaningOf(keys: Iterable<readonly [string, string]>): Record<string, string> {
  const implied = new Set(['type=veth', 'firewall=0', 'ro=0', 'shared=0', 'replicate=1', 'nesting=0']);
  const meaning: Record<string, string> = { onboot: '0', protection: '0' };
  for (const [key, value] of keys) {
    const own = value.replace(/^(local-zfs):[^,]+/, '$1').replace(/^path=/, '');
    meaning[key] = own
      .split(',')
      .filter((part) => !implied.has(part))
      .sort()
      .join(',');
  }
  return Object.fromEntries(Object.entries(meaning).sort());
}
