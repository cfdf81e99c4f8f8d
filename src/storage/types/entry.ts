import { flag, list, required, text } from '../../model/fields.js';
import { option } from '../option.js';
import { storageId } from '../schema.js';

/** What every entry of storage.cfg may say. */
export interface StorageEntryProps {
  /**
   * Name of the storage.
   * @default - the construct's id
   */
  readonly storageId?: string;
  /**
   * Names of the nodes that have the storage; the others do not look for it.
   * @default - all nodes of the cluster
   */
  readonly nodes?: readonly string[];
  /**
   * Whether the storage is switched off: its volumes stay, and nothing can use them.
   * @default false
   */
  readonly disable?: boolean;
}

export const entryFields = {
  storageId: required(option(text('Name of the storage.', storageId), { name: false })),
  nodes: list(
    'Names of the nodes that have the storage.',
    text('Name of a node.', {
      pattern: /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/,
      expects: 'the name of a node: letters, digits and `-`',
    }),
  ),
  disable: flag('Whether the storage is switched off.'),
};

export type EntryFields = typeof entryFields;
