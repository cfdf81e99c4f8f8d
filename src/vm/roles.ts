import type { Resource } from '../core/resource.js';
import type { Referable } from '../model/reference.js';
import type { VmSpec } from './spec.js';

/** A template that machines are cloned from: a `VmTemplate`. */
export interface VmCloneSource extends Referable, Resource<VmSpec> {
  readonly isTemplate: true;
  readonly vmid: number;
}

/** True for a machine's template, also for one of another copy of this library. */
export function isVmCloneSource(value: unknown): value is VmCloneSource {
  return typeof value === 'object' && value !== null && vmCloneSource in value;
}

/** True for machines and their templates. */
export function isVmResource(value: unknown): value is Resource<VmSpec> {
  return typeof value === 'object' && value !== null && vmResource in value;
}

/** Marks a class of machines. */
export const vmResource = Symbol.for('phoenix-cdk.VmGuest');

/** Marks a class of templates. */
export const vmCloneSource = Symbol.for('phoenix-cdk.VmCloneSource');
