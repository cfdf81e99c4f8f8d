import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareLines, type LineDifference } from '../../src/toolkit/line-difference.js';

describe('comparing texts line by line', () => {
  it('shows what to take away and what to add, with the numbers of the lines', () => {
    expect(compareLines('a\nb\nc\nd\n', 'a\nx\nc\nd\ne\n')).toEqual([
      { change: 'removed', line: 2, text: 'b' },
      { change: 'added', line: 2, text: 'x' },
      { change: 'added', line: 5, text: 'e' },
    ]);
  });

  it('finds the fewest lines', () => {
    expect(compareLines('a\nb\nc\n', 'x\na\nb\nc\n')).toEqual([{ change: 'added', line: 1, text: 'x' }]);
    expect(compareLines('', 'a\n')).toHaveLength(1);
    expect(compareLines('same\n', 'same\n')).toEqual([]);
  });

  it('replaces whole what would take too long', () => {
    const many = (word: string) => Array.from({ length: 2_500 }, (_, index) => `${word} ${index}\n`).join('');
    const found = compareLines(many('a'), many('b'));
    expect(found).toHaveLength(5_000);
    expect(found.at(0)?.change).toBe('removed');
    expect(found.at(-1)).toEqual({ change: 'added', line: 2_500, text: 'b 2499' });
  });

  it('turns the former text into the later one, whatever they are', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(applied(before, compareLines(before, after))).toBe(after);
      }),
    );
  });
});

function applied(before: string, found: readonly LineDifference[]): string {
  const removed = new Set(found.filter((line) => line.change === 'removed').map((line) => line.line));
  const added = new Map(found.filter((line) => line.change === 'added').map((line) => [line.line, line.text]));
  const kept = before
    .split('\n')
    .slice(0, -1)
    .filter((_, index) => !removed.has(index + 1));
  const lines: string[] = [];
  while (kept.length > 0 || added.has(lines.length + 1)) {
    lines.push(added.get(lines.length + 1) ?? kept.shift() ?? '');
  }
  return lines.map((line) => `${line}\n`).join('');
}
