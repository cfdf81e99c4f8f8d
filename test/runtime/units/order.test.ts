import fc from 'fast-check';
import { expect, test } from 'vitest';
import { after, call, evaluate, holds } from './perl.js';

interface Given {
  readonly id: string;
  readonly needs: readonly string[];
}

const ids = async (...steps: readonly Given[]) => evaluate('map { $_->{id} } Order::sorted(@_)', ...steps);

/** Steps without a cycle, in any order: needs name what was made before. */
const steps = fc
  .array(fc.array(fc.nat(30), { maxLength: 3 }), { maxLength: 25 })
  .map((needs) =>
    needs.map((of, at): Given => ({ id: `s${at}`, needs: of.filter((need) => need < at).map((need) => `s${need}`) })),
  )
  .chain((given) => fc.shuffledSubarray(given, { minLength: given.length }));

test('Order::sorted puts each step behind what it needs, and changes nothing else that it need not', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (given) => {
      const sorted = (await ids(...given)) as string[];
      expect(sorted.toSorted()).toEqual(given.map(({ id }) => id).toSorted());
      for (const { id, needs } of given) {
        for (const need of needs) expect(sorted.indexOf(need)).toBeLessThan(sorted.indexOf(id));
      }
      const again = sorted.map((id) => given.find((one) => one.id === id) as Given);
      expect(await ids(...again)).toEqual(sorted);
      expect(await call('Order::is_sorted', ...again)).toBe('1');
    }),
    { numRuns: 60 },
  );
});

test('Order::sorted takes of the steps that may come next the one that was given first', async () => {
  expect(
    await ids(
      { id: 'a', needs: ['d'] },
      { id: 'b', needs: [] },
      { id: 'c', needs: ['elsewhere'] },
      { id: 'd', needs: [] },
    ),
  ).toEqual(['b', 'c', 'd', 'a']);
});

test('Order::sorted names the steps of a cycle, and no others', async () => {
  await expect(ids({ id: 'a', needs: ['b'] }, { id: 'b', needs: ['a'] }, { id: 'c', needs: [] })).rejects.toThrow(
    'these steps need each other: a, b',
  );
});

test.each([
  [[], true],
  [[{ id: 'a', needs: ['x'] }], true],
  [
    [
      { id: 'a', needs: ['b'] },
      { id: 'b', needs: [] },
    ],
    false,
  ],
  [[{ id: 'a', needs: ['a'] }], false],
])('Order::is_sorted of %j is %s', async (given, expected) => {
  expect(await holds('Order::is_sorted', ...given)).toBe(expected);
});

test('Order::push_heap and Order::pop_heap give numbers back in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 20 }), async (numbers) => {
      const code =
        'my @heap; Order::push_heap(\\@heap, $_) for @_; my @out; push @out, Order::pop_heap(\\@heap) while @heap; @out';
      expect(await evaluate(code, ...numbers)).toEqual(numbers.toSorted((one, other) => one - other).map(String));
    }),
    { numRuns: 50 },
  );
});

test('Order::push_heap leaves the smallest number in front', async () => {
  expect((await after('Order::push_heap', [3, 5], 1))[0]).toEqual(['1', '5', '3']);
});
