import { resolve } from 'node:path';
import { PhoenixError } from '../../../base/errors.js';
import type { UsedSecret } from '../../../model/secret-use.js';
import { VaultFolder } from '../../../toolkit/vault/vault-folder.js';
import type { Call } from '../../command.js';
import { trySynth } from '../../program-assembly.js';
import { readProject } from '../../project.js';

export interface ProgramSecrets {
  readonly secrets: readonly UsedSecret[];
  /** The vault that the program means, which need not be there. */
  readonly vault: VaultFolder;
}

/**
 * Runs the program and tells which secrets it uses and declares; writes nothing.
 * @throws everything that is wrong with the program
 */
export function programSecrets(call: Call): Promise<ProgramSecrets> {
  const given = call.options['vault'];
  const project = readProject(call);
  const vault = typeof given === 'string' ? resolve(call.cwd, given) : project.vault;
  return trySynth(call, { ...project, vault }, (run) => {
    if (run.outcome === 'refused') {
      throw new PhoenixError(run.problems);
    }
    return { secrets: run.secrets, vault: new VaultFolder(run.vault) };
  });
}
