import { command, edit, happens } from '../change.js';
import { left, type Row, repaired, stops } from '../row.js';

export const runRows: readonly Row[] = [
  repaired('a unit is stopped', command('systemctl stop exporter.service'), [
    'change odds/pve/unit: unit exporter.service active no → yes (live)',
  ]),
  stops(
    'a package is removed',
    edit(
      '/var/lib/dpkg/status',
      'Package: prometheus-node-exporter\nStatus: install ok installed',
      'Package: prometheus-node-exporter\nStatus: deinstall ok config-files',
    ),
    [
      'refused odds/pve/package: apt-get install prometheus-node-exporter',
      'refused odds/pve/package: package prometheus-node-exporter no → yes (live)',
    ],
  ),
];

export const healthRows: readonly Row[] = [
  left(
    'an endpoint does not answer any more, which verify tells',
    happens('the server fails', (node) => node.onHttp('http://10.0.0.31/health', { status: 503 })),
  ),
];
