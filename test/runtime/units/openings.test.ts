import { expect, test } from 'vitest';
import { call, evaluate, list } from './perl.js';

interface Grant {
  readonly kind: string;
  readonly text: string;
  readonly nics?: readonly string[];
  readonly quiet?: string;
  readonly idle?: string;
  readonly off?: string;
}

const told = (grants: readonly unknown[]) =>
  (grants as Grant[]).map(({ kind, text, nics, quiet, idle }) =>
    [
      `${kind} ${text}`,
      nics?.join(' ') ? `at ${nics.join(' ')}` : '',
      quiet === '1' ? 'quiet' : '',
      idle === '1' ? 'idle' : '',
    ]
      .filter(Boolean)
      .join(', '),
  );
const fw = (rules: readonly string[], ...options: readonly string[]) =>
  `[OPTIONS]\n\n${options.map((line) => `${line}\n`).join('')}\n[RULES]\n\n${rules.map((line) => `${line}\n`).join('')}`;
const on = (...rules: readonly string[]) => fw(rules, 'enable: 1');

const guest = async (cards: object, text: string | null) => told(await list('Openings::of_guest', cards, text));

test.each<[string, object, string | null, readonly string[]]>([
  [
    'behind no firewall',
    { net0: 0 },
    on('IN ACCEPT -p tcp'),
    [
      'port every port from anywhere (no firewall on net0), at net0',
      'reach everything (no firewall on net0), at net0',
      'filter any MAC address (macfilter: 0), quiet',
      'filter any IP address (ipfilter: 0), quiet',
      'reach everything (policy_out: ACCEPT)', // on no card, so never told
    ],
  ],
  [
    'whose firewall is off',
    { net0: 1 },
    null,
    [
      'port every port from anywhere (its firewall is off), at net0',
      'reach everything (its firewall is off), at net0',
      'filter any MAC address (macfilter: 0), quiet',
      'filter any IP address (ipfilter: 0), quiet',
    ],
  ],
  [
    'with rules, on one of its cards',
    { net0: 1, net1: 1 },
    on('IN ACCEPT -p tcp -dport 80 -i net1'),
    [
      'filter any IP address (ipfilter: 0)',
      'port tcp 80 from anywhere on net1, at net1',
      'reach everything (policy_out: ACCEPT), at net0 net1',
    ],
  ],
  [
    'with filters and policies',
    { net0: 1 },
    fw([], 'enable: 1', 'ipfilter: 1', 'macfilter: 0', 'policy_in: ACCEPT', 'policy_out: drop'),
    ['filter any MAC address (macfilter: 0)', 'port every port from anywhere (policy_in: ACCEPT), at net0'],
  ],
  ['without a card', {}, on('IN ACCEPT'), ['reach everything (policy_out: ACCEPT)']],
])('Openings::of_guest %s', async (_, cards, text, expected) => {
  expect(await guest(cards, text)).toEqual(expected);
});

test('Openings::of_host: a cluster is off without a word, and forwards; a host is on', async () => {
  const off = ['port every port from anywhere (the firewall is off)', 'reach everything (the firewall is off)'];
  expect(told(await list('Openings::of_host', '', 1))).toEqual([...off, 'forward everything (the firewall is off)']);
  expect(told(await list('Openings::of_host', 'enable', 0))).toEqual(['reach everything (policy_out: ACCEPT)']);
  expect(told(await list('Openings::of_host', fw([], 'enable: 0'), 0))).toEqual(off);
  expect(told(await list('Openings::of_host', on('FORWARD DROP -p udp'), 1))).toEqual([
    'reach everything (policy_out: ACCEPT)',
    'forward everything (policy_forward: ACCEPT)',
    'forward udp from anywhere is closed',
  ]);
});

test('Openings::of_group takes nothing for open besides', async () => {
  expect(told(await list('Openings::of_group', 'IN ACCEPT -p tcp # web', '|IN ACCEPT', 'OUT DROP'))).toEqual([
    'port tcp from anywhere',
    'reach every port anywhere is closed, idle',
  ]);
});

