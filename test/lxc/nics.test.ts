import { describe, expect, it, test } from 'vitest';
import { nicNumbers } from '../../src/guest/nic-grants.js';
import type { LxcFirstNicProps, LxcNicProps } from '../../src/lxc/nic-props.js';
import type { LxcContainerProps } from '../../src/lxc/props.js';
import { Subnet } from '../../src/network/subnet.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

const mac = 'BC:24:11:00:00:07';

/** Text of a key of the config of one container with these props. */
function key(name: string, props: (host: SmallHost) => LxcContainerProps): unknown {
  const host = new SmallHost();
  host.container('web', { vmid: 950, ...props(host) });
  return host.synth().guestConfig(950)[name];
}

function parts(value: unknown): string[] {
  return String(value).split(',').filter(Boolean).sort();
}

function withNics(...nics: LxcNicProps[]): SmallHost {
  const host = new SmallHost();
  host.container('web', { vmid: 950, nics });
  return host;
}

const optionRows: readonly (readonly [LxcFirstNicProps, string])[] = [
  [{ ip6: 'auto' }, 'ip6=auto'],
  [{ ip6: 'dhcp' }, 'ip6=dhcp'],
  [{ ip6: 'fd00::5/64', gateway6: 'fd00::1' }, 'gw6=fd00::1,ip6=fd00::5/64'],
  [{ ip6: 'fd00::5/64', gateway6: 'fe80::1' }, 'gw6=fe80::1,ip6=fd00::5/64'],
  [{ vlan: 40 }, 'tag=40'],
  [{ trunks: [30, 4, 30] }, 'trunks=4;30'],
  [{ rate: 12.5 }, 'rate=12.5'],
  [{ mtu: 9000 }, 'mtu=9000'],
  [{ firewall: true }, 'firewall=1'],
  [{ linkDown: true }, 'link_down=1'],
  [{ linkDown: false }, 'link_down=0'],
  [{ hostManaged: true }, 'host-managed=1'],
];

describe('an option of a network device', () => {
  it.each(optionRows)('%j of the first device adds %s', (nic, text) => {
    const value = key('net0', ({ lan }) => ({ network: lan, address: 'dhcp', mac, nic }));
    expect(parts(value)).toEqual(parts(`name=eth0,bridge=vmbr0,hwaddr=${mac},ip=dhcp,type=veth,${text}`));
  });

  it.each(optionRows)('%j of another device adds %s', (options, text) => {
    const value = key('net1', () => ({ nics: [{ ...options, name: 'eth1', bridge: 'vmbr1', mac }] }));
    expect(parts(value)).toEqual(parts(`name=eth1,bridge=vmbr1,hwaddr=${mac},type=veth,${text}`));
  });

  it.each<[object]>([
    [{ ip6: '10.0.0.5/24' }],
    [{ ip6: 'fd00::5' }],
    [{ ip6: 'fd00::5/7' }],
    [{ gateway6: '10.0.0.1' }],
    [{ vlan: 0 }],
    [{ vlan: 4095 }],
    [{ trunks: [0] }],
    [{ trunks: '2;3' }],
    [{ rate: 0 }],
    [{ mtu: 63 }],
    [{ mtu: 65_536 }],
    [{ firewall: 1 }],
    [{ name: 'a/b' }],
    [{ name: '..' }],
    [{ name: 'sixteen-letters-' }],
  ])('%j is refused', (options) => {
    const host = new SmallHost();
    expect(codesOf(() => host.container('a', { network: host.lan, nic: options }))).toEqual(['config/wrong-value']);
    expect(codesOf(() => host.container('b', { nics: [{ name: 'eth1', bridge: 'vmbr1', ...options }] }))).toEqual([
      'config/wrong-value',
    ]);
  });
});

