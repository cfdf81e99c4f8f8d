import type { IConstruct } from 'constructs';
import { PhoenixError, type Problem, type SourcePlace } from '../base/errors.js';
import { constructAt } from './lookup.js';

/** Where the values that the keys lead to were written, for constructs that files describe. */
export type Locate = (keys: readonly string[], part: 'key' | 'value') => SourcePlace | undefined;

const places = new WeakMap<IConstruct, Locate>();

/** Remembers where a construct was written, so that what is found wrong with it later can say so. */
export function rememberPlace(construct: IConstruct, locate: Locate): void {
  places.set(construct, locate);
}

/** Runs an action; what it refuses of constructs that files describe is told with the place in the file. */
export function withPlaces<T>(root: IConstruct, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!PhoenixError.isPhoenixError(error)) {
      throw error;
    }
    throw new PhoenixError(error.problems.map((problem) => placed(root, problem)));
  }
}

function placed(root: IConstruct, problem: Problem): Problem {
  const construct = problem.path === undefined ? undefined : constructAt(root, problem.path);
  const locate = construct === undefined || problem.place !== undefined ? undefined : places.get(construct);
  const place = locate?.(problem.keys ?? [], problem.code === 'config/unknown-key' ? 'key' : 'value');
  return place === undefined ? problem : { ...problem, place };
}
