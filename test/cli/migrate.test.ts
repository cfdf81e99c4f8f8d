import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.js';
import { folderOf, smallMonolith } from '../toolkit/migrate/monoliths.js';

const monolith = folderOf(smallMonolith);

async function migrate(cwd: string, ...words: string[]) {
  const said = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    hasColor: false,
    write: (text: string) => {
      said[name] += text;
    },
  });
  const code = await runCommandLine(['migrate', ...words], { cwd, out: stream('out'), err: stream('err') });
  return { code, ...said };
}

const newFolder = () => mkdtempSync(join(tmpdir(), 'phoenix-migrate-cli-'));

test('writes a project of files with a report, says how much that is, and what is to be decided', async () => {
  const cwd = newFolder();
  const { code, out, err } = await migrate(cwd, monolith, '--to', 'conf.d', '--output', 'new', '--pve', '9.1');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^\d+ keys: \d+ mapped, .*contradictory/);
  expect(out).toContain('and 4 more in MIGRATION.md');
  expect(out).toContain('new: 10 guests in 24 files\nNext\n  cd new\n  npm install\n  npx phoenix synth\n');
  for (const path of [
    'main.ts',
    'phoenix.json',
    'MIGRATION.md',
    'conf.d/host.json',
    'conf.d/lxc/950_chat-model.json',
  ]) {
    expect(existsSync(join(cwd, 'new', path)), path).toBe(true);
  }
  expect(readFileSync(join(cwd, 'new/conf.d/host.json'), 'utf8')).toContain('"name": "small"');
});

test('writes a program of the monolith, or of the files that it made', async () => {
  const cwd = newFolder();
  const cards = ['--gpu', 'rtx4090@0000:01:00.0', '--gpu', 'rtx4090@0000:02:00.0'];
  await migrate(cwd, monolith, '--to', 'conf.d', '-o', 'files', ...cards);
  expect((await migrate(cwd, 'files/conf.d', '--to', 'typescript', '-o', 'program')).code).toBe(0);
  const text = readFileSync(join(cwd, 'program/main.ts'), 'utf8');
  expect(text).toContain("Gpu.rtx4090({ pci: '0000:02:00.0' })");
  expect(existsSync(join(cwd, 'program/MIGRATION.md'))).toBe(false);
});

test('keeps what a project has, and says what its package lacks as commands', async () => {
  const cwd = newFolder();
  const ours = JSON.stringify({ dependencies: { 'phoenix-cdk': 'file:../phoenix-cdk.tgz' } });
  writeFileSync(join(cwd, 'package.json'), ours);
  writeFileSync(join(cwd, 'tsconfig.json'), '{}');
  const { out } = await migrate(cwd, monolith, '--to', 'typescript', '--force');
  expect(out).toMatch(
    /\nNext\n {2}npm pkg set type=module\n {2}npm install constructs@10\n {2}npm install --save-dev tsx@4 typescript@6 @types\/node@20\n {2}npx phoenix synth\n$/,
  );
  expect(readFileSync(join(cwd, 'package.json'), 'utf8')).toBe(ours);
  expect(readFileSync(join(cwd, 'tsconfig.json'), 'utf8')).toBe('{}');
  expect(JSON.parse(readFileSync(join(cwd, 'phoenix.json'), 'utf8'))).toEqual({ app: 'node --import tsx main.ts' });
});

test('says everything as data with --json', async () => {
  const { out } = await migrate(newFolder(), monolith, '--to', 'typescript', '--json');
  const { guests, written, report } = JSON.parse(out) as {
    guests: number;
    written: string[];
    report: { keys: object[] };
  };
  expect([guests, written]).toEqual([
    10,
    ['main.ts', 'phoenix.json', 'MIGRATION.md', 'package.json', 'tsconfig.json', '.gitattributes', '.gitignore'],
  ]);
  expect(report.keys[0]).toEqual(
    expect.objectContaining({ file: 'small_hypervisor_config.json', line: 2, key: 'version', heading: 'dropped' }),
  );
});

test('overwrites nothing that is there, unless it is told to', async () => {
  const cwd = newFolder();
  await migrate(cwd, monolith, '--to', 'typescript');
  const { code, err } = await migrate(cwd, monolith, '--to', 'typescript');
  expect([code, err]).toEqual([1, expect.stringContaining('migrate/exists')]);
  expect((await migrate(cwd, monolith, '--to', 'typescript', '--force')).code).toBe(0);
});

test.each([
  ['migrate/target', [monolith]],
  ['migrate/target', [monolith, '--to', 'yaml']],
  ['migrate/nothing', ['none', '--to', 'conf.d']],
  ['migrate/nothing', [folderOf({ 'a.json': '{"some": "thing"}' }), '--to', 'conf.d']],
  ['migrate/target', [folderOf({ 'host.json': '{}' }), '--to', 'conf.d']],
  ['migrate/card', [monolith, '--to', 'conf.d', '--gpu', 'rtx4090']],
  ['conf/key-twice', [folderOf({ 'a.json': '{"zfs": {}, "zfs": {}}' }), '--to', 'conf.d']],
  ['migrate/no-typescript', [folderOf({ 'host.json': '{"name": "pve1", "licences": {}}' }), '--to', 'typescript']],
])('ends with %s for %j', async (code, words) => {
  const cwd = newFolder();
  const found = await migrate(cwd, ...words);
  expect([found.code, found.err]).toEqual([1, expect.stringContaining(code)]);
  expect(existsSync(join(cwd, 'main.ts'))).toBe(false);
});
