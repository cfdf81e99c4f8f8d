import { PhoenixError } from '../base/errors.js';
import { printable, shown } from '../base/shown.js';

/**
 * How a secret's bytes are written where they end up: `raw` as they are. All others are the escapes of a text between double quotes, which the
 * literal text around the secret has to bring: of JSON, of YAML, of a file that a POSIX shell or systemd's `EnvironmentFile=` reads, and of a
 * setting in a systemd unit.
 */
export const secretEncodings = ['raw', 'json', 'yaml', 'env', 'systemd'] as const;
export type SecretEncoding = (typeof secretEncodings)[number];

/**
 * The name of a secret, never its value. In files and in JSON it is written `{ "$secret": "samba/heads" }`, and `samba/heads#user` for one
 * field of it.
 *
 * A reference may go into file content and stdin. It is no string, so it cannot become a word of a command, a tag or a name.
 */
export interface SecretRef {
  readonly $secret: string;
}

/** What a secret may be called: it is a path in the vault. */
export const secretNamePattern = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;
const field = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
/** What a reference may say: a name, or a name with a field. */
export const secretReferencePattern = new RegExp(
  `${secretNamePattern.source.slice(0, -1)}(#${field.source.slice(1, -1)})?$`,
);

/**
 * A reference to the secret of that name, or to a field of it: `samba/heads#user`. Throws `secret/name` for a name that would not do as a
 * path in a vault, and `secret/field`.
 */
export function secretRef(secret: string): SecretRef {
  const hash = typeof secret === 'string' ? secret.indexOf('#') : -1;
  checkSecretName(hash < 0 ? secret : secret.slice(0, hash));
  if (hash >= 0 && !field.test(secret.slice(hash + 1))) {
    throw new PhoenixError({
      code: 'secret/field',
      message: `${JSON.stringify(secret.slice(hash + 1))} is no name for a field of a secret`,
      value: secret,
      fix: 'use letters, digits, `.`, `_` and `-`: `samba/heads#user`',
    });
  }
  return { $secret: secret };
}

/** Throws `secret/name` for a name that would not do as a path in a vault. */
export function checkSecretName(secret: string): string {
  if (typeof secret !== 'string' || !secretNamePattern.test(secret)) {
    throw new PhoenixError({
      code: 'secret/name',
      message: `${shown(secret)} is no name for a secret`,
      value: printable(secret),
      fix: 'use lower-case letters, digits, `.`, `_` and `-`, in parts separated by `/`, such as `samba/heads`',
    });
  }
  return secret;
}

/** The name in the vault of what a reference names: the part before `#`. */
export function vaultName(secret: string): string {
  return secret.split('#', 1)[0] ?? secret;
}

export function isSecretRef(value: unknown): value is SecretRef {
  return typeof value === 'object' && value !== null && '$secret' in value && typeof value.$secret === 'string';
}
