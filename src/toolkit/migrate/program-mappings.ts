import { each, type HostSection, keptOrNew, mapped } from './program-section.js';
import { valuesOf } from './values.js';

const parts = [
  { key: 'pci', className: 'PciMapping', kind: 'PCI mapping' },
  { key: 'usb', className: 'UsbMapping', kind: 'USB mapping' },
  { key: 'directories', className: 'DirectoryMapping', kind: 'directory mapping' },
] as const;

/** Names of the cluster for devices and folders. */
export const mappingsSection: HostSection = {
  key: 'mappings',
  comment: 'Names of the cluster for devices and folders of the host.',
  declare: (values, names) => {
    for (const { key, kind } of parts) {
      each(valuesOf(values[key]), (name) => names.declare(kind, name, name, `${name} ${kind}`));
    }
  },
  print: (values, writer) =>
    parts.flatMap(({ key, className, kind }) =>
      mapped(valuesOf(values[key]), (name, props) => [
        keptOrNew(writer, { className, kind, name, props, fields: {}, nameKey: 'mappingId' }),
      ]),
    ),
};
