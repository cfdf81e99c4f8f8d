import type { Facts } from '../model/facts.js';
import type { FactsChange } from '../toolkit/facts/changes.js';
import { ageText } from './age.js';
import { fieldLine, glyph, lineLine } from './print-diff.js';
import { count } from './print-problems.js';
import type { Style } from './style.js';

/** The hosts that a project has facts of. */
export function listedText(
  found: readonly { readonly file: string; readonly facts: Facts }[],
  now: number,
): (style: Style) => string {
  return (style) =>
    found.length === 0
      ? 'No facts. Next  npx phoenix facts import --host root@HOST'
      : found
          .flatMap(({ file, facts }) => [headLine(file, facts, now, style), ...unknownLines(facts, style)])
          .join('\n');
}

/** What was imported, and what has changed on the host since it was last looked at. */
export function importedText(
  imported: {
    readonly file: string;
    readonly after: Facts;
    readonly before: Facts | undefined;
    readonly changes: readonly FactsChange[];
  },
  now: number,
): (style: Style) => string {
  const { file, after, before, changes } = imported;
  return (style) =>
    [
      headLine(file, after, now, style),
      ...unknownLines(after, style),
      ...changes.flatMap((change) => changeLines(change, style)),
      ...(before === undefined ? ['The first facts of this host.'] : [sinceLine(before, after, changes.length, style)]),
    ].join('\n');
}

function headLine(file: string, { node, pveVersion, guests, takenAt }: Facts, now: number, style: Style): string {
  const parts = [
    `${style.strong(file)}: ${node}`,
    pveVersion === undefined ? 'no Proxmox VE' : `PVE ${pveVersion}`,
    ...(guests === undefined ? [] : [count(guests.length, 'guest')]),
    `taken ${takenAt}, ${ageText(takenAt, now)} by its own stamp`,
  ];
  return parts.join(' · ');
}

function unknownLines({ unknown }: Facts, style: Style): string[] {
  return unknown.map(({ what, why }) => `  ${style.careful('unknown')} ${what}: ${why}`);
}

function sinceLine(before: Facts, after: Facts, changes: number, style: Style): string {
  const late = before.takenAt > after.takenAt ? style.careful(' These facts are older than the former ones.') : '';
  return `${changes === 0 ? 'Nothing changed' : count(changes, 'change')} since ${before.takenAt}.${late}`;
}

function changeLines({ what, name, change, fields, lines }: FactsChange, style: Style): string[] {
  const [only, ...others] = fields;
  // A value without keys of its own stands on the line of its name.
  if (only?.field === '' && others.length === 0) {
    return [fieldLine({ ...only, field: `${what} ${name}` }, style).replace(/^ {4}/, '')];
  }
  return [
    `  ${glyph(change, style)} ${what} ${name}`,
    ...fields.map((field) => fieldLine(field, style)),
    ...lines.map((line) => lineLine(line, style)),
  ];
}
