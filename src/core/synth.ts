import type { IConstruct } from 'constructs';
import { changeProblems, collectProblems, PhoenixError, type Problem, problemText } from '../base/errors.js';
import { compareText } from '../base/stable.js';
import { compareFindings, type Finding, problemOf } from '../model/finding.js';
import type { UsedSecret } from '../model/secret-use.js';
import type { Step } from '../model/step.js';
import { type Acknowledgement, acknowledge } from './acknowledge.js';
import { Allocator } from './allocator.js';
import { Annotations } from './annotations.js';
import { Aspects } from './aspects.js';
import { waitsBetweenHosts } from './between-hosts.js';
import { orderSteps } from './connect.js';
import type { FactsReader } from './facts-reader.js';
import { garbledFindings } from './garbled.js';
import { Host } from './host.js';
import type { HostFacts } from './host-facts.js';
import type { LockEntries } from './lock-file.js';
import { constructAt } from './lookup.js';
import { occupiedBy } from './occupied.js';
import { type Check, type Completed, type Completion, type Described, Resource, type World } from './resource.js';
import { literalFindings, usedSecrets, vaultFindings } from './secrets.js';
import { Stack } from './stack.js';
import type { VaultReader } from './vault-reader.js';

/** What a synth starts from. */
export interface SynthInput {
  readonly app: string;
  readonly root: IConstruct;
  /** Values pinned by former synths. */
  readonly pinned: LockEntries;
  readonly acknowledgements: readonly Acknowledgement[];
  /** Where encrypted secrets lie. Without, nothing is said of secrets that are not there. */
  readonly vault?: VaultReader;
  /** Facts of hosts. They add findings and keep new values from what is taken, and change nothing else. */
  readonly facts?: FactsReader | undefined;
}

/** What a synth comes to, in memory. */
export interface Synthesis {
  readonly described: readonly Described[];
  /** The steps of each host in an order that can be worked through from first to last. */
  readonly steps: ReadonlyMap<Host, readonly Step[]>;
  /** The stacks of other hosts that a stack waits for, by name; none for most. */
  readonly waits: ReadonlyMap<string, readonly string[]>;
  readonly findings: readonly Finding[];
  /** Secrets that are used or declared, by name. */
  readonly secrets: readonly UsedSecret[];
  /** Values to be pinned for the next synth. */
  readonly pinned: LockEntries;
  /** Facts that were there, by host. */
  readonly facts: ReadonlyMap<Host, HostFacts>;
}

/**
 * From the tree to files and steps in memory, phase by phase. No clock, no disk, no environment.
 *
 * Throws a PhoenixError with every error of the phase that found some; later phases are not begun.
 */
export function synthesize(input: SynthInput): Synthesis {
  visitAspects(input.root);
  input.root.node.lock();
  const constructs = input.root.node.findAll();
  const resources = resourcesOf(constructs);
  const facts = readFacts(input, constructs);
  const allocator = allocate(input, resources, facts);
  const completed = completeSpecs(input, resources, allocator, constructs);
  const found = validate(input, completed, constructs, facts);
  const described = describeAll(input.app, completed);
  const secrets = usedSecrets(input.root, described);
  found.push(...literalFindings(described), ...garbledFindings(described));
  found.push(...(input.vault === undefined ? [] : vaultFindings(secrets, input.vault)));
  const findings = acknowledge(found, input.acknowledgements).sort(compareFindings);
  stopAtErrors(findings);
  const steps = orderSteps(described);
  const waits = waitsBetweenHosts(described, steps);
  return { described, steps, waits, findings, secrets, pinned: allocator.entries(), facts };
}

/** Once a tree, however often it is synthesized: aspects would say everything a second time. */
function visitAspects(root: IConstruct): void {
  if (visited.has(root)) {
    return;
  }
  visited.add(root);
  for (const construct of root.node.findAll()) {
    const attached = Aspects.of(construct).all;
    for (const target of attached.length === 0 ? [] : construct.node.findAll()) {
      attached.forEach((aspect) => aspect.visit(target));
    }
  }
}

const visited = new WeakSet<IConstruct>();

/** In path order, so that nothing depends on the order in which siblings were made. */
function resourcesOf(constructs: readonly IConstruct[]): Resource[] {
  return constructs
    .filter((construct) => Resource.isResource(construct))
    .sort((a, b) => compareText(a.node.path, b.node.path));
}

