import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { adoptedProgram } from '../../toolkit/adopt/program.js';
import { readHost } from '../../toolkit/adopt/read-host.js';
import { adoptReport } from '../../toolkit/adopt/report.js';
import { type Action, exitCodes } from '../command.js';
import { phoenixJson, projectName } from '../init-files.js';
import { shortPath } from '../paths.js';
import { type AdoptedProject, adoptedText } from '../print-adopt.js';
import { nearestProjectFile, projectFile } from '../project.js';
import { writeFrame } from '../project-frame.js';

/** Writes a program for what the files of a host say; looks at no host and changes none. */
export const adopt: Action = ({ words, options, globals, cwd }) => {
  const inventory = readHost(resolve(cwd, words[0] ?? '.'));
  const file = typeof options['to'] === 'string' ? resolve(cwd, options['to']) : undefined;
  const [only, ...others] = inventory.nodes;
  const own = inventory.cluster ?? (others.length === 0 ? (only?.name ?? '') : 'cluster');
  const app = typeof options['name'] === 'string' ? options['name'] : projectName(own);
  const { text, nodes } = adoptedProgram(inventory, app);
  const report = adoptReport(app, nodes, inventory.others);
  if (file !== undefined) {
    write(file, text, options['force'] === true, shortPath(cwd, file));
  }
  const project = file === undefined ? undefined : projectAround(file, app, cwd);
  const notes = adoptedText(report, file === undefined ? undefined : shortPath(cwd, file), globals.quiet, project);
  return file === undefined
    ? { code: exitCodes.done, data: { ...report, program: text }, text: () => text.trimEnd(), notes }
    : {
        code: exitCodes.done,
        data: { ...report, file: shortPath(cwd, file), written: project?.written ?? [] },
        text: notes,
      };
};

/** The frame of a project for a program that stands in none: in the working directory if the program lies below, else beside it. */
function projectAround(file: string, app: string, cwd: string): AdoptedProject | undefined {
  const inside = relative(cwd, file);
  const folder = inside.startsWith('..') || isAbsolute(inside) ? dirname(file) : cwd;
  if (nearestProjectFile(folder) !== undefined) {
    return undefined;
  }
  const main = relative(folder, file).split(sep).join('/');
  const { written, commands } = writeFrame(folder, app, main);
  writeFileSync(join(folder, projectFile), phoenixJson(main), { flag: 'wx' });
  return { folder: shortPath(cwd, folder), written: [...written, projectFile], commands };
}

function write(file: string, text: string, isForced: boolean, shown: string): void {
  if (existsSync(file) && !isForced) {
    throw new PhoenixError({
      code: 'adopt/exists',
      message: `${shown} exists already`,
      value: shown,
      fix: 'give another file with --to, or --force to overwrite it',
    });
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
