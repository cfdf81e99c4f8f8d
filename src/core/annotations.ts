import type { IConstruct } from 'constructs';
import type { Finding, Severity } from '../model/finding.js';

const store: unique symbol = Symbol.for('phoenix-cdk.annotations');

interface Annotated {
  [store]?: Finding[];
}

/** Findings that the user's own program adds to a construct. */
export class Annotations {
  static of(construct: IConstruct): Annotations {
    return new Annotations(construct);
  }

  /** All findings that were added to this construct. */
  readonly findings: readonly Finding[];

  private constructor(private readonly construct: IConstruct & Annotated) {
    this.findings = construct[store] ?? [];
  }

  /** Stops the synth. */
  addError(code: string, message: string, fix?: string): void {
    this.add('error', code, message, fix);
  }

  addWarning(code: string, message: string, fix?: string): void {
    this.add('warning', code, message, fix);
  }

  addInfo(code: string, message: string, fix?: string): void {
    this.add('info', code, message, fix);
  }

  private add(severity: Severity, code: string, message: string, fix: string | undefined): void {
    const finding: Finding = {
      code,
      severity,
      path: this.construct.node.path,
      message,
      ...(fix === undefined ? {} : { fix }),
    };
    this.construct[store] = [...(this.construct[store] ?? []), finding];
  }
}