test('Openings::file, Openings::option and Openings::is_on', async () => {
  const [file] = await evaluate('Openings::file(shift)', fw(['IN ACCEPT', '|IN DROP'], 'enable: 1', 'log: x'));
  expect(file).toMatchObject({ options: { enable: { value: '1' } }, rules: [{ direction: 'IN', line: 'IN ACCEPT' }] });
  expect(await call('Openings::option', file, 'log', 'y')).toBe('x');
  expect(await call('Openings::option', file, 'other', 'y')).toBe('y');
  const isOn = (value: string) => call('Openings::is_on', { options: { enable: { value } } }, 'enable', 0);
  expect(await Promise.all(['1', '2', '0', ' 00 ', ''].map(isOn))).toEqual(['1', '1', '0', '0', '0']);
  expect(await call('Openings::is_on', { options: {} }, 'enable', 1)).toBe('1');
});

const port = {
  name: 'IN',
  policy: 'policy_in',
  default: 'DROP',
  kind: 'port',
  near: ['from', 'source'],
  far: ['to', 'dest'],
};
const reach = {
  name: 'OUT',
  policy: 'policy_out',
  default: 'ACCEPT',
  kind: 'reach',
  near: ['at', 'dest'],
  far: ['from', 'source'],
  base: 1,
};

test('Openings::every, Openings::everything and Openings::opening', async () => {
  expect(await list('Openings::every', [port, reach], 'why', 'net0')).toMatchObject([
    {
      kind: 'port',
      form: 'opening',
      every: '1',
      off: '1',
      text: 'every port from anywhere (why)',
      nics: ['net0'],
      base: null,
    },
    { kind: 'reach', text: 'everything (why)', base: '1' },
  ]);
  expect(await call('Openings::everything', port, ['net0'], 'why')).not.toHaveProperty('off');
  expect(await call('Openings::opening', reach, ['net0'], 'text', 'x')).toEqual({
    kind: 'reach',
    form: 'opening',
    base: '1',
    nics: ['net0'],
    text: 'x',
  });
});

test('Openings::spoofing is told where a firewall would keep from it', async () => {
  const spoofing = (value: string | undefined, byDefault: number, ...every: readonly object[]) =>
    call(
      'Openings::spoofing',
      { options: value === undefined ? {} : { f: { value } } },
      'f',
      byDefault,
      'any',
      ...every,
    );
  expect(await spoofing('0', 1, {})).toMatchObject({ text: 'any (f: 0)', quiet: '1' });
  expect(await spoofing('1', 0)).toBeUndefined();
  expect(await spoofing(undefined, 1)).toBeUndefined();
  expect(await spoofing(undefined, 0)).toMatchObject({ base: '1' });
  expect(await spoofing('0', 1)).toMatchObject({ base: '' });
});

test('Openings::rules by the policies of a file', async () => {
  const code = 'my ($text, $where, @nics) = @_; Openings::rules(Openings::file($text), $where, @nics)';
  const text = fw(['OUT DROP -p tcp', 'IN ACCEPT -p udp'], 'policy_in: REJECT');
  expect(told(await evaluate(code, text, [port, reach], 'net0'))).toEqual([
    'port udp from anywhere, at net0',
    'reach everything (policy_out: ACCEPT), at net0',
    'reach tcp anywhere is closed',
  ]);
});

test('Openings::in_order: what closes matters where something behind it, or the policy, lets through', async () => {
  const inOrder = async (policy: string, ...rules: readonly string[]) =>
    told(
      await evaluate(
        'my ($where, $policy, @rules) = @_; Openings::in_order($where, $policy, ["net0"], map { Openings::rule($_) } @rules)',
        port,
        policy,
        ...rules,
      ),
    );
  expect(await inOrder('DROP', 'IN DROP -p udp')).toEqual(['port udp from anywhere is closed, idle']);
  expect(await inOrder('ACCEPT', 'IN DROP -p udp')).toEqual([
    'port every port from anywhere (policy_in: ACCEPT), at net0',
    'port udp from anywhere is closed',
  ]);
  expect(await inOrder('DROP', 'IN DROP -p udp', 'IN ACCEPT', 'IN REJECT -p tcp')).toEqual([
    'port every port from anywhere, at net0',
    'port udp from anywhere is closed',
    'port tcp from anywhere is closed, idle',
  ]);
  expect(await inOrder('DROP', 'OUT ACCEPT', 'GROUP web', 'IN ACCEPT -i net7')).toEqual([
    'port what group web lets through, at net0',
  ]);
});

