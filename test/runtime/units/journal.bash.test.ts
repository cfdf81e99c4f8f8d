import { expect, test } from 'vitest';
import { bash } from './bash.js';

const run = (words: readonly string[], ask: string) =>
  bash('journal', words, { set: { trouble: 'no space' }, stubs: { ask, stop_run: 'exit 9' } });

test.each([
  [['journal_intent', 's'], 'ask intent s', 'cannot write the journal: no space'],
  [['journal_applied', 's'], 'ask applied s', 'cannot write the journal: no space'],
  [['journal', 'sealed', '900', 'a b'], `ask journal sealed 900 'a b'`, 'cannot write the journal: no space'],
  [['note_left', 's', '/a'], 'ask left s /a', 'cannot write the log: no space'],
  [['keep_before', '/a', '/b'], 'ask before /a /b', 'cannot keep a copy: no space'],
])('%j goes on when it is on the disk, and no sooner', (words, call, trouble) => {
  expect(run(words, '')).toMatchObject({ status: 0, calls: [call] });
  expect(run(words, 'return 1')).toMatchObject({ status: 9, ended: true, calls: [call, `stop_run '${trouble}'`] });
});
