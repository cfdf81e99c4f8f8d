import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PhoenixError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import { packageRoot } from '../base/package-root.js';
import { compareText } from '../base/stable.js';

/** A JSON Schema that this package publishes. */
export interface PublishedSchema {
  /** `lxc`: its file without the ending. */
  readonly name: string;
  readonly description: string;
  readonly text: string;
}

/** All of them, by name. */
export function readSchemas(): readonly PublishedSchema[] {
  const folder = join(packageRoot(), 'schemas');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort(compareText).map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const { description } = JSON.parse(text) as { readonly description: string };
    return { name: file.slice(0, -'.json'.length), description, text };
  });
}

/** The one of that name. Throws `schema/unknown`. */
export function schemaNamed(name: string, schemas: readonly PublishedSchema[]): PublishedSchema {
  const found = schemas.find((schema) => schema.name === name);
  if (found === undefined) {
    const names = schemas.map((schema) => schema.name);
    const like = nearest(name, names);
    throw new PhoenixError({
      code: 'schema/unknown',
      message: `there is no schema ${JSON.stringify(name)}`,
      value: name,
      fix: like === undefined ? `known: ${names.join(', ')}` : `did you mean ${like}?`,
    });
  }
  return found;
}
