import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { packageRoot } from '../../base/package-root.js';
import { type Action, exitCodes } from '../command.js';
import { initFiles, projectName, type Template } from '../init-files.js';

/** Writes a new project into the working directory: all of its files, or none. */
export const init: Action = ({ words, cwd }) => {
  const template = (words[0] ?? 'app') as Template;
  const name = projectName(basename(cwd));
  const files = initFiles(template, name, ownVersion());
  refuseToOverwrite(cwd, Object.keys(files));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    // A file that appeared in the meantime is somebody's.
    writeFileSync(join(cwd, path), text, { flag: 'wx' });
  }
  const paths = Object.keys(files);
  return {
    code: exitCodes.done,
    data: { name, template, files: paths },
    text: (style) =>
      [`${style.strong(name)}: wrote ${paths.join(', ')}`, 'Next  npm install, then npx phoenix synth'].join('\n'),
  };
};

function refuseToOverwrite(cwd: string, paths: readonly string[]): void {
  const problems = paths
    .filter((path) => existsSync(join(cwd, path)))
    .map(
      (path): Problem => ({
        code: 'init/exists',
        message: `${path} exists already`,
        path: join(cwd, path),
        fix: 'go to an empty folder, or move the file away',
      }),
    );
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}

function ownVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
