import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PhoenixError } from '../../base/errors.js';
import type { ConfTree } from '../../toolkit/migrate/conf-tree.js';
import type { KnownCard } from '../../toolkit/migrate/gpus.js';
import { migrateMonolith } from '../../toolkit/migrate/migrate.js';
import { isConfFolder, readConf } from '../../toolkit/migrate/read-conf.js';
import { type MigrationReport, migrationReport, reportText } from '../../toolkit/migrate/report.js';
import { confProject } from '../../toolkit/migrate/write-conf.js';
import { typescriptProject } from '../../toolkit/migrate/write-typescript.js';
import { type Action, type Call, exitCodes } from '../command.js';
import { projectName } from '../init-files.js';
import { shortPath } from '../paths.js';
import { migratedText } from '../print-migrate.js';
import { writeFrame } from '../project-frame.js';

/** Writes a project that says what a folder of other files says. Changes nothing of what it reads, and looks at no host. */
export const migrate: Action = (call) => {
  const { words, options, globals, cwd } = call;
  const folder = resolve(cwd, words[0] ?? '.');
  const output = resolve(cwd, globals.output ?? '.');
  const target = targetOf(options['to']);
  const { tree, report } = read(folder, target, call);
  const project = target === 'typescript' ? typescriptProject(tree) : confProject(tree);
  const files = { ...project, ...(report === undefined ? {} : { 'MIGRATION.md': reportText(report) }) };
  write(output, files, options['force'] === true, shortPath(cwd, output));
  const frame = writeFrame(output, projectName(tree.app), 'main.ts');
  const written = [...Object.keys(files), ...frame.written];
  const data = {
    output: shortPath(cwd, output),
    written,
    guests: tree.guests.length,
    ...(report === undefined ? {} : { report }),
  };
  return { code: exitCodes.done, data, text: migratedText(data, frame.commands, globals.verbose) };
};

type Target = 'conf.d' | 'typescript';

function targetOf(value: unknown): Target {
  if (value === 'conf.d' || value === 'typescript') {
    return value;
  }
  throw new PhoenixError({
    code: 'migrate/target',
    message: value === undefined ? 'nothing says what to migrate to' : `${String(value)} is nothing to migrate to`,
    value,
    fix: 'give --to conf.d or --to typescript',
  });
}

function read(folder: string, target: Target, { options }: Call): { tree: ConfTree; report?: MigrationReport } {
  const name = textOf(options['name']);
  if (!isConfFolder(folder)) {
    const migrated = migrateMonolith(folder, {
      name,
      pveVersion: textOf(options['pve']),
      gpus: cardsOf(options['gpu']),
    });
    return { tree: migrated.tree, report: migrationReport(migrated) };
  }
  if (target === 'conf.d') {
    throw new PhoenixError({
      code: 'migrate/target',
      message: 'the folder is a config directory already',
      value: folder,
      fix: 'give --to typescript, or the folder with the monolithic files',
    });
  }
  return { tree: readConf(folder, name) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `rtx4090@0000:01:00.0`. */
function cardsOf(values: unknown): readonly KnownCard[] {
  return (Array.isArray(values) ? values : []).map((value) => {
    const [, model, pci] = /^([A-Za-z0-9]+)@([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/.exec(String(value)) ?? [];
    if (model === undefined || pci === undefined) {
      throw new PhoenixError({
        code: 'migrate/card',
        message: `${JSON.stringify(value)} is no card`,
        value,
        fix: 'write the name of its maker in the library and its PCI address: --gpu rtx4090@0000:01:00.0',
      });
    }
    return { model, pci };
  });
}

/** All or nothing: a file that is there already stops everything, unless it may be overwritten. */
function write(folder: string, files: Readonly<Record<string, string>>, isForced: boolean, shown: string): void {
  const existing = Object.keys(files).filter((path) => existsSync(join(folder, path)));
  if (existing.length > 0 && !isForced) {
    throw new PhoenixError({
      code: 'migrate/exists',
      message: `${shown} has ${existing.slice(0, 3).join(', ')}${existing.length > 3 ? ' and more' : ''} already`,
      value: shown,
      fix: 'give another folder with --output, or --force to overwrite them',
    });
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
