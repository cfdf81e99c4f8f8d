import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface NewestSource {
  readonly path: string;
  readonly mtimeMs: number;
}

/** The file that was changed last among those a program may be made of. Gives up on very large projects. */
export function newestSource(root: string, output: string): NewestSource | undefined {
  const folders = [root];
  let newest: NewestSource | undefined;
  for (let looked = 0; folders.length > 0 && looked < MOST_FOLDERS; looked++) {
    const folder = folders.pop() ?? root;
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && path !== output && !/^(\.|node_modules$)/.test(entry.name)) {
        folders.push(path);
      } else if (entry.isFile() && sourceName.test(entry.name)) {
        const { mtimeMs } = statSync(path);
        newest = mtimeMs > (newest?.mtimeMs ?? 0) ? { path, mtimeMs } : newest;
      }
    }
  }
  return newest;
}

/** What cannot be read holds no source of ours. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

const MOST_FOLDERS = 2_000;

const sourceName = /\.([cm]?[jt]s|jsonc?|ya?ml|hbs)$/;
