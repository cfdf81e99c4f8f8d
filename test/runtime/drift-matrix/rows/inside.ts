import type { SimulatedNode } from '../../../../src/testing/simulated-node.js';
import { type Change, command, edit, happens, mode, remove } from '../change.js';
import { left, type Row, repaired } from '../row.js';

const undone = (title: string) => `${title} not done any more, the guest was rolled back → done again (live)`;

const deep = { options: ['--deep'], anew: ['guest/931'] } as const;
const vault = { program: 'vault', ...deep } as const;
const motd = '/etc/motd';

/** A change of a file inside container 931. */
function inside(path: string, change: (path: string) => Change): Change {
  const inFolder = (node: SimulatedNode) => change(node.guestPath(931, path).slice(node.root.length));
  return happens(`change ${path} in container 931`, (node) => inFolder(node).make(node));
}

/** Files and scripts inside containers. Container 932 has a snapshot of the time before anything was done in there. */
export const insideFileRows: readonly Row[] = [
  left(
    'a file inside is edited, which only --deep sees',
    inside(motd, (path) => edit(path, 'inside', 'mine')),
  ),
  repaired(
    'a file inside is edited',
    inside(motd, (path) => edit(path, 'inside', 'mine')),
    [`change guest/931/files: ${motd} another content → as the program says (live)`],
    deep,
  ),
  repaired(
    'the mode of a file inside is changed',
    inside(motd, (path) => mode(path, 0o666)),
    [`change guest/931/files: ${motd} mode and owner 666 0:0 → 644 0:0 (live)`],
    deep,
  ),
  repaired(
    'a file inside is deleted',
    inside(motd, remove),
    [`change guest/931/files: ${motd} gone → written (live)`],
    deep,
  ),
  repaired(
    'a file inside with a secret is edited',
    inside('/etc/token', (path) => edit(path, 'secret', 'mine')),
    ['change guest/931/files: /etc/token another content → as the program says (live)'],
    vault,
  ),
  repaired(
    'the container is rolled back to a snapshot of before, and started',
    command('pct rollback 932 young --start 1'),
    [`change guest/932/files: ${undone('files inside')}`, `change guest/932/script/01-setup: ${undone('setup')}`],
    { anew: ['guest/932'], alone: true },
  ),
];

export const insideScriptRows: readonly Row[] = [
  left(
    'what a script has made is removed, which only --deep sees',
    command('pct exec 931 -- rm /var/lib/phoenix-cdk/stamps/guest_931_script_01-setup'),
  ),
  repaired(
    'what a script has made is removed',
    command('pct exec 931 -- rm /var/lib/phoenix-cdk/stamps/guest_931_script_01-setup'),
    [`change guest/931/script/01-setup: ${undone('setup')}`],
    deep,
  ),
  repaired(
    'the container is rolled back to a snapshot of before, and left stopped',
    command('pct rollback 932 young'),
    [
      'change guest/932/start: state stopped → running (live)',
      'waiting guest/932/files',
      'waiting guest/932/script/01-setup',
    ],
    { anew: ['guest/932'], alone: true },
  ),
];
