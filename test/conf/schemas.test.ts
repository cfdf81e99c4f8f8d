import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { guestKinds } from '../../src/conf/guest-kind.js';
import { configSchemas } from '../../src/conf/schemas.js';
import { sections } from '../../src/conf/sections/all.js';
import { base, host } from './folder.js';

const folder = fileURLToPath(new URL('../../schemas/', import.meta.url));
const compiled = new Map<string, ValidateFunction>();

function refusals(name: string, value: unknown): string[] {
  const known = compiled.get(name);
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true, allowUnionTypes: true });
  const validate = known ?? ajv.compile(JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')));
  compiled.set(name, validate);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the schemas of config files', () => {
  it('take what the loader takes', () => {
    expect(refusals('host', { $schema: './x.json', ...host })).toEqual([]);
    expect(refusals('lxc-defaults', base)).toEqual([]);
    expect(refusals('host-subnets', { $schema: 'x', ...host.subnets })).toEqual([]);
    expect(
      refusals('lxc', {
        kind: 'vllm',
        profiles: ['gpu'],
        address: '10.0.0.50',
        gpus: [0],
        model: 'Qwen/Qwen2.5-7B-Instruct',
        models: 'tank/models:vllm',
        provision: ['base-tools', { file: 'scripts/x.sh', timeout: '5min' }],
        files: [{ target: '/etc/key', content: ['key=', { $secret: 'a/b', encoding: 'env' }] }],
        allowFrom: ['lan', { peer: 'lxc/953', port: 'tcp/8000', why: 'chat' }],
        override: { 'net0.rate': '10', timezone: null },
        raw: [['lxc.prlimit.nofile', '65536']],
        acknowledge: { 'gpu/shared': 'small models' },
      }),
    ).toEqual([]);
    expect(refusals('vm', { kind: 'vm-template', disk: { storage: 'local', size: '8GiB' }, cdroms: null })).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['lxc', { max_model_len: 1 }, ' must NOT have additional properties'],
    ['lxc', { maxModelLen: 1 }, ' must NOT have additional properties'],
    ['lxc', { kind: 'vm' }, '/kind must be equal to one of the allowed values'],
    ['lxc', { memory: 512 }, '/memory must be string'],
    ['lxc', { allowFrom: [{ peer: 'lan', prot: 'tcp/1' }] }, '/allowFrom/0 must NOT have additional properties'],
    ['lxc', { exposePort: '80' }, '/exposePort must match pattern'],
    ['lxc', { profiles: 'gpu' }, '/profiles must be array'],
    ['lxc-defaults', { address: '10.0.0.5' }, ' must NOT have additional properties'],
    ['lxc-profile', { kind: 'gpu', mode: 'split' }, '/mode must be equal to one of the allowed values'],
    ['host', { storages: { x: { type: 'zfspol' } } }, '/storages/x/type must be equal to constant'],
    ['host', { firewall: { cluster: { logRateLimit: { rate: '1/week' } } } }, '/firewall/cluster/logRateLimit/rate'],
    ['vm', { hostPci: [{ maping: 'gpu0' }] }, '/hostPci/0 must NOT have additional properties'],
  ])('%s refuses %j', (name, value, expected) => {
    expect(refusals(name, value)).toContainEqual(expect.stringContaining(expected));
  });

  it('are there for every section and every kind', () => {
    const schemas = configSchemas();
    for (const { key } of sections) {
      expect(schemas.get('host.json')).toHaveProperty(['properties', key]);
      expect(schemas.has(`host-${key}.json`)).toBe(true);
    }
    for (const { folder, kind } of guestKinds) {
      expect(schemas.get(`${folder}.json`)).toHaveProperty('properties.kind.enum', expect.arrayContaining([kind]));
    }
  });

  it('describe every key', () => {
    for (const [name, schema] of configSchemas()) {
      const parts = [schema, ...Object.values((schema['$defs'] ?? {}) as Record<string, typeof schema>)];
      for (const { properties = {} } of parts) {
        const undescribed = Object.entries(properties as object).filter(([, value]) => !('description' in value));
        expect(undescribed, name).toEqual([]);
      }
    }
  });
});
