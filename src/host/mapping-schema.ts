import { configId } from '../base/proxmox-words.js';
import { defaulted, flag, integer, list, object, required, text } from '../model/fields.js';
import { table } from '../model/layer.js';
import { removalField } from '../model/removal.js';

const deviceId = {
  pattern: /^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$/,
  expects: 'vendor and device, four hexadecimal digits each, such as 10de:2684',
};

const pciAddress = '[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}(\\.[0-9a-f])?';

/** Parts of a map have commas between them, and an entry has one line for each. */
const partText = { pattern: /^[^,\n\r]{0,4096}$/, expects: 'one line of at most 4096 characters without commas' };

const shared = {
  mappingId: text('Id of the mapping in the cluster.', {
    pattern: configId,
    expects: 'a letter and then letters, digits, `_` and `-`, at least two characters',
  }),
  description: text('Note that Proxmox shows beside the mapping.', {
    pattern: /^\S([^\n\r]{0,4094}\S)?$/,
    expects: 'one line of at most 4096 characters',
  }),
  removalPolicy: defaulted(removalField('the mapping'), 'retain'),
};

/** What a `PciMapping` says. */
export const pciMappingTable = table('PciMapping', {
  ...shared,
  maps: required(
    list(
      'Devices of this host that the id stands for, in the order in which they are tried.',
      object('A device.', {
        path: required(
          text('PCI address.', {
            pattern: new RegExp(`^${pciAddress}(;${pciAddress})*$`),
            expects: 'a PCI address as `lspci -D` prints it, such as 0000:01:00.0, or 0000:01:00 for all its functions',
          }),
        ),
        id: required(text('Vendor and device.', deviceId)),
        subsystemId: text('Vendor and device of the subsystem.', deviceId),
        iommuGroup: integer('IOMMU group of the device.', { min: 0 }),
        description: text('Note on this device.', partText),
      }),
    ),
  ),
  mdev: flag('Whether the devices are shared out as mediated devices.'),
  liveMigration: flag('Whether guests with such a device can be migrated while they run.'),
});

/** What a `UsbMapping` says. */
export const usbMappingTable = table('UsbMapping', {
  ...shared,
  id: required(text('Vendor and device.', deviceId)),
  path: text('Port that the device is plugged into.', {
    pattern: /^\d+-\d+(\.\d+)*$/,
    expects: 'bus and port, such as 1-2, or 1-2.4 behind a hub',
  }),
});

/** What a `DirectoryMapping` says. */
export const directoryMappingTable = table('DirectoryMapping', {
  ...shared,
  path: required(
    text('Folder of this host.', {
      pattern: /^\/[^;,=()\n\r]+$/,
      expects: 'an absolute path without any of ; , = ( )',
    }),
  ),
});
