import { writeFileSync } from 'node:fs';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { Finding } from '../model/finding.js';

/** What a run of the program tells the command line that started it. Lies outside the assembly, which an error leaves untouched. */
export type Report = SynthResult | { readonly outcome: 'refused'; readonly problems: readonly Problem[] };

/** What a synth wrote and found. */
export interface SynthResult {
  readonly outcome: 'written';
  readonly app: string;
  readonly outdir: string;
  /** Number of files in the assembly. */
  readonly files: number;
  /** How many of them are new or have other bytes than before. */
  readonly changed: number;
  /** How many files of the former assembly are gone. */
  readonly removed: number;
  readonly steps: number;
  readonly findings: readonly Finding[];
}

/** Writes the report, if the command line asked for one. */
export function writeReport(path: string | undefined, report: Report): void {
  if (path !== undefined) {
    writeFileSync(path, `${JSON.stringify(report)}\n`);
  }
}

let catching = false;

/**
 * Turns problems that nobody catches into a report and exit code 1, so that people see the problems and no stack of our own code.
 *
 * Only for programs that the command line started; elsewhere the error stays an error.
 */
export function catchProblems(path: string | undefined): void {
  if (path === undefined || catching) {
    return;
  }
  catching = true;
  process.on('uncaughtException', (error) => {
    if (PhoenixError.isPhoenixError(error)) {
      writeReport(path, { outcome: 'refused', problems: error.problems });
    } else {
      console.error(error);
    }
    process.exit(1);
  });
}
