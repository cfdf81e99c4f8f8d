import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PhoenixError } from '../base/errors.js';
import { type Assembly, isAssembly, openAssembly } from '../toolkit/assembly.js';
import type { Call } from './command.js';
import type { Project } from './project.js';
import { type RefusedRun, runApp, type WrittenRun } from './run-app.js';

/**
 * Opens what the program makes now and hands it to `use`; the user's own assembly stays as it is. With `--app FOLDER` it is the assembly
 * in that folder, and nothing runs.
 * @throws everything that is wrong with the program
 */
export async function useProgramAssembly<T>(call: Call, project: Project, use: (assembly: Assembly) => T): Promise<T> {
  const given = givenAssembly(call);
  if (given !== undefined) {
    return use(openAssembly(given));
  }
  return trySynth(call, project, (run, outdir) => {
    if (run.outcome === 'refused') {
      throw new PhoenixError(run.problems);
    }
    return use(openAssembly(outdir));
  });
}

/** Runs the program into a folder that is gone afterwards, and pins nothing. */
export async function trySynth<T>(
  call: Call,
  project: Project,
  use: (run: WrittenRun | RefusedRun, outdir: string) => T,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-out-'));
  try {
    const outdir = join(folder, 'cdk.out');
    return use(await runApp(project, call.globals, { outdir, trial: true, environment }), outdir);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The folder that `--app` names, if it is one.
 * @throws `assembly/missing` for a folder without an assembly
 */
export function givenAssembly({ cwd, globals }: Call): string | undefined {
  const folder = globals.app === undefined ? undefined : resolve(cwd, globals.app);
  if (folder === undefined || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return undefined;
  }
  return isAssembly(folder) ? folder : openAssembly(folder).folder;
}
