import { spawnSync } from 'node:child_process';
import { PhoenixError } from '../../base/errors.js';
import { messageBytes, outlineOf } from '../../format/openpgp-message.js';
import { bindingPrefix } from './encrypt.js';
import { unlockedKeys } from './private-keys.js';
import type { VaultFolder } from './vault-folder.js';

/** A message, opened. */
export interface Opened {
  /** Whoever has no further use of it overwrites it. */
  readonly content: Buffer;
  /** The file name within the message. */
  readonly fileName: string;
}

/** Opens messages with a key. Throws `vault/no-key`, `vault/damaged` ... */
export type Decrypt = (message: Uint8Array) => Promise<Opened>;

/** A secret in clear. */
export interface OpenSecret {
  readonly content: Buffer;
  /** Whether the message says that it is of this name; one made by `pass` says nothing. */
  readonly isBound: boolean;
}

/**
 * A secret in clear.
 * @throws `secret/missing`, `vault/swapped` if the message was made for another name, `vault/empty`, and what `decrypt` throws
 */
export async function openSecret(vault: VaultFolder, name: string, decrypt: Decrypt): Promise<OpenSecret> {
  const message = messageBytes(vault.read(name));
  outlineOf(message);
  const { content, fileName } = await decrypt(message);
  const isBound = fileName.startsWith(bindingPrefix);
  if (isBound && fileName !== `${bindingPrefix}${name}`) {
    content.fill(0);
    throw new PhoenixError({
      code: 'vault/swapped',
      message: `the file of ${name} holds the secret ${fileName.slice(bindingPrefix.length)}`,
      value: name,
      fix: 'somebody exchanged the files: take them back from version control, or set both secrets anew',
    });
  }
  if (content.length === 0) {
    throw new PhoenixError({
      code: 'vault/empty',
      message: `the secret ${name} is empty`,
      value: name,
      fix: `set it: phoenix secrets set ${name}`,
    });
  }
  return { content, isBound };
}

/**
 * Opens messages with the private keys in a file.
 * @throws `vault/key-file`, `vault/wrong-passphrase`
 */
export async function decryptWithFile(path: string, passphrase: () => Promise<string>): Promise<Decrypt> {
  const { decrypt, readMessage } = await import('openpgp');
  const keys = await unlockedKeys(path, passphrase);
  return async (bytes) => {
    const { keyIds } = outlineOf(bytes);
    // an id of zeros is that of a recipient who stays hidden
    const mine = keys.flatMap((key) => key.getKeyIDs().map((id) => id.toHex().toUpperCase()));
    if (!keyIds.some((id) => /^0+$/.test(id) || mine.includes(id))) {
      throw noKey(`the key in ${path}`);
    }
    try {
      const message = await readMessage({ binaryMessage: bytes });
      const { data, filename } = await decrypt({ message, decryptionKeys: keys, format: 'binary' });
      return { content: Buffer.from(data), fileName: filename ?? '' };
    } catch {
      throw changed();
    }
  };
}

/** Opens messages with gpg and the keys it has. Throws `vault/cannot-decrypt` if there is no gpg. */
export function decryptWithGpg(): Decrypt {
  if (spawnSync('gpg', ['--version']).status !== 0) {
    throw new PhoenixError({
      code: 'vault/cannot-decrypt',
      message: 'there is no gpg here to decrypt with',
      fix: 'give a file with your private key: --key FILE; or install gpg',
    });
  }
  // that there is no key it says only in words
  const env = { ...process.env, LC_ALL: 'C', LANGUAGE: 'C' };
  return async (bytes) => {
    const words = ['--batch', '--quiet', '--status-fd', '2', '--decrypt'];
    const { status, stdout, stderr } = spawnSync('gpg', words, { input: bytes, maxBuffer: 1 << 26, env });
    const said = String(stderr);
    // content that came before the end was seen to be whole is nobody's
    if (status !== 0 || !said.includes('[GNUPG:] DECRYPTION_OKAY')) {
      stdout.fill(0);
      throw gpgRefusal(said);
    }
    return { content: stdout, fileName: embeddedName(said) };
  };
}

/** What gpg says of the file name, with its escapes taken back. */
function embeddedName(said: string): string {
  const escaped = /^\[GNUPG:\] PLAINTEXT \S+ \S+ ?(.*)$/m.exec(said)?.[1] ?? '';
  return escaped.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function gpgRefusal(said: string): PhoenixError {
  if (/NO_SECKEY|No secret key/.test(said) && !said.includes('[GNUPG:] DECRYPTION_KEY')) {
    return noKey('any key that gpg has here');
  }
  if (/\[GNUPG:\] (DECRYPTION_FAILED|BADMDC|UNEXPECTED|NODATA)/.test(said) && said.includes('BEGIN_DECRYPTION')) {
    return changed();
  }
  const last = said
    .split('\n')
    .filter((line) => line.startsWith('gpg: '))
    .at(-1);
  return new PhoenixError({
    code: 'vault/cannot-decrypt',
    message: `gpg did not decrypt${last === undefined ? '' : `: ${last.slice('gpg: '.length)}`}`,
    fix: 'look whether gpg reaches its agent and asks for the passphrase: export GPG_TTY=$(tty); or give --key FILE',
  });
}

function noKey(what: string): PhoenixError {
  return new PhoenixError({
    code: 'vault/no-key',
    message: `the secret is not encrypted to ${what}`,
    fix: 'let one of its recipients add you: phoenix secrets rekey --add KEYFILE',
  });
}

function changed(): PhoenixError {
  return new PhoenixError({
    code: 'vault/damaged',
    message: 'the encrypted message was changed since it was made, or is not whole',
    fix: 'take the file back from version control, or set the secret anew: `phoenix secrets set`',
  });
}
