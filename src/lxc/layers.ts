import { PhoenixError } from '../base/errors.js';
import type { Stack } from '../core/stack.js';
import { completeSpec, readLayer } from '../model/layer.js';
import type { Layer } from '../model/merge.js';
import { type LxcValues, lxcSharedTable, lxcTable } from './schema.js';

/** Reads props as a container's own layer. Throws `config/*` with all that is wrong with them. */
export function readLxcLayer(name: string, props: object, path: string): Layer {
  return { name, values: oneSource(readLayer(lxcTable, props, path), path) };
}

/** Reads values that several containers share, among which nothing may be that makes one of them this one. Throws `config/*`. */
export function readSharedLayer(name: string, props: object, path: string): Layer {
  return { name, values: oneSource(readLayer(lxcSharedTable, props, path), path) };
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
  return completeSpec(lxcTable, oneMountEach(layers), path);
}

/** A container has one origin: a layer that names one of them takes back what lower layers said of the other. */
function oneSource(values: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, unknown>> {
  if (typeof values['cloneFrom'] === 'string' && typeof values['from'] === 'string') {
    throw new PhoenixError({
      code: 'lxc/two-sources',
      message: `${path} names both a template and an archive for one root disk`,
      path,
      fix: 'keep `cloneFrom` or `from`',
    });
  }
  if (typeof values['cloneFrom'] === 'string' && values['from'] === undefined) {
    return { ...values, from: null };
  }
  return typeof values['from'] === 'string' && values['cloneFrom'] === undefined
    ? { ...values, cloneFrom: null }
    : values;
}

/** A place holds a folder of the host or a disk: a layer that names one takes back what lower layers said of the other. */
function oneMountEach(layers: readonly Layer[]): readonly Layer[] {
  const below = new Map<unknown, Set<string>>();
  return layers.map((layer) => {
    const { mounts } = layer.values;
    if (!Array.isArray(mounts)) {
      return layer;
    }
    const changed = mounts.map((mount: Readonly<Record<string, unknown>>) => {
      const known = below.get(mount['target']) ?? new Set<string>();
      const named = ['source', 'volume'].filter((key) => (mount[key] ?? undefined) !== undefined);
      const taken = [...known].filter((key) => named.length > 0 && !named.includes(key) && mount[key] === undefined);
      below.set(mount['target'], new Set([...known, ...named]));
      return taken.length === 0 ? mount : { ...mount, ...Object.fromEntries(taken.map((key) => [key, null])) };
    });
    return { ...layer, values: { ...layer.values, mounts: changed } };
  });
}
