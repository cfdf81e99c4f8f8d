import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import { type Decrypt, decryptWithFile } from '../../../src/toolkit/vault/decrypt.js';
import { keysNamed, type Recipient } from '../../../src/toolkit/vault/public-keys.js';
import { VaultFolder } from '../../../src/toolkit/vault/vault-folder.js';

/** Somebody with a key, made without gpg. */
export interface Person {
  readonly recipient: Recipient;
  /** Paths of key files. */
  readonly publicKey: string;
  readonly privateKey: string;
  readonly decrypt: () => Promise<Decrypt>;
}

export async function person(name: string, passphrase?: string): Promise<Person> {
  const keys = await generateKey({
    type: 'ecc',
    curve: 'curve25519Legacy',
    userIDs: [{ name, email: `${name}@example.org` }],
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-key-'));
  const publicKey = join(folder, `${name}.asc`);
  const privateKey = join(folder, `${name}.key`);
  writeFileSync(publicKey, keys.publicKey);
  writeFileSync(privateKey, keys.privateKey);
  const [recipient] = await keysNamed(publicKey);
  return { recipient: recipient!, publicKey, privateKey, decrypt: () => decryptWithFile(privateKey, async () => '') };
}

/** A vault for these people. */
export function vaultFor(...people: readonly Person[]): VaultFolder {
  const vault = new VaultFolder(mkdtempSync(join(tmpdir(), 'phoenix-vault-')));
  people.forEach(({ recipient }) => vault.writePublicKey(recipient.fingerprint, recipient.key.armor()));
  vault.writeRecipientIds(
    '',
    people.map(({ recipient }) => recipient.fingerprint),
  );
  return vault;
}
