import { orImportAnew } from '../core/facts-check.js';
import type { HostFacts } from '../core/host-facts.js';
import type { Check, Completed, World } from '../core/resource.js';
import type { DisplayDeviceFacts } from '../model/facts.js';
import type { Finding } from '../model/finding.js';
import type { MappingSpec } from './mapping-plan.js';
import { ResourceMapping } from './resource-mapping.js';

/** What Proxmox compares with the hardware when a guest starts, beside `id`; a map that is silent is refused if the device has it. */
const compared = [
  ['subsystem-id', 'subsystemId'],
  ['iommugroup', 'iommuGroup'],
] as const;

type Told = Readonly<Record<string, string>>;

/** A guest does not start with a device of which its map says less than the host, or something else. */
export const pciMappingCheck: Check = { name: 'mapping/hardware', test: maps };

function* maps(world: World): Iterable<Finding> {
  for (const entry of world.of(ResourceMapping.isResourceMapping).filter(({ spec }) => spec.mapping === 'pci')) {
    const known = world.facts.get(entry.home.host);
    for (const map of entry.spec.maps.map(partsOf)) {
      const has = known === undefined ? undefined : hardwareOf(map['path'] ?? '', known);
      yield* incomplete(entry, map, has, known);
      yield* differing(entry, map, has, known);
    }
  }
}

function partsOf(map: string): Told {
  return Object.fromEntries(map.split(',').map((part) => part.split(/=(.*)/s, 2)));
}

/** What the facts have of a device, in the words of a map; undefined if it is none of those that they look at. */
function hardwareOf(path: string, { facts }: HostFacts): Told | undefined {
  const [first = ''] = path.split(';');
  const address = /\.[0-9a-f]$/.test(first) ? first : `${first}.0`;
  const device = facts.displayDevices?.find((it) => it.address === address);
  return device === undefined ? undefined : toldOf(device);
}

function toldOf({ vendor, device, subsystem, iommuGroup }: DisplayDeviceFacts): Told {
  return {
    id: `${vendor}:${device}`,
    ...(subsystem === undefined ? {} : { 'subsystem-id': subsystem }),
    ...(iommuGroup === undefined ? {} : { iommugroup: String(iommuGroup) }),
  };
}

function* incomplete(
  { path }: Completed<MappingSpec>,
  map: Told,
  has: Told | undefined,
  known: HostFacts | undefined,
): Iterable<Finding> {
  const unsaid = compared.filter(([key]) => map[key] === undefined && (has === undefined || has[key] !== undefined));
  if (unsaid.length > 0) {
    const props = unsaid.map(([, prop]) => `\`${prop}\``).join(' and ');
    const values = unsaid.map(([key, prop]) => `${prop}: ${prop === 'iommuGroup' ? has?.[key] : `'${has?.[key]}'`}`);
    yield {
      code: 'mapping/incomplete',
      severity: 'warning',
      path,
      message: `the map of ${map['path']} says no ${props}, which ${has === undefined ? 'a device that a machine can have does have' : 'the device has'}: no machine with it starts`,
      value: map['path'] ?? '',
      fix:
        has === undefined
          ? `give ${props} as \`phoenix facts import\` or \`pvesh get /nodes/${map['node']}/hardware/pci\` shows them`
          : `give ${values.join(', ')}: so it is by ${known?.file}`,
    };
  }
}

function* differing(
  { path }: Completed<MappingSpec>,
  map: Told,
  has: Told | undefined,
  known: HostFacts | undefined,
): Iterable<Finding> {
  const others = ['id', ...compared.map(([key]) => key)].filter(
    (key) => has !== undefined && map[key] !== undefined && map[key] !== has[key],
  );
  for (const key of others) {
    yield {
      code: 'facts/mapped-device',
      severity: 'warning',
      path,
      message: `the map of ${map['path']} says ${key} ${map[key]}, and by ${known?.file} the device has ${has?.[key] ?? 'none'}: no machine with it starts`,
      value: map[key] ?? '',
      fix: `say what is there, ${orImportAnew}`,
    };
  }
}
