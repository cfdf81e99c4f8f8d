import type { Resource } from '../core/resource.js';

/** What the specs of guests of every type say. */
export interface GuestSpec {
  readonly vmid: number;
  readonly source: { readonly from: string };
  readonly hostname: string;
  readonly cores?: number | undefined;
  /** Of a machine: its processors have so many cores each. */
  readonly sockets?: number | undefined;
  readonly template: boolean;
  readonly started: boolean;
  readonly memoryBytes: number;
  readonly onboot: boolean;
  readonly startup: { readonly order?: number | undefined } | undefined;
  readonly startAfter: readonly string[];
  /** The disk that a container's system lies on. Of a machine it is among the volumes. */
  readonly rootfs?: GuestDisk;
  readonly volumes: readonly GuestDisk[];
  /** Of a container, its first network device; the others are in `nics`. */
  readonly nic?: GuestNic | undefined;
  readonly nics: readonly GuestNic[];
  /** Cards by number. */
  readonly gpus: readonly number[];
  readonly firewall: { readonly enabled: boolean } | undefined;
}

interface GuestNic {
  readonly name: string;
  readonly bridge: string;
  readonly mac: string;
  /** With its prefix, or a word such as `dhcp`. */
  readonly ip: string | undefined;
  readonly ip6?: string | undefined;
}

interface GuestDisk {
  readonly storage: string;
  readonly bytes: number;
}

/** True for guests of every type, and their templates. */
export function isGuestResource(value: unknown): value is Resource<GuestSpec> {
  return typeof value === 'object' && value !== null && guestResource in value;
}

/** Marks a class of guests. */
export const guestResource = Symbol.for('phoenix-cdk.Guest');
