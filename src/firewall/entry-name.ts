import { PhoenixError } from '../base/errors.js';
import { isFirewallName } from '../format/firewall-values.js';

/** Proxmox takes 64 letters, and in a rule the `dc/` before the name counts. */
export const longestShared = 61;

/** The name as Proxmox stores it, in lower case. Throws `firewall/name` for one that it does not take. */
export function entryName(kind: 'alias' | 'ipset' | 'group', name: string, longest: number, path: string): string {
  if (!isFirewallName(name, longest)) {
    throw new PhoenixError({
      code: 'firewall/name',
      message: `'${name}' is no name of a firewall ${kind}`,
      path,
      value: name,
      fix: `use 2 to ${longest} letters, digits, - and _, a letter first`,
    });
  }
  return name.toLowerCase();
}
