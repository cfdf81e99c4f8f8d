import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { call, evaluate, list } from './perl.js';

/** Two folders that hold the same. */
function twins() {
  const [one, other] = [temporaryFolder(), temporaryFolder()];
  for (const folder of [one, other]) {
    mkdirSync(join(folder, 'etc/deep'), { recursive: true });
    writeFileSync(join(folder, 'etc/a'), 'text');
    writeFileSync(join(folder, 'etc/deep/b'), '');
    symlinkSync('/nowhere', join(folder, 'link'));
    for (const name of ['etc/a', 'etc/deep/b']) utimesSync(join(folder, name), 1000, 1000);
  }
  return { one, other, at: (name: string) => join(other, name) };
}

test('SameTree::compare counts what two folders hold alike, without following a link', async () => {
  const { one, other, at } = twins();
  mkdirSync(at('lost+found'));
  expect(await list('SameTree::compare', one, other)).toEqual(['5', null]);
});

test.each<[string, (at: (name: string) => string) => void, RegExp]>([
  ['a file that is missing', (at) => rmSync(at('etc/a')), /^\/etc\/a is missing$/],
  ['a file that was not there', (at) => writeFileSync(at('etc/x\u0007'), ''), /^\/etc\/x\? was not there$/],
  [
    'another length',
    (at) => {
      writeFileSync(at('etc/a'), 'text!');
      utimesSync(at('etc/a'), 1000, 1000);
    },
    /^\/etc\/a was .* 4 bytes of 1000 and is .* 5 bytes of 1000$/,
  ],
  ['another time', (at) => utimesSync(at('etc/a'), 1000, 1001), /of 1000 and is .* of 1001$/],
  ['another mode', (at) => chmodSync(at('etc/deep'), 0o700), /^\/etc\/deep was 040755 of \d+:\d+ and is 040700/],
  [
    'a link to something else',
    (at) => {
      unlinkSync(at('link'));
      symlinkSync('/elsewhere', at('link'));
    },
    /^\/link is a link to something else$/,
  ],
  [
    'a folder in the place of a file',
    (at) => {
      rmSync(at('etc/deep/b'));
      mkdirSync(at('etc/deep/b'));
    },
    /^\/etc\/deep\/b was 100644/,
  ],
])('SameTree::compare finds %s', async (_, change, expected) => {
  const { one, other, at } = twins();
  change(at);
  expect((await list('SameTree::compare', one, other))[1]).toMatch(expected);
});

test('SameTree::names are all but the dots, and a folder that cannot be looked into is no empty one', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, '.a'), '');
  expect(await call('SameTree::names', folder)).toEqual({ '.a': '1' });
  await expect(call('SameTree::names', join(folder, 'none'))).rejects.toThrow(/^cannot look into .*none: No such file/);
});

test('SameTree::described tells kind, mode, owner, and of files length and time', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a');
  writeFileSync(file, 'text', { mode: 0o640 });
  utimesSync(file, 1000, 1000);
  linkSync(file, join(folder, 'b'));
  const [described, same, device, unreadable] = await evaluate(
    `my ($file, $other) = @_; (map({ SameTree::described(lstat $_) } $file, $other, '/dev/null'), SameTree::described())`,
    file,
    join(folder, 'b'),
  );
  expect(described).toMatch(/^100640 of \d+:\d+, 4 bytes of 1000$/);
  expect(same).toBe(described);
  expect(device).toMatch(/^020666 of \d+:\d+, device \d+$/);
  expect(unreadable).toBe('unreadable');
});
