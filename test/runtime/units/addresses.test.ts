import fc from 'fast-check';
import { expect, test } from 'vitest';
import { perl } from './given.js';
import { call, evaluate, holds, list } from './perl.js';

const names = perl(
  `sub { { office => ['10.0.0.5'], '+admins' => ['10.0.0.5', 'home'], home => ['10.0.0.7'], '+some' => ['10.0.0.0/24', '!10.0.0.9'], '+nobody' => [] } }`,
);

test.each([
  ['10.0.0.5', '10.0.0.5', true],
  ['10.0.0.5', '10.0.0.0/24', true],
  ['10.0.0.0/25', '10.0.0.0/24', true],
  ['10.0.0.0/24', '10.0.0.5', false],
  ['10.0.0.3-10.0.0.9', '10.0.0.0/28', true],
  ['10.0.0.3-10.0.0.19', '10.0.0.0/28', false],
  ['10.0.0.5,10.0.0.6', '10.0.0.0/24', true],
  ['10.0.0.5,10.1.0.6', '10.0.0.0/24', false],
  ['10.0.0.5,10.1.0.6', '10.1.0.0/16,10.0.0.0/24', true],
  ['fd00::1', 'fd00::/64', true],
  ['FD00::1', 'fd00:0::1', true],
  ['fd00::1', '0.0.0.0/0', false],
  ['fd00::/64', 'fd00::1', false],
  ['office', 'office', true],
  ['Office', 'office', true],
  ['office', '10.0.0.0/24', true],
  ['dc/office', '10.0.0.0/24', true],
  ['10.0.0.5', 'office', true],
  ['10.0.0.6', 'office', false],
  ['+admins', '10.0.0.0/24', true],
  ['+admins', '10.0.0.5', false],
  ['10.0.0.7', '+dc/admins', true],
  ['+some', '10.0.0.0/24', false],
  ['10.0.0.5', '+some', false],
  ['+some', '+some', true],
  ['+nobody', '10.0.0.0/24', false],
  ['+unknown', '10.0.0.0/24', false],
])('Addresses::lies_in: %s within %s: %s', async (some, others, expected) => {
  expect(await holds('Addresses::lies_in', some, others, names)).toBe(expected);
});

test('Addresses::lies_in knows no names without a table', async () => {
  expect(await holds('Addresses::lies_in', 'office', '10.0.0.0/24')).toBe(false);
});

const ip = fc.tuple(fc.nat(255), fc.nat(3)).map(([third, last]) => `10.0.${third}.${last}`);
const net = fc.tuple(ip, fc.integer({ min: 16, max: 32 })).map(([address, prefix]) => `${address}/${prefix}`);
const bits = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

test('Addresses::lies_in agrees with arithmetic', async () => {
  await fc.assert(
    fc.asyncProperty(net, net, async (one, other) => {
      const [[at, prefix], [of, wide]] = [one, other].map((text) => text.split('/')) as [
        [string, string],
        [string, string],
      ];
      const size = 2 ** (32 - Number(wide));
      const expected = Number(wide) <= Number(prefix) && Math.floor(bits(at) / size) === Math.floor(bits(of) / size);
      expect(await holds('Addresses::lies_in', one, other)).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test.each<[string, string[]]>([
  ['10.0.0.5', ['10.0.0.5']],
  ['fd00::1', ['fd00::1']],
  ['office', ['10.0.0.5']],
  ['guest/office', ['10.0.0.5']],
  ['+admins', ['10.0.0.5', '10.0.0.7']],
  ['+some', ['+some']],
  ['+nobody', ['+nobody']],
  ['other', ['other']],
])('Addresses::resolved of %s: %j', async (name, expected) => {
  expect(await list('Addresses::resolved', name, names)).toEqual(expected);
  expect(await list('Addresses::resolved', name)).toEqual([name]);
});

test.each([
  ['Office', 'office'],
  ['dc/office', 'office'],
  ['+guest/Admins', '+admins'],
  ['+dc', '+dc'],
])('Addresses::short of %s is %s', async (name, expected) => {
  expect(await call('Addresses::short', name)).toBe(expected);
});

test.each([
  ['10.0.0.0/30', '0a000000', '0a000003'],
  ['10.0.0.2/30', '0a000000', '0a000003'],
  ['10.0.0.5', '0a000005', '0a000005'],
  ['10.0.0.5-10.0.0.9', '0a000005', '0a000009'],
  ['0.0.0.0/0', '00000000', 'ffffffff'],
  ['fd00::/120', 'fd000000000000000000000000000000', 'fd0000000000000000000000000000ff'],
])('Addresses::range of %s', async (text, first, last) => {
  expect(await evaluate('map { unpack "H*", $_ } @{ Addresses::range(shift) }', text)).toEqual([first, last]);
});

test.each(['10.0.0.0/33', 'fd00::/129', '10.0.0', 'office', '+admins', '10.0.0.1-office', 'x-y', ''])(
  'Addresses::range of %j is nothing',
  async (text) => {
    expect(await call('Addresses::range', text)).toBeUndefined();
  },
);

test('Addresses::packed tells one kind of address from the other', async () => {
  expect(await evaluate('map { length(Addresses::packed($_) // "") } @_', '10.0.0.1', 'fd00::1', 'x', 'x:')).toEqual([
    '4',
    '16',
    '0',
    '0',
  ]);
});

test('Addresses::holds compares addresses of one kind', async () => {
  const of = (wide: string, narrow: string) =>
    evaluate('Addresses::holds(map { Addresses::range($_) } @_) ? 1 : 0', wide, narrow).then(([is]) => is);
  expect(await of('10.0.0.0/24', '10.0.0.255')).toBe('1');
  expect(await of('10.0.0.0/24', '10.0.1.0')).toBe('0');
  expect(await of('::/0', '10.0.0.1')).toBe('0');
  expect(await holds('Addresses::holds', null, ['a', 'b'])).toBe(false);
});

test.each<[string, string[], boolean]>([
  ['80', ['80'], true],
  ['80', ['80:85'], true],
  ['80,443', ['443', '80'], true],
  ['80:99', ['90:99', '80:89'], true],
  ['80:99', ['80:88', '90:99'], false],
  ['80:99', ['1:65535'], true],
  ['http', ['http,80'], true],
  ['http', ['80'], false],
  ['80', ['http'], false],
  ['80,http', ['80:81', 'http'], true],
  ['80', [], false],
])('Addresses::ports_in: %s in %j: %s', async (some, others, expected) => {
  expect(await holds('Addresses::ports_in', some, ...others)).toBe(expected);
});

test('Addresses::ports and Addresses::merged', async () => {
  expect(await list('Addresses::ports', '80')).toEqual([['80', '80']]);
  expect(await list('Addresses::ports', '80:85')).toEqual([['80', '85']]);
  expect(await list('Addresses::ports', 'http')).toEqual([]);
  expect(await list('Addresses::merged', [90, 99], [80, 89], [95, 97], [101, 102])).toEqual([
    ['80', '99'],
    ['101', '102'],
  ]);
});
