import { choice, flag, list, required, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { folderPath } from '../zfs/schema.js';

/** What may lie on a storage: disk images of machines, root disks of containers, archives, ISO images, backups, snippets, images to import. */
export const contentKinds = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import'] as const;
export type ContentKind = (typeof contentKinds)[number];

/** Names of storages as Proxmox takes them. */
export const storageId = {
  pattern: /^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$/,
  expects: 'a storage name: two characters or more, a letter first, then letters, digits, `.`, `_` and `-`',
};

export const zfsPoolStorageTable = table('Storage.zfsPool', {
  storageId: required(text('Name of the storage.', storageId)),
  dataset: required(text('Dataset that disks are made below.')),
  content: required(list('What may lie on the storage.', choice('Kind of content.', ['images', 'rootdir']))),
  sparse: flag('Whether disks of machines take space only as they are filled.'),
  blocksize: choice('Block size of new disks of machines.', ['4k', '8k', '16k', '32k', '64k', '128k']),
});

export const dirStorageTable = table('Storage.dir', {
  storageId: required(text('Name of the storage.', storageId)),
  path: required(text('Folder of the storage.', folderPath)),
  content: required(list('What may lie on the storage.', choice('Kind of content.', contentKinds))),
});
