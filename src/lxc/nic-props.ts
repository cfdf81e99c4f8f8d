import type { CidrText, Ipv4Text } from '../base/ip.js';
import type { Bridge } from '../network/bridge.js';
import type { Subnet } from '../network/subnet.js';

/** What may be said of every network device of a container. */
export interface LxcNicOptions {
  /**
   * IPv6 address and prefix, or where it comes from: `auto` is by router advertisements.
   * @default - none
   */
  readonly ip6?: CidrText | 'auto' | 'dhcp' | 'manual';
  /**
   * IPv6 router. Needs an address in `ip6`.
   * @default - none, or the one that router advertisements name
   */
  readonly gateway6?: string;
  /**
   * VLAN tag of the device on its bridge, 1 to 4094.
   * @default - that of the network
   */
  readonly vlan?: number;
  /**
   * VLANs that pass through the device with their tags.
   * @default - none
   */
  readonly trunks?: readonly number[];
  /**
   * Most that the device sends and receives, in megabytes a second.
   * @default - no limit
   */
  readonly rate?: number;
  /**
   * Largest packet in bytes, 64 to 65535. Proxmox refuses one above that of the bridge.
   * @default - that of the bridge
   */
  readonly mtu?: number;
  /**
   * Whether the container's firewall filters the device.
   * @default - whether the container has a `firewall`
   */
  readonly firewall?: boolean;
  /**
   * Whether the device is as if its cable were pulled.
   * @default false
   */
  readonly linkDown?: boolean;
  /**
   * Whether the host configures the device, for containers that cannot themselves. Proxmox VE 9.1 or newer.
   * @default false
   */
  readonly hostManaged?: boolean;
}

/** More of the first network device, whose network, address and hardware address are props of the container itself. */
export interface LxcFirstNicProps extends LxcNicOptions {
  /**
   * Name inside the container.
   * @default 'eth0'
   */
  readonly name?: string;
}

/** A network device beside the first. */
export interface LxcNicProps extends LxcNicOptions {
  /**
   * Name inside the container; layers are merged by it. `eth2` is `net2` of the config; other names get the lowest number that is free.
   */
  readonly name: string;
  /**
   * Network that the device is attached to.
   * @default - none; give `bridge`
   */
  readonly network?: Subnet;
  /**
   * Bridge of the host, for a network that the program does not know.
   * @default - that of the network
   */
  readonly bridge?: Bridge | string;
  /**
   * IPv4 address: of the network, or with its prefix on a bridge. `manual` leaves it to the container.
   * @default - on a network a free one, pinned in phoenix.lock.json; on a bridge none
   */
  readonly address?: Ipv4Text | `${Ipv4Text}/${number}` | 'dhcp' | 'manual';
  /**
   * Router. Needs an address. Only one device should have one: the first has that of its network.
   * @default - none
   */
  readonly gateway?: Ipv4Text;
  /**
   * Hardware address.
   * @default - one of Proxmox's own range, pinned in phoenix.lock.json
   */
  readonly mac?: string;
  /**
   * Number of its key: 3 is `net3`.
   * @default - that of its name, 3 for `eth3`; for other names the lowest that is free, from 1
   */
  readonly number?: number;
}
