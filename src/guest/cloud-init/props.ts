import type { Size, SizeText } from '../../base/units.js';
import type { Content } from '../../model/content.js';
import type { Assert, PropsMatch } from '../../model/equality.js';
import type { SecretRef } from '../../model/secret-ref.js';
import type { Storage } from '../../storage/storage.js';
import type { AptProps } from './apt-props.js';
import type { CloudInitNetworkProps } from './network-props.js';
import type { CloudInitPackage } from './packages-schema.js';
import type { CloudInitCommand, CloudInitExtra, CloudInitLayer } from './schema.js';

/**
 * Documents of a machine's own, for all that Proxmox cannot make. As soon as one of them is given, in whatever layer, the machine's user
 * data, network configuration and meta data are all documents of this program, in which `user`, `sshKeys`, `upgrade` and the network devices
 * of the machine say the same as before.
 *
 * cloud-init does most of its work once for each machine, and knows the machine by a digest of user data and network configuration. A change
 * of either takes a restart, after which everything is done again: users are made, files written, `runcmd` run, and the machine gets new ssh
 * host keys. What the former documents made is not taken away.
 *
 * @see https://docs.cloud-init.io/en/latest/reference/modules.html
 */
export interface CloudInitDocuments {
  /**
   * What the machine does at its first boot. Every key is cloud-init's own, in camel case.
   * @default - what Proxmox makes of `user`, `sshKeys` and `upgrade`
   */
  readonly userData?: CloudConfigProps;
  /**
   * The same, below the user data: where both say something the user data win, whole lists and all. A change alone does nothing again.
   * @default - none
   */
  readonly vendorData?: CloudConfigProps;
  /**
   * What the network needs beyond the network devices of the machine. `{}` is they alone.
   * @default - the network devices of the machine
   */
  readonly networkConfig?: CloudInitNetworkProps;
  /**
   * Storage that the documents lie on. It has to take snippets, and machines that move need it on every node.
   * @default - `local`, whose folder is /var/lib/vz/snippets
   */
  readonly snippets?: Storage;
}

/** A `#cloud-config` document. What is not said is as the image has it. */
export interface CloudConfigProps {
  /**
   * Full name of the machine in DNS.
   * @default - its hostname, with its search domain behind
   */
  readonly fqdn?: string;
  /** Whether the name that the image has stays as it is. */
  readonly preserveHostname?: boolean;
  /**
   * Whether /etc/hosts is written at every boot; `'localhost'` keeps to the line of the own name.
   * @default true
   */
  readonly manageEtcHosts?: boolean | 'localhost';
  /** Time zone, such as `Europe/Berlin`. */
  readonly timezone?: string;
  /** Locale, such as `en_US.UTF-8`. */
  readonly locale?: string;
  /** Keyboard of the console. */
  readonly keyboard?: {
    readonly layout?: string;
    readonly model?: string;
    readonly variant?: string;
    readonly options?: string;
  };

  /**
   * Whether the image's own user is made as well, where `users` are given.
   * @default true
   */
  readonly defaultUser?: boolean;
  /** Groups, each with its members. */
  readonly groups?: { readonly [group: string]: readonly string[] };
  /** Users. Layers are merged by name. */
  readonly users?: readonly CloudInitUser[];
  /** Keys that let the image's own user in, besides the `sshKeys` of the machine. */
  readonly sshAuthorizedKeys?: readonly string[];
  /** Whether sshd takes passwords. */
  readonly sshPwauth?: boolean;
  /** Whether root may not log in by ssh. */
  readonly disableRoot?: boolean;
  /** Whether the host keys of the image are thrown away. */
  readonly sshDeletekeys?: boolean;
  /** Kinds of host keys that are made. */
  readonly sshGenkeytypes?: readonly ('ecdsa' | 'ed25519' | 'rsa')[];

