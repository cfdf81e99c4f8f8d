import { Subnet, type SubnetProps, subnetTable } from '../../network/subnet.js';
import { namedSection } from '../section.js';

/** Networks of guests. */
export const subnetsSection = namedSection({
  key: 'subnets',
  doc: 'Networks that guests are attached to, by name.',
  kind: 'network',
  fields: subnetTable.fields,
  make: (scope, name, props) => new Subnet(scope, name, props as unknown as SubnetProps),
});
