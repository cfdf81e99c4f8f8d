import { existsSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import type { Problem } from '../base/errors.js';
import type { Call, CommandRow } from './command.js';
import { shortPath } from './paths.js';

/** A command line, understood. */
export interface UnderstoodLine {
  readonly command: CommandRow;
  readonly call: Omit<Call, 'warn' | 'live'>;
}

/** A path that somebody gave, and how: `--key`, or the word itself. */
interface GivenPath {
  readonly flag?: string;
  readonly text: string;
  /** Absolute. */
  readonly path: string;
}

/** What Node's file system refuses, in our words. */
interface Refusal {
  readonly code: string;
  readonly message: (path: string) => string;
  readonly fix: string;
}

const noFolder: Refusal = {
  code: 'file/no-folder',
  message: (path) => `${path} is no folder`,
  fix: 'name a folder, or move the file away',
};
const noAccess: Refusal = {
  code: 'file/no-access',
  message: (path) => `${path} may not be read or written`,
  fix: 'look who owns it and what its mode is: ls -ld',
};

const refusals: Readonly<Record<string, Refusal>> = {
  ENOENT: {
    code: 'file/missing',
    message: (path) => `there is no ${path}`,
    fix: 'correct the path; a relative one starts at the working directory',
  },
  EISDIR: {
    code: 'file/is-folder',
    message: (path) => `${path} is a folder`,
    fix: 'name a file',
  },
  ENOTDIR: noFolder,
  // said of a file where a folder would be made
  'EEXIST mkdir': noFolder,
  EEXIST: {
    code: 'file/exists',
    message: (path) => `${path} exists already`,
    fix: 'name another one, or move it away',
  },
  EACCES: noAccess,
  EPERM: noAccess,
  EROFS: noAccess,
};

/**
 * What the file system refused of a path that the call gives, as a problem that names it. Undefined for everything else: a file that we
 * miss without being told of it is our own mistake.
 */
export function fileProblem(error: unknown, line: UnderstoodLine): Problem | undefined {
  if (!(error instanceof Error)) {
    return undefined;
  }
  const { code = '', syscall = '', path } = error as NodeJS.ErrnoException;
  const refusal = refusals[`${code} ${syscall}`] ?? refusals[code];
  const given = refusal === undefined ? undefined : givenPath(line, path);
  if (refusal === undefined || given === undefined) {
    return undefined;
  }
  const flag = given.flag === undefined ? '' : `${given.flag}: `;
  const what = code === 'ENOENT' ? missingPart(given, line.call.cwd) : given.text;
  return { code: refusal.code, message: `${flag}${refusal.message(what)}`, value: given.text, fix: refusal.fix };
}

/** The given path that is meant, or the nearest above it. Reading a folder fails without a path: it is the folder where a file belongs. */
function givenPath({ command, call }: UnderstoodLine, path: string | undefined): GivenPath | undefined {
  const all = givenPaths(call);
  if (path === undefined) {
    return all.find((given) => takesFile(command, given.flag) && isFolder(given.path));
  }
  return all
    .filter((given) => path === given.path || path.startsWith(`${given.path}${sep}`))
    .sort((one, other) => other.path.length - one.path.length)[0];
}

function takesFile({ options = [] }: CommandRow, flag: string | undefined): boolean {
  return options.some(({ flags }) => flags.includes(`${flag} <file>`) || flags.includes(`${flag} <key>`));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function givenPaths({ cwd, words, options, globals }: UnderstoodLine['call']): GivenPath[] {
  const flags = Object.entries({ ...options, output: globals.output }).flatMap(([name, value]) =>
    [value].flat().map((text: unknown) => ({ flag: flagOf(name), text })),
  );
  return [...flags, ...words.map((text) => ({ text }))].flatMap((given) =>
    typeof given.text === 'string' && given.text !== ''
      ? [{ ...given, text: given.text, path: resolve(cwd, given.text) }]
      : [],
  );
}

/** `passphraseFile` is `--passphrase-file`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A file cannot be written where its folder is missing. */
function missingPart({ text, path }: GivenPath, cwd: string): string {
  return existsSync(dirname(path)) ? text : `folder ${shortPath(cwd, dirname(path))}`;
}
