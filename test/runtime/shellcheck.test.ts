import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { perlOptions, runtimeFile, runtimeFolder, runtimePaths } from '../support/runtime.js';

const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;

test('the applier and every library that it reads are clean for shellcheck', {
  skip: !hasShellcheck,
  timeout: 60_000,
}, () => {
  const { stdout, status } = spawnSync('shellcheck', ['-x', '-a', 'applier'], { cwd: runtimeFolder, encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test('the applier reads every shell library there is', () => {
  const text = readFileSync(join(runtimeFolder, 'applier'), 'utf8');
  const read = [...text.matchAll(/^\. "\$library\/([\w/-]+\.bash)"$/gm)].map((match) => match[1]);
  expect(read.toSorted()).toEqual(runtimePaths.filter((path) => path.endsWith('.bash')));
});

test('the applier is executable', () => {
  expect(statSync(join(runtimeFolder, 'applier')).mode & 0o111).toBe(0o111);
});

test('every Perl module compiles without a warning', () => {
  const folders = new Set(runtimePaths.map((path) => `-I${join(runtimeFolder, dirname(path))}`));
  for (const path of runtimePaths.filter((file) => /\.p[lm]$/.test(file))) {
    const { stderr } = spawnSync('perl', ['-c', ...folders, join(runtimeFolder, path)], { encoding: 'utf8' });
    expect(stderr).toBe(`${join(runtimeFolder, path)} syntax OK\n`);
  }
});

test('the engine starts without the heavy modules', () => {
  const list = spawnSync(
    'perl',
    [...perlOptions, '-e', 'do $ARGV[0]; print join " ", keys %INC', runtimeFile('engine.pl')],
    {
      encoding: 'utf8',
      input: '',
    },
  ).stdout;
  expect(list).toContain('Runbook.pm');
  expect(list).not.toMatch(/POSIX|JSON\/PP|Digest\/SHA|IO\/File/);
});
