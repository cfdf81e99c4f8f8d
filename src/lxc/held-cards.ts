import { lxcDevice, parsePropertyString } from '../format/property-string.js';
import type { PveNode } from '../host/pve-node.js';
import { configKeys } from './conf-keys.js';
import type { LxcSpec } from './spec.js';

/**
 * Cards that the container has in the end, by number: a device file of NVIDIA's counts, whether `gpus`, `devices` or an override gives it.
 * Device files of other makers, and what raw lines mount, do not say which card they are.
 */
export function heldCards(spec: LxcSpec, node: PveNode): number[] {
  const paths = new Set(devicePaths(spec));
  const held = node.gpus
    .filter(({ nvidiaNumber }) => nvidiaNumber !== undefined && paths.has(`/dev/nvidia${nvidiaNumber}`))
    .map(({ index }) => index);
  return [...new Set([...spec.gpus.filter((gpu) => held.includes(gpu)), ...held])];
}

function devicePaths(spec: LxcSpec): (string | undefined)[] {
  return spec.overrides.some(({ key }) => isDevice(key))
    ? configKeys(spec).flatMap((requirement) =>
        requirement.is === 'exact' && isDevice(requirement.key)
          ? [parsePropertyString(requirement.value, lxcDevice)['path']]
          : [],
      )
    : spec.devices.map(({ path }) => path);
}

function isDevice(key: string): boolean {
  return /^dev\d+$/.test(key);
}
