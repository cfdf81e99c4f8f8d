import type { GuestFacts } from '../model/facts.js';
import type { Occupied, Owner } from './allocator.js';
import { HostFacts } from './host-facts.js';

/**
 * What hosts and guests have by the facts: VMIDs, addresses and MAC addresses. A guest of ours has its own for the construct that it was made
 * by, so that after the loss of the lock file the same are chosen again.
 */
export function occupiedBy(app: string, hosts: readonly HostFacts[]): Occupied {
  const ownAddresses = new Set(hosts.flatMap(addressesOf));
  return (kind, value, asking) => {
    const isAnothers = (guest: GuestFacts) => !isOf(guest, app, asking);
    return (
      (kind === 'address' && ownAddresses.has(value)) ||
      hosts.some((host) => {
        const guest = kind === 'vmid' ? host.guests().get(Number(value)) : undefined;
        const holders = guest === undefined ? (host.holders().get(`${kind} ${value}`) ?? []) : [guest];
        return holders.some(isAnothers);
      })
    );
  };
}

function addressesOf({ facts }: HostFacts): string[] {
  return (facts.interfaces ?? []).flatMap(({ addresses = [] }) => addresses.map((text) => text.replace(/\/.*/, '')));
}

/** The owner of a further network device has its name behind two slashes. */
function isOf(guest: GuestFacts, app: string, { path, renamedFrom }: Owner): boolean {
  const own = [path, renamedFrom].map((it) => it?.split('//', 1)[0]);
  return HostFacts.isOurs(guest, app) && own.includes(guest.mark?.path);
}
