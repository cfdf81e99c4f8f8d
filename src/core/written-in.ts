import type { IConstruct } from 'constructs';
import { changeProblems, type Problem, type SourcePlace } from '../base/errors.js';
import { constructAt } from './lookup.js';

/** Where the values that the keys lead to were written, for constructs that files describe. */
export type Locate = (keys: readonly string[], part: 'key' | 'value') => SourcePlace | undefined;

/** Where the construct's own layer says something, and nothing else. */
export type OwnPlaces = (keys: readonly string[]) => SourcePlace | undefined;

const places = new WeakMap<IConstruct, { readonly locate: Locate; readonly own: OwnPlaces }>();

/** Remembers where a construct was written, so that what is found wrong with it later, or asked about it, can say so. */
export function rememberPlace(construct: IConstruct, locate: Locate, own: OwnPlaces): void {
  places.set(construct, { locate, own });
}

/** Where the construct's own layer is written; undefined for one that a program makes. */
export function ownPlaces(construct: IConstruct): OwnPlaces | undefined {
  return places.get(construct)?.own;
}

/** Runs an action; what it refuses of constructs that files describe is told with the place in the file. */
export function withPlaces<T>(root: IConstruct, action: () => T): T {
  return changeProblems(action, (problem) => placed(root, problem));
}

function placed(root: IConstruct, problem: Problem): Problem {
  const construct = problem.path === undefined ? undefined : constructAt(root, problem.path);
  const locate = construct === undefined || problem.place !== undefined ? undefined : places.get(construct)?.locate;
  const place = locate?.(problem.keys ?? [], problem.code === 'config/unknown-key' ? 'key' : 'value');
  return place === undefined ? problem : { ...problem, place };
}
