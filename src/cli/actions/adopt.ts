import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import { adoptedProgram } from '../../toolkit/adopt/program.js';
import { readHost } from '../../toolkit/adopt/read-host.js';
import { adoptReport } from '../../toolkit/adopt/report.js';
import { type Action, exitCodes } from '../command.js';
import { projectName } from '../init-files.js';
import { shortPath } from '../paths.js';
import { adoptedText } from '../print-adopt.js';

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
  const notes = adoptedText(
    report,
    file === undefined ? undefined : shortPath(cwd, file),
    globals.quiet,
    existsSync(join(cwd, 'phoenix.json')),
  );
  return file === undefined
    ? { code: exitCodes.done, data: { ...report, program: text }, text: () => text.trimEnd(), notes }
    : { code: exitCodes.done, data: { ...report, file: shortPath(cwd, file) }, text: notes };
};

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
