import type { Permission } from './connections.js';
import { guestOptions } from './guest-firewall.js';

/** Props that a line of a guest's firewall file comes from. */
export function firewallPropsOfLine(line: string): readonly string[] {
  const [, option = ''] = /^([a-z_]+):/.exec(line) ?? [];
  const prop = options.get(option);
  if (prop !== undefined) {
    return [`firewall.${prop}`];
  }
  return /^\|?(IN|OUT|GROUP)\b/.test(line) ? ['firewall.rules'] : ['firewall'];
}

/** Keys of the props, by names of options in the file. */
const options = new Map<string, string>(Object.entries(guestOptions).map(([key, option]) => [option, key]));

/** The connections that a rule is there for: who may connect to whom, where, and why. `self` is the path of the guest that has the file. */
export function connectionsOfLine(line: string, self: string, permissions: readonly Permission[]): readonly string[] {
  const [rule = '', comment = ''] = line.split(' # ', 2);
  const reasons = comment.split('; ');
  const texts = permissions
    .filter(({ direction }) => rule.startsWith(`${direction} `))
    .filter(({ peer, why }) => reasons.includes(why === '' ? peer.path : `${peer.path}: ${why}`))
    .map((permission) => connectionText(permission, self));
  return [...new Set(texts)];
}

function connectionText({ direction, peer, port, why }: Permission, self: string): string {
  const [from, to] = direction === 'IN' ? [peer.path, self] : [self, peer.path];
  const where =
    port.macro ?? [port.protocol, port.ports ?? port.icmpType].filter((part) => part !== undefined).join('/');
  return `${from} may connect to ${to} (${where})${why === '' ? '' : `: ${why}`}`;
}
