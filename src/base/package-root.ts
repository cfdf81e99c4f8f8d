import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lazy } from './lazy.js';

/**
 * Folder of this package, found from where the running code lies: in `src`, or bundled somewhere in `lib`.
 *
 * The only way to the package's own files, because a bundle moves code and leaves the files where they are.
 */
export const packageRoot: () => string = lazy(() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    folder = dirname(folder);
  }
  return folder;
});

/** A file that stands beside the code: below `src` in a checkout, below `lib` in the package. */
export function assetPath(path: string): string {
  const root = packageRoot();
  const code = fileURLToPath(import.meta.url).startsWith(join(root, 'lib')) ? 'lib' : 'src';
  return join(root, code, path);
}
