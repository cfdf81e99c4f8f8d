import { PhoenixError } from '../base/errors.js';

/** Where traffic goes: a protocol and, where the protocol has them, ports. */
export class Port {
  /** One TCP port. Throws `firewall/port`. */
  static tcp(port: number): Port {
    return new Port('tcp', String(checked(port)));
  }

  /** TCP ports from one to another, both included. Throws `firewall/port`. */
  static tcpRange(from: number, to: number): Port {
    return new Port('tcp', rangeText(from, to));
  }

  /** One UDP port. Throws `firewall/port`. */
  static udp(port: number): Port {
    return new Port('udp', String(checked(port)));
  }

  /** UDP ports from one to another, both included. Throws `firewall/port`. */
  static udpRange(from: number, to: number): Port {
    return new Port('udp', rangeText(from, to));
  }

  /** Ping and the other messages of ICMP. */
  static icmp(): Port {
    return new Port('icmp', undefined);
  }

  private constructor(
    /** Protocol as the firewall names it. */
    readonly protocol: 'tcp' | 'udp' | 'icmp',
    /** Port or range as the firewall writes it: `80` or `80:85`; undefined where the protocol has none. */
    readonly ports: string | undefined,
  ) {}

  toString(): string {
    return this.ports === undefined ? this.protocol : `${this.protocol} ${this.ports}`;
  }
}

function rangeText(from: number, to: number): string {
  if (checked(from) > checked(to)) {
    throw new PhoenixError({
      code: 'firewall/port',
      message: `the range ${from} to ${to} runs backwards`,
      value: `${from}:${to}`,
      fix: 'give the lower port first',
    });
  }
  return from === to ? String(from) : `${from}:${to}`;
}

function checked(port: number): number {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new PhoenixError({
      code: 'firewall/port',
      message: `${port} is no port`,
      value: port,
      fix: 'use a whole number from 1 to 65535',
    });
  }
  return port;
}
