import { readFileSync } from 'node:fs';

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
