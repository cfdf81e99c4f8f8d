import type { LiteralRecord } from './literal.js';

/** A construct below the node: its class, the id that it would like, the prop for a name that is none, and props. */
export interface NodeConstruct {
  readonly className: string;
  readonly name: string;
  /** Prop that says the name where the id is another one; undefined if there is none. */
  readonly nameProp?: string;
  /** Undefined for what is imported by its name. */
  readonly props: LiteralRecord | undefined;
}
