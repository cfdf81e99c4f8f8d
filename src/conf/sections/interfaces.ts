import { Bond, type BondProps } from '../../network/bond.js';
import { Bridge, type BridgeProps } from '../../network/bridge.js';
import { bondTable, bridgeTable, vlanTable } from '../../network/schema.js';
import { Vlan, type VlanProps } from '../../network/vlan.js';
import { namedSection } from '../section.js';
import { existing, existingField } from './existing.js';

/** Bonds of the host's cards. */
export const bondsSection = namedSection({
  key: 'bonds',
  doc: 'Cards of the host that work as one interface, by the name of that: `bond0`.',
  kind: 'bond',
  fields: bondTable.fields,
  make: (scope, name, props) => new Bond(scope, name, props as unknown as BondProps),
});

/** VLANs as interfaces of the host. */
export const vlansSection = namedSection({
  key: 'vlans',
  doc: 'VLANs that are interfaces of the host, by a name of your own.',
  kind: 'VLAN',
  fields: vlanTable.fields,
  make: (scope, name, props) => new Vlan(scope, name, props as unknown as VlanProps),
});

/** Bridges of the host. */
export const bridgesSection = namedSection({
  key: 'bridges',
  doc: 'Bridges of the host, by name: `vmbr1`.',
  kind: 'bridge',
  fields: { ...bridgeTable.fields, existing: existingField },
  make: (scope, name, props) =>
    existing(props, () => Bridge.fromName(scope, name)) ?? new Bridge(scope, name, props as BridgeProps),
});
