import { PhoenixError, type Problem } from '../base/errors.js';
import type { HostGpu } from '../host/pve-node.js';

/**
 * Device files that a container needs for CUDA on the given cards: the cards' own, and those that all cards share.
 *
 * Throws `gpu/vendor` for cards of other makers, whose device files are others.
 */
export function gpuDevices(gpus: readonly HostGpu[]): string[] {
  if (gpus.length === 0) {
    return [];
  }
  const others = gpus.filter((gpu) => gpu.nvidiaNumber === undefined);
  if (others.length > 0) {
    throw new PhoenixError(others.map(otherVendor));
  }
  const own = gpus.map((gpu) => `/dev/nvidia${gpu.nvidiaNumber}`).sort();
  return [...own, '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'];
}

/** Identity of the driver of a host's cards. */
export function driverIdentity(host: string): string {
  return `gpu-driver/${host}`;
}

function otherVendor({ index, model }: HostGpu): Problem {
  return {
    code: 'gpu/vendor',
    message: `GPU ${index} is a ${model.name} of ${model.vendor}, and containers use cards of NVIDIA only`,
    value: index,
    fix: 'give the container an NVIDIA card, or its device files by `addRawLine`',
  };
}
