import { edit, remove } from '../change.js';
import { held, left, type Row, repaired, told } from '../row.js';

const cluster = '/etc/pve/firewall/cluster.fw';
const entries = 'firewall/cluster/entries';
const options = 'firewall/cluster/options';
const mark = '# (phoenix-cdk app=lab)';
const broader = (text: string) => `broader firewall/cluster: ${text}`;
const narrower = (text: string) => `narrower firewall/cluster: ${text}`;
const closes = narrower('port every port from anywhere (the firewall is off)');

/** Our entries in cluster.fw and host.fw. */
export const firewallRows: readonly Row[] = [
  repaired('a rule of ours is edited', edit(cluster, '-p tcp -dport 22', '-p tcp -dport 2222'), [
    `change ${entries}: rule … -dport 2222 … →  (live)`,
    `change ${entries}: rule  → … -dport 22 … (live)`,
    broader('port tcp 22 from +admins'),
    narrower('port tcp 2222 from +admins'),
  ]),
  repaired('a rule of ours is deleted', edit(cluster, `IN Ping(ACCEPT) ${mark}\n`, ''), [
    `change ${entries}: rule  → IN Ping(ACCEPT) … (live)`,
    broader('port Ping from anywhere'),
  ]),
  repaired(
    'a rule of theirs is put before ours',
    edit(cluster, '[RULES]\n\n', '[RULES]\n\nIN DROP -source 10.9.9.9\n'),
    [
      `change ${entries}: rules in another place or order → ours first, in their order (live)`,
      ...['Ping from anywhere', 'tcp 22 from +admins'].map((port) =>
        broader(`port ${port} comes before what is closed, every port from 10.9.9.9`),
      ),
      `note ${entries}: ${cluster} holds of others, and keeps as they are: 1 rule`,
    ],
    {
      remains: [edit(cluster, `IN Ping(ACCEPT) ${mark}\n`, `IN Ping(ACCEPT) ${mark}\nIN DROP -source 10.9.9.9\n`)],
      alone: true,
    },
  ),
  repaired('an address is taken out of a set', edit(cluster, '10.0.0.7\n', ''), [
    `change ${entries}: ipset admins  → 10.0.0.7 (live)`,
    broader('filter 10.0.0.7 in set admins'),
  ]),
  held('an address is added to a set', edit(cluster, '10.0.0.7\n', '10.0.0.7\n10.0.0.8\n'), '--allow-firewall', [
    `held ${entries}: ipset admins, by which administrators get in or not, would let less through, which may cut off whoever is connected`,
    `held ${entries}: ipset admins 10.0.0.7; 10.0.0.8 → 10.0.0.7 (live)`,
    narrower('filter 10.0.0.8 not in set admins'),
  ]),
  repaired('a set is deleted', edit(cluster, `[IPSET admins] ${mark}\n\n10.0.0.7\n\n`, ''), [
    `change ${entries}: ipset admins  → 10.0.0.7 (live)`,
  ]),
  repaired('a rule is added to a group', edit(cluster, 'IN HTTPS(ACCEPT)\n', 'IN HTTPS(ACCEPT)\nIN SSH(ACCEPT)\n'), [
    `change ${entries}: group web IN HTTPS(ACCEPT); IN SSH(ACCEPT) → IN HTTPS(ACCEPT) (live)`,
    narrower('port group web: SSH from anywhere'),
  ]),
  repaired('a rule of ours is switched off', edit(cluster, 'IN Ping(ACCEPT)', '|IN Ping(ACCEPT)'), [
    `change ${entries}: rule |IN Ping(ACCEPT) ${mark} →  (live)`,
    `change ${entries}: rule  → IN Ping(ACCEPT) ${mark} (live)`,
    broader('port Ping from anywhere'),
  ]),
  repaired('an alias means another address', edit(cluster, 'router 10.0.0.1 ', 'router 10.0.0.2 '), [
    `change ${entries}: alias router … → … (live)`,
    broader('filter alias router 10.0.0.2 → 10.0.0.1'),
    narrower('filter alias router 10.0.0.2 → 10.0.0.1'),
  ]),
  repaired('an alias is deleted', edit(cluster, `router 10.0.0.1 ${mark}\n`, ''), [
    `change ${entries}: alias router  → router 10.0.0.1 ${mark} (live)`,
  ]),
  repaired(
    'our mark is taken off a rule, which makes it theirs',
    edit(cluster, `IN Ping(ACCEPT) ${mark}`, 'IN Ping(ACCEPT)'),
    [
      `change ${entries}: rule  → IN Ping(ACCEPT) ${mark} (live)`,
      `note ${entries}: ${cluster} holds of others, and keeps as they are: 1 rule`,
    ],
    {
      remains: [edit(cluster, `IN Ping(ACCEPT) ${mark}\n`, `IN Ping(ACCEPT) ${mark}\nIN Ping(ACCEPT)\n`)],
      alone: true,
    },
  ),
  repaired('a rule of a group is deleted', edit(cluster, 'IN HTTPS(ACCEPT)\n', ''), [
    `change ${entries}: group web  → IN HTTPS(ACCEPT) (live)`,
    broader('port group web: HTTPS from anywhere'),
  ]),
  repaired('a policy is tightened', edit(cluster, 'policy_out: ACCEPT', 'policy_out: DROP'), [
    `change ${options}: policy_out DROP → ACCEPT (live)`,
    broader('reach everything (policy_out: ACCEPT)'),
  ]),
  held('it is switched off', edit(cluster, 'enable: 1', 'enable: 0'), '--allow-firewall', [
    `held ${options}: the firewall would be switched on, which may cut off whoever is connected`,
    `held ${options}: enable 0 → 1 (live)`,
    closes,
  ]),
  held(
    'the file is deleted',
    remove(cluster),
    '--allow-firewall',
    [
      `create ${entries}: …`,
      `held ${options}: the firewall would be switched on, which may cut off whoever is connected`,
      `held ${options}: enable  → 1 (live)`,
      `held ${options}: policy_out  → ACCEPT (live)`,
      closes,
    ],
    { atOnce: ['/etc/pve/firewall/cluster.fw'] },
  ),
  told(
    'a rule of theirs is added behind ours',
    edit(cluster, `IN Ping(ACCEPT) ${mark}\n`, `IN Ping(ACCEPT) ${mark}\nIN ACCEPT -source 10.0.0.9\n`),
    [`note ${entries}: … holds of others, and keeps as they are: 1 rule`],
  ),
  left('an option that nobody asked for is set', edit(cluster, 'enable: 1', 'enable: 1\nlog_ratelimit: enable=1')),
  repaired('an option of the host is changed', edit('/etc/pve/nodes/pve/host.fw', 'ndp: 1', 'ndp: 0'), [
    'change firewall/host/options: ndp 0 → 1 (live)',
  ]),
  repaired('the file of the host is deleted', remove('/etc/pve/nodes/pve/host.fw'), [
    'create firewall/host/entries: rule  → IN NTP(ACCEPT) # (phoenix-cdk app=lab) (live)',
    'create firewall/host/options: ndp  → 1 (live)',
    'broader firewall/host: port NTP from anywhere',
  ]),
];
