import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call, evaluate, list } from './perl.js';

const file = `# by hand
source /etc/network/interfaces.d/*

auto lo eno1
iface lo inet loopback

iface eno1 inet manual
\tmtu 9000
#the card
\thwaddress  aa:bb

iface vmbr0 inet static
\taddress 10.0.0.13/24
\tbridge_ports eno1
iface vmbr0 inet6 static
\taddress fd00::1/64
`;

interface Piece {
  readonly is: string;
  readonly raw: string;
  readonly name?: string;
  readonly options?: readonly (readonly string[])[];
  readonly comments?: readonly string[];
}

const parse = async (text: string) => (await call('NetworkFile::parse', text)) as readonly Piece[];
const entries = async (text: string) => (await evaluate('NetworkFile::entries(NetworkFile::parse(shift))', text))[0];
const entry = (name: string, ...stanzas: readonly unknown[]) => ({ name, auto: 1, stanzas });
const stanza = (
  options: readonly (readonly [string, string])[],
  method = 'manual',
  family: string | null = 'inet',
) => ({ family, method, options, comments: [] });

const words = fc.constantFrom(
  'auto a b',
  'allow-hotplug a',
  'iface a inet manual',
  'iface b',
  '\tmtu 9000',
  '#note',
  '',
  'word',
  'source /x',
  'mapping m',
  '  up ip x',
);

test('NetworkFile::parse keeps every byte in its pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 15 }), fc.constantFrom('\n', ''), async (lines, end) => {
      const text = lines.join('\n') + end;
      expect((await parse(text)).map(({ raw }) => raw).join('')).toBe(text);
    }),
  );
});

// an option that stands apart from its stanza belongs to nobody, and whatever comes before it would take it
const paragraphs = fc.constantFrom(
  'auto a b',
  'allow-hotplug a',
  'iface a inet manual\n\tmtu 9000',
  'iface b\n  up ip x\n#note',
  'iface b',
  '#note',
  '',
  'source /x',
);

test('NetworkFile::with_entries of entries that are there already, as they are there, changes what they say in nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(paragraphs, { maxLength: 9 }), async (lines) => {
      const code = `my $text = shift; my $e = NetworkFile::entries(NetworkFile::parse($text)); my @own = grep { @{ $_->{stanzas} } } values %$e;
        my $now = NetworkFile::entries(NetworkFile::parse(NetworkFile::with_entries($text, @own)));
        ([ map { NetworkFile::meaning($_) } map { $e->{$_} } sort keys %$e ], [ map { NetworkFile::meaning($now->{$_} // { name => $_, auto => 0, stanzas => [] }) } sort keys %$e ])`;
      const [before, now] = await evaluate(code, `${lines.join('\n')}\n`);
      expect(now).toEqual(before);
    }),
    { numRuns: 60 },
  );
});

test('NetworkFile::parse reads stanzas with options and notes, and lines of others', async () => {
  const pieces = await parse(file);
  expect(pieces.map(({ is, name }) => (name === undefined ? is : `${is} ${name}`))).toEqual([
    'blank',
    'line',
    'blank',
    'auto',
    'stanza lo',
    'blank',
    'stanza eno1',
    'blank',
    'stanza vmbr0',
    'stanza vmbr0',
  ]);
  expect(pieces[6]).toMatchObject({
    options: [
      ['mtu', '9000'],
      ['hwaddress', 'aa:bb'],
    ],
    comments: ['the card'],
  });
});

test.each([
  ['\tmtu 9000', '1', { options: [['mtu', '9000']], comments: [] }],
  ['#x', '1', { options: [], comments: ['x'] }],
  ['', '0', { options: [], comments: [] }],
  ['word', '0', { options: [], comments: [] }],
  ['iface x', '0', { options: [], comments: [] }],
  ['auto x', '0', { options: [], comments: [] }],
])('NetworkFile::taken puts the line %j into a stanza: %d', async (line, expected, becomes) => {
  expect(
    await evaluate('my $s = { options => [], comments => [] }; (NetworkFile::taken($s, shift), $s)', line),
  ).toEqual([expected, becomes]);
});

