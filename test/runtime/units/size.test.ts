import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call } from './perl.js';

test.each([
  ['32G', 34_359_738_368],
  ['512M', 536_870_912],
  ['1.5K', 1536],
  ['2T', 2_199_023_255_552],
  ['7', 7],
  ['', undefined],
  ['G', undefined],
  ['-1G', undefined],
  ['1 G', undefined],
  ['1g', undefined],
  [undefined, undefined],
])('Size::parse reads %s as %s bytes', async (text, bytes) => {
  expect(await call('Size::parse', text)).toBe(bytes?.toString());
});

test.each([
  [1024 ** 3, 1],
  [4 * 1024 ** 3, 4],
  [1024 ** 3 / 2, '0.5'],
  [1024 ** 2, '0.000977'],
])('Size::gibibytes writes %d bytes as pvesm takes them: %s', async (bytes, text) => {
  expect(await call('Size::gibibytes', bytes)).toBe(String(text));
});

test('Size::parse reads back every number of bytes that Size::absolute writes', async () => {
  const bytes = fc.oneof(
    fc.nat(),
    fc.integer({ min: 1, max: 4096 }).map((gib) => gib * 1024 ** 3),
    fc.nat(9999).map((kib) => kib * 1024),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (given) => {
      expect(await call('Size::parse', await call('Size::absolute', given))).toBe(String(given));
    }),
  );
});
