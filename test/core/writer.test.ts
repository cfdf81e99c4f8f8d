import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAssembly } from '../../src/core/writer.js';
import type { Artifact } from '../../src/model/artifact.js';
import { problemsOf } from './small-world.js';

let scratch: string;
let outdir: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'phoenix-writer-'));
  outdir = join(scratch, 'cdk.out');
});
afterEach(() => rmSync(scratch, { recursive: true }));

const file = (path: string, text = path, executable = false): Artifact => ({ path, text, executable });
const read = (path: string) => readFileSync(join(outdir, path), 'utf8');
const all = () => readdirSync(outdir, { recursive: true, encoding: 'utf8' }).sort();

/** Writes the files and a manifest that lists them. */
function write(...files: readonly Artifact[]) {
  const manifest = JSON.stringify({ files: files.map(({ path }) => ({ path })) });
  return writeAssembly(outdir, [...files, file('manifest.json', manifest)]);
}

describe('writing an assembly', () => {
  it('makes folders and files, programs with their mode', () => {
    const result = write(file('a/b/c'), file('applier', '#!/bin/sh', true));
    expect(result).toEqual({ files: 3, changed: ['a/b/c', 'applier', 'manifest.json'], removed: [] });
    expect(read('a/b/c')).toBe('a/b/c');
    expect(statSync(join(outdir, 'applier')).mode & 0o777).toBe(0o755);
    expect(statSync(join(outdir, 'a/b/c')).mode & 0o777).toBe(0o644);
  });

  it('gives new files the same modes under every umask', () => {
    const umask = process.umask(0o077);
    try {
      write(file('a'), file('applier', '#!/bin/sh', true));
    } finally {
      process.umask(umask);
    }
    expect(['a', 'applier'].map((path) => statSync(join(outdir, path)).mode & 0o777)).toEqual([0o644, 0o755]);
  });

  it('lets a file become a folder, and a folder a file', () => {
    write(file('a'), file('b/c/d'));
    expect(write(file('a/x'), file('b')).removed).toEqual(['a', 'b/c/d']);
    expect(all()).toEqual(['a', 'a/x', 'b', 'manifest.json']);
  });

  it('leaves everything as it is where a path would be a file and a folder at once', () => {
    expect(problemsOf(() => write(file('z'), file('z/a/b')))).toMatchObject([{ code: 'writer/in-the-way' }]);
    expect(existsSync(outdir)).toBe(false);
  });

  it("leaves a folder that holds somebody else's file", () => {
    write(file('b/c'));
    writeFileSync(join(outdir, 'b/notes'), 'mine');
    expect(problemsOf(() => write(file('b')))).toMatchObject([{ code: 'writer/in-the-way' }]);
    expect(all()).toEqual(['b', 'b/c', 'b/notes', 'manifest.json']);
  });

  it('writes only what changed', () => {
    write(file('a', 'same'), file('b', 'old'));
    for (const path of ['a', 'b']) utimesSync(join(outdir, path), 1000, 1000);
    expect(write(file('a', 'same'), file('b', 'new'))).toMatchObject({ changed: ['b'] });
    expect(statSync(join(outdir, 'a')).mtimeMs).toBe(1_000_000);
    expect(read('b')).toBe('new');
  });

  it('sees a change that keeps the length, and one that is only in bytes beyond ASCII', () => {
    write(file('a', 'abc'), file('b', 'ä'));
    expect(write(file('a', 'abd'), file('b', 'ö')).changed).toEqual(['a', 'b']);
    expect([read('a'), read('b')]).toEqual(['abd', 'ö']);
  });

  it('repairs a mode and what somebody edited', () => {
    write(file('a', 'text'), file('run', 'x', true));
    chmodSync(join(outdir, 'run'), 0o600);
    writeFileSync(join(outdir, 'a'), 'edited');
    expect(write(file('a', 'text'), file('run', 'x', true)).changed).toEqual(['a']);
    expect(statSync(join(outdir, 'run')).mode & 0o777).toBe(0o755);
    expect(read('a')).toBe('text');
  });

  it('removes what the former manifest listed, with folders that become empty', () => {
    write(file('stacks/old/x'), file('stacks/ai/y'), file('z'));
    expect(write(file('stacks/ai/y')).removed).toEqual(['stacks/old/x', 'z']);
    expect(all()).toEqual(['manifest.json', 'stacks', 'stacks/ai', 'stacks/ai/y']);
  });

  it('leaves files alone that no manifest listed', () => {
    write(file('stacks/old/x'));
    writeFileSync(join(outdir, 'stacks/old/notes.txt'), 'mine');
    expect(write(file('a')).removed).toEqual(['stacks/old/x']);
    expect(all()).toEqual(['a', 'manifest.json', 'stacks', 'stacks/old', 'stacks/old/notes.txt']);
  });
});

