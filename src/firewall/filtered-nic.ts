import { parseAddress } from '../base/ip.js';

/** What is known of a network device of any guest. */
export interface FilteredNic {
  /** Number of its key: 0 is `net0`. */
  readonly number: number;
  readonly firewall: boolean;
  /** Address and prefix, or a word such as `dhcp`. */
  readonly ip?: string | undefined;
  readonly ip6?: string | undefined;
}

/** The addresses that do not change, without their prefix. */
export function fixedAddresses({ ip, ip6 }: FilteredNic): string[] {
  return [ip, ip6].flatMap((text) => fixedAddress(text) ?? []);
}

/** Undefined for `dhcp` and other words. */
function fixedAddress(text: string | undefined): string | undefined {
  const address = text?.replace(/\/.*/, '');
  return address === undefined || parseAddress(address) === undefined ? undefined : address;
}
