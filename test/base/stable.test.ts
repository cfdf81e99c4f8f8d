import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { compareText, sha256, sortedKeys, stableJson } from '../../src/base/stable.js';

function placesOf(value: unknown): (string | undefined)[] {
  try {
    stableJson(value);
  } catch (error) {
    return PhoenixError.isPhoenixError(error)
      ? error.problems.map(({ code, path }) => `${code} ${path}`)
      : [String(error)];
  }
  return [];
}

describe('stable JSON', () => {
  test('sorts keys by code unit, drops undefined, ends with a line feed', () => {
    expect(stableJson({ b: 1, a: [{ z: null, Z: true }], gone: undefined, '10': '', '9': 'ä' }, { indent: 0 })).toBe(
      '{"10":"","9":"ä","a":[{"Z":true,"z":null}],"b":1}\n',
    );
  });

  test('sorts records of few keys and of many', () => {
    const names = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'ä') }), { maxLength: 100 });
    fc.assert(
      fc.property(names, (keys) => {
        const record = Object.fromEntries(keys.map((key) => [key, 1]));
        expect(Object.keys(JSON.parse(stableJson(record)))).toEqual([...keys].sort());
        expect(sortedKeys(record)).toEqual([...keys].sort());
      }),
    );
  });

  test('indents by two blanks unless told otherwise', () => {
    const value = { list: [1, {}], none: [], some: { deep: 'x' } };
    expect(stableJson(value)).toBe(`${JSON.stringify(value, null, 2)}\n`);
    expect(stableJson(value, { indent: 4 })).toBe(`${JSON.stringify(value, null, 4)}\n`);
  });

  test('is JSON that says the same as the value, in any order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, 2), (value, indent) => {
        const text = stableJson(value, { indent });
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(stableJson(backwards(value), { indent })).toBe(text);
      }),
    );
  });

  test('says the same by the engine and by hand, which numbers as keys take', () => {
    const layouts = fc.constantFrom({}, { indent: 0 }, { indent: 4 }, { levels: 1 }, { levels: 2 });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), layouts, (value, layout) => {
        expect(stableJson({ a: value }, layout)).toBe(stableJson({ 1: value }, layout).replace('"1"', '"a"'));
      }),
    );
  });

  test.each([
    ['a class instance', { at: new Date(0) }, '$.at'],
    ['a map', [new Map()], '$[0]'],
    ['a function', { a: { 'b c': () => 1 } }, '$.a["b c"]'],
    ['not a number', [1, Number.NaN], '$[1]'],
    ['an infinity', Number.NEGATIVE_INFINITY, '$'],
    ['a symbol', { s: Symbol('s') }, '$.s'],
    ['a symbol as key', { s: { [Symbol('s')]: 1 } }, '$.s'],
    ['a bigint', { n: 1n }, '$.n'],
    ['undefined in a list', [undefined], '$[0]'],
    ['a hole in a list', new Array(1), '$[0]'],
    ['nothing at all', undefined, '$'],
    ['an object that inherits', Object.create({ a: 1 }), '$'],
  ])('refuses %s and says where', (_, value, place) => {
    expect(placesOf(value)).toEqual([`data/not-plain ${place}`]);
  });

  test('names every place at once', () => {
    expect(placesOf({ b: 1n, a: [() => 1] })).toEqual(['data/not-plain $.a[0]', 'data/not-plain $.b']);
  });

  test('refuses a value that contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(placesOf(loop)[0]).toMatch(/^data\/not-plain \$\.self/);
  });

  test('takes objects without a prototype and keys that have a meaning in JavaScript', () => {
    const value = Object.assign(Object.create(null), { constructor: 1, toString: 2 });
    expect(stableJson(value, { indent: 0 })).toBe('{"constructor":1,"toString":2}\n');
    expect(stableJson(JSON.parse('{"__proto__":{"a":1}}'), { indent: 0 })).toBe('{"__proto__":{"a":1}}\n');
  });
});

test('text is ordered by code unit', () => {
  expect(['b', 'a', 'B', 'ä', 'net10', 'net2', '', 'a'].sort(compareText)).toEqual([
    '',
    'B',
    'a',
    'a',
    'b',
    'net10',
    'net2',
    'ä',
  ]);
  expect(sortedKeys({ net2: 1, net10: 1, Net: 1 })).toEqual(['Net', 'net10', 'net2']);
});

test('a hash is SHA-256 of the UTF-8 form', () => {
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(sha256(text)).toBe(sha256(Buffer.from(text)));
      expect(sha256(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
    }),
  );
});

function backwards(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(backwards);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, backwards(member)]),
  );
}
