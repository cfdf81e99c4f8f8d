import { describe, expect, it } from 'vitest';
import { Alias } from '../../src/firewall/alias.js';
import { ClusterFirewall } from '../../src/firewall/cluster-firewall.js';
import { HostFirewall } from '../../src/firewall/host-firewall.js';
import type { HostFirewallProps } from '../../src/firewall/host-firewall-props.js';
import { IpSet } from '../../src/firewall/ip-set.js';
import { Port } from '../../src/firewall/port.js';
import type { ClusterFirewallProps, GuestFirewallProps } from '../../src/firewall/props.js';
import { SecurityGroup } from '../../src/firewall/security-group.js';
import { codesOf, problemsOf, SmallHost } from '../support/small-host.js';

/** A host with a cluster's firewall that is on and lets the network in. */
function host(cluster: ClusterFirewallProps | undefined = {}, own?: HostFirewallProps) {
  const made = new SmallHost();
  const firewall = new ClusterFirewall(made.base, 'firewall', {
    enabled: true,
    rules: [{ source: '10.0.0.0/24', protocol: 'tcp', ports: '22,8006' }],
    ...cluster,
  });
  const node = own === undefined ? undefined : new HostFirewall(made.base, 'host-firewall', own);
  const guest = (id: string, number: number, props: GuestFirewallProps = {}) =>
    made.container(id, { vmid: 900 + number, network: made.lan, address: `10.0.0.${number}`, firewall: props });
  return { made, firewall, node, guest };
}

const step = (made: SmallHost, id: string) => made.synth().step(id);
const findings = (made: SmallHost) =>
  made
    .synth()
    .findings.all.filter(({ code }) => code.startsWith('firewall/'))
    .map(({ code }) => code);

describe('the firewall of the cluster', () => {
  it('is two steps: what lets through, and then the switch', () => {
    const { made } = host({ inbound: 'REJECT', logRateLimit: { rate: '2/minute', burst: 3 } });
    expect(step(made, 'firewall/cluster/entries')).toMatchObject({
      kind: 'firewall-entries',
      target: '/etc/pve/firewall/cluster.fw',
      rules: ['IN ACCEPT -source 10.0.0.0/24 -p tcp -dport 22,8006 # (phoenix-cdk app=test)'],
      exclusive: ['file/cluster.fw'],
    });
    expect(step(made, 'firewall/cluster/options')).toMatchObject({
      needs: ['firewall/cluster/entries'],
      options: [
        { name: 'enable', value: '1' },
        { name: 'log_ratelimit', value: 'enable=1,rate=2/minute,burst=3' },
        { name: 'policy_in', value: 'REJECT' },
      ],
    });
  });

  it('holds the aliases, sets and groups of the whole app, each with its mark', () => {
    const { made, guest } = host();
    const router = new Alias(made.ai, 'router', { cidr: '10.0.0.1' });
    const admins = new IpSet(made.ai, 'admins', { entries: [{ cidr: router }], comment: 'who may' });
    admins.add({ cidr: '10.0.0.7', except: true, comment: 'not him' });
    const web = new SecurityGroup(made.ai, 'Web', { rules: [{ macro: 'HTTPS', source: admins }] });
    guest('site', 50, { rules: [{ group: web, interface: 'net0' }] });
    expect(step(made, 'firewall/cluster/entries')).toMatchObject({
      aliases: [{ name: 'router', text: 'router 10.0.0.1 # (phoenix-cdk app=test)' }],
      ipsets: [
        {
          head: '[IPSET admins] # who may (phoenix-cdk app=test)',
          lines: ['dc/router', '!10.0.0.7 # not him'],
        },
      ],
      groups: [{ head: '[group web] # (phoenix-cdk app=test)', lines: ['IN HTTPS(ACCEPT) -source +dc/admins'] }],
    });
    expect(made.synth().file('stacks/ai/root/etc/pve/firewall/950.fw')).toContain('GROUP web -i net0\n');
    expect(step(made, 'guest/950/firewall').needs).toContain('firewall/cluster/entries');
    expect(findings(made)).toEqual([]);
  });

  it('is needed by what belongs into its file', () => {
    const made = new SmallHost();
    new Alias(made.ai, 'router', { cidr: '10.0.0.1' });
    const [problem] = problemsOf(() => made.synth());
    expect(problem).toMatchObject({ code: 'construct/invalid', message: expect.stringContaining('declare one') });
  });

  it('has names that fit into a rule with what stands before them', () => {
    const { made } = host();
    const long = 'a'.repeat(62);
    expect(codesOf(() => new IpSet(made.ai, long, {}))).toEqual(['firewall/name']);
    expect(codesOf(() => new Alias(made.base, long, { cidr: '10.0.0.1' }))).toEqual(['firewall/name']);
    expect(new IpSet(made.ai, long.slice(1), {}).setName).toHaveLength(61);
  });

  it('is one in an app', () => {
    const { made } = host();
    new ClusterFirewall(made.ai, 'other', {});
    expect(codesOf(() => made.synth())).toContain('identity/taken-twice');
  });

  it('of others is not touched, and its names can be used', () => {
    const made = new SmallHost();
    ClusterFirewall.fromExisting(made.base, 'firewall', { enabled: true });
    const admins = IpSet.fromName(made.base, 'admins');
    const guest = made.container('a', { vmid: 950, network: made.lan, address: '10.0.0.50', firewall: {} });
    guest.connections.allowFrom(admins, Port.macro('SSH'), 'to mend it');
    expect(made.synth().steps.filter(({ kind }) => kind === 'firewall-entries')).toEqual([]);
    expect(made.synth().file('stacks/ai/root/etc/pve/firewall/950.fw')).toContain(
      'IN SSH(ACCEPT) -source +dc/admins # base/admins: to mend it\n',
    );
    expect(findings(made)).toEqual([]);
  });

  it.each<[string, ClusterFirewallProps, string]>([
    ['REJECT of what is forwarded', { rules: [{ direction: 'FORWARD', action: 'REJECT' }] }, 'firewall/action'],
    ['ports without a protocol', { rules: [{ ports: '80' }] }, 'firewall/ports-need-proto'],
    ['a macro that there is not', { rules: [{ macro: 'SHH' as 'SSH' }] }, 'firewall/macro'],
    ['a group that says more', { rules: [{ group: 'web', protocol: 'tcp' }] }, 'firewall/group-rule'],
    ['two families', { rules: [{ source: '10.0.0.1', dest: 'fd00::1' }] }, 'firewall/mixed-families'],
  ])('refuses %s', (_, props, code) => {
    expect(codesOf(() => host(props).made.synth())).toContain(code);
  });

  it('names the macro that was meant', () => {
    const [problem] = problemsOf(() => host({ rules: [{ macro: 'Posgresql' as 'SSH' }] }).made.synth());
    expect(problem?.fix).toBe('use PostgreSQL');
  });
});

