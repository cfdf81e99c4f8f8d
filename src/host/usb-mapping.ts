import type { Construct } from 'constructs';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { readProps } from '../model/read-props.js';
import type { RemovalPolicy } from '../model/removal.js';
import { usbMappingTable } from './mapping-schema.js';
import { type MappingEntry, mappingSettings, ResourceMapping } from './resource-mapping.js';

export interface UsbMappingProps {
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
  /** Vendor and device: `0781:5581`. */
  readonly id: string;
  /**
   * Port that the device is plugged into: `1-2`, behind a hub `1-2.4`.
   * @default - any port; the device is found by its id
   */
  readonly path?: string;
  /**
   * What may become of the mapping once it left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may remove it, if the applier made it and no guest uses it; what it stands for on other hosts stays. `'retain'`:
   * nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

export type UsbMappingPropsMatchTable = Assert<
  PropsMatch<UsbMappingProps, LayerOf<(typeof usbMappingTable)['fields']>>
>;

/** A name of the cluster for a USB device. Guests refer to it; each host says which of its devices it means, and that can be one only. */
export class UsbMapping extends ResourceMapping {
  /** A mapping that somebody else keeps: it has to be there with a device of this host. Throws `mapping/name`. */
  static fromName(scope: Construct, mappingId: string): UsbMapping {
    return new UsbMapping(scope, mappingId, undefined);
  }

  /** Throws `config/*`, `mapping/name` and `scope/no-node`. Leaving the props out is for `fromName`. */
  constructor(scope: Construct, id: string, props: UsbMappingProps | undefined) {
    super(
      scope,
      id,
      'usb',
      props === undefined ? undefined : (path) => entryOf(readProps(usbMappingTable, props, path)),
    );
  }
}

function entryOf({
  mappingId,
  description,
  id,
  path,
  removalPolicy,
}: SpecOf<(typeof usbMappingTable)['fields']>): MappingEntry {
  return {
    mappingId,
    removalPolicy,
    options: mappingSettings({ description }),
    maps: [
      [
        ['id', id],
        ['path', path],
      ],
    ],
  };
}
