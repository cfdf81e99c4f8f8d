import { describe, expect, it, test } from 'vitest';
import { parseGuestConf } from '../../src/format/guest-conf.js';
import { renderGuestConf } from '../../src/format/guest-conf-text.js';
import type { LxcContainerProps } from '../../src/lxc/props.js';
import { lxcTable } from '../../src/lxc/schema.js';
import { Match } from '../../src/testing/index.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

type Props = (host: SmallHost) => LxcContainerProps;

/** What a prop comes to in the config. Every prop of the table has a row here, in `elsewhere` or in a test of its own. */
const keys: readonly (readonly [
  prop: keyof LxcContainerProps,
  props: Props,
  key: string,
  value: string | undefined,
])[] = [
  ['cores', () => ({ cores: 4 }), 'cores', '4'],
  ['cores', () => ({}), 'cores', undefined],
  ['memory', () => ({ memory: '1.5GiB' }), 'memory', '1536'],
  ['memory', () => ({}), 'memory', '512'],
  ['swap', () => ({ swap: '1GiB' }), 'swap', '1024'],
  ['swap', () => ({}), 'swap', '512'],
  ['cpulimit', () => ({ cpulimit: 1.5 }), 'cpulimit', '1.5'],
  ['cpulimit', () => ({ cpulimit: 0 }), 'cpulimit', '0'],
  ['cpuunits', () => ({ cpuunits: 50 }), 'cpuunits', '50'],
  ['hostname', () => ({ hostname: 'a.example.test' }), 'hostname', 'a.example.test'],
  ['hostname', () => ({}), 'hostname', 'web'],
  ['unprivileged', () => ({ unprivileged: false }), 'unprivileged', '0'],
  ['unprivileged', () => ({}), 'unprivileged', '1'],
  ['ostype', () => ({ ostype: 'alpine' }), 'ostype', 'alpine'],
  ['ostype', () => ({}), 'ostype', undefined],
  ['arch', () => ({ arch: 'arm64' }), 'arch', 'arm64'],
  ['arch', () => ({}), 'arch', 'amd64'],
  ['timezone', () => ({ timezone: 'Europe/Berlin' }), 'timezone', 'Europe/Berlin'],
  ['nameservers', () => ({ nameservers: ['10.0.0.2', '10.0.0.3'] }), 'nameserver', '10.0.0.2 10.0.0.3'],
  ['nameservers', () => ({ nameservers: ['fd00::53', '10.0.0.2'] }), 'nameserver', 'fd00::53 10.0.0.2'],
  ['nameservers', () => ({ nameservers: [] }), 'nameserver', undefined],
  ['searchDomain', () => ({ searchDomain: 'example.test' }), 'searchdomain', 'example.test'],
  ['tags', () => ({ tags: ['web', 'ai', 'web'] }), 'tags', 'ai;web'],
  ['features', () => ({ features: { nesting: true, keyctl: false } }), 'features', 'keyctl=0,nesting=1'],
  ['features', () => ({ features: { mount: ['nfs', 'cifs'] } }), 'features', 'mount=cifs;nfs'],
  ['features', () => ({ features: {} }), 'features', undefined],
  ['features', () => ({ features: { forceRwSys: true, fuse: true } }), 'features', 'force_rw_sys=1,fuse=1'],
  ['console', () => ({ console: false }), 'console', '0'],
  ['consoleMode', () => ({ consoleMode: 'shell' }), 'cmode', 'shell'],
  ['tty', () => ({ tty: 0 }), 'tty', '0'],
  ['hookscript', () => ({ hookscript: 'local:snippets/hooks/gpu.pl' }), 'hookscript', 'local:snippets/hooks/gpu.pl'],
  ['debug', () => ({ debug: true }), 'debug', '1'],
  ['entrypoint', () => ({ entrypoint: '/usr/bin/tini -- /app' }), 'entrypoint', '/usr/bin/tini -- /app'],
  ['devices', () => ({ devices: [{ path: '/dev/ttyUSB0' }] }), 'dev0', '/dev/ttyUSB0'],
  [
    'devices',
    ({ pve }) => ({
      gpus: [pve.gpu(0)],
      devices: [{ path: '/dev/dri/renderD128', mode: '0660', uid: 1000, gid: 44, denyWrite: true }],
    }),
    'dev4',
    '/dev/dri/renderD128,deny-write=1,gid=44,mode=0660,uid=1000',
  ],
  ['startup', () => ({ startup: { order: 2, up: 30, down: 60 } }), 'startup', 'order=2,down=60,up=30'],
  ['onboot', () => ({ onboot: true }), 'onboot', '1'],
  ['onboot', () => ({}), 'onboot', '0'],
  ['protection', () => ({ protection: true }), 'protection', '1'],
  ['protection', () => ({}), 'protection', '0'],
  ['rootfs', () => ({}), 'rootfs', 'local-zfs:subvol-950-disk-0,size=4G'],
  [
    'rootfs',
    ({ disks }) => ({ rootfs: { storage: disks, size: '1.5GiB', mountOptions: ['nosuid', 'noatime'], acl: true } }),
    'rootfs',
    'local-zfs:subvol-950-disk-0,acl=1,mountoptions=noatime;nosuid,size=1536M',
  ],
  ['gpus', ({ pve }) => ({ gpus: [pve.gpu(1)] }), 'dev0', '/dev/nvidia1,mode=0666'],
  ['gpus', ({ pve }) => ({ gpus: [pve.gpu(1)] }), 'dev3', '/dev/nvidia-uvm-tools,mode=0666'],
  ['gpus', ({ pve }) => ({ gpus: [pve.gpu(1), pve.gpu(0)] }), 'dev0', '/dev/nvidia0,mode=0666'],
  ['mounts', () => ({ mounts: [{ target: '/m', source: '/srv/m', readOnly: true }] }), 'mp0', '/srv/m,mp=/m,ro=1'],
  [
    'mounts',
    ({ disks }) => ({ mounts: [{ target: '/d', volume: { storage: disks, size: '1GiB' }, backup: false }] }),
    'mp0',
    'local-zfs:subvol-950-disk-1,backup=0,mp=/d,size=1G',
  ],
  [
    'mounts',
    () => ({
      mounts: [{ target: '/m', source: '/srv/m', mountOptions: ['nosuid', 'noexec'], shared: true, replicate: false }],
    }),
    'mp0',
    '/srv/m,mp=/m,mountoptions=noexec;nosuid,replicate=0,shared=1',
  ],
  [
    'mounts',
    ({ disks }) => ({
      unprivileged: false,
      mounts: [
        { target: '/d', volume: { storage: disks, size: '1GiB' }, acl: true, quota: true, keepAttributes: true },
      ],
    }),
    'mp0',
    'local-zfs:subvol-950-disk-1,acl=1,keepattrs=1,mp=/d,quota=1,size=1G',
  ],
  [
    'rootfs',
    ({ disks }) => ({ rootfs: { storage: disks, size: '4GiB', quota: false, replicate: false, readOnly: true } }),
    'rootfs',
    'local-zfs:subvol-950-disk-0,quota=0,replicate=0,ro=1,size=4G',
  ],
  ['network', () => ({}), 'net0', undefined],
  [
    'network',
    ({ lan }) => ({ network: lan, address: '10.0.0.7', mac: 'bc:24:11:00:00:07' }),
    'net0',
    'name=eth0,bridge=vmbr0,gw=10.0.0.1,hwaddr=BC:24:11:00:00:07,ip=10.0.0.7/24,type=veth',
  ],
  [
    'address',
    ({ lan }) => ({ network: lan, address: 'dhcp', mac: 'BC:24:11:00:00:07' }),
    'net0',
    'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:07,ip=dhcp,type=veth',
  ],
  [
    'address',
    ({ lan }) => ({ network: lan, address: 'manual', mac: 'BC:24:11:00:00:07' }),
    'net0',
    'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:07,ip=manual,type=veth',
  ],
  [
    'firewall',
    ({ lan }) => ({ network: lan, address: 'dhcp', mac: 'BC:24:11:00:00:07', firewall: {} }),
    'net0',
    'name=eth0,bridge=vmbr0,firewall=1,hwaddr=BC:24:11:00:00:07,ip=dhcp,type=veth',
  ],
];

