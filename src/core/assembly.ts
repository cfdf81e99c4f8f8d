import type { IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { addTo } from '../base/group.js';
import { compareText, sha256, stableJson } from '../base/stable.js';
import { renderPlan } from '../format/runbook-markdown.js';
import { type RunbookHeader, renderRunbookShell } from '../format/runbook-shell.js';
import { type Artifact, checkArtifactPath } from '../model/artifact.js';
import { assemblyVersion, type Manifest, type Runbook, type Tree, type TreeNode } from '../model/manifest.js';
import type { Step } from '../model/step.js';
import type { Completed, Described } from './resource.js';
import { vaultFiles } from './secrets.js';
import type { StackHome } from './stack.js';
import type { Synthesis } from './synth.js';
import type { VaultReader } from './vault-reader.js';

export interface AssemblyInput {
  readonly app: string;
  readonly generator: { readonly name: string; readonly version: string };
  readonly root: IConstruct;
  readonly synthesis: Synthesis;
  /** The applier and its library, the same in every assembly of a version. */
  readonly runtime: readonly Artifact[];
  /** Text of the lock file as it will be, if there is anything pinned. */
  readonly lockText: string | undefined;
  /** Where encrypted secrets lie. */
  readonly vault: VaultReader;
}

/** Every file of the assembly, in path order; the manifest is the last. Throws `artifact/*` for files that cannot stand beside each other. */
export function assemble(input: AssemblyInput): Artifact[] {
  const stacks = stackFolders(input);
  const files = [
    ...input.runtime,
    ...stacks.flatMap((stack) => stackFiles(input, stack)),
    ...vaultFiles(input.synthesis.secrets, input.vault),
    { path: 'tree.json', text: stableJson(treeOf(input)) },
  ].sort((a, b) => compareText(a.path, b.path));
  checkFiles(files);
  return [...files, { path: 'manifest.json', text: stableJson(manifestOf(input, stacks, files), { levels: 2 }) }];
}

interface StackFolder {
  readonly home: StackHome;
  readonly header: RunbookHeader;
  readonly described: readonly Described[];
  readonly steps: readonly Step[];
}

/** Stacks in the order of their first step, so that the host's own come before what stands on them. */
function stackFolders(input: AssemblyInput): StackFolder[] {
  const { synthesis } = input;
  const byStack = new Map<string, Described[]>();
  const stackOfStep = new Map<string, string>();
  for (const entry of synthesis.described) {
    const key = `${entry.home.host.node.path}\n${entry.home.name}`;
    addTo(byStack, key, entry);
    entry.outcome.steps.forEach((step) => stackOfStep.set(`${entry.home.host.node.path}\n${step.id}`, key));
  }
  const steps = new Map<string, Step[]>();
  for (const [host, ordered] of synthesis.steps) {
    for (const step of ordered) {
      const key = stackOfStep.get(`${host.node.path}\n${step.id}`) ?? '';
      addTo(steps, key, step);
    }
  }
  const keys = [...new Set([...steps.keys(), ...byStack.keys()])];
  return keys.flatMap((key, order) => folderOf(input, byStack.get(key) ?? [], steps.get(key) ?? [], order));
}

function folderOf(
  { app, synthesis }: AssemblyInput,
  described: readonly Described[],
  steps: readonly Step[],
  order: number,
): StackFolder[] {
  const first = described[0];
  if (first === undefined) {
    return [];
  }
  const { home } = first;
  const header = {
    app,
    host: home.host.hostName,
    pveVersion: home.host.pveVersion,
    stack: home.name,
    order,
    restart: home.restart,
    after: synthesis.waits.get(home.name),
    ...(home.protect ? { protect: true as const } : {}),
  };
  return [{ home, header, described, steps }];
}

function stackFiles(input: AssemblyInput, { home, header, described, steps }: StackFolder): Artifact[] {
  const folder = `stacks/${header.stack}`;
  const runbook: Runbook = {
    version: assemblyVersion,
    app: input.app,
    stack: header.stack,
    host: header.host,
    pveVersion: header.pveVersion,
    restart: header.restart,
    ...(header.protect === true ? { protect: true } : {}),
    steps,
  };
  // what is said of the host, or of what the resources stand in, concerns whoever reviews the stack
  const inStack = new Set<string>();
  described.forEach(({ path }) => addPathsAbove(path, inStack));
  inStack.add(home.host.node.path);
  const findings = input.synthesis.findings.filter((finding) => inStack.has(finding.path));
  const texts = new Map(
    described.flatMap(({ outcome }) => outcome.files.map(({ path, text }) => [path, text] as const)),
  );
  const plan = renderPlan(header, steps, findings, (source) => texts.get(source));
  return [
    ...described.flatMap(({ outcome, path }) =>
      outcome.files.map((file) => ({ ...file, path: `${folder}/${file.path}`, owner: path })),
    ),
    { path: `${folder}/runbook.json`, text: stableJson(runbook, { levels: 2 }) },
    { path: `${folder}/runbook.sh`, text: renderRunbookShell(header, steps), executable: true },
    { path: `${folder}/PLAN.md`, text: plan },
  ];
}

/** Adds the path itself and those of everything it lies in, the app (an empty path) included, up to one that is there with those above it. */
function addPathsAbove(path: string, paths: Set<string>): void {
  for (let here = path; !paths.has(here); here = here.slice(0, Math.max(0, here.lastIndexOf('/')))) {
    paths.add(here);
  }
}

function manifestOf(input: AssemblyInput, stacks: readonly StackFolder[], files: readonly Artifact[]): Manifest {
  return {
    version: assemblyVersion,
    app: input.app,
    generator: input.generator,
    stacks: stacks.map(({ header, steps }) => ({
      name: header.stack,
      host: header.host,
      pveVersion: header.pveVersion,
      restart: header.restart,
      protect: header.protect,
      runbook: `stacks/${header.stack}/runbook.json`,
      steps: steps.length,
      after: header.after,
    })),
    files: files.map((file) => ({
      path: file.path,
      sha256: sha256(file.text),
      mode: file.executable === true ? '0755' : '0644',
    })),
    findings: input.synthesis.findings,
    inputs: { lock: input.lockText === undefined ? null : sha256(input.lockText), facts: factsHashes(input.synthesis) },
  };
}

function factsHashes({ facts }: Synthesis): Manifest['inputs']['facts'] {
  const hashes = [...facts].map(([host, known]) => [host.hostName, known.sha256] as const);
  return hashes.length === 0 ? null : Object.fromEntries(hashes);
}

function treeOf(input: AssemblyInput): Tree {
  const completed = new Map<IConstruct, Completed>(input.synthesis.described.map((entry) => [entry.resource, entry]));
  return { version: assemblyVersion, tree: treeNode(input.root, completed) };
}

function treeNode(construct: IConstruct, completed: ReadonlyMap<IConstruct, Completed>): TreeNode {
  const entry = completed.get(construct);
  const children = [...construct.node.children].sort((a, b) => compareText(a.node.id, b.node.id));
  return {
    id: construct.node.id,
    path: construct.node.path,
    type: construct.constructor.name,
    identity: entry?.identity,
    attributes: entry?.resource.attributes(entry.spec),
    children: children.length === 0 ? undefined : children.map((child) => treeNode(child, completed)),
  };
}

/** Paths have to be legal and to differ in more than case, or the assembly could not be checked out on every system. */
function checkFiles(files: readonly Artifact[]): void {
  const seen = new Map<string, Artifact>();
  for (const file of files) {
    checkArtifactPath(file.path);
    const other = seen.get(file.path.toLowerCase());
    if (other !== undefined) {
      throw new PhoenixError({
        code: 'artifact/taken-twice',
        message: `${file.path} is written by ${other.owner ?? 'the library'} and by ${file.owner ?? 'the library'}`,
        path: file.owner ?? '',
        value: file.path,
        fix: 'give the two files names that differ in more than case',
      });
    }
    seen.set(file.path.toLowerCase(), file);
  }
}
