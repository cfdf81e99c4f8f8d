import type { PveVersion } from '../model/pve-version.js';
import { environmentKey } from './lxc-raw-line.js';

/** What a release of Proxmox VE brought: before it, hosts refuse the key. */
export interface VersionGate {
  readonly since: PveVersion;
  /** The prop that makes the key. */
  readonly prop: string;
  /** What does in its place on older hosts. */
  readonly instead: string;
}

const ownersInstead = 'give the files to the numbers that the host sees: unprivilegedOwner(uid)';

/** Keys of a container's config, and keys within their values, that not every supported release has. */
export const lxcVersionGates: Readonly<Record<string, VersionGate>> = {
  entrypoint: { since: '9.1', prop: 'entrypoint', instead: 'have a service of the container start the command' },
  [environmentKey]: { since: '9.1', prop: 'env', instead: 'put the variables into a file of the container' },
  'mp.keepattrs': { since: '9.1', prop: 'keepAttributes', instead: 'set owner and mode inside by a script' },
  'mp.idmap': { since: '9.2', prop: 'idmap', instead: ownersInstead },
  'rootfs.idmap': { since: '9.2', prop: 'idmap', instead: ownersInstead },
  'net.host-managed': { since: '9.1', prop: 'hostManaged', instead: 'let the container configure the device' },
};

const withoutIt = 'do without it';

/** Keys of a machine's config, keys within their values after a dot, and such values after `=`, that not every supported release has. */
export const qemuVersionGates: Readonly<Record<string, VersionGate>> = {
  'allow-ksm': { since: '9.1', prop: 'allowKsm', instead: 'switch KSM off for the whole host' },
  'intel-tdx': { since: '9.1', prop: 'intelTdx', instead: withoutIt },
  'cpu.guest-phys-bits': { since: '9.1', prop: 'cpu.guestPhysBits', instead: withoutIt },
  'cpu.level': { since: '9.2', prop: 'cpu.level', instead: 'use an older model of processor' },
  'hostpci.driver': { since: '9.1', prop: 'hostPci.driver', instead: 'bind the device to its driver on the host' },
  'machine.aw-bits': { since: '9.1', prop: 'machine.awBits', instead: withoutIt },
  'efidisk.ms-cert': { since: '9.1', prop: 'efi.msCert', instead: 'have the guest enrol the certificate itself' },
  'efidisk.ms-cert=2023w': { since: '9.2', prop: 'efi.msCert', instead: "use '2023'" },
  'efidisk.ms-cert=2023k': { since: '9.2', prop: 'efi.msCert', instead: "use '2023'" },
  'tpmstate.format': { since: '9.1', prop: 'tpm.format', instead: 'keep the state on a storage whose volumes are raw' },
  'net.host-tunnel': { since: '9.2', prop: 'hostTunnel', instead: withoutIt },
};