/** Props that are no key of the config: what they come to is told by other tests. */
const elsewhere = [
  'env',
  'vmid',
  'nic',
  'nics',
  'mac',
  'removalPolicy',
  'renamedFrom',
  'from',
  'cloneFrom',
  'cloneMode',
  'gpuMode',
  'idMap',
  'files',
  'provision',
  'started',
];

describe('a prop of a container', () => {
  for (const [prop, props, key, value] of keys) {
    it(`${prop} reaches the config as ${key}: ${value ?? 'nothing'}`, () => {
      const host = new SmallHost();
      host.container('web', { vmid: 950, ...props(host) });
      expect(host.synth().guestConfig(950)[key]).toBe(value);
    });
  }

  it('is either a key of the config or told of elsewhere', () => {
    const told = new Set([...keys.map(([prop]) => prop), ...elsewhere]);
    expect([...told].sort()).toEqual(Object.keys(lxcTable.fields).sort());
  });

  it.each<[keyof LxcContainerProps, object]>([
    ['cores', { cores: 0 }],
    ['cores', { cores: 1.5 }],
    ['memory', { memory: 512 }],
    ['memory', { memory: '8MiB' }],
    ['memory', { memory: '8GB' }],
    ['swap', { swap: '-1GiB' }],
    ['cpulimit', { cpulimit: 9000 }],
    ['cpuunits', { cpuunits: 0 }],
    ['vmid', { vmid: 99 }],
    ['hostname', { hostname: 'my_host' }],
    ['ostype', { ostype: 'windows' }],
    ['arch', { arch: 'mips' }],
    ['timezone', { timezone: 'Europe Berlin' }],
    ['nameservers', { nameservers: ['dns.example.test'] }],
    ['searchDomain', { searchDomain: 'a..b' }],
    ['tags', { tags: ['Web'] }],
    ['tags', { tags: ['a;b'] }],
    ['features', { features: { nesting: 1 } }],
    ['features', { features: { mount: ['nfs;cifs'] } }],
    ['startup', { startup: { order: -1 } }],
    ['startup', { startup: { up: 1.5 } }],
    ['console', { console: 'tty' }],
    ['consoleMode', { consoleMode: 'getty' }],
    ['tty', { tty: -1 }],
    ['tty', { tty: 7 }],
    ['hookscript', { hookscript: '/var/lib/vz/snippets/hook.pl' }],
    ['hookscript', { hookscript: 'local:iso/hook.pl' }],
    ['hookscript', { hookscript: 'local:snippets/../hook.pl' }],
    ['hookscript', { hookscript: 'hook.pl' }],
    ['debug', { debug: 1 }],
    ['entrypoint', { entrypoint: '' }],
    ['entrypoint', { entrypoint: '/init ' }],
    ['entrypoint', { entrypoint: '/init\nmemory: 1' }],
    ['env', { env: { A: 'b\nmemory: 1' } }],
    ['env', { env: { A: 'b ' } }],
    ['env', { env: { A: 1 } }],
    ['devices', { devices: [{ path: '/sys/x' }] }],
    ['devices', { devices: [{ path: '/dev/../etc/shadow' }] }],
    ['devices', { devices: [{ path: '/dev/dri/' }] }],
    ['devices', { devices: [{ path: '/dev/a,mode=0666' }] }],
    ['devices', { devices: [{ path: '/dev/a', mode: '666' }] }],
    ['devices', { devices: [{ path: '/dev/a', mode: '0686' }] }],
    ['devices', { devices: [{ path: '/dev/a', uid: -1 }] }],
    ['devices', { devices: [{ path: '/dev/a', gid: '44' }] }],
    ['address', { address: '10.0.0' }],
    ['address', { address: 'fd00::1' }],
    ['mac', { mac: '01:00:5E:00:00:01' }],
    ['address', { address: 'auto' }],
    ['rootfs', { rootfs: { mountOptions: ['suid'] } }],
    ['rootfs', { rootfs: { idmap: 'none' } }],
    ['mounts', { mounts: [{ target: '/m', source: '/srv', mountOptions: ['rw'] }] }],
    ['mounts', { mounts: [{ target: '/m', source: '/srv', shared: 1 }] }],
    ['mounts', { mounts: [{ target: '/m', source: '/srv', idmap: [] }] }],
    ['mounts', { mounts: [{ target: '/m', source: '/srv', idmap: [{ type: 'u', container: 0, disk: 0, count: 0 }] }] }],
    ['mounts', { mounts: [{ target: 'm', source: '/srv' }] }],
    ['mounts', { mounts: [{ target: '/a/../b', source: '/srv' }] }],
    ['mounts', { mounts: [{ target: '/a,ro=0', source: '/srv' }] }],
    ['mounts', { mounts: [{ target: '/a', source: '/etc/../root' }] }],
    ['mounts', { mounts: [{ target: '/m', source: '/srv,x=1' }] }],
    ['files', { files: [{ target: '/etc/', content: '' }] }],
    ['files', { files: [{ target: '/etc//x', content: '' }] }],
    ['files', { files: [{ target: '/etc/../x', content: '' }] }],
    ['files', { files: [{ target: '/etc/x', content: '', mode: '644' }] }],
    ['gpuMode', { gpuMode: 'mine' }],
    ['firewall', { firewall: { inbound: 'ALLOW' } }],
    ['firewall', { firewall: { rules: [{ comment: 'a\nb' }] } }],
  ])('%s is refused where Proxmox would refuse it: %j', (prop, props) => {
    const problems = problemsOf(() => new SmallHost().container('web', props));
    expect(problems).toMatchObject([{ code: 'config/wrong-value', path: 'ai/web' }]);
    expect(problems[0]?.message).toContain(`\`${prop}`);
  });

  it('that is misspelt is refused, with the nearest name', () => {
    const props: object = { memroy: '1GiB', features: { nestin: true } };
    expect(problemsOf(() => new SmallHost().container('web', props))).toMatchObject([
      { code: 'config/unknown-key', value: 'features.nestin', fix: 'did you mean `nesting`?' },
      { code: 'config/unknown-key', value: 'memroy', fix: 'did you mean `memory`?' },
    ]);
  });

  it('may stand for memory in whole MiB only, as Proxmox counts', () => {
    const host = new SmallHost();
    host.container('web', { memory: '32.5MiB' });
    expect(codesOf(() => host.synth())).toEqual(['size/not-whole']);
  });
});

