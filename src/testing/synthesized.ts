import { nearest } from '../base/nearest.js';
import type { App } from '../core/app.js';
import type { LockEntries } from '../core/lock-file.js';
import type { Stack } from '../core/stack.js';
import { type GuestKind, parseGuestConf } from '../format/guest-conf.js';
import type { Artifact } from '../model/artifact.js';
import type { Finding } from '../model/finding.js';
import type { Runbook } from '../model/manifest.js';
import type { Step, StepKind, StepOf } from '../model/step.js';
import { assembled } from './assembled.js';
import { FindingAssertions } from './findings.js';
import { mismatches } from './match.js';
import { unmet } from './unmet.js';

export interface SynthesizedOptions {
  /**
   * Values pinned by former synths, by `pool path`: what `pinned` of an earlier one gave.
   * @default - none
   */
  readonly pinned?: LockEntries;
}

/**
 * Synthesizes an app in memory. Nothing is written.
 *
 * Throws a PhoenixError with all errors of the program; to look at those, use `findingsOf(app)`.
 */
export function synthesized(app: App, options: SynthesizedOptions = {}): Synthesized {
  const { files, synthesis } = assembled(app, options);
  return new Synthesized(files, synthesis.findings, synthesis.pinned);
}

/** What a program comes to: files, steps and findings, of all its stacks or of one. */
export class Synthesized {
  /** Text of each file by its path: within the assembly, or within the stack's folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Steps, those of each stack in an order that can be worked through from first to last. */
  readonly steps: readonly Step[];
  readonly findings: FindingAssertions;

  constructor(
    private readonly artifacts: readonly Artifact[],
    findings: readonly Finding[],
    /** Values that were given out, to be handed to the next synth. */
    readonly pinned: LockEntries = new Map(),
  ) {
    this.files = new Map(artifacts.map(({ path, text }) => [path, text]));
    this.steps = stepsOf(artifacts);
    this.findings = new FindingAssertions(findings);
  }

  /** The part of one stack, its file paths relative to its folder; `host-NAME` is what lies directly below a host. */
  stack(stack: Stack | string): Synthesized {
    const name = typeof stack === 'string' ? stack : stack.node.id;
    const folder = `stacks/${name}/`;
    const own = this.artifacts.filter(({ path }) => path.startsWith(folder));
    if (own.length === 0) {
      const known = new Set([...this.files.keys()].flatMap((path) => /^stacks\/([^/]+)/.exec(path)?.[1] ?? []));
      throw unmet('no-stack', `there is no stack ${name}, only ${[...known].join(', ')}`);
    }
    const artifacts = own.map((file) => ({ ...file, path: file.path.slice(folder.length) }));
    const paths = new Set(stepsOf(artifacts).map((step) => step.path));
    return new Synthesized(
      artifacts,
      this.findings.all.filter(({ path }) => paths.has(path)),
      this.pinned,
    );
  }

  /** The step of that id. Throws if there is none. */
  step(id: string): Step {
    const found = this.steps.find((step) => step.id === id);
    if (found === undefined) {
      throw unmet(
        'no-step',
        `there is no step ${id}`,
        didYouMean(
          id,
          this.steps.map((step) => step.id),
        ),
      );
    }
    return found;
  }

  /** The step of that id and kind, typed as such. Throws if there is none. */
  stepOf<K extends StepKind>(kind: K, id: string): StepOf<K> {
    const found = this.step(id);
    if (found.kind !== kind) {
      throw unmet('step-kind', `step ${id} is of kind ${found.kind}, not ${kind}`);
    }
    return found as StepOf<K>;
  }

  /** All steps of a resource by its identity, such as `guest/950`. */
  stepsOf(identity: string): readonly Step[] {
    return this.steps.filter((step) => step.resource === identity);
  }

  /** Text of a file. Throws if there is none. */
  file(path: string): string {
    const text = this.files.get(path);
    if (text === undefined) {
      throw unmet('no-file', `there is no file ${path}`, didYouMean(path, [...this.files.keys()]));
    }
    return text;
  }

  /** What the config of a guest will hold, key by key; raw `lxc.*` lines are not among the keys. Throws if there is no such guest. */
  guestConfig(vmid: number): Readonly<Record<string, string>> {
    return Object.fromEntries(parseGuestConf(this.guestText(vmid), this.guestKind(vmid)).keys);
  }

  /** The raw `lxc.*` lines of a container, in order. Throws if there is no such guest. */
  rawLines(vmid: number): readonly (readonly [key: string, value: string])[] {
    return parseGuestConf(this.guestText(vmid), 'lxc').raw;
  }

  /** Throws unless there is a step of that id that matches the pattern. */
  hasStep(id: string, pattern: unknown = {}): void {
    expectMatch(`step ${id}`, pattern, this.step(id));
  }

  /** Throws if there is a step of that id. */
  lacksStep(id: string): void {
    if (this.steps.some((step) => step.id === id)) {
      throw unmet('step', `expected no step ${id}`);
    }
  }

  /** Throws unless there is a file at that path whose text matches the pattern. */
  hasFile(path: string, pattern?: unknown): void {
    const text = this.file(path);
    if (pattern !== undefined) {
      expectMatch(`file ${path}`, pattern, text);
    }
  }

  /** Throws if there is a file at that path. */
  lacksFile(path: string): void {
    if (this.files.has(path)) {
      throw unmet('file', `expected no file ${path}`);
    }
  }

  /** Throws unless the config of the guest matches the pattern: `{ memory: '8192', net0: Match.stringLike('*,tag=7*') }`. */
  hasGuestConfig(vmid: number, pattern: Readonly<Record<string, unknown>>): void {
    expectMatch(`config of guest ${vmid}`, pattern, this.guestConfig(vmid));
  }

  private guestKind(vmid: number): GuestKind {
    const isMachine = this.steps.some((step) => 'vmid' in step && step.vmid === vmid && step.type === 'qemu');
    return isMachine ? 'qemu' : 'lxc';
  }

  private guestText(vmid: number): string {
    const place = `guests/${vmid}/config.conf`;
    const path = [...this.files.keys()].find((it) => it === place || it.endsWith(`/${place}`));
    return this.file(path ?? place);
  }
}

function stepsOf(artifacts: readonly Artifact[]): readonly Step[] {
  const runbooks = artifacts.filter(({ path }) => /^(stacks\/[^/]+\/)?runbook\.json$/.test(path));
  return runbooks.flatMap(({ text }) => (JSON.parse(text) as Runbook).steps);
}

function expectMatch(what: string, pattern: unknown, actual: unknown): void {
  const wrong = mismatches(pattern, actual);
  if (wrong.length > 0) {
    throw unmet('no-match', `${what} does not match\n  ${wrong.join('\n  ')}`);
  }
}

function didYouMean(wanted: string, known: readonly string[]): string {
  const like = nearest(wanted, known);
  return like === undefined ? `there are: ${known.slice(0, 40).join(', ') || 'none'}` : `did you mean ${like}?`;
}
