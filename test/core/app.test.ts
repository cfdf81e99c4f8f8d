import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Annotations } from '../../src/core/annotations.js';
import { App } from '../../src/core/app.js';
import { Stack } from '../../src/core/stack.js';
import { manifestSchema } from '../../src/model/manifest.js';
import { Machine, numbers, problemsOf, Thing, type ThingProps } from './small-world.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'phoenix-app-')));
  for (const name of ['CI', 'STRICT', 'TRIAL', 'OUTDIR', 'APP_ROOT', 'CONTEXT', 'REPORT'])
    vi.stubEnv(`PHOENIX_${name}`, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const lockFile = () => join(root, 'phoenix.lock.json');
const read = (path: string) => readFileSync(join(root, 'cdk.out', path), 'utf8');

/** An app with a stack of things by id. */
function appWith(things: Readonly<Record<string, ThingProps>> = {}) {
  const app = new App({ name: 'small', root });
  const stack = new Stack(app, 'ai', { host: new Machine(app, 'pve'), restart: 'when-needed' });
  for (const [id, props] of Object.entries(things)) new Thing(stack, id, props);
  return { app, stack };
}
const asking = { pool: numbers };

describe('the name of an app', () => {
  it.each(['a', 'phoenix-2', '0'.repeat(40)])('may be %s', (name) => {
    expect(new App({ name, root }).name).toBe(name);
  });

  it.each(['', 'A', '-a', 'a b', 'a/b', 'ä', 'a\n', 'a'.repeat(41)])('may not be %j', (name) => {
    expect(problemsOf(() => new App({ name, root }))).toMatchObject([
      { code: 'app/name', value: name, fix: expect.any(String) },
    ]);
  });
});

describe('root and output folder', () => {
  it('are what the program says, the folder within the root', () => {
    expect(new App({ name: 'a', root })).toMatchObject({ root, outdir: join(root, 'cdk.out') });
    expect(new App({ name: 'a', root, outdir: 'made/here' }).outdir).toBe(join(root, 'made/here'));
  });

  it('come from the command line where it says so: the root for want of one, the folder above all', () => {
    vi.stubEnv('PHOENIX_APP_ROOT', root);
    vi.stubEnv('PHOENIX_OUTDIR', join(root, 'there'));
    expect(new App({ name: 'a', outdir: 'here' })).toMatchObject({ root, outdir: join(root, 'there') });
    expect(new App({ name: 'a', root: '/elsewhere' }).root).toBe('/elsewhere');
  });

  it('are beside the nearest package.json above the program, never the working directory', () => {
    const argv = process.argv[1];
    mkdirSync(join(root, 'src/deep'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{}');
    try {
      process.argv[1] = join(root, 'src/deep/main.ts');
      expect(new App({ name: 'a' }).root).toBe(root);
    } finally {
      process.argv[1] = argv ?? '';
    }
  });

  it('take context from the command line', () => {
    vi.stubEnv('PHOENIX_CONTEXT', '{"size":"large"}');
    expect(new App({ name: 'a', root }).node.tryGetContext('size')).toBe('large');
  });
});

describe('what an app writes', () => {
  it('is an assembly with a manifest that lists every other file, and a lock file', () => {
    const { app } = appWith({ a: { ...asking, files: { 'root/etc/motd': 'hello\n' } } });
    const result = app.synth();
    const manifest = manifestSchema.parse(JSON.parse(read('manifest.json')));
    const files = readdirSync(join(root, 'cdk.out'), { recursive: true, encoding: 'utf8' }).filter(
      (path) => statSync(join(root, 'cdk.out', path)).isFile() && path !== 'manifest.json',
    );
    expect(manifest.files.map(({ path }) => path)).toEqual(files.sort());
    expect(manifest).toMatchObject({
      app: 'small',
      stacks: [{ name: 'ai', host: 'pve', restart: 'when-needed', steps: 1 }],
    });
    expect(manifest.inputs.lock).toMatch(/^[0-9a-f]{64}$/);
    expect(result).toMatchObject({
      outcome: 'written',
      files: files.length + 1,
      changed: [...files, 'manifest.json'],
      removed: [],
      steps: 1,
    });
    expect(read('stacks/ai/root/etc/motd')).toBe('hello\n');
    expect(existsSync(lockFile())).toBe(true);
  });

  it('is nothing new the second time', () => {
    appWith({ a: asking }).app.synth();
    expect(appWith({ a: asking }).app.synth()).toMatchObject({ changed: [], removed: [] });
  });

  it('is no lock file where nothing was chosen', () => {
    appWith({ a: {} }).app.synth();
    expect(existsSync(lockFile())).toBe(false);
  });

  it('loses the folder of a stack that is gone', () => {
    appWith({ a: {} }).app.synth();
    expect(appWith().app.synth().removed).toHaveLength(3);
    expect(existsSync(join(root, 'cdk.out/stacks'))).toBe(false);
  });

  it('keeps what a former synth pinned', () => {
    writeFileSync(lockFile(), '{\n  "version": "1",\n  "number ai/a": "1042"\n}\n');
    const { app } = appWith({ a: asking, b: asking });
    app.synth();
    expect(readFileSync(lockFile(), 'utf8')).toContain('"number ai/a": "1042"');
  });

  it('is nothing at all on an error: the former assembly and lock file stay as they are', () => {
    appWith({ a: asking }).app.synth();
    const before = [read('manifest.json'), readFileSync(lockFile(), 'utf8')];
    const broken = appWith({ a: asking, b: asking });
    Annotations.of(broken.stack).addError('team/broken', 'broken');
    expect(problemsOf(() => broken.app.synth())).toMatchObject([{ code: 'team/broken' }]);
    expect([read('manifest.json'), readFileSync(lockFile(), 'utf8')]).toEqual(before);
  });

  it('is nothing at all where the files cannot stand beside each other', () => {
    const { app } = appWith({ a: { files: { 'root/X': '1' } }, b: { files: { 'root/x': '2' } } });
    expect(problemsOf(() => app.synth())).toMatchObject([
      { code: 'artifact/taken-twice', message: expect.stringMatching(/ai\/a and by ai\/b$/), fix: expect.any(String) },
    ]);
    const climbing = appWith({ a: { files: { '../../../x': '1' } } });
    expect(problemsOf(() => climbing.app.synth())).toMatchObject([{ code: 'artifact/path' }]);
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('the switches of the command line', () => {
  it('--ci refuses a lock file that would change, before anything is written', () => {
    vi.stubEnv('PHOENIX_CI', '1');
    expect(problemsOf(() => appWith({ a: asking }).app.synth())).toMatchObject([
      { code: 'lock/would-change', fix: expect.any(String) },
    ]);
    expect(readdirSync(root)).toEqual([]);
    vi.stubEnv('PHOENIX_CI', undefined);
    appWith({ a: asking }).app.synth();
    vi.stubEnv('PHOENIX_CI', '1');
    expect(appWith({ a: asking }).app.synth().changed).toEqual([]);
    expect(problemsOf(() => appWith({}).app.synth())).toMatchObject([{ code: 'lock/would-change' }]);
    vi.stubEnv('PHOENIX_CI', undefined);
    appWith({}).app.synth();
    vi.stubEnv('PHOENIX_CI', '1');
    expect(appWith({}).app.synth().changed).toEqual([]);
  });

  it('--strict refuses warnings until they are acknowledged', () => {
    vi.stubEnv('PHOENIX_STRICT', '1');
    const warned = () => {
      const { app, stack } = appWith({ a: {} });
      Annotations.of(stack).addWarning('team/old', 'old');
      return app;
    };
    expect(problemsOf(() => warned().synth())).toMatchObject([{ code: 'team/old' }]);
    expect(readdirSync(root)).toEqual([]);
    const app = warned();
    app.acknowledge('team/old', { reason: 'soon' });
    expect(app.synth().findings).toMatchObject([{ acknowledged: 'soon' }]);
  });

  it('a trial pins nothing', () => {
    vi.stubEnv('PHOENIX_TRIAL', '1');
    appWith({ a: asking }).app.synth();
    expect(existsSync(lockFile())).toBe(false);
  });

  it('a report tells the command line what came of it', () => {
    const report = join(root, 'report.json');
    const { app } = appWith({ a: {} });
    vi.stubEnv('PHOENIX_REPORT', report);
    const result = app.synth();
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual(result);
  });
});

describe('acknowledgements', () => {
  it('have a reason', () => {
    const { app } = appWith();
    expect(problemsOf(() => app.acknowledge('team/old', { reason: ' ' }))).toMatchObject([
      { code: 'acknowledge/no-reason', value: 'team/old' },
    ]);
  });

  it('may name constructs, also the app itself', () => {
    const { app, stack } = appWith({
      a: { findings: [{ code: 'team/old', severity: 'warning', path: '', message: 'old' }] },
    });
    app.acknowledge('team/old', { reason: 'x', on: [app] });
    app.acknowledge('team/new', { reason: 'y', on: [stack] });
    expect(app.synthesize().findings).toMatchObject([
      { code: 'team/old', acknowledged: 'x' },
      { code: 'acknowledge/nothing-found', path: 'ai' },
    ]);
  });
});
