import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CompletePolicy, completePolicy, type SecretAlphabet } from '../model/secret-policy.js';
import { checkSecretName } from '../model/secret-ref.js';
import { type Decrypt, decryptWithFile, decryptWithGpg } from '../toolkit/vault/decrypt.js';
import { encryptSecret } from '../toolkit/vault/encrypt.js';
import { recipientsOf } from '../toolkit/vault/public-keys.js';
import { VaultFolder } from '../toolkit/vault/vault-folder.js';
import { askHidden } from './ask-hidden.js';
import type { Call } from './command.js';
import { readProject } from './project.js';

/** Folder of the vault that a call is about: what it says, else phoenix.json, else `vault` beside that. */
export function vaultPath(call: Call): string {
  const given = call.options['vault'];
  if (typeof given === 'string') {
    return resolve(call.cwd, given);
  }
  const project = readProject(call);
  return project.vault ?? join(project.root, 'vault');
}

/** Throws `vault/missing`. */
export function openVault(call: Call): VaultFolder {
  return VaultFolder.open(vaultPath(call));
}

/** Decrypts with the key that the call gives, else with those that gpg has. */
export function decrypterOf(call: Call): Promise<Decrypt> {
  const { key, passphraseFile } = call.options;
  if (typeof key !== 'string') {
    return Promise.resolve(decryptWithGpg());
  }
  return decryptWithFile(resolve(call.cwd, key), async () =>
    typeof passphraseFile === 'string'
      ? readFileSync(resolve(call.cwd, passphraseFile), 'utf8').replace(/\r?\n$/, '')
      : String(await askHidden(`Passphrase of ${key}: `)),
  );
}

/** Encrypts a value to the recipients of its folder, writes it, and overwrites what was in memory. True if there was one before. */
export async function putSecret(vault: VaultFolder, name: string, content: Buffer): Promise<boolean> {
  checkSecretName(name);
  const isReplaced = vault.has(name);
  try {
    const recipients = await recipientsOf(vault, vault.recipientFolder(name));
    vault.write(name, await encryptSecret(name, content, recipients));
  } finally {
    content.fill(0);
  }
  return isReplaced;
}

/** The policy that the options say; undefined if they say nothing. */
export function policyOf({ length, alphabet, hash }: Call['options']): CompletePolicy | undefined {
  if (length === undefined && alphabet === undefined && hash === undefined) {
    return undefined;
  }
  return completePolicy({
    ...(length === undefined ? {} : { length: Number(length) }),
    ...(alphabet === undefined ? {} : { alphabet: alphabet as SecretAlphabet }),
    ...(hash === undefined ? {} : { hash: hash as 'sha512-crypt' }),
  });
}
