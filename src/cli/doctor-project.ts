import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { PhoenixError } from '../base/errors.js';
import { packageRoot } from '../base/package-root.js';
import { alteredFiles } from '../toolkit/altered-files.js';
import { isAssembly, openAssembly } from '../toolkit/assembly.js';
import { readAppCommand } from './app-command.js';
import type { Check } from './doctor-check.js';
import { findOnPath } from './doctor-machine.js';
import { count } from './print-problems.js';
import type { Project } from './project.js';

/** Whether something says how the program is run, and what it starts is there. */
export function checkAppCommand(project: Project): Check {
  const name = 'app';
  if (project.app === undefined) {
    return {
      name,
      status: 'fail',
      message: 'nothing says how to run the program',
      fix: 'run `phoenix init`, or write phoenix.json',
    };
  }
  const command = readAppCommand(project.app, process.platform);
  if (command.shellLine !== undefined) {
    return { name, status: 'ok', message: `${command.shellLine} (in a shell)` };
  }
  const { file, words } = command;
  const isThere = findOnPath(/[\\/]/.test(file) ? resolve(project.root, file) : file) !== undefined;
  return isThere
    ? { name, status: 'ok', message: [file, ...words].join(' ') }
    : {
        name,
        status: 'fail',
        message: `${file} is not to be found`,
        fix: 'install it, or correct `app` in phoenix.json',
      };
}

/** Whether the project has the library installed, in the version of this command line. */
export function checkLibrary(project: Project): Check {
  const name = 'library';
  const own = versionIn(join(packageRoot(), 'package.json'));
  const file = installedLibrary(project.root);
  if (file === undefined) {
    return { name, status: 'fail', message: 'phoenix-cdk is not installed in the project', fix: 'run `npm install`' };
  }
  const version = versionIn(file);
  return version === own
    ? { name, status: 'ok', message: `phoenix-cdk ${version}` }
    : {
        name,
        status: 'warn',
        message: `the project has phoenix-cdk ${version}, this is ${own}`,
        fix: 'run `npx phoenix` in the project',
      };
}

/** Whether pinned values would survive on another machine. */
export function checkLockFile({ root }: Project): Check {
  const name = 'lock file';
  const file = 'phoenix.lock.json';
  if (!existsSync(join(root, file))) {
    return { name, status: 'ok', message: 'nothing is pinned' };
  }
  const git = (...words: readonly string[]) => spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  if (git('rev-parse').status !== 0) {
    return {
      name,
      status: 'warn',
      message: 'the project is in no git repository',
      fix: `keep ${file} with the program`,
    };
  }
  const { status, stdout } = git('status', '--porcelain', '--ignored', '--', file);
  return status === 0 && stdout === ''
    ? { name, status: 'ok', message: 'committed' }
    : { name, status: 'warn', message: `${file} is not committed as it is`, fix: `run \`git add ${file}\` and commit` };
}

/** Whether there is an assembly, and its files are as the synth wrote them. */
export function checkAssembly({ output }: Project): Check {
  const name = 'assembly';
  if (!isAssembly(output)) {
    return { name, status: 'warn', message: `there is none in ${output}`, fix: 'run `phoenix synth`' };
  }
  try {
    const assembly = openAssembly(output);
    const altered = alteredFiles(assembly);
    return altered.length === 0
      ? { name, status: 'ok', message: `${count(assembly.manifest.files.length + 1, 'file')}, all as written` }
      : {
          name,
          status: 'fail',
          message: `${count(altered.length, 'file')} not as written: ${altered[0]?.path}`,
          fix: 'run `phoenix synth`',
        };
  } catch (error) {
    if (!PhoenixError.isPhoenixError(error)) {
      throw error;
    }
    return { name, status: 'fail', message: error.problems[0]?.message ?? '', fix: error.problems[0]?.fix ?? '' };
  }
}

function installedLibrary(root: string): string | undefined {
  try {
    return createRequire(join(root, 'package.json')).resolve('phoenix-cdk/package.json');
  } catch {
    return undefined;
  }
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
