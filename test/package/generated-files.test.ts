import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { files }: { files: readonly string[] } = JSON.parse(readFileSync(join(root, '.projen/files.json'), 'utf8'));
// Projen leaves package.json out of its list because npm writes it too.
const generated = ['package.json', ...files];

describe('the files that projen writes', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'phoenix-cdk-projen-'));

  beforeAll(() => {
    // Projen reads the former package.json, and writes where .projenrc.ts lies.
    for (const file of ['.projenrc.ts', 'package.json']) copyFileSync(join(root, file), join(scratch, file));
    symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'), 'junction');
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const result = spawnSync(process.execPath, [tsx, '.projenrc.ts'], {
      cwd: scratch,
      encoding: 'utf8',
      env: { ...process.env, PROJEN_DISABLE_POST: '1' },
    });
    expect(result.status, result.stderr).toBe(0);
  });

  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(generated)('%s is what .projenrc.ts says', (file) => {
    expect(readFileSync(join(root, file), 'utf8')).toBe(readFileSync(join(scratch, file), 'utf8'));
  });
});

describe('package-lock.json', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

  it('names no registry host, so that a mirror can serve every install', () => {
    const resolved = Object.values<{ resolved?: string }>(lock.packages).filter((entry) => entry.resolved);
    expect(resolved).toEqual([]);
  });

  it('agrees with package.json', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const field of ['version', 'dependencies', 'devDependencies', 'peerDependencies', 'bin', 'engines']) {
      expect(lock.packages[''][field], field).toEqual(manifest[field]);
    }
  });
});
