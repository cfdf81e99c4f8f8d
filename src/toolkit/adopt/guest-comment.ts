import type { Draft } from './draft.js';

/** Most lines of notes that are repeated; all of them stay on the host. */
const noteLines = 3;

/** What people should know of a guest where they read its props: its notes, and what of its file is not in the program. */
export function guestComment(draft: Draft): string[] {
  const { conf } = draft.guest;
  const notes = (conf.description ?? '')
    .split('\n')
    .map((line) => plain(line))
    .filter((line) => line !== '');
  const more = notes.length > noteLines ? [`… (${notes.length - noteLines} more lines of notes on the host)`] : [];
  const snapshots = conf.snapshots.map(([name]) => name);
  return [
    ...notes.slice(0, noteLines),
    ...more,
    ...(snapshots.length === 0
      ? []
      : [`Snapshots: ${snapshots.join(', ')}. They keep the config that they were taken with.`]),
    ...draft.remarks
      .filter(({ is }) => is === 'pending' || is === 'host')
      .map(({ key, why }) => plain(`${key}: ${why}`)),
  ].map((line) => `// ${line}`);
}

/** One line that a comment of a program can hold: nothing that ends a line or turns the direction of text. */
function plain(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ').trim();
  return line.length > 110 ? `${line.slice(0, 109)}…` : line;
}
