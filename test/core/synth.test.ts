import { Construct, RootConstruct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { PhoenixError } from '../../src/base/errors.js';
import { Annotations } from '../../src/core/annotations.js';
import type { Check } from '../../src/core/resource.js';
import { Stack } from '../../src/core/stack.js';
import { type Referable, reference } from '../../src/model/reference.js';
import { Machine, newWorld, numbers, problemsOf, synth, Thing } from './small-world.js';

describe('a synth', () => {
  it('goes through resources in path order, whatever the order they were made in', () => {
    const { root, stack } = newWorld();
    for (const id of ['c', 'a', 'b']) new Thing(stack, id);
    expect(synth(root).described.map(({ path }) => path)).toEqual(['ai/a', 'ai/b', 'ai/c']);
  });

  it('allocates what is missing after it took what is given', () => {
    const { root, stack } = newWorld();
    const asking = new Thing(stack, 'a', { pool: numbers });
    synth(root);
    const wanted = asking.number ?? 0;
    const again = newWorld();
    const other = new Thing(again.stack, 'a', { pool: numbers });
    new Thing(again.stack, 'z', { number: wanted });
    const { pinned } = synth(again.root);
    expect(other.number).not.toBe(wanted);
    expect([...pinned]).toEqual([['number ai/a', String(other.number)]]);
  });

  it('completes a resource once, whoever asks for its spec', () => {
    const { root, stack } = newWorld();
    let times = 0;
    const shared = new Thing(stack, 'z', { number: 7, complete: () => times++ });
    for (const id of ['a', 'b']) {
      new Thing(stack, id, { complete: (completion) => expect(completion.specOf(shared)).toEqual({ number: 7 }) });
    }
    synth(root);
    expect(times).toBe(1);
  });

  it('knows which identities a host has', () => {
    const { root, stack, host } = newWorld();
    const seen: boolean[] = [];
    new Thing(stack, 'a', {
      complete: (completion) => {
        seen.push(
          completion.has(host, 'thing/b'),
          completion.has(host, 'thing/c'),
          completion.at('ai/b') !== undefined,
        );
      },
    });
    new Thing(stack, 'b');
    synth(root);
    expect(seen).toEqual([true, false, true]);
  });

  it('runs a check once, over everything, and sorts what it finds', () => {
    const { root, stack } = newWorld();
    let times = 0;
    const check: Check = {
      name: 'team/check',
      *test(world) {
        times++;
        for (const { path } of world.resources) yield { code: 'team/seen', severity: 'info', path, message: world.app };
        yield { code: 'team/late', severity: 'warning', path: 'z', message: 'late' };
      },
    };
    new Thing(stack, 'b', { checks: [check] });
    new Thing(stack, 'a', { checks: [check] });
    expect(synth(root).findings.map(({ code, path }) => [code, path])).toEqual([
      ['team/late', 'z'],
      ['team/seen', 'ai/a'],
      ['team/seen', 'ai/b'],
    ]);
    expect(times).toBe(1);
  });

  it('finds what constructs say of themselves', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a', { findings: [{ code: 'team/own', severity: 'warning', path: '', message: 'own' }] });
    stack.node.addValidation({ validate: () => ['it is not right'] });
    expect(problemsOf(() => synth(root))).toMatchObject([
      { code: 'construct/invalid', path: 'ai', message: 'it is not right' },
    ]);
  });

  it('describes only when nothing is wrong', () => {
    const { root, stack } = newWorld();
    let described = false;
    new Thing(stack, 'a', { describe: () => (described = true) });
    Annotations.of(stack).addError('team/broken', 'broken');
    expect(problemsOf(() => synth(root))).toHaveLength(1);
    expect(described).toBe(false);
  });

  it('gives the same when it is asked again', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a', { pool: numbers, files: { 'root/x': 'y' } });
    const first = synth(root);
    const second = synth(root, { pinned: first.pinned });
    expect(second.described.map(({ outcome }) => outcome)).toEqual(first.described.map(({ outcome }) => outcome));
    expect(second.pinned).toEqual(first.pinned);
  });

  it('locks the tree', () => {
    const { root, stack } = newWorld();
    synth(root);
    expect(() => new Construct(stack, 'late')).toThrow(/during synthesis/);
  });
});

