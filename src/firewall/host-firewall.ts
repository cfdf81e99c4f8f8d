import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { type FirewallRule, firewallProblems } from '../format/firewall-model.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { firewallChecks } from './checks.js';
import { ClusterFirewall } from './cluster-firewall.js';
import { Connections, type Permission } from './connections.js';
import type { HostFirewallProps } from './host-firewall-props.js';
import { optionWords } from './option-words.js';
import { permissionRules } from './permission-rules.js';
import { clusterEntriesNeed, describeSharedFirewall, hostFirewallIdentity } from './plan.js';
import type { HostFirewallRule } from './props.js';
import { constructsOf, hostFirewallMarker, type SharedFirewallSpec } from './roles.js';
import { ruleOf } from './rule.js';
import { hostFields } from './schema.js';

/**
 * The firewall of one host, `host.fw`. In force only while the firewall of the datacenter is switched on.
 *
 * Connections of guests with the host come to rules here, behind the host's own. The file is shared: entries of others stay as they are, and
 * the app's rules stand before theirs.
 */
export class HostFirewall extends Resource<SharedFirewallSpec> {
  static isHostFirewall(construct: unknown): construct is HostFirewall {
    return typeof construct === 'object' && construct !== null && hostFirewallMarker in construct;
  }

  private readonly values: SpecOf<typeof hostFields>;
  private readonly added: FirewallRule[] = [];

  /** Throws `config/*` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: HostFirewallProps = {}) {
    super(scope, id);
    Object.defineProperty(this, hostFirewallMarker, { value: true });
    this.values = readProps(hostTable, props, this.node.path);
  }

  get identity(): string {
    return hostFirewallIdentity;
  }

  /** Puts a further rule behind the others. Throws `config/*`. */
  addRule(rule: HostFirewallRule): void {
    this.added.push(...readProps(hostTable, { rules: [rule] }, this.node.path).rules.map(ruleOf));
  }

  complete(completion: Completion): SharedFirewallSpec {
    const own = [...this.values.rules.map(ruleOf), ...this.added];
    const spec: SharedFirewallSpec = {
      imported: false,
      options: optionWords(hostOptions, this.values),
      aliases: [],
      ipsets: [],
      groups: [],
      rules: [...own, ...permissionRules(this.permissions(), own, this.clusterPolicy())],
      needs: {
        entries: clusterEntriesNeed(completion, this.host),
        options: [],
      },
      removalPolicy: this.values.removalPolicy,
    };
    const problems = firewallProblems(spec, 'host');
    if (problems.length > 0) {
      throw new PhoenixError(problems.map((problem) => ({ ...problem, path: this.node.path })));
    }
    return spec;
  }

  describe(spec: SharedFirewallSpec, place: Place): Outcome {
    return describeSharedFirewall('host', spec, place);
  }

  override checks(): readonly Check[] {
    return firewallChecks;
  }

  /** What guests were granted with this host, as the host sees it. */
  private permissions(): Permission[] {
    const path = this.host.node.path;
    return constructsOf(this).flatMap((construct) => {
      const connections = Connections.of(construct);
      const granted = connections?.permissions.filter(({ peer }) => peer.path === path) ?? [];
      return granted.flatMap(({ direction, port, why }) =>
        connections === undefined
          ? []
          : [{ direction: direction === 'IN' ? ('OUT' as const) : ('IN' as const), peer: connections.end, port, why }],
      );
    });
  }

  private clusterPolicy(): { readonly inbound: string; readonly outbound: string } {
    const cluster = constructsOf(this).find(ClusterFirewall.isClusterFirewall);
    return cluster?.policy ?? { inbound: 'DROP', outbound: 'ACCEPT' };
  }
}

const hostTable = table('HostFirewall', hostFields);

/** Props and field table say the same; a key that one of them lacks does not compile. */
export type HostFirewallPropsMatchTable = Assert<PropsMatch<HostFirewallProps, LayerOf<typeof hostFields>>>;

/** Names of options in the file, by the keys of the props. */
const hostOptions = {
  enabled: 'enable',
  nftables: 'nftables',
  ndp: 'ndp',
  noSmurfs: 'nosmurfs',
  tcpFlags: 'tcpflags',
  logLevelIn: 'log_level_in',
  logLevelOut: 'log_level_out',
  logLevelForward: 'log_level_forward',
  smurfLogLevel: 'smurf_log_level',
  tcpFlagsLogLevel: 'tcp_flags_log_level',
  logConntrack: 'log_nf_conntrack',
  conntrackAllowInvalid: 'nf_conntrack_allow_invalid',
  conntrackHelpers: 'nf_conntrack_helpers',
  conntrackMax: 'nf_conntrack_max',
  conntrackTimeoutEstablished: 'nf_conntrack_tcp_timeout_established',
  conntrackTimeoutSynReceived: 'nf_conntrack_tcp_timeout_syn_recv',
  synFloodProtection: 'protection_synflood',
  synFloodRate: 'protection_synflood_rate',
  synFloodBurst: 'protection_synflood_burst',
} as const;
