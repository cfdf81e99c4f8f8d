import type { Resource } from '../core/resource.js';

/** What the specs of guests of every type say. */
export interface GuestSpec {
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
  readonly firewall: { readonly enabled: boolean } | undefined;
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
