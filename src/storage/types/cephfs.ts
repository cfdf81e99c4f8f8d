import { configId } from '../../base/proxmox-words.js';
import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, defaulted, flag, type LayerOf, list, text } from '../../model/fields.js';
import type { SecretRef } from '../../model/secret-ref.js';
import { folderPath } from '../../zfs/schema.js';
import { option } from '../option.js';
import { type BackupStorageProps, backupFields } from './backups.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import {
  type ContentDirsProps,
  contentDirsFields,
  type FileStorageProps,
  fileFields,
  type MountOptionsProps,
  mountOptionsFields,
} from './files.js';
import { mountFolder, storageType } from './storage-type.js';
import { pathOnServer, plainWord, portalName, secret } from './words.js';

/** Files on a Ceph file system, which Proxmox mounts. It takes no disks. */
export interface CephFsStorageProps
  extends StorageEntryProps,
    FileStorageProps,
    ContentDirsProps,
    MountOptionsProps,
    BackupStorageProps,
    BandwidthProps {
  /**
   * What may lie on it.
   * @default backup
   */
  readonly content?: readonly ('backup' | 'import' | 'iso' | 'snippets' | 'vztmpl')[];
  /**
   * Folder that it is mounted on. Fixed once the storage exists.
   * @default - /mnt/pve/<storageId>
   */
  readonly path?: string;
  /**
   * Name of the file system, if the cluster has several.
   * @default - the cluster's first
   */
  readonly fsName?: string;
  /**
   * Folder within the file system.
   * @default /
   */
  readonly subdir?: string;
  /**
   * Monitors of a cluster that Proxmox does not run itself.
   * @default - the cluster of this Proxmox VE
   */
  readonly monhost?: readonly string[];
  /**
   * User of the cluster, without `client.`.
   * @default admin
   */
  readonly username?: string;
  /**
   * Secret of the user, for a cluster that Proxmox does not run itself. It never stands in the entry or in a command.
   * Without this prop the file in `/etc/pve/priv/ceph` is used as it is.
   * @default - none is set
   */
  readonly keyring?: SecretRef;
  /**
   * Whether it is mounted by FUSE instead of the kernel.
   * @default false
   */
  readonly fuse?: boolean;
}

export const cephFsStorage = storageType(
  'cephfs',
  'cephFs',
  {
    content: defaulted(
      list(
        'What may lie on the storage.',
        choice('Kind of content.', ['backup', 'import', 'iso', 'snippets', 'vztmpl']),
      ),
      ['backup'],
    ),
    path: option(text('Folder that it is mounted on.', folderPath), { fixed: true }),
    fsName: text('Name of the file system.', {
      pattern: configId,
      expects: 'two characters or more, a letter first, then letters, digits, `_` and `-`',
    }),
    subdir: pathOnServer('Folder within the file system.'),
    monhost: list('Monitors of the cluster.', text('One monitor.', portalName)),
    username: text('User of the cluster, without `client.`.', plainWord),
    keyring: secret('Secret of the user.'),
    fuse: flag('Whether it is mounted by FUSE instead of the kernel.'),
    ...mountOptionsFields,
    ...fileFields,
    ...contentDirsFields,
    ...backupFields,
    ...bandwidthFields,
  },
  {
    over: (values) => [
      `CephFS ${[...(values.monhost ?? [])].sort().join(',')}/${values.fsName ?? ''}${values.subdir ?? '/'}`,
      mountFolder(values),
    ],
    folder: mountFolder,
  },
);

export type CephFsPropsMatchTable = Assert<PropsMatch<CephFsStorageProps, LayerOf<typeof cephFsStorage.table.fields>>>;
