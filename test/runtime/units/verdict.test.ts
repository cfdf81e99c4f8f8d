import { expect, test } from 'vitest';
import { call, holds } from './perl.js';

const nothing = { changes: [], notes: [] };

test('Verdict::satisfied wants nothing done, and takes what else is said', async () => {
  expect(await call('Verdict::satisfied', 'notes', ['n'])).toEqual({ verdict: 'satisfied', changes: [], notes: ['n'] });
});

test.each([
  ['Verdict::change', 'change'],
  ['Verdict::create', 'create'],
])('%s names the act and its words', async (name, verdict) => {
  const answer = await call(name, 'set', ['a', 'b'], 'fields', { x: '1' });
  expect(answer).toEqual({ verdict, ...nothing, do: 'set', arguments: ['a', 'b'], fields: { x: '1' } });
});

test.each([
  ['Verdict::waiting', 'waiting'],
  ['Verdict::held', 'held'],
  ['Verdict::refused', 'refused'],
  ['Verdict::unknown', 'unknown'],
  ['Verdict::foreign', 'foreign'],
])('%s says why', async (name, verdict) => {
  expect(await call(name, 'why', 'flag', '--x')).toEqual({ verdict, reason: 'why', ...nothing, flag: '--x' });
});

test('Verdict::difference is live unless it says otherwise', async () => {
  expect(await call('Verdict::difference', 'k', 'a', 'b')).toEqual({ key: 'k', from: 'a', to: 'b', impact: 'live' });
  expect(await call('Verdict::difference', 'k', 'a', 'b', 'stop', 'held', 1)).toEqual({
    key: 'k',
    from: 'a',
    to: 'b',
    impact: 'stop',
    held: '1',
  });
});

test.each([
  ['satisfied', false, false],
  ['note', false, false],
  ['change', true, false],
  ['create', true, false],
  ['waiting', true, false],
  ['held', false, true],
  ['refused', false, true],
  ['unknown', false, true],
  ['foreign', false, true],
  ['blocked', false, true],
])('a verdict `%s` is open: %s, stuck: %s', async (verdict, open, stuck) => {
  expect(await holds('Verdict::open', { verdict })).toBe(open);
  expect(await holds('Verdict::stuck', { verdict })).toBe(stuck);
});
