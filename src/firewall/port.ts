import { PhoenixError } from '../base/errors.js';
import { type FirewallMacro, macroLike, macroNamed } from '../format/firewall-macros.js';
import { protocolNamed } from '../format/firewall-protocols.js';

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

  /** One SCTP port. Throws `firewall/port`. */
  static sctp(port: number): Port {
    return new Port('sctp', String(checked(port)));
  }

  /** Ping and the other messages of ICMP; with a type, such as `echo-request`, that one alone. */
  static icmp(type?: string): Port {
    return new Port('icmp', undefined, type);
  }

  /** The messages of ICMP for IPv6; with a type, such as `echo-request`, that one alone. */
  static icmpv6(type?: string): Port {
    return new Port('ipv6-icmp', undefined, type);
  }

  /** A protocol as a whole, by name or number: `gre`, `esp`, `tcp`. */
  static protocol(protocol: string): Port {
    return new Port(protocolNamed(String(protocol)) ?? String(protocol), undefined);
  }

  /** What one of Proxmox's macros opens: `SSH`, `DNS`, `Ping`. Throws `firewall/macro`. */
  static macro(name: FirewallMacro): Port {
    const known = macroNamed(String(name));
    if (known === undefined) {
      const like = macroLike(String(name));
      throw new PhoenixError({
        code: 'firewall/macro',
        message: `Proxmox has no macro '${name}'`,
        value: name,
        fix: like === undefined ? 'name protocol and port: Port.tcp(8080)' : `use ${like}`,
      });
    }
    return new Port(undefined, undefined, undefined, known);
  }

  private constructor(
    /** Protocol as the firewall names it; undefined for a macro, which brings its own. */
    readonly protocol: string | undefined,
    /** Port or range as the firewall writes it: `80` or `80:85`; undefined where the protocol has none. */
    readonly ports: string | undefined,
    /** Kind of ICMP message; undefined for all. */
    readonly icmpType?: string,
    readonly macro?: FirewallMacro,
  ) {}

  toString(): string {
    return [this.macro, this.protocol, this.ports, this.icmpType].filter((word) => word !== undefined).join(' ');
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
