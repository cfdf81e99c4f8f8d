import * as z from 'zod';
import { custom, type Field } from '../../model/fields.js';
import { storageId } from '../../storage/schema.js';

/** A folder for snippets, and the storage that it belongs to. */
export interface SnippetsPlace {
  readonly storage: string;
  /** Undefined where the program does not know it. */
  readonly folder?: string | undefined;
  /** Whether the storage is known not to take snippets. */
  readonly refuses: boolean;
}

/** What has such a folder: a Storage. */
interface WithSnippets {
  readonly snippets: SnippetsPlace;
}

/** The storage of every node, as Proxmox sets it up. */
export const localSnippets: SnippetsPlace = { storage: 'local', folder: '/var/lib/vz/snippets', refuses: false };

const base = custom<SnippetsPlace>(
  'Storage that the documents lie on.',
  "a Storage, or 'local'",
  () =>
    z.strictObject({
      storage: z.string().regex(storageId.pattern),
      folder: z.string().optional(),
      refuses: z.boolean(),
    }) as unknown as z.ZodType<SnippetsPlace>,
);

/** The storage of the documents; its place goes into the layer, because a name alone does not tell the folder. */
export const snippetsField: Field<SnippetsPlace, 'optional'> = {
  ...base,
  refers: 'storage',
  authored: () => z.string().min(1),
  normalise: (value) => (value === 'local' ? localSnippets : hasSnippets(value) ? value.snippets : value),
};

function hasSnippets(value: unknown): value is WithSnippets {
  return typeof value === 'object' && value !== null && 'snippets' in value;
}
