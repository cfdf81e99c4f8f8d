import { expect, test } from 'vitest';
import { call } from './perl.js';

test.each([
  ['a\u001b[2Jb\r\u0007\u007f', 'a?[2Jb???'],
  ['é → \u009b2J\tx\n', 'é → ?2J\tx\n'],
  ['\u001b[31m!\u001b[0m held', '\u001b[31m!\u001b[0m held'],
  ['\u001b[8mhidden\u001b[0m', '?[8mhidden?[0m'],
])('Terminal::harmless of %j', async (text, expected) => {
  expect(await call('Terminal::harmless', text)).toBe(expected);
});
