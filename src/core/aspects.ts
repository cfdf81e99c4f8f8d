import type { IConstruct } from 'constructs';

/** A visitor of every construct below the one it is attached to; runs before anything is merged and may still change props by methods. */
export interface Aspect {
  visit(construct: IConstruct): void;
}

const aspects: unique symbol = Symbol.for('phoenix-cdk.aspects');

interface WithAspects {
  [aspects]?: Aspect[];
}

/** Attaches aspects to a part of the tree. */
export class Aspects {
  static of(construct: IConstruct): Aspects {
    return new Aspects(construct);
  }

  private constructor(private readonly construct: IConstruct & WithAspects) {}

  get all(): readonly Aspect[] {
    return this.construct[aspects] ?? [];
  }

  add(...added: readonly Aspect[]): void {
    this.construct[aspects] = [...this.all, ...added];
  }
}
