import type { IpText, Ipv4Text } from '../base/ip.js';
import type { Size, SizeText } from '../base/units.js';
import type { GuestFirewallProps } from '../firewall/props.js';
import type { Script } from '../guest/script.js';
import type { HostGpu } from '../host/pve-node.js';
import type { Content } from '../model/content.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { RemovalPolicy } from '../model/removal.js';
import type { Subnet } from '../network/subnet.js';
import type { OsTemplate } from '../storage/os-template.js';
import type { Storage } from '../storage/storage.js';
import type { DatasetFolder } from '../zfs/dataset-folder.js';
import type { ZfsDataset } from '../zfs/zfs-dataset.js';
import type { LxcIdShare } from './id-map.js';
import type { LxcFirstNicProps, LxcNicProps } from './nic-props.js';
import type { CloneSource, LxcLayerSource } from './roles.js';
import type { architectures, LxcLayer, mountOptions, osTypes } from './schema.js';

/** Root disk of a container. In a layer each part may be missing; some layer has to give both. */
export interface LxcRootfs {
  /** Storage of the disk. */
  readonly storage?: Storage;
  /** Size. It can grow and never shrinks. */
  readonly size?: Size | SizeText;
  /**
   * Options of the mount.
   * @default - none
   */
  readonly mountOptions?: readonly (typeof mountOptions)[number][];
  /**
   * Whether access control lists are in force.
   * @default - as the storage has it
   */
  readonly acl?: boolean;
  /**
   * Whether the container may only read.
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * Whether quotas of users work inside. Not on ZFS.
   * @default false
   */
  readonly quota?: boolean;
  /**
   * Whether replication of the container takes it along. Replication refuses folders of the host that do not say `false`.
   * @default true
   */
  readonly replicate?: boolean;
  /**
   * Whether it is there on every node of the cluster, which makes moving the container legal. Nothing is shared by saying so.
   * @default false
   */
  readonly shared?: boolean;
  /**
   * Which owners on the disk stand for which inside, for this mount alone. Unprivileged containers, Proxmox VE 9.2 or newer.
   * @default - those of the container
   */
  readonly idmap?: 'passthrough' | readonly LxcIdMapEntry[];
}

/** Consecutive users or groups of a container, and those on the disk that they stand for. */
export interface LxcIdMapEntry {
  /** Users or groups. */
  readonly type: 'u' | 'g';
  /** First number inside the container. */
  readonly container: number;
  /** First number on the disk. */
  readonly disk: number;
  /** How many there are. */
  readonly count: number;
}

/** What a container may do that needs the kernel's leave. */
export interface LxcFeatures {
  /**
   * Containers within the container; systemd of recent distributions wants it too.
   * @default false
   */
  readonly nesting?: boolean;
  /**
   * The keyctl system call, which Docker uses. Unprivileged containers only.
   * @default false
   */
  readonly keyctl?: boolean;
  /**
   * File systems in user space. May block backups that suspend.
   * @default false
   */
  readonly fuse?: boolean;
  /**
   * Making some device files. Experimental. Unprivileged containers only.
   * @default false
   */
  readonly mknod?: boolean;
  /**
   * Writing to /sys. Unprivileged containers only; others may anyway.
   * @default false
   */
  readonly forceRwSys?: boolean;
  /**
   * File systems that may be mounted, such as `nfs`. Privileged containers only.
   * @default - none
   */
  readonly mount?: readonly string[];
}

/** A device of the host inside a container. It has to exist whenever the container starts. */
export interface LxcDeviceProps {
  /** Device file of the host; one file an entry, no patterns. */
  readonly path: `/dev/${string}`;
  /**
   * Permissions inside the container, as four octal digits.
   * @default - '0660'
   */
  readonly mode?: string;
  /**
   * Owner, as numbered inside the container.
   * @default - 0
   */
  readonly uid?: number;
  /**
   * Group, as numbered inside the container.
   * @default - 0
   */
  readonly gid?: number;
  /**
   * Whether the container may only read from the device. Cards need writing.
   * @default false
   */
  readonly denyWrite?: boolean;
  /**
   * Number of its key: 3 is `dev3`.
   * @default - the lowest that is free
   */
  readonly number?: number;
}