describe('a device beside the first', () => {
  it.each<[Partial<LxcNicProps>, string]>([
    [{}, ''],
    [{ address: 'dhcp' }, 'ip=dhcp'],
    [{ address: 'manual' }, 'ip=manual'],
    [{ address: '10.9.0.5/16' }, 'ip=10.9.0.5/16'],
    [{ address: '10.9.0.5/16', gateway: '10.9.0.1' }, 'gw=10.9.0.1,ip=10.9.0.5/16'],
  ])('on a bridge with %j has %j', (props, text) => {
    const value = key('net1', () => ({ nics: [{ name: 'eth1', bridge: 'br-lan', mac, ...props }] }));
    expect(parts(value)).toEqual(parts(`name=eth1,bridge=br-lan,hwaddr=${mac},type=veth,${text}`));
  });

  it.each<[object]>([
    [{ bridge: 'vm br' }],
    [{ bridge: '' }],
    [{ bridge: 'vmbr1', address: '10.0.0.300/24' }],
    [{ bridge: 'vmbr1', address: '10.0.0.3/4' }],
    [{ bridge: 'vmbr1', address: 'auto' }],
    [{ bridge: 'vmbr1', gateway: 'fd00::1' }],
    [{ bridge: 'vmbr1', mac: '01:00:5E:00:00:01' }],
  ])('%j is refused', (props) => {
    expect(codesOf(() => withNics({ name: 'eth1', ...props }))).toEqual(['config/wrong-value']);
  });

  it('on a network gets a free address and hardware address, pinned under a path of its own', () => {
    const host = new SmallHost();
    const storage = new Subnet(host.pve, 'storage', { cidr: '10.7.0.0/24', bridge: 'vmbr7', vlan: 7 });
    host.container('web', { vmid: 950, network: host.lan, nics: [{ name: 'eth1', network: storage }] });
    const synth = host.synth();
    const { net0, net1 } = synth.guestConfig(950);
    expect(net1).toMatch(/^name=eth1,bridge=vmbr7,hwaddr=BC:24:11:[0-9A-F:]{8},ip=10\.7\.0\.\d+\/24,tag=7,type=veth$/);
    expect(net0).not.toContain(/hwaddr=([^,]+)/.exec(String(net1))?.[1]);
  });

  it('takes an address that no other guest may have', () => {
    const host = new SmallHost();
    host.container('web', { nics: [{ name: 'eth1', network: host.lan, address: '10.0.0.7' }] });
    host.container('db', { network: host.lan, address: '10.0.0.7' });
    expect(problemsOf(() => host.synth())).toMatchObject([{ code: 'address/taken-twice', path: 'ai/web//eth1' }]);
  });

  it('has an address of its network', () => {
    const host = withNics();
    host.container('db', { nics: [{ name: 'eth1', network: host.lan, address: '10.1.0.7' }] });
    expect(codesOf(() => host.synth())).toEqual(['address/outside']);
  });

  it('is merged with that of the same name in a lower layer', () => {
    const host = new SmallHost({ stack: { defaults: { nics: [{ name: 'eth1', bridge: 'vmbr1', mtu: 9000 }] } } });
    host.container('web', { vmid: 950, nics: [{ name: 'eth1', mac, address: '10.1.0.7/24' }] });
    expect(host.synth().guestConfig(950)['net1']).toBe(
      `name=eth1,bridge=vmbr1,hwaddr=${mac},ip=10.1.0.7/24,mtu=9000,type=veth`,
    );
  });

  it("is filtered by the container's firewall unless it says otherwise", () => {
    const host = new SmallHost();
    const nics = [
      { name: 'eth1', bridge: 'vmbr1' },
      { name: 'eth2', bridge: 'vmbr1', firewall: false },
    ];
    host.container('web', { vmid: 950, firewall: {}, nics });
    const { net1, net2 } = host.synth().guestConfig(950);
    expect(net1).toContain('firewall=1');
    expect(net2).not.toContain('firewall');
  });

  it('of another host is refused', () => {
    const host = new SmallHost();
    const other = new SmallHost();
    const lan = new Subnet(other.pve, 'far', { cidr: '10.8.0.0/24', bridge: 'vmbr0' });
    Object.defineProperty(other.pve.node, 'path', { value: 'pve2' });
    expect(codesOf(() => host.container('web', { nics: [{ name: 'eth1', network: lan }] }))).toEqual([
      'scope/other-host',
    ]);
  });
});

describe('the number of a device', () => {
  it.each<[string[], boolean, number[]]>([
    [['eth1', 'eth2'], true, [1, 2]],
    [['eth2'], true, [2]],
    [['eth0', 'eth1'], false, [0, 1]],
    [['lan', 'eth1', 'wan'], true, [2, 1, 3]],
    [['lan', 'wan'], false, [1, 2]],
    [['eth31', 'eth32', 'eth01'], true, [31, 1, 2]],
  ])('%j beside a first one (%s) are %j', (names, hasFirst, numbers) => {
    expect(nicNumbers(names, hasFirst)).toEqual(numbers);
  });

  it('does not change when another device goes', () => {
    const number = (names: string[]) => nicNumbers(names, true)[names.indexOf('eth3')];
    expect(number(['eth1', 'eth2', 'eth3'])).toBe(number(['eth2', 'eth3']));
  });
});

