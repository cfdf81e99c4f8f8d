import { isAtLeast, type PveVersion } from '../model/pve-version.js';
import type { Impact } from '../model/step.js';

/** What a change of a key costs a running container. Keys with numbers stand without them. */
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
  rootfs: 'restart',
  mp: 'restart',
  dev: 'restart',
  arch: 'impossible',
  unprivileged: 'impossible',
};

/** Keys that a running container takes at once where there was none of that number, and since which release. */
const hotplug: Readonly<Record<string, PveVersion>> = { mp: '8.4', dev: '9.0' };

/** What changing or removing `key` costs a running container. Unknown keys are taken to need a restart. */
export function impactOf(key: string): Impact {
  return impacts[nameOf(key)] ?? 'restart';
}

/** What adding `key` costs a running container of that release, where that is less than changing it. */
export function impactOfAdding(key: string, version: PveVersion): Impact | undefined {
  const since = hotplug[nameOf(key)];
  return since !== undefined && isAtLeast(version, since) ? 'live' : undefined;
}

function nameOf(key: string): string {
  return key.replace(/\d+$/, '');
}
