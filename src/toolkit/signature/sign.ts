import { spawnSync } from 'node:child_process';
import { PhoenixError } from '../../base/errors.js';
import { unlockedKeys } from '../vault/private-keys.js';

/** Makes a detached signature, armored, over bytes. */
export type Sign = (bytes: Uint8Array) => Promise<string>;

/**
 * Signs with the private key in a file.
 * @throws `vault/key-file`, `vault/wrong-passphrase`, `signature/cannot-sign` for a key that has expired, was revoked, or is for encryption only
 */
export async function signWithFile(path: string, passphrase: () => Promise<string>): Promise<Sign> {
  const { createMessage, enums, sign } = await import('openpgp');
  const [key] = await unlockedKeys(path, passphrase);
  return async (bytes) => {
    try {
      const message = await createMessage({ binary: bytes });
      const signingKeys = key === undefined ? [] : [key];
      const config = { preferredHashAlgorithm: enums.hash.sha512 };
      return await sign({ message, signingKeys, detached: true, format: 'armored', config });
    } catch (error) {
      throw cannotSign(`the key in ${path} cannot sign: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/**
 * Signs with gpg and a key that it has, be it on a card; gpg asks for what it takes.
 * @throws `signature/cannot-sign`
 */
export function signWithGpg(keyId: string): Sign {
  return async (bytes) => {
    const words = ['--armor', '--digest-algo', 'SHA512', '--local-user', keyId, '--output', '-', '--detach-sign'];
    const { status, stdout, error } = spawnSync('gpg', words, { input: bytes, stdio: ['pipe', 'pipe', 'inherit'] });
    if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
      throw new PhoenixError({
        code: 'signature/cannot-sign',
        message: 'there is no gpg here to sign with',
        fix: 'give a file with your private key: --key FILE; or install gpg',
      });
    }
    if (error !== undefined || status !== 0) {
      throw cannotSign(`gpg did not sign with ${keyId}: ${error?.message ?? `exit ${status}`}`);
    }
    return stdout.toString('latin1');
  };
}

function cannotSign(message: string): PhoenixError {
  return new PhoenixError({
    code: 'signature/cannot-sign',
    message,
    fix: 'give a key that may sign: --key FILE, or --gpg KEYID for one that gpg has (`gpg --list-secret-keys`)',
  });
}
