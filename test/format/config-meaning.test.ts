import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { impliedConfigValue, meansNothing, sameConfigValue } from '../../src/format/config-meaning.js';
import { perlOptions } from '../support/runtime.js';
import { describeWithTool } from '../support/tool.js';

describe('a value of a config', () => {
  it.each([
    [
      'net0',
      'name=eth0,bridge=vmbr0,ip=dhcp',
      'bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,name=eth0,type=veth',
      true,
    ],
    ['net0', 'virtio=bc:24:11:00:00:01,bridge=vmbr0', 'model=virtio,macaddr=BC:24:11:00:00:01,bridge=vmbr0', true],
    ['features', 'nesting=1', 'nesting=on,keyctl=0', true],
    ['features', 'nesting=1', 'nesting=1,keyctl=1', false],
    ['mp0', '/rpool/a,mp=/a', 'volume=/rpool/a/,mp=/a/,ro=0', true],
    ['cpulimit', '1.5', '1.50', true],
    ['tags', 'b;a', 'A;b', true],
    ['nameserver', '1.1.1.1 8.8.8.8', '8.8.8.8 1.1.1.1', false],
    ['hostpci0', '0000:01:00.0,pcie=1', 'host=01:00.0,pcie=on', true],
    ['memory', '2048', 'current=2048', true],
  ])('%s: %s means the same as %s: %s', (key, wanted, found, expected) => {
    expect(sameConfigValue(key, wanted, found)).toBe(expected);
  });

  it('that is not written is the one that Proxmox takes', () => {
    expect(impliedConfigValue('lxc', 'memory')).toBe('512');
    expect(impliedConfigValue('lxc', 'cores')).toBeUndefined();
    expect(impliedConfigValue('qemu', 'cores')).toBe('1');
    expect([meansNothing('onboot', 'no'), meansNothing('onboot', 'yes'), meansNothing('cores', '1')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

const keys = [
  ...[
    'memory',
    'cores',
    'tags',
    'nameserver',
    'onboot',
    'features',
    'startup',
    'net0',
    'mp1',
    'rootfs',
    'dev0',
    'hookscript',
  ],
  ...[
    'scsi0',
    'ide2',
    'efidisk0',
    'hostpci0',
    'usb1',
    'virtiofs0',
    'agent',
    'cpu',
    'machine',
    'vga',
    'boot',
    'smbios1',
  ],
  ...['hotplug', 'audio0', 'watchdog', 'sshkeys', 'vmgenid', 'numa0', 'ipconfig0', 'rng0', 'description', 'cpulimit'],
];
const names = [
  ...[
    'volume',
    'file',
    'mp',
    'ro',
    'size',
    'backup',
    'format',
    'name',
    'bridge',
    'hwaddr',
    'macaddr',
    'virtio',
    'e1000',
  ],
  ...[
    'firewall',
    'type',
    'path',
    'mode',
    'uid',
    'order',
    'up',
    'nesting',
    'host',
    'pcie',
    'cache',
    'flags',
    'enabled',
    'uuid',
  ],
];
const atoms = [
  ...[
    '0',
    '1',
    'on',
    'off',
    'yes',
    'No',
    '007',
    '0660',
    '1.50',
    '1.5',
    '4G',
    'a',
    'A;b',
    'b;a',
    '/x',
    '/x/',
    '01:00.0',
  ],
  ...[
    '0000:01:00.0',
    'bc:24:11:00:00:0a',
    'BC:24:11:00:00:0A',
    'local-zfs:subvol-1-disk-0',
    'disk;network',
    '',
    '%41 %20',
  ],
];
const part = fc.oneof(
  fc.tuple(fc.constantFrom(...names), fc.constantFrom(...atoms)).map(([name, value]) => `${name}=${value}`),
  fc.constantFrom(...atoms),
);
const value = fc.array(part, { minLength: 1, maxLength: 4 });
/** Two values that have something to do with each other: the same parts in another order, with one more, less or else. */
const pair = fc
  .tuple(value, fc.boolean(), fc.array(part, { maxLength: 1 }), fc.nat(4))
  .map(([parts, isTurned, more, drop]) => {
    const others = [...(isTurned ? parts.toReversed() : parts).filter((_, index) => index !== drop), ...more];
    return [parts.join(','), others.join(',')] as const;
  });

describeWithTool('perl', 'the applier', () => {
  it('compares values by the same rules', () => {
    const triples = fc
      .sample(fc.tuple(fc.constantFrom(...keys), pair), { numRuns: 4000, seed: 42 })
      .map(([key, [wanted, found]]) => [key, wanted, found] as const);
    const input = triples
      .flat()
      .map((text) => `${text}\0`)
      .join('');
    const program =
      'local $/; my @w = split /\\0/, <STDIN>, -1; while (@w > 2) { my @t = splice @w, 0, 3; print Property::same(@t) ? 1 : 0 }';
    const { stdout, stderr } = spawnSync('perl', [...perlOptions, '-MProperty', '-e', program], {
      input,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const differing = triples.filter((triple, index) => sameConfigValue(...triple) !== (stdout[index] === '1'));
    expect(differing).toEqual([]);
    expect(new Set(stdout)).toEqual(new Set(['0', '1']));
    expect(stdout).toHaveLength(triples.length);
  });
});
