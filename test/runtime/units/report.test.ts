import { expect, test } from 'vitest';
import { call, evaluate, holds, list } from './perl.js';

type Facts = Readonly<Record<string, unknown>>;

const verdict = (is: string, more: Facts = {}) => ({ verdict: is, changes: [], notes: [], ...more });
const change = (key: string, from: string, to: string, more: Facts = {}) => ({
  key,
  from,
  to,
  impact: 'live',
  ...more,
});

/** A step `id` of the stack ai, and its verdict. */
const row = (id: string, of: Facts, more: Facts = {}) => ({
  step: {
    id,
    kind: 'guest-config',
    path: `ai/${id}`,
    resource: `guest/${id}`,
    title: `t${id}`,
    stack: { name: 'ai' },
    has: {},
    ...more,
  },
  verdict: of,
});

/** What was found about these steps. */
const found = (rows: readonly ReturnType<typeof row>[] = [], more: Facts = {}) => ({
  steps: rows.map(({ step }) => step),
  verdicts: Object.fromEntries(rows.map(({ step, verdict }) => [step.id, verdict])),
  flags: {},
  app: 'phoenix',
  here: 'pve',
  version: '9.1.4',
  stacks: [{ name: 'ai' }],
  skipped: [],
  left: { guests: [], things: [] },
  remarks: [],
  notes: [],
  privileges: [],
  processes: 1,
  seconds: 0.5,
  ...more,
});

const created = row('a', verdict('create', { changes: [change('hostname', 'absent', 'qwen')] }), {
  kind: 'guest-create',
});
const changed = row('b', verdict('change', { changes: [change('memory', '512', '1024')] }));
const satisfied = row('c', verdict('satisfied'));
const inOther = row('d', verdict('create'), { stack: { name: 'other' } });

// ---- The parts of a plan

test('Report::plan is a head, a chapter a stack that has something to say, what left the program, and a sum', async () => {
  const facts = found([created, changed, satisfied], {
    stacks: [{ name: 'ai' }, { name: 'quiet' }],
    remarks: ['a remark'],
    left: { guests: [{ path: 'ai/old', type: 'lxc', vmid: 7, state: 'running', way: 'do it' }], things: [] },
  });
  expect(await call('Report::plan', facts)).toBe(
    [
      'host pve · PVE 9.1.4 · app phoenix · looked in 0.50 s, 1 process',
      '',
      'ai',
      '  + ai/a              guest/a',
      '      + ta                      qwen',
      '  ~ ai/b              guest/b',
      '      ~ memory                  512 MiB → 1024 MiB                            live',
      '',
      'Not in the program any more; it stays as it is',
      '  - ai/old            lxc 7, running: do it',
      '',
      'a remark',
      '',
      'Plan: 1 to create, 1 to change, 1 in place.   Nothing was changed.',
      '',
    ].join('\n'),
  );
});

test('Report::plan lines resources up by their paths, up to 40 characters', async () => {
  const widths = async (...paths: string[]) => {
    const rows = paths.map((path, at) => row(String(at), verdict('change'), { path, resource: 'RESOURCE' }));
    const lines = String(await call('Report::plan', found(rows))).split('\n');
    return lines.filter((line) => line.includes('RESOURCE')).map((line) => line.indexOf('RESOURCE') - 6);
  };
  expect(await widths('a')).toEqual([16]);
  expect(await widths('a', 'x'.repeat(30))).toEqual([30, 30]);
  expect(await widths('a', 'x'.repeat(50))).toEqual([40, 50]);
});

test('Report::left tells of guests and things, and nothing where there are none', async () => {
  const thing = { resource: 'dataset/tank', what: 'dataset', state: 'as we made it', way: 'zfs destroy tank' };
  expect(await call('Report::left', found())).toBe('');
  expect(await call('Report::left', found([], { left: { guests: [], things: [thing] } }))).toBe(
    '\nNot in the program any more; it stays as it is\n  - dataset/tank      dataset, as we made it: zfs destroy tank\n',
  );
});