test('owners on a disk are mapped as Proxmox writes it', () => {
  const host = new SmallHost({ host: { pveVersion: '9.2' } });
  const idmap = [
    { type: 'u', container: 1000, disk: 1000, count: 1 },
    { type: 'g', container: 1000, disk: 1000, count: 5 },
  ] as const;
  host.container('web', { vmid: 950, mounts: [{ target: '/m', source: '/srv/m', idmap }] });
  expect(host.synth().guestConfig(950)['mp0']).toBe('/srv/m,mp=/m,idmap=u:1000:1000:1;g:1000:1000:5');
});

test('the environment stands before all other lines that go to LXC, by name', () => {
  const host = new SmallHost();
  const web = host.container('web', {
    vmid: 950,
    env: { PORT: '80', EMPTY: '', A_1: 'x = "y z"' },
    mounts: [{ target: '/m', source: host.dataset('models') }],
  });
  web.addRawLine('lxc.cap.drop', 'sys_time');
  const synth = host.synth();
  const lines = synth.rawLines(950);
  expect(lines.slice(0, 3)).toEqual([
    ['lxc.environment.runtime', 'A_1=x = "y z"'],
    ['lxc.environment.runtime', 'EMPTY='],
    ['lxc.environment.runtime', 'PORT=80'],
  ]);
  expect(lines.map(([key]) => key).slice(3)).toEqual(['lxc.hook.pre-start', 'lxc.cap.drop']);
  const { raw } = synth.stepOf('guest-config', 'guest/950/config');
  expect(raw?.map((line) => [line.key, line.value])).toEqual(lines);
});