function readFacts({ facts }: SynthInput, constructs: readonly IConstruct[]): ReadonlyMap<Host, HostFacts> {
  const found = new Map<Host, HostFacts>();
  if (facts === undefined) {
    return found;
  }
  const problems = collectProblems(
    constructs
      .filter((construct) => Host.isHost(construct))
      .map((host) => () => {
        const known = facts.of(host.hostName);
        if (known !== undefined) {
          found.set(host, known);
        }
      }),
  );
  stopAt(problems);
  return found;
}

function allocate(input: SynthInput, resources: readonly Resource[], facts: ReadonlyMap<Host, HostFacts>): Allocator {
  const isOccupied = facts.size === 0 ? undefined : occupiedBy(input.app, [...facts.values()]);
  const allocator = new Allocator(input.pinned, isOccupied);
  const problems = collectProblems(resources.map((resource) => () => resource.allocate(allocator)));
  allocator.settle();
  problems.push(...allocator.problems);
  stopAt(problems);
  return allocator;
}

function completeSpecs(
  input: SynthInput,
  resources: readonly Resource[],
  allocator: Allocator,
  constructs: readonly IConstruct[],
): Completed[] {
  const specs = new Map<Resource, object>();
  const completion = completionOf(input, resources, allocator, specs);
  const problems = collectProblems(resources.map((resource) => () => void completion.specOf(resource)));
  problems.push(...doubleIdentities(resources), ...doubleStacks(constructs, resources));
  stopAt(problems);
  return resources.map((resource) => ({
    resource,
    path: resource.node.path,
    identity: resource.identity,
    spec: specs.get(resource) ?? {},
    home: resource.home,
  }));
}

function completionOf(
  input: SynthInput,
  resources: readonly Resource[],
  allocator: Allocator,
  specs: Map<Resource, object>,
): Completion {
  const identities = new Set<string>();
  const ofCluster = new Set<string>();
  for (const resource of resources) {
    identities.add(`${resource.host.node.path}\n${resource.identity}`);
    if (resource.isClusterWide) {
      ofCluster.add(resource.identity);
    }
  }
  const busy = new Set<Resource>();
  return {
    app: input.app,
    allocator,
    at: (path) => constructAt(input.root, path),
    has: (host, identity) => identities.has(`${host.node.path}\n${identity}`) || ofCluster.has(identity),
    specOf<S extends object>(resource: Resource<S>): S {
      const known = specs.get(resource);
      if (known !== undefined) {
        return known as S;
      }
      if (busy.has(resource)) {
        throw circular(busy, resource);
      }
      busy.add(resource);
      try {
        const spec = changeProblems(
          () => resource.complete(this),
          (problem) => ({ path: resource.node.path, ...problem }),
        );
        specs.set(resource, spec);
        return spec;
      } finally {
        busy.delete(resource);
      }
    },
  };
}

function validate(
  input: SynthInput,
  completed: readonly Completed[],
  constructs: readonly IConstruct[],
  facts: ReadonlyMap<Host, HostFacts>,
): Finding[] {
  const world = worldOf(input.app, completed, facts);
  const checks = new Map<string, Check>();
  for (const { resource } of completed) {
    resource.checks().forEach((check) => checks.set(check.name, check));
  }
  const found = [
    ...completed.flatMap(({ resource }) => resource.findings()),
    ...constructs.flatMap(constructFindings),
    ...emptyStacks(constructs, completed),
    ...[...facts].flatMap(([host, known]) => host.findingsBy(known)),
    ...[...checks.values()].flatMap((check) => [...check.test(world)]),
  ];
  stopAtErrors(found);
  return found;
}

/** They are no folder of the assembly and no stack of the applier, so whoever made one should not look for it there. */
function emptyStacks(constructs: readonly IConstruct[], completed: readonly Completed[]): Finding[] {
  const inhabited = new Set(completed.map(({ home }) => home.stack));
  return constructs
    .filter((construct) => Stack.isStack(construct))
    .filter((stack) => !inhabited.has(stack))
    .map((stack) => ({
      code: 'stack/empty',
      severity: 'info',
      path: stack.node.path,
      message: 'has nothing in it, so there is nothing to apply',
      fix: 'make a guest, a dataset or a storage in it: the stack is their first argument',
    }));
}

function stopAtErrors(findings: readonly Finding[]): void {
  const errors = findings.filter((finding) => finding.severity === 'error');
  stopAt(errors.sort(compareFindings).map(problemOf));
}

