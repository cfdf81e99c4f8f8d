import { diskImage } from '../../src/testing/disk-image.js';
import type { SimulatedNode } from '../../src/testing/simulated-node.js';
import type { SimulatedNodeOptions } from '../../src/testing/simulated-node-options.js';
import { freshNode, ok } from './simulated-node-fixture.js';

export const IMAGE = 'local:import/debian-13.qcow2';

/** A node whose storage `local` takes disks, snippets and images to import; one image of 3 GiB lies there. */
export function machineNode(options: SimulatedNodeOptions = {}): SimulatedNode {
  const storages = `dir: local
\tpath /var/lib/vz
\tcontent images,import,iso,snippets,vztmpl

zfspool: local-zfs
\tpool rpool/data
\tcontent images,rootdir
\tsparse 1

`;
  const node = freshNode({ storages, ...options });
  node.writeFile('/var/lib/vz/import/debian-13.qcow2', diskImage(3));
  return node;
}

/** Makes a stopped machine; more options may follow. */
export function machine(node: SimulatedNode, vmid: number, options = ''): void {
  ok(node, `qm create ${vmid} --name vm${vmid}${options === '' ? '' : ` ${options}`}`);
}

/** The lines of a machine's pending section. */
export function pendingOf(node: SimulatedNode, vmid: number): string[] {
  const [, section = ''] = node.guestConfig(vmid).split('[PENDING]\n');
  const [lines = ''] = section.split('\n[');
  return lines.split('\n').filter((line) => line !== '');
}

/** Size of a zvol in bytes, by the name of its dataset. */
export function zvolSize(node: SimulatedNode, dataset: string): number {
  return Number(ok(node, `zfs get -Hp -o value volsize ${dataset}`));
}
