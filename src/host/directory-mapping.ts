import type { Construct } from 'constructs';
import type { Assert, PropsMatch } from '../model/equality.js';
import type { LayerOf, SpecOf } from '../model/fields.js';
import { readProps } from '../model/read-props.js';
import type { RemovalPolicy } from '../model/removal.js';
import { directoryMappingTable } from './mapping-schema.js';
import { type MappingEntry, mappingSettings, ResourceMapping } from './resource-mapping.js';

export interface DirectoryMappingProps {
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
  /** Folder of this host. It is made before, where the program makes it or a dataset it lies on; otherwise it has to be there. */
  readonly path: string;
  /**
   * What may become of the mapping once it left the program, or is told to go. `'destroy'`: `applier destroy` and
   * `applier apply --prune` may remove it, if the applier made it and no guest uses it; what it stands for on other hosts stays. `'retain'`:
   * nothing does.
   * @default 'retain'
   */
  readonly removalPolicy?: RemovalPolicy;
}

export type DirectoryMappingPropsMatchTable = Assert<
  PropsMatch<DirectoryMappingProps, LayerOf<(typeof directoryMappingTable)['fields']>>
>;

/** A name of the cluster for a folder, which machines mount by virtiofs. Each host says which of its folders it means. */
export class DirectoryMapping extends ResourceMapping {
  /** A mapping that somebody else keeps: it has to be there with a folder of this host. Throws `mapping/name`. */
  static fromName(scope: Construct, mappingId: string): DirectoryMapping {
    return new DirectoryMapping(scope, mappingId, undefined);
  }

  /** Throws `config/*`, `mapping/name` and `scope/no-node`. Leaving the props out is for `fromName`. */
  constructor(scope: Construct, id: string, props: DirectoryMappingProps | undefined) {
    super(
      scope,
      id,
      'dir',
      props === undefined ? undefined : (path) => entryOf(readProps(directoryMappingTable, props, path)),
    );
  }
}

function entryOf({
  mappingId,
  description,
  path,
  removalPolicy,
}: SpecOf<(typeof directoryMappingTable)['fields']>): MappingEntry {
  return {
    mappingId,
    removalPolicy,
    options: mappingSettings({ description }),
    maps: [[['path', path]]],
    folder: path,
  };
}
