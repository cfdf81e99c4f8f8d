import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { PhoenixError, type Problem } from '../base/errors.js';
import { lazy } from '../base/lazy.js';
import { checkArtifactPath } from '../model/artifact.js';
import {
  assemblyVersion,
  type Manifest,
  manifestSchema,
  type Runbook,
  runbookSchema,
  type Tree,
  treeSchema,
} from '../model/manifest.js';
import { readBySchema } from '../model/schema-faults.js';

/** What an assembly says, wherever it came from. */
export interface AssemblyContent {
  readonly manifest: Manifest;
  /** In the manifest's order of stacks. */
  readonly runbooks: readonly Runbook[];
  /** The text of a file that the manifest lists; empty if it does not, or if somebody removed the file. */
  readonly text: (path: string) => string;
}

/** An assembly in a folder. Everything that works on what a synth made starts here, never from the construct tree. */
export interface Assembly extends AssemblyContent {
  readonly folder: string;
  /** The construct tree; read at the first call. Throws `assembly/invalid`. */
  readonly tree: () => Tree;
}

/** An assembly with nothing in it: what there was before the first synth. */
export function emptyAssembly(like: Manifest): AssemblyContent {
  return { manifest: { ...like, stacks: [], files: [], findings: [] }, runbooks: [], text: () => '' };
}

/** Whether the folder holds an assembly, of whatever version. */
export function isAssembly(folder: string): boolean {
  return lstatSync(join(folder, 'manifest.json'), { throwIfNoEntry: false })?.isFile() === true;
}

/** Whether the manifest in a folder says that there are no stacks. What else is wrong with it is for {@link openAssembly} to say. */
export function hasNoStacks(folder: string): boolean {
  try {
    const { stacks } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { stacks?: unknown };
    return Array.isArray(stacks) && stacks.length === 0;
  } catch {
    return false;
  }
}

/**
 * Opens the assembly in a folder.
 * @throws `assembly/missing`, `assembly/version`, or `assembly/invalid` with everything that is wrong with a file
 */
export function openAssembly(folder: string): Assembly {
  if (!isAssembly(folder)) {
    throw missingAssembly(folder);
  }
  const manifest = readManifest(folder);
  const listed = new Set(manifest.files.map((file) => file.path));
  const text = (path: string) =>
    listed.has(path) && existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : '';
  return {
    folder,
    manifest,
    runbooks: manifest.stacks.map((stack) => readJson(folder, stack.runbook, runbookSchema)),
    text,
    tree: lazy(() => readJson(folder, 'tree.json', treeSchema)),
  };
}

function readManifest(folder: string): Manifest {
  refuseOtherVersion(folder, parseJson(folder, 'manifest.json'));
  const manifest = readJson(folder, 'manifest.json', manifestSchema);
  for (const path of [...manifest.files.map((file) => file.path), ...manifest.stacks.map((stack) => stack.runbook)]) {
    checkArtifactPath(path);
  }
  return manifest;
}

/** Told apart from other faults, because the way out is another one. */
function refuseOtherVersion(folder: string, manifest: unknown): void {
  const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  if (typeof version === 'number' && version !== assemblyVersion) {
    const later = version > assemblyVersion;
    throw new PhoenixError({
      code: 'assembly/version',
      message: `${folder} has version ${version} of the assembly's form; this phoenix reads version ${assemblyVersion}`,
      path: folder,
      value: version,
      fix: later ? 'install a phoenix-cdk as new as the one that made it' : 'run `phoenix synth` to make it again',
    });
  }
}

function readJson<T>(folder: string, path: string, schema: z.ZodType<T>): T {
  const reading = readBySchema(schema, parseJson(folder, path));
  if ('data' in reading) {
    return reading.data;
  }
  throw new PhoenixError(reading.faults.map(({ message }) => invalid(folder, path, message)));
}

function parseJson(folder: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, path), 'utf8'));
  } catch (error) {
    throw new PhoenixError(invalid(folder, path, error instanceof Error ? error.message : String(error)));
  }
}

function invalid(folder: string, path: string, message: string): Problem {
  return { code: 'assembly/invalid', message, path: join(folder, path), fix: 'run `phoenix synth` to make it again' };
}

/** Says that the folder holds no assembly. */
export function missingAssembly(folder: string): PhoenixError {
  return new PhoenixError({
    code: 'assembly/missing',
    message: `there is no assembly in ${folder}`,
    path: folder,
    value: folder,
    fix: 'run `phoenix synth`, or name the folder with --output',
  });
}
