import { Construct } from 'constructs';
import { scopeFor } from '../core/scope.js';
import type { Layer } from '../model/merge.js';
import { readSharedVmLayer } from './layers.js';
import type { VmSharedProps } from './props.js';

/** Values that several machines share: how a machine is, while the machine itself says which. */
export class VmProfile extends Construct {
  /** The profile as a layer, plain and checked. */
  readonly layer: Layer;

  /** Throws `config/*` with everything that is wrong with the values. */
  constructor(scope: Construct, id: string, props: VmSharedProps) {
    super(scopeFor(scope, id), id);
    this.layer = readSharedVmLayer(`profile ${id}`, props, this.node.path);
  }
}
