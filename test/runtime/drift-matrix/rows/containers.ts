import { append, by, command, edit, move, remove, write } from '../change.js';
import { left, type Row, repaired, stops, told } from '../row.js';

const conf = (vmid: number) => `/etc/pve/nodes/pve/lxc/${vmid}.conf`;
const archive = 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst';
const qwen = 'guest/930';
const web = 'guest/931';
const db = 'guest/932';
const old = 'guest/940';
const waiting = (resource: string, ...parts: string[]) => parts.map((part) => `waiting ${resource}/${part}`);
const stopped = (resource: string) => `change ${resource}/start: state stopped → running (live)`;
const open = (resource: string) => `broader ${resource}: port every port from anywhere (no firewall on net0)`;
const copyOf = (vmid: number, copy: number) =>
  `note guest/${vmid}/create: guest ${copy} bears the mark of this one: a copy, restored or cloned by hand, perhaps with the same MAC and address; it stays`;
const dump = 'vzdump 931 && archive=$(pvesm list local --content backup | grep -o "^local:backup/[^ ]*")';

/** Containers as a whole. */
export const containerRows: readonly Row[] = [
  repaired(
    'a container is destroyed',
    command('pct stop 931 && pct destroy 931'),
    [
      `create ${web}/create: guest absent → from ${archive} on local-zfs, 4G (live)`,
      ...waiting(web, 'config', 'start', 'files', 'script/01-setup', 'last'),
      open(web),
    ],
    { anew: [web] },
  ),
  repaired(
    'a clone is destroyed with a disk of its own',
    command('pct stop 930 && pct destroy 930'),
    [
      `create ${qwen}/create: guest absent → linked clone of 900 (live)`,
      ...waiting(qwen, 'config', 'start', 'fresh-host-keys', 'last'),
      `create ${qwen}/firewall: file absent → /etc/pve/firewall/930.fw (live)`,
      `broader ${qwen}: device /dev/fuse (0666)`,
      `broader ${qwen}: folder /rpool/models/qwen (ro)`,
    ],
    { anew: [qwen] },
  ),
  repaired(
    'it is rolled back to a snapshot of today',
    command('pct snapshot 932 now && pct rollback 932 now'),
    [stopped(db)],
    {
      remains: [command('pct snapshot 932 now')],
      anew: [db],
    },
  ),
  repaired('its line becomes that of another construct', edit(conf(931), 'path=ct/web', 'path=ct/other'), [
    `change ${web}/config: description phoenix-cdk app=lab path=ct/other vmid=931 → phoenix-cdk app=lab path=ct/web vmid=931 (live)`,
  ]),
  told('it is cloned by hand', command('pct stop 931 && pct clone 931 960 && pct start 931'), [copyOf(931, 960)]),
  told(
    'a backup of it is restored under another number',
    command(`pct stop 931 && ${dump} && pct restore 970 "$archive" --storage local-zfs && pct start 931`),
    [copyOf(931, 970)],
  ),
  told(
    'protection is switched on',
    command('pct set 932 --protection 1'),
    [`note ${db}/last: protection was switched on by somebody; it stays`],
    { wayOut: [command('pct set 932 --delete protection')] },
  ),
  told('it is being backed up', append(conf(940), 'lock: backup\n'), [`note ${old}/config: locked (backup)`]),
  told(
    'a snapshot of it is being taken',
    append(conf(931), 'lock: snapshot\n'),
    [`note ${web}/config: locked (snapshot)`],
    { alone: true },
  ),
  left('people write notes below the line', edit(conf(931), 'vmid=931\n', 'vmid=931\n#ask Ann before a restart\n')),
  left('HA looks after it', command('ha-manager add ct:931')),
  left('it is replicated, and backed up every night', [
    write('/etc/pve/replication.cfg', 'local: 931-0\n\ttarget pve2\n\tschedule */15\n\n'),
    write('/etc/pve/jobs.cfg', 'vzdump: backup-1\n\tschedule 02:00\n\tall 1\n\tstorage local\n\n'),
  ]),
  stops('a container that was adopted is destroyed', command('pct set 940 --protection 0 && pct destroy 940'), [
    `refused ${old}/create: guest 940 was adopted and is not there any more; made anew it would have empty disks: restore it from a backup, or take it out of the program`,
    `blocked ${old}/…`,
    open(old),
  ]),
  stops(
    'its config file is deleted, and its disk is there',
    [command('pct stop 931'), remove(conf(931))],
    [
      `refused ${web}/create: rpool/data/subvol-931-disk-0: named as a disk of guest 931, which does not exist; rename or destroy it first`,
      `blocked ${web}/…`,
      open(web),
    ],
    {
      wayOut: [command('zfs rename rpool/data/subvol-931-disk-0 rpool/data/former')],
      anew: [web],
      keeps: ['rpool/data/former'],
    },
  ),
  stops('its disk is destroyed', command('pct stop 932 && zfs destroy -r rpool/data/subvol-932-disk-0'), [
    `unknown ${db}/create: the root disk of guest 932 cannot be seen: there is no dataset rpool/data/subvol-932-disk-0`,
    `blocked ${db}/…`,
  ]),
  stops(
    'it is moved to another node',
    move(conf(940), '/etc/pve/nodes/pve2/lxc/940.conf'),
    [
      `unknown ${old}/…: guest 940 is on node pve2, not on pve: it was moved; it is neither made again nor changed from here. To have it back: \`pct migrate 940 pve --restart\` on pve2, …`,
    ],
    {
      wayOut: [by('pct migrate 940 pve --restart on pve2', move('/etc/pve/nodes/pve2/lxc/940.conf', conf(940)))],
      keeps: ['/etc/pve/nodes/pve2'],
    },
  ),
  stops(
    'HA has moved it to another node',
    [
      command('pct stop 931 && ha-manager add ct:931 --state ignored'),
      move(conf(931), '/etc/pve/nodes/pve2/lxc/931.conf'),
    ],
    [`unknown ${web}/…: guest 931 is on node pve2, not on pve: it was moved; …`],
  ),
  stops(
    'it is destroyed and made anew by hand',
    command(`pct stop 931 && pct destroy 931 && pct create 931 ${archive} --storage local-zfs`),
    [`foreign ${web}/create: guest 931 exists and is not ours`, `foreign ${web}/…`, `broader ${web}: …`],
  ),
  stops('a machine is made of its number', command('pct stop 931 && pct destroy 931 && qm create 931 --name web'), [
    `unknown ${web}/…: guest 931 exists and is of type qemu`,
  ]),
  stops(
    'a backup is restored over it',
    command(`pct stop 931 && ${dump} && pct restore 931 "$archive" --storage local-zfs --force 1`),
    [
      `unknown ${web}/create: guest 931 bears our line, but its root disk is not the one in the journal: was it restored, or made anew by hand? --adopt ct/web takes it as it is`,
      `unknown ${web}/…`,
    ],
    {
      flags: ['--adopt', 'ct/web'],
      anew: [web],
      keeps: ['subvol-931-disk-', '/lxc/931.conf', 'state/backups', '/var/lib/vz/dump'],
    },
  ),
  stops('it is made a template by hand', command('pct stop 931 && pct template 931'), [
    `refused ${web}/start: guest 931 is a template and cannot run`,
  ]),
  stops(
    'the line that makes it ours is deleted',
    edit(conf(940), '#phoenix-cdk app=lab path=ct/old vmid=940\n', ''),
    [
      `unknown ${old}/create: the owner's line of guest 940 is gone from its description, … put the line back: pct set 940 --description …`,
      `unknown ${old}/…`,
    ],
    { wayOut: [command("pct set 940 --description 'phoenix-cdk app=lab path=ct/old vmid=940'")] },
  ),
  stops('its line becomes that of another app', edit(conf(940), 'app=lab', 'app=other'), [
    `unknown ${old}/create: the owner's line of guest 940 is gone … it cannot be adopted: this host has no journal of other that says it was let go`,
    `unknown ${old}/…`,
  ]),
  stops(
    'protection is switched on, and something else is changed',
    command('pct set 932 --protection 1 --memory 1024'),
    [
      `refused ${db}/config: protection was switched on by somebody; switch it off to let changes through`,
      `refused ${db}/config: memory 1024 → 512 (live)`,
      `note ${db}/…`,
    ],
    { wayOut: [command('pct set 932 --delete protection')] },
  ),
  stops(
    'it is being backed up, and was changed',
    edit(conf(932), 'memory: 512', 'lock: backup\nmemory: 1024'),
    [
      `change ${db}/config: memory 1024 → 512 (live)`,
      `note ${db}/config: locked (backup)`,
      `note ${db}/config: has snapshots (young); they keep the old config`,
    ],
    { wayOut: [by('the end of the backup', edit(conf(932), 'lock: backup\n', ''))] },
  ),
  stops(
    'a clone is destroyed while its template is backed up',
    [command('pct stop 930 && pct destroy 930'), append(conf(900), 'lock: backup\n')],
    [
      `create ${qwen}/create: guest absent → linked clone of 900 (live)`,
      ...waiting(qwen, 'config', 'start', 'fresh-host-keys', 'last'),
      `create ${qwen}/firewall: …`,
      `broader ${qwen}: …`,
    ],
    { wayOut: [by('the end of the backup', edit(conf(900), 'lock: backup\n', ''))], anew: [qwen], alone: true },
  ),
];

