import { describe, expect, it } from 'vitest';
import { GpuProfile } from '../../src/gpu/gpu-profile.js';
import { Script } from '../../src/guest/script.js';
import { DockerProfile } from '../../src/lxc/docker-profile.js';
import { Profile } from '../../src/lxc/profile.js';
import type { LxcSharedProps } from '../../src/lxc/props.js';
import { Match } from '../../src/testing/index.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

const script = (name: string) => Script.text(name, `echo ${name}\n`);
describe('the values of a container come', () => {
  it('from the built-in defaults, then the stack, then profiles in order, then the container', () => {
    const host = new SmallHost({ stack: { defaults: { cores: 1, memory: '1GiB', swap: '1GiB', cpuunits: 10 } } });
    const low = new Profile(host.ai, 'low', { memory: '2GiB', swap: '2GiB', cpuunits: 20 });
    const high = new Profile(host.ai, 'high', { swap: '3GiB', cpuunits: 30 });
    host.container('web', { vmid: 950, profiles: [low, high], cpuunits: 40 });
    host.synth().hasGuestConfig(950, { arch: 'amd64', cores: '1', memory: '2048', swap: '3072', cpuunits: '40' });
  });

  it('with null a layer takes back what lower layers said; undefined says nothing', () => {
    const host = new SmallHost({ stack: { defaults: { cores: 4, timezone: 'host', memory: '1GiB' } } });
    // what files may say, and the types of TypeScript do not
    const props: object = { vmid: 950, cores: null, memory: null, timezone: undefined };
    host.container('web', props);
    host.synth().hasGuestConfig(950, { cores: Match.absent(), memory: '512', timezone: 'host' });
  });

  it('with tags and scripts of all layers, lower ones first', () => {
    const host = new SmallHost({ stack: { defaults: { tags: ['prod'], provision: [script('one')] } } });
    const profile = new Profile(host.ai, 'p', { tags: ['web'], provision: [script('two')] });
    const web = host.container('web', { vmid: 950, profiles: [profile], tags: ['mine'], provision: [script('three')] });
    web.addScript(script('four'));
    const synth = host.synth();
    synth.hasGuestConfig(950, { tags: 'mine;prod;web' });
    expect(
      synth
        .stepsOf('guest/950')
        .filter(({ kind }) => kind === 'guest-run')
        .map(({ id }) => id),
    ).toEqual([
      'guest/950/script/01-one',
      'guest/950/script/02-two',
      'guest/950/script/03-three',
      'guest/950/script/04-four',
    ]);
  });

  it('with mounts and files one a target: the higher layer changes what it names', () => {
    const host = new SmallHost({
      stack: {
        defaults: {
          mounts: [
            { target: '/models', source: '/srv/a', readOnly: true },
            { target: '/logs', source: '/srv/logs' },
          ],
          files: [{ target: '/etc/x', content: 'low\n', mode: '0600' }],
        },
      },
    });
    const web = host.container('web', { vmid: 950, mounts: [{ target: '/models', source: '/srv/b' }] });
    web.addFile({ target: '/etc/x', content: 'high\n' });
    const synth = host.synth();
    synth.hasGuestConfig(950, { mp0: '/srv/b,mp=/models,ro=1', mp1: '/srv/logs,mp=/logs', mp2: Match.absent() });
    synth.hasFile('stacks/ai/guests/950/root/etc/x', 'high\n');
    synth.hasStep('guest/950/files', { files: [{ target: '/etc/x', mode: '0600' }] });
  });

  it('with features, firewall and root disk merged key by key', () => {
    const host = new SmallHost({
      stack: { defaults: { features: { nesting: true }, firewall: { outbound: 'DROP' } } },
    });
    const profile = new Profile(host.ai, 'p', { rootfs: { size: '8GiB' } });
    const rootfs = { storage: host.disks };
    host.container('web', {
      vmid: 950,
      profiles: [profile],
      rootfs,
      features: { fuse: true },
      firewall: { inbound: 'REJECT' },
    });
    const synth = host.synth();
    synth.hasGuestConfig(950, { features: 'fuse=1,nesting=1', rootfs: Match.stringLike('*size=8G') });
    synth.hasFile(
      'stacks/ai/root/etc/pve/firewall/950.fw',
      Match.stringLike('*policy_in: REJECT\npolicy_out: DROP\n*'),
    );
  });

  it('with one origin: who clones takes back an archive of lower layers, and the other way round', () => {
    const host = new SmallHost();
    const base = host.template('base', { vmid: 900 });
    const cloned = new Profile(host.ai, 'cloned', { cloneFrom: base });
    host.container('a', { vmid: 950, from: host.archive, profiles: [cloned] });
    const profile = new Profile(host.ai, 'archive', { from: host.archive });
    host.container('b', { vmid: 951, profiles: [profile], cloneFrom: base });
    const synth = host.synth();
    synth.hasStep('guest/950/create', { source: { from: 'archive' } });
    synth.hasStep('guest/951/create', { source: { from: 'clone', vmid: 900 } });
  });
});

