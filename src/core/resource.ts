import { Construct, type IConstruct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { Artifact } from '../model/artifact.js';
import type { Layered } from '../model/explain.js';
import type { Finding, Severity } from '../model/finding.js';
import type { PveVersion } from '../model/pve-version.js';
import { isReferable, type ReferenceTarget, reference } from '../model/reference.js';
import type { Step } from '../model/step.js';
import type { Allocator } from './allocator.js';
import type { Host } from './host.js';
import type { HostFacts } from './host-facts.js';
import { scopeFor } from './scope.js';
import { homeOf, type StackHome } from './stack.js';

const marker = Symbol.for('phoenix-cdk.Resource');

/** Everything about a resource's place that a description may depend on. Plain data. */
export interface Place {
  readonly app: string;
  readonly path: string;
  readonly host: string;
  readonly pveVersion: PveVersion;
}

/** What a resource comes to: files of its stack's folder and steps of its stack's runbook. */
export interface Outcome {
  /** Paths are relative to the stack's folder: `root/etc/pve/firewall/950.fw`. */
  readonly files: readonly Artifact[];
  /** May need steps by id, or whole resources by identity (`zfs/fastData/models`: everything that makes it). */
  readonly steps: readonly Step[];
}

/** A resource with its complete spec: what cross-resource rules and other resources look at. */
export interface Completed<S extends object = object> {
  readonly resource: Resource<S>;
  readonly path: string;
  readonly identity: string;
  readonly spec: S;
  readonly home: StackHome;
}

/** A completed resource and what it came to. */
export interface Described extends Completed {
  readonly outcome: Outcome;
}

/** A rule over all resources. Pure; attached by the resources that it concerns, run once whatever their number. */
export interface Check {
  readonly name: string;
  readonly test: (world: World) => Iterable<Finding>;
}

/** What is known once every value is allocated. */
export interface World {
  readonly app: string;
  /** All resources in path order, each completed. */
  readonly resources: readonly Completed[];
  /** Facts of hosts, as far as the project has some. */
  readonly facts: ReadonlyMap<Host, HostFacts>;
  /** Those of one class, in path order. */
  of<S extends object>(guard: (resource: unknown) => resource is Resource<S>): readonly Completed<S>[];
}

/** What a resource may ask for while it completes its spec. */
export interface Completion {
  readonly app: string;
  readonly allocator: Allocator;
  /** The complete spec of another resource. */
  specOf<S extends object>(resource: Resource<S>): S;
  /** The resource at a construct path. */
  at(path: string): IConstruct | undefined;
  /** Whether some resource of the host, or one of the whole cluster, has this identity. */
  has(host: Host, identity: string): boolean;
}

/**
 * Something that exists on a host and that the applier looks after.
 *
 * The synthesizer knows resources by this contract alone: {@link allocate}, {@link complete}, {@link describe}. A new domain is a new
 * subclass; nothing in the kernel changes.
 */
export abstract class Resource<S extends object = object> extends Construct {
  static isResource(construct: unknown): construct is Resource {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  private readonly ownFindings: Finding[] = [];
  private knownHome: StackHome | undefined;

  constructor(scope: Construct, id: string) {
    super(scopeFor(scope, id), id);
    Object.defineProperty(this, marker, { value: true });
  }

  /** The stack and host that the resource belongs to. Throws `scope/no-host`. */
  get home(): StackHome {
    this.knownHome ??= homeOf(this);
    return this.knownHome;
  }

  get host(): Host {
    return this.home.host;
  }

  /** What the resource is on its host, whatever it is called in the program: `guest/950`, `zfs/fastData/models`. Known after allocation. */
  abstract get identity(): string;

  /** Whether it is done once, on its host, for the whole cluster: what needs it on other hosts waits until its host is done. */
  get isClusterWide(): boolean {
    return false;
  }

  /** Takes what the resource needs of the app's numbers and addresses: what is given first, then what is missing. */
  allocate(_allocator: Allocator): void {}

  /** Merges the layers and fills in what other resources decide. Plain data; the only input of {@link describe}. */
  abstract complete(completion: Completion): S;

  /** The layers that the resource's values come from, for whoever asks where one comes from; none if its props are all there is. */
  layered(): readonly Layered[] {
    return [];
  }

  /** Keys of the values that a line of one of its files comes from: `memory`, `rootfs.size`. Known for the grammars of Proxmox. */
  propsOfLine(_file: string, _line: string): readonly string[] {
    return [];
  }

  /** What a line of one of its files is there for, where that is no value of its own: connections with others. */
  reasonsOfLine(_file: string, _line: string): readonly string[] {
    return [];
  }

  /** Files and steps. Pure: the same spec gives the same outcome, however often it is asked. */
  abstract describe(spec: S, place: Place): Outcome;

  /** Rules that have to hold wherever there is a resource like this one. */
  checks(): readonly Check[] {
    return [];
  }

  /** What the resource found out about itself while it was made. */
  findings(): readonly Finding[] {
    return this.ownFindings;
  }

  /** Attributes for the tree of the assembly. */
  attributes(spec: S): object {
    return spec;
  }

  protected addFinding(severity: Severity, code: string, message: string, fix?: string): void {
    this.ownFindings.push({ code, severity, path: this.node.path, message, ...(fix === undefined ? {} : { fix }) });
  }

  /** Refuses references to things of another host, wherever in the props they stand. Throws `scope/other-host` with all of them. */
  protected refuseOtherHosts(props: object): void {
    const problems = referencesIn(props).flatMap(({ target, keys }) => this.otherHostProblem(target, keys));
    if (problems.length > 0) {
      throw new PhoenixError(problems);
    }
  }

  private otherHostProblem(target: ReferenceTarget, keys: readonly string[]): Problem[] {
    const own = this.host.node.path;
    if (target.host === undefined || target.host === own) {
      return [];
    }
    return [
      {
        code: 'scope/other-host',
        message: `\`${keys.join('.')}\` is a ${target.kind} of host ${target.host}, but ${this.node.path} is on host ${own}`,
        path: this.node.path,
        value: String(target.plain),
        fix: `use a ${target.kind} of ${own}; only shared storage may be used from several hosts`,
      },
    ];
  }
}

interface FoundReference {
  readonly target: ReferenceTarget;
  readonly keys: readonly string[];
}

function referencesIn(value: object, keys: readonly string[] = [], found: FoundReference[] = []): FoundReference[] {
  if (isReferable(value)) {
    found.push({ target: value[reference], keys });
  } else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
    for (const key of Object.keys(value)) {
      const inner = (value as Readonly<Record<string, unknown>>)[key];
      if (typeof inner === 'object' && inner !== null) {
        referencesIn(inner, [...keys, key], found);
      }
    }
  }
  return found;
}
