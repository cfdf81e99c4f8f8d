import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { ask, fresh, having, told } from './fresh.js';
import { call, evaluate, list } from './perl.js';
import { blind, root } from './root.js';

test('HostFiles::place is where a path lies below the root of a host', async () => {
  expect(await call('HostFiles::place', { root: '/r' }, '/etc')).toBe('/r/etc');
});

const questions = ['HostFiles::read', 'HostFiles::names', 'HostFiles::facts', 'HostFiles::sha256'] as const;

test.each(questions)('%s has three answers: what is there, absent, unknown', async (name) => {
  const files = { '/a/file': 'text', '/loop': blind('/loop') };
  expect(await ask(files, name, name === 'HostFiles::names' ? '/a' : '/a/file')).toBeDefined();
  expect(await ask(files, name, '/a/none')).toBeUndefined();
  expect(await ask(files, name, '/a/file/below')).toBeUndefined();
  await expect(ask(files, name, '/loop')).rejects.toThrow(/^Unknown: cannot look at \/loop: Too many levels/);
});

test('HostFiles::read of a folder is unknown, because it is there and cannot be read', async () => {
  await expect(ask({ '/a/file': '' }, 'HostFiles::read', '/a')).rejects.toThrow(
    'Unknown: cannot read /a: Is a directory',
  );
  await expect(ask({ '/a/file': '' }, 'HostFiles::sha256', '/a')).rejects.toThrow('Unknown: cannot read /a');
});

test('HostFiles::read gives every byte, HostFiles::names all but the dots, HostFiles::facts what a file is', async () => {
  const folder = root({ '/a/x': 'ü\n'.repeat(50_000), '/a/.hidden': '' });
  chmodSync(join(folder, 'a/x'), 0o640);
  expect(String(await call('HostFiles::read', fresh(folder), '/a/x'))).toHaveLength(100_000);
  expect(((await call('HostFiles::names', fresh(folder), '/a')) as string[]).toSorted()).toEqual(['.hidden', 'x']);
  const { uid, gid, mtimeMs } = statSync(join(folder, 'a/x'));
  expect(await call('HostFiles::facts', fresh(folder), '/a/x')).toEqual({
    size: '150000',
    mode: String(0o640),
    uid: String(uid),
    gid: String(gid),
    mtime: String(Math.floor(mtimeMs / 1000)),
    folder: '0',
  });
  expect(await call('HostFiles::facts', fresh(folder), '/a')).toEqual({
    mode: expect.any(String),
    uid: String(uid),
    gid: String(gid),
    folder: '1',
  });
});

test.each([
  ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
])('HostFiles::hash_of takes the %s of a file', async (kind, sum) => {
  const place = join(root({ '/a': 'abc' }), 'a');
  expect(await call('HostFiles::hash_of', place, kind)).toBe(sum);
  expect(await call('HostFiles::hash_of', `${place}.none`, kind, 'the name')).toBeUndefined();
});

test('HostFiles::absent_or_unknown takes no failure for an absence but two', async () => {
  const code =
    'my ($errno) = @_; local $! = $errno; [ defined eval { HostFiles::absent_or_unknown("/x"); 1 } ? "absent" : "unknown" ]';
  const [enoent, enotdir, eacces, eio, erofs] = [2, 20, 13, 5, 30];
  const answers = await Promise.all([enoent, enotdir, eacces, eio, erofs].map((errno) => evaluate(code, errno)));
  expect(answers.flat(2)).toEqual(['absent', 'absent', 'unknown', 'unknown', 'unknown']);
});

test('HostFiles::unescaped reads what the kernel escapes', async () => {
  expect(await list('HostFiles::unescaped', '/srv/my\\040data\\011x')).toEqual(['/srv/my data\tx']);
});

test('HostFiles::inode tells a folder from another of the same path, and HostFiles::link where a link leads', async () => {
  const folder = root({ '/a/file': '', '/link': '-> ../a/b', '/loop': blind('/loop') });
  const of = (path: string) => call('HostFiles::inode', fresh(folder), path);
  expect(await of('/a')).toBe(String(statSync(join(folder, 'a')).ino));
  expect(await of('/none')).toBeUndefined();
  await expect(of('/loop')).rejects.toThrow(/^Unknown: cannot look at \/loop/);
  expect(await call('HostFiles::link', fresh(folder), '/link')).toBe('../a/b');
  expect(await call('HostFiles::link', fresh(folder), '/a')).toBeUndefined();
  expect(await call('HostFiles::link', fresh(folder), '/none')).toBeUndefined();
});

test('HostFiles::slurp reads without telling', async () => {
  expect(await told(root({ '/a': 'x' }), `$host->slurp('/a'); $host->slurp('/none')`)).toEqual([]);
  await expect(call('HostFiles::slurp', fresh(root({ '/a': blind('/a') })), '/a')).rejects.toThrow(
    /^Unknown: cannot look at \/a/,
  );
});

test('HostFiles::is_link, HostFiles::sum and HostFiles::head look at one file', async () => {
  const folder = fresh(root({ '/a': 'text'.repeat(20), '/link': '-> a' }));
  expect([
    await call('HostFiles::is_link', folder, '/link'),
    await call('HostFiles::is_link', folder, '/a'),
    await call('HostFiles::is_link', folder, '/none'),
  ]).toEqual(['1', '0', '0']);
  expect(await call('HostFiles::sum', folder, 'sha256 /a')).toBe(sha256('text'.repeat(20)));
  expect(await call('HostFiles::head', folder, '/a')).toBe('text'.repeat(8));
  expect(await call('HostFiles::head', folder, '/none')).toBeUndefined();
});

const mountinfo =
  '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n36 22 0:40 / /srv/my\\040data rw,relatime shared:1 master:2 - zfs tank/my\\040data rw,xattr\nodd line\n';

const mounted = () => having({ '/proc/self/mountinfo': mountinfo });

test('HostFiles::mounts reads what is mounted, HostFiles::mount_at one path of it', async () => {
  expect(await call('HostFiles::mounts', mounted())).toEqual({
    '/': { type: 'ext4', source: '/dev/sda1' },
    '/srv/my data': { type: 'zfs', source: 'tank/my data' },
  });
  expect(await call('HostFiles::mount_at', mounted(), '/srv/my data')).toEqual({ type: 'zfs', source: 'tank/my data' });
  expect(await call('HostFiles::mount_at', mounted(), '/srv')).toBeUndefined();
  await expect(call('HostFiles::mounts', having({}))).rejects.toThrow('Unknown: /proc/self/mountinfo is not there');
});

test.each([
  ['/srv/my data/models/x', '/srv/my data'],
  ['/srv/my data', '/srv/my data'],
  ['/srv/other', '/'],
  ['/', '/'],
])('HostFiles::mount_above %s is the mount at %s', async (path, point) => {
  expect(await call('HostFiles::mount_above', mounted(), path)).toMatchObject({ point });
});

test('HostFiles::mount_above is undef where not even the root is listed', async () => {
  expect(await call('HostFiles::mount_above', having({ '/proc/self/mountinfo': '' }), '/a/b')).toBeUndefined();
});
