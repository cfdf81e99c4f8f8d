import { skipBlanks, trim, trimEnd } from './blanks.js';
import { decodeDescription, withoutLastFeeds } from './guest-notes.js';
import { headerRole, type SectionRole, SPECIAL } from './guest-sections.js';

/** Which of the two grammars a guest's file follows. */
export type GuestKind = 'lxc' | 'qemu';

/** A line of a guest's file: key and value. */
export type GuestLine = readonly [key: string, value: string];

/** What stands below one header of a guest's file, or above the first. */
export interface GuestSection {
  /** The notes, decoded. The file's `#` lines are not comments but this text. No line feed at the end. */
  readonly description?: string;
  /** The options, each key once. */
  readonly keys: readonly GuestLine[];
  /** The `lxc.*` lines, handed to LXC as they are; their order counts. Containers only. */
  readonly raw: readonly GuestLine[];
}

/** The changes that wait for the guest's next start. */
export interface PendingSection extends GuestSection {
  /** Keys that will be taken away, as written: a `!` in front forces it. */
  readonly deletes: readonly string[];
}

/** A guest's file, `/etc/pve/lxc/ID.conf` or `/etc/pve/qemu-server/ID.conf`. */
export interface GuestConf extends GuestSection {
  readonly kind: GuestKind;
  readonly pending?: PendingSection;
  /** `[special:NAME]` sections of VMs. */
  readonly specials: readonly (readonly [name: string, section: GuestSection])[];
  readonly snapshots: readonly (readonly [name: string, section: GuestSection])[];
  /** One sentence with its line number for each line that Proxmox would drop, overrule or take for something else. */
  readonly oddities: readonly string[];
}

/**
 * Reads a guest's file as Proxmox does: unknown keys are kept, a later line of the same key wins, and what is no line
 * of the grammar is dropped and told in `oddities`. Never throws.
 */
export function parseGuestConf(text: string, kind: GuestKind): GuestConf {
  const reader = newReader(text, kind);
  let lineNumber = 0;
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    lineNumber++;
    readLine(reader, start, end, lineNumber);
    start = end + 1;
  }
  return finish(reader);
}

/** A section while it is read. */
interface OpenSection {
  readonly name: string;
  readonly role: SectionRole;
  notes: string | undefined;
  readonly keys: GuestLine[];
  /** The greatest key so far: files that Proxmox wrote are sorted, and then no key has to be looked up. */
  greatestKey: string;
  readonly raw: GuestLine[];
  readonly deletes: string[];
}

interface Reader {
  readonly text: string;
  readonly kind: GuestKind;
  section: OpenSection;
  readonly sections: OpenSection[];
  readonly oddities: string[];
}

const HASH = 0x23;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const UNDERSCORE = 0x5f;

function newReader(text: string, kind: GuestKind): Reader {
  const section = openSection('', 'main');
  return { text, kind, section, sections: [section], oddities: [] };
}

function openSection(name: string, role: SectionRole): OpenSection {
  return { name, role, notes: undefined, keys: [], greatestKey: '', raw: [], deletes: [] };
}

function readLine(reader: Reader, start: number, end: number, lineNumber: number): void {
  const { text, section } = reader;
  const first = text.charCodeAt(start);
  if (first === HASH) {
    addNotes(section, decodeDescription(text.slice(start + 1, end)));
    return;
  }
  if (first >= 0x61 && first <= 0x7a) {
    const colon = keyEnd(reader, start, end);
    const from = colon < 0 ? end : skipBlanks(text, colon + 1, end);
    if (from < end) {
      addKey(reader, text.slice(start, colon), text.slice(from, trimEnd(text, from, end)), lineNumber);
      return;
    }
  }
  if (start === end || skipBlanks(text, start, end) === end) {
    return;
  }
  readRareLine(reader, text.slice(start, end), lineNumber);
}

/** Headers, raw lines, deletions, and what is none of them. */
function readRareLine(reader: Reader, line: string, lineNumber: number): void {
  const { section, kind } = reader;
  if (line.charCodeAt(0) === OPEN_BRACKET && readHeader(reader, line, lineNumber)) {
    return;
  }
  const raw = kind === 'lxc' && line.startsWith('lxc.') ? parseRawLine(line) : undefined;
  if (raw !== undefined) {
    section.raw.push(raw);
    return;
  }
  const from = skipBlanks(line, 0, line.length);
  const value = line.startsWith('delete:', from) ? trim(line.slice(from + 7)) : '';
  if (value !== '') {
    addDeletes(reader, value, lineNumber);
    return;
  }
  oddity(reader, lineNumber, `'${line}' is no line of the grammar and will be lost`);
}

