import { expect, test } from 'vitest';
import { host, look, plan } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import {
  asked,
  change,
  changed,
  type Facts,
  folder,
  found,
  printed,
  row,
  satisfied,
  session,
  stack,
  verdict,
} from './planned.js';
import { root } from './root.js';

const here = { '/srv/a/x': '' };
const endpoint = asked(
  'health',
  'h',
  '--url',
  'http://a/',
  '--status',
  200,
  '--retries',
  1,
  '--interval',
  0,
  '--path',
  'ai/h',
  '--title',
  'answers',
);

// curl is not started: it says what the session has for it.
const curl = `no warnings 'redefine'; local *Host::output = sub { my ($exit, @lines) = @$main::curl; ($exit, \\@lines) };`;
const verify = (given: object, said: readonly (number | string)[] = [0, '200']) =>
  evaluate(`local $main::curl = $_[1]; ${curl} ${printed('Verify::verify($_[0])')}`, given, said);

test.each<[string, () => Facts, readonly (number | string)[], string, string]>([
  ['is well', () => session(here, [folder('a')]), [], '0', 'Verified: 1 steps in place.\n'],
  [
    'is well and answers',
    () => session(here, [folder('a'), endpoint]),
    [0, '200'],
    '0',
    '= ai/h  answers  GET http://a/ = 200\nVerified: 2 steps in place, 1 endpoint answers.\n',
  ],
  [
    'is not there',
    () => session({}, [folder('a')]),
    [],
    '1',
    '? ai/a  folder  create: folder is absent, not /srv/a\nNot as it should be: 1 step, 0 endpoints.\n',
  ],
  [
    'does not answer',
    () => session({}, [endpoint]),
    [0, '503'],
    '1',
    '! ai/h  answers  GET http://a/ = 200  answered 503\nNot as it should be: 0 steps, 1 endpoint.\n',
  ],
])('Verify::verify of what %s', async (_, given, said, exit, text) => {
  expect(await verify(given(), said)).toEqual([exit, text]);
});

test('Verify::verify as JSON says the same', async () => {
  const [exit, text] = await verify(session({}, [folder('a'), endpoint], { flags: { json: 1 } }));
  expect(exit).toBe('1');
  expect(JSON.parse(String(text))).toMatchObject({
    ok: false,
    wrong: [{ path: 'ai/a' }],
    endpoints: [{ ok: true, is: 'answers' }],
  });
});

// ---- Steps

/** Looks so often, with a clock that goes on a second each time; the folder comes with the third look. */
const looks = `no warnings 'redefine'; my ($session, $deadline) = @_; my ($now, $looks, @told) = (0, 0); local *Clock::now = sub { $now++ }; local $ENV{PHOENIX_PAUSE} = 0.001;
  my $all = \\&Found::all; local *Found::all = sub { mkdir "$session->{root}/srv"; mkdir "$session->{root}/srv/a" if ++$looks == 3; $all->(@_) };
  my ($found, $wrong) = Verify::steps($session, $deadline, sub { push @told, @_ }); ($looks, ref $found, scalar @$wrong, \\@told)`;

test('Verify::steps looks once where nobody waits, and until all is well or the time is up where somebody does', async () => {
  const steps = [folder('a'), folder('b')];
  expect(await evaluate(looks, session({}, steps), null)).toEqual(['1', 'HASH', '2', []]);
  expect(await evaluate(looks, session({}, [folder('a')]), 100)).toEqual([
    '3',
    'HASH',
    '0',
    Array(2).fill('ai/a  folder  create: folder is absent, not /srv/a'),
  ]);
  expect(await evaluate(looks, session({}, steps), 6)).toEqual([
    '4',
    'HASH',
    '1',
    [
      ...Array(2).fill('ai/a  folder  create: folder is absent, not /srv/a (and 1 more)'),
      'ai/b  folder  create: folder is absent, not /srv/b',
    ],
  ]);
});

test('Verify::wrong are the steps that are not as they should be, besides endpoints', async () => {
  const rows = [
    changed,
    satisfied,
    row('n', verdict('note')),
    row('r', verdict('refused', { reason: 'no' })),
    row('h', verdict('change', { asks: 1 })),
  ];
  const given = (names: Facts) => [{ plan: plan({}, { here: 'pve', stacks: [stack(names)] }) }, found(rows)];
  expect(await list('Verify::wrong', ...given({}))).toEqual([
    { path: 'ai/b', title: 'tb', verdict: 'change', reason: 'memory is 512, not 1024' },
    { path: 'ai/r', title: 'tr', verdict: 'refused', reason: 'no' },
  ]);
  expect((await list('Verify::wrong', ...given({ host: 'pve2' }))).at(-1)).toMatchObject({
    path: 'pve',
    title: 'host',
    verdict: 'unknown',
    reason: expect.stringContaining('the stacks are for pve2'),
  });
});

