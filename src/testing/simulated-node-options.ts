import type { SimulatedMachineOptions } from './simulated-machine.js';

/** A ZFS pool of a simulated node. */
export interface SimulatedPool {
  /** GiB. Default: 1000. */
  readonly sizeGiB?: number;
  /** Default: ONLINE. */
  readonly health?: 'ONLINE' | 'DEGRADED' | 'FAULTED' | 'OFFLINE' | 'UNAVAIL' | 'REMOVED' | 'SUSPENDED';
}

/** An OS template that lies in a storage or, with `available`, in Proxmox's catalogue. */
export interface SimulatedOsTemplate {
  /** What the catalogue says about the file. Default: the real checksum of the simulated file. */
  readonly sha512?: string;
  /** The `ostype` that `pct create` detects. Default: told by the file's name. */
  readonly ostype?: string;
  /** True: only in the catalogue, `pveam download` brings it. Default: false, the file is there. */
  readonly available?: boolean;
}

/** What a simulated node looks like before anybody did anything. */
export interface SimulatedNodeOptions extends SimulatedMachineOptions {
  /** Default: `pve`. */
  readonly node?: string;
  /** What `pveversion` reports. Default: `9.1`. */
  readonly pveVersion?: '8.4' | '9.0' | '9.1' | '9.2';
  /** Default: `rpool` with the dataset `rpool/data`. */
  readonly pools?: Readonly<Record<string, SimulatedPool>>;
  /** Datasets with their properties, mounted; parents are made. `mounted: 'no'` leaves one unmounted. */
  readonly datasets?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Text of `/etc/pve/storage.cfg`. Default: `local`, and `local-zfs` on `rpool/data` if there is a pool `rpool`. */
  readonly storages?: string;
  /** Default: `vmbr0`. The first has the host's address 10.0.0.13/24, the router 10.0.0.1 and the first card, the others have no port. */
  readonly bridges?: readonly string[];
  /** Network cards; the first one has the cable to the router. Default: `eno1` and `eno2`. */
  readonly cards?: readonly string[];
  /** Text of `/etc/network/interfaces`, in the place of `bridges`. */
  readonly interfaces?: string;
  /** By volume id, such as `local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst`. */
  readonly osTemplates?: Readonly<Record<string, SimulatedOsTemplate>>;
  /** Disks that no pool uses yet, named as in `/dev/disk/by-id`. */
  readonly disks?: readonly { readonly byId: string; readonly blank: boolean }[];
  /** Installed packages and their versions, besides Proxmox's own. */
  readonly packages?: Readonly<Record<string, string>>;
  /** AppArmor profiles that are loaded besides LXC's own. */
  readonly apparmorProfiles?: readonly string[];
  /** How long a command waits for a guest's configuration lock, in milliseconds. Default: 10 000, as Proxmox. */
  readonly lockTimeoutMs?: number;
  /** After how many milliseconds the HA stack does what it was asked. Default: never. */
  readonly haReactsAfterMs?: number;
  /** For how many milliseconds a guest whose start failed still looks as if it ran. Default: 0. */
  readonly failedStartLingersMs?: number;
}

/** Network cards of a node that says none. */
export const defaultCards = ['eno1', 'eno2'];

/** What `pveversion` says of the release in full. */
export function pveRelease({ pveVersion = '9.1' }: SimulatedNodeOptions): string {
  return releases[pveVersion];
}

const releases = { '8.4': '8.4.14', '9.0': '9.0.11', '9.1': '9.1.4', '9.2': '9.2.2' };
