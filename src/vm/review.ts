import { Size } from '../base/units.js';
import type { Place } from '../core/resource.js';
import { renderDiskSize } from '../format/disk-size.js';
import { renderGuestConf } from '../format/guest-conf-text.js';
import { ownerLine } from '../guest/owner.js';
import type { KeyRequirement } from '../model/step.js';
import { vmLastKeys } from './conf-keys.js';
import type { VmSpec } from './spec.js';

type VolumeKey = Extract<KeyRequirement, { is: 'volume' }>;

/**
 * The config as Proxmox will write it, for people to read: keys in its order, volume ids as they are likely to be.
 *
 * Never compared with the host as text: Proxmox adds keys of its own, and sizes are what the storage says.
 */
export function reviewVmConfig(spec: VmSpec, place: Place, config: readonly KeyRequirement[]): string {
  const disks = config.filter((key) => key.is === 'volume' && key.filled !== 'cloudinit').map(({ key }) => key);
  const keys = [...config, ...vmLastKeys(spec)].flatMap((key): [string, string][] => {
    if (key.is === 'volume') {
      return [[key.key, volumeText(spec, key, disks.indexOf(key.key))]];
    }
    return key.is === 'exact' ? [[key.key, key.value]] : [];
  });
  return renderGuestConf({
    kind: 'qemu',
    description: ownerLine(place, spec.vmid),
    keys: spec.template ? [...keys, ['template', '1']] : keys,
    raw: [],
  });
}

function volumeText(spec: VmSpec, volume: VolumeKey, number: number): string {
  // says how the volume is made, and is not kept
  const options = volume.options.split(',').filter((option) => option !== '' && !option.startsWith('format='));
  const own = volume.filled === 'cloudinit' ? ['media=cdrom'] : [];
  const size = volume.bytes === 0 ? [] : [`size=${renderDiskSize(Size.bytes(volume.bytes))}`];
  return [`${volume.storage}:${volumeName(spec, volume, number)}`, ...[...options, ...own, ...size].sort()].join(',');
}

/** As storages of blocks name their volumes; those of files have a folder before and an ending. */
function volumeName(spec: VmSpec, { key, filled }: VolumeKey, number: number): string {
  const { source, template, vmid } = spec;
  if (filled === 'cloudinit') {
    return `vm-${vmid}-cloudinit`;
  }
  const own = `${template ? 'base' : 'vm'}-${vmid}-disk-${number}`;
  const isShared = spec.volumes.some((volume) => volume.key === key && volume.cloned);
  return isShared && source.from === 'clone' && source.mode === 'linked'
    ? `base-${source.vmid}-disk-${number}/${own}`
    : own;
}
