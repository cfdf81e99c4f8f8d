import { describe, expect, it } from 'vitest';
import { Port } from '../../src/firewall/port.js';
import type { GuestFirewallProps } from '../../src/firewall/props.js';
import { parseFirewall, renderFirewall } from '../../src/format/firewall-file.js';
import type { LxcContainer } from '../../src/lxc/lxc-container.js';
import { Match } from '../../src/testing/index.js';
import { codesOf, SmallHost } from '../support/small-host.js';
import { VmHost } from '../vm/small-vm.js';

const file = (vmid: number) => `stacks/ai/root/etc/pve/firewall/${vmid}.fw`;

/** Two containers in one network, at .50 and .51. */
function pair(web: GuestFirewallProps | undefined, db: GuestFirewallProps | undefined) {
  const host = new SmallHost();
  const make = (id: string, number: 50 | 51, firewall: GuestFirewallProps | undefined): LxcContainer =>
    host.container(id, {
      vmid: 900 + number,
      network: host.lan,
      address: `10.0.0.${number}`,
      ...(firewall === undefined ? {} : { firewall }),
    });
  return { host, web: make('web', 50, web), db: make('db', 51, db) };
}

/** The lines of rules in a guest's file. */
function rules(host: SmallHost, vmid: number): string[] {
  return host
    .synth()
    .file(file(vmid))
    .split('\n')
    .filter((line) => /^(IN|OUT) /.test(line));
}

const closed = { outbound: 'DROP' } as const;

describe('a permission between two guests', () => {
  it('becomes a rule at both ends, named after the other one and the reason', () => {
    const { host, web, db } = pair(closed, closed);
    web.connections.allowTo(db, Port.tcp(5432), 'queries');
    expect(rules(host, 950)).toEqual(['OUT ACCEPT -dest 10.0.0.51 -p tcp -dport 5432 # ai/db: queries']);
    expect(rules(host, 951)).toEqual(['IN ACCEPT -source 10.0.0.50 -p tcp -dport 5432 # ai/web: queries']);
  });

  it('is the same said from the other end', () => {
    const there = pair(closed, closed);
    there.web.connections.allowTo(there.db, Port.tcp(5432));
    const back = pair(closed, closed);
    back.db.connections.allowFrom(back.web, Port.tcp(5432));
    expect(back.host.synth().file(file(950))).toBe(there.host.synth().file(file(950)));
    expect(back.host.synth().file(file(951))).toBe(there.host.synth().file(file(951)));
  });

  it('is one rule however often it is given, with every reason once', () => {
    const { host, web, db } = pair(closed, closed);
    db.connections.allowFrom(web, Port.tcp(5432), 'reads');
    web.connections.allowTo(db, Port.tcp(5432), 'writes');
    web.connections.allowTo(db, Port.tcp(5432), 'reads');
    expect(rules(host, 951)).toEqual([
      'IN ACCEPT -source 10.0.0.50 -p tcp -dport 5432 # ai/web: reads; ai/web: writes',
    ]);
  });

  it('needs no rule where the policy lets everything through, and no file where there is no firewall', () => {
    const { host, web, db } = pair({}, undefined);
    web.connections.allowTo(db, Port.tcp(5432));
    expect(rules(host, 950)).toEqual([]);
    host.synth().lacksFile(file(951));
    host.synth().lacksStep('guest/951/firewall');
  });

  it('to a guest without a fixed address is refused', () => {
    const { host, web } = pair(closed, undefined);
    const other = host.container('other', { network: host.lan, address: 'dhcp' });
    web.connections.allowTo(other, Port.tcp(80));
    expect(codesOf(() => host.synth())).toEqual(['firewall/no-address']);
  });
});

