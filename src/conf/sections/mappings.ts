import { DirectoryMapping, type DirectoryMappingProps } from '../../host/directory-mapping.js';
import { directoryMappingTable, pciMappingTable, usbMappingTable } from '../../host/mapping-schema.js';
import { PciMapping, type PciMappingProps } from '../../host/pci-mapping.js';
import { UsbMapping, type UsbMappingProps } from '../../host/usb-mapping.js';
import { namedSection, sectionOfSections } from '../section.js';
import { existing, existingField } from './existing.js';

/** Names of the cluster for devices and folders of the host. */
export const mappingsSection = sectionOfSections('mappings', 'Names of the cluster for devices and folders.', [
  namedSection({
    key: 'pci',
    doc: 'PCI devices, by the id of the mapping.',
    kind: 'PCI mapping',
    fields: { ...pciMappingTable.fields, existing: existingField },
    make: (scope, id, props) =>
      existing(props, () => PciMapping.fromName(scope, id)) ??
      new PciMapping(scope, id, props as unknown as PciMappingProps),
  }),
  namedSection({
    key: 'usb',
    doc: 'USB devices, by the id of the mapping.',
    kind: 'USB mapping',
    fields: { ...usbMappingTable.fields, existing: existingField },
    make: (scope, id, props) =>
      existing(props, () => UsbMapping.fromName(scope, id)) ??
      new UsbMapping(scope, id, props as unknown as UsbMappingProps),
  }),
  namedSection({
    key: 'directories',
    doc: 'Folders that machines mount by virtiofs, by the id of the mapping.',
    kind: 'directory mapping',
    fields: { ...directoryMappingTable.fields, existing: existingField },
    make: (scope, id, props) =>
      existing(props, () => DirectoryMapping.fromName(scope, id)) ??
      new DirectoryMapping(scope, id, props as unknown as DirectoryMappingProps),
  }),
]);
