import type { IConstruct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { type Finding, findingCode, type Severity } from '../model/finding.js';

const store: unique symbol = Symbol.for('phoenix-cdk.annotations');

interface Annotated {
  [store]?: Finding[];
}

/** Findings that the user's own program adds to a construct. */
export class Annotations {
  static of(construct: IConstruct): Annotations {
    return new Annotations(construct);
  }

  private constructor(private readonly construct: IConstruct & Annotated) {}

  /** All findings that were added to this construct. */
  get findings(): readonly Finding[] {
    return this.construct[store] ?? [];
  }

  /** Stops the synth. Throws `finding/code`, like the others, for a code that is not of the form `domain/what`. */
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
    if (!findingCode.test(code)) {
      throw new PhoenixError({
        code: 'finding/code',
        message: `${JSON.stringify(code)} is no code of a finding`,
        path: this.construct.node.path,
        value: code,
        fix: 'use a domain and what is the case, in small letters: `models/too-old`',
      });
    }
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
