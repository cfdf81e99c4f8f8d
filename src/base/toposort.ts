import { PhoenixError, type Problem } from './errors.js';
import { compareText } from './stable.js';

/**
 * Orders the items so that each one comes after everything it needs. Among those that could come next, the smallest
 * key goes first, so that the result does not depend on the order of `items`. O((V + E) log V), without recursion.
 * @param key names an item; no two items may share a name
 * @param needs the keys of the items that have to come before this one; doubles do no harm
 * @throws `graph/duplicate-key`, `graph/unknown-need` (all of them), or `graph/cycle` with the way round as `a → b → a`
 */
export function toposort<T>(items: readonly T[], key: (item: T) => string, needs: (item: T) => readonly string[]): T[] {
  const graph = readGraph(items, key, needs);
  const waitingFor = graph.needs.map((ranks) => ranks.length);
  const ready = new SmallestFirst();
  waitingFor.forEach((count, rank) => {
    if (count === 0) {
      ready.push(rank);
    }
  });
  const ordered: T[] = [];
  for (let rank = ready.pop(); rank !== undefined; rank = ready.pop()) {
    ordered.push(at(graph.items, rank));
    for (const user of at(graph.users, rank)) {
      const left = at(waitingFor, user) - 1;
      waitingFor[user] = left;
      if (left === 0) {
        ready.push(user);
      }
    }
  }
  if (ordered.length < items.length) {
    throw cycleError(graph, waitingFor);
  }
  return ordered;
}

/** Every item is known by its rank, its place in the order of the keys: numbers compare faster than names. */
interface Graph<T> {
  readonly items: readonly T[];
  readonly keys: readonly string[];
  readonly needs: readonly (readonly number[])[];
  readonly users: readonly (readonly number[])[];
}

function readGraph<T>(items: readonly T[], key: (item: T) => string, needs: (item: T) => readonly string[]): Graph<T> {
  const named = items.map((item) => [key(item), item] as const).sort((a, b) => compareText(a[0], b[0]));
  const rankOf = new Map(named.map(([name], rank) => [name, rank]));
  const users: number[][] = named.map(() => []);
  const problems: Problem[] = [];
  const needed = named.map(([name, item], rank) => {
    if (rankOf.get(name) !== rank) {
      problems.push({ code: 'graph/duplicate-key', message: `'${name}' is the key of two items`, value: name });
    }
    const ranks: number[] = [];
    for (const need of needs(item)) {
      const needRank = rankOf.get(need);
      if (needRank === undefined) {
        problems.push({
          code: 'graph/unknown-need',
          message: `'${name}' needs '${need}', which does not exist`,
          value: need,
        });
      } else {
        ranks.push(needRank);
        at(users, needRank).push(rank);
      }
    }
    return ranks;
  });
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return { items: named.map(([, item]) => item), keys: named.map(([name]) => name), needs: needed, users };
}

/**
 * Each item that is still waiting needs another one that is waiting too, so following the smallest of them must come
 * round.
 */
function cycleError<T>(graph: Graph<T>, waitingFor: readonly number[]): PhoenixError {
  const isWaiting = (rank: number): boolean => at(waitingFor, rank) > 0;
  const path: number[] = [];
  const placeInPath = new Map<number, number>();
  let rank = waitingFor.findIndex((count) => count > 0);
  while (!placeInPath.has(rank)) {
    placeInPath.set(rank, path.length);
    path.push(rank);
    rank = at(graph.needs, rank)
      .filter(isWaiting)
      .reduce((a, b) => Math.min(a, b));
  }
  const round = path.slice(placeInPath.get(rank));
  const start = round.indexOf(round.reduce((a, b) => Math.min(a, b)));
  const cycle = [...round.slice(start), ...round.slice(0, start + 1)].map((step) => at(graph.keys, step));
  return new PhoenixError({
    code: 'graph/cycle',
    message: `these need each other: ${cycle.join(' → ')}`,
    value: cycle,
    fix: 'take one of these dependencies away',
  });
}

/** A binary heap of numbers. */
class SmallestFirst {
  private readonly heap: number[] = [];

  push(value: number): void {
    let place = this.heap.push(value) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (at(this.heap, parent) <= value) {
        break;
      }
      this.heap[place] = at(this.heap, parent);
      place = parent;
    }
    this.heap[place] = value;
  }

  pop(): number | undefined {
    const top = this.heap[0];
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) {
      this.sink(last);
    }
    return top;
  }

  private sink(value: number): void {
    const { heap } = this;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= heap.length) {
        break;
      }
      const right = left + 1;
      const child = right < heap.length && at(heap, right) < at(heap, left) ? right : left;
      if (at(heap, child) >= value) {
        break;
      }
      heap[place] = at(heap, child);
      place = child;
    }
    heap[place] = value;
  }
}

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