describe('network devices that do not go together', () => {
  const bridge = 'vmbr1';
  it.each<[string, string, LxcNicProps[]]>([
    ['nic/attachment', 'neither network nor bridge', [{ name: 'eth1' }]],
    ['nic/address', 'no prefix on a bridge', [{ name: 'eth1', bridge, address: '10.0.0.5' }]],
    ['nic/gateway-alone', 'a router and no address', [{ name: 'eth1', bridge, gateway: '10.0.0.1' }]],
    ['nic/gateway-alone', 'a router beside dhcp', [{ name: 'eth1', bridge, address: 'dhcp', gateway: '10.0.0.1' }]],
    ['nic/gateway-alone', 'an IPv6 router and no address', [{ name: 'eth1', bridge, gateway6: 'fd00::1' }]],
    ['nic/host-managed', 'advertisements', [{ name: 'eth1', bridge, ip6: 'auto', hostManaged: true }]],
    ['lxc/too-many', '33', Array.from({ length: 33 }, (_, index) => ({ name: `eth${index}`, bridge }))],
  ])('are refused: %s, %s', (code, _what, nics) => {
    const host = withNics(...nics);
    expect(codesOf(() => host.synth())).toEqual([code]);
  });

  it('are refused: two of one name, in one layer or beside the first', () => {
    const host = withNics({ name: 'eth1', bridge, mac }, { name: 'eth1', bridge, mac });
    host.container('db', { network: host.lan, nics: [{ name: 'eth0', bridge }] });
    expect(codesOf(() => host.synth())).toEqual(['nic/name-twice', 'nic/name-twice']);
  });

  it('are refused: a network with an address that has a prefix, a network and a bridge, more of a device that is not there', () => {
    const host = new SmallHost();
    host.container('a', { nics: [{ name: 'eth1', network: host.lan, address: '10.0.0.5/24' }] });
    host.container('b', { nics: [{ name: 'eth1', network: host.lan, bridge }] });
    host.container('c', { nic: { mtu: 9000 } });
    expect(codesOf(() => host.synth())).toEqual(['nic/address', 'nic/attachment', 'nic/attachment']);
  });

  it('may be called eth0 where there is no first device', () => {
    const host = withNics({ name: 'eth0', bridge, mac });
    expect(host.synth().guestConfig(950)['net0']).toBe(`name=eth0,bridge=${bridge},hwaddr=${mac},type=veth`);
  });
});

test('a router outside of its network is warned of, where it is not plainly meant', () => {
  const host = new SmallHost();
  const nic = (id: string, props: Partial<LxcNicProps>) =>
    host.container(id, { nics: [{ name: 'eth1', bridge: 'vmbr1', ...props }] });
  nic('wrong', { address: '10.1.0.5/24', gateway: '10.2.0.1' });
  nic('wrong6', { address: '10.1.0.6/24', ip6: 'fd00::5/64', gateway6: 'fd01::1' });
  nic('right', { address: '10.1.0.7/16', gateway: '10.1.9.1', ip6: 'fd00::5/64', gateway6: 'fd00::1' });
  nic('meant', { address: '10.1.0.8/32', gateway: '10.2.0.1', ip6: 'fd00::5/64', gateway6: 'fe80::1' });
  const { findings } = host.synth();
  findings.hasWarning('nic/gateway-outside', 'ai/wrong');
  findings.hasWarning('nic/gateway-outside', 'ai/wrong6');
  findings.lacks('nic/gateway-outside', 'ai/right');
  findings.lacks('nic/gateway-outside', 'ai/meant');
});

test('two routers are warned of', () => {
  const host = new SmallHost();
  const nic = { name: 'eth1', bridge: 'vmbr1', gateway: '10.1.0.1' } as const;
  host.container('two', { network: host.lan, nics: [{ ...nic, address: '10.1.0.5/24' }] });
  host.container('one', { nics: [{ ...nic, address: '10.1.0.6/24' }] });
  const { findings } = host.synth();
  findings.hasWarning('nic/two-gateways', 'ai/two');
  findings.lacks('nic/two-gateways', 'ai/one');
});
