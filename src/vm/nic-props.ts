import type { CidrText, Ipv4Text } from '../base/ip.js';
import type { Bridge } from '../network/bridge.js';
import type { Subnet } from '../network/subnet.js';

/** What may be said of every network device of a machine. */
export interface VmNicOptions {
  /**
   * Kind of card that the guest sees.
   * @default - 'virtio'
   */
  readonly model?:
    | 'virtio'
    | 'e1000'
    | 'e1000e'
    | 'e1000-82540em'
    | 'e1000-82544gc'
    | 'e1000-82545em'
    | 'i82551'
    | 'i82557b'
    | 'i82559er'
    | 'ne2k_isa'
    | 'ne2k_pci'
    | 'pcnet'
    | 'rtl8139'
    | 'vmxnet3';
  /**
   * IPv6 address, told to the guest by cloud-init.
   * @default - none
   */
  readonly ip6?: CidrText | 'auto' | 'dhcp';
  /**
   * IPv6 router.
   * @default - none, or the one that router advertisements name
   */
  readonly gateway6?: string;
  /**
   * VLAN tag of the device on its bridge.
   * @default - that of the network
   */
  readonly vlan?: number;
  /**
   * VLANs that pass through the device with their tags.
   * @default - none
   */
  readonly trunks?: readonly string[];
  /**
   * Most that the device sends and receives. In MB/s.
   * @default - no limit
   */
  readonly rate?: number;
  /**
   * Largest packet. Only virtio; 1 is the bridge's own. In bytes.
   * @default - that of the bridge
   */
  readonly mtu?: number;
  /**
   * Packet queues of the device. Only virtio.
   * @default - one
   */
  readonly queues?: number;
  /**
   * Whether the machine's firewall filters the device.
   * @default - whether the machine has a `firewall`
   */
  readonly firewall?: boolean;
  /**
   * Whether the device is as if its cable were pulled.
   * @default - false
   */
  readonly linkDown?: boolean;
  /**
   * Whether the host segments packets in tunnels of the guest. Only virtio. Proxmox VE 9.2.
   * @default - false
   */
  readonly hostTunnel?: boolean;
}

/** A network device beside the first; layers are merged by its name. */
export interface VmNicProps extends VmNicOptions {
  /** Name in the program. `net2` is net2 of the config. */
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
   * IPv4 address.
   * @default - on a network a free one, pinned in phoenix.lock.json; on a bridge none
   */
  readonly address?: Ipv4Text | `${Ipv4Text}/${number}` | 'dhcp' | 'manual';
  /**
   * Router. One device of a machine has one.
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
   * @default - that of its name, 3 for `net3`; for other names the lowest that is free, from 1
   */
  readonly number?: number;
}