test('a name that no variable has, and a device given twice, are refused', () => {
  const host = new SmallHost();
  host.container('env', { env: { 'A-B': '1', C: '2' } });
  host.container('device', { gpus: [host.pve.gpu(0)], devices: [{ path: '/dev/nvidiactl' }] });
  expect(problemsOf(() => host.synth()).map(({ code, value }) => [code, value])).toEqual([
    ['lxc/device-twice', '/dev/nvidiactl'],
    ['lxc/env-name', 'A-B'],
  ]);
});

test('what does not go together is refused together', () => {
  const host = new SmallHost();
  const twice = [
    { target: '/m', source: '/a' },
    { target: '/m', volume: { storage: host.disks, size: '1GiB' } },
  ] as const;
  host.container('a', { unprivileged: false, features: { keyctl: true } });
  host.container('b', { started: false, files: [{ target: '/x', content: '' }] });
  host.container('d', { mounts: twice });
  host.container('e', { rootfs: { storage: host.disks, size: '4GiB', quota: true } });
  host.container('f', { unprivileged: false, rootfs: { storage: host.disks, size: '4GiB', quota: true } });
  expect(problemsOf(() => host.synth()).map(({ code, path }) => [path, code])).toEqual([
    ['ai/a', 'lxc/feature'],
    ['ai/b', 'lxc/not-started'],
    ['ai/d', 'lxc/mount-twice'],
    ['ai/e', 'lxc/quota'],
  ]);
});

