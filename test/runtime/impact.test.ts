import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { keyFormats } from '../../src/lxc/conf-keys.js';
import { impactOfRemoving } from '../../src/lxc/impact.js';
import type { KeyRequirement } from '../../src/model/step.js';
import { vmConfigKeyTypes } from '../../src/vm/config-keys.js';
import { type Hotplugging, vmImpactOf } from '../../src/vm/impact.js';
import { perlOptions } from '../support/runtime.js';
import { HandMadeHost } from './hand-made.js';
import { machineByHand, machineConfig, machineKnown, runs } from './machines.js';
import { configOf, exact } from './steps.js';

/** What the applier says of removing keys from a guest, by key. */
function removals(type: 'lxc' | 'qemu', keys: readonly string[], has = ''): Record<string, string> {
  const program =
    'print "$_ ", Impact::of_removal($ARGV[0], $_, { split /[=;]/, $ARGV[1] }), "\\n" for @ARGV[2 .. $#ARGV]';
  const out = execFileSync('perl', [...perlOptions, '-MImpact', '-e', program, type, has, ...keys], {
    encoding: 'utf8',
  });
  return Object.fromEntries(
    out
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  );
}

describe('the applier and the library say the same of', () => {
  test('removing a key of a container', () => {
    const plain = 'cores cpulimit cpuunits swap hostname onboot startup protection tags description hookscript';
    const others = 'nameserver searchdomain timezone cmode console tty debug entrypoint env net10';
    const numbered = Object.keys(keyFormats).filter((key) => ['net', 'mp', 'dev'].includes(key));
    const keys = [...`${plain} ${others} features`.split(' '), ...numbered.map((key) => `${key}0`)];
    expect(removals('lxc', keys)).toEqual(Object.fromEntries(keys.map((key) => [key, impactOfRemoving(key)])));
  });

  test('removing a key of a machine', () => {
    const keys = Object.keys(vmConfigKeyTypes).map((key) => key.replace('[n]', '1'));
    const library = (hotplug: Hotplugging['hotplug']) =>
      Object.fromEntries(keys.map((key) => [key, vmImpactOf(key, { hotplug, ostype: 'l26' })]));
    expect(removals('qemu', keys, 'ostype=l26')).toEqual(library(undefined));
    expect(removals('qemu', keys, 'ostype=l26;hotplug=0')).toEqual(library([]));
  });
});

/** What each change of these values costs a machine that runs. */
function costs(config: string, keys: readonly KeyRequirement[]): Record<string, string> {
  const host = new HandMadeHost();
  machineByHand(host, 950, config, { marker: 'phoenix-cdk app=phoenix path=vm/m950 vmid=950' });
  host.journal(machineKnown(950));
  runs(host, 950);
  const { changes } = host.plan([machineConfig(950, keys)])['guest/950/config'] ?? { changes: [] };
  return Object.fromEntries(changes.map(({ key, impact }) => [key, impact]));
}

test('a change is weighed by the value that is there, where that decides', () => {
  const has = [
    'balloon: 1024',
    'hotplug: usb,cpu',
    'agent: 1,fstrim_cloned_disks=0',
    'net0: virtio=BC:24:11:00:00:01,bridge=vmbr0',
    'net1: virtio=BC:24:11:00:00:02,bridge=vmbr0',
    'ide2: local:iso/a.iso,media=cdrom',
    'scsi1: local-zfs:vm-950-disk-1,iothread=1,size=4G',
    'scsi2: local-zfs:vm-950-disk-2,iothread=1,size=4G',
  ].join('\n');
  const disk = (key: string, options: string): KeyRequirement => ({
    is: 'volume',
    key,
    storage: 'local-zfs',
    bytes: 0,
    options,
    impact: 'restart',
  });
  expect(
    costs(has, [
      exact('balloon', '2048', 'restart'),
      exact('hotplug', 'usb', 'live'),
      exact('agent', '1,fstrim_cloned_disks=1', 'restart'),
      exact('net0', 'virtio,bridge=vmbr1', 'restart'),
      exact('net1', 'e1000,bridge=vmbr0', 'restart'),
      exact('ide2', 'local:iso/b.iso,media=cdrom', 'restart'),
      disk('scsi1', 'iothread=1,mbps=100'),
      disk('scsi2', 'mbps=100'),
    ]),
  ).toEqual({
    balloon: 'live',
    hotplug: 'restart',
    agent: 'live',
    net0: 'live',
    net1: 'restart',
    ide2: 'live',
    scsi1: 'live',
    scsi2: 'restart',
  });
  expect(costs('balloon: 0', [exact('balloon', '2048'), exact('agent', '1')])).toEqual({
    balloon: 'restart',
    agent: 'restart',
  });
});

test('what others added is removed at the price that Proxmox asks for it', () => {
  const host = new HandMadeHost();
  host.guest(950, 'nameserver: 10.0.0.1\nhookscript: local:snippets/x.pl\nswap: 512\n');
  host.journal(HandMadeHost.known(950));
  host.running(950);
  const marked = {
    is: 'marker',
    key: 'description',
    value: 'phoenix-cdk app=phoenix path=ai/g950 vmid=950',
    impact: 'live',
  } as const;
  const { changes } = host.plan([configOf(950, [marked])], '--repair')['guest/950/config'] ?? { changes: [] };
  expect(changes).toMatchObject([
    { key: 'hookscript', impact: 'live' },
    { key: 'nameserver', impact: 'restart', held: true },
  ]);
});