test.each([
  [[], ''],
  [[change('a', '1', '2')], 'a is 1, not 2'],
  [[change('a', '', '2'), change('b', '1', 'absent')], 'a is absent, not 2, b is 1, not absent'],
])('Verify::differing of %j', async (changes, expected) => {
  expect(await call('Verify::differing', verdict('change', { changes }))).toBe(expected);
});

test.each([
  ['what was said', verdict('refused', { reason: 'no' }), 'no'],
  ['what differs', changed.verdict, 'memory is 512, not 1024'],
  ['what comes first', verdict('waiting', { reason: '' }), 'for a step before it'],
])('Verify::reason is %s', async (_, of, expected) => {
  expect(await call('Verify::reason', of)).toBe(expected);
});

// ---- Endpoints

const asks = (id: string, more: Facts = {}) =>
  row(id, verdict('satisfied', { asks: 1, arguments: [`http://${id}/`, '200', '2', '60'] }), more);
const endpoints = (
  rows: readonly ReturnType<typeof row>[],
  said: readonly unknown[],
  wrong: readonly Facts[] = [],
  deadline: unknown = null,
) =>
  evaluate(
    `no warnings 'redefine'; my ($found, $wrong, $deadline) = @_; local $ENV{PHOENIX_PAUSE} = 0; local *Clock::now = sub { 100 }; my @told;
     my @asked = Verify::endpoints($found, $wrong, $deadline, sub { push @told, @_ }); (\\@asked, \\@told)`,
    found(rows, { look: look({ host: host({ answers: said as never }) }) }),
    wrong,
    deadline,
  );

test.each<[string, readonly unknown[], readonly Facts[], unknown, Facts, readonly string[]]>([
  ['answers', [[0, '200']], [], null, { is: 'answers', text: '' }, []],
  [
    'answers the second time',
    [
      [0, '503'],
      [0, '200'],
    ],
    [],
    null,
    { is: 'answers' },
    ['ai/h  th  GET http://h/ = 200: answered 503'],
  ],
  [
    'answers twice with another status, which are all its tries',
    [
      [0, '503'],
      [0, '404'],
    ],
    [],
    null,
    { is: 'wrong-answer', text: 'answered 404' },
    [expect.anything() as never],
  ],
  [
    'answers the third time, where somebody waits',
    [[0, '503'], [7], [0, '200']],
    [],
    200,
    { is: 'answers' },
    [expect.anything() as never, expect.stringContaining('exit 7') as never],
  ],
  ['does not answer while there is time', [[7]], [], 50, { is: 'silent', text: 'curl failed with exit 7' }, []],
  [
    'is not asked',
    [],
    [{ path: 'ai/h' }],
    null,
    { is: 'not-asked', text: 'not asked: ai/h is not as it should be' },
    [],
  ],
])('Verify::endpoints asks one that %s', async (_, said, wrong, deadline, expected, told) => {
  const [asked, heard] = await endpoints([satisfied, asks('h')], said, wrong, deadline);
  expect(asked).toMatchObject([{ path: 'ai/h', title: 'th', condition: 'GET http://h/ = 200', ...expected }]);
  expect(heard).toEqual(told);
});

/** What Verify::starting says of a guest that was started at this second, at second 1000. */
const starting = (resource: string, startedAt: number, type: 'lxc' | 'qemu', mayTake: number) => {
  const folder = root({ '/sys/fs/cgroup/lxc/950/x': '' });
  const code = `no warnings 'redefine'; my ($step, $host, $answer, $may, $at, $process) = @_; local *Clock::now = sub { 1000.9 };
    utime $at, $at, $host->place('/sys/fs/cgroup/lxc/950'); local *Host::started_at = sub { $process }; scalar Verify::starting($step, $host, $answer, $may)`;
  const guests = { 950: { text: '', type } };
  return evaluate(
    code,
    { resource },
    host({ root: folder, guests }),
    { text: 'answered 503' },
    mayTake,
    ...(type === 'lxc' ? [startedAt, 1] : [1, startedAt]),
  );
};

