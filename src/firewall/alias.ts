import { Construct } from 'constructs';
import { scopeFor } from '../core/scope.js';
import type { FirewallAlias } from '../format/firewall-model.js';
import { required, type SpecOf, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { readProps } from '../model/read-props.js';
import { type Referable, type ReferenceTarget, reference } from '../model/reference.js';
import type { Peer } from './connections.js';
import { entryName, longestShared } from './entry-name.js';
import { unwritten } from './roles.js';

export interface AliasProps {
  /**
   * Name in `cluster.fw`: 2 to 61 letters, digits, `-` and `_`, a letter first.
   * @default - the construct's id
   */
  readonly aliasName?: string;
  /** Address or network. */
  readonly cidr: string;
  /**
   * Who that is. One line.
   * @default - none
   */
  readonly comment?: string;
}

const marker = Symbol.for('phoenix-cdk.Alias');

/**
 * A name for an address or a network, known to all hosts and guests of the cluster: rules say `dc/NAME`. The app's `ClusterFirewall`
 * writes it.
 */
export class Alias extends Construct implements Referable {
  static isAlias(construct: unknown): construct is Alias {
    return typeof construct === 'object' && construct !== null && marker in construct;
  }

  /** An alias that exists, and that others look after. Throws `firewall/name`. */
  static fromName(scope: Construct, name: string): Alias {
    return new Alias(scope, name, undefined);
  }

  /** Name as rules and `cluster.fw` write it. */
  readonly aliasName: string;
  /** What `cluster.fw` has to hold; undefined for one that others look after. */
  readonly entry: FirewallAlias | undefined;

  /** Throws `config/*` and `firewall/name`. */
  constructor(scope: Construct, id: string, props: AliasProps | undefined) {
    super(scopeFor(scope, id), id);
    Object.defineProperty(this, marker, { value: true });
    this.node.addValidation({ validate: () => (props === undefined ? [] : unwritten(this)) });
    const spec: SpecOf<typeof aliasTable.fields> | undefined =
      props === undefined ? undefined : readProps(aliasTable, props, this.node.path);
    this.aliasName = entryName('alias', spec?.aliasName ?? id, longestShared, this.node.path);
    this.entry = spec && {
      name: this.aliasName,
      cidr: spec.cidr,
      ...(spec.comment === undefined ? {} : { comment: spec.comment }),
    };
  }

  get [reference](): ReferenceTarget {
    return { kind: 'firewall address', plain: `dc/${this.aliasName}`, host: undefined };
  }

  /** Whoever has the address, as the other end of a connection. */
  get peer(): Peer {
    return { path: this.node.path, address: () => `dc/${this.aliasName}` };
  }
}

/** What an `Alias` says. */
export const aliasTable = table('Alias', {
  aliasName: text('Name in `cluster.fw`.'),
  cidr: required(text('Address or network.')),
  comment: text('Who that is. One line.'),
});
