import { PhoenixError, type Problem } from '../base/errors.js';
import { compareText } from '../base/stable.js';
import { parseBoolean } from './lists.js';

/** A line of a section: key and value. A key without value, which Proxmox takes for true, has the value `1`. */
export type SectionLine = readonly [key: string, value: string];

/** One entry of `storage.cfg`, `jobs.cfg`, `rules.cfg` and their like. */
export interface ConfigSection {
  /** What stands before the colon: `zfspool`, `vzdump`, `node-affinity`. */
  readonly type: string;
  /** What stands behind it: the name of the entry. */
  readonly id: string;
  /** The options. Some files give a key several times (`map`); the order of those counts. */
  readonly lines: readonly SectionLine[];
  /** Keys that Proxmox's schema for this type calls required; they are written before the others. Default: none */
  readonly required?: readonly string[];
}

/** How one file differs from the common grammar. */
export interface SectionGrammar {
  /** The type of every entry, where a header is only the name: the files in `mapping/`. Default: `type: id` */
  readonly onlyType?: string;
  /** Whether types are read in any case and kept in lower case. Default: as written */
  readonly foldsType?: true;
}

/** An entry as it was found. */
export interface ParsedSection extends ConfigSection {
  /**
   * The entry byte for byte, with the comments and blank lines in front of it (the last entry: also with what
   * follows). All entries' texts together are the file.
   */
  readonly raw: string;
  /** One sentence with its line number for each line near the entry that Proxmox would skip. */
  readonly oddities: readonly string[];
}

/**
 * Reads a file of sections as Proxmox does: a header `type: id`, indented lines, and an empty line or the end of the
 * file; a line of blanks ends nothing. Never throws. A file without any entry gives an empty list, also if there are
 * comments in it.
 */
export function parseSections(text: string, grammar: SectionGrammar = {}): ParsedSection[] {
  const reader: Reader = { grammar, sections: [], isOpen: false, waiting: [] };
  let lineNumber = 0;
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start);
    const next = feed < 0 ? text.length : feed + 1;
    lineNumber++;
    readLine(reader, text.slice(start, feed < 0 ? text.length : feed), next, lineNumber);
    start = next;
  }
  reader.sections.at(-1)?.oddities.push(...reader.waiting);
  return reader.sections.map(({ end, ...section }, index) => {
    const from = reader.sections[index - 1]?.end ?? 0;
    const to = index === reader.sections.length - 1 ? text.length : end;
    return { ...section, raw: text.slice(from, to) };
  });
}

/**
 * Writes sections in the given order. Those that were found and still carry their `raw` text come out byte for byte,
 * so that entries of others stay as they are; all others are written as Proxmox writes them: one tab, `comment`, a bare
 * `disable` (none if it is false), the required keys sorted, the others sorted, an empty line.
 * @throws `section/name`, `section/duplicate`, `key/invalid`, `value/empty`, `value/blank` or `value/newline`, all of
 * them
 */
export function renderSections(
  sections: readonly (ConfigSection | ParsedSection)[],
  grammar: SectionGrammar = {},
): string {
  const problems = sectionProblems(sections);
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const texts = sections.map((section) => ('raw' in section ? section.raw : sectionText(section, grammar)));
  return texts.map((text, index) => (index < texts.length - 1 ? text + missingEnd(text) : text)).join('');
}

/** A section while it is read. */
interface OpenSection {
  readonly type: string;
  readonly id: string;
  readonly lines: SectionLine[];
  readonly oddities: string[];
  /** The place behind its last line so far. */
  end: number;
}

interface Reader {
  readonly grammar: SectionGrammar;
  readonly sections: OpenSection[];
  /** Whether lines belong to the last section; an empty line ends it. */
  isOpen: boolean;
  /** Oddities between sections: the next one will take them. */
  waiting: string[];
}

function readLine(reader: Reader, line: string, next: number, lineNumber: number): void {
  const from = skipBlanks(line, 0);
  const isBlank = from === line.length;
  const section = reader.isOpen ? reader.sections.at(-1) : undefined;
  if (section !== undefined) {
    section.end = next;
    reader.isOpen = line !== '';
  }
  if (isBlank || line[from] === '#') {
    return;
  }
  if (section !== undefined) {
    readOption(section, reader.grammar, line, from, lineNumber);
    return;
  }
  const header = parseHeader(line, reader.grammar);
  if (header === undefined) {
    reader.waiting.push(`line ${lineNumber}: '${line}' belongs to no section`);
    return;
  }
  const [type, id] = header;
  reader.sections.push({ type, id, lines: [], oddities: reader.waiting, end: next });
  reader.waiting = [];
  reader.isOpen = true;
}

