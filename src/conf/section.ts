import type { Construct } from 'constructs';
import type { z } from 'zod';
import { PhoenixError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { isPlainObject } from '../base/plain-object.js';
import { type Field, type Fields, map, object } from '../model/fields.js';
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
  /** How the section, or each of its entries, is written, where more can be said of it than its keys. For the JSON Schema. */
  readonly written?: () => z.ZodType;
  /** Whether the section holds entries under names of the user's own choice. */
  readonly named: boolean;
  /** Makes the constructs. `value` is an object; its keys are checked by the constructs. */
  readonly load: (value: Readonly<Record<string, unknown>>, place: ValuePlace, context: LoadContext) => void;
}

/**
 * A section of named entries, each of which becomes one thing that can be referred to.
 *
 * `make` says what props it takes; that they are so is for the construct to check.
 */
export function namedSection<P = Readonly<Record<string, unknown>>>(section: {
  readonly key: string;
  readonly doc: string;
  readonly fields: Fields;
  /** What an entry is when something refers to it: `network`. */
  readonly kind: string;
  /** How an entry is written, where more can be said of it than its keys. For the JSON Schema. */
  readonly written?: () => z.ZodType;
  /** Makes the thing, in a scope where its name is free, from props in which names are resolved. */
  readonly make: (scope: Construct, name: string, props: P, context: LoadContext) => object;
}): ConfigSection {
  const { key, doc, fields, kind, written, make } = section;
  return {
    key,
    doc,
    fields,
    ...(written === undefined ? {} : { written }),
    named: true,
    load: (value, place, context) => {
      for (const [name, props] of Object.entries(value)) {
        const at = { ...place, keys: [...place.keys, name] };
        const thing = context.attempt(at, () => {
          requireObject(props, `${key}.${name}`);
          return make(context.scope(key, name), name, resolved(fields, props, at, context) as P, context);
        });
        context.declare(kind, name, thing);
      }
    },
  };
}

/** A section that holds sections: `mappings` with those of PCI, of USB and of folders. */
export function sectionOfSections(key: string, doc: string, parts: readonly ConfigSection[]): ConfigSection {
  return {
    key,
    doc,
    fields: Object.fromEntries(parts.map((part) => [part.key, sectionField(part)])),
    named: false,
    load: (value, place, context) => {
      const known = parts.map((part) => part.key);
      for (const name of Object.keys(value).filter((name) => !known.includes(name))) {
        context.attempt(place, () => {
          throw unknownPart(key, name, known);
        });
      }
      for (const part of parts.filter((one) => value[one.key] !== undefined && value[one.key] !== null)) {
        loadSection(part, value[part.key], { ...place, keys: [...place.keys, part.key] }, context);
      }
    },
  };
}

/** Loads a section that has a value. */
export function loadSection(
  { key, named, load }: ConfigSection,
  value: unknown,
  place: ValuePlace,
  context: LoadContext,
): void {
  context.attempt(place, () => {
    requireObject(value, place.keys.join('.') || key, named ? 'names with their values' : 'keys with their values');
    load(value, place, context);
  });
}

/** The section as a field of whatever holds it. */
export function sectionField({ doc, fields, named, written }: ConfigSection): Field {
  const entry = object(named ? 'An entry.' : doc, fields);
  const field = written === undefined ? entry : { ...entry, authored: written };
  return named ? map(doc, field) : field;
}

function unknownPart(section: string, key: string, known: readonly string[]): PhoenixError {
  const like = nearest(key, known);
  return new PhoenixError({
    code: 'config/unknown-key',
    message: `\`${key}\` is no key of \`${section}\``,
    keys: [key],
    value: key,
    fix: like === undefined ? `known: ${known.join(', ')}` : `did you mean \`${like}\`?`,
  });
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
