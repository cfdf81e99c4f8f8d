import * as z from 'zod';
import { parseAddress, parseCidr } from '../../base/ip.js';
import type { SpecOf } from '../../model/fields.js';
import { choice, custom, flag, integer, list, map, object, required, text } from '../../model/fields.js';
import { server } from './words-schema.js';

const dnsFields = object('Name servers asked over it.', {
  addresses: list(
    'Servers.',
    custom('A server.', 'an IP address', () => z.string().refine(isAddress)),
    'append',
  ),
  search: list('Domains that are added to bare names.', text('A domain.', server), 'append'),
});

const routesField = list(
  'Routes.',
  object('A route.', {
    to: required(
      custom<string>('Where it leads.', "a network such as 10.1.0.0/16, or 'default'", () =>
        z.string().refine((it) => it === 'default' || isAddress(it) || parseCidr(it) !== undefined),
      ),
    ),
    via: custom('Router.', 'an IP address', () => z.string().refine(isAddress)),
    metric: integer('The lowest wins.', { min: 0 }),
  }),
  'append',
);

const addressesField = list(
  'Addresses.',
  custom('An address.', 'address and prefix such as 10.0.0.5/24', () =>
    z.string().refine((it) => parseCidr(it) !== undefined),
  ),
  'append',
);

const interfaceFields = {
  dhcp4: flag('Whether it asks for an IPv4 address.'),
  dhcp6: flag('Whether it asks for an IPv6 address.'),
  acceptRa: flag('Whether it takes what routers say about IPv6.'),
  addresses: addressesField,
  routes: routesField,
  nameservers: dnsFields,
  mtu: integer('Largest packet.', { min: 68, max: 65_535, unit: 'bytes' }),
  optional: flag('Whether the boot goes on without it.'),
};

const deviceName = {
  pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/,
  expects: 'up to 15 letters, digits, `_`, `-` and `.`, with a letter first',
};

/** What may be said beyond the network devices of the machine. */
export const networkConfigFields = {
  renderer: choice('Program that sets up the network, for images with netplan.', ['networkd', 'NetworkManager']),
  ethernets: map(
    'More of the devices of the machine, by name inside: `eth0` is net0.',
    object('A device.', interfaceFields),
  ),
  vlans: map(
    'VLANs set up inside the machine, by name.',
    object('A VLAN.', {
      id: required(integer('Tag.', { min: 0, max: 4094 })),
      link: required(text('Device that carries it, such as eth0.', deviceName)),
      ...interfaceFields,
    }),
  ),
};

export type NetworkConfigValues = SpecOf<typeof networkConfigFields>;

function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}
