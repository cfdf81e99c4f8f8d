import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const former = 'auto lo\n';
const changed = 'auto lo\nauto vmbr1\n';

/** Calls a function on a host whose interfaces file and guard folder hold these. */
function run(
  words: readonly (string | number)[],
  guard: Readonly<Record<string, string>>,
  file = changed,
  given: BashCall = {},
) {
  const root = temporaryFolder();
  const folder = join(root, 'var/lib/phoenix/.network-guard');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, 'etc/network'), { recursive: true });
  const place = join(root, 'etc/network/interfaces');
  writeFileSync(place, file);
  chmodSync(place, 0o640);
  for (const [name, text] of Object.entries(guard)) writeFileSync(join(folder, name), text);
  const answer = bash('network-guard', words, {
    ...given,
    env: { PHOENIX_ROOT: root, PHOENIX_PAUSE: '0.01', ...given.env },
    stubs: { ifreload: '', ...given.stubs },
  });
  return {
    ...answer,
    text: readFileSync(place, 'utf8'),
    mode: statSync(place).mode & 0o777,
    left: readdirSync(folder).toSorted(),
    folder,
  };
}

const both = { former, new: changed };

test.each([
  ['the new file is in place', { ...both, pending: '', written: '' }, changed, 0, former, ['ifreload -a'], 'restored'],
  ['the new file was never written', { ...both, pending: '' }, former, 0, former, [], 'restored'],
  [
    'the former file is there already',
    { ...both, pending: '', written: '' },
    former,
    0,
    former,
    ['ifreload -a'],
    'restored',
  ],
  [
    'somebody who knows more changed it',
    { ...both, pending: '', written: '' },
    'auto lo\n#mine\n',
    0,
    'auto lo\n#mine\n',
    [],
    'overtaken',
  ],
  ['the change was confirmed', { ...both, confirmed: '', written: '' }, changed, 1, changed, [], 'confirmed'],
  ['somebody else takes it back', { ...both, restoring: '', written: '' }, changed, 1, changed, [], 'restoring'],
])('guard_restore when %s', (_, guard, file, status, text, calls, left) => {
  const answer = run(['guard_restore'], guard, file);
  expect(answer).toMatchObject({ status, text, calls });
  expect(answer.left).toContain(left);
});

test('guard_put_back keeps mode and owner of the file', () => {
  expect(run(['guard_put_back'], both)).toMatchObject({ status: 0, text: former, mode: 0o640 });
  expect(run(['guard_put_back'], both, former)).toMatchObject({ status: 0, text: former, mode: 0o640 });
});

test('guard_watch takes the change back when the time is up, and says who it is', () => {
  const answer = run(['guard_watch', 0], { ...both, pending: '', written: '' });
  expect(answer).toMatchObject({ status: 0, text: former, calls: ['ifreload -a'] });
  expect(readFileSync(join(answer.folder, 'pid'), 'utf8')).toMatch(/^\d+\n$/);
});

test('guard_watch takes the change back after its time, also when the clock is put back meanwhile', () => {
  const { calls } = run(['guard_watch', 3], { ...both, pending: '', written: '' }, changed, {
    stubs: { sleep: 'SECONDS=$((SECONDS - 3600))', guard_restore: '' },
  });
  expect(calls).toEqual([...Array(6).fill('sleep 0.5'), 'guard_restore']);
});

test.each([
  ['it is hurried', { ...both, pending: '', written: '', hurry: '' }, former],
  ['the change was confirmed', { ...both, confirmed: '', written: '' }, changed],
])('guard_watch does not wait for its time when %s', (_, guard, text) => {
  expect(run(['guard_watch', 600], guard).text).toBe(text);
});

test('guard_watch is not ended by what ends a connection', () => {
  const answer = run(['guard_watch', 600], { ...both, pending: '', written: '' }, changed, {
    stubs: { sleep: 'kill -HUP $$; kill -TERM $$; kill -INT $$; : >"$guard_folder/hurry"' },
  });
  expect(answer).toMatchObject({ status: 0, text: former });
});

test('guard_lives knows the watch by its process, and takes no other for it', () => {
  const watch = spawn('bash', ['-c', 'sleep 60; :', 'watch.bash']);
  onTestFinished(() => void watch.kill('SIGKILL'));
  expect(run(['guard_lives'], { pid: `${watch.pid}\n` }).status).toBe(0);
  expect(run(['guard_lives'], { pid: `${process.pid}\n` }).status).not.toBe(0);
  expect(run(['guard_lives'], { pid: '' }).status).not.toBe(0);
  expect(run(['guard_lives'], {}).status).not.toBe(0);
});

test('guard_put_back fails where there is nothing to put back', () => {
  expect(run(['guard_put_back'], { new: changed })).toMatchObject({ status: 1, text: changed });
});

test.each([
  ['former', former, 0],
  ['new', changed, 0],
  ['former', changed, 1],
  ['new', former, 1],
])('guard_holds %s where the file is %j', (which, file, status) => {
  expect(run(['guard_holds', which], both, file).status).toBe(status);
});

test('guard_holds nothing that it does not know', () => {
  expect(run(['guard_holds', 'former'], {}).status).not.toBe(0);
});

test.each([
  ['at once', '', 0, 1],
  ['once the other reload is over', '((n += 1)); ((n == 3))', 0, 3],
  ['never', 'return 1', 1, 5],
])('guard_reload tries as often as it takes, five times at most: it succeeds %s', (_, ifreload, status, times) => {
  const answer = run(['guard_reload'], both, changed, { set: { n: 0 }, stubs: { ifreload } });
  expect([answer.status, answer.calls]).toEqual([status, Array(times).fill('ifreload -a')]);
});

test('guard_restore leaves word of a reload that failed, and the former file where it belongs', () => {
  const given = { ...both, pending: '', written: '' };
  const answer = run(['guard_restore'], given, changed, { stubs: { ifreload: 'return 1' } });
  expect(answer).toMatchObject({ status: 0, text: former });
  expect(answer.left).toEqual(['failed', 'former', 'new', 'written']);
});

test('guard_restore leaves word and no half of a file where it cannot be put back', () => {
  const answer = run(['guard_restore'], { ...both, pending: '', written: '' }, changed, {
    stubs: { sync: 'return 1' },
    after: 'ls "${guard_file%/*}"',
  });
  expect(answer).toMatchObject({ text: changed, stdout: 'interfaces\n' });
  expect(answer.left).toContain('failed');
  expect(answer.calls).not.toContain('ifreload -a');
});

test.each([
  [{ restored: '' }, 0, 'restored'],
  [{ overtaken: '' }, 0, 'overtaken'],
  [{ failed: '' }, 0, 'failed'],
  [{ pending: '' }, 1, ''],
  [{ restoring: '' }, 1, ''],
  [{}, 1, ''],
])('guard_has_ended with %j', (guard, status, end) => {
  const answer = run(['guard_has_ended'], guard, changed, { show: ['guard_end'] });
  expect(answer).toMatchObject({ status, values: { guard_end: end } });
});
