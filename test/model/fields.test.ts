import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { stableJson } from '../../src/base/stable.js';
import { Duration, Size } from '../../src/base/units.js';
import {
  authoredSchema,
  choice,
  custom,
  decimal,
  defaulted,
  duration,
  type Field,
  flag,
  integer,
  layerSchema,
  list,
  map,
  normaliseFields,
  object,
  openChoice,
  reference,
  required,
  size,
  specSchema,
  text,
} from '../../src/model/fields.js';
import { type Referable, reference as referenceKey } from '../../src/model/reference.js';

/** A construct, as far as layers know it. */
const storage: Referable = { [referenceKey]: { kind: 'storage', plain: 'fast', host: 'pve' } };
const gib = Size.gib(1).toBytes();

interface Row {
  readonly field: Field;
  /** What people write, and the plain value it becomes. */
  readonly good: readonly (readonly [written: unknown, plain: unknown])[];
  readonly bad: readonly unknown[];
  readonly expects: string;
}

const makers: Readonly<Record<string, Row>> = {
  text: {
    field: text('Name.', { pattern: /^[a-z]+$/, expects: 'small letters', maxLength: 3 }),
    good: [['abc', 'abc']],
    bad: ['', 'abcd', 'A', 1, true, ['a'], {}],
    expects: 'small letters',
  },
  integer: {
    field: integer('Cores.', { min: 1, max: 8 }),
    good: [
      [1, 1],
      [8, 8],
    ],
    bad: [0, 9, 1.5, '4', Number.NaN, Number.POSITIVE_INFINITY],
    expects: 'a whole number from 1 to 8',
  },
  decimal: {
    field: decimal('Share.', { above: 0, max: 1 }),
    good: [
      [0.5, 0.5],
      [1, 1],
    ],
    bad: [0, -0.1, 1.01, '0.5', Number.NaN],
    expects: 'a number above 0 of at most 1',
  },
  flag: {
    field: flag('On boot.'),
    good: [
      [true, true],
      [false, false],
    ],
    bad: ['yes', 1, 'true'],
    expects: 'true or false',
  },
  choice: { field: choice('Kind.', ['a', 'b']), good: [['a', 'a']], bad: ['c', 'A', ''], expects: 'one of "a", "b"' },
  openChoice: {
    field: openChoice('Kind.', ['a', 'b']),
    good: [
      ['a', 'a'],
      ['new', 'new'],
    ],
    bad: ['', 1],
    expects: 'one of "a", "b", or another word',
  },
  size: {
    field: size('Memory.', { min: Size.mib(16) }),
    good: [
      ['1GiB', gib],
      ['1.5GiB', 1.5 * gib],
      [Size.mib(16), 16 * 1024 * 1024],
    ],
    bad: [1024, '1GB', '1 GiB', '1024', '-1GiB', '8MiB', Duration.seconds(1)],
    expects: "a size of at least 16MiB with its unit, such as '32GiB'",
  },
  duration: {
    field: duration('Timeout.'),
    good: [
      ['90s', 90],
      ['1.5min', 90],
      [Duration.hours(1), 3600],
    ],
    bad: [90, '90', '5m', '250ms', Size.gib(1)],
    expects: "a duration with its unit, such as '30s'",
  },
  reference: {
    field: reference('Storage.', 'storage'),
    good: [
      [storage, 'fast'],
      ['fast', 'fast'],
    ],
    bad: ['', 1, {}],
    expects: 'a storage',
  },
  list: {
    field: list('Disks.', size('A disk.')),
    good: [
      [[], []],
      [
        ['1GiB', Size.gib(1)],
        [gib, gib],
      ],
    ],
    bad: ['1GiB', [1], { 0: '1GiB' }],
    expects: "a list, each a size with its unit, such as '32GiB'",
  },
  map: {
    field: map('Quotas.', size('A quota.')),
    good: [
      [{}, {}],
      [{ a: '1GiB' }, { a: gib }],
    ],
    bad: [['1GiB'], { a: 1 }, 'a'],
    expects: 'names with values',
  },
  object: {
    field: object('Disk.', { storage: required(reference('Storage.', 'storage')), size: size('Size.') }),
    good: [
      [
        { storage, size: '1GiB' },
        { storage: 'fast', size: gib },
      ],
      [{ storage: 'fast' }, { storage: 'fast' }],
    ],
    bad: ['fast', { storage: 1 }, { storage, sise: '1GiB' }, [storage]],
    expects: 'an object with storage, size',
  },
  custom: {
    field: custom('Even.', 'an even number', () => z.int().refine((it) => it % 2 === 0)),
    good: [[2, 2]],
    bad: [1, '2'],
    expects: 'an even number',
  },
};