  /** Growing of partitions into the space behind them. */
  readonly growpart?: {
    /** How; `off` does nothing. */
    readonly mode?: 'auto' | 'growpart' | 'gpart' | 'off';
    /** Mount points or devices. */
    readonly devices?: readonly string[];
    /** Whether /etc/growroot-disabled is passed over. */
    readonly ignoreGrowrootDisabled?: boolean;
  };
  /** Whether the root file system grows with its partition; `'noblock'` lets the boot go on meanwhile. */
  readonly resizeRootfs?: boolean | 'noblock';
  /** Partition tables, by disk. */
  readonly diskSetup?: { readonly [disk: string]: CloudInitPartitions };
  /** File systems to be made. */
  readonly fsSetup?: readonly CloudInitFileSystem[];
  /** What is mounted, as lines of /etc/fstab. Layers are merged by mount point. */
  readonly mounts?: readonly CloudInitMount[];
  /** A swap file. */
  readonly swap?: {
    /** Where it lies. */
    readonly filename?: string;
    readonly size?: Size | SizeText;
    /** Most that it takes. */
    readonly maxsize?: Size | SizeText;
  };

  /** Clock. */
  readonly ntp?: {
    /** Whether the clock is set by NTP. */
    readonly enabled?: boolean;
    /** Program that does it, such as `chrony`. */
    readonly ntpClient?: string;
    readonly servers?: readonly string[];
    readonly pools?: readonly string[];
  };
  /** Certificates of authorities. */
  readonly caCerts?: {
    /** Whether those of the distribution are thrown away. */
    readonly removeDefaults?: boolean;
    /** Certificates that are trusted, in PEM. */
    readonly trusted?: readonly string[];
  };

  /** Sources of packages of Debian and Ubuntu. */
  readonly apt?: AptProps;
  /** Whether the lists of packages are fetched. */
  readonly packageUpdate?: boolean;
  /**
   * Whether all packages are brought up to date.
   * @default - the `upgrade` of the machine
   */
  readonly packageUpgrade?: boolean;
  /** Whether it boots again where a package asks for it. */
  readonly packageRebootIfRequired?: boolean;
  /**
   * Packages. Layers add to each other.
   * @default - `qemu-guest-agent` if the machine has its `agent` on, and nothing else
   */
  readonly packages?: readonly CloudInitPackage[];
  /** Files. Layers are merged by path. */
  readonly writeFiles?: readonly CloudInitFile[];
  /** Commands at every boot, early: lists of words, or lines for the shell. Layers follow each other. */
  readonly bootcmd?: readonly CloudInitCommand[];
  /** Commands at the end of the first boot: lists of words, or lines for the shell. Layers follow each other. */
  readonly runcmd?: readonly CloudInitCommand[];

  /** A URL that is told when it is done. */
  readonly phoneHome?: {
    readonly url?: string;
    /** What it is told. */
    readonly post?:
      | 'all'
      | readonly ('pub_key_rsa' | 'pub_key_ecdsa' | 'pub_key_ed25519' | 'instance_id' | 'hostname' | 'fqdn')[];
    /** How often it is tried. */
    readonly tries?: number;
  };
  /** What the console shows when it is done. */
  readonly finalMessage?: string;
  /** What becomes of the machine when it is done. */
  readonly powerState?: {
    readonly mode?: 'reboot' | 'poweroff' | 'halt';
    /** When: at once, or after so many minutes. */
    readonly delay?: 'now' | number;
    /** How long it is waited for cloud-init to end, in seconds. */
    readonly timeout?: number;
    /** What users are told. */
    readonly message?: string;
    /** Whether at all: yes, no, or if a command ends well. */
    readonly condition?: boolean | CloudInitCommand;
  };

  /** Keys that have no prop here, in cloud-init's own spelling. Unchecked, and noted in the report. */
  readonly extra?: { readonly [key: string]: CloudInitExtra };
}

