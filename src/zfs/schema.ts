import * as z from 'zod';
import { Size } from '../base/units.js';
import {
  choice,
  custom,
  defaulted,
  type Field,
  flag,
  integer,
  list,
  map,
  object,
  openChoice,
  required,
  size,
  text,
} from '../model/fields.js';
import { table } from '../model/layer.js';
import { removalField } from '../model/removal.js';

const component = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/,
  expects: 'a ZFS name: letters, digits, `_`, `-`, `.` and `:`',
};

export const poolName = {
  pattern: /^[A-Za-z][A-Za-z0-9_.:-]*$/,
  expects: 'a pool name: a letter first, then letters, digits, `_`, `-`, `.` and `:`',
};

/** Pools, and datasets with all that is above them. */
export const datasetName = {
  pattern: /^[A-Za-z][A-Za-z0-9_.:-]*(\/[A-Za-z0-9][A-Za-z0-9_.:-]*)*$/,
  expects: 'a pool, or a dataset with its pool: rpool/data',
};

/** Folders of the host that things are put into. */
export const folderPath = {
  pattern: /^(?!.*\/\/)(?!.*\/\.\.?(\/|$))\/[^\s,]*[^\s,/]$/,
  expects: 'an absolute path without blanks, commas, empty parts, `.` and `..`',
};

/** Sizes of records that ZFS takes: powers of two. */
export const recordSizes = [
  '512',
  '1K',
  '2K',
  '4K',
  '8K',
  '16K',
  '32K',
  '64K',
  '128K',
  '256K',
  '512K',
  '1M',
  '2M',
  '4M',
  '8M',
  '16M',
] as const;

export const compressions = ['on', 'off', 'lz4', 'zstd', 'zstd-fast', 'gzip', 'zle', 'lzjb'] as const;

/** Kinds of redundancy of a group of disks. */
export const vdevTypes = ['single', 'mirror', 'raidz1', 'raidz2', 'raidz3'] as const;

/** What a `ZfsDataset` says of a dataset. */
export const datasetTable = table('ZfsDataset', {
  parent: required(text('Full name of the dataset or pool above.')),
  name: text('Last part of the name.', component),
  recordsize: choice('Largest block of a file. Affects files written afterwards.', recordSizes),
  compression: openChoice('Compression of blocks written afterwards.', compressions),
  sync: choice('When synchronous writes reach the disk; `disabled` loses the last seconds at a power cut.', [
    'standard',
    'always',
    'disabled',
  ]),
  atime: flag('Whether reading a file writes its access time.'),
  quota: size('Most that the dataset, its snapshots and everything below may take.', { min: Size.mib(1) }),
  refquota: size('Most that the dataset itself may take, without snapshots and children.', { min: Size.mib(1) }),
  reservation: size('Space that is kept free for the dataset and everything below.', { min: Size.mib(1) }),
  acltype: choice('Kind of access control lists.', ['off', 'posix']),
  xattr: choice('Where extended attributes are kept.', ['on', 'off', 'dir', 'sa']),
  mountpoint: text('Folder that the dataset is mounted on.', folderPath),
  properties: map('Further properties by name, as `zfs get -p` prints them.', text('Value.')),
  removalPolicy: defaulted(removalField('the dataset and all that is on it'), 'retain'),
});

/** What is said of a folder of a dataset besides its path. */
export const folderTable = table('DatasetFolder', {
  owner: object('Owner as the host sees it.', {
    uid: required(integer('Number of the user.', { min: 0, max: 4_294_967_294 })),
    gid: required(integer('Number of the group.', { min: 0, max: 4_294_967_294 })),
  }),
  mode: text('Permissions.', { pattern: /^0[0-7]{3}$/, expects: 'four octal digits beginning with 0' }),
  removalPolicy: defaulted(removalField('the folder while it is empty'), 'retain'),
});

/** What a `ZfsPool` says of a pool. */
export const poolTable = table('ZfsPool', {
  name: text('Name of the pool.', poolName),
  vdevs: required(
    list(
      'Groups of disks. Data is spread over all of them; the loss of one group loses the pool.',
      object('A group of disks.', {
        type: required(choice('Redundancy within the group.', vdevTypes)),
        devices: required(
          list(
            'Disks by their stable names.',
            text('A disk.', {
              pattern: /^\/dev\/disk\/by-id\/[^\s/]+$/,
              expects: 'a path in /dev/disk/by-id, which stays when disks are moved',
            }),
          ),
        ),
      }),
    ),
  ),
  ashift: integer('Sector size of the disks as a power of two.', { min: 9, max: 16 }),
});

/** A folder of the host on a ZFS dataset, fit to be mounted into a guest. Plain data. */
export interface MountSource {
  /** Path on the host. */
  readonly path: string;
  /** Identity of the resource that makes the folder. */
  readonly identity: string;
  /** The dataset that has to be mounted, and where, before the path means anything. */
  readonly dataset: string;
  readonly mountpoint: string;
}

/** Something that guests can mount: a dataset or a folder of one. */
export interface Mountable {
  readonly mountSource: MountSource;
}

const hostPath = z.string().regex(/^(?!.*\/\.\.?(\/|$))\/[^,\s]*$/);

/** A field for what is mounted: a dataset, a folder of one, or the bare path of a folder that nothing is known of. */
export function mountSourceField(doc: string): Field<string | MountSource, 'optional'> {
  const field = custom<string | MountSource>(
    doc,
    'a dataset, a folder of a dataset, or an absolute path without commas, blanks, `.` and `..`',
    () =>
      z.union([
        hostPath,
        z.strictObject({ path: hostPath, identity: z.string(), dataset: z.string(), mountpoint: hostPath }),
      ]),
  );
  return {
    ...field,
    refers: 'mount source',
    authored: writtenSource,
    normalise: (value) => (isMountable(value) ? value.mountSource : value),
  };
}

/** What is mounted as people write it in files: a dataset, a folder of one, or a path. */
function writtenSource(): z.ZodType {
  return z
    .string()
    .regex(/^[^,\s]+$/)
    .meta({ description: '`pool/dataset`, `pool/dataset:folder`, or a path.' });
}

function isMountable(value: unknown): value is Mountable {
  return typeof value === 'object' && value !== null && 'mountSource' in value;
}
