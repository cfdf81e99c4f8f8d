/** What may lie on a storage: disk images of machines, root disks of containers, archives, ISO images, backups, snippets, images to import. */
export const contentKinds = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import'] as const;
export type ContentKind = (typeof contentKinds)[number];
/** What an entry says of its content: kinds, or `none` for a storage that nothing may lie on. */
export type StoredKind = ContentKind | 'none';

/** Names of storages as Proxmox takes them. */
export const storageId = {
  pattern: /^[A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]$/,
  expects: 'a storage name: two characters or more, a letter first, then letters, digits, `.`, `_` and `-`',
};
