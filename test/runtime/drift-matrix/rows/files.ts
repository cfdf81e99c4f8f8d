import { append, edit, folder, link, mode, move, owner, remove, write } from '../change.js';
import { left, type Row, repaired, stops } from '../row.js';

const document = '/rpool/images/snippets/phoenix-8010-user.yaml';
const firewall = '/etc/pve/firewall/930.fw';
const step = 'guest/8010/cloud-init/user';
const closes = 'narrower guest/930: port every port from anywhere (its firewall is off)';
const made = (id: string) => `create ${id}: file absent → … (live)`;

const secretDocument = '/srv/files/snippets/phoenix-8010-user.yaml';
const vault = { program: 'vault' } as const;

const secretRows: readonly Row[] = [
  repaired(
    'a file with a secret is edited',
    write(secretDocument, 'theirs\n'),
    ['change guest/8010/cloud-init/user: content changed on the host → as the program says (live)'],
    vault,
  ),
  repaired(
    'a file with a secret may be read by everybody',
    mode(secretDocument, 0o644),
    ['change guest/8010/cloud-init/user: mode 0644 → 0600 (live)'],
    vault,
  ),
  repaired(
    'a file with a secret is deleted',
    remove(secretDocument),
    [`create guest/8010/cloud-init/user: file absent → ${secretDocument} (live)`],
    vault,
  ),
];

/** Files that are ours whole: documents of cloud-init, and firewalls of guests. */
export const fileRows: readonly Row[] = [
  repaired('a line is added', append(document, '# tuned\n'), [`change ${step}: content … → … (live)`]),
  repaired('the file is emptied', write(document, ''), [`change ${step}: content 0 bytes → … (live)`]),
  repaired('its mode is changed', mode(document, 0o644), [`change ${step}: mode 0644 → 0600 (live)`]),
  left('its owner is changed, which nobody asked for', owner(document, 0, 33)),
  repaired('it is deleted', remove(document), [made(step)]),
  repaired(
    'it has become a link to a file that says something else',
    [write('/srv/other.yaml', 'theirs\n'), remove(document), link(document, '/srv/other.yaml')],
    [
      made(step),
      `note ${step}: ${document} is a link to /srv/other.yaml; a plain file takes its place, and what it leads to stays as it is`,
    ],
    { keeps: ['/srv/other.yaml'] },
  ),
  stops(
    'a folder has taken its place',
    [remove(document), folder(document)],
    [`unknown ${step}: ${document} is a folder`],
  ),
  repaired('a rule of a firewall is edited out', edit(firewall, 'enable: 1', 'enable: 0'), [
    'change guest/930/firewall: content … → … (live)',
    closes,
  ]),
  repaired('a firewall is deleted', remove(firewall), [made('guest/930/firewall'), closes]),
  repaired(
    'a firewall is moved to another guest',
    move(firewall, '/etc/pve/firewall/777.fw'),
    [made('guest/930/firewall'), closes],
    { keeps: ['/etc/pve/firewall/777.fw'] },
  ),
  left('the web interface writes a firewall in its own form', edit(firewall, '\nenable: 1', '\n\nenable:  1')),
  ...secretRows,
];
