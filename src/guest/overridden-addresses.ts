import { formatAddress, formatCidr, networkOf, parseCidr } from '../base/ip.js';
import { partsOf } from '../format/parts.js';

interface Override {
  readonly key: string;
  readonly subkey: string | undefined;
  readonly value: string | undefined;
}

/** An address that a guest is given past its props. */
export interface OverriddenAddress {
  readonly network: string;
  readonly address: string;
}

/** Those of `net0` of containers and of `ipconfig0` of machines; what a later override replaces is none. */
export function overriddenAddresses(overrides: readonly Override[]): OverriddenAddress[] {
  const last = new Map<string, string | undefined>();
  for (const { key, subkey, value } of overrides.filter((it) => /^(net|ipconfig)\d+$/.test(it.key))) {
    const given = subkey === undefined ? partsOf(value ?? '', { required: [] }) : { [subkey]: value };
    for (const family of ['ip', 'ip6']) {
      if (subkey === undefined || subkey === family) {
        last.set(`${key}.${family}`, given?.[family]);
      }
    }
  }
  return [...last.values()].flatMap((text) => {
    const cidr = parseCidr(text ?? '');
    return cidr === undefined ? [] : [{ network: formatCidr(networkOf(cidr)), address: formatAddress(cidr.address) }];
  });
}