test.each<[string, Parameters<typeof starting>, unknown]>([
  [
    'a container that was started a moment ago',
    ['guest/950', 990, 'lxc', 60],
    { is: 'starting', text: 'answered 503; guest 950 was started 10 s ago and may take 60 s: --wait 50' },
  ],
  [
    'a machine that was started a moment ago',
    ['guest/950', 995, 'qemu', 60],
    { is: 'starting', text: expect.stringContaining('started 5 s ago') },
  ],
  ['a guest that had its time', ['guest/950', 940, 'lxc', 60], null],
  ['a guest that comes from the future', ['guest/950', 2000, 'lxc', 60], null],
  ['a guest that is not there', ['guest/951', 990, 'lxc', 60], null],
  ['no guest', ['health/x', 990, 'lxc', 60], null],
])('Verify::starting of %s', async (_, given, expected) => {
  expect(await starting(...given)).toEqual([expected]);
});

test('Verify::starting takes a container that does not run for one that had its time', async () => {
  const code = 'Verify::starting(@_)';
  expect(
    await evaluate(code, { resource: 'guest/950' }, host({ root: root(), guests: { 950: '' } }), { text: '' }, 60),
  ).toEqual([null]);
});

test('an endpoint of a guest that starts is told as such by Verify::endpoints', async () => {
  const code = `no warnings 'redefine'; local *Verify::starting = sub { { is => 'starting', text => join ' ', $_[0]{id}, $_[2]{is}, $_[3] } };
    local $ENV{PHOENIX_PAUSE} = 0; local *Clock::now = sub { 100 }; my @asked = Verify::endpoints($_[0], [], undef, sub { }); map { ($_->{is}, $_->{text}) } @asked`;
  const facts = (said: readonly unknown[]) =>
    found([asks('h')], { look: look({ host: host({ answers: said as never }) }) });
  expect(await evaluate(code, facts([[7], [7]]))).toEqual(['starting', 'h silent 120']);
  expect(await evaluate(code, facts([[0, '200']]))).toEqual(['answers', '']);
});

test.each([
  [[], false],
  [['answers', 'answers'], false],
  [['answers', 'starting'], true],
  [['not-asked'], true],
])('Verify::silent of %j', async (is, expected) => {
  expect(await holds('Verify::silent', ...is.map((one) => ({ is: one })))).toBe(expected);
});

// ---- What is told

/** What is said on standard error at these seconds. */
const told = (flags: Facts, wait: unknown, ...seconds: number[]) =>
  evaluate(
    `no warnings 'redefine'; my ($session, $wait, @seconds) = @_; my $now = 100; local *Clock::now = sub { $now }; delete local $ENV{PHOENIX_TICK}; my $said = '';
     open my $former, '>&', \\*STDERR; close STDERR; open STDERR, '>', \\$said; my $tell = Verify::teller($session, $wait);
     for (@seconds) { $now = $_; $tell->("t$_") } close STDERR; open STDERR, '>&', $former; $said`,
    { flags },
    wait,
    ...seconds,
  );

test('Verify::teller says now and then what is waited for, where somebody waits', async () => {
  expect(await told({}, 60, 101, 105, 112)).toEqual(['waiting, 1 s of 60: t101\nwaiting, 12 s of 60: t112\n']);
  expect(await told({}, null, 101)).toEqual(['']);
  expect(await told({ quiet: 1 }, 60, 101)).toEqual(['']);
});

const wrong = { path: 'ai/a', title: 'ta', verdict: 'change', reason: 'why' };
const answer = (is: string, text = '') => ({ path: 'ai/h', title: 'th', condition: 'GET x = 200', is, text });

test.each<[string, readonly Facts[], readonly Facts[], string]>([
  ['all is well', [], [], 'Verified: 1 steps in place.\n'],
  [
    'endpoints answer',
    [],
    [answer('answers'), answer('answers')],
    '= ai/h  th  GET x = 200\n= ai/h  th  GET x = 200\nVerified: 1 steps in place, 2 endpoints answer.\n',
  ],
  [
    'something is wrong',
    [wrong],
    [answer('answers'), answer('silent', 'nobody')],
    '? ai/a  ta  change: why\n= ai/h  th  GET x = 200\n! ai/h  th  GET x = 200  nobody\nNot as it should be: 1 step, 1 endpoint.\n',
  ],
])('Verify::as_text where %s', async (_, of, asked, expected) => {
  expect(await call('Verify::as_text', found([satisfied]), of, asked)).toBe(expected);
});

test.each([
  [[], [], true],
  [[], [answer('answers')], true],
  [[wrong], [answer('answers')], false],
  [[], [answer('silent', 'nobody')], false],
])('Verify::as_json of %j and %j is ok: %s', async (of, asked, ok) => {
  const [text] = await evaluate('require Json; Verify::as_json(@_)', of, asked);
  expect(JSON.parse(String(text))).toEqual({
    ok,
    wrong: of,
    endpoints: asked.map((one) => ({ ...one, ok: one.is === 'answers' })),
  });
});
