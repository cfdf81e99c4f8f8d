import { quoteWord } from '../base/shell.js';
import type { LxcBind } from './spec.js';

/**
 * One raw line a dataset that keeps the container from starting, by hand or with its host, while the dataset is not mounted: it would find
 * an empty folder there and fill its root disk.
 */
export function mountHooks(binds: readonly LxcBind[]): { key: string; value: string }[] {
  const mountpoints = new Set(binds.flatMap(({ mounted }) => (mounted === undefined ? [] : [mounted.mountpoint])));
  return [...mountpoints].sort().map((path) => ({
    key: 'lxc.hook.pre-start',
    value: `/bin/sh -c ${quoteWord(`exec mountpoint -q ${quoteWord(path)}`)} phoenix`,
  }));
}
