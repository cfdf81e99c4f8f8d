import { expect, test } from 'vitest';
import { type BashCall, bash } from './bash.js';

const stubs = { verb_apply: '', follow_run: '', let_engine_print: '', do_if_told: '' };
const run = (words: readonly string[], flags: Readonly<Record<string, string>> = {}, given: BashCall = {}) =>
  bash('verbs', words, {
    set: { said_flag: flags },
    stubs: Object.fromEntries(Object.entries(stubs).filter(([name]) => name !== words[0])),
    ...given,
  });

test.each([
  [['verb_plan'], {}, 'let_engine_print plan'],
  [['verb_verify'], {}, 'let_engine_print verify'],
  [['verb_status'], {}, 'let_engine_print status'],
  [['verb_status'], { follow: '1' }, 'follow_run'],
  [['verb_drift'], {}, 'let_engine_print plan'],
  [['verb_drift'], { repair: '1' }, 'verb_apply'],
  [['verb_orphan'], {}, 'verb_apply'],
  [['verb_destroy'], {}, 'do_if_told'],
  [['verb_restore'], {}, 'do_if_told'],
  [['do_if_told'], {}, 'let_engine_print plan'],
  [['do_if_told'], { yes: '1' }, 'verb_apply'],
])('%j with %j is %s', (words, flags, call) => {
  expect(run(words, flags).calls).toEqual([call]);
});

test('let_engine_print tells the engine all, asks for one result, and ends with its exit code', () => {
  const given = { stubs: { send_everything: 'printf "all "', record: 'printf "%s " "$@"', perl: 'cat; return 3' } };
  expect(run(['let_engine_print', 'plan'], {}, given)).toMatchObject({ status: 3, stdout: 'all ask plan ' });
});

test('verb_facts asks of the host alone: no runbook is named', () => {
  const given = { stubs: { send_flags: 'printf "flags "', record: 'printf "%s " "$@"', perl: 'cat; return 3' } };
  expect(run(['verb_facts'], {}, given)).toMatchObject({ status: 3, stdout: 'flags ask facts ' });
});

test('let_engine_print asks for nothing that it could not tell all of', () => {
  expect(
    run(
      ['let_engine_print', 'plan'],
      {},
      { stubs: { send_everything: 'return 1', record: 'printf asked', perl: 'cat' } },
    ),
  ).toMatchObject({ status: 1, stdout: '' });
});
