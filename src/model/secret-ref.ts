import { PhoenixError } from '../base/errors.js';

/**
 * How a secret's bytes are written where they end up: `raw` as they are; `json` and `yaml` with the escapes of a text between double
 * quotes, which stand around the place of the secret; `env` and `systemd` as a value of such a file.
 */
export const secretEncodings = ['raw', 'json', 'yaml', 'env', 'systemd'] as const;
export type SecretEncoding = (typeof secretEncodings)[number];

/**
 * The name of a secret, never its value. In files and in JSON it is written `{ "$secret": "samba/heads" }`.
 *
 * A reference may go into file content and stdin. It is no string, so it cannot become a word of a command, a tag or a name.
 */
export interface SecretRef {
  readonly $secret: string;
}

const name = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;

/** A reference to the secret of that name. Throws `secret/name` for a name that would not do as a path in a vault. */
export function secretRef(secret: string): SecretRef {
  if (!name.test(secret)) {
    throw new PhoenixError({
      code: 'secret/name',
      message: `${JSON.stringify(secret)} is no name for a secret`,
      value: secret,
      fix: 'use lower-case letters, digits, `.`, `_` and `-`, in parts separated by `/`, such as `samba/heads`',
    });
  }
  return { $secret: secret };
}

export function isSecretRef(value: unknown): value is SecretRef {
  return typeof value === 'object' && value !== null && '$secret' in value && typeof value.$secret === 'string';
}
