import { Construct } from 'constructs';
import { scopeFor } from '../core/scope.js';
import type { FirewallGroup, FirewallRule } from '../format/firewall-model.js';
import { defaulted, list, object, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import { entryName } from './entry-name.js';
import type { PacketRuleProps } from './packet-rule-props.js';
import { unwritten } from './roles.js';
import { ruleOf } from './rule.js';
import { groupRuleFields } from './schema.js';

/** One rule of a security group. */
export interface SecurityGroupRule extends PacketRuleProps {
  /**
   * Which way the packets go, as seen by whatever uses the group.
   * @default 'IN'
   */
  readonly direction?: 'IN' | 'OUT' | 'FORWARD';
}

export interface SecurityGroupProps {
  /**
   * Name in `cluster.fw`: 2 to 18 letters, digits, `-` and `_`, a letter first.
   * @default - the construct's id
   */
  readonly groupName?: string;
  /**
   * Rules, in the order in which they are tried.
   * @default - none
   */
  readonly rules?: readonly SecurityGroupRule[];
  /**
   * What the group is for. One line.
   * @default - none
   */
  readonly comment?: string;
}

const marker = Symbol.for('phoenix-cdk.SecurityGroup');

/** Rules under one name, for the firewalls of many guests and hosts: `rules: [{ group }]`. The app's `ClusterFirewall` writes it. */
export class SecurityGroup extends Construct implements Referable {
  static isSecurityGroup(construct: unknown): construct is SecurityGroup {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /** A group that exists, and that others look after. Throws `firewall/name`. */
  static fromName(scope: Construct, name: string): SecurityGroup {
    return new SecurityGroup(scope, name, undefined);
  }

  /** Name as rules and `cluster.fw` write it. */
  readonly groupName: string;
  private readonly own: FirewallGroup | undefined;
  private readonly added: FirewallRule[] = [];

  /** Throws `config/*` and `firewall/name`. */
  constructor(scope: Construct, id: string, props: SecurityGroupProps | undefined) {
    super(scopeFor(scope, id), id);
    Object.defineProperty(this, marker, { value: true });
    this.node.addValidation({ validate: () => (props === undefined ? [] : unwritten(this)) });
    const spec = props === undefined ? undefined : readProps(groupTable, props, this.node.path);
    this.groupName = entryName('group', spec?.groupName ?? id, 18, this.node.path);
    this.own = spec && {
      name: this.groupName,
      rules: spec.rules.map(ruleOf),
      ...(spec.comment === undefined ? {} : { comment: spec.comment }),
    };
  }

  get [reference](): ReferenceTarget {
    return { kind: 'security group', plain: this.groupName, host: undefined };
  }

  /** What `cluster.fw` has to hold; undefined for a group that others look after. */
  get entry(): FirewallGroup | undefined {
    return this.own && { ...this.own, rules: [...this.own.rules, ...this.added] };
  }

  /** Puts a further rule behind the others. Throws `config/*`. */
  addRule(rule: SecurityGroupRule): void {
    this.added.push(...readProps(groupTable, { rules: [rule] }, this.node.path).rules.map(ruleOf));
  }
}

/** What a `SecurityGroup` says. */
export const groupTable = table('SecurityGroup', {
  groupName: text('Name in `cluster.fw`.'),
  rules: defaulted(list('Rules.', object('A rule.', groupRuleFields)), []),
  comment: text('What the group is for. One line.'),
});