/** A user of a machine. */
export interface CloudInitUser {
  readonly name: string;
  /** Full name. */
  readonly gecos?: string;
  /** Further groups. */
  readonly groups?: readonly string[];
  /**
   * First group.
   * @default - one of the user's own name
   */
  readonly primaryGroup?: string;
  /**
   * Rule of sudo, such as `ALL=(ALL) NOPASSWD:ALL`.
   * @default - none: no sudo
   */
  readonly sudo?: string;
  /** Login shell. */
  readonly shell?: string;
  /** Home. */
  readonly homedir?: string;
  /** Number. */
  readonly uid?: number;
  /** Whether the user is one of the system, without a home. */
  readonly system?: boolean;
  /** Whether no home is made. */
  readonly noCreateHome?: boolean;
  /**
   * Whether no password lets the user in.
   * @default - true without `hashedPasswd`
   */
  readonly lockPasswd?: boolean;
  /** Hash of the password, such as `mkpasswd` makes it. Only as a secret: whoever reads the hash can try passwords on it. */
  readonly hashedPasswd?: SecretRef;
  /** Keys that let the user in. */
  readonly sshAuthorizedKeys?: readonly string[];
  /** Accounts whose keys let the user in, such as `gh:NAME` of GitHub. */
  readonly sshImportId?: readonly string[];
}

/** A partition table. */
export interface CloudInitPartitions {
  /** @default mbr */
  readonly tableType?: 'mbr' | 'gpt';
  /**
   * One partition over all (`true`), none, none any more (`'remove'`), or shares of the disk in percent, each with a type of partition if
   * need be.
   */
  readonly layout?: boolean | 'remove' | readonly (number | CloudInitPartition)[];
  /**
   * Whether what is on the disk is overwritten unseen. Loses data, and does so again whenever user data change.
   * @default false
   */
  readonly overwrite?: boolean;
}

/** A partition that is not simply one for Linux. */
export interface CloudInitPartition {
  /** Share of the disk. */
  readonly percent: number;
  /** Type as the partition table has it, such as 82 for swap. */
  readonly type: number | string;
}

/** A file system to be made. */
export interface CloudInitFileSystem {
  readonly label?: string;
  /** Kind, such as `ext4`. */
  readonly filesystem: string;
  /** Disk or partition. */
  readonly device: string;
  /** Whether a file system that is there is looked for by label (`auto`), by kind alone (`any`), or not at all (`none`). */
  readonly partition?: 'auto' | 'any' | 'none';
  /**
   * Whether a file system that is there is overwritten. Loses data, and does so again whenever user data change.
   * @default false
   */
  readonly overwrite?: boolean;
  /** Options of mkfs. */
  readonly extraOpts?: readonly string[];
}

/** A line of /etc/fstab. */
export interface CloudInitMount {
  /** Device, label, UUID or export. */
  readonly device: string;
  /** Mount point; `none` for swap. */
  readonly path: string;
  /** @default auto */
  readonly type?: string;
  /**
   * Options of the mount.
   * @default - defaults, nofail
   */
  readonly options?: readonly string[];
  /** Whether dump takes it. */
  readonly dump?: number;
  /** When fsck checks it; 0 is never. */
  readonly pass?: number;
}

/** A file inside a machine. */
export interface CloudInitFile {
  readonly path: string;
  /** What is in it. Secrets in it are references, filled in on the host. */
  readonly content: Content;
  /**
   * Permissions, as four octal digits.
   * @default - 0644, and 0600 with secrets in it
   */
  readonly permissions?: string;
  /**
   * Owner and group, by name.
   * @default root:root
   */
  readonly owner?: string;
  /** Whether it is added to a file that is there: once more whenever user data change. */
  readonly append?: boolean;
  /**
   * Whether it waits for users and packages.
   * @default - true for files of other owners than root
   */
  readonly defer?: boolean;
}

export type CloudInitDocumentsMatchTable = Assert<PropsMatch<CloudInitDocuments, CloudInitLayer>>;
