import type { Fields, SpecOf } from '../../model/fields.js';
import { type Table, table } from '../../model/layer.js';
import type { ContentKind } from '../schema.js';
import { type EntryFields, entryFields } from './entry.js';

/** A type of storage: what its entry may say, and what it lies over. */
export interface StorageType<F extends Fields = Fields> {
  /** Proxmox's word for it: `nfs`. */
  readonly type: string;
  readonly table: Table<F & EntryFields>;
  /** What it lies over. Two storages over one thing see each other's volumes under two names. */
  readonly over: (values: SpecOf<F & EntryFields>) => readonly string[];
  /** Folder on the host, for types that keep files. */
  readonly folder?: (values: SpecOf<F & EntryFields>) => string;
}

/** The type `type`, made by `Storage.<maker>`, with the fields of its own beside those of every entry. */
export function storageType<F extends Fields & { readonly content: Fields[string] }>(
  type: string,
  maker: string,
  fields: F,
  lies: Pick<StorageType<F>, 'over' | 'folder'>,
): StorageType<F> {
  return { type, table: table(`Storage.${maker}`, { ...entryFields, ...fields }), ...lies };
}

/** Where Proxmox mounts a storage of the network, unless it is told. */
export function mountFolder(values: { readonly storageId: string; readonly path?: string | undefined }): string {
  return values.path ?? `/mnt/pve/${values.storageId}`;
}

/** What may lie on a storage of files. */
export const fileContent = [
  'backup',
  'images',
  'import',
  'iso',
  'rootdir',
  'snippets',
  'vztmpl',
] as const satisfies readonly ContentKind[];
