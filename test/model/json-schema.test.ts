import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { Size } from '../../src/base/units.js';
import {
  choice,
  custom,
  decimal,
  defaulted,
  duration,
  flag,
  integer,
  list,
  map,
  object,
  reference,
  required,
  size,
  text,
} from '../../src/model/fields.js';
import { documentJsonSchema, tableJsonSchema } from '../../src/model/json-schema.js';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const title = { title: 'guest', description: 'A guest' };
const mib = Size.mib(512).toBytes();

/** The schema of one field in the authored form. */
function schemaOf(field: Parameters<typeof required>[0]) {
  const { properties } = tableJsonSchema(title, { it: field });
  return (properties as { it: Record<string, unknown> }).it;
}
const accepts = (field: Parameters<typeof required>[0], value: unknown) =>
  ajv.validate(tableJsonSchema(title, { it: field }), { it: value });

describe('the JSON Schema of a table', () => {
  it('is of draft 2020-12, knows its title and refuses other keys', () => {
    expect(tableJsonSchema(title, { cores: integer('Cores.') })).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      ...title,
      type: 'object',
      additionalProperties: false,
    });
  });

  it('asks for nothing, because another layer may give it', () => {
    const fields = { name: required(text('Name.')), disk: object('Disk.', { size: required(size('Size.')) }) };
    expect(JSON.stringify(tableJsonSchema(title, fields))).not.toContain('"required"');
  });

  it('writes defaults as people would, sizes and durations as text', () => {
    expect(schemaOf(defaulted(size('Memory.'), mib))['default']).toBe('512MiB');
    expect(schemaOf(defaulted(duration('Timeout.'), 90))['default']).toBe('90s');
    expect(schemaOf(defaulted(flag('On.'), false))['default']).toBe(false);
    expect(schemaOf(defaulted(list('Disks.', size('A disk.')), [mib, 1024]))['default']).toEqual(['512MiB', '1KiB']);
    expect(schemaOf(defaulted(object('Disk.', { size: size('Size.') }), { size: mib }))['default']).toEqual({
      size: '512MiB',
    });
    expect(schemaOf(defaulted(map('Quotas.', size('A quota.')), { a: mib }))['default']).toEqual({ a: '512MiB' });
  });

  it('describes every key, with the unit of bare numbers only', () => {
    expect(schemaOf(integer('Wait.', { unit: 'seconds' }))['description']).toBe('Wait. Unit: seconds.');
    expect(schemaOf(size('Memory.'))['description']).toBe('Memory.');
    const nested = JSON.stringify(
      tableJsonSchema(title, { a: list('A.', object('Item.', { b: flag('Deep.') })), c: map('C.', text('Value.')) }),
    );
    for (const doc of ['A.', 'Item.', 'Deep.', 'C.', 'Value.']) expect(nested).toContain(JSON.stringify(doc));
  });

  it('holds no bounds that are only those of JavaScript', () => {
    expect(JSON.stringify(tableJsonSchema(title, { a: integer('A.', { min: 0 }), b: integer('B.') }))).not.toContain(
      '9007199254740991',
    );
  });

  it.each([
    ['text', text('T.', { pattern: /^[a-z]+$/ }), ['a', null], ['A', 1]],
    ['integer', integer('I.', { min: 1, max: 3 }), [1, 3, null], [0, 4, 1.5, '1']],
    ['decimal', decimal('D.', { above: 0, max: 1 }), [0.1, 1], [0, 1.1]],
    ['flag', flag('F.'), [true, null], ['true']],
    ['choice', choice('C.', ['a', 'b']), ['a', null], ['c']],
    ['size', size('S.'), ['1GiB', '1.5MiB', null], [1024, '1GB', '1 GiB']],
    ['duration', duration('D.'), ['90s', '1.5h'], [90, '5m']],
    ['reference', reference('R.', 'storage'), ['fast', null], ['', 1]],
    ['list', list('L.', size('S.')), [[], ['1GiB'], null], [[1], '1GiB']],
    ['map', map('M.', integer('I.')), [{}, { a: 1, b: null }], [{ a: 'x' }, [1]]],
    ['object', object('O.', { a: flag('A.') }), [{}, { a: true }, { a: null }, null], [{ b: 1 }, { a: 1 }]],
    ['custom', custom('C.', 'an address', () => z.string()), ['x'], [1]],
  ])('takes and refuses of %s what the layer does', (_name, field, good, bad) => {
    for (const value of good) expect(accepts(field, value), JSON.stringify(value)).toBe(true);
    for (const value of bad) expect(accepts(field, value), JSON.stringify(value)).toBe(false);
  });

  it('has room for keys of the file itself', () => {
    const schema = tableJsonSchema(
      title,
      { cores: integer('Cores.') },
      { kind: z.literal('lxc'), note: z.string().optional() },
    );
    const validate = ajv.compile(schema);
    expect(validate({ kind: 'lxc', cores: 1 })).toBe(true);
    expect(validate({ cores: 1 })).toBe(false);
    expect(validate({ kind: 'vm' })).toBe(false);
  });
});

it('the JSON Schema of a document keeps what is required', () => {
  const schema = documentJsonSchema(
    { title: 'doc', description: 'A document' },
    z.strictObject({ a: z.int(), b: z.array(z.string()).readonly().optional() }),
  );
  expect(schema).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'doc',
    description: 'A document',
    type: 'object',
    properties: { a: { type: 'integer' }, b: { type: 'array', items: { type: 'string' } } },
    required: ['a'],
    additionalProperties: false,
  });
});
