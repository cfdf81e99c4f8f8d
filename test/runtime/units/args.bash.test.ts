import { expect, test } from 'vitest';
import { bash } from './bash.js';

const verbs = { plan: 'x', apply: 'x', drift: 'x', orphan: 'x', destroy: 'x', restore: 'x', status: 'x', help: 'x' };
const read = (...words: readonly string[]) =>
  bash('args', ['read_arguments', ...words], {
    with: ['progress'],
    set: { verbs },
    show: ['verb', 'operands', 'flags', 'said_flag'],
  });
const parsed = (...words: readonly string[]) => read(...words).values;

test.each<[readonly string[], object]>([
  [[], { verb: 'plan', operands: [], flags: [] }],
  [['apply'], { verb: 'apply' }],
  [['--json'], { verb: 'plan', flags: ['json', '1'], said_flag: { json: '1' } }],
  [['apply', '--stack', 'ai', '--stack=gpu'], { flags: ['stack', 'ai', 'stack', 'gpu'] }],
  [['apply', '--only=a=b'], { flags: ['only', 'a=b'] }],
  [['orphan', 'ai/qwen', '--json', '950'], { verb: 'orphan', operands: ['ai/qwen', '950'] }],
  [
    ['restore', '20260612-141502-7f3a', '--yes'],
    { verb: 'restore', operands: ['20260612-141502-7f3a'], flags: ['yes', '1'] },
  ],
  [['apply', '--help'], { verb: 'help' }],
  [['-h'], { verb: 'help' }],
  [['apply', '--jobs', '99'], { flags: ['jobs', '99'] }],
])('read_arguments takes %j', (words, expected) => {
  expect(parsed(...words)).toMatchObject(expected);
});

const mistaken = (...words: readonly string[]) => {
  const { status, ended, stderr, stdout } = read(...words);
  expect({ status, ended, stdout }).toEqual({ status: 2, ended: true, stdout: '' });
  return stderr;
};
const shown = (code: string, message: string, fix: string) => `error  ${code}\n       ${message}\n       → ${fix}\n`;
const help = 'see `applier help`';

test.each([
  [['dance'], 'usage/unknown-command', 'there is no verb `dance`', help],
  [['plam'], 'usage/unknown-command', 'there is no verb `plam`', 'did you mean `plan`?'],
  [['plan', '--nothing'], 'usage/unknown-flag', 'there is no option --nothing', help],
  [['plan', '--stak', 'ai'], 'usage/unknown-flag', 'there is no option --stak', 'did you mean `--stack`?'],
  [['plan', '--allow_move=a'], 'usage/unknown-flag', 'there is no option --allow_move', 'did you mean `--allow-move`?'],
  [['plan', '-x'], 'usage/unknown-flag', 'there is no option -x', help],
  [['plan', '--stack'], 'usage/missing-value', '--stack needs a value', 'write the value behind --stack'],
  [['plan', '--json=1'], 'usage/invalid-value', '--json takes no value', 'say only --json'],
  [['plan', 'ai/qwen'], 'usage/excess-argument', 'plan takes no ai/qwen', 'did you mean `--only ai/qwen`?'],
  [['status', 'ai/qwen'], 'usage/excess-argument', 'status takes no ai/qwen', help],
  [
    ['orphan', '--yes', 'a'],
    'usage/unknown-flag',
    'orphan takes no --yes',
    'it is an option of apply, drift, destroy, restore',
  ],
  [['apply', '--jobs', '0'], 'usage/invalid-value', '--jobs takes a number from 1 to 99, not 0', 'leave it out for 4'],
  [['apply', '--jobs', 'x'], 'usage/invalid-value', '--jobs takes a number from 1 to 99, not x', 'leave it out for 4'],
])('read_arguments refuses %j', (words, ...problem) => {
  expect(mistaken(...words)).toBe(shown(...problem));
});

test('read_arguments tells of all mistakes at once, and takes nothing for one that stands behind an unknown option', () => {
  expect(mistaken('plam', '--stak', 'ai', '--jobs', '0')).toBe(
    shown('usage/unknown-command', 'there is no verb `plam`', 'did you mean `plan`?') +
      shown('usage/unknown-flag', 'there is no option --stak', 'did you mean `--stack`?') +
      shown('usage/invalid-value', '--jobs takes a number from 1 to 99, not 0', 'leave it out for 4'),
  );
});

test('read_arguments refuses as JSON, too, wherever that is asked for', () => {
  const { status, stdout } = read('plan', '--colour', '--json');
  expect(status).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    problems: [
      {
        code: 'usage/unknown-flag',
        message: 'there is no option --colour',
        value: '--colour',
        fix: 'did you mean `--color`?',
      },
    ],
  });
});