test.each<[string, Facts, string]>([
  ['a release', {}, 'host pve · PVE 9.1.4 · app phoenix · looked in 0.50 s, 1 process\n'],
  [
    'no release',
    { version: null, processes: 2, seconds: 1.234 },
    'host pve · PVE release not known · app phoenix · looked in 1.23 s, 2 processes\n',
  ],
  ['no signature', { flags: { signature: 'none' } }, expect.stringContaining(' · app phoenix · unsigned · looked')],
  ['a signature', { flags: { signature: 'good' } }, expect.stringContaining(' · signature good · ')],
  [
    'stacks of other hosts',
    { skipped: [{ name: 'db', host: 'pve2' }] },
    expect.stringMatching(/1 process\nskipped: stack db belongs to host pve2\n$/),
  ],
])('Report::head with %s', async (_, more, expected) => {
  expect(await call('Report::head', found([], more))).toEqual(expected);
});

test('Report::resources joins the steps of a resource where its first one stands, and has those of one stack', async () => {
  const again = row('e', verdict('change'), { path: 'ai/a', resource: 'guest/a' });
  const code = 'map { join " ", map { $_->[0]{id} } @$_ } Report::resources(@_)';
  const facts = found([created, changed, satisfied, inOther, again]);
  expect(await evaluate(code, facts, 'ai')).toEqual(['a e', 'b']);
  expect(await evaluate(code, facts, 'other')).toEqual(['d']);
  expect(await evaluate(code, facts, 'none')).toEqual([]);
});

test.each([
  ['a change', verdict('change'), true],
  ['a note', verdict('note'), true],
  ['all well', verdict('satisfied'), false],
  ['all well, with something to know', verdict('satisfied', { notes: ['x'] }), true],
])('Report::speaks of %s', async (_, of, expected) => {
  expect(await holds('Report::speaks', found(), of)).toBe(expected);
});

// ---- A resource

const pairs = (...rows: readonly ReturnType<typeof row>[]) => rows.map(({ step, verdict }) => [step, verdict]);

test('Report::resource has the sign of its worst step', async () => {
  const held = row('a', verdict('held', { reason: 'why', flag: '--allow-restart x' }));
  expect(await call('Report::resource', found(), pairs(created, held), 16)).toBe(
    '  ! ai/a              guest/a\n      + ta                      qwen\n      ! ta                      HELD BACK: why\n',
  );
});

test('Report::resource says the same reason of a foreign guest once, and what would change each time', async () => {
  const foreign = (id: string) =>
    row(id, verdict('foreign', { reason: 'it is not ours', changes: [change(`key${id}`, '1', '2')] }));
  const text = String(await call('Report::resource', found(), pairs(foreign('a'), foreign('b')), 16));
  expect(text.match(/it is not ours/g)).toHaveLength(1);
  expect(text).toContain('keya');
  expect(text).toContain('keyb');
});

const anew = row('n', verdict('create', { changes: [change('guest', 'old', 'made anew', { impact: 'destroy' })] }));

test.each<[string, string, readonly ReturnType<typeof row>[], string]>([
  ['is made', 'create', [created], '+'],
  ['is made anew', 'create', [created, anew], '~'],
  ['changes', 'change', [changed], '~'],
  ['is made while something else changes', 'change', [changed, created], '+'],
  ['gets another thing than a guest while it changes', 'change', [changed, row('x', verdict('create'))], '~'],
  ['waits', 'waiting', [changed], '+'],
  ['is held back', 'held', [changed], '!'],
  ['is refused', 'refused', [changed], '!'],
  ['is blocked', 'blocked', [changed], '!'],
  ['is not ours', 'foreign', [changed], '?'],
  ['could not be seen', 'unknown', [changed], '?'],
  ['has a note', 'note', [changed], 'i'],
  ['is in place', 'satisfied', [satisfied], '='],
])('Report::glyph of what %s', async (_, worst, rows, expected) => {
  expect(await call('Report::glyph', worst, pairs(...rows))).toBe(expected);
});

