import type { Fields } from '../../model/fields.js';
import type { Table } from '../../model/layer.js';
import { btrfsStorage } from './btrfs.js';
import { cephFsStorage } from './cephfs.js';
import { cifsStorage } from './cifs.js';
import { dirStorage } from './dir.js';
import { esxiStorage } from './esxi.js';
import { iscsiDirectStorage, iscsiStorage } from './iscsi.js';
import { lvmStorage } from './lvm.js';
import { lvmThinStorage } from './lvm-thin.js';
import { nfsStorage } from './nfs.js';
import { pbsStorage } from './pbs.js';
import { rbdStorage } from './rbd.js';
import { zfsOverIscsiStorage } from './zfs-over-iscsi.js';
import { zfsPoolStorage } from './zfspool.js';

/** Every type of storage that a program may declare, with a sentence for its published schema. */
export const storageTypes: readonly { readonly type: string; readonly table: Table<Fields>; readonly doc: string }[] = [
  { ...dirStorage, doc: 'A storage that is a folder' },
  { ...zfsPoolStorage, doc: 'A storage of disks as ZFS datasets' },
  { ...btrfsStorage, doc: 'A storage that is a folder on Btrfs' },
  { ...lvmStorage, doc: 'A storage of disks as logical volumes' },
  { ...lvmThinStorage, doc: 'A storage of disks as thin logical volumes' },
  { ...nfsStorage, doc: 'A storage on an NFS server' },
  { ...cifsStorage, doc: 'A storage on an SMB share' },
  { ...pbsStorage, doc: 'A storage of backups on a Proxmox Backup Server' },
  { ...rbdStorage, doc: 'A storage of disks on a Ceph cluster' },
  { ...cephFsStorage, doc: 'A storage of files on a Ceph file system' },
  { ...iscsiStorage, doc: 'The units of an iSCSI target, by the kernel' },
  { ...iscsiDirectStorage, doc: 'The units of an iSCSI target, by QEMU' },
  { ...zfsOverIscsiStorage, doc: 'A storage of disks as ZFS volumes of another server' },
  { ...esxiStorage, doc: 'Machines of a VMware ESXi host, to be imported' },
];