describe('a profile', () => {
  it('is checked where it is written, and named as what it is', () => {
    const host = new SmallHost();
    expect(problemsOf(() => new Profile(host.ai, 'big', { cores: 0 }))).toMatchObject([
      { code: 'config/wrong-value', path: 'ai/big' },
    ]);
  });

  it('for Docker brings features, its settings and, unless there is no need, Docker itself', () => {
    const host = new SmallHost();
    const rootfs = { storage: host.disks, size: '4GiB' } as const;
    host.container('a', { vmid: 950, rootfs, profiles: [new DockerProfile(host.ai, 'docker')] });
    host.container('b', {
      vmid: 951,
      rootfs,
      profiles: [new DockerProfile(host.ai, 'bare', { install: false, logMaxSize: '1m' })],
    });
    const synth = host.synth().stack('ai');
    synth.hasGuestConfig(950, { features: 'keyctl=1,nesting=1' });
    synth.hasStep('guest/950/script/01-docker');
    synth.lacksStep('guest/951/script/01-docker');
    expect(JSON.parse(synth.file('guests/951/root/etc/docker/daemon.json'))['log-opts']['max-size']).toBe('1m');
  });

  it('for cards says how they are used, and not which', () => {
    const host = new SmallHost();
    host.container('a', { vmid: 950, profiles: [new GpuProfile(host.ai, 'gpu')], gpus: [host.pve.gpu(0)] });
    host.container('b', { vmid: 951, profiles: [new GpuProfile(host.ai, 'none', { tags: [] })] });
    const synth = host.synth();
    synth.hasGuestConfig(950, { tags: 'gpu', dev0: '/dev/nvidia0,mode=0666' });
    synth.hasGuestConfig(951, { tags: Match.absent(), dev0: Match.absent() });
  });
});

it.each<[string, (host: SmallHost) => unknown, string]>([
  [
    'key of a Docker profile',
    ({ ai }) => new DockerProfile(ai, 'x', JSON.parse('{ "instal": true }')),
    'config/unknown-key',
  ],
  ['size of logs', ({ ai }) => new DockerProfile(ai, 'x', { logMaxSize: '10MiB' }), 'config/wrong-value'],
  [
    'key of a GPU profile',
    ({ ai }) => new GpuProfile(ai, 'x', JSON.parse('{ "mod": "shared" }')),
    'config/unknown-key',
  ],
  ['mode of cards', ({ ai }) => new GpuProfile(ai, 'x', JSON.parse('{ "mode": "own" }')), 'config/wrong-value'],
])('an unknown %s is refused where it is written', (_, make, code) => {
  expect(codesOf(() => make(new SmallHost()))).toEqual([code]);
});

it('stack defaults that are wrong are told once, as the defaults of the stack', () => {
  const host = new SmallHost({ stack: { defaults: { cores: 0 } } });
  host.container('a');
  expect(codesOf(() => host.synth())).toEqual(['config/wrong-value']);
});

describe('what a higher layer says of a mount or of the origin of the root disk', () => {
  const twice = (mounts: LxcSharedProps['mounts'], own: LxcSharedProps['mounts']) => {
    const host = new SmallHost();
    const profile = new Profile(host.ai, 'p', { mounts: mounts ?? [] });
    host.container('web', { vmid: 950, profiles: [profile], mounts: own ?? [] });
    return host;
  };

  it('takes back what a lower one said of the other kind', () => {
    const host = new SmallHost();
    const disk = { target: '/m', volume: { storage: host.disks, size: '1GiB' } } as const;
    const profile = new Profile(host.ai, 'p', { mounts: [disk] });
    host.container('web', { vmid: 950, profiles: [profile], mounts: [{ target: '/m', source: '/srv/m' }] });
    host.synth().hasGuestConfig(950, { mp0: '/srv/m,mp=/m' });
  });

  it('keeps the options of the lower one', () => {
    const host = twice([{ target: '/m', source: '/srv/a', readOnly: true }], [{ target: '/m', source: '/srv/b' }]);
    host.synth().hasGuestConfig(950, { mp0: '/srv/b,mp=/m,ro=1' });
  });

  it('is refused where a method says it over a prop', () => {
    const host = new SmallHost();
    host.container('web', { mounts: [{ target: '/m', source: '/srv/a', readOnly: true }] }).mount('/srv/b', '/m');
    expect(codesOf(() => host.synth())).toEqual(['lxc/mount-twice']);
  });

  it('is refused where one layer names two origins', () => {
    const host = new SmallHost();
    const both = { cloneFrom: host.template('base'), from: host.archive };
    expect(codesOf(() => host.container('web', both))).toEqual(['lxc/two-sources']);
  });
});
