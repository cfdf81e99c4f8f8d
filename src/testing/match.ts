/** Something that stands in a pattern for many values. */
export interface Matcher {
  readonly [matcher]: (actual: unknown, place: Place) => readonly string[];
}

/** Where in the value the matching is, and what to do once all of it has matched. */
interface Place {
  readonly at: string;
  readonly onMatch: (() => void)[];
}

const matcher: unique symbol = Symbol.for('phoenix-cdk.Matcher');

/**
 * Patterns for values of steps, files and configs.
 *
 * A plain value matches its equal. An object matches any object that has at least its keys, at every depth; a list
 * matches a list of the same length.
 */
export const Match = {
  /** An object that has at least these keys. What a bare object in a pattern means, said aloud. */
  objectLike: (pattern: Readonly<Record<string, unknown>>): Matcher =>
    matching((actual, place) => like(pattern, actual, place)),

  /** Exactly this value: no further keys, at any depth. Matchers within are not looked for. */
  exact: (value: unknown): Matcher =>
    matching((actual, { at }) => (canonical(value) === canonical(actual) ? [] : [differs(at, shown(value), actual)])),

  /** A list that holds a match for each pattern, in this order, with anything between. */
  arrayWith: (patterns: readonly unknown[]): Matcher => matching((actual, place) => holds(patterns, actual, place)),

  /** Nothing: the key is not there. */
  absent: (): Matcher => matching((actual, { at }) => (actual === undefined ? [] : [differs(at, 'nothing', actual)])),

  /** Anything but nothing. */
  anyValue: (): Matcher =>
    matching((actual, { at }) => (actual === undefined || actual === null ? [differs(at, 'some value', actual)] : [])),

  /** Text in which `*` stands for any text, line feeds included, or that fits a regular expression. */
  stringLike: (pattern: string | RegExp): Matcher => {
    const expression = typeof pattern === 'string' ? globExpression(pattern) : pattern;
    return matching((actual, { at }) =>
      typeof actual === 'string' && expression.test(actual) ? [] : [differs(at, `text like ${pattern}`, actual)],
    );
  },
} as const;

/** Matches what its pattern matches and keeps the values, once the whole of the pattern around it has matched. */
export class Capture<T = unknown> implements Matcher {
  /** Every value that was kept, in order. */
  readonly values: T[] = [];

  /** @param pattern what is kept; without it any value but nothing */
  constructor(private readonly pattern: unknown = Match.anyValue()) {}

  /** The value that was kept last. Throws if there is none. */
  get value(): T {
    const last = this.values.at(-1);
    if (last === undefined) {
      throw new Error('the capture kept no value: nothing matched the pattern that it stands in');
    }
    return last;
  }

  [matcher](actual: unknown, place: Place): readonly string[] {
    place.onMatch.push(() => this.values.push(actual as T));
    return compare(this.pattern, actual, place);
  }
}

/** What keeps a value from matching a pattern, one sentence a place; empty if it matches. */
export function mismatches(pattern: unknown, actual: unknown): readonly string[] {
  const onMatch: (() => void)[] = [];
  const found = compare(pattern, actual, { at: '', onMatch });
  if (found.length === 0) {
    onMatch.forEach((keep) => keep());
  }
  return found;
}

function matching(test: Matcher[typeof matcher]): Matcher {
  return { [matcher]: test };
}

function compare(pattern: unknown, actual: unknown, place: Place): readonly string[] {
  if (isMatcher(pattern)) {
    return pattern[matcher](actual, place);
  }
  if (Array.isArray(pattern)) {
    return sameList(pattern, actual, place);
  }
  if (isRecord(pattern)) {
    return like(pattern, actual, place);
  }
  return Object.is(pattern, actual) ? [] : [differs(place.at, shown(pattern), actual)];
}

function like(pattern: Readonly<Record<string, unknown>>, actual: unknown, place: Place): readonly string[] {
  if (!isRecord(actual)) {
    return [differs(place.at, 'an object', actual)];
  }
  return Object.entries(pattern).flatMap(([key, inner]) => compare(inner, actual[key], inside(place, `.${key}`)));
}

function sameList(pattern: readonly unknown[], actual: unknown, place: Place): readonly string[] {
  if (!Array.isArray(actual) || actual.length !== pattern.length) {
    return [differs(place.at, `a list of ${pattern.length}`, actual)];
  }
  return pattern.flatMap((inner, index) => compare(inner, actual[index], inside(place, `[${index}]`)));
}

function holds(patterns: readonly unknown[], actual: unknown, place: Place): readonly string[] {
  if (!Array.isArray(actual)) {
    return [differs(place.at, 'a list', actual)];
  }
  let next = 0;
  for (const [index, pattern] of patterns.entries()) {
    const found = actual.findIndex((item, at) => at >= next && tryOne(pattern, item, inside(place, `[${at}]`)));
    if (found < 0) {
      const where = index === 0 ? '' : ` after item ${next - 1}`;
      return [differs(place.at, `a list with ${shown(pattern)}${where}`, actual)];
    }
    next = found + 1;
  }
  return [];
}

/** What a try that fails would have kept is not kept. */
function tryOne(pattern: unknown, actual: unknown, place: Place): boolean {
  const onMatch: (() => void)[] = [];
  const matches = compare(pattern, actual, { ...place, onMatch }).length === 0;
  if (matches) {
    place.onMatch.push(...onMatch);
  }
  return matches;
}

function inside(place: Place, step: string): Place {
  return { ...place, at: place.at + step };
}

function differs(at: string, expected: string, actual: unknown): string {
  return `${at === '' ? 'the value' : at.replace(/^\./, '')}: expected ${expected}, found ${shown(actual)}`;
}

function shown(value: unknown): string {
  const text = isMatcher(value)
    ? 'a match'
    : (JSON.stringify(value, (_, inner) => (isMatcher(inner) ? '…' : inner)) ?? 'nothing');
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}

function canonical(value: unknown): string {
  const sorted = (_: string, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner;
  return JSON.stringify(value, sorted) ?? 'undefined';
}

function isMatcher(value: unknown): value is Matcher {
  return typeof value === 'object' && value !== null && matcher in value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function globExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`);
}
