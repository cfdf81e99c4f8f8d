import { driverTable, NvidiaDriver, type NvidiaDriverProps } from '../../gpu/nvidia-driver.js';
import type { ConfigSection } from '../section.js';

/** The NVIDIA driver: one version for the host and all its guests, and the script `nvidia-userspace` for guests. */
export const driverSection: ConfigSection = {
  key: 'nvidiaDriver',
  doc: 'The NVIDIA driver, one version for the host and all its guests.',
  fields: driverTable.fields,
  named: false,
  load: (value, place, context) => {
    const driver = context.attempt(
      place,
      () => new NvidiaDriver(context.host, 'nvidia-driver', value as unknown as NvidiaDriverProps),
    );
    context.declare('script', 'nvidia-userspace', driver?.userspace());
  },
};