test('NetworkFile::entries gathers what a file says of each interface', async () => {
  expect(await entries(file)).toMatchObject({
    lo: { auto: '1', stanzas: [{ method: 'loopback' }] },
    eno1: { auto: '1', stanzas: [{ method: 'manual' }] },
    vmbr0: { auto: '0', stanzas: [{ family: 'inet' }, { family: 'inet6' }] },
  });
});

test.each([
  ['auto a b\niface a inet manual\n\nup x\n', 'auto b\nauto a\niface a inet manual\n\tmtu 9\n\nup x\n'],
  ['iface b inet manual\n', 'iface b inet manual\n\nauto a\niface a inet manual\n\tmtu 9\n\n'],
  ['', 'auto a\niface a inet manual\n\tmtu 9\n\n'],
  ['# x', '# x\n\nauto a\niface a inet manual\n\tmtu 9\n\n'],
  ['iface a inet dhcp\n#kept\n\nx\niface a inet6 auto\n', 'auto a\niface a inet manual\n\tmtu 9\n#kept\n\nx\n'],
])('NetworkFile::with_entries puts an entry into %j', async (text, expected) => {
  expect(await call('NetworkFile::with_entries', text, entry('a', stanza([['mtu', '9']])))).toBe(expected);
});

test('NetworkFile::entry_text writes notes of its own, or keeps those that people made', async () => {
  const former = { stanzas: [{ family: 'inet', comments: ['theirs'] }] };
  const own = { ...stanza([]), comments: ['ours'] };
  expect(await call('NetworkFile::entry_text', entry('a', own), former)).toBe('auto a\niface a inet manual\n#ours\n');
  expect(
    await call('NetworkFile::entry_text', { ...entry('a', stanza([]), stanza([], 'auto', 'inet6')), auto: 0 }, former),
  ).toBe('iface a inet manual\n#theirs\n\niface a inet6 auto\n');
});

test('NetworkFile::notes_of takes a stanza without a family for IPv4', async () => {
  expect(
    await list(
      'NetworkFile::notes_of',
      { stanzas: [{ comments: ['a'] }, { family: 'inet6', comments: ['b'] }] },
      'inet',
    ),
  ).toEqual(['a']);
  expect(await list('NetworkFile::notes_of', undefined, 'inet')).toEqual([]);
});

test.each<[string, [string, string][], Record<string, unknown>]>([
  [
    'an address with its mask apart',
    [
      ['address', '10.0.0.1'],
      ['netmask', '255.255.255.0'],
    ],
    { 'inet address': '10.0.0.1/24' },
  ],
  [
    'a mask as bits',
    [
      ['address', '10.0.0.1'],
      ['netmask', '24'],
    ],
    { 'inet address': '10.0.0.1/24' },
  ],
  [
    'a mask that the address has already',
    [
      ['address', '10.0.0.1/8'],
      ['netmask', '24'],
    ],
    { 'inet address': '10.0.0.1/8' },
  ],
  [
    'underscores',
    [
      ['bridge_ports', 'eno1'],
      ['bridge_stp', 'off'],
    ],
    { 'bridge-ports': 'eno1', 'bridge-stp': 'off', 'bridge-fd': '0' },
  ],
  [
    'several lines of ports',
    [
      ['bridge-ports', 'b'],
      ['bridge-ports', 'a'],
    ],
    { 'bridge-ports': 'a b' },
  ],
  [
    'several commands',
    [
      ['up', 'x'],
      ['up', 'y'],
    ],
    { up: 'x\ny' },
  ],
  ['a number', [['mtu', '01500']], { mtu: '1500' }],
])('NetworkFile::meaning reads %s', async (_, options, expected) => {
  expect(await call('NetworkFile::meaning', entry('vmbr9', stanza(options, 'static')))).toMatchObject({
    ...expected,
    autostart: 'yes',
    'inet method': 'static',
  });
});

