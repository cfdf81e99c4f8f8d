import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PhoenixError, type Problem } from '../base/errors.js';
import type { Refusal, Report, SynthResult } from '../model/report.js';
import { type AppCommand, readAppCommand } from './app-command.js';
import type { GlobalOptions } from './command.js';
import type { Project } from './project.js';

/** A run of the program that wrote an assembly. */
export interface WrittenRun extends SynthResult {
  readonly seconds: number;
}

/** A run of the program that failed, mostly before it wrote anything. */
export interface RefusedRun extends Refusal {
  /** Where the report is kept, outside of any assembly; a trial keeps none. */
  readonly reportPath?: string;
}

export interface RunOptions {
  /** Folder that the program writes its assembly to. Absolute. */
  readonly outdir: string;
  /** Whether the result is only looked at, so that nothing is pinned, and no report is kept. */
  readonly trial: boolean;
  /** What else the program is told. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs the user's program as a process of its own, which writes the assembly and a report. What the program prints goes to standard error.
 * @throws `app/missing`, `app/not-found`
 */
export async function runApp(
  project: Project,
  globals: GlobalOptions,
  options: RunOptions,
): Promise<WrittenRun | RefusedRun> {
  const command = readAppCommand(appOf(project), process.platform);
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-'));
  const reportPath = join(folder, 'report.json');
  let isReportKept = false;
  try {
    const started = performance.now();
    const end = await finished(command, {
      cwd: project.root,
      env: { ...process.env, ...environment(project, globals, options, reportPath), ...options.environment },
      stdio: ['inherit', globals.quiet ? 'ignore' : 2, 2],
    });
    const seconds = (performance.now() - started) / 1000;
    const report = judged(readReport(reportPath), project, end);
    if (report.outcome === 'written') {
      return { ...report, seconds };
    }
    if (options.trial) {
      return report;
    }
    writeFileSync(reportPath, `${JSON.stringify(report)}\n`);
    isReportKept = true;
    return { ...report, reportPath };
  } finally {
    if (!isReportKept) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** The contract with `App` of the construct library. */
function environment(
  project: Project,
  globals: GlobalOptions,
  options: RunOptions,
  reportPath: string,
): Readonly<Record<string, string>> {
  return {
    PHOENIX_REPORT: reportPath,
    PHOENIX_APP_ROOT: project.root,
    PHOENIX_OUTDIR: options.outdir,
    PHOENIX_CONTEXT: JSON.stringify(globals.context),
    PHOENIX_CI: globals.ci || process.env['PHOENIX_CI'] === '1' ? '1' : '0',
    PHOENIX_STRICT: globals.strict ? '1' : '0',
    PHOENIX_TRIAL: options.trial ? '1' : '0',
    ...(project.vault === undefined ? {} : { PHOENIX_VAULT: project.vault }),
  };
}

function appOf(project: Project): string | readonly string[] {
  const { app } = project;
  const isEmpty = typeof app === 'string' && app.trim() === '';
  if (app === undefined || isEmpty) {
    const why = isEmpty ? '--app is empty' : `${project.file ?? 'there is no phoenix.json, and it'} has no \`app\``;
    throw new PhoenixError({
      code: 'app/missing',
      message: `nothing says how to run the program: ${why}`,
      path: project.root,
      fix: 'run `phoenix init`, go to the folder of the project, or give --app "node --import tsx src/main.ts"',
    });
  }
  return app;
}

/** Exit code, or the signal that ended the program. */
type End = number | NodeJS.Signals;

function finished(command: AppCommand, options: SpawnOptions): Promise<End> {
  const child =
    command.shellLine === undefined
      ? spawn(command.file, command.words, options)
      : spawn(command.shellLine, { ...options, shell: true });
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => reject(notStarted(command, error)));
    child.on('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
}

function notStarted(command: AppCommand, error: NodeJS.ErrnoException): PhoenixError {
  const value = command.shellLine ?? command.file;
  return new PhoenixError({
    code: 'app/not-found',
    message: `the program could not be started: ${value}: ${error.code ?? error.message}`,
    value,
    fix: 'correct `app` in phoenix.json, or install what it starts',
  });
}

function readReport(path: string): Report | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : undefined;
}

/** What a program says of itself holds only if it also ends well. One without a report broke before its synth, or has none. */
function judged(report: Report | undefined, project: Project, end: End): Report {
  if (report?.outcome === 'refused' || (report !== undefined && end === 0)) {
    return report;
  }
  const value = typeof project.app === 'string' ? project.app : (project.app ?? []).join(' ');
  const how = typeof end === 'number' ? `exit code ${end}` : end;
  if (report !== undefined) {
    return refusal({
      code: 'app/failed-later',
      message: `the program ended with ${how} after its synth`,
      value,
      fix: 'see above for what it said; let `app.synth()` be the last thing that it does',
    });
  }
  return end === 0
    ? refusal({
        code: 'app/no-synth',
        message: 'the program ended without a synth',
        value,
        fix: 'call `app.synth()` at its end',
      })
    : refusal({
        code: 'app/failed',
        message: `the program ended with ${how} before it was done`,
        value,
        fix: 'see above for what it said',
      });
}

function refusal(problem: Problem): Refusal {
  return { outcome: 'refused', problems: [problem], afterSynth: problem.code === 'app/failed-later' };
}
