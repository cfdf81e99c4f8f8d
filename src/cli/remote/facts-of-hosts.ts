import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { applierAlone, type Shipment, shipmentFor } from '../../toolkit/shipment.js';
import { exitCodes, type LiveOutput } from '../command.js';
import type { Project } from '../project.js';
import { trustedAssembly } from '../trusted.js';
import { Connection } from './connection.js';
import { send } from './send.js';
import { endAllSsh } from './ssh.js';

/** What the applier says of a host. */
export interface HostFactsText {
  readonly destination: string;
  readonly text: string;
}

/**
 * Looks at hosts: with the applier of the project's assembly, or, where nothing was synthesized yet, with the one of this phoenix alone.
 * @throws `ssh/*`, `ship/*`, `facts/not-told` with what is wrong with each host
 */
export async function factsOfHosts(
  project: Project,
  destinations: readonly string[],
  live: LiveOutput,
): Promise<readonly HostFactsText[]> {
  const cargo = await cargoOf(project);
  const results = await Promise.allSettled(
    destinations.map((destination) => factsOf(destination, cargo, destinations.length > 1, live)),
  ).finally(endAllSsh);
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const other = reasons.find((reason) => !PhoenixError.isPhoenixError(reason));
  if (other !== undefined) {
    throw other;
  }
  if (reasons.length > 0) {
    throw new PhoenixError(reasons.filter(PhoenixError.isPhoenixError).flatMap(({ problems }) => problems));
  }
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

interface Cargo {
  readonly app: string;
  readonly shipmentTo: (host: string) => Shipment;
}

async function cargoOf(project: Project): Promise<Cargo> {
  if (!existsSync(join(project.output, 'manifest.json'))) {
    const alone = applierAlone();
    return { app: 'facts', shipmentTo: () => alone };
  }
  const { assembly } = await trustedAssembly(project);
  return { app: assembly.manifest.app, shipmentTo: (host) => shipmentFor(assembly, host) };
}

async function factsOf(destination: string, cargo: Cargo, isQuiet: boolean, live: LiveOutput): Promise<HostFactsText> {
  const connection = await Connection.open(destination, cargo.app, { isQuiet });
  await send(connection, cargo.shipmentTo(connection.node));
  let text = '';
  const listener = {
    out: (words: string) => {
      text += words;
    },
    err: live.err.write,
  };
  const code = await connection.run({ words: ['facts'], acts: false, allowsOlder: false }, listener);
  if (code !== exitCodes.done) {
    throw new PhoenixError({
      code: 'facts/not-told',
      message: `${destination} did not tell its facts (exit ${code})`,
      value: destination,
      fix: 'see above for what it said',
    });
  }
  return { destination, text };
}
