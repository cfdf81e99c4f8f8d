import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/base/errors.js';
import { PhoenixError } from '../../src/base/errors.js';
import { isAssembly, openAssembly } from '../../src/toolkit/assembly.js';
import { configStep, writeSmallAssembly } from './small-assembly.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function written(): string {
  const folder = writeSmallAssembly({
    stacks: { ai: [configStep(950, '512')] },
    files: { 'stacks/ai/root/a': 'text\n' },
  });
  folders.push(folder);
  return folder;
}

function changeManifest(folder: string, change: (text: string) => string): void {
  const path = join(folder, 'manifest.json');
  writeFileSync(path, change(manifestText(folder)));
}

function manifestText(folder: string): string {
  return JSON.stringify(openAssembly(folder).manifest);
}

function problemsOf(action: () => unknown): readonly Problem[] {
  try {
    action();
  } catch (error) {
    if (PhoenixError.isPhoenixError(error)) return error.problems;
    throw error;
  }
  return [];
}

describe('opening an assembly', () => {
  it('gives manifest, runbooks, tree and texts', () => {
    const assembly = openAssembly(written());
    expect(assembly.manifest.app).toBe('small');
    expect(assembly.runbooks.map((runbook) => runbook.steps[0]?.id)).toEqual(['guest/950/config']);
    expect(assembly.tree().tree.type).toBe('App');
    expect(assembly.text('stacks/ai/root/a')).toBe('text\n');
  });

  it('reads no file that the manifest does not list', () => {
    expect(openAssembly(written()).text('../../etc/hostname')).toBe('');
  });

  it('says where there is none, and what to do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'phoenix-none-'));
    folders.push(folder);
    expect(isAssembly(folder)).toBe(false);
    expect(problemsOf(() => openAssembly(folder))).toMatchObject([{ code: 'assembly/missing', value: folder }]);
  });

  it.each([
    ['later', 2, 'install a phoenix-cdk as new as the one that made it'],
    ['earlier', 0, 'run `phoenix synth` to make it again'],
  ])('refuses a %s form with the way out', (_, version, fix) => {
    const folder = written();
    changeManifest(folder, (text) => text.replace('"version":1', `"version":${version}`));
    expect(problemsOf(() => openAssembly(folder))).toMatchObject([{ code: 'assembly/version', value: version, fix }]);
  });

  it('names every place where the manifest is not as its schema says', () => {
    const folder = written();
    changeManifest(folder, (text) =>
      text.replace('"app":"small"', '"app":1').replace('"mode":"0644"', '"mode":"0777"'),
    );
    const problems = problemsOf(() => openAssembly(folder));
    expect(problems.map((problem) => problem.code)).toEqual(['assembly/invalid', 'assembly/invalid']);
    expect(problems.map((problem) => problem.message).join()).toMatch(/`app` is .*`files\.0\.mode` is /);
  });

  it('refuses paths that leave the folder', () => {
    const folder = written();
    changeManifest(folder, (text) => text.replace('"path":"stacks/ai/root/a"', '"path":"../a"'));
    expect(problemsOf(() => openAssembly(folder))).toMatchObject([{ code: 'artifact/path', value: '../a' }]);
  });

  it('refuses what is no JSON', () => {
    const folder = written();
    writeFileSync(join(folder, 'manifest.json'), '{');
    expect(problemsOf(() => openAssembly(folder))).toMatchObject([{ code: 'assembly/invalid' }]);
  });
});
