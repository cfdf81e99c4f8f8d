import { choice, flag, list, object, text } from '../../model/fields.js';
import { option } from '../option.js';
import { plainWord } from './words.js';

/** Folders for kinds of content, below the folder of the storage. */
export interface ContentDirs {
  /** @default images */
  readonly images?: string;
  /** @default private */
  readonly rootdir?: string;
  /** @default template/cache */
  readonly vztmpl?: string;
  /** @default template/iso */
  readonly iso?: string;
  /** @default dump */
  readonly backup?: string;
  /** @default snippets */
  readonly snippets?: string;
  /** @default import */
  readonly import?: string;
}

export interface FileStorageProps {
  /**
   * Whether Proxmox makes the folder of the storage if it is missing.
   * @default true
   */
  readonly createBasePath?: boolean;
  /**
   * Whether Proxmox makes the folders for the kinds of content.
   * @default true
   */
  readonly createSubdirs?: boolean;
}

export interface ContentDirsProps {
  /**
   * Folders for kinds of content, where they are not Proxmox's own.
   * @default - `template/iso`, `dump` and so on
   */
  readonly contentDirs?: ContentDirs;
}

/** How disks of machines lie in a storage of files. */
export interface ImageFileProps {
  /**
   * How the space of a new disk is taken: as it is filled, or at once.
   * @default metadata
   */
  readonly preallocation?: 'off' | 'metadata' | 'falloc' | 'full';
}

/** Snapshots as files that stand on each other, for storages that have no snapshots themselves. */
export interface VolumeChainProps {
  /**
   * Whether a snapshot is a qcow2 file on top of the last one. From Proxmox VE 9.0 on; fixed once the storage exists.
   * @default false
   */
  readonly snapshotAsVolumeChain?: boolean;
}

export interface MountOptionsProps {
  /**
   * Options of the mount, as `mount -o` takes them.
   * @default - none
   */
  readonly mountOptions?: readonly string[];
}

export const fileFields = {
  createBasePath: flag('Whether Proxmox makes the folder of the storage if it is missing.'),
  createSubdirs: flag('Whether Proxmox makes the folders for the kinds of content.'),
};

const below = (doc: string) =>
  text(doc, {
    pattern: /^(?!(.*\/)?\.\.?(\/|$))[\w.-]+(\/[\w.-]+)*$/,
    expects: 'a relative path of letters, digits, `.`, `_`, `-` and `/`',
  });

export const contentDirsFields = {
  contentDirs: object('Folders for kinds of content, below the folder of the storage.', {
    images: below('For disks of machines.'),
    rootdir: below('For disks of containers.'),
    vztmpl: below('For archives that containers are made from.'),
    iso: below('For ISO images.'),
    backup: below('For backups.'),
    snippets: below('For snippets.'),
    import: below('For images to import.'),
  }),
};

export const imageFileFields = {
  preallocation: choice('How the space of a new disk is taken.', ['off', 'metadata', 'falloc', 'full']),
};

/** Proxmox keeps the choice of storages of files; that of LVM may be changed. */
export const volumeChainFields = {
  snapshotAsVolumeChain: option(flag('Whether a snapshot is a qcow2 file on top of the last one.'), {
    fixed: true,
    since: '9.0',
  }),
};

export const mountOptionsFields = {
  mountOptions: option(list('Options of the mount.', text('One option.', plainWord)), {
    name: 'options',
    ordered: true,
  }),
};
