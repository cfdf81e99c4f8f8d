import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/model/step.js';
import { HandMadeHost } from './hand-made.js';
import { card, clusterFw, fleet, nothing, on, told, web } from './privileges.js';
import { container, exact, hostFile } from './steps.js';

const same: readonly (readonly [what: string, before: readonly string[], after: readonly string[]])[] = [
  [
    'another comment, and options in another order',
    [`${web} -source 10.0.0.5 # a`],
    ['IN ACCEPT -source 10.0.0.5 -p tcp -dport 8000 # b'],
  ],
  ['rules that let through in another order', [web, 'IN ACCEPT -p udp'], ['IN ACCEPT -p udp', web]],
  ['a rule that another one covers', [web], [web, `${web} -source 10.0.0.5`]],
  [
    'ports in one rule instead of two',
    ['IN ACCEPT -p tcp -dport 80:89', 'IN ACCEPT -p tcp -dport 90:99'],
    ['IN ACCEPT -p tcp -dport 80:99'],
  ],
  [
    'ports in two rules instead of one',
    ['IN ACCEPT -p tcp -dport 80,443'],
    ['IN ACCEPT -p tcp -dport 443', 'IN ACCEPT -p tcp -dport 80'],
  ],
  ['a rule that is switched off', [], [`|${web}`]],
  ['a rule that closes what is closed anyway', [web], [web, 'IN DROP -p udp']],
  ['a rule about going out, where everything may', [], ['OUT ACCEPT -p tcp']],
];

/** Narrower in the same words unless others are given. */
const rules: readonly (readonly [
  what: string,
  less: readonly string[],
  more: readonly string[],
  broader: string,
  narrower?: string,
])[] = [
  [
    'a source that is wider',
    [`${web} -source 10.0.0.5`],
    [`${web} -source 10.0.0.0/24`],
    'port tcp 8000 from 10.0.0.5 → 10.0.0.0/24',
    'port tcp 8000 from 10.0.0.0/24 → 10.0.0.5',
  ],
  [
    'everybody as the source',
    [`${web} -source fd00::/64`],
    [web],
    'port tcp 8000 from fd00::/64 → anywhere',
    'port tcp 8000 from anywhere → fd00::/64',
  ],
  [
    'one more source',
    [`${web} -source 10.0.0.5`],
    [`${web} -source 10.0.0.5,10.0.0.6`],
    'port tcp 8000 from 10.0.0.5 → 10.0.0.5,10.0.0.6',
    'port tcp 8000 from 10.0.0.5,10.0.0.6 → 10.0.0.5',
  ],
  ['a wider range of ports', [web], ['IN ACCEPT -p tcp -dport 8000:8010'], 'port tcp 8000:8010 from anywhere'],
  ['one more port', [web], ['IN ACCEPT -p tcp -dport 443,8000'], 'port tcp 443,8000 from anywhere'],
  ['one more rule', [], [web], 'port tcp 8000 from anywhere'],
  ['a macro', [], ['IN SSH(ACCEPT) -source 10.0.0.0/24'], 'port SSH from 10.0.0.0/24'],
  ['a group', [], ['GROUP web'], 'port what group web lets through'],
  ['everything', [web], ['IN ACCEPT'], 'port every port from anywhere'],
  [
    'a rule fewer that closes',
    ['IN DROP -source 10.0.0.9', web],
    [web],
    'port every port from 10.0.0.9 is not closed any more',
    'port every port from 10.0.0.9 is closed',
  ],
  [
    'a rule that comes before the one that closes',
    ['IN DROP -source 10.0.0.9', web],
    [web, 'IN DROP -source 10.0.0.9'],
    'port tcp 8000 from anywhere comes before what is closed, every port from 10.0.0.9',
    'port tcp 8000 from anywhere comes after what is closed, every port from 10.0.0.9',
  ],
];

