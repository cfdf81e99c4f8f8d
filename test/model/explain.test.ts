import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lxcTable } from '../../src/lxc/schema.js';
import { explainValue, givenKeys } from '../../src/model/explain.js';
import { writtenValue } from '../../src/model/fields.js';
import { applyDefaults, type Layer, mergeLayers } from '../../src/model/merge.js';

const { fields } = lxcTable;
const gib = 2 ** 30;

/** A value of every merge rule of the real table, or `null`, or nothing. */
const values = fc.record(
  {
    cores: fc.option(fc.integer({ min: 1, max: 4 })),
    memory: fc.option(fc.constantFrom(gib, 2 * gib, 4 * gib)),
    onboot: fc.option(fc.boolean()),
    hostname: fc.option(fc.constantFrom('a', 'b')),
    tags: fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })),
    startup: fc.option(
      fc.record({ order: fc.option(fc.integer({ min: 0, max: 2 })), up: fc.integer({ min: 0, max: 2 }) }, noKeys()),
    ),
    mounts: fc.option(
      fc.uniqueArray(
        fc.record({ target: fc.constantFrom('/a', '/b'), source: fc.constantFrom('/x', '/y'), readOnly: fc.boolean() }),
        { maxLength: 2, selector: ({ target }) => target },
      ),
    ),
    env: fc.option(fc.dictionary(fc.constantFrom('A', 'B'), fc.option(fc.constantFrom('1', '2')), { maxKeys: 2 })),
  },
  noKeys(),
);

const layerLists = fc
  .array(values, { minLength: 1, maxLength: 4 })
  .map((all) => all.map((each, index): Layer => ({ name: `layer ${index}`, values: each })));

const keys = fc.constantFrom(
  ...['cores', 'memory', 'onboot', 'hostname', 'tags', 'startup', 'startup.order', 'mounts', 'env', 'env.A'],
);

describe('an explained value', () => {
  it('is the merged one, as people write it', () => {
    fc.assert(
      fc.property(layerLists, keys, (layers, key) => {
        const [first = '', inner] = key.split('.');
        const merged = applyDefaults(fields, mergeLayers(fields, layers))[first];
        const expected = inner === undefined ? merged : Reflect.get(Object(merged), inner);
        expect(explainValue({ fields, layers }, key.split('.'))?.value).toEqual(
          writtenValue(inner === undefined ? fields[first as keyof typeof fields] : undefined, expected),
        );
      }),
    );
  });

  it('is the value of the layer that wins, and there is at most one of them', () => {
    fc.assert(
      fc.property(layerLists, keys, (layers, key) => {
        const explained = explainValue({ fields, layers }, key.split('.'));
        const winners = explained?.chain.filter(({ effect }) => effect === 'wins') ?? [];
        expect(winners.length).toBeLessThanOrEqual(1);
        for (const { layer, value } of winners.filter(({ value }) => !Array.isArray(value) && !isRecord(value))) {
          expect(value, layer).toEqual(explained?.value);
        }
      }),
    );
  });

  it('of a plain kind is what the highest layer says that says something, whatever stands below', () => {
    fc.assert(
      fc.property(layerLists, fc.constantFrom('cores', 'hostname', 'onboot', 'memory'), (layers, key) => {
        const [highest] = layers.filter(({ values }) => values[key] !== undefined).slice(-1);
        const chain = explainValue({ fields, layers }, [key])?.chain ?? [];
        const last = chain.at(-1);
        const standard = explainValue({ fields, layers: [] }, [key])?.value;
        if (highest === undefined) {
          expect(chain.map(({ layer, effect }) => [layer, effect])).toEqual(
            standard === undefined ? [] : [['built-in default', 'wins']],
          );
        } else if (highest.values[key] === null) {
          expect(last).toMatchObject({ layer: highest.name, value: null, effect: 'removes' });
          expect(explainValue({ fields, layers }, [key])?.value).toEqual(standard);
        } else {
          expect(last).toMatchObject({ layer: highest.name, effect: 'wins' });
        }
      }),
    );
  });

  it('does not change with layers that say nothing or `undefined`, nor when a layer is there twice', () => {
    fc.assert(
      fc.property(layerLists, fc.nat(), (layers, place) => {
        const at = place % (layers.length + 1);
        const silent = { name: 'silent', values: { cores: undefined, mounts: undefined } };
        const more = [...layers.slice(0, at), silent, ...layers.slice(at)];
        expect(mergeLayers(fields, more)).toEqual(mergeLayers(fields, layers));
        expect(givenKeys({ fields, layers: [...layers, { name: 'none', values: {} }] })).toEqual(
          givenKeys({ fields, layers }),
        );
        const twice = layers.flatMap((layer) => [layer, layer]);
        expect(mergeLayers(fields, twice)).toEqual(mergeLayers(fields, layers));
      }),
    );
  });

  it('depends on the order of layers where two of them say different things', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (a, b) => {
        const layers = [
          { name: 'a', values: { cores: a } },
          { name: 'b', values: { cores: b } },
        ];
        expect(explainValue({ fields, layers }, ['cores'])?.value).toBe(b);
        expect(explainValue({ fields, layers: layers.reverse() }, ['cores'])?.value).toBe(a);
      }),
    );
  });

  it('has no key that the table has not', () => {
    expect(explainValue({ fields, layers: [] }, ['memroy'])).toBeUndefined();
    expect(explainValue({ fields, layers: [] }, ['memory', 'size'])).toBeUndefined();
  });
});

function noKeys(): { requiredKeys: [] } {
  return { requiredKeys: [] };
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
