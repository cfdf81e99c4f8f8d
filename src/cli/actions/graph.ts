import { PhoenixError } from '../../base/errors.js';
import { nearest } from '../../base/nearest.js';
import { dotText, mermaidText, type ResourceGraph, resourceGraph } from '../../format/runbook-graph.js';
import type { Assembly } from '../../toolkit/assembly.js';
import { type Action, type Call, exitCodes } from '../command.js';
import { useProgramAssembly } from '../program-assembly.js';
import { readProject } from '../project.js';

const formats: Readonly<Record<string, (graph: ResourceGraph) => string>> = { mermaid: mermaidText, dot: dotText };

/** Shows what waits for what, over all stacks or those that were named. */
export const graph: Action = (call) =>
  useProgramAssembly(call, readProject(call), (assembly) => {
    const data = resourceGraph(chosen(call, assembly).flatMap(({ steps }) => steps));
    const text = formats[String(call.options['format'] ?? 'mermaid')];
    if (text === undefined) {
      throw unknown('format', String(call.options['format']), Object.keys(formats));
    }
    return { code: exitCodes.done, data, text: () => text(data) };
  });

function chosen(call: Call, assembly: Assembly): Assembly['runbooks'] {
  const names = (call.options['stack'] ?? []) as readonly string[];
  const known = assembly.runbooks.map(({ stack }) => stack);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    throw unknown('stack', wrong, known);
  }
  return names.length === 0 ? assembly.runbooks : assembly.runbooks.filter(({ stack }) => names.includes(stack));
}

function unknown(what: string, value: string, known: readonly string[]): PhoenixError {
  const near = nearest(value, known);
  return new PhoenixError({
    code: 'usage/invalid-value',
    message: `there is no ${what} \`${value}\``,
    value,
    fix:
      near === undefined
        ? `there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`
        : `did you mean \`${near}\`?`,
  });
}
