import type { Construct } from 'constructs';
import { PhoenixError } from '../base/errors.js';
import { type Check, type Completion, type Outcome, type Place, Resource } from '../core/resource.js';
import { type FirewallRule, firewallProblems } from '../format/firewall-model.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { Alias } from './alias.js';
import { firewallChecks } from './checks.js';
import { IpSet } from './ip-set.js';
import { optionWords } from './option-words.js';
import { clusterFirewallIdentity, describeSharedFirewall, entriesStepOf, hostFirewallIdentity } from './plan.js';
import type { ClusterFirewallProps, HostFirewallRule } from './props.js';
import { clusterFirewallMarker, constructsOf, type SharedFirewallSpec } from './roles.js';
import { ruleOf } from './rule.js';
import { clusterFields } from './schema.js';
import { SecurityGroup } from './security-group.js';

/**
 * The firewall of the datacenter, `cluster.fw`: the switch over all firewalls, what holds for every host, and the app's `Alias`, `IpSet` and
 * `SecurityGroup` constructs, wherever in the program they are.
 *
 * The file is shared: entries of others stay as they are. The app's rules stand before theirs, in the order of the program.
 */
export class ClusterFirewall extends Resource<SharedFirewallSpec> {
  static isClusterFirewall(construct: unknown): construct is ClusterFirewall {
    return typeof construct === 'object' && construct !== null && clusterFirewallMarker in construct;
  }

  /** A firewall that others look after. `enabled` says whether it is on, as far as that is known. */
  static fromExisting(scope: Construct, id: string, known: { readonly enabled?: boolean } = {}): ClusterFirewall {
    return new ClusterFirewall(scope, id, known, true);
  }

  private readonly values: SpecOf<typeof clusterFields>;
  private readonly added: FirewallRule[] = [];

  /** Throws `config/*` with everything that is wrong with the props. */
  constructor(
    scope: Construct,
    id: string,
    props: ClusterFirewallProps = {},
    /** Whether others look after the file. */
    readonly isImported = false,
  ) {
    super(scope, id);
    Object.defineProperty(this, clusterFirewallMarker, { value: true });
    this.values = readProps(clusterTable, props, this.node.path);
  }

  get identity(): string {
    return this.isImported ? `${clusterFirewallIdentity}-of-others` : clusterFirewallIdentity;
  }

  override get isClusterWide(): boolean {
    return !this.isImported;
  }

  /** What becomes of packets to and from hosts that no rule speaks of. */
  get policy(): { readonly inbound: string; readonly outbound: string } {
    return { inbound: this.values.inbound ?? 'DROP', outbound: this.values.outbound ?? 'ACCEPT' };
  }

  /** Puts a further rule behind the others. Throws `config/*`. */
  addRule(rule: HostFirewallRule): void {
    this.added.push(...readProps(clusterTable, { rules: [rule] }, this.node.path).rules.map(ruleOf));
  }

  complete(completion: Completion): SharedFirewallSpec {
    const all = constructsOf(this);
    const spec: SharedFirewallSpec = {
      imported: this.isImported,
      options: optionWords(clusterOptions, { ...this.values, logRateLimit: rateLimitText(this.values.logRateLimit) }),
      aliases: all.filter(Alias.isAlias).flatMap(({ entry }) => entry ?? []),
      ipsets: all.filter(IpSet.isIpSet).flatMap(({ entry }) => entry ?? []),
      groups: all.filter(SecurityGroup.isSecurityGroup).flatMap(({ entry }) => entry ?? []),
      rules: [...this.values.rules.map(ruleOf), ...this.added],
      needs: {
        entries: [],
        options: completion.has(this.host, hostFirewallIdentity) ? [entriesStepOf(hostFirewallIdentity)] : [],
      },
      removalPolicy: this.values.removalPolicy,
    };
    const problems = firewallProblems(spec, 'cluster');
    if (problems.length > 0) {
      throw new PhoenixError(problems.map((problem) => ({ ...problem, path: this.node.path })));
    }
    return spec;
  }

  describe(spec: SharedFirewallSpec, place: Place): Outcome {
    return describeSharedFirewall('cluster', spec, place);
  }

  override checks(): readonly Check[] {
    return firewallChecks;
  }
}

const clusterTable = table('ClusterFirewall', clusterFields);

/** Props and field table say the same; a key that one of them lacks does not compile. */
export type ClusterFirewallPropsMatchTable = Assert<PropsMatch<ClusterFirewallProps, LayerOf<typeof clusterFields>>>;

/** Names of options in the file, by the keys of the props. */
const clusterOptions = {
  enabled: 'enable',
  ebtables: 'ebtables',
  inbound: 'policy_in',
  outbound: 'policy_out',
  forward: 'policy_forward',
  logRateLimit: 'log_ratelimit',
} as const;

function rateLimitText(limit: SpecOf<typeof clusterFields>['logRateLimit']): string | undefined {
  if (limit === undefined) {
    return undefined;
  }
  const { enabled, rate, burst } = limit;
  const parts = [
    `enable=${enabled ? 1 : 0}`,
    ...(rate === undefined ? [] : [`rate=${rate}`]),
    ...(burst === undefined ? [] : [`burst=${burst}`]),
  ];
  return parts.join(',');
}
