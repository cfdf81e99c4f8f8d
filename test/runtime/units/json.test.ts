import fc from 'fast-check';
import { expect, test } from 'vitest';
import { perl } from './given.js';
import { call } from './perl.js';

const parsed = async (value: unknown) => JSON.parse(String(await call('Json::text', value)));

test('Json::text writes what JSON.parse reads back, whatever characters it holds', async () => {
  const leaf = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text).toString()),
    fc.constant(null),
    fc.constantFrom('\u0000', '\u2028', '😀', '\\', '"', '\u007f', '\r\n\t'),
  );
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(
        fc.stringMatching(/^[^$]{0,5}$/u).map((key) => Buffer.from(key).toString()),
        tie('node'),
        { maxKeys: 4 },
      ),
    ),
  })).node;
  await fc.assert(
    fc.asyncProperty(value, async (given) => {
      expect(await parsed([given])).toEqual([given]);
    }),
  );
});

test('Json::text sorts keys, and takes a reference to a scalar as it is', async () => {
  expect(await call('Json::text', { b: perl('\\"1.50"'), a: [perl('\\"true"'), null] })).toBe(
    '{"a":[true,null],"b":1.50}',
  );
});

test.each([
  ['c3a9', '"\\u00e9"'],
  ['ff41', '"\\u00ffA"'],
  ['f09f9880', '"\\ud83d\\ude00"'],
  ['', '""'],
  ['00', '"\\u0000"'],
])(
  'Json::string takes the bytes %s for text where they are, and for Latin-1 where they are not',
  async (bytes, expected) => {
    expect(await call('Json::string', { $bytes: bytes })).toBe(expected);
  },
);

test.each([
  [0xe9, '\\u00e9'],
  [0xd800, '\\ufffd'],
  [0x110000, '\\ufffd'],
  [0x10ffff, '\\udbff\\udfff'],
])('Json::escaped writes the character %d as %s', async (code, expected) => {
  expect(await call('Json::escaped', code)).toBe(expected);
});
