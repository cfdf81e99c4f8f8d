import type { Check } from './doctor-check.js';
import { count } from './print-problems.js';
import type { Style } from './style.js';

/** A line for each check, with the way out below; the last line counts. */
export function doctorText(checks: readonly Check[], style: Style): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const lines = checks.flatMap(({ name, status, message, fix }) => [
    `${words[status](style)}  ${name.padEnd(width)}  ${message}`,
    ...(fix === undefined ? [] : [`      ${' '.repeat(width)}  → ${fix}`]),
  ]);
  const of = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  return [...lines, `${count(of('fail'), 'failure')}, ${count(of('warn'), 'warning')}`].join('\n');
}

const words: Readonly<Record<Check['status'], (style: Style) => string>> = {
  ok: (style) => style.good('ok  '),
  warn: (style) => style.careful('warn'),
  fail: (style) => style.bad('fail'),
};
