import type { Finding } from '../../model/finding.js';
import { openAssembly } from '../../toolkit/assembly.js';
import { type Action, exitCodes, type GlobalOptions, type Outcome } from '../command.js';
import { count, findingsText, problemsText } from '../print-problems.js';
import { findingsSummary, worthShowing } from '../print-synth.js';
import { givenAssembly, trySynth } from '../program-assembly.js';
import { readProject } from '../project.js';
import type { RefusedRun } from '../run-app.js';

/** Finds out what is wrong with the program, and writes nothing that stays. */
export const validate: Action = (call) => {
  const given = givenAssembly(call);
  return given === undefined
    ? trySynth(call, readProject(call), (run) =>
        run.outcome === 'refused' ? refused(run) : found(run.findings, call.globals),
      )
    : found(openAssembly(given).manifest.findings, call.globals);
};

/** Here the problems are the result. */
function refused({ problems }: RefusedRun): Outcome {
  return {
    code: exitCodes.failed,
    data: { problems },
    text: (style) => `${problemsText(problems, style)}\n\n${style.bad(count(problems.length, 'error'))}`,
  };
}

function found(findings: readonly Finding[], globals: GlobalOptions): Outcome {
  const open = findings.filter((finding) => finding.acknowledged === undefined && finding.severity === 'warning');
  const isRefused = globals.strict && open.length > 0;
  return {
    code: isRefused ? exitCodes.failed : exitCodes.done,
    data: { problems: [], findings },
    text: (style) => {
      const shown = findingsText(worthShowing(findings, globals), style);
      return `${shown === '' ? '' : `${shown}\n\n`}${findingsSummary(findings)}`;
    },
  };
}
