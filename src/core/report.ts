import { existsSync, writeFileSync } from 'node:fs';
import { PhoenixError } from '../base/errors.js';
import type { Report } from '../model/report.js';

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
      // a report that is there is that of a synth
      writeReport(path, { outcome: 'refused', problems: error.problems, afterSynth: existsSync(path) });
    } else {
      console.error(error);
    }
    process.exit(1);
  });
}
