import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const run = (words: readonly string[], given: BashCall = {}) =>
  bash('progress', words, { ...given, set: { said_flag: {}, ...given.set }, show: ['seconds', 'text'] });

test.each([
  ['100.000000', '101.250000', '1.3'],
  ['100.000000', '100.040000', '0.0'],
  ['99.999999', '160.000000', '60.0'],
  ['160.500000', '100.000000', '0.0'], // the clock was put back
  ['100,000000', '102,500000', '2.5'],
])('since %s it is at %s %s seconds', (then, now, seconds) => {
  expect(run(['since', then], { before: `unset EPOCHREALTIME; EPOCHREALTIME=${now}` }).values).toEqual({ seconds });
});

test('complain says what is wrong on standard error, and as JSON where that is wanted, but of a worker', () => {
  const words = ['complain', 'usage/odd', 'a "b" \x07', 'v', '', 'mend it'];
  const stderr = 'error  usage/odd\n       a "b" ?\n       → mend it\n';
  expect(run(words)).toMatchObject({ status: 0, stdout: '', stderr });
  const json = run(words, { set: { said_flag: { json: 1 }, broader_json: '[1]' } });
  expect(json.stderr).toBe(stderr);
  expect(JSON.parse(json.stdout)).toEqual({
    problems: [{ code: 'usage/odd', message: 'a "b" \x07', value: 'v', fix: 'mend it' }],
    privileges: [1],
  });
  expect(run(words, { set: { said_flag: { json: 1 }, worker: 7 } })).toMatchObject({ stdout: '', stderr });
});

test('progress goes to standard error, and is kept for who follows', () => {
  const folder = join(temporaryFolder(), 'r1');
  expect(run(['progress', '%s|%d\\n', 'a b', '7'], { set: { run_folder: folder } })).toMatchObject({
    stderr: 'a b|7\n',
    stdout: '',
  });
  expect(run(['progress', '%s\\n', 'more'], { set: { run_folder: folder, said_flag: { quiet: 1 } } }).stderr).toBe('');
  expect(readFileSync(`${folder}.txt`, 'utf8')).toBe('a b|7\nmore\n');
});

test('harmless leaves nothing that a terminal would obey', () => {
  const { values } = bash('progress', ['harmless', '%s', 'a\x1b[2J\x07\r\x7f\u009bé →\tb\nc'], { show: ['text'] });
  expect(values).toEqual({ text: 'a?[2J?????é →\tb\nc'.replace('?????', '????') });
});

test('keep_told keeps nothing before there is a run', () => {
  expect(run(['keep_told', 'x\n'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test('progress_step counts in as many digits as there are steps', () => {
  expect(run(['progress_step', '3', '120', 'ai/qwen', 'config', '1.5 s'], { set: { path_width: 10 } }).stderr).toBe(
    `[  3/120] ai/qwen     ${'config'.padEnd(40)} 1.5 s\n`,
  );
});

test('show_said tells the last words of a tool, and not the mark at the end of a script', () => {
  const said = join(temporaryFolder(), 'said');
  writeFileSync(said, `${['one', 'two', 'three', 'four', '%s five'].join('\n')}\nphoenix-end:1:0\n`);
  expect(run(['show_said'], { set: { said } }).stderr).toBe(
    '        two\n        three\n        four\n        %s five\n',
  );
  expect(run(['show_said'], { set: { said: '/nonexistent' } }).stderr).toBe('');
});

test.each([
  ['a\tb\nc', 'a\tb\nc'],
  ['grün – 😀', 'grün – 😀'],
  ['\u001b]0;title\u0007', '?]0;title?'],
  ['\u001b[31mred', '?[31mred'],
  ['a\rb\bc\u007f', 'a?b?c?'],
  ['\u009b31m', '?31m'],
  ['\u00a0', '\u00a0'],
])('harmless of %j', (text, expected) => {
  expect(run(['harmless', '%s', text]).values['text']).toBe(expected);
});

test('harmless looks at the whole text, whatever the format made of it', () => {
  expect(run(['harmless', '[%d] %s\\n', '7', 'a\u001bb']).values['text']).toBe('[7] a?b\n');
});

test('progress shows and keeps nothing that a terminal would obey', () => {
  const folder = join(temporaryFolder(), 'r1');
  expect(run(['progress', '%s\\n', 'a\u001b[2Jb'], { set: { run_folder: folder } }).stderr).toBe('a?[2Jb\n');
  expect(readFileSync(`${folder}.txt`, 'utf8')).toBe('a?[2Jb\n');
});