describe('the firewall of a host', () => {
  it('has the rules that connections with the host come to', () => {
    const { made, guest } = host({}, { rules: [{ macro: 'Ping' }] });
    guest('agent', 50).connections.allowTo(made.pve, Port.tcp(8006), 'asks for metrics');
    expect(step(made, 'firewall/host/entries')).toMatchObject({
      target: '/etc/pve/nodes/pve/host.fw',
      needs: ['firewall/cluster/entries'],
      rules: [
        'IN Ping(ACCEPT) # (phoenix-cdk app=test)',
        'IN ACCEPT -source 10.0.0.50 -p tcp -dport 8006 # ai/agent: asks for metrics (phoenix-cdk app=test)',
      ],
    });
    expect(step(made, 'firewall/cluster/options').needs).toEqual(['firewall/cluster/entries', 'firewall/host/entries']);
  });

  it('tracks no further connections for an empty list, which no file can hold', () => {
    const { made } = host({}, { conntrackHelpers: [] });
    expect(step(made, 'firewall/host/options')).toMatchObject({ options: [] });
  });

  it('lets the host out where the cluster would not', () => {
    const { made, guest } = host({ outbound: 'DROP' }, {});
    guest('site', 50).connections.allowFrom(made.pve, Port.tcp(80), 'health');
    expect(step(made, 'firewall/host/entries')).toMatchObject({
      rules: ['OUT ACCEPT -dest 10.0.0.50 -p tcp -dport 80 # ai/site: health (phoenix-cdk app=test)'],
    });
  });
});

