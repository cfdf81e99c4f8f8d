import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/base/nearest.js';

const keys = ['maxModelLen', 'maxNumSeqs', 'memory', 'mounts', 'cores'];

describe('nearest', () => {
  it.each([
    ['memroy', 'memory'],
    ['max_model_len', 'maxModelLen'],
    ['max-num-seqs', 'maxNumSeqs'],
    ['MEMORY', 'memory'],
    ['mount', 'mounts'],
    ['core', 'cores'],
  ])('takes %s for %s', (mistyped, meant) => {
    expect(nearest(mistyped, keys)).toBe(meant);
  });

  it('gives nothing where nothing is like it', () => {
    expect(nearest('gpuMemoryUtilization', ['vmid', 'tags'])).toBeUndefined();
    expect(nearest('memory', [])).toBeUndefined();
    expect(nearest('zz', ['a'])).toBeUndefined();
  });

  it('gives the first of those that are equally near', () => {
    expect(nearest('ab', ['ac', 'ad'])).toBe('ac');
    expect(nearest('ab', ['ad', 'ac'])).toBe('ad');
  });
});
