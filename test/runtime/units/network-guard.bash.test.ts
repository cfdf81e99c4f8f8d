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
  const answer = run(['guard_put_back'], both);
  expect(answer).toMatchObject({ status: 0, text: former, mode: 0o640 });
});

test('guard_restore says so when the file cannot be put back, or not be brought into force', () => {
  const guard = { ...both, pending: '', written: '' };
  const full = run(['guard_restore'], guard, changed, { stubs: { cp: 'return 1' } });
  expect(full).toMatchObject({ text: changed, left: expect.arrayContaining(['failed']) });
  expect(full.calls.map((call) => call.split(' ')[0])).toEqual(['cp']);
  const idle = run(['guard_restore'], guard, changed, { stubs: { ifreload: 'return 1' } });
  expect(idle).toMatchObject({ text: former, left: expect.arrayContaining(['failed']) });
});

test('guard_holds compares the file with one of the two', () => {
  expect(run(['guard_holds', 'new'], both).status).toBe(0);
  expect(run(['guard_holds', 'former'], both).status).toBe(1);
});

test('guard_reload tries again while another ifreload is at work, and gives up', () => {
  const once = run(['guard_reload'], both, changed, { set: { n: 0 }, stubs: { ifreload: '((n += 1)); ((n > 1))' } });
  expect(once).toMatchObject({ status: 0, calls: ['ifreload -a', 'ifreload -a'] });
  expect(run(['guard_reload'], both, changed, { stubs: { ifreload: 'return 1' } })).toMatchObject({ status: 1 });
});

test.each([
  ['restored', 0],
  ['overtaken', 0],
  ['failed', 0],
  ['', 1],
])('guard_has_ended with the word %j', (end, status) => {
  const answer = run(['guard_has_ended'], end === '' ? both : { ...both, [end]: '' }, changed, { show: ['guard_end'] });
  expect(answer).toMatchObject({ status, values: { guard_end: end } });
});

test('guard_watch takes the change back when the time is up, and says who it is', () => {
  const answer = run(['guard_watch', 0], { ...both, pending: '', written: '' });
  expect(answer).toMatchObject({ status: 0, text: former, calls: ['ifreload -a'] });
  expect(readFileSync(join(answer.folder, 'pid'), 'utf8')).toMatch(/^\d+\n$/);
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
