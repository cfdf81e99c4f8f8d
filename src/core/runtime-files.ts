import { readFileSync } from 'node:fs';
import { lazy } from '../base/lazy.js';
import { assetPath, assetsBelow } from '../base/package-root.js';
import type { Artifact } from '../model/artifact.js';

/** The applier and the library it reads, as files of an assembly. */
export const runtimeFiles: () => readonly Artifact[] = lazy(() =>
  assetsBelow('runtime').map((path) => ({
    path: path === 'applier' ? path : `runtime/${path}`,
    text: readFileSync(assetPath(`runtime/${path}`), 'utf8'),
    executable: path === 'applier',
  })),
);
