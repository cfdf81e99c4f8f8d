import type { Check, World } from '../core/resource.js';
import { parseQemuValue } from '../format/qemu-properties.js';
import { tooOld, type VersionGate } from '../guest/version-gate.js';
import type { Finding } from '../model/finding.js';
import { vmConfigKeys } from './conf-keys.js';
import { isVmResource } from './roles.js';
import type { VmSpec } from './spec.js';

const withoutIt = 'do without it';

/** Keys of a machine's config, keys within their values after a dot, and such values after `=`, that not every supported release has. */
export const vmVersionGates: Readonly<Record<string, VersionGate>> = {
  'allow-ksm': { since: '9.1', prop: 'allowKsm', instead: 'switch KSM off for the whole host' },
  'intel-tdx': { since: '9.1', prop: 'intelTdx', instead: withoutIt },
  'cpu.guest-phys-bits': { since: '9.1', prop: 'cpu.guestPhysBits', instead: withoutIt },
  'cpu.level': { since: '9.2', prop: 'cpu.level', instead: 'use an older model of processor' },
  'machine.aw-bits': { since: '9.1', prop: 'machine.awBits', instead: withoutIt },
  'efidisk.ms-cert': { since: '9.1', prop: 'efi.msCert', instead: 'have the guest enrol the certificate itself' },
  'efidisk.ms-cert=2023w': { since: '9.2', prop: 'efi.msCert', instead: "use '2023'" },
  'efidisk.ms-cert=2023k': { since: '9.2', prop: 'efi.msCert', instead: "use '2023'" },
  'net.host-tunnel': { since: '9.2', prop: 'hostTunnel', instead: withoutIt },
};

/** What a host of the declared release cannot have. */
export const vmVersionGateCheck: Check = { name: 'version/too-old-vm', test: olderHosts };

function* olderHosts(world: World): Iterable<Finding> {
  for (const { path, spec } of world.of(isVmResource)) {
    yield* tooOld(path, spec.pveVersion, gatedKeys(spec), vmVersionGates);
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
