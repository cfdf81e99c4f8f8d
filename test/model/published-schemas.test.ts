import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { publishedSchemas } from '../../scripts/published-schemas.js';
import { stableJson } from '../../src/base/stable.js';
import type { LxcOwnProps } from '../../src/lxc/props.js';
import { lxcOwnKeys, lxcTable } from '../../src/lxc/schema.js';
import { everyStepInOrder } from './every-step.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const published = publishedSchemas();
const example = `${root}examples/single-vllm/cdk.out/`;
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

const validators = new Map<string, ValidateFunction>();

/** A validator of the committed file, as an editor or another applier would use it. Compiling one takes a while. */
function validator(name: string): ValidateFunction {
  const known = validators.get(name);
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
  const validate = known ?? ajv.compile(read(`${root}schemas/${name}.json`));
  validators.set(name, validate);
  return validate;
}

describe('schemas/', () => {
  it('holds what the sources say; run `npm run schemas` and commit it', () => {
    expect(readdirSync(`${root}schemas`).sort()).toEqual([...published.keys()].sort());
    for (const [file, schema] of published) {
      expect(readFileSync(`${root}schemas/${file}`, 'utf8'), file).toBe(stableJson(schema));
    }
  });

  it('is part of the package', () => {
    const { files, exports } = read(`${root}package.json`);
    expect(files).toContain('schemas');
    expect(exports).toHaveProperty(['./schemas/*'], './schemas/*');
  });
});

describe('the schemas of the assembly', () => {
  const runbooks = readdirSync(`${example}stacks`).map((stack) => `${example}stacks/${stack}/runbook.json`);

  it.each([
    ['manifest', `${example}manifest.json`],
    ['tree', `${example}tree.json`],
    ...runbooks.map((path) => ['runbook', path]),
  ])('%s takes %s', (name, path) => {
    const validate = validator(String(name));
    expect(validate(read(String(path))), JSON.stringify(validate.errors)).toBe(true);
  });

  it('take a step of every kind', () => {
    const validate = validator('runbook');
    const runbook = {
      version: 1,
      app: 'a',
      stack: 's',
      host: 'h',
      pveVersion: '9.1',
      restart: 'never',
      steps: everyStepInOrder,
    };
    expect(validate(runbook), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each<[string, (manifest: Record<string, unknown>) => void]>([
    ['of a later version', (it) => (it['version'] = 2)],
    ['without an app', (it) => delete it['app']],
    ['with a key that nobody knows', (it) => (it['signature'] = 'x')],
    ['with a hash that is cut', (it) => (it['files'] = [{ path: 'a', sha256: 'abc', mode: '0644' }])],
    ['with a mode of its own', (it) => (it['files'] = [{ path: 'a', sha256: 'a'.repeat(64), mode: '4755' }])],
    [
      'with a finding of no code',
      (it) => (it['findings'] = [{ code: 'Bad', severity: 'info', path: '', message: '' }]),
    ],
    [
      'for a release that nobody knows',
      (it) => (it['stacks'] = [{ name: 'a', host: 'b', pveVersion: '7.4', restart: 'never', runbook: 'r', steps: 1 }]),
    ],
  ])('refuse a manifest %s', (_name, damage) => {
    const manifest = read(`${example}manifest.json`);
    damage(manifest);
    expect(validator('manifest')(manifest)).toBe(false);
  });

  it.each([
    ['kind', { kind: 'format-disk' }],
    ['id', { id: 'a b' }],
    ['needs', { needs: undefined }],
    ['extra', { extra: 1 }],
  ])('refuse a runbook whose step is wrong in %s', (_name, change) => {
    const runbook = read(String(runbooks[0]));
    Object.assign(runbook.steps[0], change);
    expect(validator('runbook')(JSON.parse(JSON.stringify(runbook)))).toBe(false);
  });

  it('refuse a tree whose constructs have no path', () => {
    expect(
      validator('tree')({ version: 1, tree: { id: '', path: '', type: 'App', children: [{ id: 'a', type: 'B' }] } }),
    ).toBe(false);
  });
});

describe('the schemas of what people write', () => {
  const qwen = { vmid: 950, memory: '24GiB', cloneFrom: 'lxc/920', gpus: [0], rootfs: { size: '32GiB' }, tags: null };

  it('take containers as they stand in files', () => {
    expect(
      validator('lxc')({
        $schema: '../schemas/lxc.json',
        kind: 'lxc',
        profiles: ['gpu'],
        startAfter: ['lxc/953'],
        ...qwen,
      }),
    ).toBe(true);
    expect(
      validator('lxc')({ kind: 'vllm', ...qwen, model: 'Qwen/Qwen3-8B', maxModelLen: 32_768, models: '/tank/models' }),
    ).toBe(true);
    expect(validator('lxc-profile')({ kind: 'docker', logMaxSize: '1g' })).toBe(true);
    expect(validator('lxc-profile')({ memory: '24GiB', features: { nesting: true } })).toBe(true);
    expect(validator('host')({ name: 'pve1', address: '10.0.0.13', pveVersion: '9.1', memory: '64GiB' })).toBe(true);
  });

  it.each([
    ['lxc', { memroy: '1GiB' }],
    ['lxc', { memory: 24 }],
    ['lxc', { memory: '24GB' }],
    ['lxc', { vmid: 99 }],
    ['lxc', { hostname: 'not_dns' }],
    ['lxc', { kind: 'vlm' }],
    ['lxc', { kind: 'vllm', maxModelLength: 1 }],
    ['lxc', { override: { memory: 512 } }],
    ['lxc', { raw: ['lxc.x: y'] }],
    ['lxc-profile', { kind: 'docker', memory: '1GiB' }],
    ['host', { subnets: { lan: { cdir: '10.0.0.0/24' } } }],
    ['host-subnets', { lan: { cdir: '10.0.0.0/24' } }],
    ['host', { samba: {} }],
    ['lxc', { model: 'Qwen/Qwen3-8B' }],
    ['lxc', { kind: 'vllm', gpuMemoryUtilization: 1.5 }],
    ['host', { pveVersion: '7.4' }],
  ])('%s refuses %j', (name, value) => {
    expect(validator(name)(value)).toBe(false);
  });

  it('keep what says which container it is out of profiles and defaults', () => {
    expectTypeOf<(typeof lxcOwnKeys)[number]>().toEqualTypeOf<keyof LxcOwnProps>();
    for (const key of lxcOwnKeys) {
      expect(lxcTable.fields).toHaveProperty(key);
      for (const name of ['lxc-profile', 'lxc-defaults']) {
        const schema = published.get(`${name}.json`);
        expect(schema).not.toHaveProperty(['properties', key]);
        expect(schema).not.toHaveProperty(['$defs', 'profile', 'properties', key]);
      }
    }
  });
});
