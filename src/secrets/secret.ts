import type { IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { declareSecret } from '../core/secret-declarations.js';
import type { ContentPart } from '../model/content.js';
import { type ReferenceTarget, reference } from '../model/reference.js';
import type { SecretPolicy } from '../model/secret-policy.js';
import { type SecretEncoding, type SecretRef, secretRef, vaultName } from '../model/secret-ref.js';

/**
 * A secret of the vault, by its name: never its value, which the program cannot read.
 *
 * It goes into files (``content`token = "${secret.as('json')}"` ``), and into props that ask for a secret. It is no text, so it does not fit
 * where a text is asked for: commands, environment, tags, names, descriptions.
 */
export class Secret implements SecretRef {
  /** A secret that somebody puts into the vault: `phoenix secrets set samba/heads`. Throws `secret/name`. */
  static fromVault(name: string): Secret {
    return new Secret(name);
  }

  /**
   * A secret that `phoenix secrets ensure` makes where the vault has none. `scope` is the construct that it is declared for.
   *
   * Throws `secret/name`, and `secret/policy` for a policy whose secrets could be guessed.
   */
  static generate(scope: IConstruct, name: string, policy: SecretPolicy = {}): Secret {
    declareSecret(scope, name, policy);
    return new Secret(name);
  }

  /** The name in the vault, with the field if one is meant: `samba/heads#user`. */
  readonly $secret: string;

  private constructor(name: string) {
    this.$secret = secretRef(name).$secret;
  }

  /** How it stands in layers and specs, which are plain data. */
  get [reference](): ReferenceTarget {
    return { kind: 'secret', plain: { $secret: this.$secret }, host: undefined };
  }

  /**
   * One field of a secret in the layout of `pass`: `password` is the first line, any other is the line `name: value`. Throws
   * `secret/field`.
   */
  field(name: string): Secret {
    return new Secret(`${vaultName(this.$secret)}#${name}`);
  }

  /**
   * The secret as a part of a file, with the escapes of a text between double quotes, which have to stand around it: `"${secret.as('json')}"`.
   * `raw` is as it is.
   */
  as(encoding: SecretEncoding): ContentPart {
    return { secret: { $secret: this.$secret }, encoding };
  }

  /** Throws `secret/not-here`: as a text it would stand in a command, a name or a log. */
  toString(): never {
    throw new PhoenixError({
      code: 'secret/not-here',
      message: `the secret ${this.$secret} is used as a text`,
      value: this.$secret,
      fix: 'write it into a file: content`token = ${secret}`, or content`{"token": "${secret.as(\'json\')}"}`',
    });
  }
}