function constructFindings(construct: IConstruct): Finding[] {
  const own = Annotations.of(construct).findings;
  const invalid = construct.node
    .validate()
    .map((message): Finding => ({ code: 'construct/invalid', severity: 'error', path: construct.node.path, message }));
  return [...own, ...invalid];
}

function describeAll(app: string, completed: readonly Completed[]): Described[] {
  const described: Described[] = [];
  const problems = collectProblems(
    completed.map((entry) => () => {
      const { host } = entry.home;
      const place = { app, path: entry.path, host: host.hostName, pveVersion: host.pveVersion };
      described.push({
        ...entry,
        outcome: changeProblems(
          () => entry.resource.describe(entry.spec, place),
          (problem) => within(entry.path, problem),
        ),
      });
    }),
  );
  stopAt(problems);
  return described;
}

/** Every check asks for the same few classes, so each is looked for once. */
function worldOf(app: string, resources: readonly Completed[], facts: ReadonlyMap<Host, HostFacts>): World {
  const known = new Map<unknown, readonly Completed[]>();
  return {
    app,
    resources,
    facts,
    of<S extends object>(guard: (resource: unknown) => resource is Resource<S>) {
      const found = known.get(guard) ?? resources.filter((entry) => guard(entry.resource));
      known.set(guard, found);
      return found as readonly Completed<S>[];
    },
  };
}

function doubleIdentities(resources: readonly Resource[]): Problem[] {
  const owners = new Map<string, Resource>();
  const problems: Problem[] = [];
  for (const resource of resources) {
    const key = `${resource.host.node.path}\n${resource.identity}`;
    const owner = owners.get(key);
    if (owner === undefined) {
      owners.set(key, resource);
    } else {
      problems.push({
        code: 'identity/taken-twice',
        message: `${resource.identity} is made by ${owner.node.path} and by ${resource.node.path}`,
        path: resource.node.path,
        value: resource.identity,
        fix: 'keep one of them and refer to it from the other place',
      });
    }
  }
  return problems;
}

/** Each stack is a folder, on systems that tell small letters from capital ones and on others. */
function doubleStacks(constructs: readonly IConstruct[], resources: readonly Resource[]): Problem[] {
  const owners = new Map<string, IConstruct>();
  const problems = new Map<IConstruct, Problem>();
  const homes = resources.map(({ home }) => ({ name: home.name, owner: home.stack ?? home.host }));
  const stacks = constructs.filter((construct) => Stack.isStack(construct));
  for (const { name, owner } of [...stacks.map((stack) => ({ name: stack.node.id, owner: stack })), ...homes]) {
    const other = owners.get(name.toLowerCase()) ?? owner;
    owners.set(name.toLowerCase(), other);
    if (other !== owner) {
      problems.set(owner, {
        code: 'stack/taken-twice',
        message: `the folder stacks/${name} would be of ${other.node.path} and of ${owner.node.path}`,
        path: owner.node.path,
        value: name,
        fix: 'give stacks and hosts of an app names of their own, which differ in more than case',
      });
    }
  }
  return [...problems.values()];
}

/** People need the construct: problems of grammars know a place within the text at best, others no place at all. */
function within(path: string, problem: Problem): Problem {
  const place = problem.path;
  return place === undefined || place === path || place.startsWith(`${path}/`)
    ? { path, ...problem }
    : { ...problem, path, message: `${place}: ${problem.message}` };
}

/** From the smallest path on, so that it is the same circle wherever somebody came into it. */
function circular(busy: ReadonlySet<Resource>, again: Resource): PhoenixError {
  const all = [...busy].map((resource) => resource.node.path);
  const round = all.slice(all.indexOf(again.node.path));
  const start = round.indexOf([...round].sort(compareText)[0] ?? '');
  const [first = '', ...rest] = [...round.slice(start), ...round.slice(0, start)];
  return new PhoenixError({
    code: 'graph/cycle',
    message: `these are made from each other: ${[first, ...rest, first].join(' → ')}`,
    path: first,
    fix: 'break the circle: one of them has to stand on its own',
  });
}

function stopAt(problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new PhoenixError(
      distinct(problems).sort((a, b) => compareText(a.path ?? '', b.path ?? '') || compareText(a.code, b.code)),
    );
  }
}

/** What is wrong with the defaults of a stack is found by every guest in it. */
function distinct(problems: readonly Problem[]): Problem[] {
  const known = new Map(problems.map((problem) => [problemText(problem), problem]));
  return [...known.values()];
}
