import { compareText, stableJson } from '../base/stable.js';
import type { Finding } from '../model/finding.js';
import type { Manifest, Runbook } from '../model/manifest.js';
import type { Step } from '../model/step.js';
import type { AssemblyContent } from './assembly.js';
import { type Change, compareFields, type FieldDifference } from './field-difference.js';
import { compareLines, type LineDifference } from './line-difference.js';
import { stepFields } from './step-fields.js';

/** What differs between two assemblies. Plain data. */
export interface AssemblyDifference {
  /** Whether both are the same bytes. */
  readonly isEmpty: boolean;
  readonly stacks: readonly StackDifference[];
  /** Resources with a step that differs, by stack. */
  readonly resources: readonly ResourceDifference[];
  /** Files of hosts and guests. */
  readonly files: readonly FileDifference[];
  /** Findings that are new or gone; acknowledging one makes it another. */
  readonly findings: readonly FindingDifference[];
  /** Paths of the applier and its library that differ: another version of phoenix made the assembly. */
  readonly runtime: readonly string[];
  /** Paths of files that say the same in another form (runbooks, plans, the tree). */
  readonly renderings: readonly string[];
}

export interface StackDifference {
  readonly stack: string;
  readonly host: string;
  readonly change: Change;
  readonly fields: readonly FieldDifference[];
}

export interface ResourceDifference {
  /** Stack that the resource is in now, or was in. */
  readonly stack: string;
  readonly host: string;
  /** Physical identity, `guest/950`. */
  readonly resource: string;
  /** Construct path, a label. */
  readonly path: string;
  readonly change: Change;
  readonly steps: readonly StepDifference[];
}

export interface StepDifference {
  readonly id: string;
  readonly title: string;
  readonly change: Change;
  /** Empty for a step that is new or gone. */
  readonly fields: readonly FieldDifference[];
}

export interface FileDifference {
  readonly path: string;
  readonly change: Change;
  readonly lines: readonly LineDifference[];
}

export interface FindingDifference {
  readonly change: 'added' | 'removed';
  readonly finding: Finding;
}

/**
 * Compares two assemblies: steps by host and id, field by field; files by path, line by line. Pure.
 *
 * A construct that only moved or was renamed shows as the label that it is; what exists on the host has its own identity.
 */
export function diffAssemblies(before: AssemblyContent, after: AssemblyContent): AssemblyDifference {
  const changed = changedFiles(before.manifest, after.manifest);
  const paths = changed.map((file) => file.path);
  return {
    isEmpty: changed.length === 0 && stableJson(before.manifest) === stableJson(after.manifest),
    stacks: diffStacks(before.manifest, after.manifest),
    resources: diffResources(before.runbooks, after.runbooks),
    files: changed
      .filter((file) => isArtifact(file.path))
      .map((file) => ({ ...file, lines: compareLines(before.text(file.path), after.text(file.path)) })),
    findings: diffFindings(before.manifest.findings, after.manifest.findings),
    // Beside nothing at all, it is the assembly that is new.
    runtime: before.manifest.files.length === 0 ? [] : paths.filter(isRuntime),
    renderings: before.manifest.files.length === 0 ? [] : paths.filter(isRendering),
  };
}

function isRuntime(path: string): boolean {
  return path === 'applier' || path.startsWith('runtime/');
}

function isRendering(path: string): boolean {
  return path === 'tree.json' || /^stacks\/[^/]+\/(runbook\.sh|runbook\.json|PLAN\.md)$/.test(path);
}

function isArtifact(path: string): boolean {
  return !isRuntime(path) && !isRendering(path);
}

/** By hash and mode, so that files that are the same need not be read. */
function changedFiles(before: Manifest, after: Manifest): { readonly path: string; readonly change: Change }[] {
  const [former, latter] = [filesByPath(before), filesByPath(after)];
  return unionOfKeys(former, latter)
    .filter((path) => former.get(path) !== latter.get(path))
    .map((path) => ({ path, change: changeOf(former.has(path), latter.has(path)) }));
}

