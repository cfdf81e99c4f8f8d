import type { Outcome, Place } from '../core/resource.js';
import { type RemovalPolicy, removalOf } from '../model/removal.js';
import type { StepOf } from '../model/step.js';

/** An entry of a file in /etc/pve/mapping as far as one host looks after it. */
export interface MappingSpec extends Pick<StepOf<'mapping'>, 'mapping' | 'entry' | 'options' | 'maps'> {
  /** Whether it is imported: it has to be there and is never changed. */
  readonly imported: boolean;
  /** Identities of what has to be there before the entry. */
  readonly over: readonly string[];
  readonly removalPolicy: RemovalPolicy;
}

/** Identity of a mapping, which the guests that use it need. */
export function mappingIdentity({ mapping, entry }: Pick<MappingSpec, 'mapping' | 'entry'>): string {
  return `mapping/${mapping}/${entry}`;
}

export function describeMapping(spec: MappingSpec, place: Place): Outcome {
  const identity = mappingIdentity(spec);
  const step: StepOf<'mapping'> = {
    kind: 'mapping',
    id: `${identity}/entry`,
    resource: identity,
    path: place.path,
    title: 'mapping',
    needs: spec.over,
    exclusive: [`file/mapping/${spec.mapping}`],
    mapping: spec.mapping,
    entry: spec.entry,
    create: !spec.imported,
    options: spec.options,
    maps: spec.maps,
    ...removalOf(spec.removalPolicy),
  };
  return { files: [], steps: [step] };
}
