import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, flag, type LayerOf, list, required, text } from '../../model/fields.js';
import { datasetName, folderPath } from '../../zfs/schema.js';
import type { ZfsDataset } from '../../zfs/zfs-dataset.js';
import type { ZfsPool } from '../../zfs/zfs-pool.js';
import { option } from '../option.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';

/** Disks as ZFS datasets and volumes. */
export interface ZfsPoolStorageProps extends StorageEntryProps, BandwidthProps {
  /**
   * Dataset or pool that disks are made below. Fixed once the storage exists.
   *
   * Proxmox gives each disk a `refquota` of its size; a `quota` of this dataset limits all disks together, with their snapshots.
   */
  readonly dataset: ZfsDataset | ZfsPool;
  /** What may lie on it: `rootdir` for containers, `images` for machines. A ZFS storage takes nothing else. */
  readonly content: readonly ('images' | 'rootdir')[];
  /**
   * Whether disks of machines take space only as they are filled.
   * @default - no; disks reserve their space
   */
  readonly sparse?: boolean;
  /**
   * Block size of new disks of machines.
   * @default - 16k
   */
  readonly blocksize?: '4k' | '8k' | '16k' | '32k' | '64k' | '128k';
  /**
   * Folder that `dataset` is mounted on.
   * @default - Proxmox asks ZFS when the storage is made
   */
  readonly mountpoint?: string;
}

export const zfsPoolStorage = storageType(
  'zfspool',
  'zfsPool',
  {
    dataset: required(option(text('Dataset that disks are made below.', datasetName), { name: 'pool', fixed: true })),
    content: required(list('What may lie on the storage.', choice('Kind of content.', ['images', 'rootdir']))),
    sparse: flag('Whether disks of machines take space only as they are filled.'),
    blocksize: choice('Block size of new disks of machines.', ['4k', '8k', '16k', '32k', '64k', '128k']),
    mountpoint: text('Folder that the dataset is mounted on.', folderPath),
    ...bandwidthFields,
  },
  { over: ({ dataset }) => [`dataset ${dataset}`] },
);

export type ZfsPoolPropsMatchTable = Assert<
  PropsMatch<ZfsPoolStorageProps, LayerOf<typeof zfsPoolStorage.table.fields>>
>;
