import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaulted, flag, integer, list, map, object, required, text } from '../../src/model/fields.js';
import { applyDefaults, type Layer, mergeLayers } from '../../src/model/merge.js';

const fields = {
  name: text('Name.'),
  cores: integer('Cores.'),
  servers: list('Name servers.', text('A server.')),
  tags: list('Tags.', text('A tag.'), 'append'),
  commands: list('Commands.', list('A command.', text('A word.')), 'sequence'),
  mounts: list(
    'Mounts.',
    object('A mount.', {
      target: required(text('Target.')),
      source: text('Source.'),
      readOnly: defaulted(flag('Read only.'), false),
    }),
    { by: 'target' },
  ),
  environment: map('Variables.', text('Value.')),
  features: object('Features.', {
    nesting: flag('Nesting.'),
    deep: object('Deeper.', { level: defaulted(integer('Level.'), 7), name: text('Name.') }),
  }),
};

function layer(values: Record<string, unknown>, name = 'layer'): Layer {
  return { name, values };
}
const merge = (...values: Record<string, unknown>[]) =>
  mergeLayers(
    fields,
    values.map((it) => layer(it)),
  );

describe('mergeLayers', () => {
  it('keeps every command, the same one twice too', () => {
    expect(merge({ commands: [['a'], ['b']] }, { commands: [['a']] })).toEqual({ commands: [['a'], ['b'], ['a']] });
  });

  it('lets the last one win for scalars and plain lists', () => {
    expect(merge({ name: 'a', servers: ['1', '2'] }, { name: 'b', servers: ['3'] })).toEqual({
      name: 'b',
      servers: ['3'],
    });
  });

  it('takes undefined for nothing said', () => {
    expect(merge({ name: 'a' }, { name: undefined })).toEqual({ name: 'a' });
  });

  it('removes what is below with null, and a later layer may give it again', () => {
    expect(merge({ name: 'a', cores: 1 }, { name: null })).toEqual({ cores: 1 });
    expect(merge({ name: 'a' }, { name: null }, { name: 'b' })).toEqual({ name: 'b' });
  });

  it('merges objects key by key, as deep as they go', () => {
    expect(
      merge(
        { features: { nesting: true, deep: { level: 1, name: 'x' } } },
        { features: { deep: { level: 2 } } },
        { features: { nesting: null } },
      ),
    ).toEqual({ features: { deep: { level: 2, name: 'x' } } });
  });

  it('takes null within an object as removal even where there is nothing below', () => {
    expect(merge({ features: { nesting: null, deep: { name: null } } })).toEqual({ features: { deep: {} } });
  });

  it('merges maps by name', () => {
    expect(merge({ environment: { A: '1', B: '2' } }, { environment: { B: '3', A: null, C: '4' } })).toEqual({
      environment: { B: '3', C: '4' },
    });
  });

  it('appends without saying anything twice', () => {
    expect(merge({ tags: ['a', 'b'] }, { tags: ['b', 'c'] })).toEqual({ tags: ['a', 'b', 'c'] });
  });

  it('merges items of one key in the place of the lower one', () => {
    const merged = merge(
      { mounts: [{ target: '/a', source: '/x' }, { target: '/b' }] },
      { mounts: [{ target: '/c' }, { target: '/a', readOnly: true }] },
    );
    expect(merged).toEqual({
      mounts: [{ target: '/a', source: '/x', readOnly: true }, { target: '/b' }, { target: '/c' }],
    });
  });

  it('keeps an item that one layer gives twice, whatever lies below', () => {
    const twice = {
      mounts: [
        { target: '/a', source: '/x' },
        { target: '/a', source: '/y' },
      ],
    };
    expect((merge(twice)['mounts'] as object[]).length).toBe(2);
    expect((merge({ mounts: [] }, twice)['mounts'] as object[]).length).toBe(2);
    expect((merge({ mounts: [{ target: '/b' }] }, twice)['mounts'] as object[]).length).toBe(3);
    expect((merge({ mounts: [{ target: '/a' }] }, twice)['mounts'] as object[]).length).toBe(2);
  });

  it('removes a list as a whole with null', () => {
    expect(merge({ tags: ['a'], mounts: [{ target: '/a' }] }, { tags: null, mounts: null })).toEqual({});
  });
});

