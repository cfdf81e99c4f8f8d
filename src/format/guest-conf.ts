import { PhoenixError, type Problem } from '../base/errors.js';
import { compareText } from '../base/stable.js';

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

/**
 * Writes a guest's file exactly as Proxmox would: the notes, the keys in byte order, the raw lines, the pending
 * section, then the other sections, each after a blank line. Raw lines keep their order, except that the runtime
 * environment comes first.
 *
 * `kind` is `lxc` unless given. `oddities` are not written.
 * @throws `key/invalid`, `key/duplicate`, `section/name`, `value/empty`, `value/blank` or `value/newline`, all that
 * were found
 */
export function renderGuestConf(conf: GuestSection & Partial<GuestConf>): string {
  const { kind = 'lxc', pending, specials = [], snapshots = [] } = conf;
  const writer: Writer = { kind, problems: [] };
  let text = sectionText(conf, '', writer);
  if (pending !== undefined) {
    const body = sectionText(pending, pendingHeader[kind], writer, pending.deletes);
    text += body === '' ? '' : `\n${pendingHeader[kind]}\n${body}`;
  }
  for (const [name, section] of sortedByName(specials)) {
    text += namedSectionText(SPECIAL + name, 'special', section, writer);
  }
  for (const [name, section] of sortedByName(snapshots)) {
    text += namedSectionText(name, 'snapshot', section, writer);
  }
  if (writer.problems.length > 0) {
    throw new PhoenixError(writer.problems);
  }
  return text;
}

/**
 * Any text as one line that guest files and Proxmox's comments can hold: `%`, `:`, control characters and everything
 * beyond ASCII become the `%XX` of their UTF-8 bytes.
 */
export function encodeDescription(text: string): string {
  return text.replace(/[^ -$&-9;-~]+/g, percentBytes);
}

/**
 * The text that {@link encodeDescription} was given. Every `%XX` counts, also one that somebody typed: `%41` is `A`.
 */
export function decodeDescription(line: string): string {
  if (!line.includes('%')) {
    return line;
  }
  const bytes: number[] = [];
  const source = Buffer.from(line);
  for (let i = 0; i < source.length; i++) {
    const byte = source[i] ?? 0;
    const high = byte === PERCENT ? hexValue(source[i + 1]) : -1;
    const low = high < 0 ? -1 : hexValue(source[i + 2]);
    if (low < 0) {
      bytes.push(byte);
    } else {
      bytes.push(high * 16 + low);
      i += 2;
    }
  }
  return Buffer.from(bytes).toString();
}

