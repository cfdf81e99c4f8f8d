import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lazy } from '../base/lazy.js';
import { compareText } from '../base/stable.js';
import type { Artifact } from '../model/artifact.js';

/** Folder of the shell library within this package; beside the compiled code as beside the source. */
const folder = fileURLToPath(new URL('../runtime/', import.meta.url));

/** The applier and the library it reads, as files of an assembly. */
export const runtimeFiles: () => readonly Artifact[] = lazy(() =>
  filesBelow('').map((path) => ({
    path: path === 'applier' ? path : `runtime/${path}`,
    text: readFileSync(`${folder}${path}`, 'utf8'),
    executable: path === 'applier',
  })),
);

function filesBelow(path: string): string[] {
  return readdirSync(`${folder}${path}`)
    .sort(compareText)
    .flatMap((name) =>
      statSync(`${folder}${path}${name}`).isDirectory() ? filesBelow(`${path}${name}/`) : [`${path}${name}`],
    );
}
