import { expect, test } from 'vitest';
import { bash } from './bash.js';

const verbs = { plan: 'x', apply: 'x', drift: 'x', orphan: 'x', destroy: 'x', restore: 'x', status: 'x', help: 'x' };
const read = (...words: readonly string[]) =>
  bash('args', ['read_arguments', ...words], { set: { verbs }, show: ['verb', 'operands', 'flags', 'said_flag'] });
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

test.each([
  [['dance'], 'there is no verb `dance`'],
  [['plan', '--colour'], 'there is no option --colour'],
  [['plan', '-x'], 'there is no option -x'],
  [['plan', '--stack'], '--stack needs a value'],
  [['plan', '--json=1'], '--json takes no value'],
  [['plan', '--colour=red'], '--colour takes no value'],
  [['plan', 'ai/qwen'], 'plan takes no ai/qwen'],
  [['plan', '--yes'], 'plan takes no --yes'],
  [['apply', '--fail'], 'apply takes no --fail'],
  [['apply', '--jobs', '0'], '--jobs takes a number from 1 to 99, not 0'],
  [['apply', '--jobs', 'x'], '--jobs takes a number from 1 to 99, not x'],
])('read_arguments refuses %j', (words, why) => {
  const { status, ended, stderr, stdout } = read(...words);
  expect({ status, ended, stdout }).toEqual({ status: 2, ended: true, stdout: '' });
  expect(stderr.split('\n')[0]).toBe(`error: ${why}`);
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

test('usage says what is wrong, then how it goes, and ends with 2', () => {
  const { status, stderr } = bash('args', ['usage', 'no such thing'], { stubs: { verb_help: 'printf help' } });
  expect({ status, stderr }).toEqual({ status: 2, stderr: 'error: no such thing\n\nhelp\n' });
});
