import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '../bench.js';

/** A folder that stands for `/` and holds these files; `-> PATH` is a link, also to itself, which nobody can look through. */
export function root(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), place);
    else writeFileSync(place, text);
  }
  return folder;
}

/** The text of a file that nobody can look at, for root either: a link to itself. */
export const blind = (path: string) => `-> ${path.slice(path.lastIndexOf('/') + 1)}`;
