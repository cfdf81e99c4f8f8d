import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** A key as somebody names it: a file from the working directory on, or a fingerprint. */
export function keyFile(cwd: string, given: string): string {
  const path = resolve(cwd, given);
  return existsSync(path) ? path : given;
}
