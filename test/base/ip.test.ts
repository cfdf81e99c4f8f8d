import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Cidr,
  type CidrText,
  contains,
  formatAddress,
  formatCidr,
  type Ipv4Text,
  isMac,
  networkOf,
  nthHost,
  parseAddress,
  parseCidr,
} from '../../src/base/ip.js';

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) {
    throw new Error(`no CIDR: ${text}`);
  }
  return parsed;
}

function canonical(text: string): string | undefined {
  const address = parseAddress(text);
  return address && formatAddress(address);
}

describe('an address', () => {
  test.each([
    ['10.0.0.5', '10.0.0.5'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['FD00:0:0:0::5', 'fd00::5'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:10.0.0.5', '::ffff:a00:5'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is written %s', (text, written) => {
    expect(canonical(text)).toBe(written);
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.05',
    '10.0.0.5.',
    '10.0.0.5.6',
    '1.2.3.4\n',
    ' 1.2.3.4',
    '0x0a.0.0.1',
    '1e1.0.0.1',
    '10',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4::5:6:7:8',
    'fe80::1%eth0',
    '12345::',
    'g::',
    '10.0.0.5::',
    '::10.0.0.5:1',
    '1:2:3:4:5:6:7:10.0.0.5',
    ':1::2',
    '1::2:',
    'host',
    '::1/64',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test('agrees with node about which texts are IPv4 and IPv6', () => {
    const texts = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom(...'0123456789abcF:.'), maxLength: 24 }),
      fc
        .array(fc.constantFrom('0', '1', 'ffff', '', ':', '1.2.3.4'), { maxLength: 10 })
        .map((parts) => parts.join(':')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseAddress(text)?.family).toBe(isIPv4(text) ? 4 : isIPv6(text) ? 6 : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  test('is written as URLs write it', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(`[${canonical(text)}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
    );
  });

  test('reads back what is written', () => {
    const v4 = fc.bigInt(0n, 2n ** 32n - 1n).map((value) => ({ family: 4 as const, value }));
    const v6 = fc.bigInt(0n, 2n ** 128n - 1n).map((value) => ({ family: 6 as const, value }));
    fc.assert(
      fc.property(fc.oneof(v4, v6), (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });
});

describe('a CIDR', () => {
  test.each(['10.0.0.5/24', '0.0.0.0/0', '10.0.0.5/32', 'fd00::5/64', '::/0', '::1/128'])(
    '%s keeps its host bits',
    (text) => {
      expect(formatCidr(cidr(text))).toBe(text);
    },
  );

  test.each([
    '10.0.0.5',
    '10.0.0.5/',
    '10.0.0.5/33',
    '10.0.0.5/024',
    '10.0.0.5/-1',
    '10.0.0.5/24/24',
    '10.0.0.5/255.255.255.0',
    '::/129',
    '/24',
  ])('%j is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['200.1.2.3/0', '0.0.0.0/0'],
    ['200.1.2.3/1', '128.0.0.0/1'],
    ['fd00:1:2:3::4/64', 'fd00:1:2:3::/64'],
  ])('%s lies in the network %s', (text, network) => {
    expect(formatCidr(networkOf(cidr(text)))).toBe(network);
  });

  test.each([
    ['10.0.0.5/24', '10.0.0.255', true],
    ['10.0.0.5/24', '10.0.1.0', false],
    ['0.0.0.0/0', '255.1.1.1', true],
    ['0.0.0.0/0', '::1', false],
    ['fd00::/64', 'fd00::ffff', true],
    ['fd00::/64', 'fd00:0:0:1::', false],
  ])('%s contains %s: %s', (network, address, inside) => {
    const parsed = parseAddress(address);
    expect(parsed && contains(cidr(network), parsed)).toBe(inside);
  });
});

describe('the n-th host', () => {
  test.each([
    ['10.0.0.77/24', 1, '10.0.0.1'],
    ['10.0.0.0/24', 254, '10.0.0.254'],
    ['10.0.0.0/8', 65536, '10.1.0.0'],
    ['10.0.0.4/31', 0, '10.0.0.4'],
    ['10.0.0.4/31', 1, '10.0.0.5'],
    ['10.0.0.4/32', 0, '10.0.0.4'],
    ['fd00::/64', 1, 'fd00::1'],
    ['fd00::/120', 255, 'fd00::ff'],
  ])('of %s, %d, is %s', (network, n, host) => {
    expect(formatAddress(nthHost(cidr(network), n))).toBe(host);
  });

  test.each([
    ['10.0.0.0/24', 0],
    ['10.0.0.0/24', 255],
    ['10.0.0.0/24', 256],
    ['10.0.0.0/24', -1],
    ['10.0.0.0/24', 1.5],
    ['10.0.0.0/24', Number.NaN],
    ['10.0.0.4/32', 1],
    ['fd00::/64', 0],
    ['fd00::/120', 256],
  ])('of %s, %d, does not exist', (network, n) => {
    expect(() => nthHost(cidr(network), n)).toThrow(/^address\/outside/);
  });

  test('lies in its network', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 32n - 1n), fc.integer({ min: 0, max: 30 }), fc.nat(), (value, prefix, n) => {
        const network: Cidr = { address: { family: 4, value }, prefix };
        const host = nthHost(network, 1 + (n % (2 ** (32 - prefix) - 2)));
        expect(contains(network, host)).toBe(true);
      }),
    );
  });
});

test.each([
  ['BC:24:11:aa:bb:cc', true],
  ['02:00:00:00:00:01', true],
  ['01:00:5e:00:00:01', false],
  ['ff:ff:ff:ff:ff:ff', false],
  ['bc-24-11-aa-bb-cc', false],
  ['bc:24:11:aa:bb', false],
  ['bc:24:11:aa:bb:cc:dd', false],
  ['bc:24:11:aa:bb:cc\n', false],
  ['', false],
])('%j as a MAC address of one machine: %s', (text, expected) => {
  expect(isMac(text)).toBe(expected);
});

test('literal types take addresses and refuse what has no prefix', () => {
  const address: Ipv4Text = '10.0.0.5';
  const networks: CidrText[] = ['10.0.0.5/24', 'fd00::5/64'];
  // @ts-expect-error no prefix
  const bare: CidrText = '10.0.0.5';
  expect([address, ...networks, bare].map((text) => parseCidr(text) !== undefined)).toEqual([false, true, true, false]);
});