const switches: readonly (readonly [what: string, less: string, more: string, told: string])[] = [
  [
    'the firewall off',
    on(web),
    on(web).replace('enable: 1', 'enable: 0'),
    'port every port from anywhere (its firewall is off)',
  ],
  [
    'a policy that lets in',
    on(web),
    on(web).replace('enable: 1', 'enable: 1\npolicy_in: ACCEPT'),
    'port every port from anywhere (policy_in: ACCEPT)',
  ],
  [
    'a policy that lets out',
    on().replace('enable: 1', 'enable: 1\npolicy_out: DROP'),
    on(),
    'reach everything (policy_out: ACCEPT)',
  ],
  [
    'more to reach where little is',
    on().replace('enable: 1', 'enable: 1\npolicy_out: DROP'),
    on('OUT ACCEPT -p tcp -dport 443').replace('enable: 1', 'enable: 1\npolicy_out: DROP'),
    'reach tcp 443 anywhere',
  ],
  [
    'any MAC address',
    on(),
    on().replace('enable: 1', 'enable: 1\nmacfilter: 0'),
    'filter any MAC address (macfilter: 0)',
  ],
  ['any IP address', on().replace('enable: 1', 'enable: 1\nipfilter: 1'), on(), 'filter any IP address (ipfilter: 0)'],
];

describe('what a firewall lets through', () => {
  const ofSame = fleet(same.map(([, before, after]) => ({ rules: [on(...before), on(...after)] })));
  const ofRules = fleet(
    rules.flatMap(([, less, more]) => [{ rules: [on(...less), on(...more)] }, { rules: [on(...more), on(...less)] }]),
  );
  const ofSwitches = fleet(switches.flatMap(([, less, more]) => [{ rules: [less, more] }, { rules: [more, less] }]));

  it.each(same.map(([what], index) => [what, index] as const))('is the same with %s', (_, index) => {
    expect(ofSame(index)).toEqual(nothing);
  });

  it.each(rules.map(([what], index) => [what, index] as const))(
    'is more with %s, and less the other way round',
    (_, index) => {
      const [, , , broader = '', narrower = broader] = rules[index] ?? [];
      expect(ofRules(2 * index)).toEqual({ broader: [broader], narrower: [] });
      expect(ofRules(2 * index + 1)).toEqual({ broader: [], narrower: [narrower] });
    },
  );

  it.each(switches.map(([what], index) => [what, index] as const))(
    'is more with %s, and less the other way round',
    (_, index) => {
      const all = [switches[index]?.[3]];
      expect(ofSwitches(2 * index)).toEqual({ broader: all, narrower: [] });
      expect(ofSwitches(2 * index + 1)).toEqual({ broader: [], narrower: all });
    },
  );

  it('is told for the one network card that it is about', () => {
    const host = new HandMadeHost();
    host.guest(950, `${card}\nnet1: name=eth1,bridge=vmbr1,firewall=1\n`);
    host.journal(HandMadeHost.known(950));
    host.write('/etc/pve/firewall/950.fw', on(`${web} -i net0`));
    const { step, files } = hostFile('/etc/pve/firewall/950.fw', on(web));
    expect(told(host, [step], files)).toEqual({ broader: ['port tcp 8000 from anywhere on net1'], narrower: [] });
  });

  it('knows the names of the cluster: an address of a network is less than the network', () => {
    const cluster = '[ALIASES]\nlan 10.0.0.0/24\n[IPSET admins]\n10.0.0.5\nlan\n';
    const from = (source: string) => on(`${web} -source ${source}`);
    const changes = [
      { rules: [from('dc/lan'), from('10.0.0.7')] },
      { rules: [from('10.0.0.7'), from('+dc/admins')] },
    ] as const;
    const narrower = ['port tcp 8000 from dc/lan → 10.0.0.7'];
    expect(fleet(changes, cluster)(0)).toEqual({ broader: [], narrower });
    expect(fleet(changes, cluster)(1)).toEqual({ broader: ['port tcp 8000 from 10.0.0.7 → +dc/admins'], narrower: [] });
    expect(fleet(changes)(0).broader).toEqual(['port tcp 8000 from 10.0.0.7']);
  });

  it('is not said to be filtered while the firewall of the datacenter is off', () => {
    const host = new HandMadeHost();
    const { steps } = container(950, 'qwen', { keys: [exact('net0', 'name=eth0')] });
    expect(host.run(steps, 'plan').stdout).toContain(
      '\nThe firewall of the datacenter is off (/etc/pve/firewall/cluster.fw)',
    );
    host.write(clusterFw, '[OPTIONS]\nenable: 1\n');
    expect(host.run(steps, 'plan').stdout).not.toContain('The firewall of the datacenter');
  });
});

