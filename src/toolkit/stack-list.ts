import { compareText } from '../base/stable.js';
import type { Manifest } from '../model/manifest.js';
import type { AssemblyContent } from './assembly.js';

/** A stack as lists show it. */
export interface StackEntry
  extends Readonly<Pick<Manifest['stacks'][number], 'name' | 'host' | 'pveVersion' | 'restart'>> {
  readonly steps: number;
  readonly resources: number;
  /** Stacks with steps that this stack's steps wait for, and stacks of other hosts that have to be done before it. */
  readonly dependencies: readonly string[];
}

/** The stacks of an assembly in the order in which they are applied. */
export function listStacks({ manifest, runbooks }: AssemblyContent): StackEntry[] {
  const stackOf = new Map(
    runbooks.flatMap(({ host, stack, steps }) => steps.map((step) => [`${host}\n${step.id}`, stack])),
  );
  return manifest.stacks.map(({ name, host, pveVersion, restart, steps, after = [] }, index) => {
    const ownSteps = runbooks[index]?.steps ?? [];
    const needed = new Set(
      ownSteps.flatMap((step) => step.needs.map((need) => stackOf.get(`${host}\n${need}`) ?? name)),
    );
    needed.delete(name);
    const resources = new Set(ownSteps.map((step) => step.resource)).size;
    return { name, host, pveVersion, restart, steps, resources, dependencies: [...needed, ...after].sort(compareText) };
  });
}
