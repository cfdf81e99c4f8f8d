import { readdirSync, readFileSync } from 'node:fs';
import { lazy } from '../base/lazy.js';
import { assetPath } from '../base/package-root.js';
import { compareText } from '../base/stable.js';
import type { Artifact } from '../model/artifact.js';

/** The applier and the library it reads, as files of an assembly. */
export const runtimeFiles: () => readonly Artifact[] = lazy(() =>
  runtimePaths().map((path) => ({
    path: path === 'applier' ? path : `runtime/${path}`,
    text: readFileSync(assetPath(`runtime/${path}`), 'utf8'),
    executable: path === 'applier',
  })),
);

/** The same files by their paths below the folder of the runtime. */
export const runtimePaths = (): readonly string[] => filesBelow('');

function filesBelow(path: string): string[] {
  return readdirSync(assetPath(`runtime/${path}`), { withFileTypes: true })
    .sort((a, b) => compareText(a.name, b.name))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(`${path}${entry.name}/`) : [`${path}${entry.name}`]));
}
