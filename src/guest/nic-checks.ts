import { contains, parseAddress, parseCidr } from '../base/ip.js';
import type { Host } from '../core/host.js';
import type { Check, World } from '../core/resource.js';
import type { Finding } from '../model/finding.js';
import { HostInterface } from '../network/host-interface.js';
import { type AttachedNic, bridgesMade, nicFindings } from '../network/nic-rules.js';
import { overlapCheck } from '../network/overlap-check.js';

/** What the rules have to know of a guest's network device. Addresses have their prefix, or are words such as `dhcp`. */
export interface CheckedNic extends AttachedNic {
  readonly ip?: string | undefined;
  readonly gateway?: string | undefined;
  readonly ip6?: string | undefined;
  readonly gateway6?: string | undefined;
}

/** All network devices of one guest. */
export interface GuestNics {
  readonly path: string;
  readonly host: Host;
  readonly nics: readonly CheckedNic[];
}

/** Rules over network devices that Proxmox takes without a word and that the guest then stumbles over. */
export function nicChecks(kind: 'container' | 'machine', guestsOf: (world: World) => readonly GuestNics[]): Check[] {
  return [
    { name: `nic/gateway-outside/${kind}`, test: (world) => gatewaysOutside(guestsOf(world)) },
    { name: `nic/two-gateways/${kind}`, test: (world) => twoGateways(guestsOf(world), kind) },
    { name: `nic/bridge/${kind}`, test: (world) => beyondBridges(world, guestsOf(world)) },
    overlapCheck(HostInterface.isHostInterface),
  ];
}

function* beyondBridges(world: World, guests: readonly GuestNics[]): Iterable<Finding> {
  for (const { path, nics, host } of guests) {
    const bridges = bridgesMade(world, host);
    for (const nic of nics) {
      const bridge = bridges.get(nic.bridge);
      yield* bridge === undefined ? [] : nicFindings(path, nic, bridge);
    }
  }
}

function* gatewaysOutside(guests: readonly GuestNics[]): Iterable<Finding> {
  for (const { path, nics } of guests) {
    for (const nic of nics) {
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
function outside(nic: CheckedNic): { gateway: string; own: string }[] {
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

function* twoGateways(guests: readonly GuestNics[], kind: string): Iterable<Finding> {
  for (const { path, nics } of guests) {
    for (const key of ['gateway', 'gateway6'] as const) {
      const routed = nics.filter((nic) => nic[key] !== undefined);
      if (routed.length > 1) {
        yield {
          code: 'nic/two-gateways',
          severity: 'warning',
          path,
          message: `${routed.map((nic) => nic.name).join(' and ')} each have a router, and a ${kind} has one default route`,
          value: routed.length,
          fix: `leave out \`${key}\` of all devices but one`,
        };
      }
    }
  }
}
