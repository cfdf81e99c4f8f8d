import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, defaulted, flag, type LayerOf, list, required, text } from '../../model/fields.js';
import { folderPath } from '../../zfs/schema.js';
import { option } from '../option.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';
import { plainWord, portalName } from './words.js';

/** Disks of machines as ZFS volumes of another server, which exports each by iSCSI. Proxmox manages that server over SSH. */
export interface ZfsOverIscsiStorageProps extends StorageEntryProps, BandwidthProps {
  /** Name or address of the server. Fixed once the storage exists. */
  readonly portal: string;
  /** Name of the iSCSI target. Fixed once the storage exists. */
  readonly target: string;
  /** Pool or dataset on the server that disks are made below. Fixed once the storage exists. */
  readonly pool: string;
  /** What exports the volumes on the server. Fixed once the storage exists. */
  readonly iscsiprovider: 'comstar' | 'iet' | 'istgt' | 'LIO';
  /** Block size of new disks. Fixed once the storage exists. */
  readonly blocksize: '4k' | '8k' | '16k' | '32k' | '64k' | '128k';
  /**
   * What may lie on it.
   * @default images
   */
  readonly content?: readonly 'images'[];
  /**
   * Whether disks take space only as they are filled.
   * @default - no; disks reserve their space
   */
  readonly sparse?: boolean;
  /**
   * Whether writes wait for the disks of the server instead of its memory.
   * @default false
   */
  readonly nowritecache?: boolean;
  /**
   * Folder of the server's block devices of ZFS. From Proxmox VE 9.0 on.
   * @default - the usual one of the provider
   */
  readonly zfsBasePath?: string;
  /**
   * Host group of COMSTAR.
   * @default - none
   */
  readonly comstarHostGroup?: string;
  /**
   * Target group of COMSTAR.
   * @default - none
   */
  readonly comstarTargetGroup?: string;
  /**
   * Target portal group of LIO, which LIO needs: `tpg1`.
   * @default - none
   */
  readonly lioTargetPortalGroup?: string;
}

export const zfsOverIscsiStorage = storageType(
  'zfs',
  'zfsOverIscsi',
  {
    portal: required(option(text('Name or address of the server.', portalName), { fixed: true })),
    target: required(option(text('Name of the iSCSI target.', plainWord), { fixed: true })),
    pool: required(option(text('Pool or dataset on the server.', plainWord), { fixed: true })),
    iscsiprovider: required(
      option(choice('What exports the volumes on the server.', ['comstar', 'iet', 'istgt', 'LIO']), { fixed: true }),
    ),
    blocksize: required(
      option(choice('Block size of new disks.', ['4k', '8k', '16k', '32k', '64k', '128k']), { fixed: true }),
    ),
    content: defaulted(list('What may lie on the storage.', choice('Kind of content.', ['images'])), ['images']),
    sparse: flag('Whether disks take space only as they are filled.'),
    nowritecache: flag('Whether writes wait for the disks of the server.'),
    zfsBasePath: option(text("Folder of the server's block devices of ZFS.", folderPath), { since: '9.0' }),
    comstarHostGroup: option(text('Host group of COMSTAR.', plainWord), { name: 'comstar_hg' }),
    comstarTargetGroup: option(text('Target group of COMSTAR.', plainWord), { name: 'comstar_tg' }),
    lioTargetPortalGroup: option(text('Target portal group of LIO.', plainWord), { name: 'lio_tpg' }),
    ...bandwidthFields,
  },
  { over: ({ portal, pool }) => [`pool ${pool} of ${portal}`] },
);

export type ZfsOverIscsiPropsMatchTable = Assert<
  PropsMatch<ZfsOverIscsiStorageProps, LayerOf<typeof zfsOverIscsiStorage.table.fields>>
>;
