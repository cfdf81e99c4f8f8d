import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse as parseJson } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { documentedFiles } from '../support/documented-files.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const schemas = new Map<string, ValidateFunction>();

describe('every file of a config directory that is shown to users', () => {
  it.each([...exampleFiles(), ...documentFiles()])('fits its schema: $path', ({ path, content }) => {
    const validate = schemaOf(path);
    validate(path.endsWith('.json') ? parseJson(content) : parseYaml(content));
    expect((validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)).toEqual([]);
  });
});

/** The files of every `conf.d` below `examples`. */
function exampleFiles() {
  return readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .map((path) => join('examples', path).replaceAll('\\', '/'))
    .filter((path) => /\/conf\.d\/.*\.(json|ya?ml)$/.test(path))
    .map((path) => ({ path, content: readFileSync(join(root, path), 'utf8') }));
}

/** The files of `conf.d` in documents; plug-ins have keys of their own. */
function documentFiles() {
  return documentedFiles('docs/configuration.md').filter(({ path }) => /\.(json|ya?ml)$/.test(path));
}

/** Which schema a file belongs to, by its path below `conf.d`. */
const schemaNames: readonly (readonly [path: RegExp, schema: string])[] = [
  [/^defaults\/vm_profile_/, 'vm-profile'],
  [/^defaults\/profile_/, 'lxc-profile'],
  [/^defaults\/vm_base\./, 'vm-defaults'],
  [/^defaults\/lxc_base\./, 'lxc-defaults'],
  [/^lxc\//, 'lxc'],
  [/^vm\//, 'vm'],
  [/^host\./, 'host'],
  [/^[A-Za-z]+\./, 'host-$section'],
];

function schemaOf(path: string): ValidateFunction {
  const below = relative('conf.d', path.slice(path.indexOf('conf.d/'))).replaceAll('\\', '/');
  const [, name = ''] = schemaNames.find(([pattern]) => pattern.test(below)) ?? [];
  return compiled(name.replace('$section', basename(below).replace(/\..*/, '')));
}

function compiled(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
  const validate =
    schemas.get(name) ?? ajv.compile(JSON.parse(readFileSync(join(root, 'schemas', `${name}.json`), 'utf8')));
  schemas.set(name, validate);
  return validate;
}
