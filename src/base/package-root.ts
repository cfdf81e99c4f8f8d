import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lazy } from './lazy.js';
import { compareText } from './stable.js';

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

/** The files below such a folder, by their paths in it. */
export function assetsBelow(folder: string): string[] {
  return readdirSync(assetPath(folder), { withFileTypes: true })
    .sort((a, b) => compareText(a.name, b.name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? assetsBelow(`${folder}/${entry.name}`).map((path) => `${entry.name}/${path}`)
        : [entry.name],
    );
}