/** The place of the colon if the line starts with a key and one, else -1. */
function keyEnd(reader: Reader, start: number, end: number): number {
  const { text, kind } = reader;
  let i = start;
  let code = text.charCodeAt(i);
  while (i < end && ((code >= 0x61 && code <= 0x7a) || code === UNDERSCORE || (code === MINUS && kind === 'qemu'))) {
    code = text.charCodeAt(++i);
  }
  while (i < end && code >= 0x30 && code <= 0x39) {
    code = text.charCodeAt(++i);
  }
  return i < end && code === COLON ? i : -1;
}

function addKey(reader: Reader, key: string, value: string, lineNumber: number): void {
  const { section } = reader;
  if (key === 'delete' || key === 'description') {
    addSpecialKey(reader, key, value, lineNumber);
    return;
  }
  if (key > section.greatestKey) {
    section.greatestKey = key;
    section.keys.push([key, value]);
    return;
  }
  const earlier = section.keys.findIndex(([other]) => other === key);
  if (earlier < 0) {
    section.keys.push([key, value]);
  } else {
    oddity(reader, lineNumber, `'${key}' is given twice, the later value counts`);
    section.keys[earlier] = [key, value];
  }
}

function addSpecialKey(reader: Reader, key: 'delete' | 'description', value: string, lineNumber: number): void {
  if (key === 'delete') {
    addDeletes(reader, value, lineNumber);
    return;
  }
  oddity(reader, lineNumber, "the notes stand in a 'description' line, Proxmox will move them to '#' lines");
  addNotes(reader.section, decodeDescription(value));
}

function addNotes(section: OpenSection, line: string): void {
  section.notes = section.notes === undefined ? line : `${section.notes}\n${line}`;
}

function addDeletes(reader: Reader, value: string, lineNumber: number): void {
  if (reader.section.role === 'pending') {
    reader.section.deletes.push(...value.split(/[,;\s]/).filter((key) => key !== ''));
  } else {
    oddity(reader, lineNumber, "'delete' means something in the pending section only");
  }
}

function readHeader(reader: Reader, line: string, lineNumber: number): boolean {
  const header = trim(line);
  const name = header.endsWith(']') ? header.slice(1, -1) : '';
  const role = headerRole(reader.kind, name);
  if (role === undefined) {
    return false;
  }
  if (role === 'snapshot' && name.toLowerCase() === 'pending') {
    oddity(reader, lineNumber, `${header} makes a snapshot, the pending section of containers is [pve:pending]`);
  }
  const section = openSection(role === 'special' ? name.slice(SPECIAL.length) : name, role);
  const earlier = reader.sections.findIndex(
    (other) => other.role === role && (role === 'pending' || other.name === section.name),
  );
  if (earlier >= 0) {
    oddity(reader, lineNumber, `${header} is given twice, the later section counts`);
    reader.sections.splice(earlier, 1);
  }
  reader.sections.push(section);
  reader.section = section;
  return true;
}

/** `lxc.key: value` or `lxc.key = value`; the value may be empty, which resets a list in LXC. */
function parseRawLine(line: string): GuestLine | undefined {
  let end = 'lxc.'.length;
  while (isRawKeyCode(line.charCodeAt(end))) {
    end++;
  }
  const mark = line.charCodeAt(end) === COLON ? end : skipBlanks(line, end, line.length);
  const isLine = end > 'lxc.'.length && (line[mark] === ':' ? mark === end : line[mark] === '=');
  return isLine ? [line.slice(0, end), trim(line.slice(mark + 1))] : undefined;
}

function isRawKeyCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === UNDERSCORE ||
    code === MINUS ||
    code === 0x2e
  );
}

function finish(reader: Reader): GuestConf {
  const { kind, oddities, sections } = reader;
  const [main, ...others] = sections;
  const pending = others.find(({ role }) => role === 'pending');
  const named = (role: SectionRole) =>
    others.filter((section) => section.role === role).map((section) => [section.name, closed(section)] as const);
  return {
    kind,
    ...closed(main ?? reader.section),
    ...(pending !== undefined && { pending: { ...closed(pending), deletes: pending.deletes } }),
    specials: named('special'),
    snapshots: named('snapshot'),
    oddities,
  };
}

function closed(section: OpenSection): GuestSection {
  const { keys, raw } = section;
  const description = section.notes === undefined ? '' : withoutLastFeeds(section.notes);
  return description === '' ? { keys, raw } : { description, keys, raw };
}

function oddity(reader: Reader, lineNumber: number, what: string): void {
  reader.oddities.push(`line ${lineNumber}: ${what}`);
}
