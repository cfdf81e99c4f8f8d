import type { Node, ParseError } from 'jsonc-parser';
import { lazyRequire } from '../base/lazy.js';
import { type Document, type DocumentParser, deepest, type Span, type TextProblem } from './document.js';

/** JSON with comments and trailing commas, as editors take it. A key that is given twice is a problem: which one counts is anybody's guess. */
export const parseJson: DocumentParser = (text) => {
  const deep = deepBracket(text);
  if (deep !== undefined || text.trim() === '') {
    return [deep ?? emptyFile];
  }
  const errors: ParseError[] = [];
  const root = jsonc().parseTree(text, errors, { allowTrailingComma: true });
  const problems = errors.map((error) => syntaxProblem(error, text));
  if (root === undefined) {
    return problems.length > 0 ? problems : [emptyFile];
  }
  problems.push(...doubleKeys(root));
  return problems.length > 0 ? problems : new JsonDocument(root);
};

const jsonc = lazyRequire<typeof import('jsonc-parser')>('jsonc-parser', import.meta.url);

class JsonDocument implements Document {
  readonly value: unknown;

  constructor(private readonly root: Node) {
    this.value = plain(root);
  }

  locate(keys: readonly string[], part: 'key' | 'value'): Span | undefined {
    let here: Node | undefined = this.root;
    let key: Node | undefined;
    for (const name of keys) {
      const property = child(here, name);
      key = property?.key;
      here = property?.value;
    }
    return part === 'key' ? (key ?? here) : here;
  }
}

function child(node: Node | undefined, name: string): { key?: Node | undefined; value: Node | undefined } | undefined {
  if (node?.type === 'array') {
    return { value: node.children?.[Number(name)] };
  }
  const property = node?.children?.find(({ children }) => children?.[0]?.value === name);
  return property === undefined ? undefined : { key: property.children?.[0], value: property.children?.[1] };
}

/** By definition instead of assignment: a key `__proto__` is a key like any other. */
function plain(node: Node): unknown {
  if (node.type === 'array') {
    return (node.children ?? []).map(plain);
  }
  if (node.type !== 'object') {
    return node.value;
  }
  const record: Record<string, unknown> = {};
  for (const { children } of node.children ?? []) {
    const [key, value] = children ?? [];
    if (key !== undefined && value !== undefined) {
      Object.defineProperty(record, String(key.value), { value: plain(value), enumerable: true, writable: true });
    }
  }
  return record;
}

function doubleKeys(node: Node): TextProblem[] {
  const seen = new Set<unknown>();
  return (node.children ?? []).flatMap((inner) => {
    const key = inner.type === 'property' ? inner.children?.[0] : undefined;
    const isAgain = key !== undefined && seen.has(key.value);
    seen.add(key?.value);
    const own: TextProblem[] = isAgain ? [keyTwice(String(key.value), key)] : [];
    return [...own, ...doubleKeys(inner)];
  });
}

/** The problem of a key that stands twice in one object. */
export function keyTwice(name: string, span: Span): TextProblem {
  return { code: 'conf/key-twice', message: `\`${name}\` is given twice`, fix: 'keep one of them', span };
}

export const emptyFile: TextProblem = {
  code: 'conf/syntax',
  message: 'the file is empty',
  fix: 'write an object, {} at least, or remove the file',
  span: { offset: 0, length: 0 },
};

/** The bracket that opens one level too many. */
function deepBracket(text: string): TextProblem | undefined {
  let depth = 0;
  for (const { 0: found, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|\/\/.*|\/\*[\s\S]*?\*\/|[[{\]}]/g)) {
    depth += found === '{' || found === '[' ? 1 : found === '}' || found === ']' ? -1 : 0;
    if (depth > deepest) {
      return tooDeep({ offset: index, length: 1 });
    }
  }
  return undefined;
}

export function tooDeep(span: Span): TextProblem {
  const message = `this is nested in more than ${deepest} levels`;
  return { code: 'conf/too-deep', message, fix: 'no key of ours lies that deep: is it the right file?', span };
}

function syntaxProblem({ error, offset, length }: ParseError, text: string): TextProblem {
  const [what, fix] = words[jsonc().printParseErrorCode(error)] ?? ['this is no JSON', 'correct it'];
  const isEnd = offset >= text.trimEnd().length;
  return {
    code: 'conf/syntax',
    message: isEnd ? `${what}: the file ends here` : what,
    fix,
    span: { offset, length: Math.max(1, length) },
  };
}

/** What jsonc-parser found, in words for people. */
const words: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  InvalidSymbol: ['this is no value', 'put text between double quotes; other values are numbers, true, false and null'],
  InvalidNumberFormat: [
    'this is no number',
    'write digits, with at most one point; put anything else in double quotes',
  ],
  PropertyNameExpected: ['a key is missing', 'write a key in double quotes'],
  ValueExpected: ['a value is missing', 'write a value after the colon'],
  ColonExpected: ['a colon is missing', 'write a colon between key and value'],
  CommaExpected: ['a comma is missing', 'write a comma after the value before'],
  CloseBraceExpected: ['a closing brace is missing', 'close the object with }'],
  CloseBracketExpected: ['a closing bracket is missing', 'close the list with ]'],
  EndOfFileExpected: ['there is more after the end', 'a file holds one object'],
  UnexpectedEndOfComment: ['a comment is not closed', 'close it with */'],
  UnexpectedEndOfString: ['a text is not closed', 'close it with " on the same line'],
  UnexpectedEndOfNumber: ['a number is cut short', 'write digits after the point'],
  InvalidUnicode: ['this is no character', 'write \\u and four hexadecimal digits'],
  InvalidEscapeCharacter: ['this is no escape', 'write \\\\ for a backslash'],
  InvalidCharacter: ['a control character in a text', 'write it as an escape such as \\n or \\t'],
};
