import { isAtLeast, type PveVersion } from '../model/pve-version.js';
import type { Impact } from '../model/step.js';

/**
 * What a change of a key costs a running container: which keys `vmconfig_hotplug_pending` of pve-container takes at once, the same ones in every
 * release from 5.2.6 (PVE 8.4) to 6.1.10 (9.2). All others wait for a restart. Keys with numbers stand without them.
 */
const impacts: Readonly<Record<string, Impact>> = {
  cores: 'live',
  cpulimit: 'live',
  cpuunits: 'live',
  memory: 'live',
  swap: 'live',
  hostname: 'live',
  net: 'live',
  onboot: 'live',
  startup: 'live',
  protection: 'live',
  tags: 'live',
  description: 'live',
  hookscript: 'live',
  nameserver: 'restart',
  searchdomain: 'restart',
  timezone: 'restart',
  features: 'restart',
  ostype: 'restart',
  cmode: 'restart',
  console: 'restart',
  tty: 'restart',
  debug: 'restart',
  entrypoint: 'restart',
  env: 'restart',
  rootfs: 'restart',
  mp: 'restart',
  dev: 'restart',
  // Proxmox would write another architecture down, and no program on the root disk would run any more.
  arch: 'replace',
  // Read-only to Proxmox: every file on the root disk has the owner that goes with it.
  unprivileged: 'replace',
};

/** Keys that a running container takes at once where there was none of that number, and since which release (`mountpoint_hotplug`, `device_passthrough_hotplug`). */
const hotplug: Readonly<Record<string, PveVersion>> = { mp: '8.4', dev: '9.0' };

/** Keys that `pct set --delete` refuses. */
const undeletable: ReadonlySet<string> = new Set(['memory', 'rootfs', 'ostype', 'unprivileged']);

/** What changing `key` costs a running container. Unknown keys are taken to need a restart. */
export function impactOf(key: string): Impact {
  return impacts[nameOf(key)] ?? 'restart';
}

/** What adding `key` costs a running container of that release, where that is less than changing it. */
export function impactOfAdding(key: string, version: PveVersion): Impact | undefined {
  const since = hotplug[nameOf(key)];
  return since !== undefined && isAtLeast(version, since) ? 'live' : undefined;
}

/** What removing `key` costs a running container. A card with two digits stays until the restart: Proxmox looks for one. */
export function impactOfRemoving(key: string): Impact {
  if (undeletable.has(key)) {
    return 'impossible';
  }
  return /^net\d\d/.test(key) ? 'restart' : impactOf(key);
}

function nameOf(key: string): string {
  return key.replace(/\d+$/, '');
}
