import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';

/**
 * The id of a construct that is about to be made, if no other has it there: two guests of one name are the commonest slip of all.
 *
 * Throws `construct/id-twice`.
 */
export function freeId(scope: Construct, id: string): string {
  const other = scope.node.tryFindChild(id);
  if (other === undefined) {
    return id;
  }
  const path = other.node.path;
  throw new PhoenixError({
    code: 'construct/id-twice',
    message: `a ${other.constructor.name} is called ${path} already, and a second construct would be ${path} too`,
    path,
    value: id,
    fix: `give one of them another id than '${id}', or make it in another stack; with the same path they could not be told apart`,
  });
}
