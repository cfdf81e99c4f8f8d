import type { IpText, Ipv4Text } from '../base/ip.js';
import type { Size, SizeText } from '../base/units.js';
import type { GuestFirewallProps } from '../firewall/props.js';
import type { HostGpu } from '../host/pve-node.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { Layer } from '../model/merge.js';
import type { RemovalPolicy } from '../model/removal.js';
import type { Subnet } from '../network/subnet.js';
import type { CloudImage } from '../storage/cloud-image.js';
import type { Storage } from '../storage/storage.js';
import type { VmAgent, VmAudio, VmRng, VmSmbios, VmSpice, VmVga, VmWatchdog } from './device-props.js';
import type { VmBootDisk, VmCdrom, VmCloudInit, VmDisk, VmEfi, VmTpm } from './disk-props.js';
import type { VmNicOptions, VmNicProps } from './nic-props.js';
import type { VmHostPci, VmIvshmem, VmUsb, VmVirtiofs } from './passed-device-props.js';
import type { VmAmdSev, VmCpu, VmIntelTdx, VmMachine, VmNumaNode } from './processor-props.js';
import type { VmCloneSource } from './roles.js';
import type { VmLayer } from './schema.js';

/** Place of a machine when its host starts and stops. */
export interface VmStartup {
  /**
   * Lower starts first and stops last.
   * @default - none
   */
  readonly order?: number;
  /**
   * How long the host waits before it starts the next guest. In seconds.
   * @default - none
   */
  readonly up?: number;
  /**
   * How long the host waits for the guest to stop. In seconds.
   * @default - none
   */
  readonly down?: number;
}

