import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Size } from '../../src/base/units.js';
import { canonicalDiskSize, parseDiskSize, renderDiskSize } from '../../src/format/disk-size.js';
import { parseBoolean, renderTags, sortedList, splitList } from '../../src/format/lists.js';

describe('the size of a volume', () => {
  test.each([
    ['32G', 32 * 1024 ** 3, '32G'],
    ['1024M', 1024 ** 3, '1G'],
    ['1.5T', 1.5 * 1024 ** 4, '1536G'],
    ['4MiB', 4 * 1024 ** 2, '4M'],
    ['528K', 528 * 1024, '528K'],
    ['0.3K', 307, '307'],
    ['512', 512, '512'],
    ['2048T', 2048 * 1024 ** 4, '2048T'],
    ['0', 0, '0T'],
  ])('%s is %d bytes and written %s', (text, bytes, written) => {
    expect(parseDiskSize(text).toBytes()).toBe(bytes);
    expect(renderDiskSize(parseDiskSize(text))).toBe(written);
  });

  test.each(['', '32GB', '32g', ' 32G', '-1G', '1e3', '.5G', '1.G', '9999999T', '32 G'])('is not %j', (text) => {
    expect(() => parseDiskSize(text)).toThrow('no size of a volume');
    expect(canonicalDiskSize(text)).toBe(text);
  });

  test('is read back as it was given', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 30 }), fc.constantFrom(1, 1024, 1024 ** 2), (n, unit) => {
        const size = Size.bytes(n * unit);
        expect(parseDiskSize(renderDiskSize(size)).toBytes()).toBe(size.toBytes());
      }),
    );
  });
});

describe('a list', () => {
  test.each([
    ['a,b;c d', ['a', 'b', 'c', 'd']],
    [' a ,, b ', ['a', 'b']],
    ['', []],
    ['a b\0c,d', ['a b', 'c,d']],
  ])('%j has the items %j', (text, items) => {
    expect(splitList(text)).toEqual(items);
  });

  test('is sorted without doubles', () => {
    expect(sortedList('vm:100, ct:950;ct:950')).toBe('ct:950,vm:100');
    expect(renderTags(['LLM', 'gpu', 'llm'])).toBe('gpu;llm');
  });

  test('of words for true and false is known', () => {
    expect(['1', 'ON', 'yes', 'True', '0', 'off', 'No', 'false', 'maybe', ''].map(parseBoolean)).toEqual([
      ...[true, true, true, true, false, false, false, false],
      ...[undefined, undefined],
    ]);
  });
});