describe('a synth that refuses', () => {
  it('tells the problems of a phase together, by path, and each once', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'b', { number: 1 });
    new Thing(stack, 'c', { number: 1 });
    new Thing(stack, 'a', { pool: { ...numbers, size: 0 } });
    expect(problemsOf(() => synth(root)).map(({ code, path }) => [code, path])).toEqual([
      ['number/exhausted', 'ai/a'],
      ['number/taken-twice', 'ai/c'],
    ]);
  });

  it('tells a problem once, though many stand on it', () => {
    const { root, stack } = newWorld();
    const broken = new Thing(stack, 'z', { complete: () => refuse('ai/z') });
    for (const id of ['a', 'b']) new Thing(stack, id, { complete: (completion) => void completion.specOf(broken) });
    expect(problemsOf(() => synth(root)).filter(({ path }) => path === 'ai/z')).toHaveLength(1);
  });

  it('names the construct for problems that know a place in a text, or none', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a', { describe: () => refuse() });
    new Thing(stack, 'b', { describe: () => refuse('[RULES] 3') });
    new Thing(stack, 'c', { describe: () => refuse('ai/c') });
    expect(problemsOf(() => synth(root)).map(({ path, message }) => [path, message])).toEqual([
      ['ai/a', 'wrong'],
      ['ai/b', '[RULES] 3: wrong'],
      ['ai/c', 'wrong'],
    ]);
  });

  it('lets errors that are no problems pass as they are', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a', {
      describe: () => {
        throw new TypeError('a mistake of ours');
      },
    });
    expect(() => synth(root)).toThrow(TypeError);
  });

  it('names both makers of one identity', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'b', { identity: 'zfs/x' });
    new Thing(stack, 'a', { identity: 'zfs/x' });
    expect(problemsOf(() => synth(root))).toEqual([
      {
        code: 'identity/taken-twice',
        message: 'zfs/x is made by ai/a and by ai/b',
        path: 'ai/b',
        value: 'zfs/x',
        fix: expect.any(String),
      },
    ]);
  });

  it('lets two hosts have the same identity', () => {
    const { root, stack } = newWorld();
    const other = new Stack(root, 'web', { host: new Machine(root, 'pve2') });
    for (const scope of [stack, other]) new Thing(scope, 'a');
    expect(synth(root).described).toHaveLength(2);
  });

  it('shows resources that are made from each other, once, however many stand before the circle', () => {
    const { root, stack } = newWorld();
    const things = new Map<string, Thing>();
    const needs = { a: 'c', b: 'c', c: 'b' };
    for (const [id, next] of Object.entries(needs)) {
      things.set(
        id,
        new Thing(stack, id, { complete: (completion) => void completion.specOf(things.get(next) as Thing) }),
      );
    }
    expect(problemsOf(() => synth(root))).toEqual([
      {
        code: 'graph/cycle',
        message: 'these are made from each other: ai/b → ai/c → ai/b',
        path: 'ai/b',
        fix: expect.any(String),
      },
    ]);
  });
});

describe('stacks', () => {
  it('refuse names that would do neither as a folder nor on a command line', () => {
    const { root, host } = newWorld();
    for (const id of ['a b', '-a', '.a', 'ä', 'a;b']) {
      expect(problemsOf(() => new Stack(root, id, { host }))).toMatchObject([
        { code: 'stack/name', path: id, value: id },
      ]);
    }
  });

  it('refuse props that a program without types may hold, all at once', () => {
    const { root } = newWorld();
    const props = { restrat: 'never', restart: 'sometimes', host: root } as never;
    expect(problemsOf(() => new Stack(root, 'b', props))).toMatchObject([
      {
        code: 'config/wrong-value',
        path: 'b',
        message: expect.stringMatching(/^`host` is a RootConstruct, expected a PveNode/),
      },
      { code: 'config/wrong-value', path: 'b', value: 'sometimes' },
      { code: 'config/unknown-key', path: 'b', value: 'restrat', fix: 'did you mean `restart`?' },
    ]);
    expect(problemsOf(() => new Stack(root, 'c', {} as never))).toMatchObject([{ code: 'config/missing', path: 'c' }]);
  });

  it('have names of their own in the whole app, which differ in more than case', () => {
    const { root, host } = newWorld();
    const scope = new Construct(root, 'site');
    new Thing(new Stack(scope, 'AI', { host, restart: 'allowed' }), 'a');
    expect(problemsOf(() => synth(root))).toEqual([
      {
        code: 'stack/taken-twice',
        message: 'the folder stacks/AI would be of ai and of site/AI',
        path: 'site/AI',
        value: 'AI',
        fix: expect.any(String),
      },
    ]);
  });

  it('stay clear of the folders of hosts', () => {
    const { root, host } = newWorld();
    new Thing(host, 'own');
    new Stack(root, 'host-pve', { host });
    expect(problemsOf(() => synth(root))).toMatchObject([{ code: 'stack/taken-twice', value: 'host-pve' }]);
  });

  it('tell two hosts of one name', () => {
    const { root, host } = newWorld();
    new Thing(host, 'own');
    new Thing(new Machine(root, 'second', 'pve'), 'own');
    expect(problemsOf(() => synth(root))).toMatchObject([{ code: 'stack/taken-twice', path: 'second' }]);
  });
});

describe('a resource', () => {
  it('belongs to a stack, or to the host that it lies below', () => {
    const { stack, host } = newWorld();
    expect(new Thing(stack, 'a').home).toMatchObject({ name: 'ai', restart: 'never' });
    expect(new Thing(new Construct(host, 'deep'), 'b').home).toMatchObject({ name: 'host-pve', stack: undefined });
  });

  it('cannot hang in the air', () => {
    const thing = new Thing(new RootConstruct(), 'a');
    expect(problemsOf(() => thing.home)).toMatchObject([{ code: 'scope/no-host', path: 'a', fix: expect.any(String) }]);
  });

  it('refuses things of another host, wherever in its props they stand, all at once', () => {
    const { stack } = newWorld();
    const thing = new Thing(stack, 'a');
    const of = (host: string | undefined, plain: string): Referable => ({
      [reference]: { kind: 'storage', plain, host },
    });
    const props = {
      own: of('pve', 'x'),
      shared: of(undefined, 'y'),
      disk: { storage: of('pve2', 'fast') },
      list: [of('pve3', 'z')],
    };
    expect(problemsOf(() => thing.refuseReferences(props))).toMatchObject([
      {
        code: 'scope/other-host',
        path: 'ai/a',
        value: 'fast',
        message: expect.stringMatching(/^`disk.storage` is a storage of host pve2/),
      },
      { code: 'scope/other-host', path: 'ai/a', value: 'z', message: expect.stringMatching(/^`list.0`/) },
    ]);
  });
});

function refuse(path?: string): never {
  throw new PhoenixError({ code: 'team/wrong', message: 'wrong', ...(path === undefined ? {} : { path }) });
}
