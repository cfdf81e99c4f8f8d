import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Stack } from '../../src/core/stack.js';
import { Machine, newWorld, problemsOf, stepIds, synth, Thing } from './small-world.js';

describe('the order of steps', () => {
  it('takes the need of a resource for its last steps', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a', { needs: ['thing/z'] });
    new Thing(stack, 'z', { steps: ['one', 'two'] });
    const synthesis = synth(root);
    expect(stepIds(synthesis)).toEqual(['thing/z/one', 'thing/z/two', 'thing/a/make']);
    expect([...synthesis.steps.values()].flat().at(-1)?.needs).toEqual(['thing/z/two']);
  });

  it('takes the need of a step for that step', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a', { needs: ['thing/z/one'] });
    new Thing(stack, 'z', { steps: ['one', 'two'] });
    expect(stepIds(synth(root))).toEqual(['thing/z/one', 'thing/a/make', 'thing/z/two']);
  });

  it('follows dependencies between constructs, of single ones and of whole scopes', () => {
    const { root, stack } = newWorld();
    const scope = new Construct(stack, 'scope');
    new Thing(scope, 'y', { steps: ['one', 'two'] });
    new Thing(scope, 'z');
    const users = new Construct(stack, 'users');
    new Thing(users, 'a', { steps: ['one', 'two'] });
    new Thing(users, 'b');
    users.node.addDependency(scope);
    const ids = stepIds(synth(root));
    for (const user of ['thing/a/one', 'thing/b/make']) {
      for (const used of ['thing/y/two', 'thing/z/make']) expect(ids.indexOf(used)).toBeLessThan(ids.indexOf(user));
    }
  });

  it('lets a scope depend on a part of itself', () => {
    const { root, stack } = newWorld();
    const first = new Thing(stack, 'z');
    new Thing(stack, 'a');
    stack.node.addDependency(first);
    expect(stepIds(synth(root)).sort()).toEqual(['thing/a/make', 'thing/z/make']);
  });

  it('names every need that nothing makes, with what is like it', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a', { needs: ['thing/modells'] });
    new Thing(stack, 'b', { needs: ['something-else-altogether'] });
    new Thing(stack, 'models');
    expect(problemsOf(() => synth(root))).toEqual([
      {
        code: 'graph/unknown-need',
        message: 'thing/a/make needs thing/modells, which nothing in the program makes on this host',
        path: 'ai/a',
        value: 'thing/modells',
        fix: 'did you mean thing/models?',
      },
      expect.objectContaining({ path: 'ai/b', fix: 'declare it, or import it with fromName' }),
    ]);
  });

  it('shows the way round a cycle, with the constructs', () => {
    const { root, stack } = newWorld();
    const a = new Thing(stack, 'a', { needs: ['thing/b'] });
    const b = new Thing(stack, 'b', { needs: ['thing/c'] });
    const c = new Thing(stack, 'c');
    c.node.addDependency(a);
    expect([a, b, c]).toHaveLength(3);
    expect(problemsOf(() => synth(root))).toMatchObject([
      {
        code: 'graph/cycle',
        path: 'ai/a',
        message: 'these need each other: thing/a/make → thing/b/make → thing/c/make → thing/a/make (ai/a, ai/b, ai/c)',
        value: ['thing/a/make', 'thing/b/make', 'thing/c/make', 'thing/a/make'],
        fix: expect.any(String),
      },
    ]);
  });

  it('orders each host for itself, and tells the problems of all of them', () => {
    const { root, stack } = newWorld();
    const other = new Stack(root, 'web', { host: new Machine(root, 'pve2') });
    new Thing(stack, 'a', { needs: ['thing/z'] });
    new Thing(other, 'b', { needs: ['thing/a'] });
    expect(problemsOf(() => synth(root)).map(({ path, value }) => [path, value])).toEqual([
      ['ai/a', 'thing/z'],
      ['web/b', 'thing/a'],
    ]);
  });

  it('is not deep: ten thousand things in a row are no problem', () => {
    const { root, stack } = newWorld();
    for (let i = 0; i < 10_000; i++) new Thing(stack, `t${i}`, i === 0 ? {} : { needs: [`thing/t${i - 1}`] });
    const ids = stepIds(synth(root));
    expect([ids[0], ids.at(-1)]).toEqual(['thing/t0/make', 'thing/t9999/make']);
  });
});
