import { describe, expect, it, test } from 'vitest';
import { canonicalInterfacesFile } from '../../src/format/interfaces-canonical.js';
import { Bond, type BondProps } from '../../src/network/bond.js';
import { Bridge, type BridgeProps } from '../../src/network/bridge.js';
import { Subnet } from '../../src/network/subnet.js';
import { Vlan, type VlanProps } from '../../src/network/vlan.js';
import { codesOf, SmallHost } from '../support/small-host.js';

/** Entries as they will stand in the file. */
function entries(host: SmallHost): string {
  const found = [...host.synth().files].find(([path]) => path.endsWith('/network/interfaces'));
  return found?.[1] ?? '';
}

describe('the interfaces of a host', () => {
  it('stand in the file as Proxmox itself would write them', () => {
    const host = new SmallHost();
    const bond = new Bond(host.pve, 'bond0', {
      slaves: ['eno2', 'eno1'],
      mode: '802.3ad',
      xmitHashPolicy: 'layer3+4',
      lacpRate: 'fast',
      mtu: 9000,
    });
    const inside = new Bridge(host.pve, 'vmbr1', { ports: [bond], vlanAware: true, vids: '2-99 110', mtu: 9000 });
    new Vlan(host.pve, 'guests', { device: inside, tag: 20, address: '10.20.0.1/24', ip6: 'fd00:20::1/64' });
    new Vlan(host.pve, 'vlan30', { name: 'vlan30', device: bond, tag: 30 });
    new Bridge(host.pve, 'vmbr2', { address: '10.30.0.1/24', stp: true, forwardDelay: 4, comment: 'inner\nones' });
    const text = entries(host);
    expect(text).toBe(`auto bond0
iface bond0 inet manual
	bond-slaves eno1 eno2
	bond-miimon 100
	bond-mode 802.3ad
	bond-xmit-hash-policy layer3+4
	mtu 9000
	bond-lacp-rate fast

auto vmbr1
iface vmbr1 inet manual
	bridge-ports bond0
	bridge-stp off
	bridge-fd 0
	bridge-vlan-aware yes
	bridge-vids 2-99 110
	mtu 9000

auto vmbr2
iface vmbr2 inet static
	address 10.30.0.1/24
	bridge-ports none
	bridge-stp on
	bridge-fd 4
#inner
#ones

auto vlan30
iface vlan30 inet manual
	vlan-raw-device bond0

auto vmbr1.20
iface vmbr1.20 inet static
	address 10.20.0.1/24

iface vmbr1.20 inet6 static
	address fd00:20::1/64

`);
    const cards = 'iface eno1 inet manual\n\niface eno2 inet manual\n\n';
    const whole = canonicalInterfacesFile(`auto lo\niface lo inet loopback\n\n${cards}${text}`);
    for (const stanza of text.split('\n\n').filter((it) => it !== '')) {
      expect(whole).toContain(stanza);
    }
  });

  it('are one step, in the stack that all of them are in', () => {
    const host = new SmallHost();
    const bridge = new Bridge(host.base, 'vmbr1', { ports: ['eno2'], mtu: 9000 });
    new Vlan(host.base, 'v', { device: bridge, tag: 5 });
    const { steps, files } = host.synth();
    expect(steps.filter(({ kind }) => kind === 'network')).toMatchObject([
      { cards: [{ name: 'eno2', autostart: false, mtu: 9000 }], management: '10.0.0.13' },
    ]);
    expect(steps.find(({ id }) => id === 'bridge/vmbr1/up')?.needs).toEqual(['network/interfaces/entries']);
    expect([...files.keys()]).toContain('stacks/base/network/interfaces');
  });

  it("come before the guests on them; imported ones have to be there; others are nobody's business", () => {
    const host = new SmallHost();
    const inner = new Bridge(host.pve, 'vmbr1', { address: '10.1.0.1/24' });
    const outer = Bridge.fromName(host.pve, 'vmbr0');
    const network = new Subnet(host.pve, 'inner', { cidr: '10.1.0.0/24', bridge: inner });
    host.container('a', {
      vmid: 950,
      network,
      nics: [
        { name: 'eth1', bridge: outer },
        { name: 'eth2', bridge: 'vmbr7' },
      ],
    });
    const { steps } = host.synth();
    const needs = steps.find(({ id }) => id === 'guest/950/create')?.needs ?? [];
    expect(needs.filter((need) => need.startsWith('bridge/'))).toEqual(['bridge/vmbr0/up', 'bridge/vmbr1/up']);
    expect(steps.find(({ id }) => id === 'bridge/vmbr0/up')).toMatchObject({ needs: [], commands: [] });
  });
});

