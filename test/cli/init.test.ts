import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { projectName } from '../../src/cli/init-files.js';
import { newFolder, removeProjects, run } from './fixture-project.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
afterAll(removeProjects);
afterAll(() => {
  vi.unstubAllEnvs();
});

describe('phoenix init', () => {
  it.each(['app', 'sample'])('writes a program from %j that type-checks and synthesizes', async (template) => {
    const project = newFolder();
    expect((await run(project, 'init', template)).code).toBe(0);
    expect(typeErrors(project)).toEqual([]);
    vi.stubEnv('TSX_TSCONFIG_PATH', join(root, 'tsconfig.json'));
    const app = `node --import ${import.meta.resolve('tsx')} src/main.ts`;
    expect(await run(project, 'synth', '--strict', '--app', app)).toMatchObject({
      notes: expect.stringMatching(/^phoenix \S+ · app /),
      text: expect.stringMatching(/^cdk\.out: .* 0 errors, 0 warnings/m),
    });
  });

  it('writes an app whose empty stack is named wherever somebody looks for it', async () => {
    const project = newFolder();
    await run(project, 'init');
    vi.stubEnv('TSX_TSCONFIG_PATH', join(root, 'tsconfig.json'));
    const app = ['--app', `node --import ${import.meta.resolve('tsx')} src/main.ts`];
    const { text, notes } = await run(project, 'synth', ...app);
    expect(notes).toContain(' · 0 stacks and 1 empty');
    expect(text).toMatch(/^info {3}stack\/empty {2}guests\n +has nothing in it.*\n +→ make a guest, a dataset/);
    expect(await run(project, 'ls', ...app)).toMatchObject({
      text: '',
      notes: expect.stringMatching(/^guests: nothing/),
    });
    await expect(run(project, 'plan')).rejects.toMatchObject({
      problems: [{ code: 'assembly/empty', fix: expect.stringContaining('make a guest') }],
    });
  });

  it('writes what a project needs, and how its program is run', async () => {
    const project = join(newFolder(), 'My Lab');
    mkdirSync(project);
    const { data } = await run(project, 'init');
    const files = ['.gitattributes', '.gitignore', 'package.json', 'phoenix.json', 'src', 'tsconfig.json'];
    expect(readdirSync(project).sort()).toEqual(files);
    expect(data).toMatchObject({ name: 'my-lab', template: 'app' });
    const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
      name: 'my-lab',
      dependencies: { [name]: `^${version}` },
    });
    expect(readFileSync(join(project, '.gitattributes'), 'utf8')).toContain('cdk.out/** -text');
    expect(JSON.parse(readFileSync(join(project, 'phoenix.json'), 'utf8'))).toEqual({
      app: 'node --import tsx src/main.ts',
    });
  });

  it('overwrites nothing, and names everything in the way', async () => {
    const project = newFolder();
    writeFileSync(join(project, 'package.json'), '{ "type": "commonjs" }');
    writeFileSync(join(project, 'phoenix.json'), '{}');
    await expect(run(project, 'init')).rejects.toMatchObject({
      problems: [
        { code: 'init/exists', path: join(project, 'package.json'), message: expect.stringContaining('commonjs') },
        { code: 'init/exists', path: join(project, 'phoenix.json') },
      ],
    });
    expect(readdirSync(project).sort()).toEqual(['package.json', 'phoenix.json']);
  });

  it.each(['{', '[]'])('leaves a package.json alone that is %j', async (text) => {
    const project = newFolder();
    writeFileSync(join(project, 'package.json'), text);
    await expect(run(project, 'init')).rejects.toMatchObject({ problems: [{ code: 'init/exists' }] });
    expect(readdirSync(project)).toEqual(['package.json']);
  });

  it('completes the package.json that `npm install` left, and changes nothing in it', async () => {
    const project = newFolder();
    const dependencies = { constructs: '^10.8.1', 'phoenix-cdk': 'file:../phoenix-cdk.tgz' };
    writeFileSync(join(project, 'package.json'), JSON.stringify({ dependencies, scripts: { check: 'mine' } }));
    expect((await run(project, 'init', 'sample')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))).toMatchObject({
      type: 'module',
      dependencies,
      scripts: { check: 'mine', synth: 'phoenix synth' },
      devDependencies: { tsx: expect.any(String) },
    });
  });

  it('makes a name of any folder', () => {
    expect(['my.lab', 'Ünïcode', '---', 'a'.repeat(60)].map(projectName)).toEqual([
      'my-lab',
      'n-code',
      'app',
      'a'.repeat(40),
    ]);
  });
});

/** What the compiler says of the project's own files, with the library's source in the place of the package. */
function typeErrors(project: string): string[] {
  const config = JSON.parse(readFileSync(join(project, 'tsconfig.json'), 'utf8'));
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, project);
  const main = join(project, 'src/main.ts');
  const program = ts.createProgram([main], {
    ...options,
    incremental: false,
    typeRoots: [join(root, 'node_modules/@types')],
    paths: { 'phoenix-cdk': [join(root, 'src/index.ts')] },
  });
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(main))
    .map((diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}
