import type { Fields, SpecOf } from './fields.js';
import { completeSpec, readLayer, type Table } from './layer.js';

/**
 * Reads the props of a construct that has no further layers: everything is checked, and defaults are filled in.
 *
 * Throws a PhoenixError with everything that is wrong. `path` is where the problems are reported.
 */
export function readProps<F extends Fields>(what: Table<F>, given: object, path: string): SpecOf<F> {
  return completeSpec(what, [{ name: path, values: readLayer(what, given, path) }], path);
}

/** Props that a constructor looks into before they are read. None, as plain JavaScript may have it, lack what `{}` lacks. */
export function propsOf<P extends object>(props: P): P {
  return props ?? {};
}
