import { describe, expect, it } from 'vitest';
import { PhoenixError, type Problem } from '../../src/base/errors.js';
import { Size } from '../../src/base/units.js';
import { choice, defaulted, flag, integer, list, map, object, required, size, text } from '../../src/model/fields.js';
import { completeSpec, readLayer, table } from '../../src/model/layer.js';

const guest = table('Guest', {
  name: required(text('Name.', { pattern: /^[a-z]+$/, expects: 'small letters' })),
  memory: defaulted(size('Memory.', { min: Size.mib(16) }), Size.mib(512).toBytes()),
  cores: integer('Cores.', { min: 1 }),
  kind: choice('Kind.', ['small', 'large']),
  rootfs: object('Disk.', {
    storage: required(text('Storage.')),
    size: required(size('Size.')),
    acl: defaulted(flag('ACL.'), false),
  }),
  mounts: defaulted(
    list(
      'Mounts.',
      object('A mount.', { target: required(text('Target.')), readOnly: defaulted(flag('Read only.'), false) }),
      {
        by: 'target',
      },
    ),
    [],
  ),
  limits: map('Limits.', integer('A limit.')),
});

function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action();
  } catch (error) {
    if (PhoenixError.isPhoenixError(error)) return error.problems;
    throw error;
  }
  return [];
}
const read = (given: object) => problemsOf(() => readLayer(guest, given, 'ai/qwen'));

describe('readLayer', () => {
  it('gives plain data and fills nothing in', () => {
    expect(readLayer(guest, { memory: '1GiB', rootfs: { size: Size.gib(2) } }, 'x')).toEqual({
      memory: 2 ** 30,
      rootfs: { size: 2 ** 31 },
    });
  });

  it('finds everything that is wrong at once, each with path and way out', () => {
    const problems = read({ name: 'Q', memory: '8GB', coers: 1, rootfs: { siez: '1GiB' }, mounts: [{ target: 1 }] });
    expect(problems.map(({ code }) => code).sort()).toEqual([
      'config/unknown-key',
      'config/unknown-key',
      'config/wrong-value',
      'config/wrong-value',
      'config/wrong-value',
    ]);
    for (const problem of problems) {
      expect(problem).toMatchObject({ path: 'ai/qwen', fix: expect.stringMatching(/./) });
    }
  });

  it.each<[object, Partial<Problem>]>([
    [{ memroy: '1GiB' }, { code: 'config/unknown-key', value: 'memroy', fix: 'did you mean `memory`?' }],
    [
      { rootfs: { siez: 1 } },
      { value: 'rootfs.siez', message: '`rootfs.siez` is no key of Guest', fix: 'did you mean `size`?' },
    ],
    [{ mounts: [{ taget: '/a' }] }, { value: 'mounts.0.taget', fix: 'did you mean `target`?' }],
    [{ rootfs: { zzzzzzzzzz: 1 } }, { fix: 'known keys: storage, size, acl' }],
    [
      { memory: 1024 },
      {
        code: 'config/wrong-value',
        value: 1024,
        message: "`memory` is 1024, expected a size of at least 16MiB with its unit, such as '32GiB'",
        fix: '`memory`: Memory.',
      },
    ],
    [{ memory: '8GB' }, { value: '8GB', message: expect.stringContaining('"8GB"'), fix: "did you mean '8GiB'?" }],
    [{ memory: '1.5 g' }, { fix: "did you mean '1.5GiB'?" }],
    [{ memory: '8KB' }, { fix: '`memory`: Memory.' }],
    [{ kind: '8GB' }, { fix: expect.stringContaining('`kind`: ') }],
    [{ kind: 'huge' }, { value: 'huge', message: '`kind` is "huge", expected one of "small", "large"' }],
    [
      { mounts: [{ target: '/a', readOnly: 'no' }] },
      { value: 'no', message: expect.stringContaining('mounts.0.readOnly') },
    ],
    [
      { limits: { open: 'x' } },
      { value: 'x', message: expect.stringContaining('`limits.open` is "x", expected a whole') },
    ],
    [{ cores: Size.gib(1) }, { message: '`cores` is a Size, expected a whole number of at least 1' }],
    [{ cores: () => 1 }, { message: expect.stringContaining('expected a whole number of at least 1') }],
    [{ name: 'X'.repeat(200) }, { message: expect.stringMatching(/"X{76}\.\.\., expected small letters$/) }],
  ])('says of %j what, where and what to do', (given, problem) => {
    expect(read(given)).toEqual([expect.objectContaining(problem)]);
  });

  it('lets undefined and null pass, which merging understands', () => {
    expect(readLayer(guest, { name: undefined, rootfs: { acl: null }, mounts: null }, 'x')).toEqual({
      rootfs: { acl: null },
      mounts: null,
    });
  });
});

describe('completeSpec', () => {
  const complete = (...values: Record<string, unknown>[]) =>
    completeSpec(
      guest,
      values.map((it, index) => ({ name: String(index), values: it })),
      'ai/qwen',
    );

  it('fills defaults in once, after the merge: a layer that says nothing resets nothing', () => {
    expect(complete({ name: 'q', memory: 2 ** 30 }, { cores: 2 })).toEqual({
      name: 'q',
      memory: 2 ** 30,
      cores: 2,
      mounts: [],
    });
  });

  it('fills in within objects and items of lists', () => {
    const spec = complete({ name: 'q', rootfs: { storage: 's', size: 1 }, mounts: [{ target: '/a' }] });
    expect(spec).toMatchObject({ rootfs: { acl: false }, mounts: [{ target: '/a', readOnly: false }] });
  });

  it('puts an object together from several layers before it asks what is missing', () => {
    expect(complete({ name: 'q', rootfs: { storage: 's' } }, { rootfs: { size: 1 } }).rootfs).toEqual({
      storage: 's',
      size: 1,
      acl: false,
    });
  });

  it('names everything that no layer gave', () => {
    expect(problemsOf(() => complete({ rootfs: { acl: true }, mounts: [{}] }))).toEqual([
      expect.objectContaining({
        code: 'config/missing',
        path: 'ai/qwen',
        message: '`name` of Guest is given by no layer',
        fix: 'give `name`: small letters',
      }),
      expect.objectContaining({ message: '`rootfs.storage` of Guest is given by no layer' }),
      expect.objectContaining({ message: '`rootfs.size` of Guest is given by no layer' }),
      expect.objectContaining({ message: '`mounts.0.target` of Guest is given by no layer' }),
    ]);
  });

  it('takes a required key that a higher layer removed for missing', () => {
    expect(problemsOf(() => complete({ name: 'q' }, { name: null }))).toEqual([
      expect.objectContaining({ code: 'config/missing' }),
    ]);
  });

  it('brings a default back where a higher layer removed the value', () => {
    expect(complete({ name: 'q', memory: 2 ** 30 }, { memory: null }).memory).toBe(512 * 2 ** 20);
  });
});
