import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';
import { type DocumentedFile, documentedFiles, documentedSnippets, writeFiles } from '../support/documented-files.js';
import { installPackedPackage, type PackedPackage } from './packed-package.js';
import { programOf } from './snippet-context.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const modules = join(root, 'node_modules');

/** Projects that documents show whole are tried as a user would: from the packed package, with what they say is installed beside it. */
describe('the projects that documents show', () => {
  let packed: PackedPackage;
  beforeAll(() => {
    packed = installPackedPackage();
    linkModules(packed.consumer, ['vitest', '@types/node']);
    return () => rmSync(packed.consumer, { recursive: true, force: true });
  });

  it('docs/plug-ins.md compiles, and its kind and section make what they say', () => {
    const project = projectOf(packed, 'plug-ins', documentedFiles('docs/plug-ins.md'));
    expect(typeErrors(project)).toEqual([]);
    execFileSync(process.execPath, [join(project, 'out/src/main.js')], { cwd: project });
    const share = 'stacks/host-pve1/root/etc/samba/shares/models.conf';
    expect(readFileSync(join(project, 'cdk.out', share), 'utf8')).toContain('path = /tank/models');
    expect(existsSync(join(project, 'cdk.out/stacks/guests/guests/960/script'))).toBe(true);
  });

  it('a mistake in a file of a plug-in is told with its place', () => {
    const files = documentedFiles('docs/plug-ins.md').map((file) => ({
      ...file,
      content: file.content
        .replace('"dataset": "tank/models" }', '"dataset": "tank/modles" }')
        .replace('0.9.6\n', '9\n'),
    }));
    const project = projectOf(packed, 'mistakes', files);
    expect(typeErrors(project)).toEqual([]);
    const { stderr } = spawnSync(process.execPath, [join(project, 'out/src/main.js')], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(stderr).toContain('conf/dangling  conf.d/host.json:14:');
    expect(stderr).toContain('config/wrong-value  conf.d/lxc/960_llama.yaml:3:');
  });

  it.each(['docs/testing.md', 'docs/plug-ins.md'])('the tests of %s compile and pass', (document) => {
    const project = projectOf(packed, 'tests', documentedFiles(document));
    expect(typeErrors(project)).toEqual([]);
    const vitest = join(modules, 'vitest/vitest.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [vitest, 'run', '--dir', join(project, 'test')], {
      cwd: project,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(status, stdout + stderr).toBe(0);
  });
});

/** Parts of programs in documents are put into a program that has what they take for granted, compiled, and synthesized. */
describe('the snippets of documents', () => {
  const documents = ['README.md', ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`)];
  const snippets = documents.flatMap((document) =>
    documentedSnippets(document).map((snippet, index) => ({
      name: `${document.replace(/\W/g, '-')}-${index}`,
      snippet,
    })),
  );
  let project: string;
  let consumer: string;
  beforeAll(() => {
    const packed = installPackedPackage();
    consumer = packed.consumer;
    linkModules(consumer, ['@types/node']);
    const exported = Object.keys(library);
    const files = snippets.map(({ name, snippet }) => ({
      path: `${name}/main.ts`,
      content: programOf(snippet, exported),
    }));
    project = projectOf(packed, 'snippets', files);
    return () => rmSync(consumer, { recursive: true, force: true });
  });

  it('compile', () => {
    expect(snippets.length).toBeGreaterThan(10);
    expect(typeErrors(project)).toEqual([]);
  });

  it.each(snippets)('$name synthesizes', ({ name }) => {
    const folder = join(project, 'out', name);
    writeFiles(folder, [
      ...documentedFiles('docs/configuration.md'),
      { path: 'package.json', content: '{ "type": "module" }' },
    ]);
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'main.js')], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  });
});

/** Links what a user would install. */
function linkModules(consumer: string, names: readonly string[]): void {
  mkdirSync(join(consumer, 'node_modules/@types'), { recursive: true });
  for (const name of names) {
    symlinkSync(join(modules, name), join(consumer, 'node_modules', name), 'junction');
  }
}

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  skipLibCheck: true,
};

/** A folder with the files, beside the installed package. */
function projectOf(packed: PackedPackage, name: string, files: readonly DocumentedFile[]): string {
  const project = join(packed.consumer, name);
  rmSync(project, { recursive: true, force: true });
  writeFiles(project, files);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  return project;
}

/** What `tsc --strict` says of the TypeScript of the project; its output goes to `out`. */
function typeErrors(project: string): string[] {
  const sources = ts.sys.readDirectory(project, ['.ts'], ['**/out/**']);
  const options = {
    ...compilerOptions,
    rootDir: project,
    outDir: join(project, 'out'),
    typeRoots: [join(project, '../node_modules/@types')],
  };
  const program = ts.createProgram(sources, options);
  const found = ts.getPreEmitDiagnostics(program);
  program.emit();
  return found.map(
    ({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}
