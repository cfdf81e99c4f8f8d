import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest } from '../../../src/base/nearest.js';
import { call } from './perl.js';

const names = [
  'plan',
  'apply',
  '--allow-move',
  '--approve-privileges',
  'ai/qwen',
  'ai/qwen-2',
  'maxModelLen',
  'ac',
  'ad',
  'größe',
];

test.each([
  'plam',
  'APPLY',
  '--alow_move',
  '--aprove',
  'ai/qewn',
  'ai.qwen2',
  'max_model_len',
  'ab',
  'a',
  'zz',
  '',
  'grösse',
  'nothing of it',
])('Nearest::to of %j is what the command line of phoenix would guess', async (text) => {
  expect(await call('Nearest::to', text, ...names)).toBe(nearest(text, names));
  expect(await call('Nearest::to', text)).toBeUndefined();
});

test('Nearest::to guesses so whatever was typed', async () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '-', '_', '.', '/'), maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(word, fc.array(word, { maxLength: 5 }), async (text, candidates) => {
      expect(await call('Nearest::to', text, ...candidates)).toBe(nearest(text, candidates));
    }),
    { numRuns: 100 },
  );
});

test('Nearest::question asks for it, or is nothing', async () => {
  expect(await call('Nearest::question', 'plam', 'plan')).toBe('did you mean `plan`?');
  expect(await call('Nearest::question', 'zz', 'plan')).toBeUndefined();
});

test('Nearest::plain and Nearest::distance', async () => {
  expect(await call('Nearest::plain', '--Allow_move.x y')).toBe('allowmovexy');
  expect(await call('Nearest::distance', 'kitten', 'sitting')).toBe('3');
  expect(await call('Nearest::distance', '', 'abc')).toBe('3');
});
