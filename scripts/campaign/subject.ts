import type { App } from 'phoenix-cdk';
import type { SimulatedNode } from 'phoenix-cdk/testing';

/** A program whose runs are disturbed. Its app is called `campaign`. */
export interface Subject {
  readonly name: string;
  readonly vmids: readonly number[];
  readonly program: (root: string) => App;
  /** A host on which the program was never applied, in a folder that is not there yet. */
  readonly host: (folder: string) => SimulatedNode;
}
