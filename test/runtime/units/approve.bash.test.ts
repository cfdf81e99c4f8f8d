import { expect, test } from 'vitest';
import { type BashCall, bash } from './bash.js';

const run = (words: readonly (string | number)[], given: BashCall = {}) =>
  bash('approve', words, {
    ...given,
    show: ['flags', 'word_left'],
    set: { said_flag: {}, ...given.set },
    stubs: { refuse_run: 'exit 8', trap: '', ...given.stubs },
  });

/** A place for words between the run and the process in front, and what is left in it afterwards. */
const place = 'exec {shown}<> <(:)';
const left = 'printf "end\\n" >&"$shown"; read -r word_left <&"$shown"';
/** The other end of a terminal is a terminal, too. */
const terminal = 'exec </dev/ptmx 2>/dev/ptmx';

test.each<[string, string, BashCall['set'], boolean]>([
  ['somebody at a terminal', terminal, {}, true],
  ['nobody who wants JSON', terminal, { said_flag: { json: '1' } }, false],
  ['nobody who reads standard error elsewhere', 'exec </dev/ptmx', {}, false],
  ['no pipe', 'exec 2>/dev/ptmx', {}, false],
])('let_ask asks %s', (_, before, set, asks) => {
  const { stdout } = run(['let_ask'], { before, set: set ?? {}, after: '[[ -v shown ]] && printf asks' });
  expect(stdout).toBe(asks ? 'asks' : '');
});

test('approval_is_there goes on where nothing gets more', () => {
  const { status, ended, stdout } = run(['approval_is_there'], {
    before: place,
    after: '[[ -e /proc/$$/fd/$shown ]] || printf closed',
  });
  expect({ status, ended, stdout }).toEqual({ status: 0, ended: false, stdout: 'closed' });
  expect(run(['approval_is_there'])).toMatchObject({ status: 0, ended: false, calls: [] });
});

test('approval_is_there shows what would get more, and refuses it where nobody can be asked', () => {
  const { status, stderr, calls } = run(['approval_is_there'], { before: `unapproved=(2 mark 'a table')` });
  expect({ status, stderr }).toEqual({ status: 8, stderr: 'a table\n' });
  expect(calls).toEqual([
    expect.stringMatching(/^refuse_run applier\/unapproved '2 privileges get broader, and nobody approved that' /),
  ]);
});

test('approval_is_there leaves word of what it has shown, and ends the run', () => {
  const { status, stderr, values } = run(['approval_is_there'], {
    before: `unapproved=(2 mark 'a table'); ${place}; builtin trap '${left}; _tell ended $needs_approval' EXIT`,
  });
  expect({ status, stderr }).toEqual({ status: 76, stderr: 'a table\n' });
  expect(values['word_left']).toBe('2 mark');
});

/** Asks about two privileges, and is answered this. */
const asked = (input: string, status: string | number = 76) =>
  run(['ask_for_approval', status], { before: `declare -a flags=(); ${place}; printf '2 mark\\n' >&"$shown"`, input });

test.each(['y\n', 'Y\n', 'yes\n', 'YES\n', 'yes'])('ask_for_approval lets a run that was answered %j do it', (word) => {
  const { status, ended, stderr, values } = asked(word);
  expect({ status, ended }).toEqual({ status: 0, ended: false });
  expect(stderr).toMatch(/^2 privileges get broader\. Go on\? \[y\/N\] \n?$/);
  expect(values['flags']).toEqual(['approved', 'mark']);
});

test.each(['n\n', '\n', '', 'yeah\n', ' yes, please\n'])('ask_for_approval refuses what was answered %j', (word) => {
  const { status, calls } = asked(word);
  expect([status, calls.at(-1)]).toEqual([
    8,
    expect.stringMatching(/^refuse_run applier\/unapproved '2 privileges get broader, and/),
  ]);
});

test('ask_for_approval lets Ctrl-C end the question', () => {
  expect(asked('y\n').calls).toEqual(['trap - INT TERM']);
});

test.each([0, 1, 3])('ask_for_approval asks nothing after a run that ended with %d', (status) => {
  expect(asked('y\n', status)).toMatchObject({ status, ended: true, stderr: '', calls: [] });
});

test.each([
  [1, '1 privilege gets broader'],
  [2, '2 privileges get broader'],
])('privileges_get_broader and refuse_unapproved: %d', (number, words) => {
  expect(run(['privileges_get_broader', number]).stdout).toBe(words);
  expect(run(['refuse_unapproved', number]).calls).toEqual([
    `refuse_run applier/unapproved '${words}, and nobody approved that' '' '' 'apply with --approve-privileges, or --yes'`,
  ]);
});
