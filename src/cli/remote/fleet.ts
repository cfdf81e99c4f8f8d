import { PhoenixError, type Problem } from '../../base/errors.js';
import type { Manifest } from '../../model/manifest.js';
import { Connection } from './connection.js';

/** Hosts that answered, by what they call themselves, and destinations that did not. */
export interface Fleet {
  readonly hosts: ReadonlyMap<string, Connection>;
  readonly silent: readonly { readonly destination: string; readonly problems: readonly Problem[] }[];
}

/**
 * Connects to all destinations at once; each host says itself which one it is.
 * @throws `ship/other-host` and `ship/same-host` for all hosts that the assembly is not for, or that are named twice
 */
export async function connectAll(destinations: readonly string[], manifest: Manifest): Promise<Fleet> {
  const options = { isQuiet: destinations.length > 1 };
  const results = await Promise.allSettled(
    destinations.map((destination) => Connection.open(destination, manifest.app, options)),
  );
  const open = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const problems = [...strangers(open, manifest), ...doubles(open)];
  if (problems.length > 0) {
    open.forEach((connection) => connection.close());
    throw new PhoenixError(problems);
  }
  return {
    hosts: new Map(open.map((connection) => [connection.node, connection])),
    silent: results.flatMap((result, index) =>
      result.status === 'rejected'
        ? [{ destination: destinations[index] ?? '', problems: problemsOf(result.reason) }]
        : [],
    ),
  };
}

/** What PhoenixErrors say; whatever else goes on. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (!PhoenixError.isPhoenixError(error)) {
    throw error;
  }
  return error.problems;
}

function strangers(open: readonly Connection[], { stacks }: Manifest): Problem[] {
  const known = [...new Set(stacks.map(({ host }) => host))];
  return open
    .filter(({ node }) => !known.includes(node))
    .map(({ node, destination }) => ({
      code: 'ship/other-host',
      message: `${destination} calls itself ${node}, and the stacks are for ${known.join(', ')}`,
      value: destination,
      fix: 'name the right host, or give the PveNode its `nodeName`',
    }));
}

function doubles(open: readonly Connection[]): Problem[] {
  return open.flatMap(({ node, destination }, index) => {
    const first = open.findIndex((other) => other.node === node);
    return first === index
      ? []
      : [
          {
            code: 'ship/same-host',
            message: `${destination} is the same host as ${open[first]?.destination ?? ''}: ${node}`,
            value: destination,
            fix: 'name each host once',
          },
        ];
  });
}
