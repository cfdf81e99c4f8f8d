import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const example = join(import.meta.dirname, '../../examples/single-vllm');
const committed = join(example, 'cdk.out');
const fresh = mkdtempSync(join(tmpdir(), 'single-vllm-'));
const lockFile = join(example, 'phoenix.lock.json');
const lockBefore = readFileSync(lockFile, 'utf8');

beforeAll(() => {
  const env = { ...process.env, PHOENIX_OUTDIR: fresh, PHOENIX_CI: '1' };
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'main.ts'], {
    cwd: example,
    env,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

test('the committed assembly of the smallest example is what its program gives, byte for byte', () => {
  const files = filesOf(fresh);
  expect(files).not.toEqual([]);
  expect(filesOf(committed)).toEqual(files);
  const different = files.filter(
    (file) => !readFileSync(join(fresh, file)).equals(readFileSync(join(committed, file))),
  );
  expect(different, 'run `npx phoenix synth` in examples/single-vllm and commit what it writes').toEqual([]);
});

test('what has to be executable in it is', () => {
  expect(statSync(join(committed, 'applier')).mode & 0o111).toBe(0o111);
});

test('the lock file pins what the program needs, and a synth leaves it alone', () => {
  expect(readFileSync(lockFile, 'utf8')).toBe(lockBefore);
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
