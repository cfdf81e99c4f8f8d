import { nodeName } from '../../base/proxmox-words.js';
import { defaulted, flag, list, required, text } from '../../model/fields.js';
import { type RemovalPolicy, removalField } from '../../model/removal.js';
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
  /**
   * What may become of the entry once it left the program, or is told to go. `'destroy'`: `applier destroy` and `applier apply --prune`
   * may remove it from storage.cfg, if the applier made it, nobody changed it since and no guest uses it. What lies on it stays.
   * `'retain'`: nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

export const entryFields = {
  storageId: required(option(text('Name of the storage.', storageId), { name: false })),
  nodes: list(
    'Names of the nodes that have the storage.',
    text('Name of a node.', {
      pattern: nodeName,
      expects: 'the name of a node: letters, digits and `-`',
    }),
  ),
  disable: flag('Whether the storage is switched off.'),
  removalPolicy: defaulted(option(removalField('the entry'), { name: false }), 'retain'),
};

export type EntryFields = typeof entryFields;
