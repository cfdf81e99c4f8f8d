import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { call, evaluate } from './perl.js';

interface Entry {
  readonly name: string;
  readonly content: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

async function archive(...entries: readonly Entry[]): Promise<Buffer> {
  const [hex] = await evaluate('unpack "H*", Tar::stream(@_)', ...entries);
  return Buffer.from(String(hex), 'hex');
}

const tar = (input: Buffer, ...words: readonly string[]) =>
  spawnSync('tar', words, { input, encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });

test('the real tar reads from Tar::stream names, owners, modes and sizes as they were given', async () => {
  const long = `etc/${'deep/'.repeat(30)}file`;
  const bytes = await archive(
    { name: 'etc/app.conf', content: 'a=1\n', mode: 0o640, uid: 0, gid: 33 },
    { name: long, content: '', mode: 0o4755, uid: 100_000, gid: 2_097_151 },
    { name: 'big-owner', content: 'x'.repeat(512), mode: 0o600, uid: 2_097_152, gid: 4_294_967_294 },
  );
  const { stdout, stderr, status } = tar(bytes, '--numeric-owner', '-tvf', '-');
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ')),
  ).toEqual([
    '-rw-r----- 0/33 4 1970-01-01 00:00 etc/app.conf',
    `-rwsr-xr-x 100000/2097151 0 1970-01-01 00:00 ${long}`,
    '-rw------- 2097152/4294967294 512 1970-01-01 00:00 big-owner',
  ]);
});

test('the real tar unpacks from Tar::stream every content that was packed', async () => {
  const name = fc.stringMatching(/^[a-z]([\w.-]{0,20}\/?[\w-]{1,10}){1,6}$/);
  const entries = fc.uniqueArray(
    fc.record({
      name,
      content: fc.string({ unit: 'binary', maxLength: 1500 }).map((text) => Buffer.from(text).toString()),
    }),
    {
      minLength: 1,
      maxLength: 6,
      selector: ({ name }) => name.split('/')[0],
    },
  );
  await fc.assert(
    fc.asyncProperty(entries, async (given) => {
      const folder = temporaryFolder();
      const bytes = await archive(
        ...given.map((one) => ({ ...one, mode: 0o644, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 })),
      );
      const { stderr, status } = tar(bytes, '-x', '-C', folder);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      for (const { name, content } of given) {
        expect(readFileSync(join(folder, name), 'utf8')).toBe(content);
        expect(statSync(join(folder, name)).mode & 0o777).toBe(0o644);
      }
    }),
    { numRuns: 12 },
  );
});

test('Tar::header is one block with its own sum in it', async () => {
  const [hex] = await evaluate("unpack 'H*', Tar::header('a', 5, 0644, 0, 0, '0')");
  const block = Buffer.from(String(hex), 'hex');
  expect(block).toHaveLength(512);
  const sum = Number.parseInt(block.toString('latin1', 148, 154), 8);
  block.fill(0x20, 148, 156);
  expect(block.reduce((total, byte) => total + byte, 0)).toBe(sum);
  expect(block.toString('latin1', 257, 265)).toBe('ustar\x0000');
});

test('Tar::entry puts a long name into an entry before it', async () => {
  const [short, long] = await evaluate(
    'map { length Tar::entry(name => $_, content => "x", mode => 0, uid => 0, gid => 0) } @_',
    'a'.repeat(100),
    'a'.repeat(101),
  );
  expect([short, long]).toEqual(['1024', '2048']);
});

test.each([
  [0, '30303030303030'],
  [0o7777777, '37373737373737'],
  [0o10000000, '8000000000200000'],
])('Tar::number writes the owner %d', async (value, hex) => {
  expect((await evaluate('unpack "H*", Tar::number(@_)', value))[0]).toBe(hex);
});

test.each([
  [0, 0],
  [1, 512],
  [512, 512],
  [513, 1024],
])('Tar::padded fills %d bytes up to %d', async (length, expected) => {
  expect(String((await call('Tar::padded', 'x'.repeat(length))) ?? '')).toHaveLength(expected);
});
