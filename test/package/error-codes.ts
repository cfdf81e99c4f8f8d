import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** A code in the sources, with the severity that stands beside it, if one does. */
export interface UsedCode {
  readonly code: string;
  /** `error` for what is thrown; undefined where it is chosen at run time. */
  readonly severity: string | undefined;
  readonly file: string;
}

/** What the changing part of a code may be. A template that is not here has to be added. */
const templates: Readonly<Record<string, readonly string[]>> = {
  '${grammar.word}/invalid': ['size', 'duration'],
  '${grammar.word}/not-whole': ['size', 'duration'],
  '${codeOf(pool)}/taken-twice': ['vmid', 'address', 'mac'],
  '${codeOf(pool.name)}/pinned-taken': ['vmid', 'address', 'mac'],
  '${codeOf(pool.name)}/pinned-twice': ['vmid', 'address', 'mac'],
  '${codeOf(pool.name)}/exhausted': ['vmid', 'address', 'mac'],
  '${what}/not-allocated': ['vmid', 'address'],
};

/** Methods that take a code, the place of the code among their arguments, and what stands before it. */
const methods: Readonly<
  Record<
    string,
    { readonly place: number; readonly domain?: string; readonly only?: RegExp; readonly severity?: string }
  >
> = {
  addFinding: { place: 1 },
  addError: { place: 0, severity: 'error' },
  addWarning: { place: 0, severity: 'warning' },
  addInfo: { place: 0, severity: 'info' },
  unmet: { place: 0, domain: 'testing/', severity: 'error' },
  problem: { place: 0, only: /vm\/spec-problems\.ts$/, severity: 'error' },
  add: { place: 0, domain: 'firewall/', only: /firewall-model\.ts$/, severity: 'error' },
};

/** Every code that the sources use, read from their syntax. Throws for a code that cannot be read. */
export function usedCodes(src: string): UsedCode[] {
  const ofPrograms = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => codesOf(path, readFileSync(join(src, path), 'utf8')));
  const ofScripts = readdirSync(join(src, 'remote')).flatMap((name) =>
    [...readFileSync(join(src, 'remote', name), 'utf8').matchAll(/(?:refuse |error {2})([a-z]+\/[a-z-]+)/g)].map(
      ([, code = '']) => ({ code, severity: 'error', file: `remote/${name}` }),
    ),
  );
  return [...ofPrograms, ...ofScripts, ...usedOnTheNode(join(src, 'runtime'))];
}

/** Codes of the applier, which is shell and Perl: whatever stands where one is given. */
function usedOnTheNode(runtime: string): UsedCode[] {
  return readdirSync(runtime, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap(({ parentPath, name }) =>
      codesOnTheNode(readFileSync(join(parentPath, name), 'utf8')).map((code) => ({
        code,
        severity: 'error',
        file: `runtime/${name}`,
      })),
    );
}

export function codesOnTheNode(text: string): string[] {
  const given = /(?:'|\b(?:complain|refuse_run|usage|mistake) |error {2}|=\()((?:applier|assembly|usage)\/[a-z-]+)/g;
  return [...text.replaceAll(/^\s*#.*$/gm, '').matchAll(given)].map(([, code = '']) => code);
}

export function codesOf(path: string, text: string): UsedCode[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: UsedCode[] = [];
  const visit = (node: ts.Node): void => {
    found.push(...codesAt(node, path));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function codesAt(node: ts.Node, file: string): UsedCode[] {
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'code') {
    return textsOf(node.initializer, file).map((code) => ({ code, severity: severityBeside(node), file }));
  }
  if (ts.isCallExpression(node)) {
    const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    const argument = node.arguments[method?.place ?? 0];
    if (method === undefined || argument === undefined || method.only?.test(file) === false) return [];
    const severity = name === 'addFinding' ? textsOf(node.arguments[0] ?? argument, file)[0] : method.severity;
    return textsOf(argument, file).map((code) => ({ code: `${method.domain ?? ''}${code}`, severity, file }));
  }
  // The command line translates codes of its parser by a table.
  return ts.isStringLiteral(node) && /^usage\/[a-z]+(-[a-z]+)*$/.test(node.text)
    ? [{ code: node.text, severity: 'error', file }]
    : [];
}

function textsOf(node: ts.Expression, file: string): string[] {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue, file), ...textsOf(node.whenFalse, file)];
  if (ts.isTemplateExpression(node)) return expanded(node.getText().slice(1, -1), file);
  if (ts.isIdentifier(node)) return textsOfVariable(node, file);
  return [];
}

function expanded(template: string, file: string): string[] {
  // Those of the other end of a method above.
  if (template === 'firewall/${what}' || template === 'testing/${code}') return [];
  const words = templates[template];
  if (words === undefined)
    throw new Error(`${file}: nobody knows what \`${template}\` may be: add it to ${import.meta.filename}`);
  return words.map((word) => template.replace(/\$\{.*\}/, word));
}

/** A code that was chosen just before: `const code = mixed ? 'mixed-families' : 'address'`. */
function textsOfVariable(name: ts.Identifier, file: string): string[] {
  const texts: string[] = [];
  for (let scope: ts.Node = name; texts.length === 0 && scope.parent !== undefined; scope = scope.parent) {
    ts.forEachChild(scope.parent, (node) => {
      if (!ts.isVariableStatement(node)) return;
      for (const { name: declared, initializer } of node.declarationList.declarations) {
        if (declared.getText() === name.text && initializer !== undefined) texts.push(...textsOf(initializer, file));
      }
    });
  }
  return texts;
}

function severityBeside(code: ts.PropertyAssignment): string | undefined {
  const beside = code.parent.properties.find((property) => property.name?.getText() === 'severity');
  if (beside === undefined) return 'error';
  const isText = ts.isPropertyAssignment(beside) && ts.isStringLiteral(beside.initializer);
  return isText ? (beside.initializer as ts.StringLiteral).text : undefined;
}
