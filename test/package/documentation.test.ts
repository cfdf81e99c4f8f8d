import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DocumentedFile, documentedFiles, writeFiles } from '../support/documented-files.js';
import { installPackedPackage, type PackedPackage } from './packed-package.js';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Projects that documents show whole are tried as a user would: from the packed package, with what they say is installed beside it. */
describe('the projects that documents show', () => {
  let packed: PackedPackage;
  beforeAll(() => {
    packed = installPackedPackage();
    for (const name of ['vitest', '@types/node']) {
      mkdirSync(join(packed.consumer, 'node_modules/@types'), { recursive: true });
      symlinkSync(join(modules, name), join(packed.consumer, 'node_modules', name), 'junction');
    }
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
    expect(stderr).toContain('conf/dangling  conf.d/host.json:13:');
    expect(stderr).toContain('config/wrong-value  conf.d/lxc/960_llama.yaml:2:');
  });

  it.each(['docs/plug-ins.md'])('the tests of %s compile and pass', (document) => {
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
