import { expect, test } from 'vitest';
import { host } from './given.js';
import { call, list } from './perl.js';
import { root } from './root.js';

const head = 'Iface Destination Gateway Flags RefCnt Use Metric Mask\n';
const zeros = '0'.repeat(32);
const router6 = 'fe80000000000000021132fffe123456';

test.each([
  [
    'the one with the smallest metric',
    {
      '/proc/net/route': `${head}eno2 00000000 0200000A 3 0 0 100 00000000\nvmbr0 00000000 0100000A 3 0 0 0 00000000\nvmbr0 0000000A 00000000 1 0 0 0 00FFFFFF\n`,
    },
    ['10.0.0.1', 'vmbr0'],
  ],
  [
    'IPv6 where there is no other',
    {
      '/proc/net/route': head,
      '/proc/net/ipv6_route': `${zeros} 00 ${zeros} 00 ${router6} 00000400 1 0 3 vmbr0\n${zeros} 00 ${zeros} 00 ${zeros} ffffffff 1 0 200200 lo\n`,
    },
    ['fe80:0000:0000:0000:0211:32ff:fe12:3456', 'vmbr0'],
  ],
  ['none', {}, []],
])('CompareNetwork::default_route is %s', async (_, given, expected) => {
  expect(await list('CompareNetwork::default_route', host({ root: root(given) }))).toEqual(expected);
});

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['fe80::1', 'fe80:0000:0000:0000:0000:0000:0000:0001'],
  ['::', Array(8).fill('0000').join(':')],
  ['1:2:3:4:5:6:7:8', '0001:0002:0003:0004:0005:0006:0007:0008'],
  ['2001:db8::', '2001:0db8:0000:0000:0000:0000:0000:0000'],
])('CompareNetwork::expanded writes %s as the kernel does', async (address, expected) => {
  expect(await call('CompareNetwork::expanded', address)).toBe(expected);
});