test.each([
  ['a create that destroys', anew.verdict, true],
  ['a create', created.verdict, false],
  ['a change that destroys', { ...anew.verdict, verdict: 'change' }, false],
])('Report::is_made_anew of %s', async (_, of, expected) => {
  expect(await holds('Report::is_made_anew', of)).toBe(expected);
});

// ---- A step

test.each<[string, ReturnType<typeof row>, readonly string[]]>([
  ['a thing to be made', created, ['+ ta                      qwen']],
  ['a step that waits', row('a', verdict('waiting', { reason: 'for it' })), ['+ ta                      for it']],
  [
    'what is made anew, in full',
    anew,
    [
      '~ tn                      made anew',
      '~ guest                   old → made anew                               destroy',
    ],
  ],
  [
    'a script that runs again, in a line',
    row('a', verdict('change', { changes: [change('script', 'a', 'b')] }), { kind: 'guest-run' }),
    ['~ ta                      b'],
  ],
  ['a note', row('a', verdict('note', { reason: 'by hand' })), ['i ta                      by hand']],
  ['nothing but a note of the engine', row('a', verdict('satisfied', { notes: ['locked'] })), ['= locked']],
  [
    'a change of a file, by its title and its differences',
    row('a', verdict('change', { changes: [change('mode', '0644', '0600')] }), { kind: 'file' }),
    ['~ ta', '~ mode                    0644 → 0600                                   live'],
  ],
  [
    'a change of a guest, by its differences',
    changed,
    ['~ memory                  512 MiB → 1024 MiB                            live'],
  ],
  ['what is refused', row('a', verdict('refused', { reason: 'no' })), ['! ta                      REFUSED: no']],
  ['what is not known', row('a', verdict('unknown', { reason: 'no' })), ['? ta                      UNKNOWN: no']],
  ['what is blocked', row('a', verdict('blocked', { reason: 'no' })), ['! ta                      BLOCKED: no']],
  [
    'what is not ours and may be adopted',
    row('a', verdict('foreign', { reason: 'no', flag: '--adopt ai/a' })),
    ['? ta                      NOT OURS: no. Adopt with --adopt ai/a; then:'],
  ],
])('Report::entry of %s', async (_, { step, verdict: of }, lines) => {
  expect(await call('Report::entry', found(), step, of)).toBe(lines.map((line) => `      ${line}\n`).join(''));
});

test('Report::details are the differences, then the notes', async () => {
  const of = verdict('change', { changes: [change('a', '', 'x')], notes: ['n1', 'n2'] });
  expect(
    String(await call('Report::details', found(), of))
      .split('\n')
      .map((line) => line.trim().replaceAll(/ +/g, ' ')),
  ).toEqual(['+ a x live', '= n1', '= n2', '']);
});

test.each<[string, ReturnType<typeof change>, string]>([
  ['another value', change('cores', '1', '2'), '~ cores 1 → 2 live'],
  ['a value that was not there', change('cores', 'absent', '2', { impact: 'restart' }), '+ cores 2 restart'],
  ['a value that was empty', change('cores', '', '2'), '+ cores 2 live'],
  ['a value that goes', change('cores', '2', 'absent'), '- cores 2 live'],
  ['a value that is removed', change('cores', '2', 'removed'), '- cores 2 live'],
  [
    'a value that is held back',
    change('cores', '1', '2', { held: 1, impact: 'restart' }),
    '! cores 1 → 2 restart (held back)',
  ],
  ['a value that is refused', change('cores', '1', '2', { refused: 1 }), '! cores 1 → 2 live (refused)'],
  ['an empty value that is refused', change('cores', '', '2', { refused: 1 }), '! cores 2 live (refused)'],
  ['a value that goes, held back', change('cores', '2', 'absent', { held: 1 }), '! cores 2 live (held back)'],
])('Report::difference tells of %s', async (_, of, expected) => {
  expect(
    String(await call('Report::difference', found(), of))
      .trim()
      .replaceAll(/ +/g, ' '),
  ).toBe(expected);
});

