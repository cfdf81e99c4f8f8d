import type { Finding } from '../model/finding.js';
import type { HostFacts } from './host-facts.js';
import type { Check, Completed, Resource, World } from './resource.js';

/** A rule that looks at each resource of a class beside the facts of its host; without facts it says nothing and costs nothing. */
export function factsCheck<S extends object>(
  name: string,
  guard: (resource: unknown) => resource is Resource<S>,
  test: (entry: Completed<S>, known: HostFacts, world: World) => Iterable<Finding>,
): Check {
  return {
    name,
    *test(world) {
      for (const entry of world.facts.size === 0 ? [] : world.of(guard)) {
        const known = world.facts.get(entry.home.host);
        yield* known === undefined ? [] : test(entry, known, world);
      }
    },
  };
}

/** End of the way out of every finding that a look at the host can have overtaken. */
export const orImportAnew = 'or import the facts anew if the host has changed since';
