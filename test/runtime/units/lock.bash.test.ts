import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const run = (words: readonly string[], given: BashCall = {}) => {
  const folder = temporaryFolder();
  const answer = bash('lock', words, {
    ...given,
    set: {
      lock_file: join(folder, 'run/phoenix.lock'),
      run: 'r1',
      interrupted: 0,
      trouble: 'why',
      times: 0,
      ...given.set,
    },
    stubs: { refuse_run: 'exit 8', progress: '', pause: '', ...given.stubs },
    env: { PHOENIX_ROOT: folder, PHOENIX_PATIENCE: '1', ...given.env },
  });
  return { ...answer, file: join(folder, 'run/phoenix.lock') };
};

test('open_lock has the lock on descriptor 7, in a file for root alone', () => {
  const { status, file } = run(['open_lock'], { after: 'printf x >&7' });
  expect(status).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe('x');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('open_lock ends the run where there can be no lock', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'lock'));
  const { status, calls } = run(['open_lock'], {
    set: { lock_file: join(folder, 'lock') },
    env: { PHOENIX_ROOT: folder },
  });
  expect(status).toBe(8);
  expect(calls).toEqual([expect.stringContaining("refuse_run applier/failed 'cannot open the lock /lock'")]);
});

const left = 'problems=(applier/left-at-work why);';

test('take_lock takes it', () => {
  expect(run(['take_lock'], { stubs: { ask: '' } })).toMatchObject({ status: 0, calls: ['ask lock r1 7'] });
});

test('take_lock waits for what a killed run left at work, and says so once', () => {
  const { status, calls } = run(['take_lock'], { stubs: { ask: `${left} ((times++ >= 2))` } });
  expect(status).toBe(0);
  expect(calls.filter((call) => !call.startsWith('ask'))).toEqual([
    expect.stringMatching(/^progress .* why$/),
    'pause 1',
    'pause 1',
  ]);
});

test.each([
  ['another run is at work', { stubs: { ask: 'problems=(applier/busy why); return 1' } }],
  ['somebody asks it to stop', { set: { interrupted: 1 }, stubs: { ask: `${left} return 1` } }],
  ['it takes too long', { stubs: { ask: `${left} return 1`, pause: 'command sleep 0.3' } }],
])('take_lock is refused when %s', (_, given) => {
  expect(run(['take_lock'], given)).toMatchObject({ status: 8, ended: true });
});

test('leave_end writes the exit code of a run behind whose run it is', () => {
  const { file } = run(['leave_end', '3'], { before: 'mkdir "${lock_file%/*}"; exec 7<>"$lock_file"; echo run >&7' });
  expect(readFileSync(file, 'utf8')).toBe('run\nexit 3\n');
});
