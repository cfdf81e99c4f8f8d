import type { Node, Pair, YAMLParseError, Document as YamlTree } from 'yaml';
import { lazyRequire } from '../base/lazy.js';
import { type Document, type DocumentParser, deepest, type Span, type TextProblem } from './document.js';
import { emptyFile, keyTwice, tooDeep } from './json-document.js';

/**
 * YAML 1.2: one document of plain data.
 *
 * Anchors, aliases, merge keys and tags are refused. They would be a second way of sharing values beside profiles, and what they share
 * could not be explained by a place in a file.
 */
export const parseYaml: DocumentParser = (text) => {
  const flood = floodOf(text);
  if (flood !== undefined) {
    return [tooDeep({ offset: flood, length: 1 })];
  }
  const [tree, ...more] = yaml().parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
  }) as YamlTree[];
  if (tree === undefined || tree.contents === null) {
    return [emptyFile];
  }
  // the first one alone: what a parser says after it has lost the thread helps nobody
  const [syntax] = [tree, ...more].flatMap(({ errors }) => errors);
  if (syntax !== undefined) {
    return [syntaxProblem(syntax)];
  }
  const problems = [...more.map(secondDocument), ...refusals(tree.contents, 0)];
  return problems.length > 0 ? problems : new YamlDocument(tree);
};

const yaml = lazyRequire<typeof import('yaml')>('yaml', import.meta.url);

/** Levels that text within a value will not look like by chance. */
const flooding = 1000;

/** Where a text opens so many levels that the parser itself would run out of memory; what is left is counted on its tree. */
function floodOf(text: string): number | undefined {
  const [dashes] = text.match(/^(?: *[-?]){100} /m) ?? [];
  if (dashes !== undefined) {
    return text.indexOf(dashes);
  }
  let depth = 0;
  for (let place = 0; place < text.length; place += 1) {
    const letter = text[place];
    depth += letter === '[' || letter === '{' ? 1 : letter === ']' || letter === '}' ? -1 : 0;
    if (depth > flooding) {
      return place;
    }
  }
  return undefined;
}

class YamlDocument implements Document {
  readonly value: unknown;

  constructor(private readonly tree: YamlTree) {
    this.value = tree.toJS({ maxAliasCount: 0 }) as unknown;
  }

  locate(keys: readonly string[], part: 'key' | 'value'): Span | undefined {
    let here: unknown = this.tree.contents;
    let key: unknown;
    for (const name of keys) {
      const pair = childOf(here, name);
      key = pair?.key;
      here = pair?.value;
    }
    return spanOf(part === 'key' ? (key ?? here) : here) ?? (keys.length > 0 ? spanOf(key) : undefined);
  }
}

function syntaxProblem({ message, pos: [from, to] }: YAMLParseError): TextProblem {
  const span = { offset: from, length: Math.max(1, to - from) };
  if (message.includes('call stack')) {
    return tooDeep(span);
  }
  const text = message.charAt(0).toLowerCase() + message.slice(1);
  return { code: 'conf/syntax', message: text, fix: 'correct it; JSON is YAML, too', span };
}

function childOf(node: unknown, name: string): { key?: unknown; value: unknown } | undefined {
  if (yaml().isSeq(node)) {
    return { value: node.items[Number(name)] };
  }
  return yaml().isMap(node) ? node.items.find((pair) => keyText(pair) === name) : undefined;
}

function spanOf(node: unknown): Span | undefined {
  const range = yaml().isNode(node) ? node.range : undefined;
  return range ? { offset: range[0], length: Math.max(1, range[1] - range[0]) } : undefined;
}

function keyText({ key }: Pair): string {
  return yaml().isScalar(key) ? String(key.value) : '';
}

function refusals(node: unknown, depth: number): TextProblem[] {
  const span = spanOf(node) ?? { offset: 0, length: 1 };
  if (depth > deepest) {
    return [tooDeep(span)];
  }
  const own = featuresOf(node, span);
  if (yaml().isSeq(node)) {
    return [...own, ...node.items.flatMap((item) => refusals(item, depth + 1))];
  }
  if (!yaml().isMap(node)) {
    return own;
  }
  const seen = new Set<string>();
  return [
    ...own,
    ...node.items.flatMap((pair) => {
      const name = keyText(pair);
      const place = spanOf(pair.key) ?? span;
      const twice = seen.has(name) ? [keyTwice(name, place)] : [];
      seen.add(name);
      const missing = isMissing(pair.value) ? [noValue(name, place)] : [];
      const isMerge = name === '<<' ? [feature('merge keys', place)] : [];
      return [...twice, ...missing, ...isMerge, ...featuresOf(pair.key, place), ...refusals(pair.value, depth + 1)];
    }),
  ];
}

/** Nothing behind the colon is `null` to YAML, which here would take back what lower layers say, by an oversight. */
function isMissing(value: unknown): boolean {
  return value === null || (yaml().isScalar(value) && value.value === null && (value.source ?? '') === '');
}

function noValue(name: string, span: Span): TextProblem {
  const fix = 'give it one; write `null` to take back what lower layers say, or remove the key';
  return { code: 'conf/syntax', message: `\`${name}\` has no value`, fix, span };
}

function featuresOf(node: unknown, span: Span): TextProblem[] {
  if (yaml().isAlias(node)) {
    return [feature('aliases', span)];
  }
  const { anchor, tag } = (yaml().isNode(node) ? node : {}) as Partial<Node & { anchor: string; tag: string }>;
  return [
    ...(anchor === undefined ? [] : [feature('anchors', span)]),
    ...(tag === undefined || tag.startsWith('tag:yaml.org,2002:') ? [] : [feature('tags', span)]),
  ];
}

function feature(what: string, span: Span): TextProblem {
  return {
    code: 'conf/yaml-feature',
    message: `${what} of YAML are not taken`,
    fix: 'write the value out; what several guests share belongs in a profile',
    span,
  };
}

function secondDocument(tree: YamlTree): TextProblem {
  const span = { offset: tree.range?.[0] ?? 0, length: 3 };
  return { code: 'conf/syntax', message: 'a second document begins here', fix: 'a file holds one object', span };
}
