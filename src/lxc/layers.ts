import type { Stack } from '../core/stack.js';
import { completeSpec, readLayer } from '../model/layer.js';
import type { Layer } from '../model/merge.js';
import { type LxcValues, lxcSharedTable, lxcTable } from './schema.js';

/** Reads props as a container's own layer. Throws `config/*` with all that is wrong with them. */
export function readLxcLayer(name: string, props: object, path: string): Layer {
  return { name, values: oneSource(readLayer(lxcTable, props, path)) };
}

/** Reads values that several containers share, among which nothing may be that makes one of them this one. Throws `config/*`. */
export function readSharedLayer(name: string, props: object, path: string): Layer {
  return { name, values: oneSource(readLayer(lxcSharedTable, props, path)) };
}

/** The layer that a stack's defaults are; read once a stack. Throws `config/*`. */
export function stackLayer(stack: Stack | undefined): Layer {
  if (stack === undefined) {
    return { name: 'stack defaults', values: {} };
  }
  const known = stackLayers.get(stack);
  if (known !== undefined) {
    return known;
  }
  // what stands under `vm` is for machines alone
  const { vm: _, ...own }: { readonly vm?: unknown } = { ...stack.defaults };
  const layer = readSharedLayer('stack defaults', own, `${stack.node.path} defaults`);
  stackLayers.set(stack, layer);
  return layer;
}

const stackLayers = new WeakMap<Stack, Layer>();

/** Stack defaults, profiles in order, the container's own: merged, with the built-in defaults below. Throws `config/*`. */
export function mergeLxc(layers: readonly Layer[], path: string): LxcValues {
  return completeSpec(lxcTable, layers, path);
}

/** A container has one origin: a layer that names one of them takes back what lower layers said of the other. */
function oneSource(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (typeof values['cloneFrom'] === 'string' && values['from'] === undefined) {
    return { ...values, from: null };
  }
  return typeof values['from'] === 'string' && values['cloneFrom'] === undefined
    ? { ...values, cloneFrom: null }
    : values;
}
