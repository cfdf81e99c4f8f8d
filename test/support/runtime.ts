import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const runtimeFolder = fileURLToPath(new URL('../../src/runtime', import.meta.url));

/** Every file of the runtime, such as `base/Size.pm`. */
export const runtimePaths: readonly string[] = readdirSync(runtimeFolder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(runtimeFolder.length + 1))
  .toSorted();

/** Where the file of this name lies, whatever its chapter. */
export function runtimeFile(name: string): string {
  const path = runtimePaths.find((one) => basename(one) === name);
  if (path === undefined) throw new Error(`${name} is no file of the runtime`);
  return join(runtimeFolder, path);
}

/** What perl is told before anything else, so that it finds the modules of the runtime. */
export const perlOptions = [`-I${runtimeFolder}`, '-MChapters'];
