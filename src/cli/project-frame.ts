import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isPlainObject } from '../base/plain-object.js';
import { frameFiles } from './init-files.js';
import { ownVersion } from './own-version.js';

/** What was done so that a program can run, and what is left to be typed in its folder. */
export interface ProjectFrame {
  /** Paths of files that were not there before. */
  readonly written: readonly string[];
  readonly commands: readonly string[];
}

/**
 * Writes what a project needs beside its program, as `phoenix init` does. A file that is there stays as it is; what a package.json of
 * somebody lacks is told as commands. `main` is the path of the program with `/`.
 */
export function writeFrame(folder: string, name: string, main: string): ProjectFrame {
  const there = packageIn(folder);
  const files = Object.entries(frameFiles(name, ownVersion(), posix.dirname(main))).filter(
    ([path]) => !existsSync(join(folder, path)),
  );
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of files) {
    writeFileSync(join(folder, path), text, { flag: 'wx' });
  }
  return { written: files.map(([path]) => path), commands: there === undefined ? ['npm install'] : completing(there) };
}

/** Undefined if there is none. What nobody can read lacks everything; npm says what is wrong with it. */
function packageIn(folder: string): Readonly<Record<string, unknown>> | undefined {
  const path = join(folder, 'package.json');
  if (!existsSync(path)) {
    return undefined;
  }
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isPlainObject(read) ? read : {};
  } catch {
    return {};
  }
}

/** Packages that a project needs, in words that every shell hands on as they are. */
const needed = {
  dependencies: { constructs: 'constructs@10', 'phoenix-cdk': 'phoenix-cdk' },
  devDependencies: { tsx: 'tsx@4', typescript: 'typescript@6', '@types/node': '@types/node@20' },
};

/** What brings somebody's package to the point where it runs the program. */
function completing(there: Readonly<Record<string, unknown>>): string[] {
  const has = { ...plain(there['dependencies']), ...plain(there['devDependencies']) };
  const lacking = (packages: Readonly<Record<string, string>>) =>
    Object.entries(packages).flatMap(([name, spec]) => (name in has ? [] : [spec]));
  const [own, dev] = [lacking(needed.dependencies), lacking(needed.devDependencies)];
  return [
    // the program is an ES module
    ...(there['type'] === 'module' ? [] : ['npm pkg set type=module']),
    ...(own.length === 0 ? [] : [`npm install ${own.join(' ')}`]),
    ...(dev.length === 0 ? [] : [`npm install --save-dev ${dev.join(' ')}`]),
    ...(own.length + dev.length === 0 ? ['npm install'] : []),
  ];
}

function plain(value: unknown): object {
  return isPlainObject(value) ? value : {};
}

/** Commands to be typed one after the other, in the working directory; the last one synthesizes. */
export function nextText(folder: string, commands: readonly string[]): string {
  const all = [...(folder === '.' ? [] : [`cd ${/\s/.test(folder) ? `"${folder}"` : folder}`]), ...commands];
  return ['Next', ...all, 'npx phoenix synth'].map((line, at) => (at === 0 ? line : `  ${line}`)).join('\n');
}
