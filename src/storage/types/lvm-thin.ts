import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, type LayerOf, list, required, text } from '../../model/fields.js';
import { option } from '../option.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';
import { volumeGroupName } from './words.js';

/** Disks as thin logical volumes, which take space as they are filled. Of the node alone: LVM cannot share a thin pool. */
export interface LvmThinStorageProps extends StorageEntryProps, BandwidthProps {
  /** Volume group that exists. Fixed once the storage exists. */
  readonly vgname: string;
  /** Thin pool in it that exists. Fixed once the storage exists. */
  readonly thinpool: string;
  /** What may lie on it: `rootdir` for containers, `images` for machines. */
  readonly content: readonly ('images' | 'rootdir')[];
}

export const lvmThinStorage = storageType(
  'lvmthin',
  'lvmThin',
  {
    vgname: required(option(text('Volume group.', volumeGroupName), { fixed: true })),
    thinpool: required(option(text('Thin pool in the volume group.', volumeGroupName), { fixed: true })),
    content: required(list('What may lie on the storage.', choice('Kind of content.', ['images', 'rootdir']))),
    ...bandwidthFields,
  },
  { over: ({ vgname, thinpool }) => [`thin pool ${vgname}/${thinpool}`] },
);

export type LvmThinPropsMatchTable = Assert<
  PropsMatch<LvmThinStorageProps, LayerOf<typeof lvmThinStorage.table.fields>>
>;
