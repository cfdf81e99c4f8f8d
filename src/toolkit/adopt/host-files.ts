import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareText } from '../../base/stable.js';

/** Files of a host, wherever they come from. Paths are relative, with `/`; the empty one is where everything lies. */
export interface HostFiles {
  /** What people know the whole by. */
  readonly name: string;
  /** Whether there is a file or folder. */
  readonly has: (path: string) => boolean;
  /** Text of a file; empty if there is none. */
  readonly text: (path: string) => string;
  /** Names in a folder, sorted; none if it is not there. */
  readonly names: (folder: string) => string[];
  /** Names of the folders in a folder, sorted. */
  readonly folders: (folder: string) => string[];
  /** What was left out of a file, by name. */
  readonly withheld: (path: string) => readonly string[];
}

/** The files in a folder of this machine. */
export function filesIn(root: string): HostFiles {
  const names = (folder: string) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort(compareText) : [];
  const text = (path: string) => {
    const place = join(root, path);
    return existsSync(place) && statSync(place).isFile() ? readFileSync(place, 'utf8') : '';
  };
  return {
    name: root,
    has: (path) => existsSync(join(root, path)),
    text,
    names,
    folders: (folder) => names(folder).filter((name) => statSync(join(root, folder, name)).isDirectory()),
    withheld: () => [],
  };
}
