import { bondModes } from '../base/proxmox-words.js';
import { choice, defaulted, flag, integer, list, required, text } from '../model/fields.js';
import { table } from '../model/layer.js';

export const hashPolicies = ['layer2', 'layer2+3', 'layer3+4'] as const;

const stanzaOption = {
  pattern: /^[a-z][a-z0-9_-]* \S(.*\S)?$/,
  expects: 'a word, a blank and a value on one line, such as `post-up ip route add 10.9.0.0/16 via 10.0.0.9`',
};

/** What every interface can say. */
const shared = {
  name: text('Name of the interface.'),
  address: text("IPv4 address with its prefix, or 'dhcp'."),
  gateway: text('IPv4 router of the host.'),
  ip6: text("IPv6 address with its prefix, 'auto' or 'dhcp'."),
  gateway6: text('IPv6 router of the host.'),
  mtu: integer('Largest packet.', { min: 1280, max: 65_520, unit: 'bytes' }),
  autostart: defaulted(flag('Whether the host brings the interface up.'), true),
  comment: text('Note that Proxmox shows beside the interface.'),
  options: list('Further lines of the stanza.', text('One line.', stanzaOption)),
};

/** What a `Bridge` says. */
export const bridgeTable = table('Bridge', {
  ...shared,
  ports: list('Interfaces that the bridge connects with guests.', text('A card, a bond or a VLAN.')),
  vlanAware: flag('Whether the bridge tells VLANs apart.'),
  vids: text('VLANs that its ports carry.', {
    pattern: /^\d{1,4}(-\d{1,4})?( \d{1,4}(-\d{1,4})?)*$/,
    expects: "numbers and ranges with blanks between them, such as '2-99 110'",
  }),
  stp: flag('Whether the bridge takes part in the spanning tree protocol.'),
  forwardDelay: integer('How long a port waits before it forwards.', { min: 0, max: 30, unit: 'seconds' }),
});

/** What a `Bond` says. */
export const bondTable = table('Bond', {
  ...shared,
  slaves: required(list('Cards that the bond is made of.', text('A card.'))),
  mode: required(choice('How packets are spread over the cards.', bondModes)),
  miimon: integer('How often the links are looked at.', { min: 0, max: 255, unit: 'milliseconds' }),
  lacpRate: choice('How often the other end is asked for LACP packets.', ['slow', 'fast']),
  xmitHashPolicy: choice('What decides over which card a packet goes.', hashPolicies),
  primary: text('Card that is used as long as it works.'),
});

/** What a `Vlan` says. */
export const vlanTable = table('Vlan', {
  ...shared,
  device: required(text('Interface that carries the VLAN.')),
  tag: required(integer('Tag of the VLAN.', { min: 1, max: 4094 })),
});