test('read_operand and only_it: verbs that take no words have --only for it, if they look at steps', () => {
  const said = (verb: string) =>
    bash('args', ['read_operand', 'ai'], { set: { verbs, verb }, show: ['operands', 'mistakes'] }).values;
  expect(said('destroy')).toEqual({ operands: ['ai'], mistakes: [] });
  expect(said('plan')['mistakes']).toEqual([
    'usage/excess-argument',
    'plan takes no ai',
    'ai',
    '',
    'did you mean `--only ai`?',
  ]);
  expect(bash('args', ['only_it', 'ai'], { set: { verb: 'facts' } }).stdout).toBe(help);
});

test('read_option takes the words that are its own', () => {
  const took = (...words: readonly string[]) =>
    bash('args', ['read_option', ...words], { set: { verbs, verb: 'apply' }, show: ['taken', 'flags'] }).values;
  expect(took('--stack', 'a', 'b')).toEqual({ taken: '2', flags: ['stack', 'a'] });
  expect(took('--stack=a', 'b')).toEqual({ taken: '1', flags: ['stack', 'a'] });
  expect(took('--json', 'b')).toEqual({ taken: '1', flags: ['json', '1'] });
  expect(took('--jobs')).toEqual({ taken: '1', flags: [] });
  expect(took('--stak', '--json')['taken']).toBe('1');
  expect(took('--stak', 'ai')['taken']).toBe('2');
});

test('check_option adds what is wrong with one, by mistake', () => {
  const checked = (verb: string, ...words: readonly string[]) =>
    bash('args', ['check_option', ...words], { set: { verbs, verb }, stubs: { mistake: '' } }).calls;
  expect(checked('verify', '--wait', '60')).toEqual([]);
  expect(checked('verify', '--wait', 'x')).toEqual([expect.stringContaining('not x')]);
  expect(checked('plan', '--wait', '60')).toEqual([expect.stringContaining('plan takes no --wait')]);
  expect(checked('plam', '--wait', '60').join()).not.toContain('takes no');
  expect(bash('args', ['mistake', 'a/b', 'm', 'v', 'f'], { show: ['mistakes'] }).values['mistakes']).toEqual([
    'a/b',
    'm',
    'v',
    '',
    'f',
  ]);
});

test('meant guesses, or says where to look', () => {
  expect(bash('args', ['meant', 'aply', 'plan', 'apply']).stdout).toBe('did you mean `apply`?');
  expect(bash('args', ['meant', 'x', 'plan', 'apply']).stdout).toBe(help);
});

test('options_of are those of a verb and of all, and of an unknown verb every one', () => {
  const of = (verb: string) => bash('args', ['options_of', verb], { set: { verbs } }).stdout.trim().split('\n');
  expect(of('status')).toContain('--follow');
  expect(of('status')).not.toContain('--deep');
  expect(of('plam')).toContain('--deep');
  expect(of('plam')).not.toContain('--signature');
});

test('every option has a row, and those of some verbs name verbs that there are', () => {
  const { values } = bash('args', ['verb_help'], { show: ['option_takes', 'option_of'] });
  const takes = values['option_takes'] as Record<string, string>;
  const of = values['option_of'] as Record<string, string>;
  expect(Object.values(takes).every((what) => what === 'nothing' || what === 'value')).toBe(true);
  expect(Object.keys(of).filter((name) => !(name in takes))).toEqual([]);
});

// said by whoever starts us, not by people
const unsaid = ['--color', '--signature'];

test('verb_help tells of every option that people say, and of none that there is not', () => {
  const { stdout, values } = bash('args', ['verb_help'], { show: ['option_takes'] });
  const told = new Set([...stdout.matchAll(/--[a-z-]+/g)].map(([name]) => name));
  expect([...told, ...unsaid].toSorted()).toEqual(Object.keys(values['option_takes'] as object).toSorted());
});

test('send_flags says verb, operands and flags, and no colour to what is no terminal', () => {
  const { stdout } = bash('args', ['send_flags'], {
    set: { verb: 'orphan', operands: ['a b'], flags: ['stack', 'ai', 'all', '1'] },
    stubs: { record: `printf '%s|' "$@"; printf '\\n'` },
  });
  expect(stdout).toBe('verb|orphan|a b|\nflag|stack|ai|\nflag|all|1|\n');
});

test('usage says what is wrong, and ends with 2', () => {
  const { status, calls } = bash('args', ['usage', 'usage/odd', 'no such thing'], { stubs: { complain: '' } });
  expect({ status, calls }).toEqual({ status: 2, calls: [`complain usage/odd 'no such thing'`] });
});
