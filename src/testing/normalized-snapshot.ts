import type { App } from '../core/app.js';
import { synthesized } from './synthesized.js';

/**
 * The files of an app's assembly by path, in path order, fit to be kept as a snapshot: digests stand as `<digest>`, and
 * what another version of this library changes by being another version (its number, the applier, the manifest) is
 * left out.
 */
export function normalizedSnapshot(app: App): Readonly<Record<string, string>> {
  const files = [...synthesized(app).files].filter(([path]) => path !== 'manifest.json');
  return Object.fromEntries(files.map(([path, text]) => [path, text.replaceAll(/\b[0-9a-f]{64}\b/g, '<digest>')]));
}
