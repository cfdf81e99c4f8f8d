import ts from 'typescript';

/** What a source file reaches for, read from its syntax alone; `import type` counts like any other import. */
export interface SourceFacts {
  readonly imports: readonly string[];
  /** Clock, random, locale, environment or disk: what would make two synths of one program differ. */
  readonly environment: readonly string[];
}

/** Builtin modules that only compute. */
const pureBuiltins = new Set(['node:buffer', 'node:crypto', 'node:module', 'node:path', 'node:url', 'node:util']);
const impureMembersOfPureBuiltins = /^(random\w*|generate\w*|webcrypto|resolve)$/;
const impureGlobals = new Set([
  'Date',
  'Intl',
  'crypto',
  'fetch',
  'performance',
  'process',
  'setInterval',
  'setTimeout',
]);
const impureMembers = new Set(['localeCompare', 'toLocaleLowerCase', 'toLocaleString', 'toLocaleUpperCase']);

const known = new Map<string, SourceFacts>();

/** Parses each text once, however many rules ask. */
export function readSource(path: string, text: string): SourceFacts {
  const facts = known.get(text) ?? parse(path, text);
  known.set(text, facts);
  return facts;
}

function parse(path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const imports = ts.preProcessFile(text, true, true).importedFiles.map((imported) => imported.fileName);
  return { imports, environment: [...new Set(environmentUses(file))] };
}

function environmentUses(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const use = environmentUse(node);
    if (use) found.push(use);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function environmentUse(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node)) return impureImport(node);
  if (ts.isPropertyAccessExpression(node)) return impureMember(node);
  return ts.isIdentifier(node) && impureGlobals.has(node.text) && isFreeName(node) ? node.text : undefined;
}

function impureImport(node: ts.ImportDeclaration): string | undefined {
  const name = ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : '';
  if (!name.startsWith('node:')) return undefined;
  if (!pureBuiltins.has(name.replace(/\/posix$/, ''))) return name;
  const bindings = node.importClause?.namedBindings;
  const members = bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
  const impure = members.find((member) => impureMembersOfPureBuiltins.test((member.propertyName ?? member.name).text));
  return impure ? `${name} ${impure.name.text}` : undefined;
}

function impureMember(node: ts.PropertyAccessExpression): string | undefined {
  if (impureMembers.has(node.name.text)) return node.name.text;
  const text = node.getText();
  return text === 'Math.random' || text === 'import.meta.dirname' ? text : undefined;
}

/** Not the `.process` of something else, not a key, not a type. */
function isFreeName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return ts.isExpression(parent) || ts.isVariableDeclaration(parent) || ts.isExpressionStatement(parent);
}