describe('the rules of connections', () => {
  it('stand in one order, however they were given: direction, port, address', () => {
    const order = (reverse: boolean) => {
      const { host, web, db } = pair(closed, closed);
      const give = [
        () => web.connections.allowFrom(host.lan, Port.tcp(443)),
        () => web.connections.allowFrom(host.pve, Port.tcp(80)),
        () => web.connections.allowFrom(db, Port.tcp(80)),
        () => web.connections.allowFrom(host.lan, Port.icmp()),
        () => web.connections.allowTo(host.lan, Port.udp(53)),
        () => web.connections.allowFrom(host.lan, Port.tcpRange(8000, 8010)),
      ];
      (reverse ? give.reverse() : give).forEach((one) => one());
      return rules(host, 950);
    };
    expect(order(false)).toEqual([
      'IN ACCEPT -source 10.0.0.0/24 -p icmp # pve/lan',
      'IN ACCEPT -source 10.0.0.13 -p tcp -dport 80 # pve',
      'IN ACCEPT -source 10.0.0.51 -p tcp -dport 80 # ai/db',
      'IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 443 # pve/lan',
      'IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 8000:8010 # pve/lan',
      'OUT ACCEPT -dest 10.0.0.0/24 -p udp -dport 53 # pve/lan',
    ]);
    expect(order(true)).toEqual(order(false));
  });

  it('stand behind the own rules, which keep their order', () => {
    const own = [
      { action: 'REJECT', source: '10.0.0.9', comment: 'not this one' },
      { protocol: 'tcp', ports: '80,443', log: 'info' },
    ] as const;
    const { host, web } = pair({ rules: own }, undefined);
    web.connections.allowFrom(host.lan, Port.tcp(8080));
    expect(rules(host, 950)).toEqual([
      'IN REJECT -source 10.0.0.9 # not this one',
      'IN ACCEPT -p tcp -dport 80,443 -log info',
      'IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 8080 # pve/lan',
    ]);
  });

  it('are none where an own rule lets the same in', () => {
    const { host, web } = pair({ rules: [{ protocol: 'tcp', ports: '80,443' }] }, undefined);
    web.connections.allowFrom(host.lan, Port.tcp(80));
    expect(rules(host, 950)).toEqual(['IN ACCEPT -p tcp -dport 80,443']);
  });

  it('stand beside an own rule for a protocol that Proxmox does not know', () => {
    const { host, web } = pair({ rules: [{ protocol: 'foo' }, { protocol: 'TCP', ports: '80' }] }, undefined);
    web.connections.allowFrom(host.lan, Port.tcp(80));
    web.connections.allowFrom(host.lan, Port.protocol('ESP'));
    expect(rules(host, 950)).toEqual([
      'IN ACCEPT -p foo',
      'IN ACCEPT -p tcp -dport 80',
      'IN ACCEPT -source 10.0.0.0/24 -p esp # pve/lan',
    ]);
    host.synth().findings.hasWarning('firewall/protocol', 'ai/web');
  });

  it('are none where another one of them lets in the same and more, whose comment says both reasons', () => {
    const { host, web, db } = pair({}, undefined);
    web.connections.allowFrom(host.lan, Port.tcpRange(8000, 8010), 'apps');
    web.connections.allowFrom(db, Port.tcp(8001), 'this one');
    expect(rules(host, 950)).toEqual([
      'IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 8000:8010 # ai/db: this one; pve/lan: apps',
    ]);
  });

  it('may be macros, and are plain where both open the same', () => {
    const { host, web, db } = pair({}, undefined);
    web.connections.allowFrom(db, Port.macro('SSH'));
    web.connections.allowFrom(db, Port.tcp(22), 'plain');
    web.connections.allowFrom(db, Port.macro('DNS'), 'names');
    web.connections.allowFrom(db, Port.tcp(53), 'long names');
    web.connections.allowFrom(db, Port.icmp('echo-request'));
    expect(rules(host, 950)).toEqual([
      'IN ACCEPT -source 10.0.0.51 -p icmp -icmp-type echo-request # ai/db',
      'IN ACCEPT -source 10.0.0.51 -p tcp -dport 22 # ai/db; ai/db: plain',
      'IN DNS(ACCEPT) -source 10.0.0.51 # ai/db: long names; ai/db: names',
    ]);
  });

  it('for the port of a service want a service', () => {
    const { host, web } = pair({}, undefined);
    expect(codesOf(() => web.connections.allowDefaultPortFrom(host.lan))).toEqual(['firewall/no-default-port']);
  });
});

