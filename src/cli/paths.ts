import { relative } from 'node:path';

/** The path as people in the working directory would write it: relative if it lies below, absolute otherwise. */
export function shortPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
