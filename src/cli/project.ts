import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PhoenixError, type Problem } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { Call } from './command.js';

/** Name of the file that says how a project's program is run. */
export const projectFile = 'phoenix.json';

/** What the command line works on. */
export interface Project {
  /** Folder that the program runs in and that its relative paths refer to: that of phoenix.json, or the working directory. */
  readonly root: string;
  /** Absolute path of phoenix.json, if there is one. */
  readonly file: string | undefined;
  /** Command of the program; undefined if neither phoenix.json nor the command line gives one. */
  readonly app: string | readonly string[] | undefined;
  /** Folder of the assembly. Absolute. */
  readonly output: string;
  /** Folder of the vault, if phoenix.json says; else it is the program's to say. Absolute. */
  readonly vault: string | undefined;
  /** Files with the public keys of those who may sign an assembly, if it has to be signed before it is run. Absolute. */
  readonly signers: readonly string[] | undefined;
}

/**
 * The project that the working directory lies in, with what the command line overrides.
 * @throws `project/invalid` with everything that is wrong with phoenix.json
 */
export function readProject({ cwd, globals }: Call): Project {
  const file = nearestProjectFile(cwd);
  const root = file === undefined ? cwd : dirname(file);
  const settings = file === undefined ? {} : readSettings(file);
  return {
    root,
    file,
    app: globals.app ?? settings.app,
    output: globals.output === undefined ? resolve(root, settings.output ?? 'cdk.out') : resolve(cwd, globals.output),
    vault: settings.vault === undefined ? undefined : resolve(root, settings.vault),
    signers: settings.signers?.map((path) => resolve(root, path)),
  };
}

interface Settings {
  readonly app?: string | readonly string[];
  readonly output?: string;
  readonly vault?: string;
  readonly signers?: readonly string[];
}

/** Path of phoenix.json in a folder or above it, if there is one. */
export function nearestProjectFile(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, projectFile);
    if (existsSync(file)) {
      return file;
    }
    if (dirname(folder) === folder) {
      return undefined;
    }
  }
}

/** A few keys are checked faster by hand than by a library that takes longer to load than the rest of the program. */
const settings: Readonly<Record<string, { readonly fits: (value: unknown) => boolean; readonly form: string }>> = {
  app: { fits: isCommand, form: 'a command as text, or as a list of words' },
  output: { fits: isText, form: 'the path of a folder' },
  vault: { fits: isText, form: 'the path of a folder' },
  signers: { fits: isTexts, form: 'a list of files with public keys' },
};

function readSettings(file: string): Settings {
  const value = parse(file);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PhoenixError(invalid(file, 'it is no JSON object', value));
  }
  const problems = Object.entries(value).flatMap(([key, given]) => settingProblem(file, key, given));
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return value;
}

function settingProblem(file: string, key: string, given: unknown): Problem[] {
  const setting = settings[key];
  if (setting === undefined) {
    const near = nearest(key, Object.keys(settings));
    const known = Object.keys(settings).join(', ');
    const fix = near === undefined ? `the keys are ${known}` : `did you mean \`${near}\`?`;
    return [{ ...invalid(file, `\`${key}\` is no key of ${projectFile}`, key), fix }];
  }
  return setting.fits(given) ? [] : [invalid(file, `\`${key}\` has to be ${setting.form}`, given)];
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new PhoenixError(invalid(file, error instanceof Error ? error.message : String(error), undefined));
  }
}

function isCommand(value: unknown): boolean {
  return isText(value) || isTexts(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

function invalid(file: string, message: string, value: unknown): Problem {
  const fix = `write { "app": "node --import tsx src/main.ts" }`;
  return { code: 'project/invalid', message, path: file, ...(value === undefined ? {} : { value }), fix };
}
