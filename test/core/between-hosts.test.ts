import { describe, expect, it } from 'vitest';
import { Stack } from '../../src/core/stack.js';
import { Machine, newWorld, problemsOf, synth, Thing } from './small-world.js';

/** A second host with a stack, beside `ai` on `pve`. */
function twoHosts() {
  const world = newWorld();
  return { ...world, web: new Stack(world.root, 'web', { host: new Machine(world.root, 'pve2') }) };
}

/** What a resource does once for the cluster. */
class Shared extends Thing {
  override get isClusterWide(): boolean {
    return true;
  }
}

describe('hosts that wait for each other', () => {
  it('do so where a stack depends on one of another host', () => {
    const { root, stack, web } = twoHosts();
    new Thing(stack, 'a');
    new Thing(web, 'b');
    web.addDependency(stack);
    expect([...synth(root).waits]).toEqual([['web', ['ai']]]);
  });

  it('do so where a construct depends on a construct of another host', () => {
    const { root, stack, web } = twoHosts();
    const a = new Thing(stack, 'a');
    new Thing(web, 'b').node.addDependency(a);
    expect([...synth(root).waits]).toEqual([['web', ['ai']]]);
  });

  it('do so where one needs what another does for the whole cluster', () => {
    const { root, stack, web } = twoHosts();
    new Shared(stack, 'names');
    const asked: boolean[] = [];
    new Thing(web, 'b', {
      needs: ['thing/names/make'],
      complete: ({ has }) => asked.push(has(web.host, 'thing/names'), has(web.host, 'thing/other')),
    });
    const { waits, steps } = synth(root);
    expect([...waits]).toEqual([['web', ['ai']]]);
    expect([...steps.values()].flat().map(({ needs }) => needs)).toEqual([[], []]);
    expect(asked).toEqual([true, false]);
  });

  it('do not where all of it is on one host', () => {
    const { root, stack, host } = newWorld();
    const other = new Stack(root, 'web', { host });
    new Shared(stack, 'a');
    new Thing(other, 'b', { needs: ['thing/a/make'] });
    other.addDependency(stack);
    const { waits, steps } = synth(root);
    expect(waits.size).toBe(0);
    expect([...steps.values()].flat().at(-1)?.needs).toEqual(['thing/a/make']);
  });

  it('are refused where they would do so for ever, by the stacks of the circle alone', () => {
    const { root, stack, web, host } = twoHosts();
    const edge = new Stack(root, 'edge', { host });
    for (const place of [stack, web, edge]) new Thing(place, `in-${place.node.id}`);
    web.addDependency(stack);
    stack.addDependency(web);
    edge.addDependency(web);
    expect(problemsOf(() => synth(root))).toMatchObject([
      {
        code: 'graph/cycle',
        message: expect.stringMatching(/wait for each other: (ai → web → ai|web → ai → web)$/),
        fix: 'put what others wait for into a stack of its own',
      },
    ]);
  });
});
