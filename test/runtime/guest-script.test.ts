import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runtimeFolder, temporaryFolder } from './bench.js';

/** What a real bash prints that gets a script in the way a guest gets it. */
function inBash(script: string, folder = temporaryFolder()): string {
  writeFileSync(join(folder, 'script'), script);
  const send = `. '${runtimeFolder}/apply-guest-run.bash'; declare -A field=([script]='${folder}/script'); stamp=5ta3p stamp_place=${folder}/stamps/s send_script abc`;
  const words = spawnSync('bash', ['-c', send], { encoding: 'utf8' }).stdout.replaceAll(
    '/run/phoenix-cdk.lock',
    `${folder}/lock`,
  );
  const { stdout, stderr } = spawnSync('sh', ['-c', 'umask 077; exec bash -s'], {
    input: words,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return stdout + stderr;
}

test.each([
  ['ends well', 'echo one\n', 'one\nphoenix-end:abc:0\n'],
  ['has no newline at its end', 'echo one', 'one\nphoenix-end:abc:0\n'],
  ['exits', 'exit 3\necho never\n', 'phoenix-end:abc:3\n'],
  ['reads its standard input', 'cat\nread -r x\necho "[$x]"\n', '[]\nphoenix-end:abc:0\n'],
  ['holds documents and quotes', "cat <<'EOF'\n$HOME ')\nEOF\necho \"it's\"\n", "$HOME ')\nit's\nphoenix-end:abc:0\n"],
  ['wants a home', 'echo "$HOME $PWD"\n', '/root /\nphoenix-end:abc:0\n'],
  ['makes files', 'umask\n', '0022\nphoenix-end:abc:0\n'],
  ['is empty', '', 'phoenix-end:abc:0\n'],
])('the end of a script that %s is told by the shell around it', (_, script, expected) => {
  expect(inBash(script)).toBe(expected);
});

test('a script that does not parse, kills itself or replaces its shell is no success', () => {
  expect(inBash('if true\n')).toMatch(/phoenix-end:abc:2\n/);
  expect(inBash('kill -9 $$\n')).toContain('phoenix-end:abc:137\n');
  expect(inBash('exec false\n')).toBe('phoenix-end:abc:1\n');
});

test('a script that ends well leaves its stamp, and no other does', () => {
  const folder = temporaryFolder();
  inBash('exit 3\n', folder);
  expect(existsSync(join(folder, 'stamps/s'))).toBe(false);
  inBash('true\n', folder);
  expect(readFileSync(join(folder, 'stamps/s'), 'utf8')).toBe('5ta3p\n');
});

test('a stamp that cannot be left is a failure', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'stamps/s'), { recursive: true });
  expect(inBash('true\n', folder)).toContain('phoenix-end:abc:0, and left no stamp\n');
});
