import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, defaulted, type LayerOf, list, required, text } from '../../model/fields.js';
import { option } from '../option.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';
import { plainWord, portalName } from './words.js';

/** Units (LUNs) of an iSCSI target, which have to be made on the target. */
export interface IscsiStorageProps extends StorageEntryProps, BandwidthProps {
  /** Name or address of the target's server, with a port if it is not 3260. Fixed once the storage exists. */
  readonly portal: string;
  /** Name of the target: `iqn.2003-01.org.linux-iscsi.san:disks`. Fixed once the storage exists. */
  readonly target: string;
  /**
   * `images` if machines use the units as disks, `none` if only LVM lies on them.
   * @default images
   */
  readonly content?: readonly ('images' | 'none')[];
}

const iscsiFields = {
  portal: required(option(text('Server of the target.', portalName), { fixed: true })),
  target: required(option(text('Name of the target.', plainWord), { fixed: true })),
  content: defaulted(list('What may lie on the storage.', choice('Kind of content.', ['images', 'none'])), ['images']),
  ...bandwidthFields,
};

const over = ({ portal, target }: { readonly portal: string; readonly target: string }) => [
  `iSCSI target ${portal} ${target}`,
];

/** The node logs in to the target, and the kernel has the units. */
export const iscsiStorage = storageType('iscsi', 'iscsi', iscsiFields, { over });

/** Each machine's QEMU logs in for itself. */
export const iscsiDirectStorage = storageType('iscsidirect', 'iscsiDirect', iscsiFields, { over });

export type IscsiPropsMatchTable = Assert<PropsMatch<IscsiStorageProps, LayerOf<typeof iscsiStorage.table.fields>>>;
