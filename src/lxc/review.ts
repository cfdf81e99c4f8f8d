import type { Place } from '../core/resource.js';
import { renderGuestConf } from '../format/guest-conf-text.js';
import { ownerLine } from '../guest/owner.js';
import type { KeyRequirement } from '../model/step.js';
import { lastKeys, mountNumbers } from './conf-keys.js';
import { mountHooks } from './mount-hooks.js';
import { rawLines } from './raw-lines.js';
import type { LxcSpec } from './spec.js';

/**
 * The config as Proxmox will write it, for people to read: keys in its order, volume ids as they are likely to be.
 *
 * Never compared with the host as text: Proxmox adds keys of its own, and sizes are what the storage says.
 */
export function reviewConfig(spec: LxcSpec, place: Place, config: readonly KeyRequirement[]): string {
  const keys = [...config, ...lastKeys(spec)].filter(isWritten).map((key) => [key.key, valueText(spec, key)] as const);
  return renderGuestConf({
    kind: 'lxc',
    description: ownerLine(place, spec.vmid),
    keys: spec.template ? [...keys.filter(([key]) => !/^(dev|mp)\d+$/.test(key)), ['template', '1']] : keys,
    raw: rawLines(spec, spec.template ? [] : mountHooks(spec.binds)).map((line) => [line.key, line.value]),
  });
}

function isWritten(requirement: KeyRequirement): boolean {
  return requirement.is === 'exact' || requirement.is === 'volume';
}

function valueText(spec: LxcSpec, requirement: KeyRequirement): string {
  if (requirement.is !== 'volume') {
    return requirement.is === 'exact' ? requirement.value : '';
  }
  const options = requirement.options === '' ? '' : `,${requirement.options}`;
  return `${requirement.storage}:${volumeName(spec, requirement.key)}${options},size=${sizeText(requirement.bytes)}`;
}

/** As the ZFS storage names its datasets; other storages have names of their own. */
function volumeName(spec: LxcSpec, key: string): string {
  const number =
    key === 'rootfs'
      ? 0
      : mountNumbers(spec)
          .slice(spec.binds.length)
          .indexOf(Number(key.slice(2))) + 1;
  const own = `${spec.template && key === 'rootfs' ? 'basevol' : 'subvol'}-${spec.vmid}-disk-${number}`;
  const linked = key === 'rootfs' && spec.source.from === 'clone' && spec.source.mode === 'linked';
  return linked && spec.source.from === 'clone' ? `basevol-${spec.source.vmid}-disk-0/${own}` : own;
}

/** The largest unit that says it exactly, as Proxmox writes sizes. */
function sizeText(bytes: number): string {
  const units = ['', 'K', 'M', 'G', 'T'];
  let value = bytes;
  let unit = 0;
  while (value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}