test('what no layer gives is missed, key by key', () => {
  const host = new SmallHost();
  host.container('web', { rootfs: {} });
  expect(problemsOf(() => host.synth()).map(({ code, message }) => [code, message])).toEqual([
    ['config/missing', '`rootfs.storage` of LxcContainer is given by no layer'],
    ['config/missing', '`rootfs.size` of LxcContainer is given by no layer'],
  ]);
});

test('the config for review is in the form in which Proxmox itself writes it', () => {
  const host = new SmallHost();
  const container = host.container('web', {
    vmid: 950,
    network: host.lan,
    gpus: [host.pve.gpu(0), host.pve.gpu(1)],
    mounts: [
      { target: '/m', source: host.dataset('models') },
      { target: '/d', volume: { storage: host.disks, size: '1GiB' } },
    ],
    tags: ['ai'],
    features: { nesting: true, fuse: true },
  });
  container.addRawLine('lxc.environment', 'NOTE=späte Änderung');
  host.template('base', { vmid: 900, gpus: [host.pve.gpu(0)] });
  for (const vmid of [900, 950]) {
    const text = host.synth().file(`stacks/ai/guests/${vmid}/config.conf`);
    const read = parseGuestConf(text, 'lxc');
    expect(read.oddities).toEqual([]);
    expect(renderGuestConf(read)).toBe(text);
  }
});

test('the config names the owner in one line of the notes', () => {
  const host = new SmallHost();
  host.container('web', { vmid: 950 });
  const text = host.synth().file('stacks/ai/guests/950/config.conf');
  expect(parseGuestConf(text, 'lxc').description).toBe('phoenix-cdk app=test path=ai/web vmid=950');
});

test('binds come before volumes, each numbered in the order given, and the config says so too', () => {
  const host = new SmallHost();
  host.container('web', {
    vmid: 950,
    mounts: [
      { target: '/a', volume: { storage: host.disks, size: '1GiB' } },
      { target: '/b', source: '/srv/b' },
      { target: '/c', volume: { storage: host.disks, size: '2GiB' } },
    ],
  });
  host.synth().hasGuestConfig(950, {
    mp0: '/srv/b,mp=/b',
    mp1: 'local-zfs:subvol-950-disk-1,mp=/a,size=1G',
    mp2: 'local-zfs:subvol-950-disk-2,mp=/c,size=2G',
  });
});

test('a mount that a later one covers is warned of', () => {
  const host = new SmallHost();
  const volume = { storage: host.disks, size: '1GiB' } as const;
  const bind = (target: `/${string}`) => ({ target, source: '/srv' }) as const;
  host.container('wrong', { mounts: [bind('/m/x'), bind('/m')] });
  host.container('disk', { mounts: [{ target: '/m', volume }, bind('/m/x')] });
  host.container('right', { mounts: [bind('/m'), bind('/m/x'), bind('/mx'), { target: '/m/y', volume }] });
  const { findings } = host.synth();
  findings.hasWarning('lxc/mount-hidden', 'ai/wrong');
  findings.hasWarning('lxc/mount-hidden', 'ai/disk');
  findings.lacks('lxc/mount-hidden', 'ai/right');
});

test('the steps say the same as the config for review', () => {
  const host = new SmallHost();
  host.container('web', { vmid: 950, cores: 2, onboot: true });
  const synth = host.synth();
  synth.hasStep('guest/950/config', {
    keys: Match.arrayWith([
      { is: 'marker', value: 'phoenix-cdk app=test path=ai/web vmid=950' },
      { key: 'cores', value: '2', impact: 'live' },
      { is: 'volume', key: 'rootfs', storage: 'local-zfs', bytes: 4 * 1024 ** 3, options: '' },
    ]),
    cleanClone: Match.absent(),
  });
  synth.hasStep('guest/950/last', {
    keys: [
      { key: 'onboot', value: '1' },
      { key: 'protection', value: '0' },
    ],
  });
});
