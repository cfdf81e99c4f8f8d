import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PhoenixError, type Problem } from '../../base/errors.js';
import { packageRoot } from '../../base/package-root.js';
import { isPlainObject } from '../../base/plain-object.js';
import { type Action, exitCodes } from '../command.js';
import { initFiles, projectName, type Template } from '../init-files.js';

type Package = Record<string, unknown>;

/**
 * Writes a new project into the working directory: all of its files, or none. A package.json that is there, as
 * `npm install` leaves one, keeps all it says and gets what it lacks.
 */
export const init: Action = ({ words, cwd }) => {
  const template = (words[0] ?? 'app') as Template;
  const name = projectName(basename(cwd));
  const { 'package.json': ownPackage = '', ...files } = initFiles(template, name, ownVersion());
  const there = existingPackage(cwd);
  refuseToOverwrite(cwd, Object.keys(files), there);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    // A file that appeared in the meantime is somebody's.
    writeFileSync(join(cwd, path), text, { flag: 'wx' });
  }
  const packageText = there === undefined ? ownPackage : completedPackage(ownPackage, there);
  writeFileSync(join(cwd, 'package.json'), packageText, { flag: there === undefined ? 'wx' : 'w' });
  const paths = ['package.json', ...Object.keys(files)];
  return {
    code: exitCodes.done,
    data: { name, template, files: paths },
    text: (style) =>
      [`${style.strong(name)}: wrote ${paths.join(', ')}`, 'Next  npm install, then npx phoenix synth'].join('\n'),
  };
};

/** Undefined if there is no package.json; null if nobody can read what is there. */
function existingPackage(cwd: string): Package | null | undefined {
  const path = join(cwd, 'package.json');
  if (!existsSync(path)) {
    return undefined;
  }
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isPlainObject(read) ? read : null;
  } catch {
    return null;
  }
}

function refuseToOverwrite(cwd: string, paths: readonly string[], there: Package | null | undefined): void {
  const problems = paths
    .filter((path) => existsSync(join(cwd, path)))
    .map((path) => inTheWay(cwd, path, `${path} exists already`, 'go to an empty folder, or move the file away'));
  if (there === null) {
    problems.unshift(inTheWay(cwd, 'package.json', 'package.json is no JSON object', 'mend it, or move it away'));
  } else if (there !== undefined && (there.type ?? 'module') !== 'module') {
    const message = `package.json says "type": ${JSON.stringify(there.type)}, and the program is an ES module`;
    problems.unshift(inTheWay(cwd, 'package.json', message, 'write "type": "module", or go to an empty folder'));
  }
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
}

function inTheWay(cwd: string, path: string, message: string, fix: string): Problem {
  return { code: 'init/exists', message, path: join(cwd, path), fix };
}

/** What is there stands: a version that `npm install` wrote may be a tarball or a folder. */
function completedPackage(own: string, there: Package | null): string {
  const ours = JSON.parse(own) as Package;
  const merged: Package = { ...ours, ...there };
  for (const key of ['scripts', 'dependencies', 'devDependencies']) {
    merged[key] = { ...(ours[key] as object), ...(there?.[key] as object | undefined) };
  }
  return `${JSON.stringify(merged, undefined, 2)}\n`;
}

function ownVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
