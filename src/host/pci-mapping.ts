import type { Construct } from 'constructs';
import type { Check } from '../core/resource.js';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { readProps } from '../model/read-props.js';
import type { RemovalPolicy } from '../model/removal.js';
import { pciMappingTable } from './mapping-schema.js';
import { pciMappingCheck } from './pci-mapping-checks.js';
import { type MappingEntry, mappingSettings, ResourceMapping } from './resource-mapping.js';

/** A PCI device of this host. What is said of it is compared with the hardware when a guest starts. */
export interface PciMap {
  /** PCI address as `lspci -D` prints it: `0000:01:00.0`; without the function for all of them. Devices that go together have a `;` between them. */
  readonly path: string;
  /** Vendor and device: `10de:2684`. */
  readonly id: string;
  /**
   * Vendor and device of the subsystem. Proxmox starts no guest if the device has one and the map has none; nearly every device has one.
   * @default - the device has none
   */
  readonly subsystemId?: string;
  /**
   * IOMMU group of the device. Proxmox starts no guest if the device has one and the map has none; all have one that can be passed to guests.
   * @default - the device has none
   */
  readonly iommuGroup?: number;
  /**
   * Note on this device: one line without commas.
   * @default - none
   */
  readonly description?: string;
}

export interface PciMappingProps {
  /**
   * Id of the mapping in the cluster.
   * @default - the construct's id
   */
  readonly mappingId?: string;
  /**
   * Note that Proxmox shows beside the mapping. The same on every host.
   * @default - what stands there
   */
  readonly description?: string;
  /** Devices of this host that the id stands for; a guest takes the first that is free. */
  readonly maps: readonly PciMap[];
  /**
   * Whether the devices are shared out as mediated devices, such as vGPUs. The same on every host. Proxmox starts no guest if the devices
   * can be and the mapping says no, or the other way round.
   * @default - what stands there
   */
  readonly mdev?: boolean;
  /**
   * Whether guests with such a device can be migrated while they run. The same on every host.
   * @default - what stands there
   */
  readonly liveMigration?: boolean;
  /**
   * What may become of the mapping once it left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may remove it, if the applier made it and no guest uses it; what it stands for on other hosts stays. `'retain'`:
   * nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

export type PciMappingPropsMatchTable = Assert<
  PropsMatch<PciMappingProps, LayerOf<(typeof pciMappingTable)['fields']>>
>;

/** A name of the cluster for PCI devices. Guests refer to it; each host says which of its devices it means. */
export class PciMapping extends ResourceMapping {
  /** A mapping that somebody else keeps: it has to be there with a device of this host. Throws `mapping/name`. */
  static fromName(scope: Construct, mappingId: string): PciMapping {
    return new PciMapping(scope, mappingId, undefined);
  }

  /** Throws `config/*`, `mapping/name` and `scope/no-node`. Leaving the props out is for `fromName`. */
  constructor(scope: Construct, id: string, props: PciMappingProps | undefined) {
    super(
      scope,
      id,
      'pci',
      props === undefined ? undefined : (path) => entryOf(readProps(pciMappingTable, props, path)),
    );
  }

  override checks(): readonly Check[] {
    return [...super.checks(), pciMappingCheck];
  }
}

function entryOf({
  mappingId,
  description,
  mdev,
  liveMigration,
  maps,
  removalPolicy,
}: SpecOf<(typeof pciMappingTable)['fields']>): MappingEntry {
  return {
    mappingId,
    removalPolicy,
    options: mappingSettings({ description, 'live-migration-capable': liveMigration, mdev }),
    maps: maps.map((map) => [
      ['path', map.path],
      ['id', map.id],
      ['subsystem-id', map.subsystemId],
      ['iommugroup', map.iommuGroup],
      ['description', map.description],
    ]),
  };
}
