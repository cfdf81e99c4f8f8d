import { by, command, edit, happens, move, remove } from '../change.js';
import { left, type Row, repaired, stops, told } from '../row.js';

const conf = (vmid: number) => `/etc/pve/nodes/pve/qemu-server/${vmid}.conf`;
const plain = 'guest/8020';
const docker = 'guest/8010';
const waiting = (resource: string) => ['config', 'start', 'last'].map((part) => `waiting ${resource}/${part}`);
const open = (resource: string) => `broader ${resource}: port every port from anywhere (no firewall on net0)`;
const stopped = (resource: string) => `change ${resource}/start: state stopped → running (live)`;

/** Machines as a whole. */
export const machineRows: readonly Row[] = [
  repaired(
    'a machine is destroyed',
    command('qm stop 8020 && qm destroy 8020'),
    [`create ${plain}/create: guest absent → a machine without disks (live)`, ...waiting(plain), open(plain)],
    { anew: [plain] },
  ),
  repaired(
    'a clone of a machine is destroyed',
    command('qm stop 8010 && qm destroy 8010'),
    [
      `create ${docker}/create: guest absent → linked clone of 8000 (live)`,
      ...waiting(docker),
      `broader ${docker}: device PCI mapping card`,
      open(docker),
    ],
    { anew: [docker] },
  ),
  repaired(
    'a machine is rolled back to a snapshot',
    command('qm snapshot 8020 now && qm rollback 8020 now'),
    [stopped(plain)],
    {
      remains: [command('qm snapshot 8020 now')],
      anew: [plain],
    },
  ),
  told('a machine is cloned by hand', command('qm stop 8020 && qm clone 8020 8060 && qm start 8020'), [
    `note ${plain}/create: guest 8060 bears the mark of this one: a copy, restored or cloned by hand, perhaps with the same MAC and address; it stays`,
  ]),
  told(
    'protection of a machine is switched on',
    command('qm set 8020 --protection 1'),
    [`note ${plain}/last: protection was switched on by somebody; it stays`],
    { wayOut: [command('qm set 8020 --delete protection')] },
  ),
  left('HA looks after a machine', command('ha-manager add vm:8020')),
  stops(
    'the config file of a machine is deleted, and its disk is there',
    [command('qm stop 8020'), remove(conf(8020))],
    [
      `refused ${plain}/create: rpool/data/vm-8020-disk-0: named as a disk of guest 8020, which does not exist; rename or destroy it first`,
      `blocked ${plain}/…`,
      open(plain),
    ],
  ),
  stops(
    'a machine is moved to another node',
    [command('qm stop 8020'), move(conf(8020), '/etc/pve/nodes/pve2/qemu-server/8020.conf')],
    [
      `unknown ${plain}/…: guest 8020 is on node pve2, not on pve: it was moved; it is neither made again nor changed from here. To have it back: \`qm migrate 8020 pve --online --with-local-disks\` on pve2, …`,
    ],
  ),
  stops('a machine is made a template by hand', command('qm stop 8020 && qm template 8020'), [
    `refused ${plain}/start: guest 8020 is a template and cannot run`,
  ]),
  stops(
    'a machine is destroyed and made anew by hand',
    command('qm stop 8020 && qm destroy 8020 && qm create 8020 --name theirs'),
    [`foreign ${plain}/create: guest 8020 exists and is not ours`, `foreign ${plain}/…`, `broader ${plain}: …`],
  ),
  stops(
    'a container is made of the number of a machine',
    command(
      'qm stop 8020 && qm destroy 8020 && pct create 8020 local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst --storage local-zfs',
    ),
    [`unknown ${plain}/…: guest 8020 exists and is of type lxc`],
  ),
  stops(
    'its first disk is another one, as after a restored backup',
    command('qm stop 8020 && zfs destroy rpool/data/vm-8020-disk-0 && pvesm alloc local-zfs 8020 vm-8020-disk-0 4G'),
    [
      `unknown ${plain}/create: guest 8020 bears our line, but its root disk is not the one in the journal: was it restored, or made anew by hand? --adopt vm/plain takes it as it is`,
      `unknown ${plain}/…`,
    ],
  ),
  stops(
    'the line that makes a machine ours is deleted',
    edit(conf(8020), '#phoenix-cdk app=lab path=vm/plain vmid=8020\n', ''),
    [
      `unknown ${plain}/create: the owner's line of guest 8020 is gone from its description, … put the line back: qm set 8020 --description …`,
      `unknown ${plain}/…`,
    ],
    { wayOut: [command("qm set 8020 --description 'phoenix-cdk app=lab path=vm/plain vmid=8020'")] },
  ),
];

/** Whether machines run. */
export const machineStateRows: readonly Row[] = [
  repaired('a machine is stopped', command('qm stop 8020'), [stopped(plain)]),
  repaired(
    'the process of a machine dies',
    happens('kill -9', (node) => remove(`/proc/${node.readFile('/run/qemu-server/8020.pid').trim()}`).make(node)),
    [stopped(plain)],
  ),
  left('a machine is stopped and started', command('qm stop 8010 && qm start 8010')),
  stops(
    'HA has stopped a machine',
    command('qm stop 8020 && ha-manager add vm:8020 --state stopped'),
    [
      `refused ${plain}/start: guest 8020 is managed by HA (state stopped); change it with ha-manager set vm:8020`,
      `refused ${plain}/start: state stopped → running (live)`,
    ],
    {
      wayOut: [command('ha-manager set vm:8020 --state ignored')],
      remains: [command('ha-manager add vm:8020 --state ignored')],
    },
  ),
];

/** Templates of machines, which are final. */
export const machineTemplateRows: readonly Row[] = [
  left('the memory of a machine template is changed, and nothing comes of it', command('qm set 8000 --memory 2048')),
  stops(
    'somebody makes it an ordinary machine again',
    edit(conf(8000), 'template: 1\n', ''),
    [
      'refused guest/8000/template: guest 8000 was made a template, and somebody took `template: 1` out of its config; clones may live on its disk: put the line back',
      'refused guest/8000/template: template no → yes (impossible)',
    ],
    { wayOut: [by('putting the line back', edit(conf(8000), 'vmgenid', 'template: 1\nvmgenid'))] },
  ),
  stops('the config file of a machine template is deleted, and clones live on its disk', remove(conf(8000)), [
    'refused guest/8000/create: rpool/data/base-8000-disk-0: named as a disk of guest 8000, which does not exist; rename or destroy it first',
    'blocked guest/8000/…',
    open('guest/8000'),
  ]),
];