test.each<[string, object | undefined]>([
  ['|IN ACCEPT', undefined],
  ['IN ACCEPT', { direction: 'IN', verb: 'ACCEPT', every: '1', slot: '     ' }],
  ['in drop -p tcp', { direction: 'IN', verb: 'DROP', proto: 'tcp' }],
  ['IN SSH(REJECT) -source 10.0.0.5', { macro: 'SSH', verb: 'REJECT', source: '10.0.0.5', slot: 'SSH     ' }],
  ['GROUP Web -i net0', { direction: 'GROUP', group: 'web', iface: 'net0' }],
  [
    'IN ACCEPT -p tcp -dport 80 -dest 10.0.0.1 -sport 9 -log info',
    { dport: '80', dest: '10.0.0.1', sport: '9', slot: ' tcp 80   10.0.0.1' },
  ],
  ['IN ACCEPT -log info', { every: '1' }],
  ['IN WHAT -p tcp', { unread: '1', verb: 'ACCEPT' }],
  ['IN ACCEPT -p', { unread: '1' }],
  ['IN ACCEPT -what x', { unread: '1' }],
  ['IN', { unread: '1' }],
])('Openings::rule of %j', async (line, expected) => {
  const [rule] = await list('Openings::rule', line);
  if (expected) expect(rule).toMatchObject({ line, ...expected });
  else expect(rule).toBeUndefined();
});

test.each([
  ['IN ACCEPT', 'every port from anywhere', 'every port anywhere'],
  ['IN ACCEPT -p tcp -dport 80 -source 10.0.0.5', 'tcp 80 from 10.0.0.5', 'tcp 80 anywhere from 10.0.0.5'],
  ['IN ACCEPT -p tcp -dest 10.0.0.5 -i net0', 'tcp from anywhere to 10.0.0.5 on net0', 'tcp at 10.0.0.5 on net0'],
  ['IN ACCEPT -p icmp -icmp-type echo-request', 'icmp echo-request from anywhere', 'icmp echo-request anywhere'],
  ['IN SSH(ACCEPT)', 'SSH from anywhere', 'SSH anywhere'],
  ['IN ACCEPT -p udp -sport 53', 'udp from anywhere source port 53', 'udp anywhere source port 53'],
  ['GROUP web -i net1', 'what group web lets through on net1', 'what group web lets through on net1'],
  ['IN WHAT', '`IN WHAT`', '`IN WHAT`'],
])('Openings::text of %s', async (line, incoming, outgoing) => {
  const text = async (direction: object) =>
    (
      await evaluate('my ($line, $direction) = @_; Openings::text(Openings::rule($line), $direction)', line, direction)
    )[0];
  expect(await text(port)).toBe(incoming);
  expect(await text(reach)).toBe(outgoing);
});

/** What of the rule of one guest is not let through by those of another one. */
const uncovered = async (one: readonly [object, string], other: readonly [object, string]) => {
  const code = `my ($one, $other) = @_;
    my @of = map { [ grep { ($_->{form} // '') eq 'opening' && $_->{kind} eq 'port' } Openings::of_guest(@$_) ] } $one, $other;
    map { Openings::uncovered($_, undef, @{ $of[1] }) } @{ $of[0] }`;
  return told(await evaluate(code, one, other));
};

test('Openings::uncovered: nothing, the opening, or the opening on the cards that are left', async () => {
  const web = on('IN ACCEPT -p tcp -dport 80');
  expect(await uncovered([{ net0: 1 }, web], [{ net0: 1 }, web])).toEqual([]);
  expect(await uncovered([{ net0: 1 }, web], [{ net0: 1 }, on()])).toEqual(['port tcp 80 from anywhere, at net0']);
  expect(await uncovered([{ net0: 1, net1: 1 }, web], [{ net0: 1 }, web])).toEqual([
    'port tcp 80 from anywhere on net1, at net1',
  ]);
  expect(await uncovered([{ net0: 1 }, web], [{ net0: 0 }, on()])).toEqual([]);
  expect(await uncovered([{ net0: 0 }, web], [{ net0: 1 }, web])).toEqual([
    'port every port from anywhere (no firewall on net0), at net0',
  ]);
});

