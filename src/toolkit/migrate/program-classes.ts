import { vllmTable } from '../../ai/schema.js';
import { lxcTable } from '../../lxc/schema.js';
import type { Fields } from '../../model/fields.js';
import { vmTable } from '../../vm/schema.js';
import { mountSourceField } from '../../zfs/schema.js';
import type { ConfGuest } from './conf-tree.js';

/** The class that a guest is made with, and the props that it takes. */
export interface GuestClass {
  readonly name: string;
  readonly fields: Fields;
  readonly templateKind?: string;
}

const vllmFields: Fields = {
  ...lxcTable.fields,
  ...vllmTable.fields,
  models: mountSourceField('Where models are kept.'),
};

/** Classes of guests by folder and `kind`. */
const classes: Readonly<Record<string, GuestClass>> = {
  'lxc lxc': { name: 'LxcContainer', fields: lxcTable.fields },
  'lxc lxc-template': { name: 'LxcTemplate', fields: lxcTable.fields, templateKind: 'container template' },
  'lxc vllm': { name: 'VllmContainer', fields: vllmFields },
  'vm vm': { name: 'VirtualMachine', fields: vmTable.fields },
  'vm vm-template': { name: 'VmTemplate', fields: vmTable.fields, templateKind: 'machine template' },
};

/** Names that no constant may have. */
export const taken = [
  ...Object.values(classes).map(({ name }) => name),
  ...[
    'App',
    'Alias',
    'Bond',
    'Bridge',
    'ClusterFirewall',
    'CloudImage',
    'DirectoryMapping',
    'DockerProfile',
    'Gpu',
    'GpuProfile',
    'HostFirewall',
    'IpSet',
    'IsoImage',
    'NvidiaDriver',
  ],
  ...[
    'OsTemplate',
    'PciMapping',
    'Port',
    'Profile',
    'PveNode',
    'Script',
    'SecurityGroup',
    'Size',
    'Stack',
    'Storage',
    'Subnet',
    'UsbMapping',
    'Vlan',
    'VmProfile',
    'ZfsDataset',
  ],
  ...['ZfsPool', 'baseTools', 'secretRef'],
];

/** The class of a guest, by its folder and `kind`. */
export function classOf({ folder, values }: ConfGuest): GuestClass {
  const found = classes[`${folder} ${String(values['kind'] ?? folder)}`];
  return found ?? { name: folder === 'vm' ? 'VirtualMachine' : 'LxcContainer', fields: {} };
}
