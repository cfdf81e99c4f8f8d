import { choice } from './fields.js';

const removalPolicies = ['retain', 'destroy'] as const;

/**
 * What may become of a thing once it left the program, or is told to go. `retain`: nothing removes it. `destroy`: `applier destroy` and
 * `applier apply --prune` may remove it for good, if the applier made it.
 */
export type RemovalPolicy = (typeof removalPolicies)[number];

/** The field of a table; a thing of which nothing is said is retained. */
export function removalField(what: string) {
  return choice(`What may become of ${what} once it left the program, or is told to go.`, removalPolicies);
}

/** What a step says of it: nothing, if the thing is retained. */
export function removalOf(policy: RemovalPolicy | undefined): { readonly removal?: 'destroy' } {
  return policy === 'destroy' ? { removal: policy } : {};
}
