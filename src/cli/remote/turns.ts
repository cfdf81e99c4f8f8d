import { type StackNeeds, stackLevels } from '../../model/stack-levels.js';
import type { StackEntry } from '../../toolkit/stack-list.js';

/** One run of the applier on one host. */
export interface Turn {
  readonly host: string;
  /** Stacks that it is about; undefined for all of the host. */
  readonly stacks: readonly string[] | undefined;
  /** Turns of other hosts that have to end well before. */
  readonly waitsFor: readonly Turn[];
  /** The turn of the same host that comes before, however it ends. */
  readonly follows: Turn | undefined;
}

export interface Turns {
  /** Each one after those that it waits for. */
  readonly turns: readonly Turn[];
  /** What nobody was asked to do: a host waits for stacks of a host that was not named. */
  readonly unnamed: readonly Unnamed[];
}

export interface Unnamed {
  readonly turn: Turn;
  /** Stack of the turn. */
  readonly stack: string;
  /** Stack that it waits for. */
  readonly needs: string;
  /** Host of that one. */
  readonly host: string;
}

/**
 * The runs that it takes to work through the stacks of these hosts: one for each, or several where hosts wait for each other. `chosen`: only
 * these stacks; none for all.
 * @throws `graph/cycle` if they would do so for ever
 */
export function turnsOf(all: readonly StackEntry[], hosts: readonly string[], chosen: readonly string[] = []): Turns {
  const stacks = chosen.length === 0 ? all : only(all, chosen);
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const needs = stacks.map((stack) => needsOf(stack, byName));
  const levels = stackLevels(needs);
  const afterOf = new Map(needs.map(({ name, after }) => [name, after]));
  const groups = hosts.flatMap((host) => groupsOf(host, stacks, levels));
  const turns: Turn[] = [];
  const turnOf = new Map<string, Turn>();
  for (const { host, names, isAll } of groups.sort((a, b) => a.level - b.level)) {
    const others = names.flatMap((name) => afterOf.get(name) ?? []);
    const waitsFor = [...new Set(others.map((name) => turnOf.get(name)).filter((turn) => turn !== undefined))];
    const follows = turns.findLast((turn) => turn.host === host);
    const turn = { host, stacks: isAll ? undefined : names, waitsFor, follows };
    turns.push(turn);
    for (const name of names) {
      turnOf.set(name, turn);
    }
  }
  const unnamed = [...turnOf].flatMap(([stack, turn]) =>
    (afterOf.get(stack) ?? [])
      .map((needs) => ({ turn, stack, needs, host: byName.get(needs)?.host ?? '' }))
      .filter(({ host }) => !hosts.includes(host)),
  );
  return { turns, unnamed };
}

/** The chosen stacks, as if there were no others. */
function only(stacks: readonly StackEntry[], chosen: readonly string[]): StackEntry[] {
  return stacks
    .filter(({ name }) => chosen.includes(name))
    .map((stack) => ({ ...stack, dependencies: stack.dependencies.filter((name) => chosen.includes(name)) }));
}

function needsOf({ name, host, dependencies }: StackEntry, byName: ReadonlyMap<string, StackEntry>): StackNeeds {
  const isBeside = (other: string) => byName.get(other)?.host === host;
  return {
    name,
    beside: dependencies.filter(isBeside),
    after: dependencies.filter((other) => !isBeside(other)),
  };
}

interface Group {
  readonly host: string;
  readonly level: number;
  readonly names: readonly string[];
  readonly isAll: boolean;
}

/** The stacks of a host by level. */
function groupsOf(host: string, stacks: readonly StackEntry[], levels: ReadonlyMap<string, number>): Group[] {
  const own = stacks.filter((stack) => stack.host === host).map(({ name }) => name);
  const found = [...new Set(own.map((name) => levels.get(name) ?? 0))];
  return found.map((level) => {
    const names = own.filter((name) => (levels.get(name) ?? 0) === level);
    return { host, level, names, isAll: names.length === own.length };
  });
}
