import { Construct } from 'constructs';
import { scopeFor } from '../core/scope.js';
import type { Layer } from '../model/merge.js';
import { readSharedLayer } from './layers.js';
import type { LxcSharedProps } from './props.js';
import type { LxcLayerSource } from './roles.js';

/** Values that several containers share: how a container is, while the container itself says which. */
export class Profile extends Construct implements LxcLayerSource {
  /** The profile as a layer, plain and checked. */
  readonly layer: Layer;

  /** Throws `config/*` with everything that is wrong with the values. */
  constructor(scope: Construct, id: string, props: LxcSharedProps) {
    super(scopeFor(scope, id), id);
    this.layer = readSharedLayer(`profile ${id}`, props, this.node.path);
  }
}
