import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { firewallLogLevels } from '../../src/base/proxmox-words.js';
import {
  parseFirewall,
  parseFirewallRule,
  renderFirewall,
  renderFirewallRule,
} from '../../src/format/firewall-file.js';
import { type FirewallFile, type FirewallRule, firewallProblems } from '../../src/format/firewall-model.js';
import type { FirewallScope } from '../../src/format/firewall-options.js';

function codesOf(file: Partial<FirewallFile>, scope?: FirewallScope): string[] {
  return firewallProblems(file, scope).map(({ code }) => code);
}

const cluster = `[OPTIONS]

enable: 1
log_ratelimit: enable=1,rate=1/second
policy_in: DROP

[ALIASES]

lan 10.0.0.0/24 # the office
proxy 10.0.0.5

[IPSET management] # who may administer

10.0.0.0/24
!10.0.0.99 # not the printer
dc/proxy

[RULES]

IN ACCEPT -source +dc/management -p tcp -dport 8006
|IN SSH(ACCEPT) -i vmbr0 -log info # for later

[group web] # für alle

IN ACCEPT -source 10.0.0.0/24,10.1.0.0/24 -p tcp -dport 80,443,8000:8010 -log nolog # vllm # main
IN ACCEPT -p icmp -icmp-type echo-request
`;

const guest = `[OPTIONS]

enable: 1

[RULES]

IN ACCEPT -i net0 -source dc/lan -dest 10.0.0.1-10.0.0.9 -p tcp -dport 8000 -sport 1024:65535
GROUP web -i net0 # the usual
OUT REJECT -dest fd00::/64
`;

const rule: FirewallRule = { direction: 'IN', action: 'ACCEPT' };

