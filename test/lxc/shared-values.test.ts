import { describe, expect, it } from 'vitest';
import { Port } from '../../src/firewall/port.js';
import { Script } from '../../src/guest/script.js';
import { unprivilegedOwner } from '../../src/guest/unprivileged-owner.js';
import { Gpu } from '../../src/host/gpu.js';
import { PveNode } from '../../src/host/pve-node.js';
import { Profile } from '../../src/lxc/profile.js';
import { testApp } from '../../src/testing/index.js';
import { codesOf, SmallHost } from '../support/small-host.js';

const digestOf = (inputs: readonly string[] | undefined): unknown => {
  const host = new SmallHost();
  host.container('web', {
    vmid: 950,
    provision: [Script.text('reload', 'systemctl reload nginx\n', inputs === undefined ? {} : { inputs })],
  });
  return host
    .synth()
    .stepsOf('guest/950')
    .filter(({ kind }) => kind === 'guest-run')
    .map((step) => 'digest' in step && step.digest);
};

describe('values that several containers share', () => {
  it('may not say which container it is, in profiles as in stack defaults', () => {
    const host = new SmallHost();
    const profile: object = { vmid: 950, cores: 2 };
    expect(codesOf(() => new Profile(host.ai, 'p', profile))).toEqual(['config/unknown-key']);
    const defaults: object = { hostname: 'same-for-all' };
    const other = new SmallHost({ stack: { defaults } });
    other.container('web', { vmid: 950 });
    expect(codesOf(() => other.synth())).toEqual(['config/unknown-key']);
  });

  it('run a script once that a profile and the container both name', () => {
    const host = new SmallHost();
    const setup = (): Script => Script.text('setup', 'true\n');
    const profile = new Profile(host.ai, 'p', { provision: [setup()] });
    host.container('web', { vmid: 950, profiles: [profile], provision: [setup()] });
    const runs = host
      .synth()
      .stepsOf('guest/950')
      .filter(({ id }) => id.includes('/script/'));
    expect(runs).toHaveLength(1);
  });
});

describe('a script', () => {
  it('runs again when something changes that it says it depends on, and only then', () => {
    expect(digestOf(['site A'])).toEqual(digestOf(['site A']));
    expect(digestOf(['site A'])).not.toEqual(digestOf(['site B']));
    expect(digestOf(undefined)).toEqual(digestOf([]));
  });
});

describe('connections', () => {
  it('open the port that a container says it serves', () => {
    const host = new SmallHost();
    const web = host.container('web', { vmid: 950, network: host.lan, firewall: {} });
    const client = host.container('client', { vmid: 951, network: host.lan });
    web.exposePort(Port.tcp(6333));
    web.connections.allowDefaultPortFrom(client);
    expect(host.synth().file('stacks/ai/root/etc/pve/firewall/950.fw')).toContain('-dport 6333');
  });

  it('cannot name a container whose address nobody knows', () => {
    const host = new SmallHost();
    const web = host.container('web', { vmid: 950, network: host.lan, firewall: {} });
    const client = host.container('client', { vmid: 951, network: host.lan, address: 'dhcp' });
    web.connections.allowFrom(client, Port.tcp(80));
    expect(codesOf(() => host.synth())).toEqual(['firewall/no-address']);
  });
});

describe('limits of Proxmox', () => {
  it('hold for the number of mounts', () => {
    const host = new SmallHost();
    const mounts = Array.from({ length: 257 }, (_, number) => ({ source: '/srv', target: `/m${number}` }) as const);
    host.container('web', { vmid: 950, mounts });
    expect(codesOf(() => host.synth())).toEqual(['lxc/too-many']);
  });
});

describe('a host', () => {
  it('takes its cards only in the order of their PCI addresses, each once', () => {
    const cards = (...addresses: readonly string[]) => {
      const gpus = addresses.map((pci) => Gpu.rtx4090({ pci }));
      return () => new PveNode(testApp(), 'pve', { address: '10.0.0.1', pveVersion: '9.1', gpus });
    };
    expect(codesOf(cards('0000:01:00.0', '0000:02:00.0'))).toEqual([]);
    expect(codesOf(cards('0000:02:00.0', '0000:01:00.0'))).toEqual(['gpu/order']);
    expect(codesOf(cards('0000:01:00.0', '0000:01:00.0'))).toEqual(['gpu/order']);
  });
});

it('users of unprivileged containers have other numbers on the host', () => {
  expect(unprivilegedOwner(0)).toEqual({ uid: 100_000, gid: 100_000 });
  expect(unprivilegedOwner(990, 44)).toEqual({ uid: 100_990, gid: 100_044 });
});

describe('a container without firewall', () => {
  it('is told that what its connections say has no effect', () => {
    const host = new SmallHost();
    const web = host.container('web', { vmid: 950, network: host.lan });
    web.connections.allowFrom(host.lan, Port.tcp(80));
    const codes = host.app.synthesize().findings.map(({ code, path }) => `${code} ${path}`);
    expect(codes).toContain('firewall/not-filtered ai/web');
  });
});

it('a construct in the place of a value is refused, however much hangs on it', () => {
  const host = new SmallHost();
  const props: object = { vmid: 950, network: [host.lan], memory: 5n };
  expect(codesOf(() => host.container('web', props))).toEqual(['config/wrong-value', 'config/wrong-value']);
});