describe.each(Object.entries(makers))('%s', (_name, { field, good, bad, expects }) => {
  it('turns what people write into plain data that both schemas take', () => {
    for (const [written, plain] of good) {
      const value = field.normalise(written);
      expect(value).toEqual(plain);
      expect(field.plain().parse(value)).toEqual(plain);
      expect(field.layer().parse(value)).toEqual(plain);
    }
  });

  it('refuses everything else', () => {
    for (const written of bad) {
      expect(field.layer().safeParse(field.normalise(written)).success, String(written)).toBe(false);
    }
  });

  it('says what it expects, and keeps its words for the documentation', () => {
    expect(field.expects).toBe(expects);
    expect(field.doc).not.toBe('');
    expect(field.presence).toBe('optional');
  });

  it('has an authored form that takes what is written in files', () => {
    const inFiles = good.map(([written]) => written).filter(canStandInFile);
    expect(inFiles.length).toBeGreaterThan(0);
    for (const written of inFiles) {
      expect(field.authored().safeParse(written).success, String(written)).toBe(true);
    }
  });
});

/** Constructs and sizes are for TypeScript. */
function canStandInFile(value: unknown): boolean {
  try {
    return stableJson(value) !== '';
  } catch {
    return false;
  }
}

describe('a table', () => {
  const fields = {
    name: required(text('Name.')),
    memory: defaulted(size('Memory.'), gib),
    disk: object('Disk.', { storage: required(text('Storage.')), size: size('Size.') }),
    note: text('Note.'),
  };

  it('has a layer schema in which everything may be missing or null', () => {
    const layer = layerSchema(fields);
    for (const value of [{}, { name: null }, { disk: {} }, { disk: { storage: null } }, { disk: null, memory: 1 }]) {
      expect(layer.parse(value)).toEqual(value);
    }
  });

  it('has a layer schema that fills nothing in and knows every key', () => {
    expect(layerSchema(fields).parse({})).toEqual({});
    expect(layerSchema(fields).safeParse({ nmae: 'x' }).success).toBe(false);
    expect(layerSchema(fields).safeParse({ disk: { sto: 'x' } }).success).toBe(false);
  });

  it('has a spec schema that asks for what is required and what has a default', () => {
    const spec = specSchema(fields);
    expect(spec.safeParse({ name: 'x', memory: 1 }).success).toBe(true);
    expect(spec.safeParse({ name: 'x' }).success).toBe(false);
    expect(spec.safeParse({ memory: 1 }).success).toBe(false);
    expect(spec.safeParse({ name: 'x', memory: 1, disk: {} }).success).toBe(false);
    expect(spec.safeParse({ name: 'x', memory: 1, note: null }).success).toBe(false);
  });

  it('has an authored schema where sizes are text', () => {
    const authored = authoredSchema(fields);
    expect(authored.safeParse({ memory: '1GiB', disk: { size: '2GiB' } }).success).toBe(true);
    expect(authored.safeParse({ memory: gib }).success).toBe(false);
    expect(authored.safeParse({ memory: '1GB' }).success).toBe(false);
  });

  it('drops undefined, keeps null, and hands on what it does not know', () => {
    expect(normaliseFields(fields, { name: undefined, note: null, other: storage, memory: '1GiB' })).toEqual({
      note: null,
      other: 'fast',
      memory: gib,
    });
  });

  it('changes nothing that it was handed', () => {
    const given = Object.freeze({ disk: Object.freeze({ storage, size: '1GiB' }) });
    expect(normaliseFields(fields, given)).toEqual({ disk: { storage: 'fast', size: gib } });
    expect(given.disk.size).toBe('1GiB');
  });
});
