import type { App } from '../core/app.js';
import type { Resource } from '../core/resource.js';
import type { SecretRef } from '../model/secret-ref.js';
import type { SimulatedNode } from './simulated-node.js';
import type { SimulatedNodeOptions } from './simulated-node-options.js';

/** A program, and the resource in it that is looked at. */
export interface ConformanceProgram {
  readonly app: App;
  readonly resource: Resource;
}

/** What the suite has to know of a resource. */
export interface ConformanceSubject {
  /** Makes the program, a new one each time. */
  readonly make: () => ConformanceProgram;
  /**
   * The same with a secret wherever the resource takes one.
   * @default - the resource takes no secrets
   */
  readonly plant?: (secret: SecretRef) => ConformanceProgram;
  /**
   * The host before the first apply, as far as the program does not say it. Name and release are the program's; its
   * archives can be fetched and its endpoints answer.
   * @default - a fresh node
   */
  readonly node?: SimulatedNodeOptions;
  /**
   * Further preparation of the host.
   * @default - none
   */
  readonly arrange?: (node: SimulatedNode) => void;
  /**
   * Flags for the first apply, such as `--allow-create-pool tank`.
   * @default - none
   */
  readonly flags?: readonly string[];
}