function filesByPath({ files }: Manifest): Map<string, string> {
  return new Map(files.map((file) => [file.path, `${file.mode} ${file.sha256}`]));
}

function diffStacks(before: Manifest, after: Manifest): StackDifference[] {
  const [former, latter] = [stacksByName(before), stacksByName(after)];
  return unionOfKeys(former, latter).flatMap((stack) => {
    const [from, to] = [former.get(stack), latter.get(stack)];
    const fields = from === undefined || to === undefined ? [] : compareFields(from, to);
    const host = (to ?? from)?.host ?? '';
    const change = changeOf(from !== undefined, to !== undefined);
    return change === 'changed' && fields.length === 0 ? [] : [{ stack, host, change, fields }];
  });
}

/** What a person decided about a stack; the rest follows from its steps. */
type StackHeader = Pick<Manifest['stacks'][number], 'host' | 'pveVersion' | 'restart' | 'protect'>;

function stacksByName({ stacks }: Manifest): Map<string, StackHeader> {
  return new Map(
    stacks.map(({ name, host, pveVersion, restart, protect }) => [name, { host, pveVersion, restart, protect }]),
  );
}

/** A step and where it is. */
interface PlacedStep {
  readonly stack: string;
  readonly host: string;
  readonly step: Step;
}

function diffResources(before: readonly Runbook[], after: readonly Runbook[]): ResourceDifference[] {
  const [former, latter] = [stepsById(before), stepsById(after)];
  const resources = new Map<string, ResourceDifference>();
  for (const key of unionOfKeys(former, latter)) {
    const [from, to] = [former.get(key), latter.get(key)];
    const place = to ?? from;
    const step = diffStep(from, to);
    if (place !== undefined && step !== undefined) {
      const name = `${place.host}\n${place.step.resource}`;
      const steps = [...(resources.get(name)?.steps ?? []), step];
      const { stack, host } = place;
      const { resource, path } = place.step;
      resources.set(name, { stack, host, resource, path, change: 'changed', steps });
    }
  }
  const [had, has] = [resourceNames(former), resourceNames(latter)];
  return [...resources]
    .map(([name, found]) => ({ ...found, change: changeOf(had.has(name), has.has(name)) }))
    .sort(
      (a, b) => compareText(a.stack, b.stack) || compareText(a.path, b.path) || compareText(a.resource, b.resource),
    );
}

function stepsById(runbooks: readonly Runbook[]): Map<string, PlacedStep> {
  return new Map(
    runbooks.flatMap(({ stack, host, steps }) => steps.map((step) => [`${host}\n${step.id}`, { stack, host, step }])),
  );
}

function resourceNames(steps: ReadonlyMap<string, PlacedStep>): Set<string> {
  return new Set([...steps.values()].map(({ host, step }) => `${host}\n${step.resource}`));
}

function diffStep(from: PlacedStep | undefined, to: PlacedStep | undefined): StepDifference | undefined {
  const step = (to ?? from)?.step;
  if (step === undefined) {
    return undefined;
  }
  const change = changeOf(from !== undefined, to !== undefined);
  const both = from !== undefined && to !== undefined;
  const fields = both ? stepFields({ ...from.step, stack: from.stack }, { ...to.step, stack: to.stack }) : [];
  return both && fields.length === 0 ? undefined : { id: step.id, title: step.title, change, fields };
}

function diffFindings(before: readonly Finding[], after: readonly Finding[]): FindingDifference[] {
  const [former, latter] = [findingsByText(before), findingsByText(after)];
  return [
    ...[...latter].filter(([text]) => !former.has(text)).map(([, finding]) => ({ change: 'added' as const, finding })),
    ...[...former]
      .filter(([text]) => !latter.has(text))
      .map(([, finding]) => ({ change: 'removed' as const, finding })),
  ];
}

function findingsByText(findings: readonly Finding[]): Map<string, Finding> {
  return new Map(findings.map((finding) => [stableJson(finding), finding]));
}

function changeOf(had: boolean, has: boolean): Change {
  return !had ? 'added' : has ? 'changed' : 'removed';
}

function unionOfKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort();
}
