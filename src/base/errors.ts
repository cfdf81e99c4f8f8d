/**
 * One thing that is wrong: what, which value, where, and the way out.
 *
 * Problems are plain data, so that they can be collected over a whole program, printed for people, and written as JSON.
 */
export interface Problem {
  /** Stable name of the kind of problem, `domain/what`. Documented, and never reused for something else. */
  readonly code: string;
  /** What is wrong, in lower case, naming the value. */
  readonly message: string;
  /** Construct path or file position the problem belongs to. */
  readonly path?: string;
  /** The value that was refused. Never a secret. */
  readonly value?: unknown;
  /** What to do about it. */
  readonly fix?: string;
  /** Keys that lead to the value within what was given. */
  readonly keys?: readonly string[];
  /** Whether the value may be a secret, so that neither it nor its line is shown. */
  readonly hidden?: boolean;
  /** Where the value is written, if it was read from a file. */
  readonly place?: SourcePlace;
}

/** A place in a file of a person. */
export interface SourcePlace {
  /** Path of the file, relative to the root of the app, with `/`. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units as editors do. */
  readonly column: number;
  /** The line, and carets below the value. */
  readonly excerpt: string;
}

const marker = Symbol.for('phoenix-cdk.PhoenixError');

/**
 * The only error this library throws on purpose: one or more {@link Problem}s, all that were found, not just the first.
 */
export class PhoenixError extends Error {
  /** True for every PhoenixError, also one thrown by another copy of this library. */
  static isPhoenixError(error: unknown): error is PhoenixError {
    return typeof error === 'object' && error !== null && marker in error;
  }

  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[]) {
    const all = isList(problems) ? problems : [problems];
    super(all.map(problemText).join('\n'));
    this.name = 'PhoenixError';
    this.problems = all;
    Object.defineProperty(this, marker, { value: true });
  }
}

/** What the action gives; undefined if it refuses. Other errors pass. */
export function unlessRefused<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!PhoenixError.isPhoenixError(error)) {
      throw error;
    }
    return undefined;
  }
}

/** Runs an action; each problem of what it refuses is changed, to be told with more or in other words. Other errors pass. */
export function changeProblems<T>(action: () => T, change: (problem: Problem) => Problem): T {
  try {
    return action();
  } catch (error) {
    if (!PhoenixError.isPhoenixError(error)) {
      throw error;
    }
    throw new PhoenixError(error.problems.map(change));
  }
}

/** Runs every action, collects the problems of those that throw, and throws them together. Other errors pass at once. */
export function collectProblems(actions: Iterable<() => void>): Problem[] {
  const problems: Problem[] = [];
  for (const action of actions) {
    try {
      action();
    } catch (error) {
      if (!PhoenixError.isPhoenixError(error)) {
        throw error;
      }
      problems.push(...error.problems);
    }
  }
  return problems;
}

/** The problem as one or more lines for people. */
export function problemText(problem: Problem): string {
  const place = problem.place === undefined ? problem.path : placeText(problem.place);
  const fix = problem.fix === undefined ? '' : `\n      → ${problem.fix}`;
  return `${problem.code}  ${place === undefined ? '' : `${place}: `}${problem.message}${fix}`;
}

/** `conf.d/lxc/950_qwen.json:9:3`, as editors and terminals take it. */
export function placeText({ file, line, column }: SourcePlace): string {
  return `${file}:${line}:${column}`;
}

function isList(problems: Problem | readonly Problem[]): problems is readonly Problem[] {
  return Array.isArray(problems);
}
