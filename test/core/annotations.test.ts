import { describe, expect, it } from 'vitest';
import { Annotations } from '../../src/core/annotations.js';
import { Aspects } from '../../src/core/aspects.js';
import { newWorld, problemsOf, synth, Thing } from './small-world.js';

describe('annotations', () => {
  it('are kept with their construct, in order', () => {
    const { stack } = newWorld();
    const annotations = Annotations.of(stack);
    annotations.addWarning('team/old', 'old', 'renew it');
    Annotations.of(stack).addInfo('team/note', 'note');
    expect(annotations.findings).toEqual([
      { code: 'team/old', severity: 'warning', path: 'ai', message: 'old', fix: 'renew it' },
      { code: 'team/note', severity: 'info', path: 'ai', message: 'note' },
    ]);
  });

  it('become findings of the synth, and errors stop it', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a');
    Annotations.of(stack).addWarning('team/old', 'old');
    expect(synth(root).findings).toMatchObject([{ code: 'team/old', path: 'ai' }]);
    Annotations.of(stack).addError('team/broken', 'broken');
    expect(problemsOf(() => synth(root))).toMatchObject([{ code: 'team/broken', path: 'ai' }]);
  });

  it('refuse a code that no reader of the assembly would take', () => {
    const { stack } = newWorld();
    for (const code of ['Old', 'old', 'team/Old', 'team/old thing', '']) {
      expect(problemsOf(() => Annotations.of(stack).addInfo(code, 'x'))).toMatchObject([
        { code: 'finding/code', path: 'ai' },
      ]);
    }
    expect(Annotations.of(stack).findings).toEqual([]);
  });
});

describe('aspects', () => {
  it('visit everything below where they are attached, parents first', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a');
    new Thing(root.node.findChild('pve') as typeof stack, 'b');
    const seen: string[] = [];
    Aspects.of(stack).add({ visit: ({ node }) => void seen.push(node.path) });
    synth(root);
    expect(seen).toEqual(['ai', 'ai/a']);
  });

  it('may still add constructs, which are part of the synth', () => {
    const { root, stack } = newWorld();
    Aspects.of(stack).add({ visit: (construct) => void (construct === stack && new Thing(stack, 'late')) });
    expect(synth(root).described.map(({ path }) => path)).toEqual(['ai/late']);
  });

  it('visit once, however often the tree is synthesized', () => {
    const { root, stack } = newWorld();
    new Thing(stack, 'a');
    Aspects.of(stack).add({ visit: (construct) => Annotations.of(construct).addInfo('team/seen', 'seen') });
    expect(synth(root).findings).toHaveLength(2);
    expect(synth(root).findings).toHaveLength(2);
  });
});
