import { Construct, type IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { shown } from '../base/shown.js';

/**
 * The scope, if a construct of that id can be made in it.
 *
 * Without a scope a construct is the root of a tree of its own, which no synth ever sees: plain JavaScript would lose it without a word.
 * Two constructs of one id are the commonest slip of all. Throws `scope/missing`, `scope/no-id` and `construct/id-twice`.
 */
export function scopeFor(scope: Construct, id: string): Construct {
  if (!Construct.isConstruct(scope)) {
    throw new PhoenixError({
      code: 'scope/missing',
      message: `${typeof id === 'string' ? JSON.stringify(id) : 'a construct'} is made in ${shown(scope)}, which is no construct`,
      ...(typeof id === 'string' ? { path: id } : {}),
      fix: 'give the app, a stack or another construct as the first argument, and the id as the second',
    });
  }
  if (typeof id !== 'string' || id === '') {
    throw new PhoenixError({
      code: 'scope/no-id',
      message: `a construct in ${scope.node.path || 'the app'} is given ${shown(id)} as its id`,
      path: scope.node.path,
      fix: 'give a name, unique in its scope, as the second argument',
    });
  }
  refuseTwice(scope.node.tryFindChild(id), id);
  return scope;
}

/** The path that a construct of that id will have. Throws what {@link scopeFor} does. */
export function pathIn(scope: IConstruct, id: string): string {
  const { path } = scopeFor(scope as Construct, id).node;
  return path === '' ? id : `${path}/${id}`;
}

function refuseTwice(other: IConstruct | undefined, id: string): void {
  if (other !== undefined) {
    const { path } = other.node;
    throw new PhoenixError({
      code: 'construct/id-twice',
      message: `there is ${path} already, a ${other.constructor.name}, and the second construct would be ${path} too`,
      path,
      value: id,
      fix: `give one of them another id than ${JSON.stringify(id)}, or make it in another stack`,
    });
  }
}
