import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, defaulted, integer, type LayerOf, list, required, text } from '../../model/fields.js';
import type { SecretRef } from '../../model/secret-ref.js';
import { option } from '../option.js';
import { type BackupStorageProps, backupFields } from './backups.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';
import { secret, serverName } from './words.js';

/** Backups on a Proxmox Backup Server. */
export interface PbsStorageProps extends StorageEntryProps, BackupStorageProps {
  /** Name or address of the server. Fixed once the storage exists. */
  readonly server: string;
  /** Datastore on the server. Fixed once the storage exists. */
  readonly datastore: string;
  /**
   * Namespace in the datastore, as `a/b`.
   * @default - the root namespace
   */
  readonly namespace?: string;
  /**
   * User or token: `backup@pbs`, `backup@pbs!pve`.
   * @default root@pam
   */
  readonly username?: string;
  /**
   * Password, or the secret of the token. It never stands in the entry or in a command. Without this prop the password
   * that was given by hand (`pvesm set`) stays.
   * @default - none is set
   */
  readonly password?: SecretRef;
  /**
   * SHA-256 of the server's certificate: 32 pairs of hexadecimal digits with colons.
   * @default - the certificate has to be one that the node trusts
   */
  readonly fingerprint?: string;
  /**
   * Key that backups are encrypted with before they leave the node. Backups without their key are lost: a key that the storage has from
   * somebody else is never replaced.
   * @default - not encrypted, or with the key that was given by hand
   */
  readonly encryptionKey?: SecretRef;
  /**
   * Public RSA key that the encryption key is stored with each backup under.
   * @default - none
   */
  readonly masterPubkey?: SecretRef;
  /**
   * Port of the server.
   * @default 8007
   */
  readonly port?: number;
  /**
   * What may lie on it; `none` stands alone.
   * @default backup
   */
  readonly content?: readonly ('backup' | 'none')[];
}

export const pbsStorage = storageType(
  'pbs',
  'pbs',
  {
    server: required(option(text('Name or address of the server.', serverName), { fixed: true })),
    datastore: required(
      option(
        text('Datastore on the server.', {
          pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]*$/,
          expects: 'a name of letters, digits, `.`, `_` and `-`',
        }),
        { fixed: true },
      ),
    ),
    namespace: text('Namespace in the datastore.', {
      pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,6}$/,
      expects: 'up to seven names with `/` between them',
    }),
    username: text('User or token.', {
      pattern: /^[^\s:/]+@[A-Za-z][A-Za-z0-9._-]*(![A-Za-z0-9_][A-Za-z0-9._-]*)?$/,
      expects: 'a user with its realm, such as `backup@pbs`, or a token, such as `backup@pbs!pve`',
    }),
    password: secret('Password or secret of the token.'),
    fingerprint: text("SHA-256 of the server's certificate.", {
      pattern: /^([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}$/,
      expects: '32 pairs of hexadecimal digits with colons',
    }),
    encryptionKey: secret('Key that backups are encrypted with.'),
    masterPubkey: secret('Key over the encryption keys.'),
    port: integer('Port of the server.', { min: 1, max: 65_535 }),
    content: defaulted(list('What may lie on the storage.', choice('Kind of content.', ['backup', 'none'])), [
      'backup',
    ]),
    ...backupFields,
  },
  {
    over: ({ server, port, datastore, namespace }) => [
      `datastore ${server}:${port ?? 8007}/${datastore}/${namespace ?? ''}`,
    ],
  },
);

export type PbsPropsMatchTable = Assert<PropsMatch<PbsStorageProps, LayerOf<typeof pbsStorage.table.fields>>>;
