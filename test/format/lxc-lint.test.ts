import { describe, expect, test } from 'vitest';
import { parseGuestConf } from '../../src/format/guest-conf.js';
import { lintLxcConf, volumeOwner } from '../../src/format/lxc-lint.js';

const lint = (text: string) =>
  lintLxcConf(parseGuestConf(text, 'lxc'), 950).map(({ code, severity }) => `${code} ${severity}`);

describe('a file of a container', () => {
  test.each([
    ['net0: name=eth0\nnet1: name=eth0\n', ['lxc-conf/nic-name-twice error']],
    ['net0: name=eth0,ip=10.0.0.5/24,gw=10.0.1.1\n', ['lxc-conf/gateway-outside warning']],
    ['net0: name=eth0,ip6=fd00::5/64,gw6=fd01::1\n', ['lxc-conf/gateway-outside warning']],
    ['rootfs: a:subvol-951-disk-0\n', ['lxc-conf/foreign-volume error']],
    ['unused0: a:951/vm-951-disk-0.raw\n', ['lxc-conf/foreign-volume error']],
    ['mp0: a:8,mp=/x\n', ['lxc-conf/allocation error']],
    ['[pve:pending]\nmp0: a:0.5,mp=/x\n', ['lxc-conf/allocation error']],
    ['[snap]\nlxc.cap.drop: a\n', ['lxc-conf/raw-place warning']],
    ['lxc.cap.drop: a,b\n', ['lxc-conf/raw-commas error']],
  ])('%j is told', (text, codes) => {
    expect(lint(text)).toEqual(codes);
  });

  test.each([
    'net0: name=eth0\nnet1: name=eth1\n',
    'net0: name=eth0,ip=10.0.0.5/24,gw=10.0.0.1\n',
    'net0: name=eth0,ip=dhcp,gw=10.0.0.1\n',
    'net0: name=eth0,ip6=fd00::5/64,gw6=fe80::1\n',
    'net0: nonsense,name\n',
    'rootfs: a:subvol-950-disk-0\n',
    'rootfs: a:basevol-900-disk-0/subvol-950-disk-0\n',
    'mp0: /tank/vm-951-disk-0,mp=/x\n',
    'mp0: nas:share,mp=/x\n',
    'lxc.idmap: u 0 100000 65536\nlxc.sysctl.kernel.sem: 1,2\n',
    '[snap]\nlxc.environment.runtime: A=b\nnet0: name=a\nnet1: name=a\n',
  ])('%j is fine', (text) => {
    expect(lint(text)).toEqual([]);
  });
});

test.each([
  ['local:900/base-900-disk-0.qcow2/950/vm-950-disk-0.qcow2', 950],
  ['local-zfs:vm-950-cloudinit', 950],
  ['rbd:base-900-disk-0', 900],
  ['local:iso/vm.iso', undefined],
  ['nas:backup-of-vm-100-disk-1', undefined],
])('%s belongs to %s', (volume, owner) => {
  expect(volumeOwner(volume)).toBe(owner);
});
