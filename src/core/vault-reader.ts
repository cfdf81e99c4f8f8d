import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretNamePattern } from '../model/secret-ref.js';

/** The encrypted files of a vault, for a synth, which decrypts none. */
export interface VaultReader {
  /** The file of a secret as it is, armored or not; undefined if the vault has none. */
  readonly read: (name: string) => Uint8Array | undefined;
}

/** The vault in a folder, which need not be there. */
export function vaultReader(folder: string): VaultReader {
  return {
    read: (name) => {
      const file = join(folder, `${name}.gpg`);
      return secretNamePattern.test(name) && existsSync(file) ? readFileSync(file) : undefined;
    },
  };
}