describe('a firewall file', () => {
  test.each([
    ['cluster', cluster],
    ['guest', guest],
  ] as const)('of a %s is read without oddities or problems and written byte for byte', (scope, text) => {
    const file = parseFirewall(text);
    expect(file.oddities).toEqual([]);
    expect(firewallProblems(file, scope)).toEqual([]);
    expect(renderFirewall(file, scope)).toBe(text);
  });

  test('gives its parts by name', () => {
    const file = parseFirewall(cluster);
    expect(file.aliases).toEqual([
      { name: 'lan', cidr: '10.0.0.0/24', comment: 'the office' },
      { name: 'proxy', cidr: '10.0.0.5' },
    ]);
    expect(file.ipsets[0]?.entries[1]).toEqual({ cidr: '10.0.0.99', nomatch: true, comment: 'not the printer' });
    expect(file.rules[1]).toEqual({
      direction: 'IN',
      action: 'ACCEPT',
      macro: 'SSH',
      disabled: true,
      iface: 'vmbr0',
      log: 'info',
      comment: 'for later',
    });
    expect(file.groups[0]).toMatchObject({
      name: 'web',
      comment: 'für alle',
      rules: [{ comment: 'vllm # main' }, { icmpType: 'echo-request' }],
    });
  });

  test('is nothing when it says nothing', () => {
    expect(renderFirewall({})).toBe('');
    expect(parseFirewall('\n# only a comment\n')).toMatchObject({ rules: [], oddities: [] });
  });

  test('stores names in lower case', () => {
    const text = renderFirewall({
      aliases: [{ name: 'LAN', cidr: '10.0.0.1' }],
      ipsets: [{ name: 'Web', entries: [] }],
      groups: [{ name: 'G-1', rules: [] }],
    });
    expect(text).toBe('[ALIASES]\n\nlan 10.0.0.1\n\n[IPSET web]\n\n[group g-1]\n');
  });

  test.each([
    ['in accept -proto tcp -dport 22', 'IN ACCEPT -p tcp -dport 22'],
    ['  IN   ACCEPT -iface net0 #  x  ', 'IN ACCEPT -i net0 # x'],
    ['| IN DROP', '|IN DROP'],
    ['IN ACCEPT#', 'IN ACCEPT'],
    ['IN ACCEPT -dport 22 -p tcp -source 10.0.0.1', 'IN ACCEPT -source 10.0.0.1 -p tcp -dport 22'],
    ['group web -i net0', 'GROUP web -i net0'],
  ])('has the rule %j, which Proxmox writes as %s', (line, written) => {
    const parsed = parseFirewallRule(line);
    expect(parsed && renderFirewallRule(parsed)).toBe(written);
  });

  test.each([
    'IN DENY',
    'IN',
    '',
    'THROUGH ACCEPT',
    'IN ACCEPT -p',
    'IN ACCEPT tcp',
    'IN ACCEPT -x y',
    'IN SSH',
    'IN ACCEPT -p tcp -p udp',
    'GROUP',
    'GROUP web -p tcp',
    'IN SSH(DENY)',
  ])('has no rule in %j', (line) => {
    expect(parseFirewallRule(line)).toBeUndefined();
  });

  test('tells lines without effect and where they stand', () => {
    const file = parseFirewall(
      'enable: 1\n[rules]\nIN DENY\nOUT DROP\n[nonsense]\nIN DROP\n[Aliases]\nlan  10.0.0.0/24\n[ipset a]\n10.0.0.1 10.0.0.2\n[OPTIONS]\nenable\n',
    );
    expect(file.oddities.map((text) => text.split(':')[0])).toEqual([
      'line 1',
      'line 3',
      'line 5',
      'line 6',
      'line 8',
      'line 10',
      'line 12',
    ]);
    expect(file.rules).toEqual([{ direction: 'OUT', action: 'DROP' }]);
  });

  test.each<[Partial<FirewallRule> | Record<string, string>, string[], FirewallScope?]>([
    [{ proto: 'tcp', dport: '80,443,8000:8010' }, []],
    [{ proto: 'udp', sport: 'domain,1' }, []],
    [{ proto: '6', dport: '0:65535' }, []],
    [{ proto: 'tcp', dport: '1,2,3,4,5,6,7,8,9,10,11,12,13,14,15' }, []],
    [{ proto: 'tcp', dport: '1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16' }, ['firewall/ports']],
    [{ proto: 'tcp', dport: '1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16' }, ['firewall/ports']],
    [{ proto: 'tcp', dport: '80,' }, ['firewall/ports']],
    [{ proto: 'tcp', dport: '85:80' }, ['firewall/ports']],
    [{ proto: 'tcp', dport: '80-85' }, ['firewall/ports']],
    [{ proto: 'tcp', dport: '65536' }, ['firewall/ports']],
    [{ proto: 'tcp', dport: '1:2:3' }, ['firewall/ports']],
    [{ dport: '80' }, ['firewall/ports-need-proto']],
    [{ macro: 'SSH', dport: '22' }, ['firewall/ports-need-proto']],
    [{ proto: 'icmp', sport: '80' }, ['firewall/ports-need-proto']],
    [{ proto: 'icmp', icmpType: 'echo-request' }, []],
    [{ icmpType: 'echo-request' }, ['firewall/icmp-type']],
    [{ source: '10.0.0.1,10.0.0.0/8,0.0.0.0/0', dest: '10.1.1.1' }, []],
    [{ source: '+dc/lan', dest: 'guest/proxy' }, []],
    [{ source: '+lan', dest: 'fd00::1-fd00::9' }, []],
    [{ source: '10.0.0.1,fd00::1' }, ['firewall/mixed-families']],
    [{ source: '10.0.0.1', dest: 'fd00::1' }, ['firewall/mixed-families']],
    [{ source: '10.0.0.1,10.0.0.5-10.0.0.9' }, ['firewall/address']],
    [{ source: '10.0.0.9-10.0.0.1' }, ['firewall/address']],
    [{ source: '10.0.0.1-fd00::1' }, ['firewall/address']],
    [{ source: '10.0.0.5/24' }, ['firewall/address']],
    [{ source: '10.0.0.1,' }, ['firewall/address']],
    [{ source: '+no/such' }, ['firewall/address']],
    [{ source: 'a#b' }, ['firewall/address']],
    [{ source: Array(60).fill('10.0.0.1').join(',') }, ['firewall/address']],
    [{ source: `+guest/${'a'.repeat(58)}` }, []],
    [{ source: `+guest/${'a'.repeat(59)}` }, ['firewall/address']],
    [{ source: `dc/${'a'.repeat(62)}` }, ['firewall/address']],
    [{ proto: 'tcp#' }, ['firewall/value']],
    [{ proto: 'tcp -log info' }, ['firewall/value']],
    [{ log: 'loud' }, ['firewall/log-level']],
    [{ macro: 'S S' }, ['firewall/macro']],
    [{ macro: 'SSHD' }, ['firewall/macro']],
    [{ macro: 'ssh' }, []],
    [{ macro: 'SSH', proto: 'udp' }, ['firewall/macro']],
    [{ macro: 'SSH', proto: 'tcp', dport: '23' }, ['firewall/macro']],
    [{ proto: 'icmp', icmpType: 'echo-requests' }, ['firewall/icmp-type']],
    [{ proto: 'ipv6-icmp', icmpType: 'source-quench' }, ['firewall/icmp-type']],
    [{ proto: '58', icmpType: 'echo-request' }, ['firewall/icmp-type']],
    [{ proto: 'icmp', source: 'fd00::1' }, ['firewall/mixed-families']],
    [{ proto: 'ipv6-icmp', dest: '10.0.0.1' }, ['firewall/mixed-families']],
    [{ proto: 'icmpv6', source: 'fd00::1' }, []],
    [{ comment: 'a\nIN ACCEPT' }, ['firewall/comment']],
    [{ comment: '' }, ['firewall/comment']],
    [{ comment: 'für # alle 😀' }, []],
    [{ direction: 'FORWARD', action: 'DROP' }, []],
    [{ direction: 'FORWARD', action: 'REJECT' }, ['firewall/action']],
    [{ direction: 'FORWARD', action: 'DROP' }, ['firewall/direction'], 'guest'],
    [{ direction: 'IN' }, ['firewall/direction'], 'vnet'],
    [{ iface: 'net0' }, [], 'guest'],
    [{ iface: 'eth0' }, ['firewall/interface'], 'guest'],
    [{ iface: 'vmbr0.10' }, [], 'host'],
    [{ iface: 'a b' }, ['firewall/interface'], 'host'],
    [{ direction: 'GROUP', group: 'x' }, ['firewall/name']],
  ])('with the rule %j has the problems %j', (part, codes, scope) => {
    expect(codesOf({ rules: [{ ...rule, ...part } as FirewallRule] }, scope)).toEqual(codes);
  });

  test.each<[Partial<FirewallFile>, string[], FirewallScope?]>([
    [{ options: { policy_in: 'DROP' } }, []],
    [{ options: { policy_in: 'DROP # all' } }, ['firewall/value']],
    [{ options: { 'policy in': 'DROP' } }, ['firewall/value']],
    [{ options: { policy_in: '' } }, ['firewall/value']],
    [{ options: { policy_in: ' DROP' } }, ['firewall/value']],
    [{ aliases: [{ name: 'l', cidr: '10.0.0.1' }] }, ['firewall/name']],
    [{ aliases: [{ name: 'a'.repeat(64), cidr: '10.0.0.1' }] }, []],
    [{ aliases: [{ name: 'a'.repeat(65), cidr: '10.0.0.1' }] }, ['firewall/name']],
    [{ aliases: [{ name: 'lan', cidr: 'dc/other' }] }, ['firewall/address']],
    [
      {
        aliases: [
          { name: 'lan', cidr: '10.0.0.1' },
          { name: 'LAN', cidr: '10.0.0.2' },
        ],
      },
      ['firewall/duplicate'],
    ],
    [{ ipsets: [{ name: 'ipfilter-net0', entries: [{ cidr: '10.0.0.1' }, { cidr: 'dc/lan' }] }] }, []],
    [{ ipsets: [{ name: '1a', entries: [] }] }, ['firewall/name']],
    [{ ipsets: [{ name: 'all', entries: [{ cidr: '0.0.0.0/0' }] }] }, ['firewall/address']],
    [{ ipsets: [{ name: 'aa', entries: [{ cidr: '10.0.0.1' }, { cidr: '10.0.0.1' }] }] }, ['firewall/duplicate']],
    [{ ipsets: [{ name: 'aa', entries: [{ cidr: '10.0.0.1' }, { cidr: '10.0.0.1/32' }] }] }, ['firewall/duplicate']],
    [{ ipsets: [{ name: 'aa', entries: [{ cidr: '10.0.0.1', comment: 'a\n' }] }] }, ['firewall/comment']],
    [{ groups: [{ name: 'g'.repeat(18), rules: [] }] }, [], 'cluster'],
    [{ groups: [{ name: 'g'.repeat(19), rules: [] }] }, ['firewall/name']],
    [{ groups: [{ name: 'web', rules: [{ ...rule, iface: 'vmbr0' }] }] }, ['firewall/interface']],
    [{ groups: [{ name: 'web', rules: [{ direction: 'GROUP', group: 'other' }] }] }, ['firewall/direction']],
    [{ groups: [{ name: 'web', rules: [] }] }, ['firewall/scope'], 'guest'],
    [{ aliases: [{ name: 'lan', cidr: '10.0.0.1' }] }, ['firewall/scope'], 'host'],
  ])('%j has the problems %j', (file, codes, scope) => {
    expect(codesOf(file, scope)).toEqual(codes);
  });

  test('is not written while it has problems, and all of them are told', () => {
    const write = () =>
      renderFirewall({
        rules: [
          { ...rule, dport: '80' },
          { ...rule, source: 'x' },
        ],
      });
    expect(write).toThrow(PhoenixError);
    expect(write).toThrow(/firewall\/ports-need-proto {2}\[RULES\] 1[\s\S]*firewall\/address {2}\[RULES\] 2/);
  });

  test('is read back as it was given, for anything that can be written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{1,8}$/);
    const comment = fc
      .string({
        unit: fc.oneof(
          fc.constant('#'),
          fc.constantFrom('|', '[', 'ä', '😀', ' '),
          fc.string({ minLength: 1, maxLength: 1 }),
        ),
      })
      .filter((text) => text !== '' && text === text.trim());
    const v4 = fc.oneof(fc.ipV4(), fc.constantFrom('10.0.0.0/8', '0.0.0.0/0'));
    const address = fc.oneof(
      v4,
      fc.array(v4, { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
      fc.constantFrom('+dc/lan', 'guest/proxy', '10.0.0.1-10.0.0.9'),
    );
    const port = fc.oneof(fc.nat({ max: 65535 }).map(String), fc.constantFrom('http', '80:85'));
    const ports = fc.array(port, { minLength: 1, maxLength: 7 }).map((list) => list.join(','));
    const optional = { requiredKeys: [] as [] };
    const common = fc.record(
      { disabled: fc.constant<true>(true), iface: fc.constantFrom('net0', 'vmbr1.10'), comment },
      optional,
    );
    const packet = fc
      .tuple(
        fc.record({
          direction: fc.constantFrom('IN', 'OUT'),
          action: fc.constantFrom('ACCEPT', 'DROP', 'REJECT'),
        } as const),
        common,
        fc.record(
          {
            source: address,
            dest: address,
            log: fc.constantFrom(...firewallLogLevels),
          },
          optional,
        ),
        fc.oneof(
          fc.record({ proto: fc.constantFrom('tcp', 'udp') }),
          fc.record({ proto: fc.constantFrom('tcp', '17'), dport: ports, sport: ports }),
          fc.record({ proto: fc.constant('icmp'), icmpType: fc.constant('echo-request') }),
          fc.record({ macro: fc.constantFrom('SSH', 'DNS') }),
          fc.constant({}),
        ),
      )
      .map(([what, ...others]): FirewallRule => Object.assign({}, what, ...others));
    const group = fc
      .tuple(name, common)
      .map(([target, more]): FirewallRule => ({ direction: 'GROUP', group: target, ...more }));
    const named = <T>(more: fc.Arbitrary<T>) =>
      fc.uniqueArray(
        fc
          .tuple(name, fc.record({ comment }, optional), more)
          .map(([id, about, rest]) => ({ name: id, ...about, ...rest })),
        { selector: (thing) => thing.name, maxLength: 3 },
      );
    const entry = fc
      .tuple(fc.ipV4(), fc.record({ nomatch: fc.constant<true>(true), comment }, optional))
      .map(([cidr, more]) => ({ cidr, ...more }));
    const withoutIface = packet.map(({ iface: _, ...rest }) => rest as FirewallRule);
    const file = fc.record({
      options: fc.dictionary(fc.stringMatching(/^[a-z][a-z_]{0,8}$/), fc.stringMatching(/^[A-Za-z0-9=,/]{1,10}$/), {
        noNullPrototype: true,
      }),
      aliases: named(fc.ipV4().map((cidr) => ({ cidr }))),
      ipsets: named(
        fc.uniqueArray(entry, { selector: ({ cidr }) => cidr, maxLength: 3 }).map((entries) => ({ entries })),
      ),
      rules: fc.array(fc.oneof(packet, group), { maxLength: 5 }),
      groups: named(fc.array(withoutIface, { maxLength: 3 }).map((rules) => ({ rules }))),
    });
    fc.assert(
      fc.property(file, (given) => {
        expect(parseFirewall(renderFirewall(given))).toEqual({ ...given, oddities: [] });
      }),
      { numRuns: 300 },
    );
  });

  test('is settled after one writing, whatever stood in it', () => {
    const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom(...`${cluster}${guest}`.split('\n'))), {
      maxLength: 25,
    });
    fc.assert(
      fc.property(lines, (parts) => {
        const file = parseFirewall(parts.join('\n'));
        fc.pre(firewallProblems(file).length === 0);
        const once = renderFirewall(file);
        expect(renderFirewall(parseFirewall(once))).toBe(once);
      }),
      { numRuns: 200 },
    );
  });
});
