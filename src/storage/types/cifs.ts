import type { Assert, PropsMatch } from '../../model/equality.js';
import { choice, type LayerOf, list, required, text } from '../../model/fields.js';
import type { SecretRef } from '../../model/secret-ref.js';
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
import { pathOnServer, plainLine, plainWord, secret, serverName } from './words.js';

/** Files on an SMB share, which Proxmox mounts. */
export interface CifsStorageProps
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
  /** Name of the share. Fixed once the storage exists. */
  readonly share: string;
  /**
   * Folder within the share.
   * @default - the whole share
   */
  readonly subdir?: string;
  /**
   * Folder that it is mounted on. Fixed once the storage exists.
   * @default - /mnt/pve/<storageId>
   */
  readonly path?: string;
  /** What may lie on it. */
  readonly content: readonly ContentKind[];
  /**
   * User that the share is mounted as.
   * @default - guest
   */
  readonly username?: string;
  /**
   * Password of `username`. It never stands in the entry or in a command. Without this prop the password that was given by hand (`pvesm set`) stays.
   * @default - none is set
   */
  readonly password?: SecretRef;
  /**
   * Domain or workgroup of the user.
   * @default - none
   */
  readonly domain?: string;
  /**
   * Version of the protocol.
   * @default - the newest that both ends know
   */
  readonly smbversion?: 'default' | '2.0' | '2.1' | '3' | '3.0' | '3.11';
  /**
   * Format of new disks of machines.
   * @default raw
   */
  readonly format?: 'raw' | 'qcow2' | 'vmdk';
}

export const cifsStorage = storageType(
  'cifs',
  'cifs',
  {
    server: required(option(text('Name or address of the server.', serverName), { fixed: true })),
    share: required(option(text('Name of the share.', plainLine), { fixed: true })),
    subdir: pathOnServer('Folder within the share.'),
    path: option(text('Folder that it is mounted on.', folderPath), { fixed: true }),
    content: required(list('What may lie on the storage.', choice('Kind of content.', fileContent))),
    username: text('User that the share is mounted as.', plainWord),
    password: secret('Password of the user.'),
    domain: text('Domain or workgroup of the user.', { ...plainWord, maxLength: 256 }),
    smbversion: choice('Version of the protocol.', ['default', '2.0', '2.1', '3', '3.0', '3.11']),
    format: choice('Format of new disks of machines.', ['raw', 'qcow2', 'vmdk']),
    ...mountOptionsFields,
    ...fileFields,
    ...contentDirsFields,
    ...imageFileFields,
    ...volumeChainFields,
    ...backupFields,
    ...bandwidthFields,
  },
  {
    over: (values) => [`share //${values.server}/${values.share}${values.subdir ?? ''}`, mountFolder(values)],
    folder: mountFolder,
  },
);

export type CifsPropsMatchTable = Assert<PropsMatch<CifsStorageProps, LayerOf<typeof cifsStorage.table.fields>>>;
