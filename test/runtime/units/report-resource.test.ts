import { expect, test } from 'vitest';
import { call, holds, list } from './perl.js';
import { change, changed, created, type Facts, found, row, satisfied, verdict } from './planned.js';

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
