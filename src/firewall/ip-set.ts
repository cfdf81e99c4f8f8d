import { Construct } from 'constructs';
import { scopeFor } from '../core/scope.js';
import type { FirewallIpset, FirewallIpsetEntry } from '../format/firewall-model.js';
import { defaulted, list, object, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { Alias } from './alias.js';
import type { Peer } from './connections.js';
import { entryName, longestShared } from './entry-name.js';
import { entryOf } from './ip-set-entry.js';
import { unwritten } from './roles.js';
import { entryFields } from './schema.js';

/** A member of a set of addresses. */
export interface IpSetEntry {
  /** Address, network or alias. */
  readonly cidr: string | Alias;
  /**
   * Takes the address out of the set.
   * @default false
   */
  readonly except?: boolean;
  /**
   * Who that is. One line.
   * @default - none
   */
  readonly comment?: string;
}

export interface IpSetProps {
  /**
   * Name in `cluster.fw`: 2 to 61 letters, digits, `-` and `_`, a letter first. `management` is who reaches the hosts while their policy
   * drops, `blacklist` whose packets are dropped first.
   * @default - the construct's id
   */
  readonly setName?: string;
  /**
   * Members. `add` adds more.
   * @default - none
   */
  readonly entries?: readonly IpSetEntry[];
  /**
   * What the set is for. One line.
   * @default - none
   */
  readonly comment?: string;
}

const marker = Symbol.for('phoenix-cdk.IpSet');

/** A set of addresses, known to all hosts and guests of the cluster: rules say `+dc/NAME`. The app's `ClusterFirewall` writes it. */
export class IpSet extends Construct implements Referable {
  static isIpSet(construct: unknown): construct is IpSet {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /** A set that exists, and that others look after. Throws `firewall/name`. */
  static fromName(scope: Construct, name: string): IpSet {
    return new IpSet(scope, name, undefined);
  }

  /** Name as rules and `cluster.fw` write it. */
  readonly setName: string;
  private readonly own: FirewallIpset | undefined;
  private readonly added: FirewallIpsetEntry[] = [];

  /** Throws `config/*` and `firewall/name`. */
  constructor(scope: Construct, id: string, props: IpSetProps | undefined) {
    super(scopeFor(scope, id), id);
    Object.defineProperty(this, marker, { value: true });
    this.node.addValidation({ validate: () => (props === undefined ? [] : unwritten(this)) });
    const spec = props === undefined ? undefined : readProps(ipSetTable, props, this.node.path);
    this.setName = entryName('ipset', spec?.setName ?? id, longestShared, this.node.path);
    this.own = spec && {
      name: this.setName,
      entries: spec.entries.map(entryOf),
      ...(spec.comment === undefined ? {} : { comment: spec.comment }),
    };
  }

  get [reference](): ReferenceTarget {
    return { kind: 'firewall address', plain: `+dc/${this.setName}`, host: undefined };
  }

  /** Whoever is in the set, as the other end of a connection. */
  get peer(): Peer {
    return { path: this.node.path, address: () => `+dc/${this.setName}` };
  }

  /** What `cluster.fw` has to hold; undefined for a set that others look after. */
  get entry(): FirewallIpset | undefined {
    return this.own && { ...this.own, entries: [...this.own.entries, ...this.added] };
  }

  /** Puts a further member into the set. Throws `config/*`. */
  add(entry: IpSetEntry): void {
    this.added.push(...readProps(ipSetTable, { entries: [entry] }, this.node.path).entries.map(entryOf));
  }
}

/** What an `IpSet` says. */
export const ipSetTable = table('IpSet', {
  setName: text('Name in `cluster.fw`.'),
  entries: defaulted(list('Members.', object('A member.', entryFields)), []),
  comment: text('What the set is for. One line.'),
});
