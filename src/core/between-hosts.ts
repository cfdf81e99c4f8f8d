import type { IConstruct } from 'constructs';
import { addTo } from '../base/group.js';
import { compareText } from '../base/stable.js';
import { stackLevels } from '../model/stack-levels.js';
import type { Step } from '../model/step.js';
import type { Host } from './host.js';
import type { Described } from './resource.js';

/** What one host does for the whole cluster, by identity of the resource and by id of each step. */
export type ClusterWide = ReadonlyMap<string, Described>;

export function clusterWide(described: readonly Described[]): ClusterWide {
  const found = new Map<string, Described>();
  for (const entry of described.filter(({ resource }) => resource.isClusterWide)) {
    found.set(entry.identity, entry);
    entry.outcome.steps.forEach((step) => found.set(step.id, entry));
  }
  return found;
}

/**
 * The stacks of other hosts that a stack waits for, by name: those that a construct of it depends on (`a.node.addDependency(b)`), and those
 * that do for the whole cluster what its steps need.
 * @throws `graph/cycle` if hosts would wait for each other for ever
 */
export function waitsBetweenHosts(
  described: readonly Described[],
  steps: ReadonlyMap<Host, readonly Step[]>,
): ReadonlyMap<string, readonly string[]> {
  const waits = new Map<string, Set<string>>();
  if (steps.size < 2) {
    return new Map();
  }
  const add = (from: Described, to: Described) => {
    if (from.home.host !== to.home.host) {
      waits.set(from.home.name, (waits.get(from.home.name) ?? new Set()).add(to.home.name));
    }
  };
  followDependencies(described, add);
  followNeeds(described, clusterWide(described), add);
  refuseCircles(described, steps, waits);
  return new Map([...waits].map(([name, others]) => [name, [...others].sort(compareText)]));
}

type Add = (from: Described, to: Described) => void;

function followDependencies(described: readonly Described[], add: Add): void {
  const entries = new Map<IConstruct, Described>(described.map((entry) => [entry.resource, entry]));
  const below = (construct: IConstruct) =>
    construct.node
      .findAll()
      .map((child) => entries.get(child))
      .filter((entry) => entry !== undefined);
  const [first] = described;
  for (const construct of first === undefined ? [] : first.resource.node.root.node.findAll()) {
    const wanted = construct.node.dependencies.flatMap(below);
    for (const from of wanted.length === 0 ? [] : below(construct)) {
      wanted.forEach((to) => add(from, to));
    }
  }
}

function followNeeds(described: readonly Described[], makers: ClusterWide, add: Add): void {
  for (const from of makers.size === 0 ? [] : described) {
    for (const need of from.outcome.steps.flatMap((step) => step.needs)) {
      const to = makers.get(need);
      if (to !== undefined) {
        add(from, to);
      }
    }
  }
}

function refuseCircles(
  described: readonly Described[],
  steps: ReadonlyMap<Host, readonly Step[]>,
  waits: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  if (waits.size === 0) {
    return;
  }
  const beside = stacksBeside(described, steps);
  const names = [...new Set(described.map(({ home }) => home.name))].sort(compareText);
  stackLevels(names.map((name) => ({ name, beside: beside.get(name) ?? [], after: [...(waits.get(name) ?? [])] })));
}

/** Stacks of the same host whose steps a stack's steps need. */
function stacksBeside(
  described: readonly Described[],
  steps: ReadonlyMap<Host, readonly Step[]>,
): Map<string, string[]> {
  const beside = new Map<string, string[]>();
  for (const [host, ordered] of steps) {
    const own = described.filter(({ home }) => home.host === host);
    const stackOf = new Map(own.flatMap(({ home, outcome }) => outcome.steps.map((step) => [step.id, home.name])));
    for (const step of ordered) {
      const needed = step.needs.map((need) => stackOf.get(need)).filter((name) => name !== undefined);
      addTo(beside, stackOf.get(step.id) ?? '', ...needed);
    }
  }
  return beside;
}
