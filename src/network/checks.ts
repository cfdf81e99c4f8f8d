import { addTo } from '../base/group.js';
import type { Check, Completed, Resource } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { overlapCheck } from './overlap-check.js';
import type { InterfaceSpec } from './plan.js';

type IsInterface = (resource: unknown) => resource is Resource<InterfaceSpec>;
type Entry = Completed<InterfaceSpec>;

/** Rules over all interfaces of a host. Given the guard, because the class itself attaches them. */
export function interfaceChecks(isInterface: IsInterface): readonly Check[] {
  const perHost = (name: string, test: (entries: readonly Entry[]) => Iterable<Finding>): Check => ({
    name,
    test: (world) => [...hostsOf(world.of(isInterface))].flatMap((entries) => [...test(entries)]),
  });
  return [
    perHost('network/name-twice', nameTwice),
    perHost('network/port-twice', portTwice),
    perHost('network/port-address', portAddress),
    perHost('network/two-gateways', twoGateways),
    perHost('network/mtu', largePackets),
    overlapCheck(isInterface),
  ];
}

function hostsOf(entries: readonly Entry[]): Iterable<readonly Entry[]> {
  const hosts = new Map<object, Entry[]>();
  for (const entry of entries) {
    addTo(hosts, entry.home.host, entry);
  }
  return hosts.values();
}

function* nameTwice(entries: readonly Entry[]): Iterable<Finding> {
  const first = new Map<string, Entry>();
  for (const entry of entries) {
    const { name, kind } = entry.spec;
    const other = first.get(name) ?? entry;
    first.set(name, other);
    if (other.spec.kind !== kind) {
      yield {
        code: 'network/name-twice',
        severity: 'error',
        path: entry.path,
        message: `${name} is made as a ${kind} here and as a ${other.spec.kind} by ${other.path}`,
        value: name,
        fix: 'give one of them another name',
      };
    }
  }
}

function* portTwice(entries: readonly Entry[]): Iterable<Finding> {
  const first = new Map<string, Entry>();
  for (const entry of entries.filter(({ spec }) => spec.kind !== 'vlan')) {
    for (const port of entry.spec.over) {
      const other = first.get(port);
      if (other === undefined) {
        first.set(port, entry);
        continue;
      }
      yield {
        code: 'network/port-twice',
        severity: 'error',
        path: entry.path,
        message: `${port} would belong to ${other.spec.name} and to ${entry.spec.name}`,
        value: port,
        fix: 'an interface is a port of one bridge or a slave of one bond: take it out of the other',
      };
    }
  }
}

function* portAddress(entries: readonly Entry[]): Iterable<Finding> {
  const owners = new Map(
    entries.flatMap(({ spec }) => (spec.kind === 'vlan' ? [] : spec.over.map((port) => [port, spec.name] as const))),
  );
  for (const { spec, path } of entries) {
    const owner = owners.get(spec.name);
    if (owner !== undefined && spec.addresses.length > 0) {
      yield {
        code: 'network/port-address',
        severity: 'error',
        path,
        message: `${spec.name} has the address ${spec.addresses.join(', ')} and is a port of ${owner}`,
        value: spec.name,
        fix: `give the address to ${owner}`,
      };
    }
  }
}

function* twoGateways(entries: readonly Entry[]): Iterable<Finding> {
  for (const isSix of [false, true]) {
    const routed = entries.filter(({ spec }) => spec.gateways.some((gateway) => gateway.includes(':') === isSix));
    for (const { spec, path } of routed.slice(1)) {
      yield {
        code: 'network/two-gateways',
        severity: 'error',
        path,
        message: `${spec.name} and ${routed[0]?.spec.name} both name a router of the host`,
        value: spec.name,
        fix: 'a host has one default route: name the router once, and further routes by `post-up` lines',
      };
    }
  }
}

/** As Proxmox's own writer: the lower one of two interfaces has to pass what the upper one sends. A bond takes what it is asked for. */
function* largePackets(entries: readonly Entry[]): Iterable<Finding> {
  const specs = new Map(entries.map(({ spec }) => [spec.name, spec]));
  for (const { spec, path } of entries.filter((entry) => entry.spec.kind !== 'bond')) {
    for (const below of spec.over.flatMap((name) => specs.get(name) ?? [])) {
      const most = below.mtu ?? (below.kind === 'bond' || below.config === undefined ? undefined : 1500);
      if (spec.mtu !== undefined && most !== undefined && spec.mtu > most) {
        yield {
          code: 'network/mtu',
          severity: 'error',
          path,
          message: `${spec.name} sends packets of ${spec.mtu} bytes, ${below.name} below it passes ${most}`,
          value: spec.mtu,
          fix: `give ${below.name} an \`mtu\` of ${spec.mtu}, or ${spec.name} a smaller one`,
        };
      }
    }
  }
}
