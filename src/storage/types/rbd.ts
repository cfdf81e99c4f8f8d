import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, defaulted, flag, type LayerOf, list, required, text } from '../../model/fields.js';
import type { SecretRef } from '../../model/secret-ref.js';
import { type BandwidthProps, bandwidthFields } from './bandwidth.js';
import type { StorageEntryProps } from './entry.js';
import { storageType } from './storage-type.js';
import { plainWord, portalName, secret } from './words.js';

/** Disks as block devices of a Ceph cluster. */
export interface RbdStorageProps extends StorageEntryProps, BandwidthProps {
  /** What may lie on it: `rootdir` for containers, `images` for machines. */
  readonly content: readonly ('images' | 'rootdir')[];
  /**
   * Pool of the cluster.
   * @default rbd
   */
  readonly pool?: string;
  /**
   * Pool for the data of disks whose metadata lies in `pool`, such as an erasure-coded one.
   * @default - `pool`
   */
  readonly dataPool?: string;
  /**
   * Namespace in the pool.
   * @default - none
   */
  readonly namespace?: string;
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
   * Keyring of the user, for a cluster that Proxmox does not run itself. It never stands in the entry or in a command.
   * Without this prop the file in `/etc/pve/priv/ceph` is used as it is.
   * @default - none is set
   */
  readonly keyring?: SecretRef;
  /**
   * Whether disks of machines are mapped by the kernel, as those of containers always are.
   * @default false
   */
  readonly krbd?: boolean;
}

export const rbdStorage = storageType(
  'rbd',
  'rbd',
  {
    content: required(list('What may lie on the storage.', choice('Kind of content.', ['images', 'rootdir']))),
    pool: defaulted(text('Pool of the cluster.', plainWord), 'rbd'),
    dataPool: text('Pool for the data of disks whose metadata lies in `pool`.', plainWord),
    namespace: text('Namespace in the pool.', plainWord),
    monhost: list('Monitors of the cluster.', text('One monitor.', portalName)),
    username: text('User of the cluster, without `client.`.', plainWord),
    keyring: secret('Keyring of the user.'),
    krbd: flag('Whether disks of machines are mapped by the kernel.'),
    ...bandwidthFields,
  },
  {
    over: ({ monhost, pool, namespace }) => [
      `Ceph pool ${[...(monhost ?? [])].sort().join(',')}/${pool}/${namespace ?? ''}`,
    ],
  },
);

export type RbdPropsMatchTable = Assert<PropsMatch<RbdStorageProps, LayerOf<typeof rbdStorage.table.fields>>>;
