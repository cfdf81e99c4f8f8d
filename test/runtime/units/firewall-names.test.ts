import { expect, test } from 'vitest';
import { call, list } from './perl.js';

const aliases = (...lines: readonly string[]) => `[ALIASES]\n\n${lines.map((line) => `${line}\n`).join('')}`;
const set = (name: string, ...members: readonly string[]) =>
  `[IPSET ${name}]\n\n${members.map((line) => `${line}\n`).join('')}`;

test('FirewallNames::known: addresses of aliases, members of sets; the first file counts', async () => {
  expect(
    await call(
      'FirewallNames::known',
      aliases('Office 10.0.0.5 # ours'),
      `${aliases('office 10.9.9.9', 'home 10.0.0.7')}${set('Admins', '10.0.0.1 # a', '! 10.0.0.2', 'dc/home')}`,
      null,
    ),
  ).toEqual({ office: ['10.0.0.5'], home: ['10.0.0.7'], '+admins': ['10.0.0.1', '!10.0.0.2', 'dc/home'] });
});

test('FirewallNames::address and FirewallNames::members leave comments out', async () => {
  expect(await call('FirewallNames::address', { text: 'office 10.0.0.0/24 # all of us' })).toBe('10.0.0.0/24');
  expect(await list('FirewallNames::members', { body: ['10.0.0.1 # a\n', '\n', '! 10.0.0.2\n'] })).toEqual([
    '10.0.0.1',
    '!10.0.0.2',
  ]);
});

test.each<[string, string | null, string | null, string[][]]>([
  ['nothing', null, null, []],
  ['a new alias', null, aliases('office 10.0.0.5'), []],
  ['an alias that is gone', aliases('office 10.0.0.5'), null, []],
  [
    'a wider alias',
    aliases('office 10.0.0.5'),
    aliases('office 10.0.0.0/24'),
    [['broader', 'alias office 10.0.0.5 → 10.0.0.0/24']],
  ],
  [
    'a narrower alias',
    aliases('office 10.0.0.0/24'),
    aliases('office 10.0.0.5'),
    [['narrower', 'alias office 10.0.0.0/24 → 10.0.0.5']],
  ],
  [
    'an alias for somebody else',
    aliases('office 10.0.0.5'),
    aliases('office 10.0.0.6'),
    [
      ['broader', 'alias office 10.0.0.5 → 10.0.0.6'],
      ['narrower', 'alias office 10.0.0.5 → 10.0.0.6'],
    ],
  ],
  ['a new set of a rule', null, set('admins', '10.0.0.1'), []],
  [
    'a member more',
    set('admins', '10.0.0.1'),
    set('admins', '10.0.0.1', '10.0.0.2'),
    [['broader', '10.0.0.2 in set admins']],
  ],
  [
    'a member fewer',
    set('admins', '10.0.0.1', '10.0.0.2'),
    set('admins', '10.0.0.1'),
    [['narrower', '10.0.0.2 not in set admins']],
  ],
  ['a member that was in anyway', set('admins', '10.0.0.0/24'), set('admins', '10.0.0.0/24', '10.0.0.2'), []],
  [
    'an exception more',
    set('admins', '10.0.0.0/24'),
    set('admins', '10.0.0.0/24', '! 10.0.0.2'),
    [['narrower', '!10.0.0.2 in set admins']],
  ],
  [
    'an exception fewer',
    set('admins', '10.0.0.0/24', '! 10.0.0.2'),
    set('admins', '10.0.0.0/24'),
    [['broader', '!10.0.0.2 not in set admins']],
  ],
  [
    'the first of those who get at the host',
    null,
    set('management', '10.0.0.1'),
    [['broader', '10.0.0.1 in set management']],
  ],
  [
    'those who get at the host no more',
    set('management', '10.0.0.1'),
    null,
    [['narrower', '10.0.0.1 not in set management']],
  ],
  ['somebody who gets nowhere', null, set('blacklist', '10.0.0.1'), [['narrower', '10.0.0.1 in set blacklist']]],
  [
    'somebody who got nowhere',
    set('blacklist', '10.0.0.1'),
    set('blacklist'),
    [['broader', '10.0.0.1 not in set blacklist']],
  ],
])('FirewallNames::changes: %s', async (_, before, after, expected) => {
  expect(await list('FirewallNames::changes', before, after)).toEqual(expected);
});

const parsed = (text: string) => ({ $code: `FirewallConf::parse(${JSON.stringify(text)})` });

test('FirewallNames::aliases and FirewallNames::sets each look at their own', async () => {
  const before = parsed(aliases('office 10.0.0.5') + set('admins', '10.0.0.1'));
  const after = parsed(aliases('office 10.0.0.0/24') + set('admins', '10.0.0.2'));
  expect(await list('FirewallNames::aliases', before, after)).toEqual([
    ['broader', 'alias office 10.0.0.5 → 10.0.0.0/24'],
  ]);
  expect(await list('FirewallNames::sets', before, after)).toEqual([
    ['broader', '10.0.0.2 in set admins'],
    ['narrower', '10.0.0.1 not in set admins'],
  ]);
});

test.each<[string[], string[], string[]]>([
  [['10.0.0.1'], ['10.0.0.0/24'], []],
  [['10.0.0.0/24'], ['10.0.0.1'], ['10.0.0.0/24']],
  [['!10.0.0.1'], ['10.0.0.0/24', '10.0.0.1'], ['!10.0.0.1']],
  [['!10.0.0.1'], ['!10.0.0.1'], []],
  [['10.0.0.1'], ['!10.0.0.0/24'], ['10.0.0.1']],
])('FirewallNames::missing of %j in %j: %j', async (some, others, expected) => {
  expect(await call('FirewallNames::missing', some, others)).toEqual(expected);
});

test('FirewallNames::groups are those that both texts have', async () => {
  const group = (name: string, rule: string) => `[group ${name}]\n\n${rule}\n`;
  expect(
    await list(
      'FirewallNames::groups',
      group('web', 'IN ACCEPT -p tcp') + group('old', 'IN ACCEPT'),
      group('web', 'IN DROP') + group('new', 'IN ACCEPT'),
    ),
  ).toEqual([{ web: ['IN ACCEPT -p tcp'] }, { web: ['IN DROP'] }]);
  expect(await list('FirewallNames::groups', null, null)).toEqual([{}, {}]);
});
