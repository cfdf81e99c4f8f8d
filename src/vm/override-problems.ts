import type { Problem } from '../base/errors.js';
import { qemuFormat } from '../format/qemu-properties.js';
import { configKeyProblems } from '../guest/config-key.js';
import { vmConfigKeyTypes } from './config-keys.js';

/** Why a key of a machine's config may not be set past the props; none if it may. */
export function vmOverrideProblems(key: string, value: string | undefined, path: string): Problem[] {
  return configKeyProblems(rules, key, value, path);
}

/** Keys that say whose the machine is, what is being done with it, what Proxmox notes down for itself, and a password. */
export const reservedVmKeys = [
  ...['description', 'lock', 'parent', 'template', 'snaptime', 'vmstate', 'unused', 'cipassword'],
  ...['meta', 'vmgenid', 'runningcpu', 'runningmachine', 'running-nets-host-mtu'],
];

const rules = { of: 'a machine', keys: vmConfigKeyTypes, reserved: reservedVmKeys, formatOf: qemuFormat };
