import * as z from 'zod';
import { parseAddress } from '../base/ip.js';
import { nodeName } from '../base/proxmox-words.js';
import { Size } from '../base/units.js';
import { choice, custom, integer, list, object, required, size, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { pveVersions } from '../model/pve-version.js';

const modelFields = {
  name: required(text('Model.')),
  vendor: required(choice('Maker.', ['nvidia', 'amd', 'intel'])),
  memory: required(size('Memory that the driver reports.')),
  computeCapability: text('CUDA compute capability.'),
};
const placeFields = { pci: required(text('PCI address.')) };

/** What a `Gpu` says of the model of a card, and of where the card is. */
export const gpuModelTable = table('the model of a Gpu', modelFields);
export const gpuTable = table('Gpu', placeFields);

/** What a `PveNode` says of a machine. */
export const hostTable = table('PveNode', {
  nodeName: text('Name of the node in its cluster, as in /etc/pve/nodes.', {
    pattern: nodeName,
    expects: 'a node name: letters, digits and dashes',
  }),
  address: required(
    custom('Address that the host is reached by.', "an IP address, such as '10.0.0.13'", () =>
      z.string().refine((it) => parseAddress(it) !== undefined),
    ),
  ),
  pveVersion: required(choice('Release of Proxmox VE that the host runs.', pveVersions)),
  cores: integer('Processor threads.', { min: 1 }),
  memory: size('Main memory.', { min: Size.mib(512) }),
  gpus: list(
    'Cards in the machine, in the order of their PCI addresses.',
    object('A card.', { ...modelFields, ...placeFields }),
  ),
  vmids: object('Range that VMIDs are chosen from where the program gives none.', {
    from: required(integer('First VMID.', { min: 100, max: 999_999_999 })),
    to: required(integer('Last VMID.', { min: 100, max: 999_999_999 })),
  }),
});
