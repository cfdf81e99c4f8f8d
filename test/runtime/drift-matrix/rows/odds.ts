import type { Probe } from '../../../../src/model/step.js';
import { by, command, edit, happens, write } from '../change.js';
import { left, type Row, repaired, stops } from '../row.js';

const status = '/var/lib/dpkg/status';
const installed = 'Package: prometheus-node-exporter\nStatus: install ok installed';
const removed = 'Package: prometheus-node-exporter\nStatus: deinstall ok config-files';
const undone = (step: string, what: string) => `change odds/pve/${step}: ${what} no → yes (live)`;
const asked = (step: string, what: string, fix: string) => [
  `refused odds/pve/${step}: ${fix}`,
  `refused odds/pve/${step}: ${what} no → yes (live)`,
];

/** By the question that a step asks of the host. */
const rowsOfProbes: Readonly<Record<Probe['probe'], readonly Row[]>> = {
  unit: [
    repaired('a unit is stopped', command('systemctl stop exporter.service'), [
      undone('unit', 'unit exporter.service active'),
    ]),
    repaired('a unit does not start with the host any more', command('systemctl disable exporter.service'), [
      undone('enabled', 'unit exporter.service enabled'),
    ]),
  ],
  package: [
    stops(
      'a package is removed',
      edit(status, installed, removed),
      asked('package', 'package prometheus-node-exporter', 'apt-get install prometheus-node-exporter'),
      { wayOut: [by('apt-get install prometheus-node-exporter', edit(status, removed, installed))] },
    ),
  ],
  file: [
    stops(
      'a file that has to say something is edited',
      edit('/etc/odds.conf', 'mode=fast', 'mode=slow'),
      asked('file', '/etc/odds.conf with ^mode=fast$', 'write mode=fast into /etc/odds.conf'),
      { wayOut: [write('/etc/odds.conf', 'mode=fast\n')] },
    ),
  ],
  'sub-ids': [
    stops(
      'root may not give away the users of containers any more',
      edit('/etc/subuid', '100000', '200000'),
      asked('sub-ids', '100000 and on, 65536 of them, for root in /etc/subuid', 'add root:100000:65536 to /etc/subuid'),
      { wayOut: [edit('/etc/subuid', '200000', '100000')] },
    ),
  ],
  'zfs-property': [
    repaired('a property is set that a command of the program has set', command('zfs set atime=on rpool/data'), [
      undone('property', 'atime=off of rpool/data'),
    ]),
  ],
  'config-key': [
    repaired('a key of a guest is changed that a command of the program has set', command('pct set 941 --onboot 0'), [
      undone('key', 'onboot: 1 of guest 941'),
    ]),
  ],
  'guest-state': [
    repaired('a guest is stopped that a command of the program has started', command('pct stop 941'), [
      undone('state', 'guest 941 running'),
    ]),
  ],
  argv: [
    repaired(
      'what a command of the program has made is destroyed',
      command('zfs destroy rpool/extra'),
      [undone('argv', 'zfs list rpool/extra')],
      { anew: ['zfs/rpool/extra'] },
    ),
  ],
  // The journal is ours alone.
  journal: [],
};

export const runRows: readonly Row[] = Object.values(rowsOfProbes).flat();

export const healthRows: readonly Row[] = [
  left(
    'an endpoint does not answer any more, which verify tells',
    happens('the server fails', (node) => node.onHttp('http://10.0.0.31/health', { status: 503 })),
    { verify: '503' },
  ),
];
