import { command, edit, happens } from '../change.js';
import { left, type Row, repaired } from '../row.js';

const undone = (title: string) => `${title} not done any more, the guest was rolled back → done again (live)`;

/** Files and scripts inside containers. Container 932 has a snapshot of the time before anything was done in there. */
export const insideFileRows: readonly Row[] = [
  left(
    'a file inside is edited, which only --deep sees',
    happens('edit /etc/motd in container 931', (node) => {
      const place = node.guestPath(931, '/etc/motd').slice(node.root.length);
      edit(place, 'inside', 'mine').make(node);
    }),
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