function readOption(
  section: OpenSection,
  grammar: SectionGrammar,
  line: string,
  from: number,
  lineNumber: number,
): void {
  if (from === 0) {
    const isHeader = parseHeader(line, grammar) !== undefined;
    const hint = isHeader ? 'an empty line, without even a blank, is missing above it' : 'it is not indented';
    section.oddities.push(`line ${lineNumber}: '${line}' has no effect, ${hint}`);
    return;
  }
  let end = from;
  while (end < line.length && !isBlankCode(line.charCodeAt(end))) {
    end++;
  }
  const value = trimEnd(line, skipBlanks(line, end));
  section.lines.push([line.slice(from, end), value === '' ? '1' : value]);
}

/** `type: id` or, in some files, `id` at the start of the line; blanks between and behind. */
function parseHeader(line: string, grammar: SectionGrammar): readonly [type: string, id: string] | undefined {
  if (grammar.onlyType !== undefined) {
    const id = trimEnd(line, 0);
    return isName(id) ? [grammar.onlyType, id] : undefined;
  }
  const colon = line.indexOf(':');
  const type = line.slice(0, Math.max(colon, 0));
  const id = trimEnd(line, skipBlanks(line, colon + 1));
  return isType(type) && isId(id) ? [grammar.foldsType === true ? type.toLowerCase() : type, id] : undefined;
}

/** What a header without a type has to be, so that no other line is taken for one. */
function isName(text: string): boolean {
  return /^[A-Za-z][\w-]+$/.test(text);
}

function isType(text: string): boolean {
  return /^[A-Za-z][\w-]*$/.test(text);
}

function isId(text: string): boolean {
  return text !== '' && !/[ \t\n\v\f\r\0]/.test(text);
}

function sectionText(section: ConfigSection, grammar: SectionGrammar): string {
  const rank = (key: string): number => {
    const head = ['comment', 'disable'].indexOf(key);
    return head >= 0 ? head : section.required?.includes(key) === true ? 2 : 3;
  };
  const lines = [...section.lines].sort(([a], [b]) => rank(a) - rank(b) || compareText(a, b));
  const header = grammar.onlyType === undefined ? `${section.type}: ${section.id}` : section.id;
  return `${header}\n${lines.map(lineText).join('')}\n`;
}

function lineText([key, value]: SectionLine): string {
  if (key !== 'disable') {
    return `\t${key} ${value}\n`;
  }
  return parseBoolean(value) === false ? '' : '\tdisable\n';
}

/** What has to follow the text so that the next header is not taken for a line of this section. */
function missingEnd(text: string): string {
  return text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
}

function sectionProblems(sections: readonly (ConfigSection | ParsedSection)[]): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set(sections.filter((section) => 'raw' in section).map(({ id }) => id));
  for (const section of sections) {
    // What others wrote is theirs, right or wrong.
    if ('raw' in section) {
      continue;
    }
    const { type, id } = section;
    if (!isType(type) || !isId(id)) {
      const fix = 'use a type of letters, digits, - and _, and a name without blanks';
      problems.push({ code: 'section/name', message: `'${type}: ${id}' is no header of a section`, value: id, fix });
    }
    if (seen.has(id)) {
      const fix = 'rename one; Proxmox would take the last and drop the other';
      problems.push({ code: 'section/duplicate', message: `there are two sections '${id}'`, value: id, fix });
    }
    seen.add(id);
    problems.push(...section.lines.flatMap(([key, value]) => lineProblems(`${type}: ${id}`, key, value)));
  }
  return problems;
}

function lineProblems(path: string, key: string, value: string): Problem[] {
  const problems: Problem[] = [];
  if (!/^[A-Za-z][\w-]*$/.test(key)) {
    const fix = 'a key is a letter, then letters, digits, - and _';
    problems.push({ code: 'key/invalid', path, message: `'${key}' is no key of a section`, value: key, fix });
  }
  if (value === '') {
    const fix = 'give a value or leave the key out';
    problems.push({ code: 'value/empty', path, message: `'${key}' has no value`, value, fix });
  } else if (/[\n\r\0]/.test(value)) {
    const message = `'${key}' has a value with a line break or NUL: ${JSON.stringify(value)}`;
    problems.push({ code: 'value/newline', path, message, value, fix: 'use a value of one line' });
  } else if (value !== trimEnd(value, skipBlanks(value, 0))) {
    const message = `'${key}' has a value with blanks around it: '${value}'`;
    problems.push({ code: 'value/blank', path, message, value, fix: 'take the blanks away, Proxmox drops them' });
  }
  return problems;
}

function skipBlanks(text: string, start: number): number {
  let i = start;
  while (i < text.length && isBlankCode(text.charCodeAt(i))) {
    i++;
  }
  return i;
}

/** The text from `start` on, without the blanks at its end. */
function trimEnd(text: string, start: number): string {
  let end = text.length;
  while (end > start && isBlankCode(text.charCodeAt(end - 1))) {
    end--;
  }
  return text.slice(start, end);
}

function isBlankCode(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