/** A section while it is read. */
interface OpenSection {
  readonly name: string;
  readonly role: 'main' | 'pending' | 'special' | 'snapshot';
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

const pendingHeader: Readonly<Record<GuestKind, string>> = { lxc: '[pve:pending]', qemu: '[PENDING]' };
const SPECIAL = 'special:';
const HASH = 0x23;
const PERCENT = 0x25;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const UNDERSCORE = 0x5f;

function newReader(text: string, kind: GuestKind): Reader {
  const section = openSection('', 'main');
  return { text, kind, section, sections: [section], oddities: [] };
}

function openSection(name: string, role: OpenSection['role']): OpenSection {
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

function headerRole(kind: GuestKind, name: string): OpenSection['role'] | undefined {
  if (`[${name.toLowerCase()}]` === pendingHeader[kind].toLowerCase()) {
    return 'pending';
  }
  if (kind === 'qemu' && isSpecialName(name)) {
    return 'special';
  }
  return isSnapshotName(name) ? 'snapshot' : undefined;
}

function isSpecialName(name: string): boolean {
  return /^special:[a-z][a-z0-9-]*$/.test(name);
}

function isSnapshotName(name: string): boolean {
  return /^[a-z][a-z0-9_-]+$/i.test(name);
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
  const named = (role: OpenSection['role']) =>
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

interface Writer {
  readonly kind: GuestKind;
  readonly problems: Problem[];
}

function namedSectionText(name: string, role: 'special' | 'snapshot', section: GuestSection, writer: Writer): string {
  if (headerRole(writer.kind, name) !== role) {
    const fix = 'a section is named by a letter, then letters, digits, - and _';
    writer.problems.push({
      code: 'section/name',
      message: `'${name}' is no name of a ${role} section`,
      value: name,
      fix,
    });
  }
  return `\n[${name}]\n${sectionText(section, `[${name}] `, writer)}`;
}

function sectionText(section: GuestSection, place: string, writer: Writer, deletes: readonly string[] = []): string {
  let text = notesText(section.description ?? '');
  const deleteLine: GuestLine[] = deletes.length === 0 ? [] : [['delete', deletes.join(',')]];
  let last = '';
  for (const [key, value] of [...section.keys, ...deleteLine].sort((a, b) => compareText(a[0], b[0]))) {
    checkKey(key, last, deletes, place, writer);
    checkValue(key, value, place, writer);
    last = key;
    text += `${key}: ${value}\n`;
  }
  for (const [key, value] of environmentFirst(section.raw)) {
    checkRaw(key, value, place, writer);
    text += `${key}: ${value}\n`;
  }
  return text;
}

function notesText(description: string): string {
  const notes = withoutLastFeeds(description);
  return notes === ''
    ? ''
    : notes
        .split('\n')
        .map((line) => `#${encodeDescription(line)}\n`)
        .join('');
}

/** Proxmox drops empty lines at the end of the notes when it writes. */
function withoutLastFeeds(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') {
    end--;
  }
  return text.slice(0, end);
}

function checkKey(key: string, last: string, deletes: readonly string[], place: string, writer: Writer): void {
  const pattern = writer.kind === 'lxc' ? /^[a-z][a-z_]*\d*$/ : /^[a-z][a-z_-]*\d*$/;
  const isReserved = key === 'description' || (key === 'delete' && deletes.length === 0);
  if (isReserved || !pattern.test(key)) {
    const fix = 'use a key of the guest; notes, deletions and raw lxc lines have fields of their own';
    writer.problems.push({
      code: 'key/invalid',
      message: `${place}'${key}' is no key of a guest's file`,
      value: key,
      fix,
    });
  }
  if (key === last) {
    const message = `${place}'${key}' is given twice`;
    writer.problems.push({ code: 'key/duplicate', message, value: key, fix: 'keep one of the two lines' });
  }
}

function checkValue(key: string, value: string, place: string, writer: Writer): void {
  if (value === '') {
    const message = `${place}'${key}' has no value`;
    writer.problems.push({ code: 'value/empty', message, value, fix: 'give a value or leave the key out' });
  } else {
    checkLine(key, value, place, writer);
  }
}

function checkRaw(key: string, value: string, place: string, writer: Writer): void {
  if (writer.kind !== 'lxc' || !/^lxc\.[a-z0-9_.-]+$/.test(key)) {
    const fix = 'raw lines are for containers and start with lxc.';
    writer.problems.push({ code: 'key/invalid', message: `${place}'${key}' is no raw key`, value: key, fix });
  }
  checkLine(key, value, place, writer);
}

function checkLine(key: string, value: string, place: string, writer: Writer): void {
  if (/[\n\r\0]/.test(value)) {
    const message = `${place}'${key}' has a value with a line break or NUL: ${JSON.stringify(value)}`;
    writer.problems.push({ code: 'value/newline', message, value, fix: 'use a value of one line' });
  } else if (value !== trim(value)) {
    const message = `${place}'${key}' has a value with blanks around it: '${value}'`;
    writer.problems.push({ code: 'value/blank', message, value, fix: 'take the blanks away, Proxmox drops them' });
  }
}

function environmentFirst(raw: readonly GuestLine[]): readonly GuestLine[] {
  const isEnvironment = ([key]: GuestLine): boolean => key === 'lxc.environment.runtime';
  return raw.some(isEnvironment) ? [...raw.filter(isEnvironment), ...raw.filter((line) => !isEnvironment(line))] : raw;
}

function sortedByName<T>(sections: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  return [...sections].sort(([a], [b]) => compareText(a, b));
}

function oddity(reader: Reader, lineNumber: number, what: string): void {
  reader.oddities.push(`line ${lineNumber}: ${what}`);
}

function trim(text: string): string {
  const from = skipBlanks(text, 0, text.length);
  return text.slice(from, trimEnd(text, from, text.length));
}

function skipBlanks(text: string, start: number, end: number): number {
  let i = start;
  while (i < end && isBlankCode(text.charCodeAt(i))) {
    i++;
  }
  return i;
}

function trimEnd(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && isBlankCode(text.charCodeAt(i - 1))) {
    i--;
  }
  return i;
}

/** ASCII blanks only, as Proxmox sees them in the file's bytes. */
function isBlankCode(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function percentBytes(run: string): string {
  let text = '';
  for (const byte of Buffer.from(run)) {
    text += `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`;
  }
  return text;
}

function hexValue(byte: number | undefined): number {
  const value = byte === undefined ? Number.NaN : Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(value) ? -1 : value;
}
