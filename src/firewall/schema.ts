import { z } from 'zod';
import { choice, custom, defaulted, flag, list, object, openChoice, text } from '../model/fields.js';

const logLevels = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug', 'nolog'] as const;
const policy = ['ACCEPT', 'DROP', 'REJECT'] as const;

/** One rule of a guest's own. */
export const ruleFields = {
  direction: defaulted(choice('Which way the packets go, as seen by the guest.', ['IN', 'OUT']), 'IN'),
  action: defaulted(choice('What becomes of them.', policy), 'ACCEPT'),
  protocol: openChoice('Protocol.', ['tcp', 'udp', 'icmp']),
  ports: text('Destination ports: `443`, `80:85` or `80,443`.'),
  source: text('Address or network that packets come from.'),
  dest: text('Address or network that packets go to.'),
  log: choice('Level of the log entry for each packet.', logLevels),
  comment: custom('Why the rule is there. One line.', 'one line of text', () => z.string().regex(/^[^\n\r\0]*$/)),
};

/** What a guest says of its firewall. */
export const guestFirewallField = object('Firewall of the guest. Without it Proxmox filters nothing.', {
  enabled: defaulted(flag('Whether the rules are in force for this guest.'), true),
  inbound: defaulted(choice('What becomes of packets to the guest that no rule speaks of.', policy), 'DROP'),
  outbound: defaulted(choice('What becomes of packets from the guest that no rule speaks of.', policy), 'ACCEPT'),
  rules: defaulted(list('Rules, in the order in which they are tried.', object('A rule.', ruleFields), 'append'), []),
});
