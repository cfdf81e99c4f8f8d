import { expect, it } from 'vitest';
import { addTo } from '../../src/base/group.js';

it('addTo begins a list or goes on with it', () => {
  const lists = new Map<string, number[]>();
  addTo(lists, 'a', 1);
  addTo(lists, 'b');
  addTo(lists, 'a', 2, 3);
  expect([...lists]).toEqual([
    ['a', [1, 2, 3]],
    ['b', []],
  ]);
});

it('addTo keeps no list that it was handed', () => {
  const lists = new Map<string, number[]>();
  const values = [1];
  addTo(lists, 'a', ...values);
  addTo(lists, 'a', 2);
  expect(values).toEqual([1]);
});
