import * as z from 'zod';
import { isMac, isNicCidr, parseAddress } from '../base/ip.js';
import { choice, custom, decimal, flag, integer, list, object, required, text } from '../model/fields.js';

/** Kinds of network cards that QEMU has. */
export const nicModels = [
  'virtio',
  'e1000',
  'e1000e',
  'e1000-82540em',
  'e1000-82544gc',
  'e1000-82545em',
  'i82551',
  'i82557b',
  'i82559er',
  'ne2k_isa',
  'ne2k_pci',
  'pcnet',
  'rtl8139',
  'vmxnet3',
] as const;

const ip4 = (text: string) => parseAddress(text)?.family === 4;
const ip6 = (text: string) => parseAddress(text)?.family === 6;

const nicOptions = {
  model: choice('Kind of card that the guest sees.', nicModels),
  ip6: custom(
    'IPv6 address, told to the guest by cloud-init.',
    "address and prefix such as fd00::5/64, 'auto' or 'dhcp'",
    () => z.string().refine((it) => it === 'auto' || it === 'dhcp' || isNicCidr(it, 6)),
  ),
  gateway6: custom('IPv6 router.', 'an IPv6 address', () => z.string().refine(ip6)),
  vlan: integer('VLAN tag of the device on its bridge.', { min: 1, max: 4094 }),
  trunks: list(
    'VLANs that pass through the device with their tags.',
    text('A VLAN tag, or a range of them.', {
      pattern: /^[1-9]\d{0,3}(-[1-9]\d{0,3})?$/,
      expects: 'a VLAN tag such as 5, or a range such as 5-7',
    }),
  ),
  rate: decimal('Most that the device sends and receives.', { min: 0, unit: 'MB/s' }),
  mtu: integer("Largest packet. Only virtio; 1 is the bridge's own.", { min: 1, max: 65_520, unit: 'bytes' }),
  queues: integer('Packet queues of the device. Only virtio.', { min: 0, max: 64 }),
  firewall: flag("Whether the machine's firewall filters the device."),
  linkDown: flag('Whether the device is as if its cable were pulled.'),
  hostTunnel: flag('Whether the host segments packets in tunnels of the guest. Only virtio. Proxmox VE 9.2.'),
};

/** More of the first network device. */
export const firstNicField = object('More of the first network device.', nicOptions);

/** Network devices beside the first. */
export const nicsField = list(
  'Network devices beside the first.',
  object('A network device.', {
    name: required(
      text('Name in the program. `net2` is net2 of the config.', {
        pattern: /^[a-z][a-z0-9_-]{0,31}$/,
        expects: 'up to 32 small letters, digits, `_` and `-`',
      }),
    ),
    network: text('Network that the device is attached to.'),
    bridge: text('Bridge of the host, for a network that the program does not know.', {
      pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/,
      expects: 'the name of a bridge: a letter, then up to 14 letters, digits, `_`, `-` and `.`',
    }),
    address: custom(
      'IPv4 address.',
      "an address of the network, address and prefix on a bridge, 'dhcp' or 'manual'",
      () => z.string().refine((it) => it === 'dhcp' || it === 'manual' || ip4(it) || isNicCidr(it, 4)),
    ),
    gateway: custom('Router. One device of a machine has one.', 'an IPv4 address', () => z.string().refine(ip4)),
    mac: custom('Hardware address.', 'six pairs of hexadecimal digits of a unicast address', () =>
      z.string().refine(isMac),
    ),
    number: integer('Number of its key.', { min: 0, max: 31 }),
    ...nicOptions,
  }),
  { by: 'name' },
);
