import { by, command, edit, remove, write } from '../change.js';
import { left, type Row, repaired, stops, told } from '../row.js';

const cfg = '/etc/pve/storage.cfg';
const files = 'storage/files/entry';

const vault = { program: 'vault' } as const;

const secretRows: readonly Row[] = [
  repaired(
    'its password is changed',
    write('/etc/pve/priv/storage/nas.pw', 'password=other\n'),
    ['change storage/nas/entry: password … → … (live)'],
    vault,
  ),
  repaired(
    'its password is deleted',
    remove('/etc/pve/priv/storage/nas.pw'),
    ['change storage/nas/entry: password … → … (live)'],
    vault,
  ),
];

/** Entries of storage.cfg. */
export const storageRows: readonly Row[] = [
  repaired('it may hold other things', command('pvesm set files --content iso'), [
    `change ${files}: content iso → import,iso,snippets (live)`,
    'waiting image/files:import/debian.qcow2/file',
  ]),
  repaired('the entry is removed', command('pvesm remove bulk-disks'), [
    'create storage/bulk-disks/entry: storage absent → zfspool (live)',
    'create storage/bulk-disks/entry: content  → images,rootdir (live)',
    'create storage/bulk-disks/entry: pool  → tank/bulk (live)',
  ]),
  left('it is limited in speed, which nobody asked for', command('pvesm set files --bwlimit migration=1000')),
  left(
    'the file is put in another order, with notes',
    edit(cfg, 'content import,iso,snippets', 'content snippets,iso,import'),
  ),
  told('it is kept for another node', command('pvesm set bulk-disks --nodes pve2'), [
    'note storage/bulk-disks/entry: storage bulk-disks is for other nodes alone: pve2',
  ]),
  told('it is switched off', command('pvesm set bulk-disks --disable 1'), [
    'note storage/bulk-disks/entry: storage bulk-disks is disabled',
  ]),
  stops('its folder is changed', edit(cfg, 'path /rpool/images', 'path /srv/elsewhere'), [
    `refused ${files}: fixed when the storage was made: path`,
    `refused ${files}: path /srv/elsewhere → /rpool/images (impossible)`,
    'blocked image/files:…',
  ]),
  stops('it is made anew as another type', edit(cfg, 'dir: files', 'btrfs: files'), [
    `refused ${files}: storage files is of type btrfs, not dir`,
  ]),
  stops(
    'one that is only referred to is removed',
    command('pvesm remove local-zfs'),
    [
      'refused storage/local-zfs/entry: there is no storage local-zfs, and the program only refers to it',
      'blocked guest/…',
    ],
    { alone: true },
  ),
  ...secretRows,
];

const pci = '/etc/pve/mapping/pci.cfg';
const card = 'mapping/pci/card/entry';
const fewer = 'narrower mapping/pci/card: device PCI 05:00 (mapping card)';

export const mappingRows: readonly Row[] = [
  repaired('it names another device', edit(pci, 'path=0000:01:00', 'path=0000:05:00'), [
    `change ${card}: map …0000:05:00… → …0000:01:00… (live)`,
    'broader mapping/pci/card: device PCI 01:00 (mapping card)',
    fewer,
  ]),
  repaired('an option is changed', edit(pci, 'mdev 0', 'mdev 1'), [`change ${card}: mdev 1 → 0 (live)`]),
  repaired(
    'a second device is added',
    edit(pci, 'card\n\tmap', 'card\n\tmap node=pve,path=0000:05:00,id=10de:2684\n\tmap'),
    [`change ${card}: map … → … (live)`, fewer],
  ),
  repaired('it is removed', command('pvesh delete /cluster/mapping/usb/stick'), [
    'create mapping/usb/stick/entry: map absent → … (live)',
    'broader mapping/usb/stick: device USB 1050:0407 (mapping stick)',
  ]),
  repaired(
    'a mapping of a folder names another one',
    edit('/etc/pve/mapping/directory.cfg', 'path=/srv', 'path=/srv/other'),
    [
      'change mapping/dir/pictures/entry: map node=pve,path=/srv/other → node=pve,path=/srv (live)',
      'broader mapping/dir/pictures: folder /srv/other (rw) → /srv (rw)',
    ],
  ),
  left('another node says what it has', edit(pci, 'card\n', 'card\n\tmap id=10de:2684,node=pve2,path=0000:41:00\n')),
  left('somebody writes a note to it', edit(pci, 'card\n', 'card\n\tdescription the big one\n')),
  stops('one that is only referred to is removed', command('pvesh delete /cluster/mapping/pci/theirs'), [
    'refused mapping/pci/theirs/entry: there is no mapping theirs in /etc/pve/mapping/pci.cfg, and the program only refers to it',
  ]),
];

const archive = '/var/lib/vz/template/cache/debian-13-standard_13.1-2_amd64.tar.zst';
const iso = '/rpool/images/template/iso/tools.iso';
const file = (id: string) => `create ${id}/file: file absent → … (live)`;

export const downloadRows: readonly Row[] = [
  repaired('an archive of the catalogue is deleted', remove(archive), [
    file('archive/local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst'),
  ]),
  repaired('an image that came by URL is cut short', write(iso, ''), [file('image/files:iso/tools.iso')]),
  repaired('an image of a registry is deleted', remove('/var/lib/vz/template/cache/nginx_1.27.tar'), [
    file('archive/local:vztmpl/nginx_1.27.tar'),
  ]),
  left('an archive without a sum is replaced', write(archive, 'another archive')),
  stops(
    'a file is replaced by another one',
    write(iso, 'something'),
    ['refused image/files:iso/tools.iso/file: … is not the file that was asked for …'],
    { wayOut: [by(`rm ${iso}`, remove(iso))] },
  ),
  stops('a file that is only referred to is deleted', remove('/rpool/images/import/debian.qcow2'), [
    'refused image/files:import/debian.qcow2/file: there is no files:import/debian.qcow2, and the program only refers to it',
  ]),
];
