import { append, command, edit, write } from '../change.js';
import { held, left, type Row, repaired, stops } from '../row.js';

const interfaces = '/etc/network/interfaces';
const network = 'network/interfaces/entries';
const vmbr1 =
  '\nauto vmbr1\niface vmbr1 inet manual\n\tbridge-ports eno2\n\tbridge-stp off\n\tbridge-fd 0\n\tmtu 1400\n#guests only\n';
const eno2 = 'iface eno2 inet manual\n\n';

/** Our entries in /etc/network/interfaces, and what is in force of them. */
export const networkRows: readonly Row[] = [
  repaired('a bridge is edited', edit(interfaces, 'mtu 1400', 'mtu 1300'), [
    `change ${network}: vmbr1 mtu 1300 → 1400 (live)`,
  ]),
  repaired('a bridge is deleted from the file', edit(interfaces, vmbr1, ''), [
    `create ${network}: vmbr1 absent → bridge-ports eno2, inet method manual, mtu 1400 (live)`,
  ]),
  repaired(
    'the entry of a card below a bridge is deleted',
    edit(interfaces, eno2, ''),
    [`create ${network}: eno2 absent → inet method manual (live)`],
    { remains: [edit(interfaces, eno2, ''), append(interfaces, eno2)] },
  ),
  repaired('a note is rewritten', edit(interfaces, '#guests only', '#whatever'), [
    `change ${network}: vmbr1 note whatever → guests only (live)`,
  ]),
  repaired('a bridge is taken down', command('ip link delete vmbr1'), [
    `change ${network}: vmbr1 in force no → yes (live)`,
    'waiting bridge/vmbr1/up',
  ]),
  repaired('a card is taken off its bridge', command('ip link set eno2 nomaster'), [
    `change ${network}: vmbr1 in force, port eno2 no → yes (live)`,
  ]),
  repaired('a bridge is given another MTU, not in the file', command('ip link set vmbr1 mtu 1300'), [
    `change ${network}: vmbr1 in force, mtu 1300 → 1400 (live)`,
  ]),
  held(
    'what the host is reached by is edited',
    edit(interfaces, '\tbridge-stp off', '\tbridge-stp on'),
    '--allow-network vmbr0',
    [`held ${network}: the host is reached by vmbr0`, `held ${network}: vmbr0 bridge-stp on → off (live)`],
  ),
  left(
    'an interface of theirs is added',
    append(interfaces, '\nauto vmbr9\niface vmbr9 inet manual\n\tbridge-ports none\n'),
  ),
  stops(
    'changes wait in the web interface while ours is edited',
    [edit(interfaces, 'mtu 1400', 'mtu 1300'), write(`${interfaces}.new`, 'auto lo\n')],
    [
      `refused ${network}: changes made in the web interface wait in ${interfaces}.new: apply them there, or revert them`,
      `refused ${network}: vmbr1 mtu 1300 → 1400 (live)`,
    ],
  ),
];
