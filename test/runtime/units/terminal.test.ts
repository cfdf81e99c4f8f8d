import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call } from './perl.js';

test.each([
  ['a\tb\nc', 'a\tb\nc'],
  ['a\rb\bc\x7f\x00', 'a?b?c??'],
  ['\x1b]0;title\x07', '?]0;title?'],
  ['\x1b[2J', '?[2J'],
  ['\x1b[32m+\x1b[0m file', '\x1b[32m+\x1b[0m file'],
  ['\x1b[32mgreen\x1b[0m', '?[32mgreen?[0m'],
  ['\x1b[8mhidden\x1b[0m', '?[8mhidden?[0m'],
  ['\x1b[32;1m+\x1b[0m', '?[32;1m+?[0m'],
  ['\x1b[32m\x1b[32m+\x1b[0m', '?[32m\x1b[32m+\x1b[0m'],
  ['\u009b31m', '?31m'],
  ['grün – 😀 \u00a0', 'grün – 😀 \u00a0'],
])('Terminal::harmless of %j', async (text, expected) => {
  expect(await call('Terminal::harmless', text)).toBe(expected);
});

test('Terminal::harmless leaves no control character but those of our own colours, and changes nothing twice', async () => {
  const part = fc.constantFrom(
    '\x1b',
    '[',
    '3',
    'm',
    '+',
    '\x1b[0m',
    '\x1b[33m~\x1b[0m',
    'a',
    '\n',
    '\t',
    '\x07',
    '\u0080',
    '\u009b',
    'ü',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
      const shown = String(await call('Terminal::harmless', parts.join('')));
      expect(shown.replaceAll(/\p{Cc}\[\d+m[-+~!?=i]\p{Cc}\[0m/gu, '')).not.toMatch(/[^\n\t\x20-\x7eü]/);
      expect(await call('Terminal::harmless', shown)).toBe(shown);
    }),
    { numRuns: 60 },
  );
});
