/** What the network of a machine needs beyond its network devices. */
export interface CloudInitNetworkProps {
  /** Program that sets up the network, for images with netplan. */
  readonly renderer?: 'networkd' | 'NetworkManager';
  /** More of the devices of the machine, by their name inside: `eth0` is net0. Lists add to what the machine says, except name servers. */
  readonly ethernets?: { readonly [device: string]: CloudInitInterface };
  /** VLANs set up inside the machine, by name. */
  readonly vlans?: { readonly [name: string]: CloudInitVlan };
}

/** How an interface is set up inside a machine. */
export interface CloudInitInterface {
  /** Whether it asks for an IPv4 address. */
  readonly dhcp4?: boolean;
  /** Whether it asks for an IPv6 address. */
  readonly dhcp6?: boolean;
  /** Whether it takes what routers say about IPv6. */
  readonly acceptRa?: boolean;
  /** Addresses with their prefix, such as `10.0.0.5/24`. */
  readonly addresses?: readonly string[];
  readonly routes?: readonly CloudInitRoute[];
  readonly nameservers?: {
    readonly addresses?: readonly string[];
    /** Domains that are added to bare names. */
    readonly search?: readonly string[];
  };
  /** Largest packet, in bytes. */
  readonly mtu?: number;
  /** Whether the boot goes on without it. */
  readonly optional?: boolean;
}

/** A VLAN set up inside a machine. */
export interface CloudInitVlan extends CloudInitInterface {
  /** Tag. */
  readonly id: number;
  /** Device that carries it, such as `eth0`. */
  readonly link: string;
}

/** A route. */
export interface CloudInitRoute {
  /** Where it leads: a network such as `10.1.0.0/16`, or `default`. */
  readonly to: string;
  /** Router. */
  readonly via?: string;
  /** The lowest wins. */
  readonly metric?: number;
}
