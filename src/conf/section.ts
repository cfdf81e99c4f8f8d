import { PhoenixError } from '../base/errors.js';
import { type Fields, isPlainObject } from '../model/fields.js';
import type { LoadContext, ValuePlace } from './load-context.js';
import { resolved } from './resolve.js';

/**
 * A key of `host.json` and what it makes. Open: another package adds sections of its own.
 *
 * Sections are loaded in the order in which they are registered, each after all that it may refer to.
 */
export interface ConfigSection {
  /** Key in `host.json`: `subnets`. */
  readonly key: string;
  /** Meaning, for the JSON Schema. */
  readonly doc: string;
  /** Keys of the section, or of each of its entries. */
  readonly fields: Fields;
  /** Whether the section holds entries under names of the user's own choice. */
  readonly named: boolean;
  /** Makes the constructs. `value` is an object; its keys are checked by the constructs. */
  readonly load: (value: Readonly<Record<string, unknown>>, place: ValuePlace, context: LoadContext) => void;
}

/** A section of named entries, each of which becomes one thing that can be referred to. */
export function namedSection<F extends Fields>(section: {
  readonly key: string;
  readonly doc: string;
  readonly fields: F;
  /** What an entry is when something refers to it: `network`. */
  readonly kind: string;
  /** Makes the thing from its name and from props in which names are resolved. */
  readonly make: (context: LoadContext, name: string, props: Readonly<Record<string, unknown>>) => object;
}): ConfigSection {
  const { key, doc, fields, kind, make } = section;
  return {
    key,
    doc,
    fields,
    named: true,
    load: (value, place, context) => {
      for (const [name, props] of Object.entries(value)) {
        const at = { ...place, keys: [...place.keys, name] };
        const thing = context.attempt(at, () => {
          requireObject(props, `${key}.${name}`);
          return make(context, name, resolved(fields, props, at, context));
        });
        context.declare(kind, name, thing);
      }
    },
  };
}

/** Throws `config/wrong-value` for what is no object. */
export function requireObject(
  value: unknown,
  what: string,
  expected = 'keys with their values',
): asserts value is Record<string, unknown> {
  if (!isPlainObject(value)) {
    throw new PhoenixError({
      code: 'config/wrong-value',
      message: `\`${what}\` is ${JSON.stringify(value)}, expected an object`,
      value,
      fix: `write ${expected} between braces`,
    });
  }
}
