import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { about, host, journal, type LookFacts, look, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const mark = '(phoenix-cdk app=phoenix)';
const rule = (text: string) => `${text} # ${mark}`;
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

type Words = readonly string[];
const entries = (part: string, ...words: Words) => step('firewall-entries', 'fw', '--file', cluster, part, ...words);

interface Case {
  readonly part?: 'options' | 'entries';
  readonly text?: string;
  readonly applied?: readonly string[];
  readonly flags?: LookFacts['flags'] & object;
  readonly files?: Readonly<Record<string, string>>;
}

const facts = (words: Words, { part = 'entries', text, applied, flags = {}, files = {} }: Case): LookFacts => ({
  steps: [entries(part, ...words)],
  flags,
  host: host({ root: root({ ...files, ...(text === undefined ? {} : { [cluster]: text }) }) }),
  journal: journal(...(applied ? [['applied', 'fw', '-', '-', ...applied]] : [])),
});
const compared = (words: Words, given: Case) => about('CompareFirewall::entries', facts(words, given));

/** The edit of a file, after code on it; `$edit->{text}` is the file as it should be. */
const edited = (words: Words, given: Case, code = '$edit') =>
  evaluate(
    `my ($look, $text) = @_; my $step = $look->{steps}[0]; my $edit = CompareFirewall::edit($step, $look, $text); ${code}`,
    look(facts(words, given)),
    given.text ?? '',
  );
const edit = async (words: Words, given: Case) =>
  (await edited(words, given, '+{ map { $_ => $edit->{$_} } qw(text changes notes risk refused) }'))[0];

const on = '[OPTIONS]\n\nenable: 1\n\n';

test.each<[string, () => Promise<unknown>, object]>([
  [
    'a file that is not there',
    () => compared(['--rule', rule('IN ACCEPT')], {}),
    { verdict: 'create', do: 'write', fields: { digest: sha1('') } },
  ],
  [
    'what is as it should be',
    () => compared(['--rule', rule('IN ACCEPT')], { text: `[RULES]\n\n${rule('IN ACCEPT')}\n` }),
    { verdict: 'satisfied' },
  ],
  [
    'entries of others, which are told',
    () => compared([], { text: '[ALIASES]\na 1\n[RULES]\nIN DROP\n' }),
    { verdict: 'satisfied', notes: [`${cluster} holds of others, and keeps as they are: 1 rule, alias a`] },
  ],
  [
    'a change that may cut somebody off',
    () => compared(['--option', 'enable', '1'], { part: 'options' }),
    { verdict: 'held', flag: '--allow-firewall', changes: [{ key: 'enable', held: '1' }] },
  ],
  [
    'the same change, allowed',
    () => compared(['--option', 'enable', '1'], { part: 'options', flags: { 'allow-firewall': 1 } }),
    { verdict: 'create' },
  ],
  [
    'a name that is somebody else’s',
    () => compared(['--alias', 'a', `a 2 # ${mark}`], { text: '[ALIASES]\na 1\n' }),
    { verdict: 'refused', reason: expect.stringContaining('has alias a of somebody else') },
  ],
  [
    'more than fits below /etc/pve',
    () => compared(['--rule', rule('IN ACCEPT')], { text: `#${'x'.repeat(1_048_570)}\n` }),
    { verdict: 'refused', reason: expect.stringContaining('1 MiB') },
  ],
])('CompareFirewall::entries of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareFirewall::entries is unknown without a quorum', async () => {
  await expect(compared([], { files: { '/etc/pve/.members': '"quorate": 0' } })).rejects.toThrow(
    'Unknown: the cluster has no quorum',
  );
});

test('CompareFirewall::edit brings in what is asked for, takes out what was ours, and keeps every line of others', async () => {
  const text = `# theirs\n[OPTIONS]\n\nlog_ratelimit: x\n\n[RULES]\n\nOUT DROP\n${rule('IN DROP')}\n`;
  const words = [
    '--alias',
    'office',
    `office 10.0.0.0/24 # ${mark}`,
    '--ipset',
    '3',
    'ai',
    `[IPSET ai] # ${mark}`,
    '10.0.0.50',
    '--rule',
    rule('IN ACCEPT'),
  ];
  expect(await edit(words, { text })).toMatchObject({
    text: `# theirs\n[OPTIONS]\n\nlog_ratelimit: x\n\n[ALIASES]\n\noffice 10.0.0.0/24 # ${mark}\n\n[IPSET ai] # ${mark}\n\n10.0.0.50\n\n[RULES]\n\n${rule('IN ACCEPT')}\nOUT DROP\n`,
    changes: [
      { key: 'alias office' },
      { key: 'ipset ai' },
      { key: 'rule', from: rule('IN DROP') },
      { key: 'rule', to: rule('IN ACCEPT') },
    ],
  });
});

test.each([
  [undefined, '0'],
  ['[OPTIONS]\nenable: 0\n', '0'],
  ['[OPTIONS]\nenable: 1\n', '1'],
  ['[RULES]\n', '0'],
])('CompareFirewall::cluster_enabled reads %j', async (text, expected) => {
  expect(await call('CompareFirewall::cluster_enabled', look(facts([], text === undefined ? {} : { text })))).toBe(
    expected,
  );
});

test('CompareFirewall::note_change adds to the changes', async () => {
  expect(
    await evaluate('my $e = { changes => [] }; CompareFirewall::note_change($e, "k", "a", "b"); @{ $e->{changes} }'),
  ).toMatchObject([{ key: 'k', from: 'a', to: 'b' }]);
});

test.each<[string, Words, Case, object]>([
  [
    'sets what is asked for',
    ['--option', 'policy_out', 'DROP'],
    { text: on },
    { changes: [{ key: 'policy_out', from: '', to: 'DROP' }], risk: 'policy_out would become DROP' },
  ],
  [
    'takes a value in another case for the same',
    ['--option', 'policy_in', 'DROP'],
    { text: '[OPTIONS]\npolicy_in: drop\n' },
    { changes: [] },
  ],
  [
    'takes out what it set and nobody changed',
    [],
    { text: '[OPTIONS]\nlog: 1\n', applied: ['option log=1'] },
    { changes: [{ key: 'log', from: '1', to: '' }], text: '' },
  ],
  [
    'leaves what it set and somebody changed',
    [],
    { text: '[OPTIONS]\nlog: 2\n', applied: ['option log=1'] },
    { changes: [], notes: [expect.stringContaining('log was changed by somebody to 2')] },
  ],
  ['leaves what others set', [], { text: '[OPTIONS]\nlog: 2\n' }, { changes: [], notes: [] }],
])('CompareFirewall::options %s', async (_, words, given, expected) => {
  expect(await edit(words, { part: 'options', ...given })).toMatchObject(expected);
});

test.each([
  [{ path: cluster, enabled: 0 }, 'enable', undefined, '1', 'the firewall would be switched on'],
  [{ path: cluster, enabled: 1 }, 'enable', '1', '1', null],
  [{ path: cluster, enabled: 1 }, 'enable', '1', '0', null],
  [{ path: '/etc/pve/nodes/pve/host.fw', enabled: 0 }, 'enable', '0', '1', null],
  [{ path: '/etc/pve/nodes/pve/host.fw', enabled: 1 }, 'enable', '0', '1', 'the firewall would be switched on'],
  [{ path: cluster, enabled: 1 }, 'policy_in', 'ACCEPT', 'DROP', 'policy_in would become DROP'],
  [{ path: cluster, enabled: 0 }, 'policy_in', 'ACCEPT', 'DROP', null],
  [{ path: cluster, enabled: 1 }, 'policy_in', 'DROP', 'REJECT', null],
  [{ path: cluster, enabled: 1 }, 'policy_out', '', 'DROP', 'policy_out would become DROP'],
])('CompareFirewall::risk_of_option in %j: %s from %s to %s', async (given, name, from, to, risk) => {
  expect(
    await evaluate(
      'my ($edit, @words) = @_; CompareFirewall::risk_of_option($edit, @words); $edit->{risk}',
      given,
      name,
      from,
      to,
    ),
  ).toEqual([risk]);
});

test.each<[string, Case, object]>([
  ['one that is not there', {}, { changes: [{ key: 'alias a', from: '', to: `a 2 # ${mark}` }] }],
  [
    'one of ours',
    { text: `[ALIASES]\na 1 # ${mark}\n` },
    { changes: [{ from: `a 1 # ${mark}` }], text: `[ALIASES]\na 2 # ${mark}\n` },
  ],
  [
    'one that the journal knows as ours',
    { text: '[ALIASES]\na 1\n', applied: ['alias a='] },
    { changes: [{ to: `a 2 # ${mark}` }] },
  ],
  [
    'one of somebody else that says the same',
    { text: '[ALIASES]\na 2 # theirs\n' },
    { changes: [], notes: [expect.stringContaining('is not ours: it is never changed')] },
  ],
  ['one of somebody else', { text: '[ALIASES]\na 1\n' }, { refused: expect.stringContaining('of somebody else') }],
])('CompareFirewall::aliases meets %s', async (_, given, expected) => {
  expect(await edit(['--alias', 'a', `a 2 # ${mark}`], given)).toMatchObject(expected);
});

const set = (name: string, ...members: Words) => [
  '--ipset',
  String(2 + members.length),
  name,
  `[IPSET ${name}] # ${mark}`,
  ...members,
];

test.each<[string, Words, Case, object]>([
  ['a set that is not there', set('ai', '10.0.0.1'), {}, { changes: [{ key: 'ipset ai', from: '', to: '10.0.0.1' }] }],
  ['an empty one', set('ai'), {}, { changes: [{ to: 'empty' }] }],
  ['a set as it should be', set('ai', '10.0.0.1'), { text: `[IPSET ai] # ${mark}\n10.0.0.1\n` }, { changes: [] }],
  [
    'who gets in, made less',
    set('management', '10.0.0.1'),
    { text: `${on}[IPSET management] # ${mark}\n10.0.0.1\n10.0.0.2\n` },
    { risk: 'ipset management, by which administrators get in or not, would let less through' },
  ],
  [
    'a group of somebody else',
    ['--group', '3', 'web', `[group web] # ${mark}`, 'IN ACCEPT'],
    { text: '[group web]\n\nIN DROP\n' },
    { refused: expect.stringContaining('has group web of somebody else') },
  ],
])('CompareFirewall::blocks meets %s', async (_, words, given, expected) => {
  expect(await edit(words, given)).toMatchObject(expected);
});

const asEdit = (more = '') => ({
  $code: `{ applied => { 'alias a' => '' }, path => '/f', notes => [], changes => [], is_ours => sub { $_[0] =~ /ours/ } ${more} }`,
});

test('CompareFirewall::mine goes by the mark or by the journal', async () => {
  expect(await holds('CompareFirewall::mine', asEdit(), 'alias b', 'x # ours')).toBe(true);
  expect(await holds('CompareFirewall::mine', asEdit(), 'alias a', 'x')).toBe(true);
  expect(await holds('CompareFirewall::mine', asEdit(), 'alias b', 'x')).toBe(false);
});

test('CompareFirewall::strangers notes what says the same, and refuses what does not', async () => {
  const code =
    'my $e = shift; CompareFirewall::strangers($e, "alias a", @_); ($e->{refused} ? 1 : 0, scalar @{ $e->{notes} }, scalar @{ $e->{changes} })';
  expect(await evaluate(code, asEdit(), 'x', 'x')).toEqual(['0', '1', '0']);
  expect(await evaluate(code, asEdit(), 'x', 'y')).toEqual(['1', '0', '1']);
});

test.each<[string, Words, Case, object]>([
  [
    'in another place',
    ['--rule', rule('IN ACCEPT')],
    { text: `[RULES]\n\nOUT DROP\n${rule('IN ACCEPT')}\n` },
    { changes: [{ key: 'rules', from: 'in another place or order' }] },
  ],
  [
    'that let administrators in and go',
    [],
    { text: `${on}[RULES]\n\n${rule('IN SSH(ACCEPT)')}\n` },
    { changes: [{ key: 'rule', to: '' }], risk: expect.stringContaining('lets administrators in would go') },
  ],
  [
    'that let nothing through and come first',
    ['--rule', rule('IN DROP')],
    { text: `${on}[RULES]\n\nIN ACCEPT\n` },
    { risk: expect.stringContaining('a new rule stands before others') },
  ],
  ['while the firewall is off', ['--rule', rule('IN DROP')], {}, { risk: null }],
])('CompareFirewall::rules %s', async (_, words, given, expected) => {
  expect(await edit(words, given)).toMatchObject(expected);
});

test.each<[string, Case, object]>([
  [
    'an alias',
    { text: `[ALIASES]\na 1 # ${mark}\nb 2\n` },
    { text: '[ALIASES]\nb 2\n', changes: [{ key: 'alias a', to: '' }] },
  ],
  ['a set', { text: `[IPSET a] # ${mark}\n1\n` }, { text: '', changes: [{ key: 'ipset a' }] }],
  [
    'a set that somebody uses',
    { text: `[IPSET a] # ${mark}\n1\n[RULES]\nIN ACCEPT -source +a\n` },
    { changes: [], notes: [expect.stringContaining('stays, because `IN ACCEPT -source +a` uses it')] },
  ],
  [
    'the set of who gets in',
    { text: `${on}[IPSET management] # ${mark}\n1\n` },
    { risk: 'the set management would go' },
  ],
  ['what is somebody else’s', { text: '[ALIASES]\na 1\n' }, { changes: [] }],
])('CompareFirewall::leftovers takes out %s', async (_, given, expected) => {
  expect(await edit([], given)).toMatchObject(expected);
});

test.each([
  ['alias', 'a', { '/etc/pve/firewall/950.fw': '[RULES]\nIN ACCEPT -source dc/a\n' }, '/etc/pve/firewall/950.fw'],
  ['alias', 'a', { '/etc/pve/firewall/950.fw': '[RULES]\nIN ACCEPT -source ab\n' }, null],
  ['alias', 'a', { '/etc/pve/firewall/950.fw': '[RULES]\nIN ACCEPT # a\n' }, null],
  ['ipset', 'a', { '/etc/pve/nodes/pve/host.fw': '[RULES]\nIN ACCEPT -source +dc/a\n' }, '/etc/pve/nodes/pve/host.fw'],
  ['ipset', 'a', { '/etc/pve/firewall/950.fw': '[RULES]\nIN ACCEPT -source +a-b\n' }, null],
  ['group', 'a', { '/etc/pve/firewall/950.fw': '[RULES]\n|GROUP a -i net0\n' }, '/etc/pve/firewall/950.fw'],
  ['group', 'a', {}, null],
])('CompareFirewall::user_of the %s %s in %j', async (kind, name, files, expected) => {
  expect(await edited([], { files }, `CompareFirewall::user_of($edit, '${kind}', '${name}')`)).toEqual([expected]);
});

test('CompareFirewall::others names what is not ours, and says nothing of nothing', async () => {
  const text = `[ALIASES]\na 1\nb 2 # ${mark}\n[IPSET s]\n[group g]\n[RULES]\nIN DROP\nOUT DROP\n${rule('IN ACCEPT')}\n`;
  expect(
    await edited(
      ['--alias', 'b', `b 2 # ${mark}`, '--rule', rule('IN ACCEPT')],
      { text },
      `CompareFirewall::others('/f', $edit)`,
    ),
  ).toEqual(['/f holds of others, and keeps as they are: 2 rules, alias a, ipset s, group g']);
  expect(await edited([], {}, `CompareFirewall::others('/f', $edit)`)).toEqual([]);
});

test('CompareFirewall::record has names, and values of the options that we changed, now or before', async () => {
  const given = entries(
    'entries',
    '--option',
    'enable',
    '1',
    '--option',
    'log',
    'info',
    '--alias',
    'a',
    'a 1',
    ...set('s', '1'),
    '--rule',
    'IN',
  );
  const record = (records: readonly string[][], changed: object) =>
    list('CompareFirewall::record', given, journal(...records), changed);
  expect(await record([], {})).toEqual(['alias a=', 'ipset s=']);
  expect(await record([], { enable: 1 })).toEqual(['option enable=1', 'alias a=', 'ipset s=']);
  expect(await record([['applied', 'fw', '-', '-', 'option log=debug']], {})).toEqual([
    'option log=info',
    'alias a=',
    'ipset s=',
  ]);
});

test.each([
  ['', false],
  ['[OPTIONS]\nenable: 1\n', true],
  ['[OPTIONS]\nenable:  2\n', true],
  ['[OPTIONS]\nenable: 0\n', false],
  ['[OPTIONS]\nenable: 00\n', false],
  ['[OPTIONS]\nenable: 1\nenable: 0\n', false],
  ['[OPTIONS]\npolicy_in: DROP\n', false],
  ['[RULES]\nenable: 1\n', false],
])('CompareFirewall::is_enabled reads %j: %s', async (text, expected) => {
  expect(await holds('CompareFirewall::is_enabled', text)).toBe(expected);
});

const less = 'alias a, by which administrators get in or not, would let less through';

test.each<[string, object, string[], string[], string | null]>([
  ['that lets in, made less', { 'alias a': { lets: 1 } }, ['10.0.0.0/24'], ['10.0.0.0/25'], less],
  ['that lets in, made more', { 'alias a': { lets: 1 } }, ['10.0.0.0/25'], ['10.0.0.0/24'], null],
  ['that stops, made more', { 'alias a': { stops: 1 } }, ['10.0.0.0/25'], ['10.0.0.0/24'], less],
  ['that no such rule names', {}, ['10.0.0.0/24'], ['10.0.0.0/25'], null],
])('CompareFirewall::risk_of_addresses %s', async (_, way_in, from, to, expected) => {
  const code =
    'my ($edit, @words) = @_; CompareFirewall::risk_of_addresses($edit, "alias a", @words); ($edit->{risk}, scalar keys %{ $edit->{way_in} })';
  expect(await evaluate(code, { way_in }, from, to)).toEqual([expected, String(Object.keys(way_in).length)]);
});

test('CompareFirewall::risk_of_addresses and CompareFirewall::risk_of_rules name the first risk that there was', async () => {
  const code = `my ($look) = @_; my $edit = { risk => 'first', way_in => { 'alias a' => { lets => 1 } }, look => $look, path => '/f' };
    CompareFirewall::risk_of_addresses($edit, 'alias a', ['a'], []); CompareFirewall::risk_of_rules($edit, ['IN ACCEPT'], []); $edit->{risk}`;
  expect(await evaluate(code, look(facts([], {})))).toEqual(['first']);
});

test.each<[string, string, string[], string[], string | null]>([
  ['that let administrators in and go', '', ['IN  ACCEPT # x'], [], expect.stringContaining('would go (IN ACCEPT)')],
  ['with another comment', '', ['IN ACCEPT # x'], ['IN ACCEPT # y'], null],
  [
    'of a group that lets them in',
    '[group ops]\nIN SSH(ACCEPT)\n',
    ['GROUP ops'],
    [],
    expect.stringContaining('would go (GROUP ops)'),
  ],
  ['of a group about something else', '[group ops]\nIN HTTP(ACCEPT)\n', ['GROUP ops'], [], null],
])('CompareFirewall::risk_of_rules %s', async (_, text, from, to, expected) => {
  const code = `my ($look, @words) = @_; my $edit = { look => $look, path => '/f' }; CompareFirewall::risk_of_rules($edit, map { [ map { FirewallConf::plain($_) } @$_ ] } @words); $edit->{risk}`;
  expect(await evaluate(code, look(facts([], { text })), from, to)).toEqual([expected]);
});

test('CompareFirewall::groups are those of the cluster as they are and as they will be', async () => {
  const code = `my ($look, $path, $after) = @_; CompareFirewall::groups({ look => $look, path => $path, sections => FirewallConf::parse($after) })`;
  const given = look(facts([], { text: '[group a]\nIN DROP\n[group b]\nIN ACCEPT\n' }));
  const after = '[group b]\nIN DROP\n[group c]\nOUT DROP\n';
  expect(await evaluate(code, given, cluster, after)).toEqual([
    { a: ['IN DROP'], b: ['IN ACCEPT', 'IN DROP'], c: ['OUT DROP'] },
  ]);
  expect(await evaluate(code, given, '/etc/pve/nodes/pve/host.fw', after)).toEqual([
    { a: ['IN DROP'], b: ['IN ACCEPT'] },
  ]);
});

test.each<[string, Words, Case, object]>([
  [
    'an alias that a rule for administrators names',
    ['--alias', 'a', `a 10.0.0.0/25 # ${mark}`],
    { text: `${on}[ALIASES]\na 10.0.0.0/24 # ${mark}\n[RULES]\nIN ACCEPT -source dc/a\n` },
    { risk: less },
  ],
  [
    'an alias that no rule names',
    ['--alias', 'a', `a 10.0.0.0/25 # ${mark}`],
    { text: `${on}[ALIASES]\na 10.0.0.0/24 # ${mark}\n` },
    { risk: null },
  ],
  [
    'a group by which administrators get in',
    ['--group', '3', 'ops', `[group ops] # ${mark}`, 'IN HTTP(ACCEPT)'],
    { text: `${on}[RULES]\nGROUP ops\n[group ops] # ${mark}\nIN SSH(ACCEPT)\n` },
    { risk: 'a rule that lets administrators in would go (IN SSH(ACCEPT))' },
  ],
  [
    'a rule of ours by which a group lets them in',
    [],
    { text: `${on}[RULES]\n${rule('GROUP in')}\n[group in]\nIN SSH(ACCEPT)\n` },
    { risk: 'a rule that lets administrators in would go (GROUP in)' },
  ],
])('CompareFirewall::edit sees the risk of %s, made less', async (_, words, given, expected) => {
  expect(await edit(words, given)).toMatchObject(expected);
});
