import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A user's project with the packed package installed in it, made without a registry. */
export interface PackedPackage {
  readonly consumer: string;
  readonly installed: string;
  readonly manifest: {
    readonly bin: Readonly<Record<string, string>>;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
}

/** Builds, packs and unpacks; only what package.json promises to users is installed beside it. */
export function installPackedPackage(): PackedPackage {
  const consumer = mkdtempSync(join(tmpdir(), 'phoenix-cdk-consumer-'));
  const modules = join(consumer, 'node_modules');
  mkdirSync(modules);
  // A type error is the type-check's to report; the compiler has written what there is.
  spawnSync(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), 'scripts/build.ts', '--if-stale'], {
    cwd: root,
  });
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', consumer]);
  run('tar', ['-xf', join(consumer, tarballName()), '-C', modules]);
  const installed = join(modules, 'phoenix-cdk');
  renameSync(join(modules, 'package'), installed);
  const manifest: PackedPackage['manifest'] = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  return { consumer, installed, manifest };
}

function tarballName(): string {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return `${name}-${version}.tgz`;
}

function run(command: string, words: readonly string[]): void {
  execFileSync(command, words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}
