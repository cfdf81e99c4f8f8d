import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The fixture's program and the kernel it stands on as plain JavaScript: translating them once costs less than a loader in each of the
 * many processes that the tests start. Gives the program in the folder, which the caller removes.
 */
export function translateProgram(): { readonly folder: string; readonly program: string } {
  // Below node_modules, so that packages are found.
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'fixture-'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'src/runtime'), join(folder, 'src/runtime'), { recursive: true });
  for (const part of ['src/base', 'src/model', 'src/format', 'src/core', 'test/cli/fixtures']) translate(part, folder);
  return { folder, program: join(folder, 'test/cli/fixtures/program.js') };
}

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