const five = ['a', 'b', 'c', 'd', 'e'].map((key) => change(key, '1', `${key}!`));
test.each<[string, Facts, Facts, string]>([
  ['nothing', {}, {}, ''],
  ['a reason where there are no values', {}, { reason: 'because' }, 'because'],
  ['values with their names', {}, { changes: [change('memory', '1', '512')] }, 'memory 512 MiB'],
  ['values alone of what was absent', {}, { changes: [change('memory', 'absent', '512')] }, '512'],
  ['contents of files', {}, { changes: [change('/etc/a', '1', 'new')] }, 'new'],
  ['the first four of many', {}, { changes: five }, 'a a!, b b!, c c!, d d! and 1 more'],
  [
    'a dataset by its properties',
    { kind: 'zfs-dataset' },
    { changes: [change('dataset', 'absent', 'tank/a'), change('quota', 'absent', '1G')] },
    '1G',
  ],
  ['a dataset without properties', {}, { changes: [change('dataset', 'absent', 'tank/a')] }, 'tank/a'],
  ['a command by its condition', { kind: 'run' }, { changes: [change('unit x active', 'no', 'yes')] }, 'unit x active'],
  ['files of a guest by their names', { kind: 'guest-file' }, { changes: five }, 'a, b, c, d and 1 more'],
  [
    'a script by what it is about to do',
    { kind: 'guest-run' },
    { changes: [change('script', '-', 'run again')] },
    'run again',
  ],
])('Report::summary has %s', async (_, step, of, expected) => {
  expect(await call('Report::summary', { kind: 'guest-config', ...step }, verdict('create', of))).toBe(expected);
});

test.each<[string, readonly string[], string]>([
  ['a title and a text', ['+', 'title', 'text', ''], '      + title                   text\n'],
  ['a text alone', ['=', '', 'text', ''], '      = text\n'],
  ['a title alone, without blanks behind it', ['~', 'title', '', ''], '      ~ title\n'],
  [
    'what it means, in its own column',
    ['~', 'k', 'a → b', 'live'],
    `      ~ k                       a → b${' '.repeat(39)}  live\n`,
  ],
  ['a title that is wide', ['+', 'x'.repeat(30), 'text', ''], `      + ${'x'.repeat(30)}  text\n`],
])('Report::line has %s', async (_, words, expected) => {
  expect(await call('Report::line', found(), ...words)).toBe(expected);
});

const grant = { path: 'ai/a', resource: 'guest/1', kind: 'device', text: '/dev/kfd', direction: 'broader' };

test('Report::privileges is the table of what changes, and nothing where nothing does', async () => {
  expect(await call('Report::privileges', found())).toBe('');
  const code = `no warnings 'redefine'; require Privileges; local *Privileges::unfiltered = sub { $_[0]{unfiltered} }; Report::privileges($_[0])`;
  expect(await evaluate(code, found([], { privileges: [grant] }))).toEqual([
    '\nPrivileges that get broader\n  ai/a  device  /dev/kfd\n',
  ]);
  expect(await evaluate(code, found([], { privileges: [grant], unfiltered: 'the firewall is off' }))).toEqual([
    '\nPrivileges that get broader\n  ai/a  device  /dev/kfd\nthe firewall is off\n',
  ]);
});

// ---- The sum

