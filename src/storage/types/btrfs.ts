import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, flag, type LayerOf, list, required, text } from '../../model/fields.js';
import { folderPath } from '../../zfs/schema.js';
import { option } from '../option.js';
import type { ContentKind } from '../schema.js';
import { type BackupStorageProps, backupFields } from './backups.js';
import { mountPointField } from './dir.js';
import type { StorageEntryProps } from './entry.js';
import { type FileStorageProps, fileFields, type ImageFileProps, imageFileFields } from './files.js';
import { fileContent, storageType } from './storage-type.js';

/** Files and subvolumes in a folder on a Btrfs file system. */
export interface BtrfsStorageProps extends StorageEntryProps, FileStorageProps, ImageFileProps, BackupStorageProps {
  /** Folder of the storage, on a Btrfs file system that is mounted. Fixed once the storage exists. */
  readonly path: string;
  /** What may lie on it; `none` stands alone. */
  readonly content: readonly (ContentKind | 'none')[];
  /**
   * Whether the folder is used only while something is mounted on it, or on the folder that is named here.
   * @default false
   */
  readonly isMountpoint?: boolean | string;
  /**
   * Whether new disks of machines are kept out of copy-on-write. They then have no checksums, and their snapshots cost more.
   * @default false
   */
  readonly nocow?: boolean;
  /**
   * Format of new disks.
   * @default raw
   */
  readonly format?: 'raw' | 'subvol';
}

export const btrfsStorage = storageType(
  'btrfs',
  'btrfs',
  {
    path: required(option(text('Folder of the storage.', folderPath), { fixed: true })),
    content: required(list('What may lie on the storage.', choice('Kind of content.', [...fileContent, 'none']))),
    isMountpoint: mountPointField,
    nocow: flag('Whether new disks of machines are kept out of copy-on-write.'),
    format: choice('Format of new disks.', ['raw', 'subvol']),
    ...fileFields,
    ...imageFileFields,
    ...backupFields,
  },
  { over: ({ path }) => [path], folder: ({ path }) => path },
);

export type BtrfsPropsMatchTable = Assert<PropsMatch<BtrfsStorageProps, LayerOf<typeof btrfsStorage.table.fields>>>;