/** A folder of the host, or a disk of its own, inside a container. */
export interface LxcMount {
  /** Folder inside the container. */
  readonly target: `/${string}`;
  /**
   * Dataset or folder of the host. With a dataset, the container starts only while it is mounted.
   * @default - none; give `volume`
   */
  readonly source?: ZfsDataset | DatasetFolder | `/${string}`;
  /**
   * A disk of the container's own, which lives and dies with it. Prefer a dataset for data that matters.
   * @default - none; give `source`
   */
  readonly volume?: {
    /** Storage of the disk. */
    readonly storage: Storage;
    /** Size. It can grow and never shrinks. */
    readonly size: Size | SizeText;
  };
  /**
   * Whether the container may only read.
   * @default false
   */
  readonly readOnly?: boolean;
  /**
   * Whether backups of the container hold the disk. Folders of the host are never in a backup.
   * @default false
   */
  readonly backup?: boolean;
  /**
   * Options of the mount.
   * @default - none
   */
  readonly mountOptions?: readonly (typeof mountOptions)[number][];
  /**
   * Whether access control lists are in force.
   * @default - as the storage has it
   */
  readonly acl?: boolean;
  /**
   * Whether owner and mode of the folder inside are kept. Proxmox VE 9.1 with its updates (pve-container 6.1.2), or newer.
   * @default false
   */
  readonly keepAttributes?: boolean;
  /**
   * Whether quotas of users work inside. Not on ZFS.
   * @default false
   */
  readonly quota?: boolean;
  /**
   * Whether replication of the container takes it along. Replication refuses folders of the host that do not say `false`.
   * @default true
   */
  readonly replicate?: boolean;
  /**
   * Whether it is there on every node of the cluster, which makes moving the container legal. Nothing is shared by saying so.
   * @default false
   */
  readonly shared?: boolean;
  /**
   * Which owners on the disk stand for which inside, for this mount alone. Unprivileged containers, Proxmox VE 9.2 or newer.
   * @default - those of the container
   */
  readonly idmap?: 'passthrough' | readonly LxcIdMapEntry[];
  /**
   * Number of its key: 3 is `mp3`. Proxmox mounts in the order of the numbers.
   * @default - the lowest that is free; folders of the host come before disks
   */
  readonly number?: number;
}

/** A file inside a guest. */
export interface GuestFileProps {
  /** Path inside the guest. */
  readonly target: `/${string}`;
  /** What is in the file; secrets are referred to, never written. */
  readonly content: Content;
  /**
   * Permissions as four octal digits.
   * @default - 0644, and 0600 with secrets in it
   */
  readonly mode?: string;
  /**
   * Owner, as numbered inside the guest.
   * @default 0
   */
  readonly uid?: number;
  /**
   * Group, as numbered inside the guest.
   * @default 0
   */
  readonly gid?: number;
}