describe('the firewall file of a guest', () => {
  it('is in canonical form, and what is written is what Proxmox reads', () => {
    const own = [
      { protocol: 'icmp', comment: 'ping, 100% # really' },
      { direction: 'OUT', dest: '10.0.0.0/24' },
    ] as const;
    const { host, web } = pair({ ...closed, enabled: false, inbound: 'REJECT', rules: own }, undefined);
    web.connections.allowFrom(host.lan, Port.udpRange(1, 65_535), 'für alle');
    const text = host.synth().file(file(950));
    const read = parseFirewall(text);
    expect(read.oddities).toEqual([]);
    expect(renderFirewall(read, 'guest')).toBe(text);
    expect(read.options).toEqual({ enable: '0', policy_in: 'REJECT', policy_out: 'DROP' });
    expect(read.rules).toHaveLength(3);
  });

  it('is written after the guest is made and before it starts', () => {
    const { host } = pair({}, undefined);
    const synth = host.synth();
    synth.hasStep('guest/950/firewall', { needs: ['guest/950/config'], file: { target: '/etc/pve/firewall/950.fw' } });
    synth.hasStep('guest/950/start', { needs: ['guest/950/firewall'] });
    synth.hasGuestConfig(950, { net0: Match.stringLike('*,firewall=1,*') });
    synth.findings.hasWarning('firewall/datacenter-switch', 'pve');
  });

  it('names sets and groups in lower case wherever they stand, because Proxmox looks for them so', () => {
    const own = {
      ipSets: [{ name: 'Admins', entries: [{ cidr: '10.0.0.7' }] }],
      rules: [{ source: '+guest/Admins', dest: '+sdn/Net-all' }, { group: 'WebSrv' }],
    };
    const text = pair(own, undefined).host.synth().file(file(950));
    expect(text).toContain('[IPSET admins]');
    expect(text).toContain('IN ACCEPT -source +guest/admins -dest +sdn/Net-all\nGROUP websrv\n');
  });

  it('names the protocol of a kind of ICMP message, which Proxmox does not know by its number', () => {
    const { host } = pair({ rules: [{ protocol: '58', icmpType: 'redirect' }, { protocol: '1' }] }, undefined);
    expect(rules(host, 950)).toEqual(['IN ACCEPT -p ipv6-icmp -icmp-type redirect', 'IN ACCEPT -p 1']);
  });

  it.each<[string, NonNullable<GuestFirewallProps['rules']>[number]]>([
    ['ports without a protocol', { ports: '443' }],
    ['a port that is none', { protocol: 'tcp', ports: '70000' }],
    ['a range that runs backwards', { protocol: 'tcp', ports: '90:80' }],
    ['an address that is none', { source: '10.0.0' }],
    ['ports of a protocol that has none', { protocol: 'icmp', ports: '80' }],
  ])('is refused with %s, which Proxmox would keep and not enforce', (_, rule) => {
    const { host } = pair({ rules: [rule] }, undefined);
    expect(codesOf(() => host.synth())).toHaveLength(1);
  });
});

describe('the filter of own addresses', () => {
  const firewall = { ipFilter: true } as const;

  it('lets a machine send from what it was given, which Proxmox does not know', () => {
    const host = new VmHost();
    host.machine('a', { network: host.lan, address: '10.0.0.50', nic: { ip6: 'fd00::5/64' }, firewall });
    host.synth().findings.lacks('firewall/ip-filter');
    expect(host.synth().file(file(950))).toContain('[IPSET ipfilter-net0]\n\n10.0.0.50\nfd00::5\n');
  });

  it('leaves a container to Proxmox, and a set of its own as it is', () => {
    const host = new VmHost();
    host.container('a', { vmid: 951, network: host.lan, address: '10.0.0.51', firewall });
    const ipSets = [{ name: 'ipfilter-net0', entries: [{ cidr: '10.0.0.0/24' }] }];
    host.machine('b', { network: host.lan, address: 'dhcp', firewall: { ...firewall, ipSets } });
    host.synth().findings.lacks('firewall/ip-filter');
    expect(host.synth().file(file(951))).not.toContain('IPSET');
    expect(host.synth().file(file(950))).toContain('[IPSET ipfilter-net0]\n\n10.0.0.0/24\n');
  });

  it('is told of where it stops a guest whose address nobody knows', () => {
    const host = new VmHost();
    host.container('a', { vmid: 951, network: host.lan, address: 'dhcp', firewall });
    host.machine('b', { network: host.lan, address: '10.0.0.50', nic: { ip6: 'auto' }, firewall });
    const found = host.synth().findings.all.filter(({ code }) => code === 'firewall/ip-filter');
    expect(found.map(({ message }) => message)).toEqual([
      '`ipFilter` drops what net0 sends from its IPv4 address, which is not known',
      '`ipFilter` drops what net0 sends from its IPv6 address, which is not known',
    ]);
  });
});

describe('a port', () => {
  it.each([
    [Port.tcp(80), 'tcp 80'],
    [Port.udp(53), 'udp 53'],
    [Port.tcpRange(1, 65_535), 'tcp 1:65535'],
    [Port.udpRange(7, 7), 'udp 7'],
    [Port.icmp(), 'icmp'],
  ])('is written as the firewall writes it: %s', (port, text) => {
    expect(port.toString()).toBe(text);
  });

  it.each([0, 65_536, 1.5, Number.NaN])('is a whole number from 1 to 65535, not %s', (number) => {
    expect(codesOf(() => Port.tcp(number))).toEqual(['firewall/port']);
    expect(codesOf(() => Port.udpRange(1, number))).toEqual(['firewall/port']);
  });

  it('range runs forwards', () => {
    expect(codesOf(() => Port.tcpRange(2, 1))).toEqual(['firewall/port']);
  });
});
