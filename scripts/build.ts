/**
 * Builds lib from src: declarations by the compiler; the entry points, bundled with what they have in common in chunks,
 * because loading two hundred small modules takes longer than most synths; and beside them what is not TypeScript: the
 * shell library, the simulated node's stand-ins and the handlebars templates. Removes output whose source is gone.
 *
 * `--if-stale`: do nothing when nothing under src is newer than the last build.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const lib = join(root, 'lib');
/** Written by a build that succeeded; the compiler's own notes lie beside it. */
const stamp = join(lib, '.build-stamp');
const compilerState = `${stamp}.tsbuildinfo`;

process.exitCode = process.argv.includes('--if-stale') && isFresh() ? 0 : build();

function build(): number {
  rmSync(stamp, { force: true });
  const code = compile();
  const chunks = bundle();
  for (const file of filesUnder(src).filter(isAsset)) copyIfChanged(join(src, file), join(lib, file));
  removeOrphans(chunks);
  makeExecutable(join(lib, 'cli/main.js'));
  if (code === 0) writeFileSync(stamp, '');
  return code;
}

/** Runs the compiler of this checkout, whatever `tsc` is on the PATH. */
function compile(): number {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  return result.status ?? 1;
}

/** Returns the paths of the modules that were written, from lib on. */
function bundle(): ReadonlySet<string> {
  const result = buildSync({
    absWorkingDir: root,
    entryPoints: ['src/index.ts', 'src/testing/index.ts', 'src/cli/main.ts'],
    outdir: 'lib',
    outbase: 'src',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // constructs belongs to the user's program; the others are loaded only where they are used
    external: ['constructs', 'handlebars', 'commander', 'openpgp'],
    write: false,
    logLevel: 'warning',
  });
  for (const { path, text } of result.outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, withClassNames(text));
  }
  return new Set(result.outputFiles.map(({ path }) => relative(lib, path)));
}

/**
 * Gives classes their names back, which `tree.json` and messages show: esbuild calls one that speaks of itself `_Name`. Its own `keepNames`
 * would do that for every function too, and again each time that one is made, which is a tenth of a small synth.
 */
function withClassNames(code: string): string {
  return code.replaceAll(
    /^(\s*var (\w+) = class _\2 (?:extends \S+ )?\{)$/gm,
    '$1\n  static { Object.defineProperty(this, "name", { value: "$2", configurable: true }); }',
  );
}

function isFresh(): boolean {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  const inputs = [...filesUnder(src).map((file) => join(src, file)), join(root, 'tsconfig.build.json')];
  return inputs.every((file) => statSync(file).mtimeMs <= built);
}

/** Everything that is not TypeScript is wanted at run time. */
function isAsset(file: string): boolean {
  return !file.endsWith('.ts');
}

/** Modes are part of the content: runbooks start some of these files. */
function copyIfChanged(from: string, to: string): void {
  const mode = statSync(from).mode & 0o777;
  if (existsSync(to) && (statSync(to).mode & 0o777) === mode && readFileSync(from).equals(readFileSync(to))) return;
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { force: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

/** A module that was moved must not stay importable from an old lib. */
function removeOrphans(chunks: ReadonlySet<string>): void {
  for (const file of filesUnder(lib)) {
    if (join(lib, file) === compilerState || chunks.has(file)) continue;
    if (!file.endsWith('.js') && sourceCandidates(file).some((source) => existsSync(join(src, source)))) continue;
    rmSync(join(lib, file));
  }
}

function sourceCandidates(output: string): readonly string[] {
  return [output, output.replace(/\.d\.ts$/, '.ts')];
}

function makeExecutable(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o755);
}

function filesUnder(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
