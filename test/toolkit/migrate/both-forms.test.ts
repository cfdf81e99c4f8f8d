import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type MigrateOptions, migrateMonolith } from '../../../src/toolkit/migrate/migrate.js';
import { readConf } from '../../../src/toolkit/migrate/read-conf.js';
import { confFiles, confProject } from '../../../src/toolkit/migrate/write-conf.js';
import { typescriptProject } from '../../../src/toolkit/migrate/write-typescript.js';
import { folderOf, hasRealMonolith, otherClothes, realMonolith, smallMonolith, unlessReal } from './monoliths.js';
import { assemblyOf, guestFiles } from './project.js';

const repository = join(import.meta.dirname, '../../..');
const options: MigrateOptions = {
  pveVersion: '9.1',
  gpus: ['0000:01:00.0', '0000:02:00.0'].map((pci) => ({ model: 'rtx5060Ti16', pci })),
};

const inputs = [
  ['a small monolith', () => folderOf(smallMonolith), 10, true],
  ['guests as a list, with other keys', () => folderOf(otherClothes), 2, true],
  [`the real monolith${unlessReal}`, () => realMonolith, 24, hasRealMonolith],
] as const;

describe.each(inputs)('%s', (_name, folderOfInput, count, isThere) => {
  const migrated = () => migrateMonolith(folderOfInput(), options);

  test.skipIf(!isThere)('gives the same guests as files and as a program, byte for byte', { timeout: 180_000 }, () => {
    const { tree } = migrated();
    const byFiles = guestFiles(assemblyOf(confProject(tree)));
    const byProgram = guestFiles(assemblyOf(typescriptProject(tree)));
    expect(Object.keys(byFiles).filter((path) => path.endsWith('/config.conf'))).toHaveLength(count);
    expect(byProgram).toEqual(byFiles);
  });

  test.skipIf(!isThere)('gives the same program by way of the files', () => {
    const { tree } = migrated();
    const byWay = typescriptProject(readConf(folderOf(confFiles(tree)), tree.app));
    expect(sorted(byWay['main.ts'])).toEqual(sorted(typescriptProject(tree)['main.ts']));
  });

  test.skipIf(!isThere)('is the same each time', () => {
    expect(migrated()).toEqual(migrated());
    expect(confProject(migrated().tree)).toEqual(confProject(migrated().tree));
  });

  test.skipIf(!isThere)('gives a program that is laid out as a formatter does', () => {
    const text = typescriptProject(migrated().tree)['main.ts'] ?? '';
    const biome = join(repository, 'node_modules/.bin/biome');
    const words = ['format', '--stdin-file-path', 'src/main.ts', '--vcs-enabled=false'];
    const { stdout, stderr } = spawnSync(biome, words, { cwd: repository, input: text, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe(text);
  });

  test.skipIf(!isThere)(
    'gives a program that compiles under the strictest rules, with nothing unused',
    { timeout: 180_000 },
    () => {
      const folder = folderOf(typescriptProject(migrated().tree));
      const paths = { 'phoenix-cdk': [join(repository, 'src/index.ts')] };
      const compilerOptions = {
        noEmit: true,
        incremental: false,
        typeRoots: [join(repository, 'node_modules/@types')],
        paths,
      };
      const extended = join(repository, 'tsconfig.json');
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ extends: extended, compilerOptions, include: ['main.ts'] }),
      );
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      const tsc = join(repository, 'node_modules/typescript/bin/tsc');
      expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout).toBe('');
    },
  );
});

/** Lines, whatever the order of profiles, which files have by name. */
function sorted(text: string | undefined): readonly string[] {
  return (text ?? '').split('\n').sort();
}
