import { PhoenixError } from '../base/errors.js';
import { isPlainObject } from '../base/plain-object.js';
import type { Content, ContentPart } from '../model/content.js';
import { isSecretRef, type SecretEncoding, type SecretRef } from '../model/secret-ref.js';

/** Data with secrets in place of texts. */
export type DataWithSecrets =
  | string
  | number
  | boolean
  | null
  | SecretRef
  | readonly DataWithSecrets[]
  | { readonly [key: string]: DataWithSecrets };

/**
 * A JSON file with secrets in it, each with the escapes that JSON asks for.
 *
 * Throws `content/no-data` for what JSON has no word for.
 */
export function jsonContent(data: DataWithSecrets): Content {
  return [...jsonParts(data, '\n'), '\n'];
}

/**
 * A YAML file with secrets in it, in the form of JSON, which every reader of YAML takes.
 *
 * Throws `content/no-data` for what YAML has no word for here.
 */
export function yamlContent(data: DataWithSecrets): Content {
  return [...jsonParts(data, '\n', 'yaml'), '\n'];
}

/**
 * A file of variables as a POSIX shell and systemd's `EnvironmentFile=` read it; no other readers: Docker's `--env-file` knows no quotes.
 *
 * Throws `content/variable` for a name that is none.
 */
export function envContent(variables: Readonly<Record<string, string | number | SecretRef>>): Content {
  return Object.entries(variables).flatMap(([name, value]): ContentPart[] => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new PhoenixError({
        code: 'content/variable',
        message: `${JSON.stringify(name)} is no name of a variable`,
        value: name,
        fix: 'use letters, digits and `_`, not beginning with a digit',
      });
    }
    const part = isSecretRef(value) ? place(value, 'env') : String(value).replaceAll(/["\\`$]/g, '\\$&');
    return [`${name}="`, part, '"\n'];
  });
}

function jsonParts(data: DataWithSecrets, line: string, encoding: SecretEncoding = 'json'): ContentPart[] {
  if (isSecretRef(data)) {
    return ['"', place(data, encoding), '"'];
  }
  if (Array.isArray(data)) {
    return listed(
      '[',
      ']',
      line,
      data.map((item: DataWithSecrets) => jsonParts(item, `${line}  `, encoding)),
    );
  }
  if (isPlainObject(data)) {
    const members = Object.entries(data as { readonly [key: string]: DataWithSecrets }).map(([key, value]) => [
      `${JSON.stringify(key)}: `,
      ...jsonParts(value, `${line}  `, encoding),
    ]);
    return listed('{', '}', line, members);
  }
  if (typeof data === 'string' || typeof data === 'boolean' || data === null || Number.isFinite(data)) {
    return [JSON.stringify(data)];
  }
  throw new PhoenixError({
    code: 'content/no-data',
    message: `a value of type ${typeof data} stands in the data of a file`,
    fix: 'give text, numbers, booleans, null, lists, objects and secrets',
  });
}

function listed(open: string, close: string, line: string, items: readonly (readonly ContentPart[])[]): ContentPart[] {
  const parts = items.flatMap((item, index) => [`${index === 0 ? '' : ','}${line}  `, ...item]);
  return parts.length === 0 ? [open + close] : [open, ...parts, line, close];
}

function place({ $secret }: SecretRef, encoding: SecretEncoding): ContentPart {
  return { secret: { $secret }, encoding };
}
