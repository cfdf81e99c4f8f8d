import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PhoenixError } from '../base/errors.js';
import { type Artifact, checkArtifactPath, signatureFile } from '../model/artifact.js';

/** What writing an assembly came to. */
export interface WriteResult {
  readonly files: number;
  /** Paths that are new or have other bytes. */
  readonly changed: readonly string[];
  /** Paths that the former assembly had and this one has not. */
  readonly removed: readonly string[];
}

/**
 * Writes an assembly: what changed, and nothing else. Deletes only what the former manifest lists; follows no link and never leaves the folder.
 *
 * Throws `writer/*` before a byte is written if the folder holds something that would be in the way.
 */
export function writeAssembly(outdir: string, files: readonly Artifact[]): WriteResult {
  checkFolder(outdir);
  const wanted = new Set(files.map((file) => file.path));
  const leaving = new Set(formerFiles(outdir).filter((path) => !wanted.has(path)));
  const folders = new Folders(outdir, leaving);
  for (const file of files) {
    checkParents(outdir, file, wanted);
    folders.check(dirname(file.path));
    checkFile(outdir, file, folders, leaving);
  }
  // Before the others are written: where names that differ in case are one file, it would take the new one with it.
  const removed = [...leaving].filter((path) => removeFile(outdir, path, folders));
  const changed = files.filter((file) => writeFile(outdir, file, folders)).map((file) => file.path);
  // over another manifest it is of no use
  if (changed.includes('manifest.json')) {
    removeFile(outdir, signatureFile, folders);
  }
  return { files: files.length, changed, removed };
}

/** Folders of the assembly, each looked at once. */
class Folders {
  private readonly seen = new Set<string>(['.']);
  private readonly missing = new Set<string>();
  private readonly made = new Set<string>();

  constructor(
    private readonly outdir: string,
    /** Files of the former assembly that will be gone before anything is written. */
    private readonly leaving: ReadonlySet<string>,
  ) {}

  /** Throws `writer/in-the-way` if some part of the path exists, stays, and is no folder of its own. */
  check(path: string): void {
    if (this.seen.has(path)) {
      return;
    }
    this.check(dirname(path));
    const stats = this.isMissing(dirname(path)) ? undefined : statOf(join(this.outdir, path));
    if (stats === undefined) {
      this.missing.add(path);
    }
    if (stats !== undefined && !stats.isDirectory() && !(stats.isFile() && this.leaving.has(path))) {
      throw inTheWay(join(this.outdir, path), 'a folder of the assembly');
    }
    this.seen.add(path);
  }

  /** Whether there was no such folder when it was looked for, so that nothing can have been in it. */
  isMissing(path: string): boolean {
    return this.missing.has(path);
  }

  make(path: string): void {
    if (!this.made.has(path)) {
      mkdirSync(join(this.outdir, path), { recursive: true });
      this.made.add(path);
    }
  }

  /** True if the path lies in folders that are folders, not links. */
  isOwn(path: string): boolean {
    try {
      this.check(path);
      return true;
    } catch {
      return false;
    }
  }
}

function writeFile(outdir: string, file: Artifact, folders: Folders): boolean {
  const target = `${outdir}/${file.path}`;
  const mode = file.executable === true ? 0o755 : 0o644;
  const stats = folders.isMissing(dirname(file.path)) ? undefined : statOf(target);
  const same =
    stats !== undefined && stats.size === Buffer.byteLength(file.text) && readFileSync(target, 'utf8') === file.text;
  if (!same) {
    folders.make(dirname(file.path));
    writeFileSync(target, file.text, { mode });
  }
  // a new file has what the umask left of its mode
  if (stats === undefined || (stats.mode & 0o777) !== mode) {
    chmodSync(target, mode);
  }
  return !same;
}

/** Nothing can be a file and a folder at once, which would show only when half of the assembly is written. */
function checkParents(outdir: string, file: Artifact, wanted: ReadonlySet<string>): void {
  for (let folder = dirname(file.path); folder !== '.'; folder = dirname(folder)) {
    if (wanted.has(folder)) {
      throw inTheWay(join(outdir, folder), `the folder of ${file.path}`);
    }
  }
}

function checkFile(outdir: string, file: Artifact, folders: Folders, leaving: ReadonlySet<string>): void {
  if (folders.isMissing(dirname(file.path))) {
    return;
  }
  const target = join(outdir, file.path);
  const stats = statOf(target);
  const isFree = stats === undefined || stats.isFile() || (stats.isDirectory() && leaves(outdir, file.path, leaving));
  if (!isFree) {
    throw inTheWay(target, 'a file of the assembly');
  }
}

/** Whether a folder holds nothing but files that will be gone, so that it goes with them. */
function leaves(outdir: string, folder: string, leaving: ReadonlySet<string>): boolean {
  const entries = readdirSync(join(outdir, folder), { withFileTypes: true });
  return (
    entries.length > 0 &&
    entries.every((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? leaves(outdir, path, leaving) : entry.isFile() && leaving.has(path);
    })
  );
}

function removeFile(outdir: string, path: string, folders: Folders): boolean {
  if (!folders.isOwn(dirname(path)) || statOf(join(outdir, path))?.isFile() !== true) {
    return false;
  }
  unlinkSync(join(outdir, path));
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    try {
      rmdirSync(join(outdir, folder));
    } catch {
      break;
    }
  }
  return true;
}

/** What the former manifest lists. A list with a path that leaves the folder is not believed at all. */
function formerFiles(outdir: string): string[] {
  const manifest = join(outdir, 'manifest.json');
  if (statOf(manifest)?.isFile() !== true) {
    return [];
  }
  try {
    const { files } = JSON.parse(readFileSync(manifest, 'utf8')) as { files: { path: string }[] };
    const paths = files.map((file) => file.path);
    paths.forEach(checkArtifactPath);
    return paths;
  } catch {
    return [];
  }
}

function checkFolder(outdir: string): void {
  const stats = statOf(outdir);
  if (stats === undefined) {
    return;
  }
  if (!stats.isDirectory()) {
    throw inTheWay(outdir, 'the folder of the assembly');
  }
  if (statOf(join(outdir, 'manifest.json')) === undefined && readdirSync(outdir).length > 0) {
    throw new PhoenixError({
      code: 'writer/not-an-assembly',
      message: `${outdir} holds files, and no manifest that says they are an assembly`,
      value: outdir,
      fix: 'choose an empty folder or a new one',
    });
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // below a file there is nothing
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') {
      return undefined;
    }
    throw error;
  }
}

function inTheWay(path: string, what: string): PhoenixError {
  return new PhoenixError({
    code: 'writer/in-the-way',
    message: `${path} should be ${what}, but something else lies there`,
    value: path,
    fix: 'move it away, or choose another output folder',
  });
}
