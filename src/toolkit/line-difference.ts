/** One line that is only in the former or only in the later text. */
export interface LineDifference {
  readonly change: 'added' | 'removed';
  /** Number of the line in the text that has it, counted from 1. */
  readonly line: number;
  readonly text: string;
}

/** The fewest lines to take away and to add, in the order of reading. Texts too large for that are replaced whole. */
export function compareLines(before: string, after: string): LineDifference[] {
  const [from, to] = [linesOf(before), linesOf(after)];
  const start = commonStart(from, to);
  const end = commonEnd(from, to, start);
  const [fromMiddle, toMiddle] = [from.slice(start, from.length - end), to.slice(start, to.length - end)];
  const lengths = commonLengths(fromMiddle, toMiddle);
  const found: LineDifference[] = [];
  for (let i = 0, j = 0; i < fromMiddle.length || j < toMiddle.length; ) {
    const [here, there] = [fromMiddle[i], toMiddle[j]];
    if (lengths !== undefined && here === there) {
      i++;
      j++;
    } else if (here !== undefined && (there === undefined || longer(lengths, i + 1, j) >= longer(lengths, i, j + 1))) {
      found.push({ change: 'removed', line: start + ++i, text: here });
    } else {
      found.push({ change: 'added', line: start + ++j, text: there ?? '' });
    }
  }
  return found;
}

/** More cells than this and the table costs more than the answer is worth. */
const MOST_CELLS = 4_000_000;

/** Length of the longest common run of lines from each pair of places on; undefined if the table would be too large. */
function commonLengths(from: readonly string[], to: readonly string[]): Uint32Array[] | undefined {
  if (from.length * to.length > MOST_CELLS) {
    return undefined;
  }
  const rows = Array.from({ length: from.length + 1 }, () => new Uint32Array(to.length + 1));
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      const row = rows[i] as Uint32Array;
      row[j] =
        from[i] === to[j] ? longer(rows, i + 1, j + 1) + 1 : Math.max(longer(rows, i + 1, j), longer(rows, i, j + 1));
    }
  }
  return rows;
}

function longer(lengths: readonly Uint32Array[] | undefined, i: number, j: number): number {
  return lengths?.[i]?.[j] ?? 0;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function commonStart(from: readonly string[], to: readonly string[]): number {
  const differing = from.findIndex((line, index) => line !== to[index]);
  return differing === -1 ? from.length : differing;
}

function commonEnd(from: readonly string[], to: readonly string[], start: number): number {
  const most = Math.min(from.length, to.length) - start;
  let count = 0;
  while (count < most && from[from.length - 1 - count] === to[to.length - 1 - count]) {
    count++;
  }
  return count;
}
