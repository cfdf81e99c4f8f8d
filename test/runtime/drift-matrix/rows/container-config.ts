import { append, command, edit, write } from '../change.js';
import { held, left, type Row, repaired, stops, told } from '../row.js';

const conf = (vmid: number) => `/etc/pve/nodes/pve/lxc/${vmid}.conf`;
const config = 'guest/930/config';
const web = 'guest/931/config';
const live = (text: string, of = config) => `change ${of}: ${text} (live)`;
const restart = (text: string) => `held ${config}: ${text} (restart)`;
const leave = '--allow-restart ct/qwen';
const stage = 'lxc.environment.runtime: STAGE=lab';
const hook = "lxc.hook.pre-start: /bin/sh -c 'exec mountpoint -q /rpool/models' phoenix";
const fuse = 'broader guest/930: device /dev/fuse (0666)';
const noFuse = 'narrower guest/930: feature fuse';
const stray = `note ${config}: dataset rpool/data/subvol-930-disk-1 carries the number of guest 930 and is not in its config; it stays`;

/** Keys, disks and raw lines of containers' configs. */
export const containerConfigRows: readonly Row[] = [
  repaired('memory is set with pct', command('pct set 930 --memory 4096'), [live('memory 4096 → 2048')]),
  repaired('swap is set in the file', edit(conf(930), 'swap: 512', 'swap: 0'), [live('swap 0 → 512')]),
  repaired('cores are set with pct', command('pct set 930 --cores 1'), [live('cores 1 → 2')]),
  repaired('a limit is deleted', command('pct set 930 --delete cpulimit'), [live('cpulimit  → 2')]),
  repaired('it is renamed', command('pct set 930 --hostname other'), [live('hostname other → qwen')]),
  repaired('tags are added', command('pct set 930 --tags "ai;lab;mine"'), [live('tags ai;lab;mine → ai;lab')]),
  repaired('its place in the order of starts is deleted', command('pct set 930 --delete startup'), [
    live('startup  → order=3'),
  ]),
  repaired('its network device is put on another bridge', edit(conf(930), 'bridge=vmbr0', 'bridge=vmbr1'), [
    live('net0 …bridge=vmbr1… → …bridge=vmbr0…'),
  ]),
  repaired(
    'its network device loses its hardware address',
    command('pct set 930 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,ip=10.0.0.30/24'),
    [live('net0 … → …')],
  ),
  repaired('its network device leaves the firewall', edit(conf(930), 'firewall=1,', ''), [
    live('net0 … → …firewall=1…'),
    'narrower guest/930: port every port from anywhere (no firewall on net0)',
  ]),
  repaired('it does not start with the host any more', command('pct set 930 --onboot 0'), [
    live('onboot 0 → 1', 'guest/930/last'),
  ]),
  repaired('a container that is stopped is changed', command('pct set 940 --memory 1024'), [
    live('memory 1024 → 512', 'guest/940/config'),
  ]),
  repaired('its protection is switched off', command('pct set 940 --protection 0'), [
    live('protection 0 → 1', 'guest/940/last'),
  ]),
  repaired('a key that the program forbids is set', command('pct set 931 --cpuunits 50'), [
    live('cpuunits 50 → absent', web),
  ]),
  repaired('features are set with pct, and wait for a restart', command('pct set 930 --features nesting=1,fuse=1'), [
    live('features nesting=1,fuse=1 → nesting=1'),
    noFuse,
  ]),
  repaired('a device is deleted with pct, and waits for a restart', command('pct set 930 --delete dev0'), [
    live('dev0 to be deleted → /dev/fuse,mode=0666'),
    fuse,
  ]),
  repaired('a device is edited out of the file', edit(conf(930), 'dev0: /dev/fuse,mode=0666\n', ''), [
    live('dev0  → /dev/fuse,mode=0666'),
    fuse,
  ]),
  repaired('the limit of a disk is lowered', command('zfs set refquota=512M rpool/data/subvol-930-disk-1'), [
    live('mp1 512M → 1G'),
  ]),
  repaired(
    'a raw line is added behind what waits for a restart',
    append(conf(930), '\n[pve:pending]\nlxc.cap.drop: mknod\n'),
    [live('raw lines lxc.cap.drop: mknod (waiting) → no others waiting')],
  ),
  held('features are edited', edit(conf(930), 'nesting=1', 'nesting=1,fuse=1'), leave, [
    restart('features nesting=1,fuse=1 → nesting=1'),
    noFuse,
  ]),
  held('a folder is mounted writable', edit(conf(930), 'mp=/models,ro=1', 'mp=/models'), leave, [
    restart('mp0 /rpool/models/qwen,mp=/models → /rpool/models/qwen,mp=/models,ro=1'),
    'narrower guest/930: folder /rpool/models/qwen (rw) → (ro)',
  ]),
  held('a disk is mounted elsewhere', edit(conf(930), 'mp=/data', 'mp=/elsewhere'), leave, [
    restart('mp1 mp=/elsewhere → mp=/data'),
  ]),
  held('a name server is edited', edit(conf(930), 'nameserver: 10.0.0.1', 'nameserver: 10.0.0.9'), leave, [
    restart('nameserver 10.0.0.9 → 10.0.0.1'),
  ]),
  held('a raw line is deleted', edit(conf(930), `${stage}\n`, ''), leave, [restart(`raw lines  → ${stage}`)]),
  held(
    'a raw line is edited: both then stand there, ours last',
    edit(conf(930), 'STAGE=lab', 'STAGE=prod'),
    leave,
    [restart(`raw lines  → ${stage}`), `note ${config}: foreign line \`lxc.environment.runtime: STAGE=prod\` stays`],
    {
      drift: [restart(`raw lines lxc.environment.runtime: STAGE=prod → ${stage}`)],
      remains: [edit(conf(930), stage, `lxc.environment.runtime: STAGE=prod\n${stage}`)],
      repairClears: true,
      keeps: ['/var/lib/lxc/930/config'],
    },
  ),
  held(
    'raw lines are moved behind what waits for a restart, where they would come in the place of all others',
    edit(conf(930), `${stage}\n`, `\n[pve:pending]\n${stage}\n`),
    leave,
    [restart(`raw lines  → ${stage}; ${hook}`)],
  ),
  held(
    'a disk is moved to another storage',
    command('pct stop 930 && pct move-volume 930 mp1 bulk-disks --delete 1 && pct start 930'),
    '--allow-move ct/qwen --allow-restart ct/qwen',
    [
      'held guest/930/move/mp1: mp1 lies on bulk-disks. A move keeps the old disk; the guest is down meanwhile',
      'held guest/930/move/mp1: mp1 on bulk-disks → on local-zfs (stop)',
    ],
    {
      remains: [
        command('pct stop 930 && pct set 930 --mp9 bulk-disks:1,mp=/x && pct set 930 --delete mp9 && pct start 930'),
      ],
      anew: ['zfs/rpool/data/subvol-930-disk-1', 'zfs/tank/bulk/subvol-930-disk-0'],
      alone: true,
    },
  ),
  told(
    'a key is added',
    command('pct set 931 --startup order=9'),
    [`note ${web}: foreign key startup (order=9) stays`],
    {
      drift: [live('startup order=9 → absent', web)],
    },
  ),
  told(
    'a second network device is added',
    command('pct set 931 --net1 name=eth1,bridge=vmbr1'),
    [`note ${web}: foreign key net1 (…) stays`],
    {
      drift: [live('net1 … → absent', web)],
    },
  ),
  told(
    'a raw line is added',
    append(conf(931), 'lxc.cap.drop: mknod\n'),
    [`note ${web}: foreign line \`lxc.cap.drop: mknod\` stays`],
    { drift: [`held ${web}: raw lines lxc.cap.drop: mknod → removed (restart)`], flags: ['--allow-restart', 'ct/web'] },
  ),
  told('a disk is added', command('pct set 931 --mp3 local-zfs:1,mp=/theirs'), [
    `note ${web}: foreign key mp3 (…) stays`,
  ]),
  told('something that nobody asked for waits for a restart', command('pct set 932 --features nesting=1'), [
    'note guest/932/config: foreign key features waits for a restart (absent → nesting=1); it stays',
  ]),
  told(
    'limits in force are other ones than in the config',
    write('/sys/fs/cgroup/lxc/930/memory.max', '1073741824\n'),
    [
      `note ${config}: memory in force is 1073741824, by the config it should be 2147483648: restart the guest (--allow-restart ct/qwen)`,
    ],
  ),
  told(
    'limits of swap and processors in force are other ones than in the config',
    [write('/sys/fs/cgroup/lxc/930/memory.swap.max', 'max\n'), write('/sys/fs/cgroup/lxc/930/cpu.max', 'max 100000\n')],
    [`note ${config}: swap in force is max, …`, `note ${config}: cpulimit in force is max 100000, …`],
  ),
  repaired(
    'limits in force are other ones than in the config, and it may be restarted',
    write('/sys/fs/cgroup/lxc/930/memory.max', '1073741824\n'),
    [
      'change guest/930/start: state running → restarted (restart)',
      'change guest/930/start: memory in force … → … (restart)',
      `note ${config}: memory in force is 1073741824, …`,
      'note guest/930/start: no snapshot can be taken before: mp0 is /rpool/models/qwen of the host',
    ],
    { options: leave.split(' ') },
  ),
  told(
    'a size in the config is not that of the disk',
    edit(conf(931), 'size=4G', 'size=2G'),
    [`note ${web}: rootfs: size=2G in the config is not what the storage says (4G): pct rescan --vmid 931`],
    { wayOut: [command('pct rescan --vmid 931')] },
  ),
  told('a disk is made larger', command('pct resize 930 mp1 2G'), [
    `note ${config}: mp1: local-zfs:subvol-930-disk-1 is 2G, larger than 1G; kept`,
  ]),
  told('the limit of a disk is taken away', command('zfs set refquota=none rpool/data/subvol-930-disk-1'), [
    `note ${config}: mp1: local-zfs:subvol-930-disk-1 has no limit, which is more than 1G; kept`,
  ]),
  told('a dataset carries its number', command('zfs create rpool/data/subvol-931-disk-7'), [
    `note ${web}: dataset rpool/data/subvol-931-disk-7 carries the number of guest 931 and is not in its config; it stays`,
  ]),
  left('values are written in another form', edit(conf(930), 'features: nesting=1', 'features: nesting=yes')),
  left('a raw line is added behind a snapshot, where it has no effect', append(conf(932), 'lxc.cap.drop: mknod\n')),
  stops(
    'a disk is detached',
    command('pct stop 930 && pct set 930 --delete mp1'),
    [
      `refused ${config}: mp1 was taken out of the config; its disk may be local-zfs:subvol-930-disk-1: put it back, or destroy it to get an empty one`,
      `refused ${config}: mp1 taken out → local-zfs, 1G (live)`,
      `note ${config}: unused0 (local-zfs:subvol-930-disk-1) is in no use and stays; pct set 930 --delete unused0 destroys it`,
      'blocked guest/930/…',
    ],
    { wayOut: [command('pct set 930 --mp1 local-zfs:subvol-930-disk-1,mp=/data')] },
  ),
  stops(
    'the root disk is moved to another storage',
    command('pct stop 931 && pct move-volume 931 rootfs bulk-disks --delete 1 && pct start 931'),
    [
      'unknown guest/931/create: guest 931 bears our line, but its root disk is not the one in the journal: was it restored, or made anew by hand? --adopt ct/web takes it as it is',
      'unknown guest/931/…',
      'held guest/931/move/rootfs: rootfs on bulk-disks → on local-zfs (stop)',
    ],
  ),
  stops('a disk is destroyed', command('pct stop 930 && zfs destroy rpool/data/subvol-930-disk-1'), [
    `unknown ${config}: volume local-zfs:subvol-930-disk-1 is in the config, but there is no dataset rpool/data/subvol-930-disk-1`,
    'blocked guest/930/…',
  ]),
  stops("a disk is exchanged for another guest's", edit(conf(930), 'subvol-930-disk-1', 'subvol-931-disk-0'), [
    `refused ${config}: mp1 is local-zfs:subvol-931-disk-0 and fixed; wanted: a volume of guest 930`,
    `refused ${config}: mp1 local-zfs:subvol-931-disk-0 → a volume of guest 930 (impossible)`,
    stray,
  ]),
  stops(
    'a folder is mounted in the place of a disk',
    edit(conf(930), 'mp1: local-zfs:subvol-930-disk-1', 'mp1: /srv'),
    [`refused ${config}: mp1 …`, stray],
  ),
  stops(
    'it is made privileged',
    edit(conf(931), 'unprivileged: 1\n', ''),
    [
      `refused ${web}: unprivileged is 0, and no change of the guest makes it 1. Made anew it would be so; its root disk would go with it (--allow-replace ct/web)`,
      `refused ${web}: unprivileged 0 → 1 (replace)`,
    ],
    { flags: ['--allow-replace', 'ct/web'], anew: ['guest/931'] },
  ),
  stops('it is made privileged, and has snapshots', edit(conf(932), 'unprivileged: 1\n', ''), [
    'refused guest/932/config: unprivileged is 0, and no change of the guest makes it 1. Nor is it made anew: guest 932 has snapshots (young), which would go with it',
    'refused guest/932/config: unprivileged 0 → 1 (replace)',
  ]),
];
