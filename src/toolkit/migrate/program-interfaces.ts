import { list, reference } from '../../model/fields.js';
import { each, type HostSection, keptOrNew, mapped } from './program-section.js';

const under = reference('Interface.', 'interface');

/** Interfaces of the host, each after those that it may stand on. One that comes later is called by its name. */
export const interfaceSections: readonly HostSection[] = [
  {
    key: 'bonds',
    comment: 'Cards that work as one.',
    declare: (values, names) =>
      each(values, (name, props) => {
        names.declare('bond', name, name, `${name} bond`);
        names.alias('interface', String(props['name'] ?? name), ['bond', name]);
      }),
    print: (values, writer) =>
      mapped(values, (name, props) => [
        keptOrNew(writer, { className: 'Bond', kind: 'bond', name, props, fields: {}, nameKey: 'name' }),
      ]),
  },
  {
    key: 'vlans',
    comment: 'VLANs that are interfaces of the host.',
    declare: (values, names) =>
      each(values, (name, props) => {
        const { device, tag, name: own = `${String(device)}.${String(tag)}` } = props;
        names.declare('VLAN', name, name, `${name} vlan`);
        names.alias('VLAN interface', String(own), ['VLAN', name]);
      }),
    print: (values, writer) =>
      mapped(values, (name, props) => [
        keptOrNew(writer, { className: 'Vlan', kind: 'VLAN', name, props, fields: { device: under } }),
      ]),
  },
  {
    key: 'bridges',
    comment: 'Bridges, which guests are attached to. Those that exist have to be there, and are never changed.',
    declare: (values, names) =>
      each(values, (name, props) => {
        names.declare('bridge', name, name, `${name} bridge`);
        names.alias('bridge', String(props['name'] ?? name), ['bridge', name]);
      }),
    print: (values, writer) =>
      mapped(values, (name, props) => [
        keptOrNew(writer, {
          className: 'Bridge',
          kind: 'bridge',
          name,
          props,
          fields: { ports: list('', reference('Port.', 'port')) },
          nameKey: 'name',
        }),
      ]),
  },
];
