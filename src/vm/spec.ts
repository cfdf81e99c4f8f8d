import type { GuestFirewallSpec } from '../firewall/guest-firewall.js';
import type { CloudInitSpec } from '../guest/cloud-init/spec.js';
import type { GuestOverride } from '../guest/guest.js';
import type { PveVersion } from '../model/pve-version.js';
import type { RemovalPolicy } from '../model/removal.js';
import type { VmValues } from './schema.js';

/** Where the disks come from. */
export type VmSource =
  | { readonly from: 'nothing' }
  | { readonly from: 'adopted' }
  | {
      readonly from: 'clone';
      readonly vmid: number;
      readonly mode: 'linked' | 'full';
      /** Digest of everything that the template was made from. */
      readonly digest: string;
    };

/** A volume of a machine: a disk, or what firmware, TPM and cloud-init keep on one. */
export interface VmVolume {
  /** Key of the config, `scsi0`. */
  readonly key: string;
  readonly storage: string;
  /** 0 where Proxmox decides. */
  readonly bytes: number;
  /** The other keys within the value, as Proxmox writes them. */
  readonly options: Readonly<Record<string, string>>;
  readonly filled: 'cloudinit' | { readonly import: string } | undefined;
  /** Whether it comes with the template that the machine is cloned from. */
  readonly cloned: boolean;
}

/** A network device. */
export interface VmNic {
  /** Number of its key: 0 is `net0`. */
  readonly number: number;
  readonly name: string;
  readonly model: string;
  readonly bridge: string;
  /** `dhcp`, `manual`, or address and prefix. */
  readonly ip: string | undefined;
  readonly gateway: string | undefined;
  readonly ip6: string | undefined;
  readonly gateway6: string | undefined;
  readonly mac: string;
  readonly vlan: number | undefined;
  readonly trunks: readonly string[];
  /** In megabytes a second. */
  readonly rate: number | undefined;
  readonly mtu: number | undefined;
  readonly queues: number | undefined;
  readonly firewall: boolean;
  readonly linkDown: boolean | undefined;
  readonly hostTunnel: boolean | undefined;
}

/** A device of the host that the guest has for itself. */
export type VmHostPciSpec = NonNullable<VmValues['hostPci']>[number];

/** Hardware and habits that stand in the spec as they stand in the values. */
export const unchangedKeys = [
  'ostype',
  'bios',
  'machine',
  'arch',
  'scsiController',
  'cores',
  'cpu',
  'sockets',
  'vcpus',
  'cpulimit',
  'cpuunits',
  'affinity',
  'numa',
  'numaNodes',
  'balloon',
  'shares',
  'hugepages',
  'keepHugepages',
  'allowKsm',
  'kvm',
  'acpi',
  'amdSev',
  'intelTdx',
  'agent',
  'hotplug',
  'vga',
  'serial',
  'parallel',
  'tablet',
  'keyboard',
  'spice',
  'audio',
  'rng',
  'watchdog',
  'usb',
  'virtiofs',
  'ivshmem',
  'smbios',
  'searchDomain',
  'reboot',
  'freeze',
  'autostart',
  'localtime',
  'startDate',
  'tdf',
  'migrateDowntime',
  'migrateSpeed',
  'vmStateStorage',
  'hookscript',
  'args',
  'cloudInit',
] as const;

/** A machine, complete and plain: all that its files and steps are made from. */
export interface VmSpec extends Pick<VmValues, (typeof unchangedKeys)[number]> {
  readonly vmid: number;
  readonly template: boolean;
  readonly pveVersion: PveVersion;
  readonly hostname: string;
  readonly source: VmSource;
  readonly memoryBytes: number;
  /** The volumes by the order of their keys; those of a template that a clone takes over included. */
  readonly volumes: readonly VmVolume[];
  readonly cdroms: readonly { readonly key: string; readonly iso: string }[];
  readonly boot: readonly string[] | undefined;
  readonly nics: readonly VmNic[];
  readonly nameservers: readonly string[];
  readonly hostPci: readonly VmHostPciSpec[];
  /** Cards by number, those of `hostPci` given by address included. */
  readonly gpus: readonly number[];
  readonly onboot: boolean;
  readonly startup: VmValues['startup'];
  readonly protection: boolean;
  readonly removalPolicy: RemovalPolicy;
  readonly tags: readonly string[];
  readonly firewall: GuestFirewallSpec | undefined;
  /** What cloud-init reads, where Proxmox does not make it. */
  readonly documents: CloudInitSpec | undefined;
  readonly overrides: readonly GuestOverride[];
  readonly started: boolean;
  /** Identities of what has to be there before the machine is made. */
  readonly needs: readonly string[];
  /** Identities of what has to be ready before the machine starts. */
  readonly startAfter: readonly string[];
}
