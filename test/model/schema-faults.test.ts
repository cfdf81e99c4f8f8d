import { expect, it } from 'vitest';
import * as z from 'zod';
import { readBySchema } from '../../src/model/schema-faults.js';

const schema = z.strictObject({
  name: z.string().min(1),
  pattern: z.string().regex(/^[a-z]+$/),
  words: z.string().regex(/^[a-z]+$/, 'lower-case letters'),
  count: z.int().min(0).max(9),
  kind: z.enum(['card', 'bond']),
  version: z.literal(1),
  lines: z.array(z.string()).min(1),
  flag: z.boolean(),
  inner: z.strictObject({ key: z.string() }),
  by: z.record(z.string(), z.number()),
  either: z.union([z.literal('all'), z.strictObject({ from: z.string() })]),
  probe: z.discriminatedUnion('is', [
    z.strictObject({ is: z.literal('file') }),
    z.strictObject({ is: z.literal('unit') }),
  ]),
});

const right = {
  name: 'a',
  pattern: 'a',
  words: 'a',
  count: 1,
  kind: 'card',
  version: 1,
  lines: ['a'],
  flag: true,
  inner: { key: 'a' },
  by: { a: 1 },
  either: 'all',
  probe: { is: 'file' },
};

it('gives what is right', () => {
  expect(readBySchema(schema, right)).toEqual({ data: right });
});

it.each([
  [{ name: 5 }, '`name` is 5, expected text', 5],
  [{ name: '' }, '`name` is "", expected at least 1 letter', ''],
  [{ name: undefined }, '`name` is missing, expected text', undefined],
  [{ pattern: 'A' }, '`pattern` is "A", expected text like /^[a-z]+$/', 'A'],
  [{ words: 'A' }, '`words` is "A", expected lower-case letters', 'A'],
  [{ count: 1.5 }, '`count` is 1.5, expected a whole number', 1.5],
  [{ count: -1 }, '`count` is -1, expected at least 0', -1],
  [{ count: 10 }, '`count` is 10, expected at most 9', 10],
  [{ kind: 'x' }, '`kind` is "x", expected one of "card", "bond"', 'x'],
  [{ version: 0 }, '`version` is 0, expected 1', 0],
  [{ lines: [] }, '`lines` is [], expected at least 1 of them', []],
  [{ lines: {} }, '`lines` is {}, expected a list', {}],
  [{ lines: ['a', null] }, '`lines.1` is null, expected text', null],
  [{ flag: 0 }, '`flag` is 0, expected true or false', 0],
  [{ inner: [] }, '`inner` is [], expected an object', []],
  [{ inner: { key: 'a', keyy: 'b' } }, '`inner.keyy` is no key', undefined],
  [{ by: { a: 'b' } }, '`by.a` is "b", expected a number', 'b'],
  [{ either: 'some' }, '`either` is "some", expected "all" or an object', 'some'],
  [{ either: {} }, '`either` is {}, expected "all" or an object of another form', {}],
  [{ probe: { is: 'x' } }, '`probe.is` is "x", expected one of "file", "unit"', 'x'],
])('says what is wrong with %j', (change, message, value) => {
  const reading = readBySchema(schema, { ...right, ...change });
  expect('faults' in reading && reading.faults).toMatchObject([{ message, ...(value === undefined ? {} : { value }) }]);
});

it('calls the document as a whole `it`', () => {
  expect(readBySchema(schema, 'no')).toMatchObject({
    faults: [{ message: 'it is "no", expected an object', keys: [] }],
  });
});
