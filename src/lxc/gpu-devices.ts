import type { HostGpu } from '../host/pve-node.js';

/** Device files that a container needs for CUDA on the given cards: the cards' own, and those that all cards share. */
export function gpuDevices(gpus: readonly HostGpu[]): string[] {
  if (gpus.length === 0) {
    return [];
  }
  const own = gpus.map((gpu) => `/dev/nvidia${gpu.index}`).sort();
  return [...own, '/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'];
}

/** Identity of the driver of a host's cards. */
export function driverIdentity(host: string): string {
  return `gpu-driver/${host}`;
}
