import { expect, test } from 'vitest';
import type { Problem } from '../../../src/base/errors.js';
import { problemsText } from '../../../src/cli/print-problems.js';
import { styleOf } from '../../../src/cli/style.js';
import { call, evaluate, list } from './perl.js';

const mistyped = {
  code: 'usage/unknown-name',
  message: 'there is no stack aj',
  value: 'aj',
  fix: 'did you mean `ai`?',
};
const broken = { code: 'assembly/invalid', path: '/srv/runbook.sh:3', message: 'two\nlines' };

test('Problem::stop throws all that was found, and says it in lines where somebody takes it for a text', async () => {
  await expect(evaluate('Problem::stop(@_)', mistyped, broken)).rejects.toThrow(
    'there is no stack aj\n/srv/runbook.sh:3: two\nlines',
  );
  expect(await evaluate('eval { Problem::stop(@_) }; Problem::of($@)', mistyped, broken)).toEqual([mistyped, broken]);
});

test('Problem::of gives whatever was thrown a code', async () => {
  expect(await evaluate('eval { Unknown::because("asleep") }; Problem::of($@)')).toEqual([
    { code: 'applier/unknown', message: 'asleep' },
  ]);
  expect(await list('Problem::of', 'cannot write\n')).toEqual([{ code: 'applier/failed', message: 'cannot write' }]);
});

test('Problem::sentences is a line for each', async () => {
  expect(await call('Problem::sentences', mistyped, { ...broken, message: 'm' })).toBe(
    'there is no stack aj\n/srv/runbook.sh:3: m',
  );
});

test('Problem::words go to bash, and Problem::from_words takes them back', async () => {
  expect(await evaluate('Problem::from_words(Problem::words(@_))', mistyped, broken)).toEqual([mistyped, broken]);
  expect(await list('Problem::words', broken)).toEqual(['assembly/invalid', 'two\nlines', '', '/srv/runbook.sh:3', '']);
});

test.each<[string, readonly Problem[]]>([
  ['a value and a way out', [mistyped]],
  ['a place and two lines', [broken]],
  ['several', [mistyped, broken]],
  ['a way out of two lines', [{ ...mistyped, fix: 'a\nb' }]],
])('Problem::text is as the command line of phoenix shows %s', async (_, problems) => {
  expect(await call('Problem::text', ...problems)).toBe(`${problemsText(problems, styleOf(false))}\n`);
});

test('Problem::json has the fields that the command line of phoenix gives a problem, and what else belongs there', async () => {
  expect(JSON.parse(String(await call('Problem::json', {}, mistyped, broken)))).toEqual({
    problems: [mistyped, broken],
  });
  expect(JSON.parse(String(await call('Problem::json', { privileges: [] }, broken)))).toEqual({
    problems: [broken],
    privileges: [],
  });
});

const said = (code: string, ...words: readonly unknown[]) =>
  evaluate(
    `my ($out, $err) = ('', ''); { local (*STDOUT, *STDERR); open STDOUT, '>', \\$out; open STDERR, '>', \\$err; my $old = select STDOUT; ${code}; select $old } ($out, $err)`,
    ...words,
  );

test('Problem::show and Problem::show_words tell people, and programs where they asked', async () => {
  const [, text] = await said('Problem::show(0, {}, @_)', broken);
  expect(text).toBe('error  assembly/invalid  /srv/runbook.sh:3\n       two\n       lines\n');
  const [json, same] = await said('Problem::show(1, {}, @_)', broken);
  expect([JSON.parse(String(json)), same]).toEqual([{ problems: [broken] }, text]);
  const words = ['a/b', 'm', '', '', ''];
  expect(await said('Problem::show_words(@_)', '', '', ...words)).toEqual(['', 'error  a/b\n       m\n']);
  const [more] = await said('Problem::show_words(@_)', '1', '[{"a":1}]', ...words);
  expect(JSON.parse(String(more))).toEqual({ problems: [{ code: 'a/b', message: 'm' }], privileges: [{ a: 1 }] });
});

test('Problem::exit_code tells wrong usage from all else', async () => {
  expect(await call('Problem::exit_code', mistyped)).toBe('2');
  expect(await call('Problem::exit_code', mistyped, broken)).toBe('1');
});
