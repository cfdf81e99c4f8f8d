import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareFields } from '../../src/toolkit/field-difference.js';

describe('comparing plain data field by field', () => {
  it('names the place of each value that changed, came or went', () => {
    const before = { a: 1, b: { c: 'x', gone: true } };
    expect(compareFields(before, { a: 1, b: { c: 'y' }, d: 2 })).toEqual([
      { field: 'b.c', change: 'changed', before: 'x', after: 'y' },
      { field: 'b.gone', change: 'removed', before: true },
      { field: 'd', change: 'added', after: 2 },
    ]);
  });

  it('matches members of a list by what names them, and says what their change costs', () => {
    const key = (name: string, value: string) => ({ key: name, value, impact: 'restart' });
    expect(compareFields({ keys: [key('a', '1'), key('b', '2')] }, { keys: [key('b', '3'), key('a', '1')] })).toEqual([
      { field: 'keys[b].value', change: 'changed', before: '2', after: '3', impact: 'restart' },
    ]);
  });

  it('matches members that nothing names by their whole value, as often as they are there', () => {
    expect(compareFields({ needs: ['a', 'a', 'b'] }, { needs: ['a', 'b', 'c'] })).toEqual([
      { field: 'needs[]', change: 'removed', before: 'a' },
      { field: 'needs[]', change: 'added', after: 'c' },
    ]);
  });

  it('does not trust a name that two members share', () => {
    const line = (value: string) => ({ key: 'lxc.mount.entry', value });
    expect(compareFields({ raw: [line('a'), line('b')] }, { raw: [line('a'), line('c')] })).toMatchObject([
      { field: 'raw[]', change: 'removed', before: line('b') },
      { field: 'raw[]', change: 'added', after: line('c') },
    ]);
  });

  it('shows a list whose order alone changed as a whole', () => {
    expect(compareFields({ raw: ['a', 'b'] }, { raw: ['b', 'a'] })).toEqual([
      { field: 'raw', change: 'changed', before: ['a', 'b'], after: ['b', 'a'] },
    ]);
  });

  it('finds nothing between equal values, and something between others', () => {
    const data = fc.jsonValue({ noUnicodeString: true }).map((value) => JSON.parse(JSON.stringify({ value })));
    fc.assert(
      fc.property(data, data, (a, b) => {
        expect(compareFields(a, structuredClone(a))).toEqual([]);
        expect(compareFields(a, b).length === 0).toBe(sorted(a) === sorted(b));
      }),
    );
  });
});

/** JSON that does not depend on the order of keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
