import type { Step } from '../model/step.js';

/** The resources of a runbook and what they wait for, as a mermaid graph. Needs within a resource and of other stacks are left out. */
export function renderGraph(steps: readonly Step[]): string {
  const names = new Map<string, string>();
  const paths = new Map(steps.map((step) => [step.resource, step.path]));
  const resourceOf = new Map(steps.map((step) => [step.id, step.resource]));
  const edges = new Set<string>();
  for (const step of steps) {
    names.set(step.resource, names.get(step.resource) ?? `r${names.size}`);
  }
  for (const step of steps) {
    for (const need of step.needs) {
      const other = resourceOf.get(need);
      if (other !== undefined && other !== step.resource) {
        edges.add(`  ${names.get(other)} --> ${names.get(step.resource)}`);
      }
    }
  }
  const nodes = [...names].map(([resource, name]) => `  ${name}["${label(`${paths.get(resource)} · ${resource}`)}"]`);
  return ['graph TD', ...nodes, ...edges].join('\n');
}

/** Quotes end a label of mermaid. */
function label(text: string): string {
  return text.replaceAll('"', '#quot;');
}
