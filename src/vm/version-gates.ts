import type { Check, World } from '../core/resource.js';
import { parseQemuValue } from '../format/qemu-properties.js';
import { qemuVersionGates } from '../format/version-gates.js';
import { tooOld } from '../guest/version-gate.js';
import type { Finding } from '../model/finding.js';
import { vmConfigKeys } from './conf-keys.js';
import { isVmResource } from './roles.js';
import type { VmSpec } from './spec.js';

/** What a host of the declared release cannot have. */
export const vmVersionGateCheck: Check = { name: 'version/too-old-vm', test: olderHosts };

function* olderHosts(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isVmResource)) {
    yield* tooOld(path, spec.pveVersion, gatedKeys(spec), qemuVersionGates);
  }
}

/** All that the config says, as the table has it: props and overrides alike. */
function gatedKeys(spec: VmSpec): string[] {
  return vmConfigKeys(spec).flatMap((requirement) => {
    const name = requirement.key.replace(/\d+$/, '');
    const parts =
      requirement.is === 'exact'
        ? parseQemuValue(requirement.key, requirement.value)
        : requirement.is === 'volume' && requirement.options !== ''
          ? Object.fromEntries(requirement.options.split(',').map((option) => option.split('=', 2)))
          : {};
    return requirement.is === 'absent'
      ? []
      : [name, ...Object.entries(parts).flatMap(([key, value]) => [`${name}.${key}`, `${name}.${key}=${value}`])];
  });
}
