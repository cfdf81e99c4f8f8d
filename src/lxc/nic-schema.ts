import { z } from 'zod';
import { isMac, parseAddress, parseCidr } from '../base/ip.js';
import { custom, decimal, flag, integer, list, object, required, text } from '../model/fields.js';

/** Names that the kernel takes for a network device and Proxmox for its key. */
const nicName = {
  pattern: /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,15}$/,
  expects: 'up to 15 letters, digits, `_`, `-` and `.`',
};

const vlan = integer('VLAN tag of the device on its bridge.', { min: 1, max: 4094 });

/** What may be said of every network device. */
const options = {
  ip6: custom('IPv6 address.', "address and prefix such as fd00::5/64, 'auto', 'dhcp' or 'manual'", () =>
    z.string().refine((it) => it === 'auto' || it === 'dhcp' || it === 'manual' || isCidr(it, 6)),
  ),
  gateway6: custom('IPv6 router.', 'an IPv6 address', () => z.string().refine((it) => parseAddress(it)?.family === 6)),
  vlan,
  trunks: list('VLANs that pass through the device with their tags.', integer('A VLAN tag.', { min: 1, max: 4094 })),
  rate: decimal('Most that the device sends and receives.', { above: 0, unit: 'MB/s' }),
  mtu: integer('Largest packet. Not above that of the bridge.', { min: 64, max: 65_535, unit: 'bytes' }),
  firewall: flag("Whether the container's firewall filters the device."),
  linkDown: flag('Whether the device is as if its cable were pulled.'),
  hostManaged: flag('Whether the host configures the device, for containers that cannot themselves. Proxmox VE 9.1.'),
};

/** More of the first network device. */
export const firstNicField = object('More of the first network device.', {
  name: text('Name inside the container.', nicName),
  ...options,
});

/** Network devices beside the first. */
export const nicsField = list(
  'Network devices beside the first.',
  object('A network device.', {
    name: required(text('Name inside the container.', nicName)),
    network: text('Network that the device is attached to.'),
    bridge: text('Bridge of the host, for a network that the program does not know.', {
      pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/,
      expects: 'the name of a bridge: a letter, then up to 14 letters, digits, `_`, `-` and `.`',
    }),
    address: custom(
      'IPv4 address.',
      "an address of the network, address and prefix on a bridge, 'dhcp' or 'manual'",
      () =>
        z.string().refine((it) => it === 'dhcp' || it === 'manual' || parseAddress(it)?.family === 4 || isCidr(it, 4)),
    ),
    gateway: custom('Router. One device of a container has one.', 'an IPv4 address', () =>
      z.string().refine((it) => parseAddress(it)?.family === 4),
    ),
    mac: custom('Hardware address.', 'six pairs of hexadecimal digits of a unicast address', () =>
      z.string().refine(isMac),
    ),
    ...options,
  }),
  { by: 'name' },
);

/** Proxmox takes no prefixes below 8. */
function isCidr(text: string, family: 4 | 6): boolean {
  const cidr = parseCidr(text);
  return cidr?.address.family === family && cidr.prefix >= 8;
}
