import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call, evaluate, list } from './perl.js';

const file = `# by hand
[OPTIONS]

enable: 1 # on
policy_in: DROP

[ALIASES]
Office 10.0.0.0/24 # HQ

[IPSET Management] # who gets in
10.0.0.5
!10.0.0.6

[RULES]

IN ACCEPT -p tcp -dport 22 # theirs

[group Web]

IN HTTP(ACCEPT)
`;

/** The file after a change of its sections. */
async function changed(text: string, name: string, ...words: readonly unknown[]): Promise<string> {
  const [result] = await evaluate(
    `my ($sections, @words) = (FirewallConf::parse(shift), @_); ${name}($sections, @words); FirewallConf::text($sections)`,
    text,
    ...words,
  );
  return String(result ?? '');
}

/** What a function tells of a file. */
const told = (text: string, name: string, ...words: readonly unknown[]) =>
  evaluate(`scalar ${name}(FirewallConf::parse(shift), @_)`, text, ...words).then(([value]) => value);

const lines = fc.array(
  fc.constantFrom(
    '[OPTIONS]',
    '[rules]',
    ' [ALIASES] ',
    '[IPSET a] # x',
    '[group b]',
    '[strange]',
    'enable: 1',
    'a 10.0.0.1',
    'IN ACCEPT # c',
    '#',
    '',
    '\t ',
    'ü',
  ),
  { maxLength: 14 },
);
const texts = fc.tuple(lines, fc.constantFrom('', '\n')).map(([given, end]) => given.join('\n') + end);

test('FirewallConf::text gives back every byte that FirewallConf::parse read', async () => {
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await changed(text, 'sub {}->')).toBe(text);
    }),
  );
});

