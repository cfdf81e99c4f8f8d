import type { CompletePolicy } from './secret-policy.js';
import { vaultName } from './secret-ref.js';
import type { Step } from './step.js';

/** A secret that a program uses or declares. */
export interface UsedSecret {
  /** Name in the vault. */
  readonly name: string;
  /** Steps that write it somewhere. None where it is only declared. */
  readonly uses: readonly SecretUse[];
  /** How it is made, if the program says. */
  readonly policy?: CompletePolicy;
}

export interface SecretUse {
  readonly host: string;
  readonly stack: string;
  /** Construct path. */
  readonly path: string;
  /** Physical identity: `guest/950`. */
  readonly resource: string;
  /** Id of the step. */
  readonly step: string;
}

/** Names in the vault of what a step decrypts, each once. */
export function secretsOf(step: Step): ReadonlySet<string> {
  switch (step.kind) {
    case 'file':
      return new Set(step.file.secrets);
    case 'guest-file':
      return new Set(step.files.flatMap((file) => file.secrets ?? []));
    case 'guest-run':
      return new Set(step.secrets);
    case 'storage':
      return new Set(step.secrets?.map(({ secret }) => vaultName(secret)));
    default:
      return none;
  }
}

const none: ReadonlySet<string> = new Set();

/** Where the message of a secret lies in an assembly. */
export function encryptedPath(secret: string): string {
  return `vault/${secret}.asc`;
}
