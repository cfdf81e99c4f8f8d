import type { CompletePolicy } from './secret-policy.js';

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
