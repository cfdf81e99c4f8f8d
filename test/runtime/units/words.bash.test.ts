import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const run = (words: readonly string[], given: BashCall = {}) =>
  bash('words', words, {
    show: ['trouble', 'problems', 'heard', 'sent'],
    ...given,
    stubs: { complain: '', ...given.stubs },
  });

test('record is a count and that many words, each ended by a NUL', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll('\0', '')),
        { maxLength: 4 },
      ),
      (words) => {
        expect(run(['record', ...words]).stdout).toBe([words.length, ...words, ''].join('\0'));
      },
    ),
    { numRuns: 10 },
  );
});

test('send_everything says the flags, then where the runbooks lie', () => {
  expect(run(['send_everything'], { set: { here: '/cdk.out' }, stubs: { send_flags: 'printf flags:' } }).stdout).toBe(
    'flags:2\0assembly\0/cdk.out\0',
  );
});

/** Asks an engine that answers with these bytes; `heard` are the records that were handed on, `sent` what the engine read. */
function ask(words: readonly string[], answer: string) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'answer'), answer);
  const before = `take() { heard+=("$*"); }; heard=(); exec 8>'${folder}/sent' 9<'${folder}/answer'`;
  const answered = run(words, { before });
  return { ...answered, sent: readFileSync(join(folder, 'sent'), 'utf8').split('\0') };
}

const end = '1\0end\0';

test('ask_into hands each record of an answer on, and ends with it', () => {
  const { status, values, sent } = ask(
    ['ask_into', 'take', 'work', 'a b'],
    `2\0todo\x007\x003\0x\0y z\0\0${end}1\0later\0`,
  );
  expect({ status, values, sent }).toEqual({
    status: 0,
    values: { trouble: '', problems: [], heard: ['todo 7', 'x y z '] },
    sent: ['3', 'ask', 'work', 'a b', ''],
  });
});

test('ask_into fails with the words of the engine, after all was heard', () => {
  const error = `4\0error\0no such thing\0applier/failed\0no such thing\x001\0a\0${end}`;
  expect(ask(['ask_into', 'take', 'x'], error)).toMatchObject({
    status: 1,
    ended: false,
    values: { trouble: 'no such thing', problems: ['applier/failed', 'no such thing'], heard: ['a'] },
  });
});

test('ask expects nothing but the end', () => {
  expect(ask(['ask', 'intent', 's'], end)).toMatchObject({ status: 0, sent: ['3', 'ask', 'intent', 's', ''] });
});

test.each([
  ['says nothing any more', ''],
  ['ends in the midst of an answer', '1\0a\0'],
])('ask ends the shell when the engine %s', (_, answer) => {
  expect(ask(['ask', 'x'], answer)).toMatchObject({
    status: 1,
    ended: true,
    calls: [expect.stringContaining('the engine ended unexpectedly')],
  });
});

test('engine_lost says how to go on', () => {
  expect(run(['engine_lost'])).toMatchObject({
    status: 1,
    ended: true,
    calls: [expect.stringMatching(/^complain applier\/killed .*'run apply again, it goes on where it was'$/)],
  });
});

test('start_engine tells a new engine everything over descriptors 8 and 9, and keeps no other end: it ends with 8', () => {
  const library = temporaryFolder();
  writeFileSync(join(library, 'engine.pl'), '$| = 1; local $/ = "\\0"; while (<STDIN>) { print "got $_" }');
  const { status, values } = run(['start_engine'], {
    before: `library='${library}'`,
    stubs: { send_everything: 'record assembly /cdk.out' },
    after: `engine=$ENGINE_PID; IFS= read -r -d '' -u 9 sent; heard=alive; exec 8>&-
      for ((n = 0; n < 200; n += 1)); do kill -0 "$engine" 2>/dev/null || { heard=gone; break; }; sleep 0.02; done`,
    show: ['sent', 'heard'],
  });
  expect({ status, values }).toEqual({ status: 0, values: { sent: 'got 2', heard: 'gone' } });
});