test.each<[string, readonly ReturnType<typeof row>[], Facts, string]>([
  ['nothing', [], {}, '\nPlan: 0 to create, 0 to change, 0 in place.   Nothing was changed.\n'],
  [
    'steps of all kinds, and the flags that are missing',
    [
      created,
      row('h', verdict('held', { flag: '--allow-move x --allow-restart x' })),
      row('r', verdict('refused')),
      row('f', verdict('foreign', { flag: '--adopt f' })),
      row('u', verdict('unknown')),
      row('w', verdict('blocked', { flag: '--adopt f' })),
      row('t', verdict('change', { do: 'adopt' })),
      satisfied,
    ],
    {},
    '\nPlan: 1 to create, 1 to adopt, 0 to change, 1 held back, 1 refused, 1 blocked, 1 foreign, 1 unknown, 1 in place.   Nothing was changed.\nNot allowed yet: --adopt f, --allow-move x, --allow-restart x\n',
  ],
  [
    'a restart',
    [
      row('s', verdict('change', { changes: [change('state', '', '', { impact: 'restart' })] }), {
        kind: 'guest-state',
      }),
    ],
    {},
    expect.stringContaining(' 1 to change (1 with a restart), '),
  ],
  [
    'privileges that nobody approved',
    [],
    { privileges: [grant] },
    expect.stringContaining('\nNot allowed yet: --approve-privileges\n'),
  ],
  [
    'privileges that somebody approved',
    [],
    { privileges: [grant], flags: { yes: 1 } },
    expect.not.stringContaining('Not allowed'),
  ],
  [
    'privileges that get narrower',
    [],
    { privileges: [{ ...grant, direction: 'narrower' }] },
    expect.not.stringContaining('Not allowed'),
  ],
  [
    'what it leaves and what it stops at',
    [],
    { notes: ['vmbr9 stays'], stop: 'no quorum' },
    expect.stringMatching(/changed\.\nLeft: vmbr9 stays\nStops here: no quorum\n$/),
  ],
])('Report::foot tells of %s', async (_, rows, more, expected) => {
  expect(await call('Report::foot', found(rows, more))).toEqual(expected);
});

test('Report::counts counts verdicts, adoptions, restarts, endpoints and guests', async () => {
  const guest = (vmid: string) => ({ has: { guest: ['lxc', vmid] } });
  const restart = (more: Facts) =>
    verdict('change', { changes: [change('state', '', '', { impact: 'restart', ...more })] });
  const rows = [
    row('a', verdict('create'), guest('1')),
    row('b', verdict('waiting'), guest('1')),
    row('c', verdict('change', { do: 'take' }), guest('2')),
    row('d', restart({}), { kind: 'guest-state', ...guest('2') }),
    row('e', restart({ held: 1 }), { kind: 'guest-state', ...guest('3') }),
    row('f', restart({})),
    row('g', verdict('satisfied', { asks: 1 })),
    row('h', verdict('note')),
  ];
  expect(await call('Report::counts', found(rows))).toEqual({
    ...Object.fromEntries(['held', 'refused', 'blocked', 'foreign', 'unknown'].map((name) => [name, '0'])),
    create: '2',
    adopt: '1',
    change: '3',
    satisfied: '1',
    restart: '1',
    note: '1',
    health: '1',
    guests: '3',
  });
});

// ---- As JSON

test('Report::plan_json has the steps, with whatever is known of them, and the numbers as numbers', async () => {
  const rows = [
    row(
      'a',
      verdict('held', {
        reason: 'why',
        flag: '--f',
        changes: [change('memory', '1', '2', { held: 1 }), change('swap', '1', '2')],
        pending: [{ key: 'memory', from: '1', to: '2', ours: 0 }],
      }),
    ),
    satisfied,
  ];
  const facts = found(rows, {
    stop: 'no quorum',
    seconds: 0.12345,
    skipped: [{ name: 'db', host: 'b', order: '1' }],
    privileges: [grant],
  });
  const [text] = await evaluate('require Json; Report::plan_json(@_)', facts);
  const plan = JSON.parse(String(text));
  expect(plan).toMatchObject({
    app: 'phoenix',
    host: 'pve',
    version: '9.1.4',
    stop: 'no quorum',
    processes: 1,
    seconds: 0.123,
    counts: { held: 1, satisfied: 1 },
    skipped: [{ stack: 'db', host: 'b' }],
    privileges: [grant],
    left: { guests: [], things: [] },
  });
  expect(plan.steps).toEqual([
    {
      id: 'a',
      kind: 'guest-config',
      path: 'ai/a',
      resource: 'guest/a',
      title: 'ta',
      stack: 'ai',
      verdict: 'held',
      reason: 'why',
      flag: '--f',
      notes: [],
      changes: [
        { key: 'memory', from: '1', to: '2', impact: 'live', held: true },
        { key: 'swap', from: '1', to: '2', impact: 'live' },
      ],
      pending: [{ key: 'memory', from: '1', to: '2', ours: false }],
    },
    expect.not.objectContaining({ pending: expect.anything(), reason: expect.anything() }),
  ]);
  expect(String(text).endsWith('}\n')).toBe(true);
});

