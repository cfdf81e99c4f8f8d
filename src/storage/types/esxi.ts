import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, defaulted, flag, integer, type LayerOf, list, required, text } from '../../model/fields.js';
import type { SecretRef } from '../../model/secret-ref.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';
import { plainWord, secret, serverName } from './words.js';

/** Machines of a VMware ESXi host, to be imported. */
export interface EsxiStorageProps extends StorageEntryProps {
  /** Name or address of the host. */
  readonly server: string;
  /** User of the host. */
  readonly username: string;
  /** Password of the user, which Proxmox needs. It never stands in the entry or in a command. */
  readonly password: SecretRef;
  /**
   * Port of the host.
   * @default 443
   */
  readonly port?: number;
  /**
   * Whether any certificate will do.
   * @default false
   */
  readonly skipCertVerification?: boolean;
  /**
   * Whether the entry counts as one that every node has.
   * @default false
   */
  readonly shared?: boolean;
  /**
   * What lies on it.
   * @default import
   */
  readonly content?: readonly 'import'[];
}

export const esxiStorage = storageType(
  'esxi',
  'esxi',
  {
    server: required(text('Name or address of the host.', serverName)),
    username: required(text('User of the host.', plainWord)),
    password: required(secret('Password of the user.')),
    port: integer('Port of the host.', { min: 1, max: 65_535 }),
    skipCertVerification: flag('Whether any certificate will do.'),
    shared: flag('Whether the entry counts as one that every node has.'),
    content: defaulted(list('What lies on the storage.', choice('Kind of content.', ['import'])), ['import']),
  },
  { over: ({ server }) => [`ESXi host ${server}`] },
);

export type EsxiPropsMatchTable = Assert<PropsMatch<EsxiStorageProps, LayerOf<typeof esxiStorage.table.fields>>>;
