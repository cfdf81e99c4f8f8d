import type { IConstruct } from 'constructs';
import { changeProblems, collectProblems, PhoenixError, type Problem } from '../base/errors.js';
import { addTo } from '../base/group.js';
import { nearest } from '../base/nearest.js';
import { toposort } from '../base/toposort.js';
import type { Step } from '../model/step.js';
import { type ClusterWide, clusterWide } from './between-hosts.js';
import type { Host } from './host.js';
import type { Described } from './resource.js';

/**
 * The steps of each host, ordered so that everything comes after what it needs.
 *
 * Resources may need whole resources: such a need becomes the steps that nothing else of that resource waits for. Dependencies between
 * constructs become needs in the same way. What another host does for the whole cluster orders hosts, not steps: `between-hosts.ts`.
 * Throws with all unknown needs, or with the way round each host's cycle.
 */
export function orderSteps(described: readonly Described[]): Map<Host, readonly Step[]> {
  const byHost = new Map<Host, Described[]>();
  for (const entry of described) {
    addTo(byHost, entry.home.host, entry);
  }
  const elsewhere = clusterWide(described);
  const ordered = new Map<Host, readonly Step[]>();
  const problems = collectProblems(
    [...byHost].map(
      ([host, entries]) =>
        () =>
          void ordered.set(host, orderHost(entries, elsewhere)),
    ),
  );
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return ordered;
}

function orderHost(entries: readonly Described[], elsewhere: ClusterWide): readonly Step[] {
  const steps = entries.flatMap((entry) => entry.outcome.steps);
  const finals = finalSteps(entries);
  const extra = constructNeeds(entries, finals);
  const ids = new Set(steps.map((step) => step.id));
  const problems: Problem[] = [];
  const connected = steps.map((step) => {
    const needs = new Set<string>();
    for (const need of [...step.needs, ...(isFirst(step) ? (extra.get(step.resource) ?? []) : [])]) {
      if (!expand(need, ids, finals, needs) && !elsewhere.has(need)) {
        problems.push(dangling(step, need, finals.keys()));
      }
    }
    needs.delete(step.id);
    return { ...step, needs: [...needs].sort() };
  });
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return inOrder(connected);
}

function inOrder(steps: readonly Step[]): readonly Step[] {
  return changeProblems(
    () =>
      toposort(
        steps,
        (step) => step.id,
        (step) => step.needs,
      ),
    (problem) => withConstructs(problem, steps),
  );
}

/** Sorting knows ids of steps only; people know their constructs. */
function withConstructs(problem: Problem, steps: readonly Step[]): Problem {
  const ids = [problem.value].flat();
  const paths = [...new Set(steps.filter((step) => ids.includes(step.id)).map((step) => step.path))].sort();
  const [path] = paths;
  return path === undefined ? problem : { ...problem, path, message: `${problem.message} (${paths.join(', ')})` };
}

/** Whether the step waits for no other step of its own resource. */
function isFirst(step: Step): boolean {
  return !step.needs.some((need) => need.startsWith(`${step.resource}/`));
}

/** Adds the step ids that a need stands for; false if there is no such step or resource. */
function expand(
  need: string,
  ids: ReadonlySet<string>,
  finals: ReadonlyMap<string, readonly string[]>,
  into: Set<string>,
): boolean {
  const steps = finals.get(need);
  // a dataset named `dataset` is called like a step of the one above it: then both are meant
  steps?.forEach((id) => into.add(id));
  if (ids.has(need)) {
    into.add(need);
  }
  return steps !== undefined || ids.has(need);
}

/** Of each resource the steps that no other of its own steps needs. Health is asked by `verify`, so nobody waits for it. */
function finalSteps(entries: readonly Described[]): Map<string, readonly string[]> {
  const finals = new Map<string, readonly string[]>();
  for (const { identity, outcome } of entries) {
    const working = outcome.steps.filter((step) => step.kind !== 'health' && step.kind !== 'note');
    const needed = new Set(working.flatMap((step) => step.needs));
    finals.set(
      identity,
      working.filter((step) => !needed.has(step.id)).map((step) => step.id),
    );
  }
  return finals;
}

/** Needs of each resource that come from `construct.node.addDependency`. */
function constructNeeds(
  entries: readonly Described[],
  finals: ReadonlyMap<string, readonly string[]>,
): Map<string, string[]> {
  const identities = new Map<IConstruct, string>(entries.map((entry) => [entry.resource, entry.identity]));
  const below = (construct: IConstruct): string[] =>
    construct.node
      .findAll()
      .map((child) => identities.get(child))
      .filter((identity) => identity !== undefined);
  const needs = new Map<string, string[]>();
  for (const construct of constructsAbove(entries)) {
    const dependencies = construct.node.dependencies;
    const wanted =
      dependencies.length === 0 ? [] : dependencies.flatMap(below).filter((identity) => finals.has(identity));
    const own = wanted.length === 0 ? [] : below(construct);
    const others = wanted.filter((identity) => !own.includes(identity));
    for (const identity of own) {
      addTo(needs, identity, ...others);
    }
  }
  return needs;
}

function constructsAbove(entries: readonly Described[]): Set<IConstruct> {
  const constructs = new Set<IConstruct>();
  for (const { resource } of entries) {
    for (
      let here: IConstruct | undefined = resource;
      here !== undefined && !constructs.has(here);
      here = here.node.scope
    ) {
      constructs.add(here);
    }
  }
  return constructs;
}

function dangling(step: Step, need: string, known: Iterable<string>): Problem {
  const like = nearest(need, known);
  return {
    code: 'graph/unknown-need',
    message: `${step.id} needs ${need}, which nothing in the program makes on this host`,
    path: step.path,
    value: need,
    fix: like === undefined ? 'declare it, or import it with fromName' : `did you mean ${like}?`,
  };
}
