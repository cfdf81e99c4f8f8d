import { PhoenixError } from '../base/errors.js';
import type { Port } from './port.js';

/** Somebody on the other end of a connection. */
export interface Peer {
  /** Construct path, for the comment of the rule. */
  readonly path: string;
  /** Address or network as the firewall writes it. Known once addresses are allocated. */
  readonly address: () => string;
  /** The other end's own connections, if it is a guest of ours. */
  readonly connections?: Connections;
}

/** A thing that can be named as the other end of a connection. */
export interface Connectable {
  readonly peer: Peer;
}

/** One permission, as one end sees it. */
export interface Permission {
  readonly direction: 'IN' | 'OUT';
  readonly peer: Peer;
  readonly port: Port;
  readonly why: string;
}

const marker = Symbol.for('phoenix-cdk.Connections');

/**
 * Who may talk to a guest, and to whom it may talk.
 *
 * A permission between two guests is known to both ends: the one lets it in, and the other lets it out if it lets out nothing by itself.
 */
export class Connections {
  /** Those of a construct, if it has any. */
  static of(construct: object): Connections | undefined {
    const found: unknown = Reflect.get(construct, 'connections');
    return isConnections(found) ? found : undefined;
  }

  private readonly granted: Permission[] = [];

  constructor(
    private readonly self: () => Peer,
    /** Port that `allowDefaultPortFrom` opens: the port of the guest's service. */
    readonly defaultPort: () => Port | undefined,
  ) {
    Object.defineProperty(this, marker, { value: true });
  }

  /** The guest itself, as the other end sees it. */
  get end(): Peer {
    return this.self();
  }

  /** What was granted so far, seen from this end. */
  get permissions(): readonly Permission[] {
    return this.granted;
  }

  /** Lets this guest open connections to the other end's port. */
  allowTo(other: Connectable, port: Port, why = ''): void {
    this.grant({ direction: 'OUT', peer: other.peer, port, why });
    other.peer.connections?.grant({ direction: 'IN', peer: this.self(), port, why });
  }

  /** Lets the other end open connections to this guest's port. */
  allowFrom(other: Connectable, port: Port, why = ''): void {
    this.grant({ direction: 'IN', peer: other.peer, port, why });
    other.peer.connections?.grant({ direction: 'OUT', peer: this.self(), port, why });
  }

  /** Lets the other end use this guest's service. Throws `firewall/no-default-port` if the guest has none. */
  allowDefaultPortFrom(other: Connectable, why = ''): void {
    const port = this.defaultPort();
    if (port === undefined) {
      throw new PhoenixError({
        code: 'firewall/no-default-port',
        message: `${this.self().path} has no service whose port could be opened`,
        path: this.self().path,
        fix: 'name the port: allowFrom(other, Port.tcp(8080))',
      });
    }
    this.allowFrom(other, port, why);
  }

  private grant(permission: Permission): void {
    this.granted.push(permission);
  }
}

function isConnections(value: unknown): value is Connections {
  return typeof value === 'object' && value !== null && marker in value;
}