/** Whether a rule is let through by others. */
const through = async (line: string, ...others: readonly string[]) => {
  const code =
    'my ($one, @others) = map { +{ nics => [ "net0" ], %{ Openings::rule($_) } } } @_; Openings::is_let_through($one, undef, @others) ? 1 : 0';
  const [is] = await evaluate(code, line, ...others);
  return is === '1';
};

test.each<[string, string[], boolean]>([
  ['IN ACCEPT -p tcp', ['IN ACCEPT'], true],
  ['IN ACCEPT', ['IN ACCEPT -p tcp', 'IN ACCEPT -p udp'], false],
  ['IN ACCEPT', ['IN ACCEPT -log info'], true],
  ['GROUP web', ['GROUP Web'], true],
  ['GROUP web', ['GROUP web -i net0'], true],
  ['GROUP web', ['GROUP other'], false],
  ['GROUP web', ['IN ACCEPT'], true],
  ['IN WHAT', ['IN WHAT'], true],
  ['IN WHAT', ['IN WHAT -p tcp'], false],
  ['IN ACCEPT -p tcp -dport 80', ['IN ACCEPT -p tcp'], true],
  ['IN ACCEPT -p tcp', ['IN ACCEPT -p tcp -dport 1:65535'], false],
  ['IN ACCEPT -p tcp -dport 80:99', ['IN ACCEPT -p tcp -dport 80:89', 'IN ACCEPT -p tcp -dport 90:99'], true],
  ['IN ACCEPT -p tcp -dport 80', ['IN ACCEPT -p udp -dport 80'], false],
  ['IN ACCEPT -p tcp -dport 80 -source 10.0.0.5', ['IN ACCEPT -p tcp -dport 80 -source 10.0.0.0/24'], true],
  ['IN ACCEPT -p tcp -dport 80', ['IN ACCEPT -p tcp -dport 80 -source 10.0.0.0/24'], false],
  ['IN SSH(ACCEPT)', ['IN ACCEPT -p tcp'], false],
  ['IN SSH(ACCEPT) -source 10.0.0.5', ['IN SSH(ACCEPT)'], true],
])('Openings::is_let_through: %s by %j: %s', async (line, others, expected) => {
  expect(await through(line, ...others)).toBe(expected);
});

test.each([
  [{ proto: 'tcp' }, { proto: 'TCP', dport: 80 }, true],
  [{ proto: 'tcp', sport: 9 }, { proto: 'tcp' }, false],
  [{ proto: 'tcp' }, { proto: 'tcp', sport: 9 }, true],
  [{ proto: 'icmp', 'icmp-type': 'x' }, { proto: 'icmp', 'icmp-type': 'y' }, false],
  [{}, { macro: 'SSH' }, true],
  [{ proto: 'tcp' }, { macro: 'SSH' }, false],
  [{ dest: '10.0.0.0/24' }, { dest: '10.0.0.5' }, true],
  [{ dest: '10.0.0.5' }, {}, false],
])('Openings::all_but_ports: %j of %j: %s', async (wide, narrow, expected) => {
  expect(await call('Openings::all_but_ports', wide, { nics: ['net0'], ...narrow })).toBe(expected ? '1' : '0');
});

test('Openings::all_but_ports: a card of the host is compared by its name', async () => {
  const host = { nics: [''], iface: 'vmbr0' };
  expect(await call('Openings::all_but_ports', { iface: 'vmbr0' }, host)).toBe('1');
  expect(await call('Openings::all_but_ports', { iface: 'vmbr1' }, host)).toBe('0');
});

test('Openings::overtaken: what a rule came before', async () => {
  const rule = { form: 'opening', line: 'IN ACCEPT', after: ['b'] };
  expect(await list('Openings::overtaken', rule, { kind: 'x' }, { ...rule, after: ['a', 'b'] })).toEqual(['a']);
  expect(await list('Openings::overtaken', rule, { ...rule, line: 'IN DROP', after: ['a'] })).toEqual([]);
  expect(await list('Openings::overtaken', { ...rule, after: null }, rule)).toEqual([]);
});
