import type { Resource } from '../core/resource.js';
import type { Layer } from '../model/merge.js';
import type { Referable } from '../model/reference.js';
import type { LxcSpec } from './spec.js';

/** A template that containers are cloned from: an `LxcTemplate`. */
export interface CloneSource extends Referable, Resource<LxcSpec> {
  readonly isTemplate: true;
  readonly vmid: number;
}

/** Values that several containers share: a `Profile`, a `GpuProfile`, a `DockerProfile`. */
export interface LxcLayerSource {
  readonly layer: Layer;
}

/** True for a template, also for one of another copy of this library. */
export function isCloneSource(value: unknown): value is CloneSource {
  return typeof value === 'object' && value !== null && cloneSource in value;
}

/** True for containers and container templates. */
export function isLxcResource(value: unknown): value is Resource<LxcSpec> {
  return typeof value === 'object' && value !== null && lxcResource in value;
}

/** Marks a class of containers. */
export const lxcResource = Symbol.for('phoenix-cdk.LxcGuest');

/** Marks a class of templates. */
export const cloneSource = Symbol.for('phoenix-cdk.CloneSource');