describe('what a firewall file that is shared lets through', () => {
  const mark = '(phoenix-cdk app=phoenix)';
  const entries = (part: 'entries' | 'options', of: Partial<Extract<Step, { kind: 'firewall-entries' }>>): Step => ({
    kind: 'firewall-entries',
    id: `firewall/cluster/${part}`,
    resource: 'firewall/cluster',
    path: 'host/firewall',
    title: part,
    needs: [],
    target: clusterFw,
    part,
    options: [],
    aliases: [],
    ipsets: [],
    groups: [],
    rules: [],
    ...of,
  });
  const change = (before: string, step: Step, ...words: string[]) => {
    const host = new HandMadeHost();
    host.write(clusterFw, before);
    host.journal(['applied', 'firewall/cluster/options', '-', '-', 'option policy_in=DROP']);
    return told(host, [step], {}, ...words);
  };
  const block = (kind: string, name: string, ...members: string[]) =>
    `[OPTIONS]\nenable: 1\n[${kind} ${name}] # ${mark}\n${members.join('\n')}\n`;

  it('is more or less with the members of a set, all rules that use it included', () => {
    const set = (name: string, ...members: string[]) =>
      entries('entries', { ipsets: [{ name, head: `[IPSET ${name}] # ${mark}`, lines: members }] });
    expect(change(block('IPSET', 'admins', '10.0.0.5'), set('admins', '10.0.0.5', '10.0.0.6'))).toEqual({
      broader: ['filter 10.0.0.6 in set admins'],
      narrower: [],
    });
    expect(change(block('IPSET', 'admins', '10.0.0.0/24'), set('admins', '10.0.0.0/24', '10.0.0.6'))).toEqual(nothing);
    expect(
      change(block('IPSET', 'blacklist', '10.0.0.5', '10.0.0.6'), set('blacklist', '10.0.0.5'), '--allow-firewall'),
    ).toEqual({
      broader: ['filter 10.0.0.6 not in set blacklist'],
      narrower: [],
    });
    expect(change('[OPTIONS]\nenable: 1\n', set('admins', '10.0.0.5'))).toEqual(nothing);
    expect(change('[OPTIONS]\nenable: 1\n', set('management', '10.0.0.5')).broader).toEqual([
      'filter 10.0.0.5 in set management',
    ]);
  });

  it('is more or less with an alias and with the rules of a group', () => {
    const alias = entries('entries', { aliases: [{ name: 'lan', text: `lan 10.0.0.0/16 # ${mark}` }] });
    expect(change(`[OPTIONS]\nenable: 1\n[ALIASES]\nlan 10.0.0.0/24 # ${mark}\n`, alias)).toEqual({
      broader: ['filter alias lan 10.0.0.0/24 → 10.0.0.0/16'],
      narrower: [],
    });
    const group = entries('entries', {
      groups: [{ name: 'web', head: `[group web] # ${mark}`, lines: ['IN ACCEPT -p tcp -dport 443'] }],
    });
    expect(change(block('group', 'web', 'IN ACCEPT -p tcp -dport 80'), group)).toEqual({
      broader: ['port group web: tcp 443 from anywhere'],
      narrower: ['port group web: tcp 80 from anywhere'],
    });
  });

  it('is everything when the firewall goes off, and only what rules say when it goes on', () => {
    const rule = `IN ACCEPT -p tcp -dport 8006 # ${mark}`;
    const off = entries('options', { options: [{ name: 'enable', value: '0' }] });
    const every = 'port every port from anywhere (the firewall is off)';
    expect(change(`[OPTIONS]\nenable: 1\npolicy_in: DROP\n`, off).broader).toEqual([every]);
    const steps = [
      entries('entries', { rules: [rule] }),
      entries('options', { options: [{ name: 'enable', value: '1' }] }),
    ];
    const host = new HandMadeHost();
    expect(told(host, steps)).toEqual({ broader: [], narrower: [`held ${every}`] });
    expect(told(host, steps, {}, '--allow-firewall')).toEqual({ broader: [], narrower: [every] });
  });
});
