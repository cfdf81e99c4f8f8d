import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { type Action, exitCodes } from '../command.js';
import { ownVersion } from '../own-version.js';
import { shortPath } from '../paths.js';
import { headText, refusalText, writtenText } from '../print-synth.js';
import { readProject } from '../project.js';
import { runApp } from '../run-app.js';

/** Runs the program and lets it write the assembly. */
export const synth: Action = async (call) => {
  const { globals, cwd } = call;
  const project = readProject(call);
  refuseFolder(globals.app, cwd);
  const run = await runApp(project, globals, { outdir: project.output, trial: false });
  const output = shortPath(cwd, project.output);
  const manifest = join(project.output, 'manifest.json');
  if (run.outcome === 'refused') {
    const former = existsSync(manifest) ? output : undefined;
    return { code: exitCodes.failed, data: run, notes: (style) => refusalText(run, former, style) };
  }
  // A synth that changes nothing writes nothing; the time of the manifest still says when the program last agreed with it.
  const now = new Date();
  utimesSync(manifest, now, now);
  return {
    code: exitCodes.done,
    data: run,
    notes: () => (globals.quiet ? '' : headText(run, ownVersion(), now)),
    text: (style) => writtenText(run, output, globals, style),
  };
};

function refuseFolder(app: string | undefined, cwd: string): void {
  if (app !== undefined && existsSync(join(cwd, app, 'manifest.json'))) {
    throw new PhoenixError({
      code: 'usage/app-is-assembly',
      message: `'${app}' is an assembly, not a program`,
      value: app,
      fix: 'give the command of the program; ls, tree, validate and diff read assemblies',
    });
  }
}