/** What profiles and `defaults.vm` of a stack may say of machines: everything but what makes one machine this one. */
export interface VmSharedProps {
  /**
   * Processor cores the guest may use.
   * @default 1
   */
  readonly cores?: number;
  /**
   * Main memory.
   * @default '2GiB'
   */
  readonly memory?: Size | SizeText;
  /**
   * Network that the first network device is attached to.
   * @default - no network device
   */
  readonly network?: Subnet;
  /**
   * Whether the guest starts with its host.
   * @default false
   */
  readonly onboot?: boolean;
  /**
   * Place of the guest when its host starts and stops.
   * @default - after all that have a place
   */
  readonly startup?: VmStartup;
  /**
   * Whether Proxmox refuses to remove the guest and its disks.
   * @default false
   */
  readonly protection?: boolean;
  /**
   * What may become of the machine and its disks once it left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may remove it for good. `'retain'`: nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Labels in the web interface.
   * @default - none
   */
  readonly tags?: readonly string[];
  /**
   * `'adopted'`: the machine exists, and is looked after from now on. It is never made: one that is gone is reported, because a new one would
   * have empty disks in the place of its data. Nothing is filled in for it but what the program says.
   * @default - none
   */
  readonly from?: 'adopted';
  /**
   * Image that the disk is filled with when it is made.
   * @default - none; the disk is empty
   */
  readonly image?: CloudImage;
  /**
   * Template that the disks are cloned from.
   * @default - none
   */
  readonly cloneFrom?: VmCloneSource;
  /**
   * How disks are cloned: `linked` shares what does not change, `full` copies all.
   * @default 'linked'
   */
  readonly cloneMode?: 'linked' | 'full';
  /**
   * Disk that the machine boots from.
   * @default - none; a clone has that of its template
   */
  readonly disk?: VmBootDisk;
  /**
   * Disks beside the one that the machine boots from.
   * @default - none
   */
  readonly disks?: readonly VmDisk[];
  /**
   * Optical drives.
   * @default - none
   */
  readonly cdroms?: readonly VmCdrom[];
  /**
   * Disk that the firmware keeps its settings on. `bios: ovmf` needs it.
   * @default - none
   */
  readonly efi?: VmEfi;
  /**
   * Trusted platform module.
   * @default - none
   */
  readonly tpm?: VmTpm;
  /**
   * What Proxmox tells the guest's cloud-init.
   * @default - none
   */
  readonly cloudInit?: VmCloudInit;
  /**
   * Devices that the machine boots from, in this order.
   * @default - the disk, then the first optical drive, then the first network device
   */
  readonly boot?: readonly string[];
  /**
   * What runs inside. Decides details of the virtual hardware.
   * @default - 'l26'
   */
  readonly ostype?:
    | 'other'
    | 'wxp'
    | 'w2k'
    | 'w2k3'
    | 'w2k8'
    | 'wvista'
    | 'win7'
    | 'win8'
    | 'win10'
    | 'win11'
    | 'l24'
    | 'l26'
    | 'solaris';
  /**
   * Firmware.
   * @default - 'seabios'
   */
  readonly bios?: 'seabios' | 'ovmf';
  /**
   * Board that the guest sees.
   * @default - 'pc'
   */
  readonly machine?: 'q35' | 'pc' | (string & {}) | VmMachine;
  /**
   * Architecture of the processor.
   * @default - that of the host
   */
  readonly arch?: 'x86_64' | 'aarch64';
  /**
   * Controller of scsi disks.
   * @default - 'virtio-scsi-single'
   */
  readonly scsiController?: 'lsi' | 'lsi53c810' | 'virtio-scsi-pci' | 'virtio-scsi-single' | 'megasas' | 'pvscsi';
  /**
   * Processor that the guest sees.
   * @default - 'kvm64'
   */
  readonly cpu?: 'host' | (string & {}) | VmCpu;
  /**
   * Sockets; the guest sees as many times the cores.
   * @default - 1
   */
  readonly sockets?: number;
  /**
   * Processors that are plugged in at the start.
   * @default - all
   */
  readonly vcpus?: number;
  /**
   * Processor time the machine may use, in cores; 0 is no limit. In cores.
   * @default - no limit
   */
  readonly cpulimit?: number;
  /**
   * Weight against other guests when processor time is short, 1 to 10000.
   * @default - 100
   */
  readonly cpuunits?: number;
  /**
   * Processors of the host that the machine runs on.
   * @default - all
   */
  readonly affinity?: string;
  /**
   * Whether the guest sees nodes of memory. Memory that is plugged in needs it.
   * @default - false
   */
  readonly numa?: boolean;
  /**
   * Nodes of memory, their processors and where they lie on the host.
   * @default - none
   */
  readonly numaNodes?: readonly VmNumaNode[];
  /**
   * Least memory that the host may take the guest down to; `0MiB` leaves out the device for it.
   * @default - all of `memory`
   */
  readonly balloon?: Size | SizeText;
  /**
   * Weight when memory is given back by ballooning; 0 switches that off.
   * @default - 1000
   */
  readonly shares?: number;
  /**
   * Size of the pages of memory, in MiB.
   * @default - none
   */
  readonly hugepages?: '2' | '1024' | 'any';
  /**
   * Whether such pages are kept when the machine stops.
   * @default - false
   */
  readonly keepHugepages?: boolean;
  /**
   * Whether equal pages of memory may be shared with other machines. Proxmox VE 9.1.
   * @default - true
   */
  readonly allowKsm?: boolean;
  /**
   * Whether the processor runs the guest itself. Without it everything is slow.
   * @default - true
   */
  readonly kvm?: boolean;
  /**
   * Whether the guest has ACPI.
   * @default - true
   */
  readonly acpi?: boolean;
  /**
   * Memory encrypted by AMD's SEV.
   * @default - none
   */
  readonly amdSev?: VmAmdSev;
  /**
   * Memory encrypted by Intel's TDX. Proxmox VE 9.1.
   * @default - none
   */
  readonly intelTdx?: VmIntelTdx;
  /**
   * Agent of QEMU inside the guest.
   * @default - false
   */
  readonly agent?: boolean | VmAgent;
  /**
   * What can be plugged into a running machine.
   * @default - ['network', 'disk', 'usb']
   */
  readonly hotplug?: readonly ('network' | 'disk' | 'cpu' | 'memory' | 'usb' | 'cloudinit')[];
  /**
   * Display.
   * @default - 'std'
   */
  readonly vga?: VmVga['type'] | VmVga;
  /**
   * Serial ports.
   * @default - none
   */
  readonly serial?: readonly string[];
  /**
   * Parallel ports.
   * @default - none
   */
  readonly parallel?: readonly string[];
  /**
   * Whether the guest has a pointer that knows where it is.
   * @default - true
   */
  readonly tablet?: boolean;
  /**
   * Layout of the keyboard for the VNC console.
   * @default - as the console has it
   */
  readonly keyboard?:
    | 'de'
    | 'de-ch'
    | 'da'
    | 'en-gb'
    | 'en-us'
    | 'es'
    | 'fi'
    | 'fr'
    | 'fr-be'
    | 'fr-ca'
    | 'fr-ch'
    | 'hu'
    | 'is'
    | 'it'
    | 'ja'
    | 'lt'
    | 'mk'
    | 'nl'
    | 'no'
    | 'pl'
    | 'pt'
    | 'pt-br'
    | 'sv'
    | 'sl'
    | 'tr';
  /**
   * What the SPICE console can do beyond showing pictures.
   * @default - nothing
   */
  readonly spice?: VmSpice;
  /**
   * Sound card.
   * @default - none
   */
  readonly audio?: VmAudio;
  /**
   * Source of random numbers.
   * @default - none
   */
  readonly rng?: VmRng;
  /**
   * Watchdog: what becomes of a guest that no longer moves.
   * @default - none
   */
  readonly watchdog?: VmWatchdog;
  /**
   * USB devices of the host.
   * @default - none
   */
  readonly usb?: readonly VmUsb[];
  /**
   * PCI devices of the host, which the guest has for itself.
   * @default - none
   */
  readonly hostPci?: readonly VmHostPci[];
  /**
   * Cards of the host, by number, that the machine has for itself.
   * @default - none
   */
  readonly gpus?: readonly HostGpu[];
  /**
   * Folders of the host inside the guest.
   * @default - none
   */
  readonly virtiofs?: readonly VmVirtiofs[];
  /**
   * Memory that the guest shares with others.
   * @default - none
   */
  readonly ivshmem?: VmIvshmem;
  /**
   * What the guest reads of its own make.
   * @default - as Proxmox makes it
   */
  readonly smbios?: VmSmbios;
  /**
   * More of the first network device.
   * @default - virtio, and otherwise as the network has it
   */
  readonly nic?: VmNicOptions;
  /**
   * Network devices beside the first.
   * @default - none
   */
  readonly nics?: readonly VmNicProps[];
  /**
   * Name servers, told to the guest by cloud-init.
   * @default - those of the network, or else of the host
   */
  readonly nameservers?: readonly IpText[];
  /**
   * Domain that is added to bare names, or several with blanks between; told to the guest by cloud-init.
   * @default - that of the host
   */
  readonly searchDomain?: string;
  /**
   * Firewall of the guest. Without it Proxmox filters nothing.
   * @default - none
   */
  readonly firewall?: GuestFirewallProps;
  /**
   * Whether the guest may start itself anew. Otherwise it stops.
   * @default - true
   */
  readonly reboot?: boolean;
  /**
   * Whether the processor waits at the start until somebody says `continue` in the monitor.
   * @default - false
   */
  readonly freeze?: boolean;
  /**
   * Kept by Proxmox and without effect.
   * @default - false
   */
  readonly autostart?: boolean;
  /**
   * Whether the clock of the guest shows local time. Windows wants that.
   * @default - true for Windows
   */
  readonly localtime?: boolean;
  /**
   * Time that the clock of the guest starts with.
   * @default - 'now'
   */
  readonly startDate?: string;
  /**
   * Whether lost ticks of the clock are made up for.
   * @default - false
   */
  readonly tdf?: boolean;
  /**
   * Longest pause of a running machine that is moved. In seconds.
   * @default - 0.1
   */
  readonly migrateDowntime?: number;
  /**
   * Most that is sent when a running machine is moved; 0 is no limit. In MB/s.
   * @default - 0
   */
  readonly migrateSpeed?: number;
  /**
   * Storage for the memory of machines that are suspended or snapshotted.
   * @default - that of the machine's disks
   */
  readonly vmStateStorage?: Storage;
  /**
   * Script that the host runs before and after start and stop, as a volume id.
   * @default - none
   */
  readonly hookscript?: `${string}:snippets/${string}`;
  /**
   * Words for the command line of QEMU.
   * @default - none
   */
  readonly args?: string;
  /**
   * Whether the machine runs. `false` leaves it as it is: stopped, if it is made by this program.
   * @default - `true`; `false` with `from: 'adopted'`
   */
  readonly started?: boolean;
}

