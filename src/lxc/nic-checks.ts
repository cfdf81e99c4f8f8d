import { contains, parseAddress, parseCidr } from '../base/ip.js';
import type { Check, World } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { bridgesMade, nicFindings } from '../network/nic-rules.js';
import { isLxcResource } from './roles.js';
import type { LxcNic } from './spec.js';

/** Rules over network devices that Proxmox takes without a word and that the container then stumbles over. */
export const nicChecks: readonly Check[] = [
  { name: 'nic/gateway-outside', test: gatewaysOutside },
  { name: 'nic/two-gateways', test: twoGateways },
  { name: 'nic/bridge', test: beyondBridges },
];

function* beyondBridges(world: World): Iterable<Finding> {
  for (const { path, spec, home } of world.of(isLxcResource)) {
    const bridges = bridgesMade(world, home.host);
    for (const nic of [spec.nic ?? [], spec.nics].flat()) {
      const bridge = bridges.get(nic.bridge);
      yield* bridge === undefined ? [] : nicFindings(path, nic, bridge);
    }
  }
}

function* gatewaysOutside(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isLxcResource)) {
    for (const nic of [spec.nic ?? [], spec.nics].flat()) {
      for (const { gateway, own } of outside(nic)) {
        yield {
          code: 'nic/gateway-outside',
          severity: 'warning',
          path,
          message: `the router ${gateway} of ${nic.name} does not lie in the network of ${own}`,
          value: gateway,
          fix: 'give a router of the network; a router elsewhere is reached only where the other end expects it',
        };
      }
    }
  }
}

/** Routers that the device's own address does not reach. An address that is a network of its own says that it is meant. */
function outside(nic: LxcNic): { gateway: string; own: string }[] {
  const pairs = [
    { gateway: nic.gateway, own: nic.ip },
    { gateway: nic.gateway6, own: nic.ip6 },
  ];
  return pairs.flatMap(({ gateway = '', own = '' }) => {
    const router = parseAddress(gateway);
    const cidr = parseCidr(own);
    const isMeant = cidr === undefined || cidr.prefix === (cidr.address.family === 4 ? 32 : 128);
    return router === undefined || isMeant || contains(cidr, router) || isLinkLocal(gateway) ? [] : [{ gateway, own }];
  });
}

/** Routers of IPv6 mostly name themselves by such an address, whatever network they lead to. */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

function* twoGateways(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isLxcResource)) {
    const nics = [spec.nic ?? [], spec.nics].flat();
    for (const key of ['gateway', 'gateway6'] as const) {
      const routed = nics.filter((nic) => nic[key] !== undefined);
      if (routed.length > 1) {
        yield {
          code: 'nic/two-gateways',
          severity: 'warning',
          path,
          message: `${routed.map((nic) => nic.name).join(' and ')} each have a router, and a container has one default route`,
          value: routed.length,
          fix: `leave out \`${key}\` of all devices but one`,
        };
      }
    }
  }
}
