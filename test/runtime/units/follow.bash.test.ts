import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

const owner = 'run r1, process 4711, app phoenix\n';
const runs = 'var/lib/phoenix/phoenix/runs';
const end = (exit: number) => `{"event":"begin"}\n{"app":"phoenix","event":"end","exit":${exit},"run":"r1"}\n`;

/** Calls a function on a host with these files. */
function run(words: readonly string[], files: Readonly<Record<string, string>> = {}, given: BashCall = {}) {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return bash('follow', words, {
    env: { PHOENIX_ROOT: folder },
    show: ['run', 'process', 'app'],
    ...given,
    set: { run: 'r1', app: 'phoenix', process: '', ...given.set },
    stubs: { complain: '', ...given.stubs },
  });
}

const lock = { 'run/phoenix.lock': owner };

test('follow_run shows all that the run at work tells, and ends as it does', () => {
  const stubs = { run_is_at_work: '', tail: 'printf shown', exit_as_it_did: 'exit 3' };
  const answer = run(['follow_run'], { ...lock, [`${runs}/r1.txt`]: '' }, { stubs });
  expect(answer).toMatchObject({ status: 3, stdout: 'shown', stderr: 'run r1\n' });
  expect(answer.calls[1]).toMatch(/^tail -n \+1 -F --pid=4711 -- .*\/runs\/r1\.txt$/);
});

test.each([
  ['a run that is over', lock, 'No run is at work. The last one was r1: as told\n'],
  ['no run at all', {}, 'No run is at work.\n'],
  ['a lock that says nothing', { 'run/phoenix.lock': '' }, 'No run is at work.\n'],
])('follow_run of %s', (_, files, stdout) => {
  expect(run(['follow_run'], files, { stubs: { ending: 'printf "as told"' } })).toMatchObject({ status: 0, stdout });
});

test('run_is_at_work is true while somebody holds the lock', () => {
  expect(run(['run_is_at_work'], lock).status).not.toBe(0);
  expect(run(['run_is_at_work']).status).not.toBe(0);
  expect(run(['run_is_at_work'], lock, { before: 'exec 7<>"$lock_file"; flock 7' }).status).toBe(0);
});

test('read_owner reads whose run the lock is, and nothing else', () => {
  expect(run(['read_owner'], lock)).toMatchObject({
    status: 0,
    values: { run: 'r1', process: '4711', app: 'phoenix' },
  });
  expect(run(['read_owner'], { 'run/phoenix.lock': 'run r1, process x, app y\n' }).status).not.toBe(0);
});

test('runs_folder is where the app keeps its runs', () => {
  expect(run(['runs_folder']).stdout).toMatch(/\/var\/lib\/phoenix\/phoenix\/runs$/);
});

test.each([
  ['that ended', { [`${runs}/r1.jsonl`]: end(0) }, '0', 'all was done, or nothing was to be done'],
  ['that failed', { [`${runs}/r1.jsonl`]: end(1) }, '1', 'it ended with exit 1'],
  [
    'that was killed',
    { [`${runs}/r1.jsonl`]: `${end(0)}{"event":"step"}\n` },
    '',
    'it was killed; apply goes on where it was',
  ],
  ['that had nothing to log', { 'run/phoenix.lock': `${owner}exit 2\n` }, '2', 'it ended with exit 2'],
  [
    'whose lock is another run’s',
    { 'run/phoenix.lock': `${owner.replace('r1', 'r2')}exit 2\n` },
    '',
    'it was killed; apply goes on where it was',
  ],
  ['without a log', lock, '', 'it was killed; apply goes on where it was'],
])('exit_of_run and ending of a run %s', (_, files, exit, text) => {
  expect(run(['exit_of_run'], files).stdout).toBe(exit);
  expect(run(['ending'], files).stdout).toBe(text);
});

test('exit_as_it_did ends with the exit code of the run, and with 1 if it was killed', () => {
  expect(run(['exit_as_it_did'], { [`${runs}/r1.jsonl`]: end(7) })).toMatchObject({ status: 7, ended: true });
  expect(run(['exit_as_it_did'])).toMatchObject({
    status: 1,
    calls: [expect.stringMatching(/^complain applier\/killed 'the run was killed' /)],
  });
});
