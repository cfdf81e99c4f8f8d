import { type Construct, type IConstruct, RootConstruct } from 'constructs';
import { PhoenixError, type Problem } from '../../src/base/errors.js';
import type { Acknowledgement } from '../../src/core/acknowledge.js';
import type { Allocator, Pool } from '../../src/core/allocator.js';
import { Host } from '../../src/core/host.js';
import type { LockEntries } from '../../src/core/lock-file.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../../src/core/resource.js';
import { Stack } from '../../src/core/stack.js';
import { type Synthesis, synthesize } from '../../src/core/synth.js';
import type { Finding } from '../../src/model/finding.js';
import type { Step } from '../../src/model/step.js';

/** A kernel without domains: one kind of host and one kind of resource, which is all that the kernel may know. */
export class Machine extends Host {
  readonly pveVersion = '9.1';

  constructor(
    scope: Construct,
    id: string,
    readonly hostName = id,
  ) {
    super(scope, id);
  }
}

export interface ThingProps {
  /** @default - `thing/` and the id */
  readonly identity?: string;
  readonly needs?: readonly string[];
  /** Names of the thing's steps, each after the one before. */
  readonly steps?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly number?: number;
  readonly pool?: Pool;
  readonly renamedFrom?: string;
  readonly findings?: readonly Finding[];
  readonly checks?: readonly Check[];
  readonly complete?: (completion: Completion) => void;
  readonly describe?: () => void;
}

export interface ThingSpec {
  readonly number: number | undefined;
}

export const numbers: Pool = { name: 'number', size: 100, candidate: (index) => String(1000 + index) };

/** Does nothing but what a test asks of it. */
export class Thing extends Resource<ThingSpec> {
  number: number | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ThingProps = {},
  ) {
    super(scope, id);
    this.number = props.number;
    for (const { severity, code, message } of props.findings ?? []) this.addFinding(severity, code, message);
  }

  get identity(): string {
    return this.props.identity ?? `thing/${this.node.id}`;
  }

  override allocate(allocator: Allocator): void {
    const { number, pool, renamedFrom } = this.props;
    if (number !== undefined) {
      allocator.take(pool?.name ?? 'number', String(number), this.node.path);
    } else if (pool !== undefined) {
      allocator.request(pool, { path: this.node.path, renamedFrom }, (value) => {
        this.number = Number(value);
      });
    }
  }

  complete(completion: Completion): ThingSpec {
    this.props.complete?.(completion);
    return { number: this.number };
  }

  describe(_spec: ThingSpec, place: Place): Outcome {
    this.props.describe?.();
    const names = this.props.steps ?? ['make'];
    const steps = names.map((name, index): Step => {
      const before = names[index - 1];
      return note(`${this.identity}/${name}`, this.identity, place.path, [
        ...(before === undefined ? (this.props.needs ?? []) : [`${this.identity}/${before}`]),
      ]);
    });
    const files = Object.entries(this.props.files ?? {}).map(([path, text]) => ({ path, text }));
    return { files, steps };
  }

  override checks(): readonly Check[] {
    return this.props.checks ?? [];
  }

  refuseReferences(props: object): void {
    this.refuseOtherHosts(props);
  }
}

function note(id: string, resource: string, path: string, needs: readonly string[]): Step {
  return {
    kind: 'run',
    id,
    resource,
    path,
    title: 'step',
    needs,
    probes: [{ probe: 'unit', unit: 'x', state: 'active' }],
    commands: [],
  };
}

export interface World {
  readonly root: RootConstruct;
  readonly host: Machine;
  readonly stack: Stack;
}

/** A tree with one host and one stack. */
export function newWorld(): World {
  const root = new RootConstruct();
  const host = new Machine(root, 'pve');
  return { root, host, stack: new Stack(root, 'ai', { host }) };
}

export interface SynthOptions {
  readonly pinned?: LockEntries;
  readonly acknowledgements?: readonly Acknowledgement[];
}

export function synth(root: IConstruct, { pinned = new Map(), acknowledgements = [] }: SynthOptions = {}): Synthesis {
  return synthesize({ app: 'small', root, pinned, acknowledgements });
}

/** What an action is refused for; nothing if it is not. */
export function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action();
  } catch (error) {
    if (PhoenixError.isPhoenixError(error)) return error.problems;
    throw error;
  }
  return [];
}

/** Ids of all steps in order. */
export function stepIds(synthesis: Synthesis): string[] {
  return [...synthesis.steps.values()].flat().map((step) => step.id);
}
