import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { call, evaluate } from './perl.js';
import { root } from './root.js';

const inMemory = '22 1 0:20 / /run rw - tmpfs tmpfs rw\n';
const host = (mountinfo = inMemory) => root({ '/proc/self/mountinfo': mountinfo, '/run/phoenix.lock': '' });

test('Private::folder is a run’s own', async () => {
  expect(await call('Private::folder', '/r', 'r1')).toBe('/r/run/phoenix/r1');
});

test('Private::open_folder makes a folder for this user alone, which goes when the engine does not hold its lock any more', async () => {
  const folder = host();
  const code = `my ($root) = @_; open my $lock, '>>', "$root/run/phoenix.lock" or die; flock $lock, 2; my $folder = Private::open_folder($root, 'r1');
    Private::write_file($folder, 'token', 'hunter2'); my $there = -f "$folder/token" ? 1 : 0; my $mode = (stat $folder)[2] & 0777; close $lock; ($folder, $there, $mode)`;
  expect(await evaluate(code, folder)).toEqual([join(folder, 'run/phoenix/r1'), '1', String(0o700)]);
  await vi.waitUntil(() => !existsSync(join(folder, 'run/phoenix/r1')), { timeout: 30_000 });
});

test('Private::open_folder refuses a disk, and a folder that is somebody else’s or that others may enter', async () => {
  const disk = host('22 1 8:1 / / rw - ext4 /dev/sda1 rw\n');
  await expect(call('Private::open_folder', disk, 'r1')).rejects.toThrow(
    '/run/phoenix is not in memory (ext4 is mounted at /), so secrets would reach a disk',
  );
  const open = host();
  mkdirSync(join(open, 'run/phoenix'));
  chmodSync(join(open, 'run/phoenix'), 0o755);
  await expect(call('Private::open_folder', open, 'r1')).rejects.toThrow(
    /run\/phoenix is not a folder of this user alone/,
  );
  const linked = host();
  symlinkSync('/tmp', join(linked, 'run/phoenix'));
  await expect(call('Private::open_folder', linked, 'r1')).rejects.toThrow(
    /run\/phoenix is not a folder of this user alone/,
  );
});

test('Private::watch does not return before somebody watches', async () => {
  await expect(call('Private::watch', '/nonexistent/x', '/nonexistent/lock')).rejects.toThrow(
    'the watcher of /nonexistent/x did not start',
  );
});

test('Private::clear removes a folder, and what it names as half written', async () => {
  const folder = root({ '/r1/a': '', '/elsewhere.tmp.phoenix': '', '/kept': '' });
  await evaluate(
    `my ($root) = @_; Private::write_file("$root/r1", 'half-written', "$root/elsewhere.tmp.phoenix\\0"); Private::clear("$root/r1"); Private::clear("$root/none"); 1`,
    folder,
  );
  expect(['r1', 'elsewhere.tmp.phoenix', 'kept'].map((name) => existsSync(join(folder, name)))).toEqual([
    false,
    false,
    true,
  ]);
});

test('Private::write_file writes for root alone, in the place of what was there', async () => {
  const folder = root({ '/a': 'old' });
  symlinkSync(join(folder, 'a'), join(folder, 'b'));
  expect(await call('Private::write_file', folder, 'b', 'x'.repeat(300_000))).toBe(join(folder, 'b'));
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old');
  expect(readFileSync(join(folder, 'b'), 'utf8')).toHaveLength(300_000);
  expect(statSync(join(folder, 'b')).mode & 0o777).toBe(0o600);
  await expect(call('Private::write_file', `${folder}/none`, 'b', '')).rejects.toThrow(
    /^cannot write .*none\/b: No such file/,
  );
});

test('Private::whole names the half-written file as long as there is one, and no longer', async () => {
  const folder = root({ '/private/x': '' });
  const code = `my ($root) = @_; my @named; no warnings 'redefine'; local *Write::whole = sub { open my $h, '<', "$root/private/half-written" or die; local $/; push @named, <$h>, @_ };
    Private::whole("$root/private", "$root/target", 'content', mode => 0600); (@named, -e "$root/private/half-written" ? 1 : 0)`;
  const place = join(folder, 'target');
  expect(await evaluate(code, folder)).toEqual([
    `${place}.tmp.phoenix\0`,
    place,
    'content',
    'mode',
    String(0o600),
    '0',
  ]);
});