/** What makes one machine this one. */
export interface VmOwnProps {
  /**
   * Number of the machine, unique in its cluster.
   * @default - a free one of the host's range, pinned in phoenix.lock.json
   */
  readonly vmid?: number;
  /**
   * Name of the machine, as DNS has it.
   * @default - the construct's id
   */
  readonly hostname?: string;
  /**
   * Address of the first network device, told to the guest by cloud-init. `manual` tells it nothing.
   * @default - a free one of the network, pinned in phoenix.lock.json
   */
  readonly address?: Ipv4Text | 'dhcp' | 'manual';
  /**
   * Hardware address of the first network device.
   * @default - one of Proxmox's own range, pinned in phoenix.lock.json
   */
  readonly mac?: string;
  /**
   * Construct path that the machine had before it was moved in the program, so that its pinned values stay.
   * @default - none
   */
  readonly renamedFrom?: string;
}

/**
 * Props of a machine. What none of them gives comes from its profiles, then from the stack's `defaults.vm`, then from what the stack says of
 * all its guests, then from the built-in defaults.
 *
 * There is no prop for a password: Proxmox would keep it in the config, and hand it over in the words of a command. Give `sshKeys`.
 */
export interface VirtualMachineProps extends VmSharedProps, VmOwnProps {
  /**
   * Profiles, the later ones above the earlier.
   * @default - none
   */
  readonly profiles?: readonly { readonly layer: Layer }[];
  /**
   * Guests that have to be ready before this one starts.
   * @default - only what the machine stands on
   */
  readonly startAfter?: readonly { readonly identity: string; readonly node: { readonly path: string } }[];
}

/** Props with what may be said by a word alone said in full. */
type InFull<P> = {
  readonly [K in keyof P]: K extends 'cpu' | 'machine' | 'vga' | 'agent' ? Exclude<P[K], string | boolean> : P[K];
};

/** Props and field table say the same; a key that one of them lacks does not compile. */
export type VmPropsMatchTable = Assert<PropsMatch<InFull<VmSharedProps & VmOwnProps>, VmLayer>>;