test('a change of an option, alias, set, group or rule keeps every line of others in their order, and made twice is made once', async () => {
  const change = fc.constantFrom<readonly [string, ...unknown[]]>(
    ['FirewallConf::set_option', 'policy_in', 'ACCEPT'],
    ['FirewallConf::set_alias', 'new', 'new 10.0.0.9 # ours'],
    ['FirewallConf::set_block', 'ipset', 'new', '[IPSET new] # ours', '10.0.0.9'],
    ['FirewallConf::set_block', 'group', 'new', '[group new] # ours', 'IN ACCEPT'],
    ['FirewallConf::set_rules', { $code: 'sub { $_[0] =~ /# ours$/ }' }, 'IN DROP # ours'],
  );
  const said = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
  await fc.assert(
    fc.asyncProperty(texts, change, async (text, [name, ...words]) => {
      const once = await changed(text, name, ...words);
      expect(await changed(once, name, ...words)).toBe(once);
      const ours =
        /^(policy_in: ACCEPT|new 10\.0\.0\.9 # ours|\[(IPSET|group) new\] # ours|10\.0\.0\.9|IN ACCEPT|IN DROP # ours|\[OPTIONS\]|\[ALIASES\]|\[RULES\])$/;
      expect(said(once).filter((line) => !ours.test(line))).toEqual(said(text).filter((line) => !ours.test(line)));
    }),
    { numRuns: 60 },
  );
});

test('FirewallConf::set_rules ends a last line of blanks before it adds to it', async () => {
  const words = [{ $code: 'sub { 0 }' }, 'IN DROP # ours'];
  expect(await changed('[rules]\n\t ', 'FirewallConf::set_rules', ...words)).toBe('[rules]\n\t \nIN DROP # ours\n');
});

test('FirewallConf::parse names sections by kind and name, in small letters', async () => {
  const sections = (await call('FirewallConf::parse', file)) as { kind: string; name: string; head: string }[];
  expect(sections.map(({ kind, name, head }) => [kind, name, head])).toEqual([
    ['', '', ''],
    ['options', '', '[OPTIONS]\n'],
    ['aliases', '', '[ALIASES]\n'],
    ['ipset', 'management', '[IPSET Management] # who gets in\n'],
    ['rules', '', '[RULES]\n'],
    ['group', 'web', '[group Web]\n'],
  ]);
});

test('FirewallConf::said gives lines that say something, with their place', async () => {
  expect(
    await evaluate(
      'map { "$_->{at} $_->{text}" } FirewallConf::said(FirewallConf::parse(shift), "rules")',
      '[RULES]\n# no\n\nIN   ACCEPT  # x\n[RULES]\n OUT DROP\n',
    ),
  ).toEqual(['2 IN ACCEPT # x', '0 OUT DROP']);
});

test('FirewallConf::plain makes blanks single, and FirewallConf::bare leaves the comment out', async () => {
  expect(await call('FirewallConf::plain', ' \tIN  ACCEPT\t# x \n')).toBe('IN ACCEPT # x');
  expect(await call('FirewallConf::bare', 'IN ACCEPT # x # y')).toBe('IN ACCEPT');
});

test('FirewallConf::options gives of two lines the later one', async () => {
  expect(await told('[OPTIONS]\nEnable: 0\n[options]\nenable: 1\n', 'FirewallConf::options')).toMatchObject({
    enable: { value: '1', at: '0' },
  });
});

test.each([
  ['[OPTIONS]\n\nenable: 0\n\n[RULES]\n', 'enable', '1', '[OPTIONS]\n\nenable: 1\n\n[RULES]\n'],
  ['[OPTIONS]\n\nenable: 0\n\n', 'log', '1', '[OPTIONS]\n\nenable: 0\nlog: 1\n\n'],
  ['[RULES]\nIN DROP', 'enable', '1', '[OPTIONS]\n\nenable: 1\n\n[RULES]\nIN DROP'],
  ['# note', 'enable', '1', '# note\n\n[OPTIONS]\n\nenable: 1\n\n'],
  ['[OPTIONS]', 'enable', '1', '[OPTIONS]\nenable: 1\n'],
  ['', 'enable', '1', '[OPTIONS]\n\nenable: 1\n\n'],
])('FirewallConf::set_option writes into %j', async (text, name, value, expected) => {
  expect(await changed(text, 'FirewallConf::set_option', name, value)).toBe(expected);
});

test.each([
  ['[OPTIONS]\n\nenable: 0\nlog: 1\n', 'enable', '[OPTIONS]\n\nlog: 1\n'],
  ['# n\n[OPTIONS]\n\nenable: 0\n\n[RULES]\n', 'enable', '# n\n[RULES]\n'],
  ['[OPTIONS]\nenable: 0\n', 'log', '[OPTIONS]\nenable: 0\n'],
])(
  'FirewallConf::drop_option takes out of %j the option, and a section that is empty then',
  async (text, name, expected) => {
    expect(await changed(text, 'FirewallConf::drop_option', name)).toBe(expected);
  },
);

test('FirewallConf::aliases finds them in small letters', async () => {
  expect(await told(file, 'FirewallConf::aliases')).toMatchObject({
    office: { text: 'Office 10.0.0.0/24 # HQ', at: '0' },
  });
});

test.each([
  ['a 10.0.0.1', true],
  [' \ta\t10.0.0.1# HQ \n', true],
  ['a  10.0.0.1\n', false],
  ['a 10.0.0.1 10.0.0.2\n', false],
  ['a # 10.0.0.1\n', false],
])('FirewallConf::is_alias reads %j as Proxmox does', async (line, expected) => {
  expect(await call('FirewallConf::is_alias', line)).toBe(expected ? '1' : '');
});

test('FirewallConf::aliases knows none that Proxmox does not, and FirewallConf::set_alias writes it beside', async () => {
  const odd = '[ALIASES]\na  10.0.0.1\n';
  expect(await told(odd, 'FirewallConf::aliases')).toEqual({});
  expect(await changed(odd, 'FirewallConf::set_alias', 'a', 'a 10.0.0.2')).toBe(`${odd}a 10.0.0.2\n`);
});

test.each([
  ['[ALIASES]\na 10.0.0.1\n', 'a', 'a 10.0.0.2', '[ALIASES]\na 10.0.0.2\n'],
  ['[ALIASES]\na 10.0.0.1\n', 'b', 'b 10.0.0.2', '[ALIASES]\na 10.0.0.1\nb 10.0.0.2\n'],
  ['[IPSET x]\na\n[ALIASES]\nc 1\n', 'b', 'b 10.0.0.2', '[ALIASES]\n\nb 10.0.0.2\n\n[IPSET x]\na\n[ALIASES]\nc 1\n'],
])('FirewallConf::set_alias writes into %j, above who may use it', async (text, name, line, expected) => {
  expect(await changed(text, 'FirewallConf::set_alias', name, line)).toBe(expected);
});

test('FirewallConf::drop_alias takes one out', async () => {
  expect(await changed('[ALIASES]\na 1\nb 2\n', 'FirewallConf::drop_alias', 'a')).toBe('[ALIASES]\nb 2\n');
  expect(await changed('[ALIASES]\na 1\n[RULES]\n', 'FirewallConf::drop_alias', 'a')).toBe('[RULES]\n');
});

test('FirewallConf::blocks gives of two sections of a name the later one, FirewallConf::lines_of what it says', async () => {
  const text = '[IPSET a]\n10.0.0.1\n[IPSET A]\n # no\n  10.0.0.2  # x\n\n';
  expect(
    await evaluate(
      `my $b = FirewallConf::blocks(FirewallConf::parse(shift), 'ipset'); (keys %$b, FirewallConf::lines_of($b->{a}))`,
      text,
    ),
  ).toEqual(['a', '10.0.0.2 # x']);
  expect(await list('FirewallConf::lines_of', { body: ['\n', '# x\n', 'a\n'] })).toEqual(['a']);
});

test.each([
  ['[RULES]\nIN DROP\n', 'ipset', '[IPSET n]\n\na\nb\n\n[RULES]\nIN DROP\n'],
  ['[RULES]\nIN DROP\n', 'group', '[RULES]\nIN DROP\n\n[group n]\n\na\nb\n\n'],
  ['[IPSET N] # old\nc\n\n[RULES]\n', 'ipset', '[IPSET n]\n\na\nb\n\n[RULES]\n'],
])('FirewallConf::set_block writes into %j a section of its own', async (text, kind, expected) => {
  const head = kind === 'ipset' ? '[IPSET n]' : '[group n]';
  expect(await changed(text, 'FirewallConf::set_block', kind, 'n', head, 'a', 'b')).toBe(expected);
});

test('FirewallConf::drop_block takes a section with all its lines', async () => {
  expect(await changed('[IPSET a]\n1\n\n[RULES]\n', 'FirewallConf::drop_block', 'ipset', 'a')).toBe('[RULES]\n');
  expect(await changed('[RULES]\n', 'FirewallConf::drop_block', 'ipset', 'a')).toBe('[RULES]\n');
});

const ours = { $code: 'sub { $_[0] =~ /# ours$/ }' };

test.each([
  ['[RULES]\n\nIN DROP\nOUT DROP # ours\n', ['A # ours', 'B # ours'], '[RULES]\n\nA # ours\nB # ours\nIN DROP\n'],
  ['[RULES]\nIN DROP', ['A # ours'], '[RULES]\n\nA # ours\nIN DROP'],
  ['[RULES]\n\nA # ours\n', [], ''],
  ['[RULES]\n\nA # ours\nIN DROP\n', [], '[RULES]\n\nIN DROP\n'],
  ['[group g]\nIN DROP\n', ['A # ours'], '[RULES]\n\nA # ours\n\n[group g]\nIN DROP\n'],
  ['[RULES]', ['A # ours'], '[RULES]\n\nA # ours\n'],
])('FirewallConf::set_rules puts ours before those of others: %j', async (text, rules, expected) => {
  expect(await changed(text, 'FirewallConf::set_rules', ours, ...rules)).toBe(expected);
});

test('FirewallConf::first_of is the place of a section, or the end', async () => {
  expect(await told(file, 'FirewallConf::first_of', 'rules', 'ipset')).toBe('3');
  expect(await told('', 'FirewallConf::first_of', 'rules')).toBe('1');
});

test('FirewallConf::place sets a section on lines of its own', async () => {
  expect(await changed('a', 'FirewallConf::place', 1, { head: '[X]\n', body: [] })).toBe('a\n\n[X]\n');
  expect(await changed('a\n\n', 'FirewallConf::place', 1, { head: '[X]\n', body: [] })).toBe('a\n\n[X]\n');
});

test.each([
  ['[RULES]', '[RULES]\nx\n'],
  ['[RULES]\n', '[RULES]\nx\n'],
  ['[RULES]\n\n\n', '[RULES]\n\nx\n\n'],
  ['[RULES]\na', '[RULES]\na\nx\n'],
  ['[RULES]\n\na\n\n', '[RULES]\n\na\nx\n\n'],
])('FirewallConf::insert_last adds a line behind the last of %j', async (text, expected) => {
  const [result] = await evaluate(
    'my $s = FirewallConf::parse(shift); FirewallConf::insert_last($s->[1], "x\\n"); FirewallConf::text($s)',
    text,
  );
  expect(result).toBe(expected);
});

test('FirewallConf::tidy takes out a section that says nothing any more', async () => {
  const code = 'my $s = FirewallConf::parse(shift); FirewallConf::tidy($s, $s->[1]); FirewallConf::text($s)';
  expect(await evaluate(code, '[RULES]\n \n\n')).toEqual(['']);
  expect(await evaluate(code, '[RULES]\n# note\n')).toEqual(['[RULES]\n# note\n']);
});
