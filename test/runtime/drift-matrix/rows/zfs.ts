import { command, happens, link, mode, move, owner, remove, write } from '../change.js';
import { left, type Row, repaired, stops, told } from '../row.js';

const disks = (pool: string, health: 'DEGRADED' | 'FAULTED') =>
  happens(`disks of ${pool} fail: ${health}`, (node) => node.poolHealth(pool, health));

export const poolRows: readonly Row[] = [
  told('it loses a disk', disks('tank', 'DEGRADED'), [
    'note zpool/tank/pool: pool tank is DEGRADED: it works without one of its disks',
  ]),
  stops('it fails', disks('tank', 'FAULTED'), ['unknown zpool/tank/pool: pool tank is FAULTED']),
  stops(
    'one of ours is exported',
    command('zpool export tank'),
    [
      'held zpool/tank/pool: pool tank was here and is not any more: zpool import tank, or a new pool on …',
      'held zpool/tank/pool: pool absent → mirror /dev/disk/by-id/disk-1 /dev/disk/by-id/disk-2 (live)',
      'blocked zfs/tank/archive/dataset: needs host/tank (pool), which is held',
      'blocked zfs/tank/…',
    ],
    { wayOut: [command('zpool import tank')] },
  ),
  left('a property of it is set', command('zpool set autotrim=on tank')),
  stops(
    'one that is only referred to is exported',
    command('zpool export people'),
    [
      'refused zpool/people/pool: there is no pool people; it has to be imported or made by hand: zpool import people',
      'refused zfs/people/home/dataset: there is no dataset people/home, and the program only refers to it',
    ],
    { wayOut: [command('zpool import people')] },
  ),
];

const models = 'zfs/rpool/models/dataset';

export const datasetRows: readonly Row[] = [
  repaired('a property is set', command('zfs set recordsize=128K rpool/models'), [
    `change ${models}: recordsize 131072 → 1048576 (live)`,
  ]),
  repaired('a property is inherited again', command('zfs inherit compression rpool/models'), [
    `change ${models}: compression … → lz4 (live)`,
  ]),
  repaired('a limit is taken away', command('zfs set quota=none rpool/models'), [
    `change ${models}: quota 0 → 107374182400 (live)`,
  ]),
  left('a property that nobody asked for is set', command('zfs set readonly=on rpool/models')),
  left('somebody takes a snapshot of it', command('zfs snapshot rpool/models@mine')),
  left('one that is only referred to is given another property', command('zfs set compression=zstd people/home')),
  repaired('it is unmounted below a container that runs', command('zfs unmount rpool/models'), [
    `change ${models}: mounted no → yes (live)`,
    'waiting folder/rpool/models/qwen/folder',
    'waiting guest/930/start',
  ]),
  repaired('it is unmounted', command('zfs unmount rpool/images'), [
    'change zfs/rpool/images/dataset: mounted no → yes (live)',
    'waiting image/files:import/debian.qcow2/file',
    'waiting image/files:iso/tools.iso/file',
    ...['user', 'network', 'meta'].map((part) => `waiting guest/8010/cloud-init/${part}`),
  ]),
  repaired(
    'it is destroyed',
    command('zfs destroy tank/archive'),
    [
      'create zfs/tank/archive/dataset: dataset absent → tank/archive (live)',
      'create zfs/tank/archive/dataset: casesensitivity  → sensitive (live)',
    ],
    {
      anew: ['zfs/tank/archive'],
    },
  ),
  repaired(
    'it is renamed',
    command('zfs rename tank/archive tank/former'),
    [
      'create zfs/tank/archive/dataset: dataset absent → tank/archive (live)',
      'create zfs/tank/archive/dataset: casesensitivity  → sensitive (live)',
    ],
    { anew: ['zfs/tank/archive'], keeps: ['/tank/former'] },
  ),
  stops(
    'it is made anew with a property that is fixed',
    command('zfs destroy tank/archive && zfs create -o casesensitivity=insensitive tank/archive'),
    [
      'refused zfs/tank/archive/dataset: fixed when the dataset was made: casesensitivity',
      'refused zfs/tank/archive/dataset: casesensitivity insensitive → sensitive (impossible)',
    ],
  ),
  stops(
    'it is mounted elsewhere',
    command('zfs set mountpoint=/srv/images rpool/images'),
    [
      'unknown image/files:import/debian.qcow2/file: nothing is mounted at /rpool/images, the folder of storage files',
      'unknown image/files:iso/tools.iso/file: nothing is mounted at /rpool/images, the folder of storage files',
      'unknown guest/8010/cloud-init/…: nothing is mounted at /rpool/images, the folder of storage files',
      'blocked guest/8010/…',
    ],
    { alone: true },
  ),
  left('one that is only referred to is unmounted', command('zfs unmount people/home')),
  stops('one that is only referred to is destroyed', command('zfs destroy people/home'), [
    'refused zfs/people/home/dataset: there is no dataset people/home, and the program only refers to it',
  ]),
];

const qwen = '/rpool/models/qwen';

export const folderRows: readonly Row[] = [
  repaired('its mode is changed', mode(qwen, 0o777), [
    'change folder/rpool/models/qwen/folder: mode 0777 → 0750 (live)',
  ]),
  repaired('its owner is changed', owner(qwen, 0, 0), [
    'change folder/rpool/models/qwen/folder: owner 0:0 → 100000:100000 (live)',
  ]),
  repaired('it is deleted', remove(qwen), [
    'create folder/rpool/models/qwen/folder: folder absent → /rpool/models/qwen (live)',
  ]),
  stops(
    'a file has taken its place',
    [remove(qwen), write(qwen, '')],
    ['unknown folder/rpool/models/qwen/folder: /rpool/models/qwen is no folder'],
  ),
  stops(
    'it has become a link',
    [move(qwen, '/srv/qwen'), link(qwen, '../../srv/qwen')],
    ['unknown folder/rpool/models/qwen/folder: /rpool/models/qwen is a link, not a folder'],
  ),
  left('a file is put into it', write(`${qwen}/model.bin`, 'weights')),
];
