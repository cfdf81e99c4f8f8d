import type { Step } from '../model/step.js';

/** The resources of steps, in the order of their first steps, and which of them waits for which. */
export interface ResourceGraph {
  readonly resources: readonly { readonly resource: string; readonly path: string }[];
  /** `from` has to be done before `to`. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** The graph of steps. Needs within a resource, and of steps that are not among these, are left out. */
export function resourceGraph(steps: readonly Step[]): ResourceGraph {
  const paths = new Map(steps.map((step) => [step.resource, step.path]));
  const resourceOf = new Map(steps.map((step) => [step.id, step.resource]));
  const edges = new Map<string, { from: string; to: string }>();
  for (const step of steps) {
    for (const need of step.needs) {
      const from = resourceOf.get(need);
      if (from !== undefined && from !== step.resource) {
        edges.set(`${from}\0${step.resource}`, { from, to: step.resource });
      }
    }
  }
  return {
    resources: [...paths].map(([resource, path]) => ({ resource, path })),
    edges: [...edges.values()],
  };
}

/** A graph as mermaid draws it. */
export function mermaidText({ resources, edges }: ResourceGraph): string {
  const names = new Map(resources.map(({ resource }, at) => [resource, `r${at}`]));
  const nodes = resources.map(
    ({ resource, path }) => `  ${names.get(resource)}["${`${path} · ${resource}`.replaceAll('"', '#quot;')}"]`,
  );
  const arrows = edges.map(({ from, to }) => `  ${names.get(from)} --> ${names.get(to)}`);
  return ['graph TD', ...nodes, ...arrows].join('\n');
}

/** A graph in the language of Graphviz. */
export function dotText({ resources, edges }: ResourceGraph): string {
  const nodes = resources.map(
    ({ resource, path }) => `  ${dotName(resource)} [label=${dotName(`${path}\n${resource}`)}];`,
  );
  const arrows = edges.map(({ from, to }) => `  ${dotName(from)} -> ${dotName(to)};`);
  return ['digraph {', '  node [shape=box];', ...nodes, ...arrows, '}'].join('\n');
}

function dotName(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
