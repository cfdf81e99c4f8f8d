import { Construct } from 'constructs';
import { readSharedLayer } from '../lxc/layers.js';
import type { LxcLayerSource } from '../lxc/roles.js';
import type { Layer } from '../model/merge.js';

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
  readonly layer: Layer;

  constructor(scope: Construct, id: string, props: GpuProfileProps = {}) {
    super(scope, id);
    this.layer = readSharedLayer(
      `profile ${id}`,
      { gpuMode: props.mode ?? 'shared', tags: props.tags ?? ['gpu'] },
      this.node.path,
    );
  }
}
