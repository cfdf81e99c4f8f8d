import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A regular expression in Perl's syntax. The flags that both languages know go into the pattern itself. */
export function perlPattern({ source, flags }: RegExp): string {
  const shared = flags.replaceAll(/[^ims]/g, '');
  return shared === '' ? source : `(?${shared}:${source})`;
}

/** A name and its values. */
export type StateLine = readonly (string | number | undefined)[];

/** One line each: a name and its values, encoded, apart by blanks. Lines without a value are left out. */
export function stateLines(lines: readonly StateLine[]): string {
  return lines
    .filter(([, value]) => value !== undefined)
    .map((words) => `${words.map((word) => encode(String(word))).join(' ')}\n`)
    .join('');
}

/** Printable ASCII without blank and `%` as it is, every other byte as %XX: what the Perl side decodes. */
export function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x2f;
      return plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** The process group of this process, which no fault may kill; 0 where it cannot be told. */
export function ownProcessGroup(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return 0;
  }
}

/** Lines of a file that are not empty; none if it is not there. */
export function readLines(file: string): string[] {
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}

/** Writes a file; folders are made. */
export function writeWithFolders(file: string, text: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
