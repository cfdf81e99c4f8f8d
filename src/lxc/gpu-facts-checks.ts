import { factsCheck, orImportAnew } from '../core/facts-check.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Check, Completed } from '../core/resource.js';
import { cardAt } from '../guest/facts-cards.js';
import { PveNode } from '../host/pve-node.js';
import type { Finding } from '../model/finding.js';
import { isLxcResource } from './roles.js';
import type { LxcSpec } from './spec.js';

/** Containers use cards by the device files of NVIDIA's driver: whether it holds them, and under which number. */
export const gpuFactsCheck: Check = factsCheck('facts/container-cards', isLxcResource, cards);

function* cards({ spec, path, home }: Completed<LxcSpec>, known: HostFacts): Iterable<Finding> {
  for (const gpu of PveNode.isPveNode(home.host)
    ? home.host.gpus.filter(({ index }) => spec.gpus.includes(index))
    : []) {
    const found = cardAt(known, gpu.pci);
    const { driver, minor } = found ?? {};
    if (driver !== undefined && driver !== 'nvidia') {
      yield {
        code: 'facts/gpu-held',
        severity: 'warning',
        path,
        message: `uses GPU ${gpu.index} (${gpu.pci}), which ${driver} holds by ${known.file}: it has no device file for containers`,
        value: driver,
        fix: `give the card to NVIDIA's driver on the host, use another card, ${orImportAnew}`,
      };
    }
    if (minor !== undefined && gpu.nvidiaNumber !== undefined && minor !== gpu.nvidiaNumber) {
      yield {
        code: 'facts/gpu-number',
        severity: 'warning',
        path,
        message: `uses GPU ${gpu.index} (${gpu.pci}) as /dev/nvidia${gpu.nvidiaNumber}, and by ${known.file} that card is /dev/nvidia${minor}`,
        value: minor,
        fix: `declare all cards of the host in \`gpus\`, ${orImportAnew}`,
      };
    }
  }
}
