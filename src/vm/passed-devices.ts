import { parseQemuValue } from '../format/qemu-properties.js';
import { vmConfigKeys } from './conf-keys.js';
import type { VmSpec } from './spec.js';

/** A device of the host in the config of a machine, by address; one of a mapping has none. */
export interface PassedDevice {
  readonly pci: string | undefined;
  readonly mdev: string | undefined;
}

/** Devices of the host that the machine has in the end: what is set past the props counts as they do. */
export function passedDevices(spec: VmSpec): readonly PassedDevice[] {
  return spec.overrides.some(({ key }) => key.startsWith('hostpci'))
    ? vmConfigKeys(spec).flatMap((requirement) =>
        requirement.is === 'exact' && requirement.key.startsWith('hostpci')
          ? [deviceOf(requirement.key, requirement.value)]
          : [],
      )
    : spec.hostPci.map(({ pci, mdev }) => ({ pci, mdev }));
}

function deviceOf(key: string, value: string): PassedDevice {
  const { host: pci, mdev } = parseQemuValue(key, value);
  return { pci, mdev };
}
