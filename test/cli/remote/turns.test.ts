import { describe, expect, it } from 'vitest';
import { turnsOf } from '../../../src/cli/remote/turns.js';
import type { StackEntry } from '../../../src/toolkit/stack-list.js';

function stack(name: string, host: string, ...dependencies: string[]): StackEntry {
  return { name, host, dependencies, pveVersion: '9.1', restart: 'never', steps: 1, resources: 1 };
}

/** Each turn as `host stacks < what it waits for`. */
function shown(stacks: readonly StackEntry[], hosts: readonly string[], chosen: readonly string[] = []): string[] {
  const name = ({ host, stacks: own }: { host: string; stacks: readonly string[] | undefined }) =>
    `${host} ${own?.join('+') ?? 'all'}`;
  return turnsOf(stacks, hosts, chosen).turns.map((turn) => [name(turn), ...turn.waitsFor.map(name)].join(' < '));
}

describe('the turns of hosts', () => {
  it('are one each where nobody waits, whatever stacks of one host need of each other', () => {
    expect(shown([stack('a', 'p1', 'b'), stack('b', 'p1', 'a'), stack('c', 'p2')], ['p2', 'p1'])).toEqual([
      'p2 all',
      'p1 all',
    ]);
  });

  it('come after those that they wait for', () => {
    const stacks = [stack('a', 'p1', 'c'), stack('b', 'p2'), stack('c', 'p3', 'b')];
    expect(shown(stacks, ['p1', 'p2', 'p3'])).toEqual(['p2 all', 'p3 all < p2 all', 'p1 all < p3 all']);
  });

  it('are several for a host with stacks before and after those of another', () => {
    const stacks = [
      stack('a', 'p1'),
      stack('b', 'p2', 'a'),
      stack('c', 'p1', 'b'),
      stack('d', 'p1', 'c'),
      stack('e', 'p1'),
    ];
    expect(shown(stacks, ['p1', 'p2'])).toEqual(['p1 a+e', 'p2 all < p1 a+e', 'p1 c+d < p2 all']);
    expect(turnsOf(stacks, ['p1', 'p2']).turns.map(({ follows }) => follows?.stacks)).toEqual([
      undefined,
      undefined,
      ['a', 'e'],
    ]);
  });

  it('are about chosen stacks alone, as if there were no others', () => {
    const stacks = [stack('a', 'p1'), stack('b', 'p2', 'a'), stack('c', 'p1', 'b')];
    expect(shown(stacks, ['p1', 'p2'], ['b', 'c'])).toEqual(['p2 all', 'p1 all < p2 all']);
  });

  it('tell what is waited for of hosts that were not named', () => {
    const { unnamed } = turnsOf([stack('a', 'p1'), stack('b', 'p2', 'a')], ['p2']);
    expect(unnamed).toMatchObject([{ stack: 'b', needs: 'a', host: 'p1', turn: { host: 'p2' } }]);
  });
});
