import { describe, expect, it } from 'vitest';
import { codesOfArea, nearestCode } from '../../src/toolkit/error-codes.js';

const known = ['gpu/not-exclusive', 'gpu/overcommitted', 'gpu/unknown', 'storage/unknown'];

describe('the nearest code', () => {
  it.each([
    ['gpu/overcommited', 'gpu/overcommitted'],
    ['gpuu/overcommitted', 'gpu/overcommitted'],
    ['storage/unknwon', 'storage/unknown'],
    ['gpu/web', undefined],
  ])('to %s is %s', (code, like) => {
    expect(nearestCode(code, known)).toBe(like);
  });

  it('is one of its area, where there is nothing near', () => {
    expect(codesOfArea('gpu/nothing', known)).toEqual(['gpu/not-exclusive', 'gpu/overcommitted', 'gpu/unknown']);
    expect(codesOfArea('guest/950', known)).toEqual([]);
  });
});
