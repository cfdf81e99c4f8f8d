import * as z from 'zod';
import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, custom, flag, type LayerOf, list, required, text } from '../../model/fields.js';
import { option } from '../option.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';
import { volumeGroupName } from './words.js';

/** Disks as logical volumes, each taking its whole size at once. */
export interface LvmStorageProps extends StorageEntryProps, BandwidthProps {
  /** Volume group that exists. Fixed once the storage exists. */
  readonly vgname: string;
  /** What may lie on it: `rootdir` for containers, `images` for machines. */
  readonly content: readonly ('images' | 'rootdir')[];
  /**
   * Whether every node reaches the same disks, over iSCSI or Fibre Channel. Never for disks of the node itself.
   * @default false
   */
  readonly shared?: boolean;
  /**
   * Whether a removed disk is overwritten with zeros first.
   * @default false
   */
  readonly saferemove?: boolean;
  /**
   * How much is overwritten at once, in MiB. From Proxmox VE 9.0 on.
   * @default 32
   */
  readonly saferemoveStepsize?: 1 | 2 | 4 | 8 | 16 | 32;
  /**
   * How fast is overwritten, in bytes a second: `10485760`. A negative number is the most that `cstream -t` waits for.
   * @default - 10 MiB a second
   */
  readonly saferemoveThroughput?: string;
  /**
   * Whether only logical volumes are shown that Proxmox has tagged with their guests.
   * @default false
   */
  readonly taggedOnly?: boolean;
  /**
   * Whether a snapshot is a qcow2 disk on top of the last one. From Proxmox VE 9.0 on.
   * @default false
   */
  readonly snapshotAsVolumeChain?: boolean;
}

export const lvmStorage = storageType(
  'lvm',
  'lvm',
  {
    vgname: required(option(text('Volume group.', volumeGroupName), { fixed: true })),
    content: required(list('What may lie on the storage.', choice('Kind of content.', ['images', 'rootdir']))),
    shared: flag('Whether every node reaches the same disks.'),
    saferemove: flag('Whether a removed disk is overwritten with zeros first.'),
    saferemoveStepsize: option(
      custom<1 | 2 | 4 | 8 | 16 | 32>('How much is overwritten at once, in MiB.', 'one of 1, 2, 4, 8, 16, 32', () =>
        z.literal([1, 2, 4, 8, 16, 32]),
      ),
      { since: '9.1' },
    ),
    saferemoveThroughput: option(
      text('How fast is overwritten, in bytes a second.', { pattern: /^-?[0-9]+$/, expects: 'digits' }),
      { name: 'saferemove_throughput' },
    ),
    taggedOnly: option(flag('Whether only logical volumes that Proxmox has tagged are shown.'), {
      name: 'tagged_only',
    }),
    snapshotAsVolumeChain: option(flag('Whether a snapshot is a qcow2 disk on top of the last one.'), {
      since: '9.0',
    }),
    ...bandwidthFields,
  },
  { over: ({ vgname }) => [`volume group ${vgname}`] },
);

export type LvmPropsMatchTable = Assert<PropsMatch<LvmStorageProps, LayerOf<typeof lvmStorage.table.fields>>>;
