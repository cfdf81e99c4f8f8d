import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError } from '../base/errors.js';
import { sha256 } from '../base/stable.js';
import { parseFacts } from '../model/facts.js';
import { HostFacts } from './host-facts.js';

/** The facts of hosts that a project has. */
export interface FactsReader {
  /**
   * Those of the node with this name; undefined if there are none.
   * @throws `facts/invalid`, `facts/version`, `facts/other-node`
   */
  readonly of: (node: string) => HostFacts | undefined;
}

/** Folder of a project that facts lie in, one file a node. */
export const factsFolder = 'facts';

/** The facts in the project's own folder; undefined if there is no such folder. */
export function factsReader(root: string): FactsReader | undefined {
  return existsSync(join(root, factsFolder)) ? { of: (node) => readFacts(root, node) } : undefined;
}

function readFacts(root: string, node: string): HostFacts | undefined {
  const file = `${factsFolder}/${node}.json`;
  if (!existsSync(join(root, file))) {
    return undefined;
  }
  // A checkout may have given the lines other ends.
  const text = readFileSync(join(root, file), 'utf8').replaceAll('\r\n', '\n');
  const facts = parseFacts(text, file);
  if (facts.node !== node) {
    throw new PhoenixError({
      code: 'facts/other-node',
      message: `the facts are of node ${facts.node}, and the file is named after ${node}`,
      path: file,
      value: facts.node,
      fix: `import them anew, or name the file ${facts.node}.json`,
    });
  }
  return new HostFacts(facts, file, sha256(text));
}
