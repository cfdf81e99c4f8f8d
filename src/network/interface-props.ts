import type { CidrText, Ipv4Text } from '../base/ip.js';

/** What every interface of a host can say. */
export interface InterfaceProps {
  /**
   * IPv4 address of the host on this interface with its prefix: `10.0.1.1/24`; or `'dhcp'`.
   * @default - none
   */
  readonly address?: `${Ipv4Text}/${number}` | 'dhcp';
  /**
   * IPv4 router of the host. A host has one; it is what a change of its network must not lose.
   * @default - none on this interface
   */
  readonly gateway?: Ipv4Text;
  /**
   * IPv6 address with its prefix, `'auto'` for what routers announce, or `'dhcp'`.
   * @default - none
   */
  readonly ip6?: CidrText | 'auto' | 'dhcp';
  /**
   * IPv6 router of the host.
   * @default - none on this interface
   */
  readonly gateway6?: string;
  /**
   * Largest packet in bytes, 1280 to 65520. Not above that of what the interface stands on.
   * @default - 1500, or what the interface below has
   */
  readonly mtu?: number;
  /**
   * Whether the host brings the interface up at boot and when its network is reloaded.
   * @default true
   */
  readonly autostart?: boolean;
  /**
   * Note that Proxmox shows beside the interface; each line is one of the file.
   * @default - notes that stand there stay
   */
  readonly comment?: string;
  /**
   * Further lines of the stanza, such as `post-up iptables -t nat -A POSTROUTING -s 10.0.1.0/24 -o vmbr0 -j MASQUERADE`.
   * @default - none
   */
  readonly options?: readonly string[];
}
