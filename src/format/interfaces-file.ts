import { PhoenixError, type Problem } from '../base/errors.js';

/** One option of an interface. Some may stand several times (`up`); the order of those counts. */
export type InterfaceOption = readonly [name: string, value: string];

/** One `iface` stanza. */
export interface InterfaceStanza {
  /** Default: none; then options of both families stand together and there is no method. */
  readonly family?: 'inet' | 'inet6';
  /** `static`, `manual`, `dhcp`, ... Goes with `family`. */
  readonly method?: string;
  readonly options: readonly InterfaceOption[];
  /** The comment lines in the stanza, as they stand behind the `#`. Proxmox shows them as the interface's notes. */
  readonly comments: readonly string[];
}

/** An interface with all its stanzas. */
export interface InterfaceConfig {
  readonly name: string;
  /** Whether the host brings it up at boot. */
  readonly autostart: boolean;
  readonly stanzas: readonly InterfaceStanza[];
}

/** A piece of the file. All pieces' `raw` together are the file. */
export type InterfacesPiece =
  | { readonly is: 'stanza'; readonly name: string; readonly stanza: InterfaceStanza; readonly raw: string }
  | { readonly is: 'auto'; readonly word: string; readonly names: readonly string[]; readonly raw: string }
  /** `source`, `mapping` and whatever else Proxmox keeps as it is. */
  | { readonly is: 'line'; readonly raw: string }
  /** Blank lines and comments outside of stanzas, which Proxmox drops at its next write. */
  | { readonly is: 'blank'; readonly raw: string };

/** `/etc/network/interfaces` as it was found. */
export interface ParsedInterfaces {
  readonly pieces: readonly InterfacesPiece[];
  /** In the order in which the file names them first, also those with an `auto` line only. */
  readonly interfaces: readonly InterfaceConfig[];
  /** One sentence with its line number for each line that Proxmox sees otherwise than the system does. */
  readonly oddities: readonly string[];
}

/**
 * Reads `/etc/network/interfaces` as Proxmox does: a stanza ends at a blank line or at a line of one word, lines that
 * it does not understand are kept. Never throws.
 */
export function parseInterfaces(text: string): ParsedInterfaces {
  const reader: Reader = { pieces: [], oddities: [], stanza: undefined, isBroken: false, lineNumber: 0 };
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf('\n', start);
    const next = feed < 0 ? text.length : feed + 1;
    reader.lineNumber++;
    readLine(reader, text.slice(start, next));
    start = next;
  }
  return { pieces: reader.pieces, interfaces: interfacesOf(reader.pieces), oddities: reader.oddities };
}

/** What to do with some interfaces of a file. */
export interface InterfaceChanges {
  /** Interfaces as they shall be, in place of those of the same names, or new ones at the end. */
  readonly put?: readonly InterfaceConfig[];
  /** Names of interfaces that go. */
  readonly remove?: readonly string[];
}

/**
 * The file with some interfaces replaced, added or taken away. Everything else keeps its bytes, save that `auto` lines
 * lose the names that are touched.
 * @throws what {@link interfaceText} does
 */
export function replaceInterfaces(text: string, { put = [], remove = [] }: InterfaceChanges): string {
  const problems = put.flatMap(interfaceProblems);
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  const waiting = new Map(put.map((config) => [config.name, config]));
  const touched = new Set([...waiting.keys(), ...remove]);
  const out: string[] = [];
  let dropsBlank = false;
  for (const piece of parseInterfaces(text).pieces) {
    if (piece.is === 'stanza' && touched.has(piece.name)) {
      const config = waiting.get(piece.name);
      waiting.delete(piece.name);
      out.push(config === undefined ? '' : textOf(config));
      dropsBlank = config === undefined;
    } else if (piece.is === 'auto') {
      out.push(autoWithout(piece, touched));
    } else if (!(dropsBlank && piece.is === 'blank' && piece.raw.trim() === '')) {
      out.push(piece.raw);
    }
    dropsBlank &&= piece.is === 'stanza';
  }
  const rest = out.join('');
  const added = [...waiting.values()].map((config) => `${textOf(config)}\n`).join('');
  return added === '' ? rest : rest + missingEnd(rest) + added;
}

/**
 * One interface: its `auto` line and its stanzas with the options as given.
 * @throws `interfaces/name`, `interfaces/option`, `value/blank` or `value/newline`, all that were found
 */
export function interfaceText(config: InterfaceConfig): string {
  const problems = interfaceProblems(config);
  if (problems.length > 0) {
    throw new PhoenixError(problems);
  }
  return textOf(config);
}

interface Reader {
  readonly pieces: InterfacesPiece[];
  readonly oddities: string[];
  stanza: OpenStanza | undefined;
  /** Whether a stanza ended where the system would go on reading it. */
  isBroken: boolean;
  lineNumber: number;
}

interface OpenStanza {
  readonly is: 'stanza';
  readonly name: string;
  readonly stanza: InterfaceStanza & { readonly options: InterfaceOption[]; readonly comments: string[] };
  raw: string;
}

const header = /^\s*iface\s+(\S+)(?:\s+(inet6?)\s+(\S+))?\s*$/;
const startWord = /^\s*(?:(?:iface|mapping|auto|source|source-directory)\s|allow-)/;
const autoLine = /^\s*(allow-auto|auto|allow-ovs|allow-hotplug)\s+(.*\S)\s*$/;
const namePattern = /^[A-Za-z][\w.:-]*$/;

