import type { Check, World } from '../core/resource.js';
import type { FirewallIpset } from '../format/firewall-model.js';
import { readNetwork } from '../format/firewall-values.js';
import type { Finding } from '../model/finding.js';
import { type FilteredNic, fixedAddresses } from './filtered-nic.js';
import { ipFilterName, ipFilterOf } from './ip-filter-sets.js';
import { type FilteredSpec, isFiltered } from './roles.js';

/** Guests that filter their own addresses out, because nobody knows them. */
export const ipFilterCheck: Check = { name: 'firewall/ip-filter', test: filteredOut };

function* filteredOut(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isFiltered)) {
    for (const nic of filteredNics(spec)) {
      const families = unknownFamilies(nic).filter(
        (family) => !allows(ipFilterOf(nic, spec.firewall?.ipsets ?? []), family),
      );
      if (families.length > 0) {
        const what = families.map((family) => `IPv${family}`).join(' and ');
        yield {
          code: 'firewall/ip-filter',
          severity: 'warning',
          path,
          message: `\`ipFilter\` drops what net${nic.number} sends from its ${what} address, which is not known`,
          value: `net${nic.number}`,
          fix: `give it a fixed address, or the firewall a set \`${ipFilterName(nic)}\` of the addresses that it may have`,
        };
      }
    }
  }
}

function filteredNics({ firewall, nic, nics }: FilteredSpec): FilteredNic[] {
  const all = [...(nic === undefined ? [] : [nic]), ...nics];
  return firewall?.options['ipfilter'] === '1' ? all.filter((it) => it.firewall) : [];
}

/** A device of which no address is known is taken for one of IPv4. */
function unknownFamilies(nic: FilteredNic): (4 | 6)[] {
  const isUnknown4 = nic.ip === 'dhcp' || fixedAddresses(nic).length === 0;
  const isUnknown6 = nic.ip6 === 'dhcp' || nic.ip6 === 'auto';
  return [...(isUnknown4 ? [4 as const] : []), ...(isUnknown6 ? [6 as const] : [])];
}

/** An alias may be of either family. */
function allows(set: FirewallIpset | undefined, family: 4 | 6): boolean {
  return (set?.entries ?? []).some(({ cidr }) => {
    const reading = readNetwork(cidr);
    return 'fault' in reading || reading.family === family;
  });
}