// ---- Status

test('Report::status lines columns up, and says so where there are no guests', async () => {
  const guest = {
    path: 'ai/ü',
    type: 'lxc',
    state: 'running',
    owner: 'ours',
    template: '',
    lock: '',
    pending: '',
    ha: '',
  };
  expect(await call('Report::status', [])).toBe('No guests.\n');
  expect(
    await call('Report::status', [
      { ...guest, vmid: '950' },
      { ...guest, vmid: '1000000', state: 'stopped', ha: 'started' },
    ]),
  ).toBe(
    [
      'VMID     PATH  TYPE  STATE    OWNER  TEMPLATE  LOCK  PENDING  HA',
      '950      ai/ü  lxc   running  ours',
      '1000000  ai/ü  lxc   stopped  ours                            started',
      '',
    ].join('\n'),
  );
});

// ---- Words

test('Report::painted colours signs only where that was asked for', async () => {
  expect(await call('Report::painted', found(), '+')).toBe('+');
  const colored = found([], { flags: { color: 1 } });
  expect(
    await Promise.all(['+', '~', '!', '?', '=', 'i', '-'].map((sign) => call('Report::painted', colored, sign))),
  ).toEqual([32, 33, 31, 35, 2, 36, 31].map((code, at) => `\u001b[${code}m${'+~!?=i-'[at]}\u001b[0m`));
});

test.each([
  ['memory', '512', '512 MiB'],
  ['swap', 'absent', 'absent'],
  ['balloon', '0', '0 MiB'],
  ['quota', '1073741824', '1G'],
  ['refreservation', '1024', '1024'],
  ['volsize', '34359738368', '32G'],
  ['cores', '100000', '100000'],
])('Report::value_of %s %s is %s', async (key, value, expected) => {
  expect(await call('Report::value_of', change(key, value, ''), 'from')).toBe(expected);
  expect(await call('Report::value_of', change(key, '', value), 'to')).toBe(expected);
});

test.each([
  ['a text', 'text', 'text'],
  ['lines', 'a\n\n\tb', 'a b'],
  ['sixty characters', 'ü'.repeat(60), 'ü'.repeat(60)],
  ['more', 'ü'.repeat(61), `${'ü'.repeat(57)}…`],
  ['nothing', '', ''],
])('Report::short of %s', async (_, text, expected) => {
  expect(await call('Report::short', text)).toBe(expected);
});

test.each([
  [0, '0 steps'],
  [1, '1 step'],
  [2, '2 steps'],
])('Report::count of %d', async (number, expected) => {
  expect(await call('Report::count', number, 'step', 'steps')).toBe(expected);
});

test.each([
  ['ab', 5, 3, 2],
  ['äö', 5, 3, 2],
  ['abcdef', 5, 0, 6],
  ['', 0, 0, 0],
])(
  'Report::pad fills %j up to %d columns with %d, for Report::width counts %d characters',
  async (text, to, missing, is) => {
    expect(await list('Report::pad', text, to)).toEqual([String(missing)]);
    expect(await list('Report::width', text)).toEqual([String(is)]);
  },
);
