import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { evaluate } from './perl.js';

const secrets = `bless { contents => { token => 'hunter2' } }, 'Secrets'`;

test('RunLog::line adds a line of JSON for each thing that happened, for root alone, numbers as numbers', async () => {
  const root = temporaryFolder();
  const code = `my $session = { root => shift, run => 'r1', plan => { app => 'a', secrets => ${secrets} } };
    RunLog::line($session, event => 'step', seconds => '1.5', number => '3', step => '7', exit => 'x'); RunLog::line($session, event => 'end', reason => 'it said hunter2'); 1`;
  await evaluate(code, root);
  const place = join(root, 'var/lib/phoenix/a/runs/r1.jsonl');
  const lines = readFileSync(place, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    {
      ts: expect.stringMatching(/^\d{4}-.*Z$/),
      run: 'r1',
      event: 'step',
      seconds: 1.5,
      number: 3,
      step: '7',
      exit: 'x',
    },
    { ts: expect.any(String), run: 'r1', event: 'end', reason: 'it said [secret token]' },
  ]);
  expect(statSync(join(place, '..')).mode & 0o777).toBe(0o700);
});

test('RunLog::redacted leaves a text as it is before there are secrets, and before there is a plan', async () => {
  expect(
    await evaluate(
      `(RunLog::redacted({}, 'x'), RunLog::redacted({ plan => {} }, 'x'), RunLog::redacted({ plan => { secrets => ${secrets} } }, 'hunter2!'))`,
    ),
  ).toEqual(['x', 'x', '[secret token]!']);
});
