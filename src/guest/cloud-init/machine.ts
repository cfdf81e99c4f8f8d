/** What a machine's documents depend on besides what is said of cloud-init. */
export interface CloudInitMachine {
  readonly vmid: number;
  readonly hostname: string;
  readonly nameservers: readonly string[];
  readonly searchDomain: string | undefined;
  readonly nics: readonly CloudInitNic[];
  /** Whether Proxmox talks to an agent inside, which images of distributions do not have. */
  readonly agent: boolean;
  /** Name of the image's own user, if it is to have another. */
  readonly user: string | undefined;
  readonly sshKeys: readonly string[];
  readonly upgrade: boolean | undefined;
}

/** A network device as the guest is told of it. */
export interface CloudInitNic {
  /** Name inside: `eth0` is net0. */
  readonly name: string;
  readonly mac: string;
  /** `dhcp`, `manual`, or address and prefix. */
  readonly ip: string | undefined;
  readonly gateway: string | undefined;
  /** `auto`, `dhcp`, `manual`, or address and prefix. */
  readonly ip6: string | undefined;
  readonly gateway6: string | undefined;
  readonly mtu: number | undefined;
}
