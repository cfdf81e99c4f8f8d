import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { installPackedPackage, type PackedPackage } from './packed-package.js';

describe('the packed package', () => {
  let packed: PackedPackage;
  beforeAll(() => {
    packed = installPackedPackage();
    return () => rmSync(packed.consumer, { recursive: true, force: true });
  });

  it('holds the library and no sources, tests or build notes', () => {
    const files = readdirSync(packed.installed, { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'API.md', 'lib/index.js', 'lib/index.d.ts']));
    expect(files.filter((file) => /^(src|test|scripts|node_modules)\b|tsbuildinfo|build-stamp/.test(file))).toEqual([]);
    const programs = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
    expect(programs.filter((file) => !file.startsWith('examples/'))).toEqual([]);
  });

  it('holds every file that its documents link to', () => {
    const documents = readdirSync(packed.installed, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.md') && file !== 'API.md' && !file.includes('cdk.out'),
    );
    expect(documents).toEqual(expect.arrayContaining(['README.md', join('docs', 'testing.md')]));
    expect(documents.flatMap((document) => deadLinks(packed.installed, document))).toEqual([]);
  });

  it('loads by import and by require as one and the same module', () => {
    const program = `
      import { createRequire } from 'node:module';
      import * as imported from 'phoenix-cdk';
      const required = createRequire(import.meta.url)('phoenix-cdk');
      console.log(JSON.stringify([Object.keys(imported), imported.PhoenixError === required.PhoenixError]));`;
    const [names, same] = JSON.parse(runNode(packed, 'both.mjs', program));
    expect(names).toContain('PhoenixError');
    expect(same).toBe(true);
  });

  it('calls its classes what the sources call them, for `tree.json` and messages', () => {
    const program = `
      import * as library from 'phoenix-cdk';
      const isClass = (value) => /^class/.test(Function.prototype.toString.call(value));
      const classes = Object.entries(library).filter(([, value]) => typeof value === 'function' && isClass(value));
      console.log(JSON.stringify([classes.length, classes.filter(([name, value]) => value.name !== name)]));`;
    const [count, renamed] = JSON.parse(runNode(packed, 'names.mjs', program));
    expect(count).toBeGreaterThan(30);
    expect(renamed).toEqual([]);
  });

  it('loads by require alone, in a CommonJS program', () => {
    const program = "console.log(typeof require('phoenix-cdk').PhoenixError)";
    expect(runNode(packed, 'alone.cjs', program)).toBe('function\n');
  });

  it('loads its testing entry point', () => {
    expect(runNode(packed, 'testing.mjs', "await import('phoenix-cdk/testing')")).toBe('');
  });

  it('installs a phoenix command that explains itself', () => {
    const main = join(packed.installed, packed.manifest.bin['phoenix'] ?? '');
    expect(statSync(main).mode & 0o111).toBe(0o111);
    expect(execFileSync(main, ['--help'], { encoding: 'utf8', cwd: packed.consumer })).toContain('phoenix');
  });

  it('compiles in a strict program that brings no types of its own, from import and from require', () => {
    const esm = writeUse(packed, 'strict.mts', "import { PhoenixError } from 'phoenix-cdk';\nPhoenixError;");
    const cjs = writeUse(packed, 'strict.cts', "import cdk = require('phoenix-cdk');\ncdk.PhoenixError;");
    const program = ts.createProgram([esm, cjs], { ...compilerOptions, skipLibCheck: false });
    // Other packages' declarations are other people's business.
    const ours = ts.getPreEmitDiagnostics(program).filter(({ file }) => !file || isOurs(packed, file.fileName));
    expect(ours.map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))).toEqual([]);
  });

  it('shows the doc comment of a prop when one hovers over it', () => {
    const text = [
      "import type { VllmContainerProps } from 'phoenix-cdk';",
      'export const read = (props: VllmContainerProps) => [props.gpus, props.maxModelLen];',
    ].join('\n');
    const use = writeUse(packed, 'hover.mts', text);
    const shared = quickInfo(use, text.lastIndexOf('gpus'));
    expect(ts.displayPartsToString(shared?.displayParts)).toContain('gpus?: readonly HostGpu[]');
    expect(ts.displayPartsToString(shared?.documentation)).toBe('Cards of the host that the container may use.');
    const own = quickInfo(use, text.lastIndexOf('maxModelLen'));
    expect(ts.displayPartsToString(own?.documentation)).toContain('Unit: tokens');
    expect(own?.tags?.map((tag) => tag.name)).toContain('default');
  });

  it('documents every prop of every exported props interface', () => {
    const program = ts.createProgram([join(packed.installed, 'lib/index.d.ts')], compilerOptions);
    expect(undocumentedProps(program, join(packed.installed, 'lib/index.d.ts'))).toEqual([]);
  });
});

/** Links to files that are not there; those with a scheme are other people's. */
function deadLinks(folder: string, document: string): string[] {
  const links = readFileSync(join(folder, document), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g);
  return [...links]
    .map(([, link = '']) => link)
    .filter((link) => !link.includes('://') && !existsSync(join(folder, document, '..', link)))
    .map((link) => `${document}: ${link}`);
}

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts'],
  types: [],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
};

function runNode(packed: PackedPackage, file: string, program: string): string {
  const path = writeUse(packed, file, program);
  // A warning (an experimental require, say) is output that a user would see.
  return execFileSync(process.execPath, [path], {
    encoding: 'utf8',
    cwd: packed.consumer,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function writeUse(packed: PackedPackage, file: string, text: string): string {
  const path = join(packed.consumer, file);
  writeFileSync(path, text);
  return path;
}

function isOurs(packed: PackedPackage, file: string): boolean {
  return file.startsWith(packed.installed) || !file.includes('/node_modules/');
}

function quickInfo(path: string, position: number): ts.QuickInfo | undefined {
  const service = ts.createLanguageService({
    getCompilationSettings: () => compilerOptions,
    getScriptFileNames: () => [path],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const text = ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => join(path, '..'),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: (file) => ts.sys.realpath?.(file) ?? file,
  });
  return service.getQuickInfoAtPosition(path, position);
}

function undocumentedProps(program: ts.Program, entry: string): string[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (!module) throw new Error(`${entry} is not a module`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter((symbol) => symbol.flags & ts.SymbolFlags.Interface && symbol.name.endsWith('Props'))
    .flatMap((symbol) => {
      const props = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
      const bare = props.filter((prop) => prop.getDocumentationComment(checker).length === 0);
      return bare.map((prop) => `${symbol.name}.${prop.name}`);
    });
}
