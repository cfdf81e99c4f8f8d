import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Key } from 'openpgp';
import { PhoenixError } from '../../base/errors.js';
import type { VaultFolder } from './vault-folder.js';

/** A key that secrets are encrypted to. */
export interface Recipient {
  /** 40 capital hex digits. */
  readonly fingerprint: string;
  /** What the key says of its owner: `Ada <ada@example.org>`. */
  readonly name: string;
  /** Ids of the key and its sub-keys, as messages name them. */
  readonly keyIds: readonly string[];
  readonly expires: Date | undefined;
  readonly key: Key;
}

/**
 * The recipients of a folder, each with the public key beside the secrets.
 * @throws `vault/no-recipient`, `vault/unknown-recipient`, `vault/key-mismatch`, and what {@link usable} throws
 */
export async function recipientsOf(vault: VaultFolder, folder: string): Promise<Recipient[]> {
  const ids = vault.recipientIds(folder);
  if (ids.length === 0) {
    throw new PhoenixError({
      code: 'vault/no-recipient',
      message: `.gpg-id of ${folder === '' ? 'the vault' : folder} names nobody`,
      path: vault.path,
      fix: 'add somebody: phoenix secrets rekey --add KEYFILE',
    });
  }
  const known = await publicKeysIn(vault);
  return Promise.all(ids.map((id) => usable(findRecipient(id, known))));
}

/** All keys that lie beside the secrets. Throws `vault/key-mismatch` for a file that holds another key than it is called by. */
export async function publicKeysIn(vault: VaultFolder): Promise<Recipient[]> {
  const files = await Promise.all(
    vault.publicKeyFiles().map(async ({ name, text }) => {
      const keys = await readPublicKeys(Buffer.from(text), `${name}.asc`);
      return keys.map((key) => ({ name, key }));
    }),
  );
  return files.flat().map(({ name, key }) => {
    if (/^[0-9A-F]{40}$/.test(name) && key.fingerprint !== name) {
      throw new PhoenixError({
        code: 'vault/key-mismatch',
        message: `.public-keys/${name}.asc holds the key ${key.fingerprint}`,
        value: key.fingerprint,
        fix: 'somebody exchanged the key: find out who, and take the file back from version control',
      });
    }
    return key;
  });
}

/**
 * The keys that somebody names: a file with public keys, or a fingerprint, for which gpg is asked.
 * @throws `vault/key-file`, `vault/private-key`, `vault/unknown-recipient`
 */
export async function keysNamed(given: string): Promise<Recipient[]> {
  if (existsSync(given) && statSync(given).isFile()) {
    return readPublicKeys(readFileSync(given), given);
  }
  const fingerprint = given.replaceAll(/\s/g, '').toUpperCase();
  if (!/^[0-9A-F]{40}$/.test(fingerprint)) {
    throw new PhoenixError({
      code: 'vault/key-file',
      message: `there is no file ${given}, and it is no fingerprint of 40 hex digits`,
      value: given,
      fix: 'give a file with a public key: gpg --armor --export ada@example.org > ada.asc',
    });
  }
  const { status, stdout } = spawnSync('gpg', ['--batch', '--armor', '--export', fingerprint], { maxBuffer: 1 << 24 });
  if (status !== 0 || stdout.length === 0) {
    throw unknown(fingerprint, 'gpg is not here or does not know it; give a file with the public key instead');
  }
  return readPublicKeys(stdout, fingerprint);
}

/** The public keys in a file, armored or not. Throws `vault/key-file`, `vault/private-key`. */
export async function readPublicKeys(file: Uint8Array, shown: string): Promise<Recipient[]> {
  const { readKeys } = await import('openpgp');
  const isBinary = ((file[0] ?? 0) & 0x80) !== 0;
  let keys: Key[];
  try {
    keys = isBinary
      ? await readKeys({ binaryKeys: file })
      : await readKeys({ armoredKeys: Buffer.from(file).toString('latin1') });
  } catch {
    keys = [];
  }
  if (keys.length === 0) {
    throw new PhoenixError({
      code: 'vault/key-file',
      message: `${shown} holds no OpenPGP public key`,
      value: shown,
      fix: 'write one: gpg --armor --export ada@example.org > ada.asc',
    });
  }
  if (keys.some((key) => key.isPrivate())) {
    throw new PhoenixError({
      code: 'vault/private-key',
      message: `${shown} holds a private key, which belongs into no vault`,
      value: shown,
      fix: 'give the public one: gpg --armor --export ada@example.org > ada.asc',
    });
  }
  return Promise.all(keys.map(recipient));
}

async function recipient(key: Key): Promise<Recipient> {
  const expires = await key.getExpirationTime().catch(() => null);
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    name: key.getUserIDs()[0] ?? '',
    keyIds: key.getKeyIDs().map((id) => id.toHex().toUpperCase()),
    expires: expires instanceof Date ? expires : undefined,
    key,
  };
}

/**
 * The recipient, if something can be encrypted to the key today.
 * @throws `vault/key-expired`, `vault/key-unusable`
 */
export async function usable(recipient: Recipient): Promise<Recipient> {
  const { key, fingerprint, name, expires } = recipient;
  try {
    await key.getEncryptionKey();
    return recipient;
  } catch (error) {
    const who = `${name === '' ? 'the key' : name} (${fingerprint})`;
    if (expires !== undefined && expires.getTime() <= Date.now()) {
      throw new PhoenixError({
        code: 'vault/key-expired',
        message: `${who} expired on ${expires.toISOString().slice(0, 10)}`,
        value: fingerprint,
        fix: 'let its owner prolong it and give you the new public key: phoenix secrets rekey --add KEYFILE; or take it out: --remove',
      });
    }
    throw new PhoenixError({
      code: 'vault/key-unusable',
      message: `nothing can be encrypted to ${who}: ${error instanceof Error ? error.message : String(error)}`,
      value: fingerprint,
      fix: `take it out: phoenix secrets rekey --remove ${fingerprint}`,
    });
  }
}

/** By fingerprint, or by the end of it or the address, where a person wrote `.gpg-id` for pass. */
export function findRecipient(id: string, known: readonly Recipient[]): Recipient {
  const hex = id.replace(/^0x/i, '').toUpperCase();
  const found = /^[0-9A-F]{16,40}$/.test(hex)
    ? known.filter((key) => key.fingerprint.endsWith(hex) || key.keyIds.includes(hex))
    : known.filter((key) => key.key.getUserIDs().some((user) => user === id || user.endsWith(`<${id}>`)));
  const [first, second] = found;
  if (first === undefined) {
    throw unknown(id, 'put it there: phoenix secrets rekey --add KEYFILE');
  }
  if (second !== undefined) {
    throw unknown(id, `${found.length} keys are meant: write the fingerprint into .gpg-id`);
  }
  return first;
}

function unknown(id: string, fix: string): PhoenixError {
  return new PhoenixError({
    code: 'vault/unknown-recipient',
    message: `the public key of ${id} does not lie in .public-keys`,
    value: id,
    fix,
  });
}
