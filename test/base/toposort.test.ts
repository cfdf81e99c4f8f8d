import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { toposort } from '../../src/base/toposort.js';

type Graph = Readonly<Record<string, readonly string[]>>;

function sort(graph: Graph): string[] {
  return toposort(
    Object.keys(graph),
    (name) => name,
    (name) => graph[name] ?? [],
  );
}

function problemsOf(graph: Graph): readonly (readonly [string, unknown])[] {
  try {
    sort(graph);
  } catch (error) {
    return PhoenixError.isPhoenixError(error) ? error.problems.map(({ code, value }) => [code, value] as const) : [];
  }
  return [];
}

/** The definition, slowly: again and again the smallest name whose needs are all there. */
function bruteForce(graph: Graph): string[] | undefined {
  const done: string[] = [];
  const left = Object.keys(graph).sort();
  while (left.length > 0) {
    const next = left.findIndex((name) => (graph[name] ?? []).every((need) => done.includes(need)));
    if (next < 0) {
      return undefined;
    }
    done.push(...left.splice(next, 1));
  }
  return done;
}

const graphs = fc
  .uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'Z', '1'), minLength: 1, maxLength: 3 }), { maxLength: 12 })
  .chain((names) =>
    fc
      .array(names.length === 0 ? fc.constant<string[]>([]) : fc.array(fc.constantFrom(...names), { maxLength: 2 }), {
        minLength: names.length,
        maxLength: names.length,
      })
      .map((needs): Graph => Object.fromEntries(names.map((name, i) => [name, needs[i] ?? []]))),
  );

describe('sorting by need', () => {
  test.each([
    [{}, []],
    [{ b: [], a: [] }, ['a', 'b']],
    [{ a: ['b'], b: ['c'], c: [] }, ['c', 'b', 'a']],
    [{ a: ['z'], b: [], z: [] }, ['b', 'z', 'a']],
    [{ net10: [], net2: [], Net: ['net2', 'net2'] }, ['net10', 'net2', 'Net']],
  ])('%j becomes %j', (graph, expected) => {
    expect(sort(graph)).toEqual(expected);
  });

  test('gives what the definition gives, or a real cycle', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const expected = bruteForce(graph);
        if (expected !== undefined) {
          expect(sort(graph)).toEqual(expected);
          return;
        }
        const [[code, cycle] = []] = problemsOf(graph);
        expect(code).toBe('graph/cycle');
        const names = cycle as string[];
        expect(names.length).toBeGreaterThan(1);
        expect(names.at(-1)).toBe(names[0]);
        for (let i = 1; i < names.length; i++) {
          expect(graph[names[i - 1] ?? '']).toContain(names[i]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('does not depend on the order of the items', () => {
    fc.assert(
      fc.property(graphs, fc.func(fc.nat()), (graph, weight) => {
        const shuffled = Object.entries(graph).sort(([a], [b]) => weight(a) - weight(b));
        const outcome = (g: Graph) => (bruteForce(g) === undefined ? problemsOf(g) : sort(g));
        expect(outcome(Object.fromEntries(shuffled))).toEqual(outcome(graph));
      }),
    );
  });

  test.each([
    [{ a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
    [{ a: ['a'] }, ['a', 'a']],
    [{ top: ['z'], z: ['m'], m: ['b'], b: ['z'], free: [] }, ['b', 'z', 'm', 'b']],
  ])('%j has the cycle %j', (graph, cycle) => {
    expect(problemsOf(graph)).toEqual([['graph/cycle', cycle]]);
    expect(() => sort(graph)).toThrow(cycle.join(' → '));
  });

  test('names all needs that nobody has', () => {
    expect(problemsOf({ a: ['x'], b: ['a', 'y'] })).toEqual([
      ['graph/unknown-need', 'x'],
      ['graph/unknown-need', 'y'],
    ]);
  });

  test('refuses two items of one key', () => {
    expect(() =>
      toposort(
        ['a', 'a'],
        (name) => name,
        () => [],
      ),
    ).toThrow(/^graph\/duplicate-key/);
  });

  test('takes chains and cycles longer than the call stack is deep', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `step-${String(i).padStart(6, '0')}`);
    const chain = Object.fromEntries(names.map((name, i) => [name, names.slice(i + 1, i + 2)]));
    expect(sort(chain)).toEqual(names.toReversed());
    expect(problemsOf({ ...chain, [names.at(-1) ?? '']: names.slice(0, 1) })[0]?.[0]).toBe('graph/cycle');
  });
});
