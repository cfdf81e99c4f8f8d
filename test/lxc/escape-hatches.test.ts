import { describe, expect, it } from 'vitest';
import { rawLineProblems } from '../../src/format/lxc-raw-line.js';
import { Match } from '../../src/testing/index.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

describe('a raw line', () => {
  it('goes into the config as it is, in the order given, and is a finding', () => {
    const host = new SmallHost();
    const web = host.container('web', { vmid: 950 });
    web.addRawLine('lxc.cgroup2.devices.allow', 'c 195:* rwm');
    web.addRawLine('lxc.cap.drop', 'sys_rawio sys_time');
    const synth = host.synth();
    expect(synth.rawLines(950)).toEqual([
      ['lxc.cgroup2.devices.allow', 'c 195:* rwm'],
      ['lxc.cap.drop', 'sys_rawio sys_time'],
    ]);
    synth.findings.hasInfo('override/raw-line', 'ai/web');
  });

  it.each([
    ['lxc.cgroup2.memory.max', '1G', []],
    ['lxc.prlimit.nofile', '1024', []],
    ['lxc.net.0.mtu', '1400', []],
    ['lxc.apparmor.profile', 'unconfined', []],
    ['lxc.cgroup.memory.limit', '1G', ['lxc/raw-key']],
    ['lxc.rootfs.path', '/x', ['lxc/raw-key']],
    ['lxc.cgroup2.', 'x', ['lxc/raw-key']],
    ['memory', '1', ['lxc/raw-key']],
    ['lxc.cap.drop', 'a,b', ['lxc/raw-value']],
    ['lxc.cap.drop', 'a\nlxc.cap.keep: b', ['lxc/raw-value']],
    ['lxc.cap.drop', ' a', ['lxc/raw-value']],
    ['lxc.cap.drop', '', ['lxc/raw-value']],
  ])('%s: %j is kept by Proxmox, or refused here: %j', (key, value, codes) => {
    expect(rawLineProblems(key, value, 'ai/web').map(({ code }) => code)).toEqual(codes);
  });

  it('that switches off AppArmor, and a container without confinement, are warned of', () => {
    const host = new SmallHost();
    host.container('a').addRawLine('lxc.apparmor.profile', 'unconfined');
    host.container('b', { unprivileged: false });
    const { findings } = host.synth();
    findings.hasWarning('lxc/apparmor-profile', 'ai/a');
    findings.hasWarning('lxc/privileged', 'ai/b');
    findings.lacks('lxc/privileged', 'ai/a');
  });
});

describe('an override', () => {
  it('is the last word on a key or on a part of one, and is a finding', () => {
    const host = new SmallHost();
    const props = {
      vmid: 950,
      network: host.lan,
      address: '10.0.0.7',
      mac: 'BC:24:11:00:00:07',
      cores: 4,
      memory: '1GiB',
    } as const;
    const web = host.container('web', props);
    web.override('hookscript', 'local:snippets/x.sh');
    web.override('net0.rate', '10');
    web.override('net0.type', undefined);
    web.override('cores', undefined);
    web.override('memory', '2048');
    const synth = host.synth();
    synth.hasGuestConfig(950, {
      hookscript: 'local:snippets/x.sh',
      net0: 'name=eth0,bridge=vmbr0,gw=10.0.0.1,hwaddr=BC:24:11:00:00:07,ip=10.0.0.7/24,rate=10',
      cores: Match.absent(),
      memory: '2048',
    });
    synth.hasStep('guest/950/config', { keys: Match.arrayWith([{ is: 'absent', key: 'cores' }]) });
    expect(synth.findings.all.filter(({ code }) => code === 'override/used')).toHaveLength(5);
  });

  it.each([
    ['Net0', 'override/key'],
    ['net0.', 'override/key'],
    ['lxc.cap.drop', 'override/key'],
    ['net0.rate.x', 'override/key'],
    ['description', 'override/key'],
    ['template', 'override/key'],
    ['rootfs', 'override/volume'],
    ['cores.x', 'override/no-subkeys'],
    ['rootfs.acl', 'override/volume'],
  ])('of %s is refused: %s', (key, code) => {
    const host = new SmallHost();
    expect(
      codesOf(() => {
        host.container('web', { cores: 2 }).override(key, '1');
        host.synth();
      }),
    ).toEqual([code]);
  });

  it.each([
    ['dev0', 'path=dev/x'],
    ['net0.ip', '10.0.0.5'],
    ['net0.ip6', 'fd00::5'],
    ['nameserver', '1.1.1.1 x'],
    ['searchdomain', 'a..b'],
  ])('of %s with %s is refused: it is no value of Proxmox', (key, value) => {
    const container = new SmallHost().container('web');
    expect(codesOf(() => container.override(key, value))).toEqual(['override/value']);
  });

  it.each([
    ['mp0', '/a', 'mp'],
    ['dev0', 'mode=0666', 'path'],
  ])('of %s with %s lacks %s, until that is overridden too', (key, value, missing) => {
    const host = new SmallHost();
    host.container('web', { vmid: 950 }).override(key, value);
    expect(problemsOf(() => host.synth())).toMatchObject([{ code: 'override/incomplete', path: 'ai/web', value: key }]);
    const other = new SmallHost();
    const web = other.container('web', { vmid: 950 });
    web.override(key, value);
    web.override(`${key}.${missing}`, '/dev/x');
    other.synth();
  });

  it('takes name servers with the interface of a link-local address', () => {
    const host = new SmallHost();
    host.container('web', { vmid: 950 }).override('nameserver', '1.1.1.1 fe80::1%eth0');
    host.synth().hasGuestConfig(950, { nameserver: '1.1.1.1 fe80::1%eth0' });
  });

  it('of what is put in force last is put in force last', () => {
    const host = new SmallHost();
    host.container('web', { vmid: 950 }).override('onboot', '1');
    const synth = host.synth();
    synth.hasStep('guest/950/last', {
      keys: [
        { key: 'onboot', value: '1' },
        { key: 'protection', value: '0' },
      ],
    });
    expect(synth.stepOf('guest-config', 'guest/950/config').keys.map(({ key }) => key)).not.toContain('onboot');
    synth.hasGuestConfig(950, { onboot: '1' });
  });

  it('removes no disk', () => {
    const host = new SmallHost();
    host.container('web').override('rootfs', undefined);
    expect(codesOf(() => host.synth())).toEqual(['override/volume']);
  });

  it('still passes the grammar, which takes no line feed', () => {
    const host = new SmallHost();
    host.container('web').override('hookscript', 'a\nmemory: 1');
    expect(codesOf(() => host.synth())).toEqual(['value/newline']);
  });
});
