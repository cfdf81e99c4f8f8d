import type { GuestFirewallSpec } from '../firewall/guest-firewall.js';
import type { GuestOverride } from '../guest/guest.js';
import type { ScriptSpec } from '../guest/schema.js';
import type { PveVersion } from '../model/pve-version.js';
import type { RemovalPolicy } from '../model/removal.js';
import type { IdRange } from './id-map.js';

/** Where the root disk comes from. */
export type LxcSource =
  | { readonly from: 'archive'; readonly volume: string; readonly identity: string }
  /** The container exists, made by somebody else. */
  | { readonly from: 'adopted' }
  | {
      readonly from: 'clone';
      readonly vmid: number;
      readonly mode: 'linked' | 'full';
      /** Digest of everything that the template was made from. */
      readonly digest: string;
    };

/** A network device. */
export interface LxcNic {
  /** Number of its key: 0 is `net0`. */
  readonly number: number;
  readonly name: string;
  readonly bridge: string;
  /** `dhcp`, `manual`, or address and prefix. */
  readonly ip: string | undefined;
  readonly gateway: string | undefined;
  /** `auto`, `dhcp`, `manual`, or address and prefix. */
  readonly ip6?: string | undefined;
  readonly gateway6?: string | undefined;
  readonly mac: string;
  readonly vlan: number | undefined;
  readonly trunks?: readonly number[] | undefined;
  /** In megabytes a second. */
  readonly rate?: number | undefined;
  readonly mtu?: number | undefined;
  readonly firewall: boolean;
  readonly linkDown?: boolean | undefined;
  readonly hostManaged?: boolean | undefined;
}

/** A device of the host inside the container. */
export interface LxcDevice {
  /** Number of its key, if the program states it. */
  readonly number?: number | undefined;
  readonly path: string;
  readonly mode?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly denyWrite?: boolean | undefined;
}

/** What may be said of everything that is mounted. */
export interface LxcDiskOptions {
  /** Number of its key, if the program states it. */
  readonly number?: number | undefined;
  readonly mountOptions?: readonly string[] | undefined;
  readonly acl?: boolean | undefined;
  readonly quota?: boolean | undefined;
  readonly replicate?: boolean | undefined;
  readonly shared?: boolean | undefined;
  readonly keepAttributes?: boolean | undefined;
  /** As Proxmox writes it. */
  readonly idmap?: string | undefined;
}

/** A folder of the host inside the container. */
export interface LxcBind extends LxcDiskOptions {
  readonly target: string;
  readonly path: string;
  /** The dataset that has to be mounted, and where; undefined for a bare path. */
  readonly mounted: { readonly dataset: string; readonly mountpoint: string; readonly identity: string } | undefined;
  readonly readOnly: boolean;
  /** Said of it without effect: no backup holds a folder of the host. */
  readonly backup?: boolean | undefined;
}

/** A disk of the container's own besides the root disk. */
export interface LxcVolume extends LxcDiskOptions {
  readonly target: string;
  readonly storage: string;
  readonly bytes: number;
  readonly readOnly: boolean;
  readonly backup: boolean | undefined;
}

/** A file inside the container, secrets marked. */
export interface LxcFile {
  readonly target: string;
  readonly text: string;
  readonly secrets: readonly string[];
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

/** An endpoint that has to answer once the container is set up. */
export interface LxcEndpoint {
  readonly url: string;
  readonly status: number;
  readonly retries: number;
  readonly intervalSeconds: number;
}

/** A service inside the container: its own files, and the script that brings them into force. */
export interface LxcService {
  readonly name: string;
  readonly files: readonly LxcFile[];
  readonly script: ScriptSpec;
  readonly endpoint: LxcEndpoint | undefined;
  /** Share of each card's memory that the service keeps to; undefined if nothing bounds it. */
  readonly gpuShare: number | undefined;
}

/** A container, complete and plain: all that its files and steps are made from. */
export interface LxcSpec {
  readonly vmid: number;
  readonly template: boolean;
  readonly pveVersion: PveVersion;
  readonly hostname: string;
  readonly source: LxcSource;
  readonly rootfs: LxcDiskOptions & {
    readonly storage: string;
    readonly bytes: number;
    readonly mountOptions: readonly string[];
    readonly readOnly?: boolean | undefined;
  };
  readonly unprivileged: boolean;
  /** Users and groups that are those of the host. */
  readonly idMap: readonly IdRange[];
  readonly ostype: string | undefined;
  readonly arch: string;
  readonly cores: number | undefined;
  readonly cpulimit: number | undefined;
  readonly cpuunits: number | undefined;
  readonly memoryBytes: number;
  readonly swapBytes: number;
  /** The first network device. */
  readonly nic: LxcNic | undefined;
  /** Those beside the first. */
  readonly nics: readonly LxcNic[];
  readonly nameservers: readonly string[];
  readonly searchDomain: string | undefined;
  readonly features: {
    readonly nesting?: boolean | undefined;
    readonly keyctl?: boolean | undefined;
    readonly fuse?: boolean | undefined;
    readonly mknod?: boolean | undefined;
    readonly forceRwSys?: boolean | undefined;
    readonly mount?: readonly string[] | undefined;
  };
  readonly console: boolean | undefined;
  readonly consoleMode: string | undefined;
  readonly tty: number | undefined;
  readonly hookscript: string | undefined;
  readonly debug: boolean | undefined;
  readonly entrypoint: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly timezone: string | undefined;
  readonly onboot: boolean;
  readonly startup:
    | { readonly order?: number | undefined; readonly up?: number | undefined; readonly down?: number | undefined }
    | undefined;
  readonly protection: boolean;
  readonly removalPolicy: RemovalPolicy;
  readonly tags: readonly string[];
  /** Cards by number, also those that are given as devices or by an override. */
  readonly gpus: readonly number[];
  readonly gpuMode: 'shared' | 'exclusive';
  /** The device files that make the cards work, and after them others. */
  readonly devices: readonly LxcDevice[];
  readonly binds: readonly LxcBind[];
  readonly volumes: readonly LxcVolume[];
  readonly raw: readonly { readonly key: string; readonly value: string }[];
  readonly overrides: readonly GuestOverride[];
  readonly firewall: GuestFirewallSpec | undefined;
  readonly files: readonly LxcFile[];
  readonly scripts: readonly ScriptSpec[];
  readonly services: readonly LxcService[];
  readonly started: boolean;
  /** Identities of what has to be there before the container is made. */
  readonly needs: readonly string[];
  /** Identities of what has to be ready before the container starts. */
  readonly startAfter: readonly string[];
}
