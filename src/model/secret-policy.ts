import { PhoenixError } from '../base/errors.js';

/** Characters that passwords are made of. */
export const secretAlphabets = {
  alphanumeric: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
  /** Without those that look alike in print: for what people type. */
  readable: 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789',
  hex: '0123456789abcdef',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
  symbols: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%&()*+,-./:;<=>?@[]^_{|}~',
} as const;
export type SecretAlphabet = keyof typeof secretAlphabets;

/** How a secret is made. */
export interface SecretPolicy {
  /**
   * Number of characters.
   * @default 32
   */
  readonly length?: number;
  /**
   * What it is made of: `alphanumeric`, `readable` (nothing that looks alike), `hex`, `base64url` or `symbols`.
   * @default 'alphanumeric'
   */
  readonly alphabet?: SecretAlphabet;
  /**
   * Hash that is kept beside it as a field of that name: `sha512-crypt`, as /etc/shadow, cloud-init and nginx take it.
   * @default - none
   */
  readonly hash?: 'sha512-crypt';
}

/** A policy with nothing left open. */
export interface CompletePolicy {
  readonly length: number;
  readonly alphabet: SecretAlphabet;
  readonly hash?: 'sha512-crypt';
}

/** Fills in what is left out. Throws `secret/policy` for a policy whose secrets could be guessed, or that nobody knows. */
export function completePolicy({ length = 32, alphabet = 'alphanumeric', hash }: SecretPolicy): CompletePolicy {
  if (!Object.hasOwn(secretAlphabets, alphabet)) {
    throw wrong(`there is no alphabet ${JSON.stringify(alphabet)}`, alphabet, Object.keys(secretAlphabets).join(', '));
  }
  if (hash !== undefined && hash !== 'sha512-crypt') {
    throw wrong(
      `nobody here makes the hash ${JSON.stringify(hash)}`,
      hash,
      'sha512-crypt; or let the service itself hash it',
    );
  }
  const bits = Math.floor(length * Math.log2(secretAlphabets[alphabet].length));
  if (!Number.isInteger(length) || bits < 64 || length > 1024) {
    const least = Math.ceil(64 / Math.log2(secretAlphabets[alphabet].length));
    throw wrong(
      `${length} is no good length for ${alphabet}`,
      length,
      `${least} to 1024 characters, which is 64 bits and more`,
    );
  }
  return { length, alphabet, ...(hash === undefined ? {} : { hash }) };
}

function wrong(message: string, value: unknown, fix: string): PhoenixError {
  return new PhoenixError({ code: 'secret/policy', message, value, fix });
}
