import { readFileSync } from 'node:fs';
import { nearest } from '../base/nearest.js';

/** What is written of a code: how grave it is, what it means, and the way out. */
export interface CodeMeaning {
  readonly severity: string;
  readonly meaning: string;
  readonly fix: string;
}

/** Reads the table of codes in `docs/errors.md`. */
export function readCodes(file: string): ReadonlyMap<string, CodeMeaning> {
  const rows = readFileSync(file, 'utf8').matchAll(/^\| `([^`]+)` \| ([^|]+) \| (.+?) \| (.+) \|$/gm);
  return new Map(
    [...rows].map(([, code = '', severity = '', meaning = '', fix = '']) => [code, { severity, meaning, fix }]),
  );
}

/** The code that is most like `code`. What stands before the slash is half of every one of its codes, and makes none of them alike. */
export function nearestCode(code: string, known: Iterable<string>): string | undefined {
  const all = [...known];
  const siblings = codesOfArea(code, all);
  if (siblings.length === 0) {
    return nearest(code, all);
  }
  const area = areaOf(code);
  const like = nearest(
    code.slice(area.length),
    siblings.map((each) => each.slice(area.length)),
  );
  return like === undefined ? undefined : `${area}${like}`;
}

/** Those that begin as `code` does, up to the slash. */
export function codesOfArea(code: string, known: Iterable<string>): string[] {
  return [...known].filter((each) => each.startsWith(areaOf(code)));
}

function areaOf(code: string): string {
  return code.slice(0, code.indexOf('/') + 1);
}
