import { contains, parseCidr } from '../base/ip.js';
import type { Host } from '../core/host.js';
import type { Check, Resource, World } from '../core/resource.js';
import { homeOf } from '../core/stack.js';
import type { Finding } from '../model/finding.js';
import type { InterfaceSpec } from './plan.js';
import { isSubnetPlace, wireOf } from './subnet-place.js';

type IsInterface = (resource: unknown) => resource is Resource<InterfaceSpec>;

/** Networks of one host that share addresses. Whatever brings the check, it looks at all networks of the app. */
export function overlapCheck(isInterface: IsInterface): Check {
  return { name: 'network/overlap', test: (world) => overlaps(world, isInterface) };
}

interface Place {
  readonly path: string;
  readonly text: string;
  /** On which bridge and VLAN the network is. */
  readonly where: string;
  /** Whether guests get their addresses from it. */
  readonly isSubnet: boolean;
}

function* overlaps(world: World, isInterface: IsInterface): Iterable<Finding> {
  for (const host of new Set(world.resources.map(({ home }) => home.host))) {
    const places = [...interfacesOf(world, isInterface, host), ...subnetsOf(host)];
    for (const [index, place] of places.entries()) {
      for (const other of places.slice(0, index).filter((it) => shares(it, place))) {
        yield* place.where === other.where ? sameWire(place, other) : otherWire(place, other);
      }
    }
  }
}

function interfacesOf(world: World, isInterface: IsInterface, host: Host): Place[] {
  return world
    .of(isInterface)
    .filter(({ home }) => home.host === host)
    .flatMap(({ spec, path }) =>
      spec.addresses.map((text) => ({ path, text, where: interfaceWire(spec), isSubnet: false })),
    );
}

function subnetsOf(host: Host): Place[] {
  return host.node.root.node
    .findAll()
    .filter((it) => isSubnetPlace(it))
    .filter((subnet) => homeOf(subnet).host === host)
    .map((subnet) => ({ path: subnet.node.path, text: subnet.networkText, where: wireOf(subnet), isSubnet: true }));
}

/** Two networks that are one, said differently: guests of the one would not reach those of the other. */
function* sameWire(place: Place, other: Place): Iterable<Finding> {
  if (place.isSubnet && other.isSubnet && place.text !== other.text) {
    yield {
      code: 'network/overlap',
      severity: 'error',
      path: place.path,
      message: `${place.text} and ${other.text} (${other.path}) share addresses on ${place.where}`,
      value: place.text,
      fix: 'make one network of them, or give each addresses of its own',
    };
  }
}

/** The host would not know where to send. */
function* otherWire(place: Place, other: Place): Iterable<Finding> {
  yield {
    code: 'network/overlap',
    severity: 'warning',
    path: place.path,
    message: `${place.text} on ${place.where} shares addresses with ${other.text} on ${other.where} (${other.path})`,
    value: place.text,
    fix: 'give each of the two networks addresses of its own',
  };
}

/** A VLAN interface of a bridge is on the wire of the guests that have its tag. */
function interfaceWire({ kind, name, over, tag }: InterfaceSpec): string {
  return kind === 'vlan' ? `${over[0]}.${tag}` : name;
}

function shares(a: Place, b: Place): boolean {
  const [left, right] = [parseCidr(a.text), parseCidr(b.text)];
  return left !== undefined && right !== undefined && (contains(left, right.address) || contains(right, left.address));
}
