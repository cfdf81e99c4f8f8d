import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const run = (words: readonly string[], given: BashCall = {}) =>
  bash('log', words, {
    ...given,
    set: { trouble: 'no space', app: 'phoenix', host: 'pve', verb: 'apply', run: 'r1', worker: 7, ...given.set },
    stubs: { ask: '', stop_run: 'exit 9', ...given.stubs },
    show: ['run_folder', 'said', 'public_said', 'reason'],
  });

test('log has the engine write a line', () => {
  expect(run(['log', 'event', 'step', 'reason', 'a b']).calls).toEqual([`ask log event step reason 'a b'`]);
  expect(run(['log', 'event', 'x'], { stubs: { ask: 'return 1' } })).toMatchObject({
    status: 9,
    calls: ['ask log event x', `stop_run 'cannot write the log: no space'`],
  });
});

test('open_log begins the log and makes a folder for what tools say', () => {
  const folder = temporaryFolder();
  const { calls, values } = run(['open_log'], { env: { PHOENIX_ROOT: folder } });
  expect(calls).toEqual(['ask log event begin app phoenix host pve verb apply']);
  expect(values['run_folder']).toBe(join(folder, 'var/lib/phoenix/phoenix/runs/r1'));
  expect(existsSync(String(values['run_folder']))).toBe(true);
  writeFileSync(join(folder, 'file'), '');
  expect(run(['open_log'], { env: { PHOENIX_ROOT: join(folder, 'file') } }).status).toBe(9);
});

test('said_file is beside the log, and private in a run that has decrypted something', () => {
  expect(run(['said_file', 'guest/950/run'], { set: { run_folder: '/runs/r1' } }).values).toMatchObject({
    said: '/runs/r1/guest_950_run.log',
    public_said: '/runs/r1/guest_950_run.log',
  });
  expect(
    run(['said_file', 'a'], { set: { run_folder: '/runs/r1', private_folder: '/run/phoenix/r1' } }).values,
  ).toMatchObject({ said: '/run/phoenix/r1/said-7', public_said: '/runs/r1/a.log' });
});

test('publish_said moves what was said in private to where people look, and says when it is lost', () => {
  expect(run(['publish_said'], { set: { said: '/a', public_said: '/a' } }).calls).toEqual([]);
  const moved = { said: '/private', public_said: '/public', reason: 'why' };
  expect(run(['publish_said'], { set: moved })).toMatchObject({
    calls: ['ask said /private /public'],
    values: { said: '/public', reason: 'why' },
  });
  expect(run(['publish_said'], { set: moved, stubs: { ask: 'return 1' } }).values['reason']).toBe(
    'why (what was said is lost: no space)',
  );
});
