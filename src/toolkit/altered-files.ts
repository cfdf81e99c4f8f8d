import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Problem } from '../base/errors.js';
import { compareText, sha256 } from '../base/stable.js';
import { signatureFile } from '../model/artifact.js';
import type { Manifest } from '../model/manifest.js';
import type { Assembly } from './assembly.js';

/** Whether there is a signature, good or bad. */
export function isSigned(folder: string): boolean {
  return lstatSync(join(folder, signatureFile), { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Every file that is not as the manifest says, and every one that it does not list, as `assembly/altered`. Finds accidents, not forgers: who
 * changes a file can change its hash. The applier looks for the same once more where it runs.
 */
export function alteredFiles({ folder, manifest }: Assembly): Problem[] {
  const listed = new Map(manifest.files.map((file) => [file.path, file]));
  const wrong = manifest.files.map((file) => [file.path, wrongWith(join(folder, file.path), file)] as const);
  const extra = filesBelow(folder)
    .filter((path) => !listed.has(path) && path !== 'manifest.json' && path !== signatureFile)
    .map((path) => [path, 'is not of this assembly'] as const);
  return [...wrong, ...extra]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([path, message]) => (message === undefined ? [] : [{ code: 'assembly/altered', message, path, fix }]));
}

const fix = 'run `phoenix synth`; what was edited by hand belongs into the program, and other files to another place';

function wrongWith(place: string, file: Manifest['files'][number]): string | undefined {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats === undefined) {
    return 'is missing';
  }
  if (!stats.isFile()) {
    return 'is no plain file';
  }
  if (sha256(readFileSync(place)) !== file.sha256) {
    return 'has other bytes than the synth wrote';
  }
  return isExecutable(stats) === (file.mode === '0755') || process.platform === 'win32'
    ? undefined
    : `has not the mode ${file.mode}`;
}

function isExecutable(stats: Stats): boolean {
  return (stats.mode & 0o100) !== 0;
}

/** Everything but folders, with `/` on every system. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
}
