import { PhoenixError, type Problem } from '../base/errors.js';
import type { App } from '../core/app.js';
import type { Finding, Severity } from '../model/finding.js';
import { unmet } from './unmet.js';

/** What the synth of an app finds, errors that stop it included. Nothing is written. */
export function findingsOf(app: App): FindingAssertions {
  try {
    return new FindingAssertions(app.synthesize().findings);
  } catch (error) {
    if (!PhoenixError.isPhoenixError(error)) {
      throw error;
    }
    return new FindingAssertions(error.problems.map(findingOf));
  }
}

/** Findings, and what a test may expect of them. Codes are stable; messages are for people and may change. */
export class FindingAssertions {
  constructor(readonly all: readonly Finding[]) {}

  /** Throws unless there is an error of that code, at that construct path if one is given. */
  hasError(code: string, path?: string): void {
    this.has('error', code, path);
  }

  hasWarning(code: string, path?: string): void {
    this.has('warning', code, path);
  }

  hasInfo(code: string, path?: string): void {
    this.has('info', code, path);
  }

  /** Throws if there is a finding of that code, of whatever severity, at that construct path if one is given. */
  lacks(code: string, path?: string): void {
    const found = this.find(code, path);
    if (found.length > 0) {
      throw unmet('finding', `expected no ${code}${at(path)}, found ${list(found)}`);
    }
  }

  /** Throws if there is an error at all. */
  hasNoErrors(): void {
    const errors = this.all.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) {
      throw unmet('finding', `expected no errors, found ${list(errors)}`);
    }
  }

  private has(severity: Severity, code: string, path: string | undefined): void {
    if (!this.find(code, path).some((finding) => finding.severity === severity)) {
      throw unmet('no-finding', `expected ${severity} ${code}${at(path)}, found ${list(this.all)}`);
    }
  }

  private find(code: string, path: string | undefined): readonly Finding[] {
    return this.all.filter((finding) => finding.code === code && (path === undefined || finding.path === path));
  }
}

/** A problem that stopped the synth, as the error that it is. */
function findingOf({ code, message, path, fix }: Problem): Finding {
  return { code, severity: 'error', path: path ?? '', message, ...(fix === undefined ? {} : { fix }) };
}

function at(path: string | undefined): string {
  return path === undefined ? '' : ` at ${path}`;
}

function list(findings: readonly Finding[]): string {
  const lines = findings.map(({ severity, code, path, message }) => `\n  ${severity} ${code} at ${path}: ${message}`);
  return lines.length === 0 ? 'none' : lines.join('');
}
