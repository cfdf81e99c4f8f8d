import { Construct } from 'constructs';
import { scopeFor } from '../core/scope.js';
import { readSharedLayer } from '../lxc/layers.js';
import type { LxcLayerSource } from '../lxc/roles.js';
import { lxcTable } from '../lxc/schema.js';
import { defaulted } from '../model/fields.js';
import { table } from '../model/layer.js';
import type { Layer } from '../model/merge.js';
import { readProps } from '../model/read-props.js';

export interface GpuProfileProps {
  /**
   * Whether other guests may use the same cards. `exclusive` makes a second user of a card an error.
   * @default 'shared'
   */
  readonly mode?: 'shared' | 'exclusive';
  /**
   * Labels in the web interface.
   * @default ['gpu']
   */
  readonly tags?: readonly string[];
}

/** How containers use cards. Which card is the container's own line: `gpus: [phoenix.gpu(0)]`. */
export class GpuProfile extends Construct implements LxcLayerSource {
  /** The profile as a layer, plain and checked. */
  readonly layer: Layer;

  /** Throws `config/*` with everything that is wrong with the props. */
  constructor(scope: Construct, id: string, props: GpuProfileProps = {}) {
    super(scopeFor(scope, id), id);
    const { path } = this.node;
    const { mode, tags } = readProps(gpuProfileTable, props, path);
    this.layer = readSharedLayer(`profile ${id}`, { gpuMode: mode, tags }, path);
  }
}

/** What a `GpuProfile` says: keys of containers, with defaults of its own. */
export const gpuProfileTable = table('GpuProfile', {
  mode: defaulted(lxcTable.fields.gpuMode, 'shared'),
  tags: defaulted(lxcTable.fields.tags, ['gpu']),
});
