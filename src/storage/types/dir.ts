import * as z from 'zod';
import type { Assert, PropsMatch } from '../../model/equality.js';
import type { LayerOf } from '../../model/fields.js';
import { choice, custom, flag, list, required, text } from '../../model/fields.js';
import { folderPath } from '../../zfs/schema.js';
import type { ZfsDataset } from '../../zfs/zfs-dataset.js';
import { option } from '../option.js';
import type { ContentKind } from '../schema.js';
import { type BackupStorageProps, backupFields } from './backups.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import {
  type ContentDirsProps,
  contentDirsFields,
  type FileStorageProps,
  fileFields,
  type ImageFileProps,
  imageFileFields,
  type VolumeChainProps,
  volumeChainFields,
} from './files.js';
import { fileContent, storageType } from './storage-type.js';

/** Files in a folder of the host. */
export interface DirStorageProps
  extends StorageEntryProps,
    FileStorageProps,
    ContentDirsProps,
    ImageFileProps,
    VolumeChainProps,
    BackupStorageProps,
    BandwidthProps {
  /**
   * Dataset whose folder it is. Proxmox then uses the storage only while the dataset is mounted.
   * @default - none; give `path`
   */
  readonly dataset?: ZfsDataset;
  /**
   * Folder of the storage. Fixed once the storage exists.
   * @default - the folder that `dataset` is mounted on
   */
  readonly path?: string;
  /** What may lie on it; `none` stands alone. */
  readonly content: readonly (ContentKind | 'none')[];
  /**
   * Whether the folder is used only while something is mounted on it, or on the folder that is named here.
   * @default - the folder of `dataset` if there is one, otherwise false
   */
  readonly isMountpoint?: boolean | string;
  /**
   * Whether every node sees the same files at this path, because a file system of the network is mounted there. Proxmox shares nothing by
   * itself, so never for a folder on the node's own disks: a migration would leave the disks behind.
   * @default false
   */
  readonly shared?: boolean;
  /**
   * Format of new disks of machines.
   * @default raw
   */
  readonly format?: 'raw' | 'qcow2' | 'vmdk' | 'subvol';
}

/** Yes, no, or the folder that has to be a mount point. */
export const mountPointField = option(
  custom<boolean | string>(
    'Whether the folder is used only while something is mounted on it, or on the folder named here.',
    'true, false or an absolute path',
    () => z.union([z.boolean(), z.string().regex(folderPath.pattern)]),
  ),
  { name: 'is_mountpoint', words: ['yes', 'no'] },
);

export const dirStorage = storageType(
  'dir',
  'dir',
  {
    path: required(option(text('Folder of the storage.', folderPath), { fixed: true })),
    content: required(list('What may lie on the storage.', choice('Kind of content.', [...fileContent, 'none']))),
    isMountpoint: mountPointField,
    shared: flag('Whether every node sees the same files at this path.'),
    format: choice('Format of new disks of machines.', ['raw', 'qcow2', 'vmdk', 'subvol']),
    ...fileFields,
    ...contentDirsFields,
    ...imageFileFields,
    ...volumeChainFields,
    ...backupFields,
    ...bandwidthFields,
  },
  { over: ({ path }) => [path], folder: ({ path }) => path },
);

export type DirPropsMatchTable = Assert<
  PropsMatch<Omit<DirStorageProps, 'dataset'>, LayerOf<typeof dirStorage.table.fields>>
>;