/** What a stack's defaults and profiles may say of containers: everything but what makes one container this one. */
export interface LxcSharedProps {
  /**
   * Processor cores the container may use.
   * @default - all of the host
   */
  readonly cores?: number;
  /**
   * Main memory. A ceiling: what the container does not use, others may.
   * @default 512MiB
   */
  readonly memory?: Size | SizeText;
  /**
   * Share of the host's swap space.
   * @default 512MiB
   */
  readonly swap?: Size | SizeText;
  /**
   * Processor time the container may use, in cores; 0 is no limit.
   * @default - no limit
   */
  readonly cpulimit?: number;
  /**
   * Weight against other guests when processor time is short, 1 to 10000.
   * @default - 100
   */
  readonly cpuunits?: number;
  /**
   * Network that the first network device is attached to.
   * @default - no network device
   */
  readonly network?: Subnet;
  /**
   * Archive that the root disk is made from. Only for the first container of a chain; others use `cloneFrom`.
   *
   * `'adopted'`: the container exists, and is looked after from now on. It is never made: one that is gone is reported, because a new one
   * would have an empty disk in the place of its data.
   * @default - none
   */
  readonly from?: OsTemplate | 'adopted';
  /**
   * Template that the root disk is cloned from. Only the disk: every other value comes from the layers.
   * @default - none
   */
  readonly cloneFrom?: CloneSource;
  /**
   * How the root disk is cloned: `linked` shares what does not change, `full` copies all.
   * @default 'linked'
   */
  readonly cloneMode?: 'linked' | 'full';
  /** Root disk. Some layer has to give storage and size. */
  readonly rootfs?: LxcRootfs;
  /**
   * Whether root of the container is nobody on the host. Fixed once the container exists.
   * @default true
   */
  readonly unprivileged?: boolean;
  /**
   * Users and groups of an unprivileged container that are those of the host, so that they own the same files. All others stay shifted:
   * user 0 inside is 100000 outside. Give it from the beginning: files that the container has keep the numbers they were written with.
   * @default - none
   */
  readonly idMap?: readonly LxcIdShare[];
  /**
   * Distribution. Decides how Proxmox sets up network and name inside.
   * @default - what Proxmox finds in the archive
   */
  readonly ostype?: (typeof osTypes)[number];
  /**
   * Architecture of the processor.
   * @default 'amd64'
   */
  readonly arch?: (typeof architectures)[number];
  /**
   * What the container may do that needs the kernel's leave.
   * @default - nothing
   */
  readonly features?: LxcFeatures;
  /**
   * Whether the container has a console.
   * @default - true
   */
  readonly console?: boolean;
  /**
   * What a console shows: a login on a terminal, `/dev/console`, or a shell without login.
   * @default - 'tty'
   */
  readonly consoleMode?: 'tty' | 'console' | 'shell';
  /**
   * Terminals of the container, 0 to 6.
   * @default - 2
   */
  readonly tty?: number;
  /**
   * Script that the host runs before and after start and stop: a snippet on a storage, `local:snippets/hook.pl`. It has to be there and
   * executable.
   * @default - none
   */
  readonly hookscript?: `${string}:snippets/${string}`;
  /**
   * Whether a start is logged in every detail.
   * @default false
   */
  readonly debug?: boolean;
  /**
   * Command that runs in place of `/sbin/init`, with its words. Proxmox VE 9.1 or newer.
   * @default - '/sbin/init'
   */
  readonly entrypoint?: string;
  /**
   * Environment of the command that runs as init, by name. No secrets: everybody who may read the config reads them. Proxmox VE 9.1 or newer.
   * @default - what the archive brings
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Time zone: `host`, `UTC`, or a name such as `Europe/Berlin`, as zone.tab has them.
   * @default - that of the archive
   */
  readonly timezone?: string;
  /**
   * Name servers.
   * @default - those of the network, or else of the host
   */
  readonly nameservers?: readonly IpText[];
  /**
   * Domain that is added to bare names, or several with blanks between.
   * @default - that of the host
   */
  readonly searchDomain?: string;
  /**
   * Whether the container starts with its host. Put in force only after it was set up without a failure.
   * @default false
   */
  readonly onboot?: boolean;
  /**
   * Place of the container when its host starts and stops.
   * @default - after all that have a place
   */
  readonly startup?: {
    /**
     * Lower starts first and stops last.
     * @default - none
     */
    readonly order?: number;
    /**
     * Seconds that the host waits before it starts the next guest.
     * @default - does not wait
     */
    readonly up?: number;
    /**
     * Seconds that the host waits for the container to stop.
     * @default - 180
     */
    readonly down?: number;
  };
  /**
   * Whether Proxmox refuses to remove the container and its disks.
   * @default false
   */
  readonly protection?: boolean;
  /**
   * What may become of the container and its disks once it left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may remove it for good. `'retain'`: nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Labels in the web interface. Those of all layers together.
   * @default - none
   */
  readonly tags?: readonly string[];
  /**
   * Cards of the host that the container may use.
   * @default - none
   */
  readonly gpus?: readonly HostGpu[];
  /**
   * Whether other guests may use the same cards.
   * @default 'shared'
   */
  readonly gpuMode?: 'shared' | 'exclusive';
  /**
   * Devices of the host besides cards, one a path.
   * @default - none
   */
  readonly devices?: readonly LxcDeviceProps[];
  /**
   * Folders of the host and further disks inside the container, one a target.
   * @default - none
   */
  readonly mounts?: readonly LxcMount[];
  /**
   * More of the first network device, whose network, address and hardware address are props of their own.
   * @default - named eth0, and otherwise as the network has it
   */
  readonly nic?: LxcFirstNicProps;
  /**
   * Network devices beside the first, one a name.
   * @default - none
   */
  readonly nics?: readonly LxcNicProps[];
  /**
   * Firewall of the container. Without it Proxmox filters nothing.
   * @default - none
   */
  readonly firewall?: GuestFirewallProps;
  /**
   * Files inside the container, one a target.
   * @default - none
   */
  readonly files?: readonly GuestFileProps[];
  /**
   * Scripts run inside the container after its first start, those of lower layers first.
   * @default - none
   */
  readonly provision?: readonly Script[];
  /**
   * Whether the container runs. `false` leaves it as it is: stopped, if it is made by this program.
   * @default - `true`; `false` with `from: 'adopted'`
   */
  readonly started?: boolean;
}

/** What makes one guest this one. */
export interface LxcOwnProps {
  /**
   * Number of the container, unique in its cluster.
   * @default - a free one of the host's range, pinned in phoenix.lock.json
   */
  readonly vmid?: number;
  /**
   * Name of the container, as DNS has it.
   * @default - the construct's id
   */
  readonly hostname?: string;
  /**
   * Address of the first network device, or `dhcp`. `manual` leaves it to the container.
   * @default - a free one of the network, pinned in phoenix.lock.json
   */
  readonly address?: Ipv4Text | 'dhcp' | 'manual';
  /**
   * Hardware address of the first network device.
   * @default - one of Proxmox's own range, pinned in phoenix.lock.json
   */
  readonly mac?: string;
  /**
   * Construct path that the guest had before it was renamed or moved in the program, so that its pinned values and the host name that it has
   * of its old id stay. What is given in the program stays anyway, and so does everything on the host.
   * @default - none
   */
  readonly renamedFrom?: string;
}

/** Props of a container. What none of them gives comes from its profiles, then from the stack's defaults, then from the built-in defaults. */
export interface LxcContainerProps extends LxcSharedProps, LxcOwnProps {
  /**
   * Profiles, the later ones above the earlier.
   * @default - none
   */
  readonly profiles?: readonly LxcLayerSource[];
  /**
   * Guests that have to be ready before this one starts.
   * @default - only what the container stands on
   */
  readonly startAfter?: readonly { readonly identity: string; readonly node: { readonly path: string } }[];
}

/** Props and field table say the same; a key that one of them lacks does not compile. */
export type LxcPropsMatchTable = Assert<PropsMatch<LxcSharedProps & LxcOwnProps, LxcLayer>>;
