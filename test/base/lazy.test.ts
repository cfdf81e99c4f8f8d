import { expect, test } from 'vitest';
import { lazy, lazyRequire } from '../../src/base/lazy.js';

test('a lazy value is made once, at the first call', () => {
  let calls = 0;
  const value = lazy(() => ({ call: ++calls }));
  expect(calls).toBe(0);
  expect(value()).toBe(value());
  expect(calls).toBe(1);
});

test('an undefined value is made once as well', () => {
  let calls = 0;
  const value = lazy(() => {
    calls++;
    return undefined;
  });
  expect([value(), value()]).toEqual([undefined, undefined]);
  expect(calls).toBe(1);
});

test('a maker that threw is asked again', () => {
  let calls = 0;
  const value = lazy(() => {
    calls++;
    if (calls === 1) {
      throw new Error('not yet');
    }
    return calls;
  });
  expect(value).toThrow('not yet');
  expect([value(), value()]).toEqual([2, 2]);
});

test('a module is loaded from where the caller stands, at the first call', () => {
  const path = lazyRequire<typeof import('node:path')>('node:path', import.meta.url);
  expect(path().posix.join('a', 'b')).toBe('a/b');
  const missing = lazyRequire('./no-such-module.cjs', import.meta.url);
  expect(missing).toThrow(/no-such-module/);
});