/** Whether containers run. */
export const containerStateRows: readonly Row[] = [
  repaired('a container is stopped', command('pct stop 931'), [stopped(web)]),
  repaired('a container shuts down', command('pct shutdown 930'), [stopped(qwen)]),
  repaired('a container that is to be stopped is started', command('pct start 940'), [
    `change ${old}/stopped: state running → stopped (restart)`,
  ]),
  repaired('it is stopped, and its dataset is unmounted', command('pct stop 930 && zfs unmount rpool/models'), [
    'change zfs/rpool/models/dataset: mounted no → yes (live)',
    'waiting folder/rpool/models/qwen/folder',
    `waiting ${qwen}/start`,
  ]),
  repaired(
    'it is stopped, and HA knows it and ignores it',
    command('pct stop 931 && ha-manager add ct:931 --state ignored'),
    [stopped(web)],
    { remains: [command('ha-manager add ct:931 --state ignored')] },
  ),
  stops(
    'HA has stopped it',
    command('pct stop 932 && ha-manager add ct:932 --state stopped'),
    [
      `refused ${db}/start: guest 932 is managed by HA (state stopped); change it with ha-manager set ct:932`,
      `refused ${db}/start: state stopped → running (live)`,
    ],
    {
      wayOut: [command('ha-manager set ct:932 --state ignored')],
      remains: [command('ha-manager add ct:932 --state ignored')],
    },
  ),
  left('it is stopped, and its own disk is unmounted', command('zfs unmount rpool/data/subvol-940-disk-0')),
];

/** Templates of containers, which are final. */
export const containerTemplateRows: readonly Row[] = [
  left('its memory is changed, and nothing comes of it', command('pct set 900 --memory 1024')),
  stops(
    'somebody makes it an ordinary container again',
    edit(conf(900), 'template: 1\n', ''),
    [
      'refused guest/900/template: guest 900 was made a template, and somebody took `template: 1` out of its config; clones may live on its disk: put the line back',
      'refused guest/900/template: template no → yes (impossible)',
    ],
    { wayOut: [by('putting the line back', edit(conf(900), 'unprivileged', 'template: 1\nunprivileged'))] },
  ),
  stops('its config file is deleted, and clones live on its disk', remove(conf(900)), [
    'refused guest/900/create: rpool/data/basevol-900-disk-0: named as a disk of guest 900, which does not exist; rename or destroy it first',
    'blocked guest/900/…',
    open('guest/900'),
  ]),
];
