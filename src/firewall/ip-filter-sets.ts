import type { FirewallIpset } from '../format/firewall-model.js';
import { type FilteredNic, fixedAddresses } from './filtered-nic.js';

/**
 * Sets of what the devices of a machine may send from, beside those that the program gives. Proxmox reads the addresses of containers from
 * their config; to machines it leaves the link-local address of IPv6 alone.
 */
export function ipFilterSets(nics: readonly FilteredNic[], given: readonly FirewallIpset[]): FirewallIpset[] {
  return nics
    .filter((nic) => nic.firewall && ipFilterOf(nic, given) === undefined)
    .map((nic) => ({ name: ipFilterName(nic), entries: fixedAddresses(nic).map((cidr) => ({ cidr })) }))
    .filter(({ entries }) => entries.length > 0);
}

/** The set that says what a device may send from. */
export function ipFilterName({ number }: FilteredNic): string {
  return `ipfilter-net${number}`;
}

/** The set of a device among those given. */
export function ipFilterOf(nic: FilteredNic, sets: readonly FirewallIpset[]): FirewallIpset | undefined {
  return sets.find(({ name }) => name.toLowerCase() === ipFilterName(nic));
}
