import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { signatureFile } from '../../model/artifact.js';
import { alteredFiles } from '../../toolkit/altered-files.js';
import { type Assembly, openAssembly } from '../../toolkit/assembly.js';
import { checkSigned, keyText, type Signer } from '../../toolkit/signature/check-signature.js';
import { type Sign, signWithFile, signWithGpg } from '../../toolkit/signature/sign.js';
import { type Action, type Call, exitCodes, type Outcome } from '../command.js';
import { readPassphrase } from '../passphrase.js';
import { shortPath } from '../paths.js';
import { count } from '../print-problems.js';
import { type Project, readProject } from '../project.js';
import { signerKeys, signerOf } from '../trusted.js';

/** Signs the manifest, which lists all other files, or says who signed it. Never signs what is not as it was synthesized. */
export const sign: Action = async (call) => {
  const project = readProject(call);
  const assembly = openAssembly(project.output);
  const altered = alteredFiles(assembly);
  if (altered.length > 0) {
    throw new PhoenixError(altered);
  }
  if (call.options['check'] === true) {
    return checked(assembly, await signerOf(project.output, signersOf(call, project)));
  }
  // nobody types a passphrase for a signature that nothing could be compared with
  const trusted = project.signers === undefined ? undefined : await signerKeys(project.signers);
  const makeSignature = await signOf(call);
  const manifest = readFileSync(join(project.output, 'manifest.json'));
  const signature = await makeSignature(manifest);
  // before it takes the place of one that may be good
  const signer = trusted === undefined ? undefined : await checkSigned(signature, manifest, trusted);
  const path = join(project.output, signatureFile);
  writeFileSync(`${path}.new`, signature);
  renameSync(`${path}.new`, path);
  return signed(shortPath(call.cwd, path), signer);
};

function signOf(call: Call): Promise<Sign> {
  const { key, gpg } = call.options;
  if (typeof key === 'string' && gpg === undefined) {
    return signWithFile(resolve(call.cwd, key), () => readPassphrase(call, key));
  }
  if (typeof gpg === 'string' && key === undefined) {
    return Promise.resolve(signWithGpg(gpg));
  }
  throw new PhoenixError({
    code: 'usage/signer',
    message: key === undefined ? 'nothing says who signs' : 'both a file and a key of gpg are given',
    fix: 'give --key FILE with a private key, or --gpg KEYID for one that gpg has',
  });
}

function signed(path: string, signer: Signer | undefined): Outcome {
  return {
    code: exitCodes.done,
    data: { path, ...(signer === undefined ? {} : { signer: plain(signer) }) },
    text: () => (signer === undefined ? `${path} written` : `${path} written: ${who(signer)}`),
  };
}

function signersOf({ options, cwd }: Call, project: Project): readonly string[] {
  const given = (options['signer'] as readonly string[]).map((file) => resolve(cwd, file));
  const signers = given.length > 0 ? given : project.signers;
  if (signers === undefined) {
    throw new PhoenixError({
      code: 'usage/signers',
      message: 'nothing says whose signature is good',
      fix: 'name public keys in phoenix.json, { "signers": ["keys/ada.asc"] }, or give --signer FILE',
    });
  }
  return signers;
}

function checked({ manifest }: Assembly, signer: Signer): Outcome {
  const files = manifest.files.length + 1;
  return {
    code: exitCodes.done,
    data: { signer: plain(signer), files },
    text: () => `signature good: ${who(signer)} · ${count(files, 'file')} as signed`,
  };
}

function who(signer: Signer): string {
  return `${keyText(signer)} ${signer.name}, ${signer.made.toISOString()}`;
}

function plain({ fingerprint, name, made }: Signer): object {
  return { fingerprint, name, made: made.toISOString() };
}
