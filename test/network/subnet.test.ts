import { describe, expect, it } from 'vitest';
import { Subnet, type SubnetProps } from '../../src/network/subnet.js';
import { Match } from '../../src/testing/index.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

const plain = { cidr: '10.1.0.0/16', bridge: 'vmbr1' } as const;

describe('a network', () => {
  it('counts its addresses from its own beginning', () => {
    const lan = new Subnet(new SmallHost().pve, 'x', plain);
    expect([lan.ip(1), lan.ip(256), lan.networkText]).toEqual(['10.1.0.1', '10.1.1.0', '10.1.0.0/16']);
    expect(codesOf(() => lan.ip(65_536))).toEqual(['address/outside']);
  });

  it('gives bridge, VLAN, router, prefix and name servers to its guests', () => {
    const host = new SmallHost();
    const network = new Subnet(host.pve, 'x', {
      ...plain,
      gateway: '10.1.0.1',
      vlan: 7,
      dns: ['10.1.0.2', 'fd00::53'],
    });
    host.container('a', { vmid: 950, network, address: '10.1.2.3' });
    host.container('b', { vmid: 951, network, address: '10.1.2.4', nameservers: ['9.9.9.9'] });
    const synth = host.synth();
    synth.hasGuestConfig(950, {
      net0: Match.stringLike('name=eth0,bridge=vmbr1,gw=10.1.0.1,hwaddr=*,ip=10.1.2.3/16,tag=7,type=veth'),
      nameserver: '10.1.0.2 fd00::53',
    });
    synth.hasGuestConfig(951, { nameserver: '9.9.9.9' });
  });

  it('shares its addresses with whoever is on its bridge and VLAN', () => {
    const host = new SmallHost();
    const network = new Subnet(host.pve, 'x', { ...plain, vlan: 7, range: { from: 10, to: 11 } });
    const nics = (vlan: number) => [{ name: 'eth0', bridge: 'vmbr1', vlan, address: '10.1.0.10/16' } as const];
    host.container('a', { vmid: 950, nics: nics(7) });
    host.container('b', { vmid: 951, network });
    host.container('c', { vmid: 952, nics: nics(8) });
    expect(host.synth().pinned.get('address 10.1.0.0/16 ai/b')).toBe('10.1.0.11');
  });

  it('does not give an address to a guest that another one on its bridge has', () => {
    const host = new SmallHost();
    const network = new Subnet(host.pve, 'x', plain);
    host.container('a', { vmid: 950, network, address: '10.1.0.10' });
    host.container('b', { vmid: 951, nics: [{ name: 'eth0', bridge: 'vmbr1', address: '10.1.0.10/16' }] });
    expect(codesOf(() => host.synth())).toEqual(['address/taken-twice']);
  });

  it('may have a guest on its bridge as its router', () => {
    const host = new SmallHost();
    const network = new Subnet(host.pve, 'x', { ...plain, gateway: '10.1.0.1' });
    host.container('router', { vmid: 950, nics: [{ name: 'eth0', bridge: 'vmbr1', address: '10.1.0.1/16' }] });
    host.container('b', { vmid: 951, network });
    expect(codesOf(() => host.synth())).toEqual([]);
  });

  it('is refused where another one has a part of its addresses on its bridge and VLAN', () => {
    const host = new SmallHost();
    new Subnet(host.pve, 'x', plain);
    new Subnet(host.pve, 'y', { ...plain, cidr: '10.1.4.0/24' });
    new Subnet(host.pve, 'same', plain);
    new Subnet(host.pve, 'elsewhere', { ...plain, cidr: '10.1.5.0/24', vlan: 5 });
    host.container('a', { vmid: 950, network: host.lan });
    expect(problemsOf(() => host.synth()).map(({ code, path }) => [code, path])).toEqual([
      ['network/overlap', 'pve/same'],
      ['network/overlap', 'pve/y'],
    ]);
  });

  it('that is small gives out all its addresses but the first', () => {
    const host = new SmallHost();
    const network = new Subnet(host.pve, 'x', { cidr: '10.1.0.0/29', bridge: 'vmbr1' });
    for (const id of ['a', 'b', 'c', 'd', 'e']) host.container(id, { network });
    const { pinned } = host.synth();
    const given = [...pinned].filter(([key]) => key.startsWith('address ')).map(([, value]) => value);
    expect(given.sort()).toEqual(['10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5', '10.1.0.6']);
  });

  it('gives out addresses of its range, and never those of router and name servers', () => {
    const host = new SmallHost();
    const network = new Subnet(host.pve, 'x', {
      ...plain,
      gateway: '10.1.0.10',
      dns: ['10.1.0.13'],
      range: { from: 10, to: 13 },
    });
    host.container('a', { vmid: 950, network });
    host.container('b', { vmid: 951, network });
    const { pinned } = host.synth();
    const given = ['a', 'b'].map((id) => pinned.get(`address 10.1.0.0/16 ai/${id}`));
    expect(given.sort()).toEqual(['10.1.0.11', '10.1.0.12']);
  });

  it.each<[Partial<Record<keyof SubnetProps, unknown>>, string]>([
    [{ cidr: '10.1.0.0' }, 'network/cidr'],
    [{ cidr: '10.1.0.0/31' }, 'network/cidr'],
    [{ cidr: '10.0.0.0/7' }, 'network/cidr'],
    [{ cidr: 'fd00::/16' }, 'network/cidr'],
    [{ cidr: undefined }, 'config/missing'],
    [{ gateway: '10.2.0.1' }, 'network/gateway'],
    [{ gateway: '10.1.255.255' }, 'network/gateway'],
    [{ range: { from: 1.5, to: 9 } }, 'config/wrong-value'],
    [JSON.parse('{ "vlna": 7 }'), 'config/unknown-key'],
    [{ gateway: 'router' }, 'network/gateway'],
    [{ bridge: 'vmbr-1' }, 'network/bridge'],
    [{ bridge: 'a'.repeat(16) }, 'network/bridge'],
    [{ range: { from: 0, to: 9 } }, 'network/range'],
    [{ range: { from: 9, to: 8 } }, 'network/range'],
    [{ range: { from: 1, to: 65_535 } }, 'network/range'],
    [{ vlan: 0 }, 'network/vlan'],
    [{ vlan: 4095 }, 'network/vlan'],
    [{ dns: ['dns.test'] }, 'network/dns'],
  ])('is refused: %j, %s', (props, code) => {
    const given: object = { ...plain, ...props };
    expect(codesOf(() => new Subnet(new SmallHost().pve, 'x', given as SubnetProps))).toEqual([code]);
  });

  it('tells all that is wrong with it at once', () => {
    const given: object = { cidr: 'x', bridge: '', vlan: 0 };
    expect(codesOf(() => new Subnet(new SmallHost().pve, 'x', given as SubnetProps))).toEqual([
      'network/cidr',
      'network/bridge',
      'network/vlan',
    ]);
  });
});
