import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, type LayerOf, list, required, text } from '../../model/fields.js';
import { folderPath } from '../../zfs/schema.js';
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
  type MountOptionsProps,
  mountOptionsFields,
  type VolumeChainProps,
  volumeChainFields,
} from './files.js';
import { fileContent, mountFolder, storageType } from './storage-type.js';
import { pathOnServer, serverName } from './words.js';

/** Files on an NFS server, which Proxmox mounts. */
export interface NfsStorageProps
  extends StorageEntryProps,
    FileStorageProps,
    ContentDirsProps,
    ImageFileProps,
    VolumeChainProps,
    MountOptionsProps,
    BackupStorageProps,
    BandwidthProps {
  /** Name or address of the server. Fixed once the storage exists. */
  readonly server: string;
  /** Path that the server exports. Fixed once the storage exists. */
  readonly export: string;
  /**
   * Folder that it is mounted on. Fixed once the storage exists.
   * @default - /mnt/pve/<storageId>
   */
  readonly path?: string;
  /** What may lie on it. */
  readonly content: readonly ContentKind[];
  /**
   * Format of new disks of machines.
   * @default raw
   */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
}

export const nfsStorage = storageType(
  'nfs',
  'nfs',
  {
    server: required(option(text('Name or address of the server.', serverName), { fixed: true })),
    export: required(option(pathOnServer('Path that the server exports.'), { fixed: true })),
    path: option(text('Folder that it is mounted on.', folderPath), { fixed: true }),
    content: required(list('What may lie on the storage.', choice('Kind of content.', fileContent))),
    format: choice('Format of new disks of machines.', ['raw', 'qcow2', 'vmdk']),
    ...mountOptionsFields,
    ...fileFields,
    ...contentDirsFields,
    ...imageFileFields,
    ...volumeChainFields,
    ...backupFields,
    ...bandwidthFields,
  },
  { over: (values) => [`nfs ${values.server}:${values.export}`, mountFolder(values)], folder: mountFolder },
);

export type NfsPropsMatchTable = Assert<PropsMatch<NfsStorageProps, LayerOf<typeof nfsStorage.table.fields>>>;
