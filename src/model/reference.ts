/**
 * How constructs stand for themselves in plain data.
 *
 * Props may hold constructs (a `Storage`, a template, a GPU); layers and specs are JSON. A construct that may be referred to answers with
 * the plain value that stands for it and with the host it lives on, so that a reference across hosts can be refused.
 */
export const reference: unique symbol = Symbol.for('phoenix-cdk.reference');

export interface ReferenceTarget {
  /** What kind of thing is referred to: `storage`, `guest`, `gpu` ... */
  readonly kind: string;
  /** The plain value that stands for the thing in layers and files. */
  readonly plain: unknown;
  /** Construct path of the host that the thing exists on; undefined for things that are the same on every host. */
  readonly host: string | undefined;
}

export interface Referable {
  readonly [reference]: ReferenceTarget;
}

/** True for whatever stands for itself by {@link reference}, also from another copy of this library. */
export function isReferable(value: unknown): value is Referable {
  return typeof value === 'object' && value !== null && reference in value;
}
