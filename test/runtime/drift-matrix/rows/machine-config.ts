import { command, edit } from '../change.js';
import { held, left, type Row, repaired, stops, told } from '../row.js';

const conf = (vmid: number) => `/etc/pve/nodes/pve/qemu-server/${vmid}.conf`;
const config = 'guest/8010/config';
const plain = 'guest/8020/config';
const live = (text: string, of = config) => `change ${of}: ${text} (live)`;
const restart = (text: string) => `held ${config}: ${text} (restart)`;
const card = 'broader guest/8010: device PCI mapping card';
const leave = '--allow-restart vm/docker';

/** Keys and disks of machines' configs. */
export const machineConfigRows: readonly Row[] = [
  repaired('a machine is renamed', command('qm set 8010 --name other'), [live('name other → docker')]),
  repaired('tags are added to a machine', command('qm set 8010 --tags "lab;mine"'), [live('tags lab;mine → lab')]),
  repaired('memory is set with qm, and waits for a restart', command('qm set 8010 --memory 4096'), [
    live('memory 4096 → 2048'),
  ]),
  repaired('cores are set with qm, and wait for a restart', command('qm set 8010 --cores 4'), [live('cores 4 → 2')]),
  repaired(
    'the network device of a machine is put on another bridge',
    command('qm set 8010 --net0 virtio=BC:24:11:F9:B1:D8,bridge=vmbr1'),
    [live('net0 …bridge=vmbr1… → …bridge=vmbr0…')],
  ),
  repaired('a card is taken out with qm, and waits for a restart', command('qm set 8010 --delete hostpci0'), [
    live('hostpci0 to be deleted → mapping=card'),
    card,
  ]),
  repaired('the order of booting is set with qm, and waits for a restart', command('qm set 8010 --boot order=net0'), [
    live('boot order=net0 → order=scsi0;ide3;net0'),
  ]),
  repaired('a CD is taken out', command('qm set 8010 --ide3 none,media=cdrom'), [
    live('ide3 none,media=cdrom → files:iso/tools.iso,media=cdrom'),
  ]),
  repaired('documents of cloud-init are taken away', command('qm set 8010 --delete cicustom'), [live('cicustom  → …')]),
  repaired(
    'a disk is kept out of backups',
    command('qm set 8010 --scsi1 local-zfs:vm-8010-disk-1,iothread=1,backup=0'),
    [live('scsi1 backup=0,iothread=1 → iothread=1')],
  ),
  repaired('a machine does not start with the host any more', command('qm set 8010 --onboot 0'), [
    live('onboot 0 → 1', 'guest/8010/last'),
  ]),
  held('memory is edited in the file', edit(conf(8010), 'memory: 2048', 'memory: 4096'), leave, [
    restart('memory 4096 → 2048'),
  ]),
  held('a card is edited out of the file', edit(conf(8010), 'hostpci0: mapping=card\n', ''), leave, [
    restart('hostpci0  → mapping=card'),
    card,
  ]),
  held(
    'a disk of a machine is moved to another storage',
    command('qm disk move 8010 scsi1 bulk-disks --delete 1'),
    '--allow-move vm/docker',
    [
      'held guest/8010/move/scsi1: scsi1 lies on bulk-disks. A move keeps the old disk',
      'held guest/8010/move/scsi1: scsi1 on bulk-disks → on local-zfs (live)',
    ],
    {
      remains: [command('qm set 8010 --scsi7 bulk-disks:1 && qm set 8010 --delete scsi7')],
      anew: ['zfs/rpool/data/vm-8010-disk-1', 'zfs/tank/bulk/vm-8010-disk-0'],
    },
  ),
  told(
    'a key is added to a machine',
    command('qm set 8020 --balloon 512'),
    [`note ${plain}: foreign key balloon (512) stays`],
    {
      drift: [live('balloon 512 → absent', plain)],
    },
  ),
  told('a disk is added to a machine', command('qm set 8020 --scsi5 local-zfs:1'), [
    `note ${plain}: foreign key scsi5 (…) stays`,
  ]),
  told('a machine is to get another identity', command('qm set 8020 --vmgenid 1'), [
    `note ${plain}: foreign key vmgenid waits for a restart (…); it stays`,
  ]),
  told('a disk of a machine is made larger', command('qm resize 8010 scsi1 2G'), [
    `note ${config}: scsi1: local-zfs:vm-8010-disk-1 is 2G, larger than 1G; kept`,
  ]),
  told(
    'a size in the file is not that of the disk',
    edit(conf(8020), 'size=4G', 'size=9G'),
    [`note ${plain}: scsi0: size=9G in the config is not what the storage says (4G): qm disk rescan --vmid 8020`],
    { wayOut: [command('qm disk rescan --vmid 8020')] },
  ),
  told('a machine is being migrated', edit(conf(8010), 'memory: 2048', 'lock: migrate\nmemory: 2048'), [
    `note ${config}: locked (migrate)`,
  ]),
  left('values of a machine are written in another form', edit(conf(8010), 'agent: 1', 'agent: enabled=1,type=virtio')),
  stops(
    'a disk of a machine is detached',
    command('qm set 8010 --delete scsi1'),
    [
      `refused ${config}: scsi1 was taken out of the config; its disk may be local-zfs:vm-8010-disk-1: put it back, or destroy it to get an empty one`,
      `refused ${config}: scsi1 taken out → local-zfs, 1G (live)`,
      `note ${config}: unused0 (local-zfs:vm-8010-disk-1) is in no use and stays; qm set 8010 --delete unused0 destroys it`,
    ],
    { wayOut: [command('qm set 8010 --scsi1 local-zfs:vm-8010-disk-1,iothread=1')] },
  ),
  stops('a disk of a machine is destroyed', command('qm stop 8010 && zfs destroy rpool/data/vm-8010-disk-1'), [
    `unknown ${config}: volume local-zfs:vm-8010-disk-1 is in the config, but there is no dataset rpool/data/vm-8010-disk-1`,
    'blocked guest/8010/…',
  ]),
  stops(
    "a disk of a machine is exchanged for another machine's",
    edit(conf(8010), 'vm-8010-disk-1', 'vm-8020-disk-0'),
    [
      `refused ${config}: scsi1 is local-zfs:vm-8020-disk-0 and fixed; wanted: a volume of guest 8010`,
      `refused ${config}: scsi1 local-zfs:vm-8020-disk-0 → a volume of guest 8010 (impossible)`,
      `note ${config}: dataset rpool/data/vm-8010-disk-1 carries the number of guest 8010 and is not in its config; it stays`,
    ],
  ),
];
