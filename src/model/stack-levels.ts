import { PhoenixError } from '../base/errors.js';

/** What a stack waits for, by names of stacks. */
export interface StackNeeds {
  readonly name: string;
  /** Stacks of the same host with steps that steps of this one need. They may need each other. */
  readonly beside: readonly string[];
  /** Stacks of other hosts that have to be done before this one is begun. */
  readonly after: readonly string[];
}

/**
 * How many times one host has to wait for another before a stack may begin: 0 where it waits for nobody. Stacks of one host and level can
 * be worked through in one run.
 * @throws `graph/cycle` if hosts would wait for each other for ever
 */
export function stackLevels(stacks: readonly StackNeeds[]): ReadonlyMap<string, number> {
  const levels = new Map(stacks.map(({ name }) => [name, 0]));
  const highest = stacks.filter(({ after }) => after.length > 0).length;
  for (let isSettled = highest === 0; !isSettled; ) {
    isSettled = true;
    for (const stack of stacks) {
      const level = leastLevel(stack, levels);
      if (level > highest) {
        throw endless(stack, stacks, levels);
      }
      if (level > (levels.get(stack.name) ?? 0)) {
        levels.set(stack.name, level);
        isSettled = false;
      }
    }
  }
  return levels;
}

function leastLevel({ name, beside, after }: StackNeeds, levels: ReadonlyMap<string, number>): number {
  const of = (stack: string) => levels.get(stack) ?? 0;
  return Math.max(of(name), ...beside.map(of), ...after.map((stack) => of(stack) + 1));
}

/** Each round lifted the stacks of the circle, so whoever is lifted by the highest one is in it or behind it. */
function endless(start: StackNeeds, stacks: readonly StackNeeds[], levels: ReadonlyMap<string, number>): PhoenixError {
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const way: string[] = [];
  for (let here: string | undefined = start.name; here !== undefined && !way.includes(here); ) {
    way.push(here);
    const needs = byName.get(here);
    here = highestOf([...(needs?.after ?? []), ...(needs?.beside ?? [])], levels);
    if (here !== undefined && way.includes(here)) {
      way.splice(0, way.indexOf(here));
    }
  }
  const [first = start.name] = way;
  return new PhoenixError({
    code: 'graph/cycle',
    message: `these stacks of different hosts wait for each other: ${[...way, first].join(' → ')}`,
    path: first,
    value: [...way, first],
    fix: 'put what others wait for into a stack of its own',
  });
}

function highestOf(names: readonly string[], levels: ReadonlyMap<string, number>): string | undefined {
  return names.reduce<string | undefined>(
    (best, name) => (best === undefined || (levels.get(name) ?? 0) > (levels.get(best) ?? 0) ? name : best),
    undefined,
  );
}
