import { factsCheck } from '../core/facts-check.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Check, Completed } from '../core/resource.js';
import { cardAt } from '../guest/facts-cards.js';
import { PveNode } from '../host/pve-node.js';
import type { Finding } from '../model/finding.js';
import { isVmResource } from './roles.js';
import type { VmSpec } from './spec.js';

/** Proxmox takes a card from its driver when the machine starts, which fails or hangs while something on the host uses it. */
export const vmGpuFactsCheck: Check = factsCheck('facts/machine-cards', isVmResource, cards);

function* cards({ spec, path, home }: Completed<VmSpec>, known: HostFacts): Iterable<Finding> {
  for (const gpu of PveNode.isPveNode(home.host)
    ? home.host.gpus.filter(({ index }) => spec.gpus.includes(index))
    : []) {
    const driver = cardAt(known, gpu.pci)?.driver;
    if (driver !== undefined && driver !== 'vfio-pci') {
      yield {
        code: 'facts/gpu-held',
        severity: 'warning',
        path,
        message: `has GPU ${gpu.index} (${gpu.pci}), which ${driver} holds by ${known.file}: the machine does not start while something on the host uses it`,
        value: driver,
        fix: 'leave the card to vfio-pci from the start of the host on, or acknowledge that nothing on the host uses it',
      };
    }
  }
}
