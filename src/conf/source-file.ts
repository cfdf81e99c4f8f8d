import { readFileSync, realpathSync, statSync } from 'node:fs';
import { PhoenixError, type Problem, type SourcePlace } from '../base/errors.js';
import { isPlainObject } from '../base/plain-object.js';
import { type Document, type DocumentParser, deepest, type Span, type TextProblem } from '../format/document.js';
import { parseJson } from '../format/json-document.js';
import { parseYaml } from '../format/yaml-document.js';

/** Larger files are no configuration that somebody wrote. */
const mostBytes = 1_048_576;

/** A file of a config directory: what it says, and where each part of it stands. */
export class SourceFile {
  /** Reads a file. Throws `conf/*` with all that is wrong with the text as such. */
  static read(place: FilePlace): SourceFile {
    const text = readText(place);
    const result = parsed(parserOf(place.name), text);
    if (isProblems(result)) {
      throw new PhoenixError(result.map(({ span, ...problem }) => ({ ...problem, place: placeIn(place, text, span) })));
    }
    const file = new SourceFile(place.name, text, result);
    if (!isPlainObject(result.value)) {
      throw new PhoenixError(
        file.problem({ code: 'conf/no-object', message: 'the file holds no object', fix: 'begin with {' }, []),
      );
    }
    return file;
  }

  private constructor(
    /** Path from the root of the app on, with `/`. */
    readonly name: string,
    private readonly text: string,
    private readonly document: Document,
  ) {}

  /** What the file says, as plain data. */
  get value(): Readonly<Record<string, unknown>> {
    return this.document.value as Readonly<Record<string, unknown>>;
  }

  /** Whether the file itself says something under these keys. */
  has(keys: readonly string[]): boolean {
    return this.document.locate(keys, 'value') !== undefined;
  }

  /** Where the keys lead to; the nearest thing around it where the file says nothing. */
  place(keys: readonly string[], part: 'key' | 'value' = 'value'): SourcePlace {
    for (let length = keys.length; length > 0; length -= 1) {
      const isWhole = length === keys.length;
      const span = this.document.locate(keys.slice(0, length), isWhole ? part : 'key');
      if (span !== undefined) {
        return placeIn(this, this.text, span);
      }
    }
    return placeIn(this, this.text, { offset: this.text.search(/\S|$/), length: 1 });
  }

  /** A problem at the place that the keys lead to. */
  problem(problem: Problem, keys: readonly string[], part: 'key' | 'value' = 'value'): Problem {
    const place = this.place(keys, part);
    const excerpt = problem.hidden === true ? `${place.line} | (not shown: it may hold a secret)` : place.excerpt;
    return { ...problem, keys, place: { ...place, excerpt } };
  }
}

/** Where a file lies, and how messages call it. */
export interface FilePlace {
  /** Path from the root of the app on, with `/`. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Absolute path of the folder that no link may lead out of. */
  readonly within: string;
}

/** Endings of the files that are read. */
export const fileEndings = ['.json', '.yaml', '.yml'] as const;

function parserOf(name: string): DocumentParser {
  return name.endsWith('.json') ? parseJson : parseYaml;
}

/** Reads a text of UTF-8, without the mark that some editors put in front. Throws `conf/unreadable`, `conf/outside`, `conf/too-large` and `conf/encoding`. */
export function readText(place: FilePlace): string {
  const { name, path, within } = place;
  let isFile = false;
  let isInside = false;
  try {
    isFile = statSync(path).isFile();
    isInside = `${realpathSync(path)}/`.startsWith(`${realpathSync(within)}/`);
  } catch (error) {
    throw unreadable(name, systemCode(error));
  }
  if (!isInside) {
    const message = `${name} leads out of the folder`;
    throw new PhoenixError({ code: 'conf/outside', message, path: name, fix: 'put the file itself there, not a link' });
  }
  if (!isFile) {
    throw unreadable(name, 'it is no file');
  }
  if (statSync(path).size > mostBytes) {
    const message = `${name} is larger than 1 MiB`;
    throw new PhoenixError({ code: 'conf/too-large', message, path: name, fix: 'is it the right file?' });
  }
  const bytes = bytesOf(place);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const message = `${name} is no text in UTF-8`;
    throw new PhoenixError({ code: 'conf/encoding', message, path: name, fix: 'save it as UTF-8' });
  }
}

function bytesOf({ name, path }: FilePlace): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw unreadable(name, systemCode(error));
  }
}

/** `ENOENT`, `EACCES` ...: the same on every machine, unlike the text with its absolute paths. */
function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function unreadable(name: string, why: string): PhoenixError {
  const fix = 'look at the file itself: a link to nothing, no permission, no file at all?';
  return new PhoenixError({ code: 'conf/unreadable', message: `${name} cannot be read: ${why}`, path: name, fix });
}

function parsed(parse: DocumentParser, text: string): Document | readonly TextProblem[] {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    const message = `the file is nested in more than ${deepest} levels`;
    return [{ code: 'conf/too-deep', message, fix: 'is it the right file?', span: { offset: 0, length: 1 } }];
  }
}

function isProblems(result: Document | readonly TextProblem[]): result is readonly TextProblem[] {
  return Array.isArray(result);
}

function placeIn(file: { readonly name: string }, text: string, { offset, length }: Span): SourcePlace {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const start = before.lastIndexOf('\n') + 1;
  const whole = text.slice(start).split(/\r?\n/, 1)[0] ?? '';
  const column = offset - start + 1;
  return { file: file.name, line, column, excerpt: excerpt(line, whole, column, length) };
}

/** Longer lines are shown around the place. */
const widest = 96;

function excerpt(line: number, text: string, column: number, length: number): string {
  const cut = Math.max(0, Math.min(column - 1 - widest / 2, text.length - widest));
  const shown = text.slice(cut, cut + widest).replaceAll('\t', ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, shown.length - (column - 1 - cut))));
  const number = String(line);
  return `${number} | ${shown}\n${' '.repeat(number.length)} | ${' '.repeat(column - 1 - cut)}${carets}`;
}
