import { expect, test } from 'vitest';
import { call } from './perl.js';

test.each([
  [0, '1970-01-01T00:00:00.000Z'],
  [1_781_273_702.1239, '2026-06-12T14:15:02.123Z'],
  [951_782_400, '2000-02-29T00:00:00.000Z'],
])('Clock::stamp writes the moment %d as %s, wherever the host is', async (moment, text) => {
  expect(await call('Clock::stamp', moment)).toBe(text);
});

test('Clock::now is this moment, with fractions, and Clock::stamp takes it where none is given', async () => {
  const before = Date.now() / 1000;
  const now = Number(await call('Clock::now'));
  const stamp = Date.parse(String(await call('Clock::stamp'))) / 1000;
  expect(now).toBeGreaterThanOrEqual(before - 0.001);
  expect(stamp).toBeGreaterThanOrEqual(now - 0.002);
  expect(Date.now() / 1000).toBeGreaterThanOrEqual(stamp);
});
