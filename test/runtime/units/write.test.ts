import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { call, evaluate } from './perl.js';

test('Write::whole puts a file in the place of another, with the mode and owner that it is told', async () => {
  const place = join(temporaryFolder(), 'a');
  writeFileSync(place, 'old');
  const { uid, gid } = statSync(place);
  await call('Write::whole', place, 'new', 'mode', 0o640, 'uid', uid, 'gid', gid);
  expect(readFileSync(place, 'utf8')).toBe('new');
  expect(statSync(place).mode & 0o777).toBe(0o640);
  expect(existsSync(`${place}.tmp.phoenix`)).toBe(false);
});

test('Write::whole begins anew where a run was killed, and follows no link that somebody laid there', async () => {
  const folder = temporaryFolder();
  const [place, victim] = [join(folder, 'a'), join(folder, 'victim')];
  writeFileSync(victim, 'untouched');
  symlinkSync(victim, `${place}.tmp.phoenix`);
  await call('Write::whole', place, 'new');
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(lstatSync(place).isFile()).toBe(true);
});

test('Write::whole leaves nothing behind when it cannot end', async () => {
  const place = join(temporaryFolder(), 'a');
  mkdirSync(place);
  await expect(call('Write::whole', place, 'new')).rejects.toThrow(`cannot rename to ${place}: Is a directory`);
  expect(existsSync(`${place}.tmp.phoenix`)).toBe(false);
  await expect(call('Write::whole', `${place}/no/b`, 'new')).rejects.toThrow(
    `cannot write in ${place}/no: No such file or directory`,
  );
});

test('a writer that is killed at any moment leaves the old file or the new one, whole', async () => {
  const place = join(temporaryFolder(), 'a');
  writeFileSync(place, 'o'.repeat(1_500_000));
  for (let round = 0; round < 12; round += 1) {
    const code = `my ($place, $byte, $wait) = @_; my $pid = fork // die $!;
      unless ($pid) { Write::whole($place, $byte x 1_500_000); kill 9, $$ }
      select undef, undef, undef, $wait; kill 9, $pid; waitpid $pid, 0; 1`;
    await evaluate(code, place, String(round % 10), round / 2000);
    const text = readFileSync(place, 'utf8');
    expect(text).toHaveLength(1_500_000);
    expect(new Set(text).size).toBe(1);
  }
});

test('Write::link puts a link in the place of a file or of another link, and follows neither', async () => {
  const folder = temporaryFolder();
  const [place, victim] = [join(folder, 'a'), join(folder, 'victim')];
  writeFileSync(victim, 'untouched');
  writeFileSync(place, 'old');
  await call('Write::link', place, victim);
  expect(readlinkSync(place)).toBe(victim);
  symlinkSync(victim, `${place}.tmp.phoenix`);
  await call('Write::link', place, '/nonexistent');
  expect(readlinkSync(place)).toBe('/nonexistent');
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(existsSync(`${place}.tmp.phoenix`)).toBe(false);
});

test('Write::link says what it cannot do, and leaves nothing behind', async () => {
  const folder = temporaryFolder();
  const place = join(folder, 'a');
  await expect(call('Write::link', join(folder, 'no/b'), '/x')).rejects.toThrow(
    /^cannot make the link .*\/no\/b: No such file or directory\n/,
  );
  mkdirSync(place);
  await expect(call('Write::link', place, '/x')).rejects.toThrow(`cannot rename to ${place}: Is a directory`);
  expect(readdirSync(folder)).toEqual(['a']);
});

test('Write::temporary lies in the same folder', async () => {
  expect(await call('Write::temporary', '/a/b')).toBe('/a/b.tmp.phoenix');
});

test('Write::folder makes what is missing, and leaves what is there', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'a'), { mode: 0o755 });
  await call('Write::folder', `${root}/a//b/c`, 0o700);
  expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o755);
  expect(statSync(join(root, 'a/b/c')).mode & 0o777).toBe(0o700);
  writeFileSync(join(root, 'file'), '');
  await expect(call('Write::folder', `${root}/file/x`, 0o700)).rejects.toThrow(
    /^cannot make .*\/file\/x: Not a directory/,
  );
});

test('Write::append adds to the end', async () => {
  const place = join(temporaryFolder(), 'log');
  await call('Write::append', place, 'a\n');
  await call('Write::append', place, 'b\n');
  expect(readFileSync(place, 'utf8')).toBe('a\nb\n');
  await expect(call('Write::append', `${place}/x`, 'c')).rejects.toThrow(/^cannot write /);
});

test('Write::synced is true of a file, and of a thing that cannot be synced', async () => {
  const file = join(temporaryFolder(), 'a');
  expect(await evaluate(`open my $h, '>', shift or die; Write::synced($h) ? 1 : 0`, file)).toEqual(['1']);
  expect(await evaluate(`pipe my $r, my $w; Write::synced($w) ? 1 : 0`)).toEqual(['1']);
});

test('Write::sync_folder minds no folder that is not there', async () => {
  expect(await evaluate(`Write::sync_folder('/nonexistent'); Write::sync_folder(shift); 1`, temporaryFolder())).toEqual(
    ['1'],
  );
});
