import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allocator, type Owner, type Pool } from '../../src/core/allocator.js';
import { type LockEntries, parseLockFile, renderLockFile } from '../../src/core/lock-file.js';

const pool: Pool = { name: 'vmid', size: 50, candidate: (index) => String(1000 + index) };
const small: Pool = { name: 'port', size: 3, candidate: (index) => (index === 1 ? undefined : String(80 + index)) };

interface Allocation {
  readonly values: ReadonlyMap<string, string>;
  readonly pinned: LockEntries;
  readonly problems: Allocator['problems'];
}

function allocate(
  owners: readonly Owner[],
  pinned: LockEntries = new Map(),
  given: Readonly<Record<string, string>> = {},
  from = pool,
): Allocation {
  const allocator = new Allocator(pinned);
  const values = new Map<string, string>();
  for (const owner of owners) allocator.request(from, owner, (value) => void values.set(owner.path, value));
  for (const [path, value] of Object.entries(given)) allocator.take(from.name, value, path);
  allocator.settle();
  return { values, pinned: allocator.entries(), problems: allocator.problems };
}
const owners = (...paths: string[]): Owner[] => paths.map((path) => ({ path }));

describe('an allocator', () => {
  it('gives values of the pool, each to one owner', () => {
    const { values } = allocate(owners('a', 'b', 'c', 'd'));
    expect(new Set(values.values()).size).toBe(4);
    for (const value of values.values()) expect(Number(value)).toBeGreaterThanOrEqual(1000);
  });

  it('keeps what is pinned, whatever else is asked for', () => {
    expect(allocate(owners('a', 'b'), new Map([['vmid b', '1049']])).values.get('b')).toBe('1049');
  });

  it('keeps a pin for a path with blanks', () => {
    const paths = Array.from({ length: 49 }, (_, index) => `ai/a${index}`);
    const pinned = new Map([['vmid ai/my guest', '1007']]);
    const { values, problems } = allocate(owners(...paths, 'ai/my guest'), pinned);
    expect(values.get('ai/my guest')).toBe('1007');
    expect(problems).toEqual([]);
  });

  it('keeps a pinned value that is no longer in the range', () => {
    expect(allocate(owners('a'), new Map([['vmid a', '7']])).values.get('a')).toBe('7');
  });

  it('follows renamedFrom, and writes the new name', () => {
    const moved = allocate([{ path: 'new', renamedFrom: 'old' }], new Map([['vmid old', '1042']]));
    expect(moved.values.get('new')).toBe('1042');
    expect([...moved.pinned]).toEqual([['vmid new', '1042']]);
    expect(allocate([{ path: 'new', renamedFrom: 'old' }], moved.pinned).values.get('new')).toBe('1042');
  });

  it('forgets what nobody asks for any more, and never gives its value away in the same synth', () => {
    const before = allocate(owners('gone'));
    const paths = Array.from({ length: 49 }, (_, index) => `a${index}`);
    const after = allocate(owners(...paths), before.pinned);
    expect([...after.values.values()]).not.toContain(before.values.get('gone'));
    expect([...after.pinned.keys()]).not.toContain('vmid gone');
  });

  it('gives nothing that the program gives, in whatever order it is said', () => {
    const first = allocate(owners('a')).values.get('a') ?? '';
    const { values, problems } = allocate(owners('a'), new Map(), { b: first });
    expect(values.get('a')).not.toBe(first);
    expect(problems).toEqual([]);
  });

  it('names both owners of a value that is given twice', () => {
    const { problems } = allocate([], new Map(), { 'ai/qwen': '950', 'ai/embed': '950' });
    expect(problems).toEqual([
      {
        code: 'vmid/taken-twice',
        message: 'vmid 950 is claimed by ai/embed and by ai/qwen',
        path: 'ai/qwen',
        value: '950',
        fix: expect.stringContaining('another value'),
      },
    ]);
  });

  it('names the owner of a pin and the one that the program gives its value', () => {
    expect(allocate(owners('a'), new Map([['vmid a', '1001']]), { b: '1001' }).problems).toMatchObject([
      { code: 'vmid/pinned-taken', path: 'a', value: '1001', message: expect.stringMatching(/for a .* to b /) },
    ]);
  });

  it('tells two pins of one value, which a merge of branches can leave behind', () => {
    const pinned = new Map([
      ['vmid a', '1001'],
      ['vmid b', '1001'],
    ]);
    expect(allocate(owners('a', 'b'), pinned).problems).toMatchObject([
      { code: 'vmid/pinned-twice', path: 'b', value: '1001', message: 'vmid 1001 is pinned for a and for b' },
    ]);
  });

  it('lets one owner take a value twice', () => {
    const allocator = new Allocator(new Map());
    allocator.take('vmid', '950', 'a');
    allocator.take('vmid', '950', 'a');
    expect(allocator.problems).toEqual([]);
  });

  it('skips candidates that may not be given, and says when none is left', () => {
    expect([...allocate(owners('a', 'b'), new Map(), {}, small).values.values()].sort()).toEqual(['80', '82']);
    expect(allocate(owners('a', 'b', 'c'), new Map(), {}, small).problems).toMatchObject([
      { code: 'port/exhausted', path: 'c', fix: expect.any(String) },
    ]);
    const none = { ...small, size: 0 };
    expect(allocate(owners('a', 'b'), new Map(), {}, none).problems.map(({ path }) => path)).toEqual(['a', 'b']);
  });

  it('keeps pools apart', () => {
    const allocator = new Allocator(new Map());
    allocator.take('address 10.0.0.0/24', '10.0.0.5', 'a');
    allocator.take('address 10.0.1.0/24', '10.0.0.5', 'b');
    expect(allocator.problems).toEqual([]);
    allocator.take('address 10.0.1.0/24', '10.0.0.5', 'c');
    expect(allocator.problems).toMatchObject([{ code: 'address/taken-twice' }]);
  });
});

const path = fc.constantFrom('ai/a', 'ai/b', 'ai/c', 'ai/d', 'ai/my guest', 'web/a', 'web/b', 'web/c', 'x', 'y');
const guests = fc.uniqueArray(path);

describe('an allocator, whatever guests come and go', () => {
  it('renumbers nobody who stays', () => {
    fc.assert(
      fc.property(fc.array(guests, { minLength: 2, maxLength: 6 }), (history) => {
        let pinned: LockEntries = new Map();
        let before: ReadonlyMap<string, string> = new Map();
        for (const present of history) {
          const { values, pinned: next, problems } = allocate(owners(...[...present].sort()), pinned);
          expect(problems).toEqual([]);
          for (const [guest, value] of values) expect(before.get(guest) ?? value).toBe(value);
          expect(new Set(values.values()).size).toBe(present.length);
          [pinned, before] = [parseLockFile(renderLockFile(next)), values];
        }
      }),
    );
  });

  it('gives everybody the same in whatever order pinned owners ask', () => {
    fc.assert(
      fc.property(guests, fc.integer(), (present, seed) => {
        const { pinned, values } = allocate(owners(...present));
        const shuffled = [...present].sort(
          (a, b) => (Math.imul(a.length + a.charCodeAt(0), seed) % 7) - (Math.imul(b.length, seed) % 5),
        );
        expect(new Map([...allocate(owners(...shuffled), pinned).values].sort())).toEqual(new Map([...values].sort()));
      }),
    );
  });
});
