import { readFileSync } from 'node:fs';
import type { Key } from 'openpgp';
import { PhoenixError, type Problem } from '../base/errors.js';
import { alteredFiles, isSigned } from '../toolkit/altered-files.js';
import { type Assembly, openAssembly } from '../toolkit/assembly.js';
import { checkSignature, keyText, type Signer } from '../toolkit/signature/check-signature.js';
import { readPublicKeys } from '../toolkit/vault/public-keys.js';
import type { Project } from './project.js';

/** An assembly that may be run: as it was synthesized, and signed if the project asks for that. */
export interface Trusted {
  readonly assembly: Assembly;
  /** For the head of a plan: `good (0x91C4…)`, `not checked`, or `none`. */
  readonly signature: string;
}

/**
 * Looks at the assembly of a project before anything of it is run or sent.
 * @throws `assembly/*` with all that is not as it was synthesized, `signature/*` if `signers` of phoenix.json did not sign it
 */
export async function trustedAssembly(project: Project): Promise<Trusted> {
  const assembly = openAssembly(project.output);
  const altered = alteredFiles(assembly);
  if (altered.length > 0) {
    throw new PhoenixError(altered);
  }
  if (project.signers === undefined) {
    return { assembly, signature: isSigned(assembly.folder) ? 'not checked' : 'none' };
  }
  return { assembly, signature: `good (${keyText(await signerOf(project.output, project.signers))})` };
}

/**
 * Who signed the assembly in a folder, if it was the owner of a key in one of these files.
 * @throws `signature/*`, `vault/key-file`, and `signature/no-signer` for files that are not there
 */
export async function signerOf(folder: string, files: readonly string[]): Promise<Signer> {
  return checkSignature(folder, await signerKeys(files));
}

/**
 * The public keys in files.
 * @throws `vault/key-file`, and `signature/no-signer` for files that are not there
 */
export async function signerKeys(files: readonly string[]): Promise<Key[]> {
  const keys = await Promise.all(files.map(async (file) => readPublicKeys(read(file), file)));
  return keys.flat().map(({ key }) => key);
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const problem: Problem = {
      code: 'signature/no-signer',
      message: `the public key in ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      value: file,
      fix: 'correct `signers` in phoenix.json, or put the key there: gpg --armor --export ada@example.org',
    };
    throw new PhoenixError(problem);
  }
}