describe('props of interfaces', () => {
  test.each<[string, BridgeProps, string]>([
    ['an address without prefix', { address: '10.0.0.1' as '10.0.0.1/8' }, 'network/address'],
    ['the address of a network', { address: '10.0.0.0/24' }, 'network/address'],
    ['an IPv6 address for IPv4', { address: 'fd00::1/64' as '10.0.0.1/8' }, 'network/address'],
    ['a router elsewhere', { address: '10.0.0.2/24', gateway: '10.1.0.1' }, 'network/gateway'],
    ['a router alone', { gateway: '10.1.0.1' }, 'network/gateway'],
    ['the name of a card', { name: 'eno1' }, 'network/name'],
    ['the name of a bond', { name: 'bond1' }, 'network/name'],
    ['a name with a dash', { name: 'vm-br' }, 'network/name'],
    ['a name of 16 characters', { name: 'a234567890123456' }, 'network/name'],
    ['VLANs without being told apart', { vids: '2-4' }, 'network/vids'],
    ['VLAN 1', { vlanAware: true, vids: '1-4' }, 'network/vids'],
    ['VLANs the wrong way round', { vlanAware: true, vids: '9-4' }, 'network/vids'],
    ["a delay below the protocol's", { stp: true, forwardDelay: 1 }, 'network/forward-delay'],
    ['a packet below 1280', { mtu: 576 }, 'config/wrong-value'],
    ['a line of two', { options: ['up a\nup b'] }, 'config/wrong-value'],
  ])('a bridge is refused with %s', (_, props, code) => {
    expect(codesOf(() => new Bridge(new SmallHost().pve, 'vmbr1', props))).toEqual([code]);
  });

  test.each<[string, Partial<BondProps>, string]>([
    ['no card', { slaves: [] }, 'network/slaves'],
    ['one card twice', { slaves: ['eno1', 'eno1'] }, 'network/slaves'],
    ['another name', { name: 'team0' }, 'network/name'],
    ['a rate that its mode has not', { lacpRate: 'fast' }, 'network/bond-option'],
    ['a hash policy that its mode has not', { xmitHashPolicy: 'layer2' }, 'network/bond-option'],
    ['a primary that is no slave', { primary: 'eno9' }, 'network/primary'],
    ['a primary in another mode', { mode: 'balance-rr', primary: 'eno1' }, 'network/bond-option'],
  ])('a bond is refused with %s', (_, props, code) => {
    const given: BondProps = { slaves: ['eno1'], mode: 'active-backup', ...props };
    expect(codesOf(() => new Bond(new SmallHost().pve, 'bond0', given))).toEqual([code]);
  });

  test.each<[string, VlanProps]>([
    ['the tag of another', { name: 'vmbr0.21', device: 'vmbr0', tag: 20 }],
    ['the device of another', { name: 'vmbr1.20', device: 'vmbr0', tag: 20 }],
    ['another number', { name: 'vlan21', device: 'vmbr0', tag: 20 }],
    ['more than 15 characters', { device: 'enxaabbccddeeff', tag: 20 }],
  ])('a VLAN is refused by a name with %s', (_, props) => {
    expect(codesOf(() => new Vlan(new SmallHost().pve, 'v', props))).toEqual(['network/name']);
  });
});

describe('what does not go together on a host', () => {
  test.each<[string, (host: SmallHost) => unknown, string]>([
    [
      'a port of two bridges',
      ({ pve }) => [new Bridge(pve, 'vmbr1', { ports: ['eno2'] }), new Bridge(pve, 'vmbr2', { ports: ['eno2'] })],
      'network/port-twice',
    ],
    [
      'a slave of two bonds',
      ({ pve }) => ['bond0', 'bond1'].map((id) => new Bond(pve, id, { slaves: ['eno2'], mode: 'balance-rr' })),
      'network/port-twice',
    ],
    [
      'an address on a port',
      ({ pve }) => {
        const bond = new Bond(pve, 'bond0', { slaves: ['eno2'], mode: 'balance-rr', address: '10.7.0.1/24' });
        return new Bridge(pve, 'vmbr1', { ports: [bond] });
      },
      'network/port-address',
    ],
    [
      'two default routes',
      ({ pve }) => [
        new Bridge(pve, 'vmbr1', { address: '10.7.0.2/24', gateway: '10.7.0.1' }),
        new Bridge(pve, 'vmbr2', { address: '10.8.0.2/24', gateway: '10.8.0.1' }),
      ],
      'network/two-gateways',
    ],
    [
      'packets that what is below does not pass',
      ({ pve }) => new Vlan(pve, 'v', { device: new Bridge(pve, 'vmbr1', {}), tag: 3, mtu: 9000 }),
      'network/mtu',
    ],
    [
      'trunks on a bridge without VLANs',
      (host) =>
        host.container('a', { nics: [{ name: 'e', bridge: new Bridge(host.pve, 'vmbr1', {}), trunks: [3, 4] }] }),
      'nic/trunks',
    ],
    [
      'a VLAN on a bridge without VLANs and ports',
      (host) => host.container('a', { nics: [{ name: 'e', bridge: new Bridge(host.pve, 'vmbr1', {}), vlan: 3 }] }),
      'nic/vlan-nowhere',
    ],
    [
      'packets that the bridge does not pass',
      (host) => host.container('a', { nics: [{ name: 'e', bridge: new Bridge(host.pve, 'vmbr1', {}), mtu: 9000 }] }),
      'nic/mtu',
    ],
  ])('%s is refused', (_, make, code) => {
    const host = new SmallHost();
    make(host);
    expect(codesOf(() => host.synth())).toEqual([code]);
  });

  it('networks that share addresses are told of, unless they are one', () => {
    const host = new SmallHost();
    const inner = new Bridge(host.pve, 'vmbr1', { address: '10.1.0.1/16' });
    new Subnet(host.pve, 'same', { cidr: '10.1.0.0/24', bridge: inner });
    new Subnet(host.pve, 'other', { cidr: '10.1.5.0/24', bridge: inner, vlan: 5 });
    const found = host.app.synthesize().findings.filter(({ code }) => code === 'network/overlap');
    expect(found.map(({ path }) => path)).toEqual(['pve/other']);
  });

  it('a VLAN on a bridge without them is tagged on its port, as Proxmox does', () => {
    const host = new SmallHost();
    const bridge = new Bridge(host.pve, 'vmbr1', { ports: ['eno2'] });
    host.container('a', { nics: [{ name: 'eth0', bridge, vlan: 3 }] });
    expect(codesOf(() => host.synth())).toEqual([]);
  });
});
