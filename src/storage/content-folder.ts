import type { StorageSpec } from './plan.js';
import { optionValue } from './refusals.js';
import type { ContentKind } from './schema.js';

/** Where a storage of files keeps each kind of content, below its own folder. */
const usualFolders: Readonly<Record<ContentKind, string>> = {
  backup: 'dump',
  images: 'images',
  import: 'import',
  iso: 'template/iso',
  rootdir: 'private',
  snippets: 'snippets',
  vztmpl: 'template/cache',
};

/** Folder of the host that files of a kind of content lie in; undefined for storages without files, and for imported ones but `local`. */
export function contentFolder(spec: StorageSpec, kind: ContentKind): string | undefined {
  const base = spec.imported && spec.storage === 'local' ? '/var/lib/vz' : spec.folder;
  const own = optionValue(spec.options, 'content-dirs')
    ?.split(',')
    .map((entry) => entry.split('='))
    .find(([name]) => name === kind)?.[1];
  return base === undefined ? undefined : `${base}/${own ?? usualFolders[kind]}`;
}
