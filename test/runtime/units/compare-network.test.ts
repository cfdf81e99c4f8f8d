import { expect, test } from 'vitest';
import { about, type HostFacts, host, journal, type LookFacts, look, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const file = '/etc/network/interfaces';
const interfaces = `auto lo
iface lo inet loopback

iface eno1 inet manual

iface eno2 inet manual

auto vmbr0
iface vmbr0 inet static
\taddress 10.0.0.13/24
\tgateway 10.0.0.1
\tbridge-ports eno1
\tbridge-stp off
\tbridge-fd 0
`;
const id = 'network/interfaces/entries';
const vmbr1 = [
  '--interface',
  'vmbr1',
  1,
  '--stanza',
  'inet',
  'manual',
  '--set',
  'bridge-ports',
  'eno2',
  '--set',
  'bridge-stp',
  'off',
  '--set',
  'bridge-fd',
  0,
] as const;
const eno2 = ['--card', 'eno2', 0, 0] as const;
const network = (...words: readonly (string | number)[]) => step('network', id, '--management', '10.0.0.13', ...words);

/** What the kernel has: cards, and a bridge with its port. */
const kernel = {
  '/sys/class/net/eno1/mtu': '1500\n',
  '/sys/class/net/eno2/mtu': '1500\n',
  '/sys/class/net/vmbr0/brif/eno1': '',
  '/sys/class/net/vmbr0/mtu': '1500\n',
};
const route =
  'Iface Destination Gateway Flags RefCnt Use Metric Mask\nvmbr0 00000000 0100000A 0003 0 0 0 00000000 0 0 0\n';
const files = (more: Readonly<Record<string, string>> = {}) =>
  root({ [file]: interfaces, '/proc/net/route': route, ...kernel, ...more });

type Words = readonly (string | number)[];
const facts = (words: Words, more: Readonly<Record<string, string>> = {}, rest: LookFacts = {}): LookFacts => ({
  steps: [network(...words)],
  host: host({ root: files(more) }),
  ...rest,
});
const compared = (words: Words, more?: Readonly<Record<string, string>>, rest?: LookFacts) =>
  about('CompareNetwork::network', facts(words, more, rest));

/** Code about what the step and the host come to, in $seen. */
const seen = (words: Words, code: string, more?: Readonly<Record<string, string>>, rest?: LookFacts) =>
  evaluate(
    `my ($look, @rest) = @_; my $step = $look->{steps}[0]; my $seen = CompareNetwork::seen($step, $look); my $of = sub { $seen->{mine}{ $_[0] } }; ${code}`,
    look(facts(words, more, rest)),
  );

const bridge = `${interfaces}\nauto vmbr1\niface vmbr1 inet manual\n\tbridge-ports eno2\n\tbridge-stp off\n\tbridge-fd 0\n`;
const inForce = { '/sys/class/net/vmbr1/brif/eno2': '', [file]: bridge };
const uplink = [
  '--interface',
  'vmbr0',
  1,
  '--stanza',
  'inet',
  'static',
  '--set',
  'address',
  '10.0.0.13/24',
  '--set',
  'gateway',
  '10.0.0.1',
  '--set',
  'bridge-ports',
  'eno1',
  '--set',
  'mtu',
  9000,
] as const;
const known = (...names: readonly string[]) => journal(['applied', id, '-', '-', ...names.map((name) => `${name}=1`)]);

test.each<[string, () => Promise<unknown>, object]>([
  [
    'a bridge that is to be made',
    () => compared([...eno2, ...vmbr1]),
    {
      verdict: 'create',
      do: 'apply',
      changes: [{ key: 'vmbr1', from: 'absent' }],
      fields: { before: '10.0.0.1', after: '10.0.0.1', device: 'vmbr0' },
    },
  ],
  [
    'a bridge that is there',
    () => compared([...eno2, ...vmbr1], inForce, { journal: known('vmbr1') }),
    { verdict: 'satisfied', notes: [] },
  ],
  [
    'a bridge that is there and not written down',
    () => compared([...eno2, ...vmbr1], inForce),
    { verdict: 'satisfied', remember: ['applied', id, '-', '-', 'vmbr1=1'] },
  ],
  [
    'a bridge that is not in force',
    () => compared([...eno2, ...vmbr1], { [file]: bridge }, { journal: known('vmbr1') }),
    { verdict: 'change', do: 'reload', changes: [{ key: 'vmbr1 in force', to: 'yes' }] },
  ],
  [
    'a change that a killed run left',
    () => compared([...vmbr1], { '/var/lib/phoenix/.network-guard/pending': '' }),
    { do: 'settle' },
  ],
  [
    'changes that wait in the web interface',
    () => compared([...eno2, ...vmbr1], { [`${file}.new`]: '' }),
    { verdict: 'refused', reason: expect.stringContaining(`wait in ${file}.new`) },
  ],
  [
    'what the host is reached by',
    () => compared([...uplink], {}, { journal: known('vmbr0') }),
    { verdict: 'held', flag: '--allow-network vmbr0' },
  ],
  [
    'what the host is reached by, named',
    () => compared([...uplink], {}, { journal: known('vmbr0'), flags: { 'allow-network': { vmbr0: 1 } } }),
    { verdict: 'change', do: 'apply' },
  ],
  [
    'what somebody else put there',
    () => compared([...uplink]),
    { verdict: 'refused', reason: expect.stringContaining('otherwise, and this program did not put it there') },
  ],
])('CompareNetwork::network of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareNetwork::seen is unknown without the file', async () => {
  await expect(
    about('CompareNetwork::network', { steps: [network(...vmbr1)], host: host({ root: root() }) }),
  ).rejects.toThrow(`Unknown: ${file} is not there`);
});

test('CompareNetwork::wanted has cards in front, and each interface with its stanzas, options and notes', async () => {
  const words = [
    '--interface',
    'a',
    1,
    '--stanza',
    'inet',
    'static',
    '--set',
    'address',
    'x',
    '--comment',
    'n',
    '--stanza',
    'inet6',
    'auto',
    ...eno2,
  ];
  expect(await list('CompareNetwork::wanted', network(...words), {})).toMatchObject([
    { name: 'eno2', card: '1' },
    {
      name: 'a',
      auto: '1',
      stanzas: [
        { family: 'inet', method: 'static', options: [['address', 'x']], comments: ['n'] },
        { family: 'inet6', method: 'auto', options: [] },
      ],
    },
  ]);
});

const cardEntry = (...options: readonly (readonly string[])[]) => ({
  name: 'eno2',
  auto: 1,
  stanzas: [{ family: 'inet', method: 'manual', options, comments: [] }],
});

test.each([
  ['no entry', 0, undefined, []],
  ['no entry, and large packets', 9000, undefined, [['mtu', '9000']]],
  ['an entry that says nothing', 9000, cardEntry(), [['mtu', '9000']]],
  ['an entry with larger packets', 9000, cardEntry(['mtu', '9216']), [['mtu', '9216']]],
  [
    'an entry with smaller packets',
    9000,
    cardEntry(['up', 'x'], ['mtu', '1500']),
    [
      ['up', 'x'],
      ['mtu', '9000'],
    ],
  ],
  ['an entry of whatever kind', 0, cardEntry(['up', 'x']), [['up', 'x']]],
])('CompareNetwork::card with %s', async (_, mtu, found, options) => {
  expect(await call('CompareNetwork::card', 'eno2', 0, mtu, found)).toMatchObject({
    card: '1',
    stanzas: [{ options }],
  });
});

test('CompareNetwork::compared names each key that differs, and notes', async () => {
  const [compared] = await seen([...uplink.slice(0, -1), 1400, '--comment', 'ours'], `$of->('vmbr0')`);
  expect(compared).toMatchObject({
    is: 'other',
    changes: [
      { key: 'vmbr0 mtu', from: '', to: '1400' },
      { key: 'vmbr0 note', from: '', to: 'ours' },
    ],
    routers: ['10.0.0.1'],
  });
});

test('CompareNetwork::shown and CompareNetwork::notes are for people', async () => {
  expect(await call('CompareNetwork::shown', { 'bridge-ports': 'a', 'inet method': 'manual', up: 'x', mtu: '' })).toBe(
    'bridge-ports a, inet method manual',
  );
  expect(await call('CompareNetwork::notes', { stanzas: [{ comments: ['a', 'b'] }, { comments: ['c'] }] })).toBe(
    'a\nb\nc',
  );
});

test.each<[string, Words, Readonly<Record<string, string>>, RegExp | undefined]>([
  ['a card that the host does not have', ['--card', 'eno9', 0, 0], {}, /the host has no network card eno9/],
  [
    'a card with an address',
    ['--card', 'eno2', 0, 0],
    { [file]: interfaces.replace('iface eno2 inet manual', 'iface eno2 inet static\n\taddress 10.1.0.1/24') },
    /eno2 has the address 10\.1\.0\.1\/24/,
  ],
  [
    'an interface that somebody else makes',
    [...vmbr1],
    { '/sys/class/net/vmbr1/mtu': '' },
    /the host has an interface vmbr1 that \/etc\/network\/interfaces does not name/,
  ],
  [
    'a card of another bridge',
    ['--interface', 'vmbr1', 1, '--stanza', 'inet', 'manual', '--set', 'bridge-ports', 'eno1'],
    {},
    /vmbr1 would take eno1, which vmbr0 has/,
  ],
  [
    'something that nobody knows',
    ['--interface', 'vmbr1', 1, '--stanza', 'inet', 'manual', '--set', 'bridge-ports', 'eno9'],
    {},
    /vmbr1 stands on eno9, which neither .* nor the host knows/,
  ],
  [
    'a VLAN of a card',
    ['--interface', 'vmbr1', 1, '--stanza', 'inet', 'manual', '--set', 'bridge-ports', 'eno2.5'],
    {},
    undefined,
  ],
  ['a card whose entry says nothing', [...eno2, ...vmbr1], {}, undefined],
])('CompareNetwork::refusals of %s', async (_, words, more, expected) => {
  const found = await seen(words, 'CompareNetwork::refusals($seen)', more);
  if (expected) expect(found).toEqual([expect.stringMatching(expected)]);
  else expect(found).toEqual([]);
});

test('CompareNetwork::refusal weighs one interface against what others have taken', async () => {
  expect(await seen([...vmbr1], `CompareNetwork::refusal($seen, $of->('vmbr1'), { eno2 => 'bond0' })`)).toEqual([
    `vmbr1 would take eno2, which bond0 has in ${file}`,
  ]);
  expect(await seen([...vmbr1], `CompareNetwork::refusal($seen, $of->('vmbr1'), {})`)).toEqual([]);
});

test('CompareNetwork::says_nothing is true of the entry that the installer gives to every card', async () => {
  expect(await holds('CompareNetwork::says_nothing', cardEntry())).toBe(true);
  expect(await holds('CompareNetwork::says_nothing', undefined)).toBe(true);
  expect(await holds('CompareNetwork::says_nothing', cardEntry(['mtu', '9000']))).toBe(false);
});

test.each<[string, Words, Readonly<Record<string, string>>, readonly string[]]>([
  ['all as it is', [...vmbr1], inForce, []],
  ['an interface that is not up', [...vmbr1], { [file]: bridge }, ['vmbr1 in force']],
  [
    'a port that is not on its bridge',
    [...vmbr1],
    { [file]: bridge, '/sys/class/net/vmbr1/brif/eno1': '' },
    ['vmbr1 in force, port eno2'],
  ],
  [
    'a bridge that is not VLAN-aware',
    [...vmbr1, '--set', 'bridge-vlan-aware', 'yes'],
    { ...inForce, [file]: `${bridge}\tbridge-vlan-aware yes\n` },
    ['vmbr1 in force, VLAN-aware'],
  ],
  [
    'other packets',
    [...vmbr1, '--set', 'mtu', 9000],
    { ...inForce, [file]: `${bridge}\tmtu 9000\n`, '/sys/class/net/vmbr1/mtu': '1500\n' },
    ['vmbr1 in force, mtu'],
  ],
  [
    'a bond without its slave',
    ['--interface', 'bond0', 1, '--stanza', 'inet', 'manual', '--set', 'bond-slaves', 'eno1 eno2'],
    {
      [file]: 'auto bond0\niface bond0 inet manual\n\tbond-slaves eno1 eno2\n',
      '/sys/class/net/bond0/bonding/slaves': 'eno1\n',
    },
    ['bond0 in force, slave eno2'],
  ],
  ['what is not in the file yet', [...vmbr1], {}, []],
])('CompareNetwork::not_in_force with %s', async (_, words, more, expected) => {
  expect(
    await seen(words, `map { $_->{key} } map { CompareNetwork::not_in_force($seen, $_) } @{ $seen->{wanted} }`, more),
  ).toEqual(expected);
});

test('CompareNetwork::in_kernel and CompareNetwork::value look below /sys', async () => {
  const given = host({ root: files() });
  expect(await holds('CompareNetwork::in_kernel', given, 'eno1')).toBe(true);
  expect(await holds('CompareNetwork::in_kernel', given, 'eno9')).toBe(false);
  expect(await call('CompareNetwork::value', given, 'eno1', 'mtu')).toBe('1500');
  expect(await call('CompareNetwork::value', given, 'eno1', 'none')).toBeUndefined();
});

test.each<[string, Words, readonly string[]]>([
  ['the bridge with the address', [...uplink], ['vmbr0']],
  ['a bridge of its own', [...eno2, ...vmbr1], []],
  [
    'a bridge that takes the card below it',
    ['--interface', 'vmbr1', 1, '--stanza', 'inet', 'manual', '--set', 'bridge-ports', 'eno1'],
    ['vmbr1'],
  ],
  [
    'another way out',
    [
      '--interface',
      'vmbr1',
      1,
      '--stanza',
      'inet',
      'static',
      '--set',
      'gateway',
      '10.9.0.1',
      '--set',
      'bridge-ports',
      'eno2',
    ],
    ['vmbr1'],
  ],
])('CompareNetwork::at_risk when a change is about %s', async (_, words, expected) => {
  expect(await seen(words, 'CompareNetwork::at_risk($seen)')).toEqual(expected);
});

test('CompareNetwork::way_out is what carries the route and the address, and what that stands on', async () => {
  const [way] = await seen([...vmbr1], '[ sort keys %{ CompareNetwork::way_out($seen) } ]');
  expect(way).toEqual(['eno1', 'vmbr0']);
  const vlan = { [file]: 'auto eno1.5\niface eno1.5 inet static\n\taddress 10.0.0.13/24\n', '/proc/net/route': '' };
  expect((await seen([], '[ sort keys %{ CompareNetwork::way_out($seen) } ]', vlan))[0]).toEqual(['eno1', 'eno1.5']);
});

test('CompareNetwork::known, CompareNetwork::record and CompareNetwork::is_recorded go by the names in the journal', async () => {
  const given = { journal: known('vmbr1', 'vmbr7', 'vmbr8') };
  const more = { [file]: `${bridge}\nauto vmbr7\niface vmbr7 inet manual\n\tbridge-ports none\n` };
  expect((await seen([...vmbr1], 'CompareNetwork::known($step, $look)', more, given))[0]).toEqual({
    vmbr1: '1',
    vmbr7: '1',
    vmbr8: '1',
  });
  const record = ['applied', id, '-', '-', 'vmbr1=1', 'vmbr7=1'];
  expect((await seen([...vmbr1], 'CompareNetwork::record($step, $look)', more, given))[0]).toEqual(record);
  expect(await holds('CompareNetwork::is_recorded', look({ journal: known('vmbr7', 'vmbr1') }), record)).toBe(true);
  expect(await holds('CompareNetwork::is_recorded', look(given), record)).toBe(false);
  expect(await holds('CompareNetwork::is_recorded', look(), record)).toBe(false);
});

test('CompareNetwork::forgotten and CompareNetwork::left_over tell of interfaces that nobody asks for any more, and of who is on them', async () => {
  const more = { [file]: bridge, '/sys/class/net/vmbr1/brif/eno2': '', '/sys/class/net/vmbr1/brif/veth950i0': '' };
  const told = ['vmbr1 was made by this program, which no longer asks for it; it stays, in use by veth950i0'];
  expect(await seen([], 'CompareNetwork::forgotten($seen)', more, { journal: known('vmbr1', 'eno2', 'gone') })).toEqual(
    told,
  );
  const given = (of: object, facts: HostFacts) =>
    list('CompareNetwork::left_over', look({ journal: of as LookFacts['journal'] & object, host: host(facts) }));
  expect(await given(known('vmbr1'), { root: files(more) })).toEqual(told);
  expect(await given(journal(), { root: files(more) })).toEqual([]);
  expect(await given(known('vmbr1'), { root: root() })).toEqual([]);
});
