import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Construct, type IConstruct } from 'constructs';
import { PhoenixError, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { App } from '../core/app.js';
import type { PveNode } from '../host/pve-node.js';
import { readText, type SourceFile } from './source-file.js';

/** A value of a file, by the keys that lead to it. */
export interface ValuePlace {
  readonly file: SourceFile;
  readonly keys: readonly string[];
}

/** What the parts of a config directory know of each other while they are made into constructs: names, and everything that is wrong so far. */
export class LoadContext {
  readonly problems: Problem[] = [];
  private readonly things = new Map<string, Map<string, Thing>>();
  /** Values that could not be resolved: what follows from their absence is no problem of its own. */
  private readonly unresolved = new Set<string>();

  constructor(
    /** The machine that everything belongs to. */
    readonly host: PveNode,
    /** The config directory: absolute, and as messages call it. */
    readonly folder: { readonly path: string; readonly name: string },
  ) {}

  /** Where a construct of a section goes: the machine, or, where something else there has its name, a place of the section's own. */
  scope(section: string, name: string): Construct {
    const { host } = this;
    if (host.node.tryFindChild(name) === undefined) {
      return host;
    }
    const own = host.node.tryFindChild(`${section} of files`) ?? new Construct(host, `${section} of files`);
    return own as Construct;
  }

  /** Says that findings of a code are meant so. Throws `acknowledge/no-reason`. */
  acknowledge(code: string, reason: string, on: IConstruct): void {
    const app: IConstruct & { readonly acknowledge?: App['acknowledge'] } = on.node.root;
    app.acknowledge?.(code, { reason, on: [on] });
  }

  /** Makes a thing known by its name to whatever refers to it. Without a thing, it is known as one that could not be made. */
  declare(kind: string, name: string, thing: object | undefined): void {
    const known = this.things.get(kind) ?? new Map<string, Thing>();
    known.set(name, { thing });
    this.things.set(kind, known);
  }

  /** The thing of that name. Throws `conf/dangling`, and a sign that {@link attempt} passes over for one that could not be made. */
  find(kind: string, name: string): object {
    const known = this.things.get(kind);
    const found = known?.get(name);
    if (found === undefined) {
      const names = [...(known?.keys() ?? [])];
      const like = nearest(name, names);
      throw new PhoenixError({
        code: 'conf/dangling',
        message: `there is no ${kind} ${JSON.stringify(name)}`,
        value: name,
        fix: like === undefined ? `known: ${names.join(', ') || 'none'}` : `did you mean ${JSON.stringify(like)}?`,
      });
    }
    if (found.thing === undefined) {
      throw alreadyReported;
    }
    return found.thing;
  }

  /** Whether something of that kind has the name. */
  knows(kind: string, name: string): boolean {
    return this.things.get(kind)?.has(name) === true;
  }

  /** Runs an action; what it refuses becomes problems at the place in the file. */
  attempt<T>({ file, keys }: ValuePlace, action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (error !== alreadyReported) {
        if (!PhoenixError.isPhoenixError(error)) {
          throw error;
        }
        const own = error.problems.filter(
          (problem) => !this.isUnresolved({ file, keys: [...keys, ...(problem.keys ?? [])] }),
        );
        this.problems.push(...own.map((problem) => placed(problem, file, keys)));
      }
      return undefined;
    }
  }

  /** As {@link attempt}, for a value whose absence is not to be reported again. */
  resolve<T>(place: ValuePlace, action: () => T): T | undefined {
    const result = this.attempt(place, action);
    if (result === undefined) {
      this.markUnresolved(place);
    }
    return result;
  }

  /** Says that the value has been reported. */
  markUnresolved({ file, keys }: ValuePlace): void {
    this.unresolved.add([file.name, ...keys].join('\0'));
  }

  private isUnresolved({ file, keys }: ValuePlace): boolean {
    return this.unresolved.has([file.name, ...keys].join('\0'));
  }

  /** The text of another file of the directory, by its path in there. Throws `conf/no-file`, `conf/outside` ... */
  text(path: string): string {
    const place = { name: `${this.folder.name}/${path}`, path: join(this.folder.path, path), within: this.folder.path };
    if (!existsSync(place.path)) {
      const fix = `paths are from ${this.folder.name} on`;
      throw new PhoenixError({ code: 'conf/no-file', message: `there is no file ${place.name}`, value: path, fix });
    }
    return readText(place);
  }
}

/** A thing by its name; undefined if what stands in the files could not be made. */
interface Thing {
  readonly thing: object | undefined;
}

/** Thrown where something cannot be made because something else could not, which is a problem of its own already. */
const alreadyReported = new Error('what is referred to could not be made');

/** Constructs name the keys within their props; props that come from a file begin at some keys of it. */
export function placed(problem: Problem, file: SourceFile, base: readonly string[]): Problem {
  const part = problem.code === 'config/unknown-key' ? 'key' : 'value';
  return problem.place === undefined ? file.problem(problem, [...base, ...(problem.keys ?? [])], part) : problem;
}
