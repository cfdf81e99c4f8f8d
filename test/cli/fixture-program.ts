import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { lazy } from '../../src/base/lazy.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The fixture's program and the kernel it stands on as plain JavaScript: translating them once costs less than a loader in each of the
 * many processes that the tests start. Gone with the process that asked.
 */
export const fixtureProgram: () => string = lazy(() => {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fixture-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'src/runtime'), join(folder, 'src/runtime'), { recursive: true });
  for (const part of ['src/base', 'src/model', 'src/format', 'src/core', 'test/cli/fixtures']) translate(part, folder);
  return join(folder, 'test/cli/fixtures/program.js');
});

function translate(part: string, into: string): void {
  for (const file of readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
    const { outputText } = ts.transpileModule(readFileSync(join(root, part, file), 'utf8'), {
      compilerOptions: options,
    });
    const target = join(into, part, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
}