function readLine(reader: Reader, raw: string): void {
  const line = raw.trimEnd();
  if (reader.stanza !== undefined && readStanzaLine(reader.stanza, line)) {
    reader.stanza.raw += raw;
    return;
  }
  const wasOpen = reader.stanza !== undefined;
  reader.stanza = undefined;
  const isStart = startWord.test(raw);
  const piece = line === '' || /^\s*#/.test(line) ? ({ is: 'blank', raw } as const) : startedPiece(reader, line, raw);
  reader.pieces.push(piece);
  if (isStart) {
    reader.isBroken = false;
    if (piece.is === 'line' && /^\s*iface\s/.test(line)) {
      reader.oddities.push(`line ${reader.lineNumber}: '${line}' is no stanza that Proxmox understands`);
    }
  } else if (wasOpen) {
    reader.isBroken = true;
  }
  if (piece.is === 'line' && !isStart && reader.isBroken) {
    const why = 'Proxmox ends a stanza at a blank line and at a line of one word';
    reader.oddities.push(`line ${reader.lineNumber}: '${line.trim()}' belongs to no interface, ${why}`);
  }
}

function startedPiece(reader: Reader, line: string, raw: string): InterfacesPiece {
  const auto = autoLine.exec(line);
  if (auto !== null) {
    return { is: 'auto', word: auto[1] ?? '', names: (auto[2] ?? '').split(/\s+/), raw };
  }
  const [, name, family, method] = header.exec(line) ?? [];
  if (name === undefined) {
    return { is: 'line', raw };
  }
  const empty = { options: [], comments: [] };
  const isTyped = family === 'inet' || family === 'inet6';
  const stanza: OpenStanza = {
    is: 'stanza',
    name,
    stanza: isTyped ? { family, method: method ?? 'manual', ...empty } : empty,
    raw,
  };
  reader.stanza = stanza;
  return stanza;
}

/** Takes the line into the stanza; false if it ends it. */
function readStanzaLine({ stanza }: OpenStanza, line: string): boolean {
  const comment = /^\s*#(.*)$/.exec(line);
  if (comment !== null) {
    stanza.comments.push(comment[1] ?? '');
    return true;
  }
  const option = startWord.test(line) ? null : /^\s*(\S+)\s+(.+)$/.exec(line);
  if (option === null) {
    return false;
  }
  stanza.options.push([option[1] ?? '', option[2] ?? '']);
  return true;
}

function interfacesOf(pieces: readonly InterfacesPiece[]): InterfaceConfig[] {
  const found = new Map<string, { autostart: boolean; stanzas: InterfaceStanza[] }>();
  const of = (name: string) => {
    const config = found.get(name) ?? { autostart: false, stanzas: [] };
    found.set(name, config);
    return config;
  };
  for (const piece of pieces) {
    if (piece.is === 'stanza') {
      of(piece.name).stanzas.push(piece.stanza);
    } else if (piece.is === 'auto') {
      for (const name of piece.names) {
        of(name).autostart = true;
      }
    }
  }
  return [...found].map(([name, config]) => ({ name, ...config }));
}

function autoWithout(piece: InterfacesPiece & { is: 'auto' }, touched: ReadonlySet<string>): string {
  const names = piece.names.filter((name) => !touched.has(name));
  if (names.length === piece.names.length) {
    return piece.raw;
  }
  return names.length === 0 ? '' : `${piece.word} ${names.join(' ')}\n`;
}

function missingEnd(text: string): string {
  return text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
}

function textOf({ name, autostart, stanzas }: InterfaceConfig): string {
  return (autostart ? `auto ${name}\n` : '') + stanzas.map((stanza) => stanzaText(name, stanza)).join('\n');
}

function stanzaText(name: string, { family, method = 'manual', options, comments }: InterfaceStanza): string {
  return [
    family === undefined ? `iface ${name}` : `iface ${name} ${family} ${method}`,
    ...options.map(([option, value]) => `\t${option} ${value}`),
    ...comments.map((comment) => `#${comment}`),
    '',
  ].join('\n');
}

function interfaceProblems({ name, stanzas }: InterfaceConfig): Problem[] {
  const problems: Problem[] = [];
  if (!namePattern.test(name)) {
    const fix = 'use a letter, then letters, digits and _, with .VLAN or :NUMBER behind if need be';
    problems.push({ code: 'interfaces/name', message: `'${name}' is no name of an interface`, value: name, fix });
  }
  for (const { method = 'manual', options, comments } of stanzas) {
    if (!/^\S+$/.test(method)) {
      const message = `'${method}' is no method of an interface`;
      problems.push({ code: 'interfaces/option', path: name, message, value: method, fix: 'use one word' });
    }
    problems.push(...options.flatMap((option) => optionProblems(name, option)));
    problems.push(...comments.flatMap((comment) => commentProblems(name, comment)));
  }
  return problems;
}

function commentProblems(path: string, value: string): Problem[] {
  if (/[\n\r\0]/.test(value)) {
    const message = `a comment has a line break or NUL: ${JSON.stringify(value)}`;
    return [{ code: 'value/newline', path, message, value, fix: 'give a comment for each line' }];
  }
  const message = `a comment has blanks at its end: '${value}'`;
  return value === value.trimEnd()
    ? []
    : [{ code: 'value/blank', path, message, value, fix: 'take the blanks away, Proxmox drops them' }];
}

function optionProblems(path: string, [option, value]: InterfaceOption): Problem[] {
  if (/[\n\r\0]/.test(value)) {
    const message = `'${option}' has a value with a line break or NUL: ${JSON.stringify(value)}`;
    return [{ code: 'value/newline', path, message, value, fix: 'use a value of one line' }];
  }
  const isOption = /^[^\s#]\S*$/.test(option) && value !== '' && value === value.trim();
  return isOption && !startWord.test(`${option} `)
    ? []
    : [
        {
          code: 'interfaces/option',
          path,
          message: `'${option} ${value}' is no option of an interface`,
          value: option,
          fix: 'use a word of its own for the option and a value without blanks at its ends',
        },
      ];
}
