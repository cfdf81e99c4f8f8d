import { readFileSync } from 'node:fs';
import type { PrivateKey } from 'openpgp';
import { PhoenixError } from '../../base/errors.js';

/**
 * The private keys in a file, ready for use. The passphrase is asked for only if one of them has any.
 * @throws `vault/key-file`, `vault/wrong-passphrase`
 */
export async function unlockedKeys(path: string, passphrase: () => Promise<string>): Promise<PrivateKey[]> {
  return unlocked(await privateKeysIn(path), path, passphrase);
}

async function privateKeysIn(path: string): Promise<PrivateKey[]> {
  const { readPrivateKeys } = await import('openpgp');
  const file = readFileSync(path);
  const isBinary = ((file[0] ?? 0) & 0x80) !== 0;
  try {
    return isBinary
      ? await readPrivateKeys({ binaryKeys: file })
      : await readPrivateKeys({ armoredKeys: file.toString('latin1') });
  } catch {
    throw new PhoenixError({
      code: 'vault/key-file',
      message: `${path} holds no OpenPGP private key`,
      value: path,
      fix: 'write one: gpg --armor --export-secret-keys ada@example.org > key.asc, and keep it outside of every repository',
    });
  } finally {
    file.fill(0);
  }
}

async function unlocked(
  keys: readonly PrivateKey[],
  path: string,
  passphrase: () => Promise<string>,
): Promise<PrivateKey[]> {
  if (keys.every((key) => key.isDecrypted())) {
    return [...keys];
  }
  const { decryptKey } = await import('openpgp');
  const word = await passphrase();
  try {
    return await Promise.all(
      keys.map((privateKey) => (privateKey.isDecrypted() ? privateKey : decryptKey({ privateKey, passphrase: word }))),
    );
  } catch {
    throw new PhoenixError({
      code: 'vault/wrong-passphrase',
      message: `the passphrase does not open ${path}`,
      value: path,
      fix: 'type it again, or give the right --passphrase-file',
    });
  }
}