const word = fc.constantFrom('a', 'b', 'c');
const orNothing = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 });
const record = <T>(values: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(values, { requiredKeys: [] });
const mount = fc
  .tuple(word, record({ source: orNothing(word), readOnly: orNothing(fc.boolean()) }))
  .map(([target, rest]) => ({ target, ...rest }));
const values = record({
  name: orNothing(word),
  cores: orNothing(fc.nat(3)),
  servers: orNothing(fc.array(word, { maxLength: 3 })),
  tags: orNothing(fc.uniqueArray(word)),
  mounts: orNothing(fc.uniqueArray(mount, { selector: (it) => it.target })),
  environment: orNothing(fc.dictionary(word, orNothing(word))),
  features: orNothing(
    record({ nesting: orNothing(fc.boolean()), deep: orNothing(record({ level: orNothing(fc.nat(3)) })) }),
  ),
});
const layers = fc.array(values, { maxLength: 4 });

describe('mergeLayers, whatever the layers', () => {
  it('gives the same for a layer said twice in a row', () => {
    fc.assert(
      fc.property(layers, values, (below, last) => {
        expect(applied(...below, last, last)).toEqual(applied(...below, last));
      }),
    );
  });

  it('changes nothing that was handed in', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const before = structuredClone(given);
        given.forEach(deepFreeze);
        merge(...given);
        expect(given).toEqual(before);
      }),
    );
  });

  it('takes a layer of undefined for no layer', () => {
    const silent = Object.fromEntries(Object.keys(fields).map((key) => [key, undefined]));
    fc.assert(
      fc.property(layers, fc.nat(4), (given, at) => {
        const place = Math.min(at, given.length);
        expect(merge(...given.slice(0, place), silent, ...given.slice(place))).toEqual(merge(...given));
      }),
    );
  });

  it('leaves nothing of a key that the last layer removes', () => {
    fc.assert(
      fc.property(layers, fc.constantFrom(...Object.keys(fields)), (given, key) => {
        expect(merge(...given, { [key]: null })).not.toHaveProperty(key);
      }),
    );
  });

  it('decides scalars by the last layer that speaks of them', () => {
    fc.assert(
      fc.property(fc.array(record({ cores: orNothing(fc.nat(9)) })), (given) => {
        const last = given.map(({ cores }) => cores).findLast((cores) => cores !== undefined);
        expect(merge(...given)['cores']).toBe(last ?? undefined);
      }),
    );
  });

  it('never lets a null through', () => {
    fc.assert(
      fc.property(layers, (given) => {
        expect(JSON.stringify(applied(...given))).not.toContain('null');
      }),
    );
  });
});

describe('applyDefaults', () => {
  it('fills in what nobody gave, also within objects and list items', () => {
    expect(applied({ mounts: [{ target: '/a' }, { target: '/b', readOnly: true }], features: { deep: {} } })).toEqual({
      mounts: [
        { target: '/a', readOnly: false },
        { target: '/b', readOnly: true },
      ],
      features: { deep: { level: 7 } },
    });
  });

  it('makes no object only to hold a default', () => {
    expect(applied({ features: {} })).toEqual({ features: {} });
    expect(applied({})).toEqual({});
  });

  it('keeps what is given, also false, 0 and the empty text', () => {
    const own = {
      on: defaulted(flag('On.'), true),
      cores: defaulted(integer('Cores.'), 4),
      name: defaulted(text('Name.'), 'x'),
    };
    expect(applyDefaults(own, { on: false, cores: 0, name: '' })).toEqual({ on: false, cores: 0, name: '' });
    expect(applyDefaults(own, {})).toEqual({ on: true, cores: 4, name: 'x' });
  });
});

function applied(...given: Record<string, unknown>[]): Record<string, unknown> {
  return applyDefaults(fields, merge(...given));
}

function deepFreeze(value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
}
