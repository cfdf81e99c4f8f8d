import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../../..');

/** The assembly of a project, made as a user makes it: files by their path in `cdk.out`. */
export function assemblyOf(project: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'phoenix-migrated-'));
  for (const [path, text] of Object.entries(project)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const outdir = join(folder, 'cdk.out');
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', join(folder, 'main.ts')], {
    cwd: repository,
    env: { ...process.env, PHOENIX_OUTDIR: outdir, TSX_TSCONFIG_PATH: join(repository, 'tsconfig.json') },
    encoding: 'utf8',
  });
  if (status !== 0) {
    throw new Error(stderr.replaceAll(/^ +at .*$/gm, ''));
  }
  return new Map(filesIn(outdir).map((path) => [path, readFileSync(join(outdir, path), 'utf8')]));
}

/** Files of guests: their configs, what is in them, their firewalls, their cloud-init documents. */
export function guestFiles(assembly: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const form = /^stacks\/[^/]+\/(guests\/|root\/etc\/pve\/firewall\/\d|root\/.*snippets\/)/;
  return Object.fromEntries([...assembly].filter(([path]) => form.test(path)));
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}
