import { isPlainObject } from '../base/plain-object.js';
import type { Stack } from '../core/stack.js';
import { completeSpec, readLayer } from '../model/layer.js';
import { type Layer, mergeLayers } from '../model/merge.js';
import { type VmValues, vmCommonKeys, vmSharedTable, vmTable } from './schema.js';

/** Reads props as a machine's own layer. Throws `config/*` with all that is wrong with them. */
export function readVmLayer(name: string, props: object, path: string): Layer {
  return { name, values: readLayer(vmTable, props, path) };
}

/** Reads values that several machines share, among which nothing may be that makes one of them this one. Throws `config/*`. */
export function readSharedVmLayer(name: string, props: object, path: string): Layer {
  return { name, values: readLayer(vmSharedTable, props, path) };
}

/** The layer that a stack's defaults are: what it says of all guests, and above that what it says of machines. Throws `config/*`. */
export function stackVmLayer(stack: Stack | undefined): Layer {
  if (stack === undefined) {
    return { name: 'stack defaults', values: {} };
  }
  const known = stackLayers.get(stack);
  if (known !== undefined) {
    return known;
  }
  const { vm = {}, ...all }: { readonly vm?: object; readonly [key: string]: unknown } = { ...stack.defaults };
  const common = Object.fromEntries(Object.entries(all).filter(([key]) => vmCommonKeys.some((it) => it === key)));
  const path = `${stack.node.path} defaults`;
  const layers = [
    readSharedVmLayer('stack defaults', common, path),
    readSharedVmLayer('stack defaults of machines', vm, `${path} vm`),
  ];
  const layer = { name: 'stack defaults', values: mergeLayers(vmSharedTable.fields, layers) };
  stackLayers.set(stack, layer);
  return layer;
}

const stackLayers = new WeakMap<Stack, Layer>();

/** Stack defaults, profiles in order, the machine's own: merged, with the built-in defaults below. Throws `config/*`. */
export function mergeVm(layers: readonly Layer[], path: string): VmValues {
  return completeSpec(vmTable, layers.map(oneOrigin), path);
}

/** A machine has one origin: a layer that names one of them takes back what lower layers said of the others. */
function oneOrigin(layer: Layer): Layer {
  const origins = ['cloneFrom', 'image', 'from'] as const;
  const named = origins.filter((key) => typeof layer.values[key] === 'string');
  if (named.length !== 1 || !isPlainObject(layer.values)) {
    return layer;
  }
  const others = origins.filter((key) => key !== named[0] && layer.values[key] === undefined);
  return { ...layer, values: { ...layer.values, ...Object.fromEntries(others.map((key) => [key, null])) } };
}
