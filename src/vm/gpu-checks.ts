import { addTo } from '../base/group.js';
import type { Check, Completed, World } from '../core/resource.js';
import { byHost } from '../guest/by-host.js';
import { isLxcResource } from '../lxc/roles.js';
import type { Finding } from '../model/finding.js';
import { passedDevices } from './passed-devices.js';
import { isVmResource } from './roles.js';
import type { VmSpec } from './spec.js';

/** A device that a machine has for itself is nobody else's while the machine runs: no container's, no other machine's. */
export const gpuPassthroughCheck: Check = { name: 'gpu/passed-through', test: passedThrough };

function* passedThrough(world: World): Iterable<Finding> {
  const machines = world.of(isVmResource).filter(({ spec }) => spec.started);
  const containers = world.of(isLxcResource).filter(({ spec }) => !spec.template && spec.started);
  for (const [host, entries] of byHost(machines)) {
    yield* cards(
      entries,
      containers.filter(({ home }) => home.host === host),
    );
    yield* otherDevices(entries);
  }
}

function* cards(
  machines: readonly Completed<VmSpec>[],
  containers: readonly Completed<{ readonly gpus: readonly number[] }>[],
): Iterable<Finding> {
  for (const machine of machines) {
    for (const gpu of machine.spec.gpus) {
      const others = [...machines, ...containers].filter(
        (entry) => entry.path !== machine.path && entry.spec.gpus.includes(gpu),
      );
      if (others.length > 0) {
        yield {
          code: 'gpu/passed-through',
          severity: 'error',
          path: machine.path,
          message: `GPU ${gpu} is passed to the machine ${machine.path}, and used by ${others.map(({ path }) => path).join(', ')} too`,
          value: gpu,
          fix: 'a card passed to a machine is gone from the host while it runs: give the others another card',
        };
      }
    }
  }
}

/** Devices that are no card of the host: by address. Those of a mapping are chosen by Proxmox. */
function* otherDevices(machines: readonly Completed<VmSpec>[]): Iterable<Finding> {
  const users = new Map<string, Completed<VmSpec>[]>();
  for (const machine of machines) {
    const addresses = passedDevices(machine.spec).flatMap(({ pci, mdev }) =>
      pci === undefined || mdev !== undefined ? [] : pci.split(';'),
    );
    new Set(addresses.map(fullAddress)).forEach((address) => addTo(users, address, machine));
  }
  for (const [address, sharers] of [...users].filter(([, entries]) => entries.length > 1)) {
    if (!sharers.every(({ spec }) => spec.gpus.length > 0)) {
      yield {
        code: 'vm/device-taken-twice',
        severity: 'error',
        path: sharers[0]?.path ?? '',
        message: `PCI device ${address} is passed to ${sharers.map(({ path }) => path).join(' and ')}`,
        value: address,
        fix: 'only one of them can run: give the others another device, or `started: false`',
      };
    }
  }
}

function fullAddress(pci: string): string {
  return pci.split(':').length === 2 ? `0000:${pci}` : pci;
}