test('NetworkFile::meaning reads a stanza without a family by its addresses, and takes IPv6 by hand for none', async () => {
  const one = stanza(
    [
      ['address', 'FD00::1/64'],
      ['gateway', '10.0.0.1'],
    ],
    '',
    null,
  );
  expect(await call('NetworkFile::meaning', entry('a', one))).toEqual({
    autostart: 'yes',
    'inet6 address': 'fd00::1/64',
    'inet6 method': 'static',
    'inet gateway': '10.0.0.1',
    'inet method': 'manual',
  });
  expect(await call('NetworkFile::meaning', entry('a', stanza([], 'manual'), stanza([], 'manual', 'inet6')))).toEqual({
    autostart: 'yes',
    'inet method': 'manual',
  });
});

test.each<[string, Record<string, string>, Record<string, unknown>]>([
  [
    'vmbr0',
    { 'bridge-ports': 'none' },
    { 'bridge-ports': '', 'bridge-stp': 'off', 'bridge-fd': '0', 'bridge-vlan-aware': 'no' },
  ],
  [
    'vmbr0',
    { 'bridge-ports': 'a', 'bridge-stp': 'yes' },
    { 'bridge-ports': 'a', 'bridge-stp': 'on', 'bridge-vlan-aware': 'no' },
  ],
  [
    'vmbr0',
    { 'bridge-ports': 'a', 'bridge-vlan-aware': '1' },
    { 'bridge-ports': 'a', 'bridge-stp': 'off', 'bridge-fd': '0', 'bridge-vlan-aware': 'yes', 'bridge-vids': '2-4094' },
  ],
  [
    'vmbr0',
    { 'bridge-ports': 'a', 'bridge-vids': '2' },
    { 'bridge-ports': 'a', 'bridge-stp': 'off', 'bridge-fd': '0', 'bridge-vlan-aware': 'no' },
  ],
  [
    'bond0',
    { 'bond-slaves': 'b a', 'bond-mode': '4', 'bond-lacp-rate': '1' },
    { 'bond-slaves': 'a b', 'bond-miimon': '100', 'bond-mode': '802.3ad', 'bond-lacp-rate': 'fast' },
  ],
  ['bond0', { 'bond-slaves': 'a' }, { 'bond-slaves': 'a', 'bond-miimon': '100', 'bond-mode': 'balance-rr' }],
  ['eno1.5', { 'vlan-raw-device': 'eno1', 'vlan-id': '5' }, {}],
  ['vlan5', { 'vlan-raw-device': 'eno1', 'vlan-id': '5' }, { 'vlan-raw-device': 'eno1' }],
])('NetworkFile::by_kind of %s %j says what Proxmox takes for granted', async (name, says, expected) => {
  expect((await evaluate('my ($name, $says) = @_; NetworkFile::by_kind($name, $says); $says', name, says))[0]).toEqual(
    expected,
  );
});

test.each<[string, [string, string][], unknown]>([
  ['vmbr0', [['bridge-ports', 'b a']], { alone: '1', names: ['a', 'b'] }],
  ['bond0', [['slaves', 'a']], { alone: '1', names: ['a'] }],
  ['eno1.5', [], { alone: '0', names: ['eno1'] }],
  ['vlan5', [['vlan_raw_device', 'eno1']], { alone: '0', names: ['eno1'] }],
  ['eno1', [], { alone: '0', names: [] }],
])('NetworkFile::below tells what %s stands on', async (name, options, expected) => {
  expect(await call('NetworkFile::below', entry(name, stanza(options)))).toEqual(expected);
});

test('NetworkFile::plain_name, NetworkFile::list and NetworkFile::truth have one spelling each', async () => {
  expect(await call('NetworkFile::plain_name', 'bond_mode')).toBe('bond-mode');
  expect(await call('NetworkFile::plain_name', 'slaves')).toBe('bond-slaves');
  expect(await call('NetworkFile::list', 'b;a, none  a')).toBe('a b');
  expect(await evaluate('map { NetworkFile::truth($_) } @_', 'on', 'YES', 'true', '1', 'off', '', null, '2')).toEqual([
    '1',
    '1',
    '1',
    '1',
    '0',
    '0',
    '0',
    '0',
  ]);
});

test.each([
  ['255.255.255.0', 24],
  ['255.255.255.255', 32],
  ['0.0.0.0', 0],
  ['17', '17'],
])('NetworkFile::mask_bits of %s', async (mask, bits) => {
  expect(await call('NetworkFile::mask_bits', mask)).toBe(String(bits));
});