describe('writing an assembly where something is in the way', () => {
  it('refuses a folder that is no assembly', () => {
    mkdirSync(outdir);
    writeFileSync(join(outdir, 'thesis.txt'), 'mine');
    expect(problemsOf(() => write(file('a')))).toMatchObject([
      { code: 'writer/not-an-assembly', value: outdir, fix: expect.any(String) },
    ]);
    expect(all()).toEqual(['thesis.txt']);
  });

  it('takes an empty folder', () => {
    mkdirSync(outdir);
    expect(write(file('a')).changed).toHaveLength(2);
  });

  it.each([
    ['a file', () => writeFileSync(outdir, 'mine')],
    ['a link', () => symlinkSync(scratch, outdir)],
  ])('refuses %s as the folder', (_name, make) => {
    make();
    expect(problemsOf(() => write(file('a')))).toMatchObject([{ code: 'writer/in-the-way' }]);
    expect(existsSync(join(scratch, 'a'))).toBe(false);
  });

  it('follows no link: not to a file, not to a folder, and not to nowhere', () => {
    write(file('a/b'), file('c'));
    const target = join(scratch, 'outside');
    mkdirSync(target);
    writeFileSync(join(target, 'b'), 'mine');
    for (const [path, to] of [
      ['c', join(target, 'b')],
      ['a', target],
      ['c', join(scratch, 'nowhere')],
    ] as const) {
      rmSync(join(outdir, path), { recursive: true });
      symlinkSync(to, join(outdir, path));
      expect(problemsOf(() => write(file('a/b', 'new'), file('c', 'new')))).toMatchObject([
        { code: 'writer/in-the-way' },
      ]);
      rmSync(join(outdir, path));
      write(file('a/b'), file('c'));
    }
    expect(readFileSync(join(target, 'b'), 'utf8')).toBe('mine');
    expect(existsSync(join(scratch, 'nowhere'))).toBe(false);
  });

  it('looks at everything before it writes the first byte', () => {
    write(file('a', 'old'), file('z', 'old'));
    rmSync(join(outdir, 'z'));
    mkdirSync(join(outdir, 'z'));
    expect(problemsOf(() => write(file('a', 'new'), file('b'), file('z', 'new')))).toMatchObject([
      { code: 'writer/in-the-way', value: join(outdir, 'z') },
    ]);
    expect(read('a')).toBe('old');
    expect(existsSync(join(outdir, 'b'))).toBe(false);
  });
});

describe('a former manifest that cannot be trusted', () => {
  const outside = () => join(scratch, 'precious');
  const manifest = (paths: readonly unknown[]) => JSON.stringify({ files: paths.map((path) => ({ path })) });

  it.each([
    ['climbs', ['../precious']],
    ['climbs in the middle', ['a/../../precious']],
    ['is absolute', ['/etc/hostname', '../precious']],
    ['lists no text', [1, '../precious']],
  ])('removes nothing where a path %s', (_name, paths) => {
    writeFileSync(outside(), 'mine');
    write(file('old'));
    writeFileSync(join(outdir, 'manifest.json'), manifest(['old', ...paths]));
    expect(write(file('a')).removed).toEqual([]);
    expect(readFileSync(outside(), 'utf8')).toBe('mine');
    expect(read('old')).toBe('old');
  });

  it.each(['', '{', '[]', '{"files": 1}', 'null'])('is as good as none when it reads %j', (text) => {
    write(file('old'));
    writeFileSync(join(outdir, 'manifest.json'), text);
    expect(write(file('a')).removed).toEqual([]);
  });

  it('removes nothing through a link that was put there later', () => {
    write(file('a/precious'), file('b'));
    writeFileSync(outside(), 'mine');
    rmSync(join(outdir, 'a'), { recursive: true });
    symlinkSync(scratch, join(outdir, 'a'));
    expect(write(file('b')).removed).toEqual([]);
    expect(readFileSync(outside(), 'utf8')).toBe('mine');
  });

  it('removes a listed file, never a listed folder or a link', () => {
    write(file('x'), file('y'));
    rmSync(join(outdir, 'x'));
    mkdirSync(join(outdir, 'x'));
    rmSync(join(outdir, 'y'));
    symlinkSync(scratch, join(outdir, 'y'));
    expect(write(file('z')).removed).toEqual([]);
    expect(existsSync(scratch)).toBe(true);
  });
});
