/** A value as it stands in a program. */
export type Literal = string | number | boolean | Code | readonly Literal[] | LiteralRecord;

/** An object of a program; its keys are written in the order in which they were put in. */
export interface LiteralRecord {
  readonly [key: string]: Literal;
}

/** An expression that is written as it is: the name of a constant, a call. */
export class Code {
  constructor(readonly text: string) {}
}

/** Longest line of the programs that are written here. */
const lineWidth = 120;

/**
 * A statement that ends in the arguments of a call, `const lan = new Subnet(pve, 'lan', {...});`, laid out as Biome and
 * Prettier do with single quotes, two blanks a level and 120 columns.
 */
export function printCall(head: string, args: readonly Literal[]): string {
  const line = `${head}(${args.map(oneLine).join(', ')});`;
  const last = args.at(-1);
  if (line.length <= lineWidth && !args.some(mustBreak)) {
    return line;
  }
  const before = args.slice(0, -1).map((arg) => `${oneLine(arg)}, `);
  if (isRecord(last) && `${head}(${before.join('')}{`.length <= lineWidth) {
    return `${head}(${before.join('')}${printed(last, '', 0, 0, true)});`;
  }
  return [`${head}(`, ...args.map((arg) => `  ${printed(arg, '  ', 2, 1)},`), ');'].join('\n');
}

/** The names in braces of an import or on one line each, as long as the line would be. */
export function printImport(names: readonly string[], from: string): string {
  const line = `import { ${names.join(', ')} } from ${quoted(from)};`;
  return line.length <= lineWidth
    ? line
    : ['import {', ...names.map((name) => `  ${name},`), `} from ${quoted(from)};`].join('\n');
}

/** The text as a string of a program, in the quotes that need fewer escapes. */
export function quoted(text: string): string {
  const singles = text.split("'").length;
  const doubles = text.split('"').length;
  const quote = singles > doubles ? '"' : "'";
  const escaped = text.replace(/[\\'"\p{Cc}\p{Cf}\u2028\u2029\p{Cs}]/gu, (char) => escapeOf(char, quote));
  return quote + escaped + quote;
}

/** `indent` is that of the line; `used` the columns before the value, `tail` those behind it. */
function printed(value: Literal, indent: string, used: number, tail: number, isForced = false): string {
  const line = oneLine(value);
  if (!isForced && !mustBreak(value) && used + line.length + tail <= lineWidth) {
    return line;
  }
  const inner = `${indent}  `;
  if (isList(value)) {
    const items = value.every((item) => typeof item === 'number')
      ? filled(value.map(oneLine), inner)
      : value.map((item) => `${inner}${printed(item, inner, inner.length, 1)},`);
    return ['[', ...items, `${indent}]`].join('\n');
  }
  if (isRecord(value)) {
    const members = Object.entries(value).map(([key, member]) => {
      const name = keyText(key);
      return `${inner}${name}: ${printed(member, inner, inner.length + name.length + 2, 1)},`;
    });
    return ['{', ...members, `${indent}}`].join('\n');
  }
  return line;
}

function oneLine(value: Literal): string {
  if (value instanceof Code) {
    return value.text;
  }
  if (isList(value)) {
    return `[${value.map(oneLine).join(', ')}]`;
  }
  if (isRecord(value)) {
    const members = Object.entries(value).map(([key, member]) => `${keyText(key)}: ${oneLine(member)}`);
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** Formatters give each of several objects in a list a line of its own. */
function mustBreak(value: Literal): boolean {
  if (isList(value)) {
    const isTable = value.length > 1 && value.every((item) => isRecord(item) && Object.keys(item).length > 1);
    return isTable || value.some(mustBreak);
  }
  return isRecord(value) && Object.values(value).some(mustBreak);
}

/** Numbers stand side by side, as many as a line takes. */
function filled(items: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    const longer = `${last} ${item},`;
    if (last !== undefined && longer.length <= lineWidth) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(`${indent}${item},`);
    }
  }
  return lines;
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key);
}

function escapeOf(char: string, quote: string): string {
  if (char === "'" || char === '"') {
    return char === quote ? `\\${char}` : char;
  }
  const short = shortEscapes[char];
  const codes = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
  return short ?? codes.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('');
}

const shortEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function isList(value: Literal | undefined): value is readonly Literal[] {
  return Array.isArray(value);
}

function isRecord(value: Literal | undefined): value is LiteralRecord {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Code);
}
