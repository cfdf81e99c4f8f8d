import { PhoenixError } from '../../base/errors.js';
import type { Call, Outcome } from '../command.js';
import { readProject } from '../project.js';
import { trustedAssembly } from '../trusted.js';
import { acts } from './acts.js';
import { Errand } from './errand.js';
import { connectAll } from './fleet.js';
import { outcomeOf } from './report.js';
import { endAllSsh } from './ssh.js';

/** As a shell has it of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/**
 * Runs a verb of the applier on other machines: brings the assembly there by ssh, and the verb's words, output and exit code back.
 * @throws `ssh/destination`, `usage/one-host`, `assembly/*`, `signature/*`, `ship/*` before anything is run
 */
export async function runOnHosts(call: Call, verb: string, destinations: readonly string[]): Promise<Outcome> {
  refuseSeveral(verb, destinations);
  const trusted = await trustedAssembly(readProject(call));
  let errand: Errand | undefined;
  let isInterrupted = false;
  const hear = () => {
    isInterrupted = true;
    if (errand === undefined) {
      endAllSsh();
    } else {
      errand.interrupt();
    }
  };
  process.on('SIGINT', hear);
  try {
    const fleet = await connectAll(destinations, trusted.assembly.manifest);
    errand = new Errand(call, verb, trusted, destinations, fleet);
    const reports = await errand.run();
    const isBrokenOff = isInterrupted && !acts(verb, call.words);
    return isBrokenOff ? { code: INTERRUPTED } : outcomeOf(verb, reports, errand.isLive);
  } catch (error) {
    if (isInterrupted && PhoenixError.isPhoenixError(error)) {
      return { code: INTERRUPTED };
    }
    throw error;
  } finally {
    process.off('SIGINT', hear);
    endAllSsh();
  }
}

/** A run has its number on one host only. */
function refuseSeveral(verb: string, destinations: readonly string[]): void {
  if (verb === 'restore' && destinations.length > 1) {
    throw new PhoenixError({
      code: 'usage/one-host',
      message: 'a run that is to be taken back was on one host',
      value: destinations.join(', '),
      fix: 'name that host alone',
    });
  }
}