describe('a check', () => {
  it.each<[string, (h: ReturnType<typeof host>) => void, string[]]>([
    ['nothing where all switches are on', (h) => h.guest('a', 50), []],
    [
      'a network device that is not filtered',
      (h) =>
        h.made.container('a', {
          vmid: 950,
          network: h.made.lan,
          address: '10.0.0.50',
          nic: { firewall: false },
          firewall: {},
        }),
      ['firewall/nic-switch'],
    ],
    ['a firewall that is off', (h) => h.guest('a', 50, { enabled: false, rules: [{}] }), ['firewall/guest-switch']],
    [
      'a rule behind a wider one',
      (h) =>
        h.guest('a', 50, { rules: [{ source: '10.0.0.0/24' }, { action: 'DROP', source: '10.0.0.9', macro: 'SSH' }] }),
      ['firewall/shadowed'],
    ],
    [
      'nothing for a rule behind a narrower one',
      (h) => h.guest('a', 50, { rules: [{ source: '10.0.0.9', macro: 'SSH' }, { source: '10.0.0.0/24' }] }),
      [],
    ],
    [
      'a name that nobody defined',
      (h) => h.guest('a', 50, { rules: [{ source: '+dc/lan' }, { source: 'dc/nas' }, { group: 'web' }] }),
      ['firewall/undefined', 'firewall/undefined', 'firewall/undefined'],
    ],
    [
      'a member of a set that nobody defined',
      (h) => {
        new IpSet(h.made.ai, 'lan', { entries: [{ cidr: 'dc/nas' }] });
        h.guest('a', 50, { ipSets: [{ name: 'own', entries: [{ cidr: 'guest/nas' }] }] });
      },
      ['firewall/undefined', 'firewall/undefined'],
    ],
    [
      'nothing for names of its own',
      (h) =>
        h.guest('a', 50, {
          aliases: [{ name: 'nas', cidr: '10.0.0.9' }],
          ipSets: [{ name: 'lan', entries: [{ cidr: 'nas' }] }],
          rules: [{ source: '+guest/lan' }, { source: 'guest/nas' }],
        }),
      [],
    ],
    [
      'a set that is empty',
      (h) => h.guest('a', 50, { rules: [{ source: new IpSet(h.made.ai, 'nobody', {}) }] }),
      ['firewall/empty-set'],
    ],
    [
      'a network device that the guest lacks',
      (h) =>
        h.guest('a', 50, {
          ipSets: [{ name: 'ipfilter-net3', entries: [{ cidr: '10.0.0.50' }] }],
          rules: [{ interface: 'net2' }],
        }),
      ['firewall/no-interface', 'firewall/no-interface'],
    ],
    ['IPv6 where there is none', (h) => h.guest('a', 50, { rules: [{ source: 'fd00::/8' }] }), ['firewall/family']],
    ['forwarding without nftables', (h) => h.firewall.addRule({ direction: 'FORWARD' }), ['firewall/forward-nftables']],
  ])('finds %s', (_, build, codes) => {
    const h = host();
    build(h);
    expect(findings(h.made)).toEqual(codes);
  });

  it.each<[string, boolean | undefined, number, number, string[]]>([
    ['off while guests are filtered', false, 1, 0, ['firewall/host-switch']],
    ['off with rules of its own', false, 0, 1, ['firewall/host-switch']],
    ['off with nothing to filter', false, 0, 0, []],
    ['on', true, 1, 1, []],
    ['left as it is', undefined, 1, 1, []],
  ])('finds a host that is open: its switch is %s', (_, enabled, guests, rules, codes) => {
    const ssh = { protocol: 'tcp', ports: '22' } as const;
    const { made, guest } = host(
      {},
      { ...(enabled === undefined ? {} : { enabled }), rules: rules === 0 ? [] : [ssh] },
    );
    if (guests > 0) guest('a', 50);
    expect(findings(made)).toEqual(codes);
  });

  it('finds nothing of forwarding where the host has nftables', () => {
    const { made } = host({ forward: 'DROP' }, { nftables: true });
    expect(findings(made)).toEqual([]);
  });

  it.each<[string, ClusterFirewallProps | undefined, string[]]>([
    ['on by others, as far as is known', undefined, ['firewall/datacenter-switch']],
    ['left as it is', { enabled: undefined } as unknown as ClusterFirewallProps, []],
    ['off', { enabled: false }, ['firewall/datacenter-switch']],
  ])('says that rules of guests wait for the datacenter: %s', (_, props, codes) => {
    const made = new SmallHost();
    if (props !== undefined) {
      new ClusterFirewall(made.base, 'firewall', props.enabled === undefined ? {} : props);
    }
    made.container('a', { vmid: 950, network: made.lan, address: '10.0.0.50', firewall: {} });
    expect(findings(made).filter((code) => codes.length === 0 || codes.includes(code))).toEqual(
      codes.length === 0 ? ['firewall/datacenter-switch'] : codes,
    );
  });

  it('finds a rule that shuts everybody out', () => {
    expect(codesOf(() => host({ rules: [{ action: 'DROP' }, { macro: 'SSH' }] }).made.synth())).toEqual([
      'firewall/lock-out',
    ]);
    expect(codesOf(() => host({}, { rules: [{ action: 'REJECT', protocol: 'tcp' }] }).made.synth())).toEqual([
      'firewall/lock-out',
    ]);
    expect(
      findings(
        host({ rules: [{ source: '10.9.0.0/16', protocol: 'tcp', ports: '22,8006' }, { action: 'DROP' }] }).made,
      ),
    ).toEqual([]);
  });

  it('takes no rule for a way in whose protocol Proxmox does not know', () => {
    const lost = host({ rules: [{ protocol: 'tcpp' }, { action: 'DROP', protocol: 'TCP' }] });
    expect(codesOf(() => lost.made.synth())).toEqual(['firewall/lock-out']);
    expect(codesOf(() => host({ rules: [{ protocol: '6' }, { action: 'DROP' }] }).made.synth())).toEqual([]);
  });

  it('warns of a firewall that only the own network passes', () => {
    expect(findings(host({ rules: [] }).made)).toEqual(['firewall/lock-out']);
    expect(findings(host({ rules: [], inbound: 'ACCEPT' }).made)).toEqual([]);
    const managed = host({ rules: [] });
    new IpSet(managed.made.base, 'management', { entries: [{ cidr: '192.0.2.7' }] });
    expect(findings(managed.made)).toEqual([]);
  });
});
