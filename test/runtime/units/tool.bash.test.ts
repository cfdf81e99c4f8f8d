import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../bench.js';
import { type BashCall, bash } from './bash.js';

function run(words: readonly string[], given: BashCall = {}) {
  const said = join(temporaryFolder(), 'said');
  writeFileSync(said, 'before\n');
  const answer = bash('tool', words, { ...given, set: { said, ...given.set }, show: ['code', 'processes'] });
  return { ...answer, said: readFileSync(said, 'utf8') };
}

test('tool keeps the exit code, and all that is said behind the command as a shell would read it', () => {
  const { values, said, stdout, stderr } = run(['tool', 'sh', '-c', "echo 'to you'; echo oops >&2; exit 3"]);
  expect({ values, stdout, stderr }).toEqual({ values: { code: '3', processes: '1' }, stdout: '', stderr: '' });
  expect(said).toBe(`before\n$ 'sh' '-c' 'echo '\\''to you'\\''; echo oops >&2; exit 3'\nto you\noops\n`);
});

test('tool gives a command the file that it is to read, and nothing else to read', () => {
  const input = join(temporaryFolder(), 'in');
  writeFileSync(input, 'secret\n');
  expect(run(['tool', 'cat'], { set: { tool_input: input } }).said).toContain('\nsecret\n');
  expect(run(['tool', 'cat'], { input: 'of the terminal\n' }).said).not.toContain('of the terminal');
});

test('tool hands no conversation with the engine on, and logs what bash says of a command that was killed', () => {
  const open = run(['tool', 'bash', '-c', '(: >&8) 2>/dev/null && echo eight; (: <&9) 2>/dev/null && echo nine; :'], {
    before: 'exec 8>/dev/null 9</dev/null',
  });
  expect(open.said).not.toMatch(/eight\n|nine\n/);
  const killed = run(['tool', 'sh', '-c', 'kill -9 $$']);
  expect(killed.values['code']).toBe('137');
  expect(killed.said).toContain('Killed');
  expect(run(['tool', '/nonexistent']).values['code']).toBe('127');
});

/** A tool that answers so, one after the other: exit code and words. */
const answers = (...all: readonly (readonly [number, string])[]) =>
  `case $((n += 1)) in ${all.map(([code, words], at) => `${at + 1}) code=${code}; echo '${words}' >>"$said" ;;`).join(' ')} *) code=0 ;; esac`;
const patiently = (tool: string, more: BashCall = {}) =>
  run(['patiently', 'pct', 'start', '950'], { set: { n: 0 }, stubs: { tool, pause: '', wait_because: '' }, ...more });

test.each([
  ['all is well', answers([0, '']), ['tool']],
  ['it fails for good', answers([255, 'CT 950 not running']), ['tool']],
  [
    'the guest is locked, for a while',
    answers([255, 'CT is locked (backup)'], [255, 'CT is locked (backup)'], [0, '']),
    ['tool', 'wait_because', 'pause', 'tool', 'wait_because', 'pause', 'tool'],
  ],
  [
    'somebody holds a file',
    answers([4, 'lock file - got timeout'], [0, '']),
    ['tool', 'wait_because', 'pause', 'tool'],
  ],
  ['a machine does not listen', answers([255, 'VM quit/powerdown failed - got timeout']), ['tool']],
  ['it says so and is well', answers([0, 'is locked']), ['tool']],
])('patiently calls again while somebody else is at work: %s', (_, tool, names) => {
  expect(patiently(tool).calls.map((call) => call.split(' ')[0])).toEqual(names);
});

test('patiently waits longer from time to time, and says what for', () => {
  const { calls } = patiently(answers(...Array.from({ length: 7 }, () => [255, 'is locked'] as const)));
  expect(calls.filter((call) => call.startsWith('pause'))).toEqual(
    [1, 2, 4, 8, 16, 16, 16].map((seconds) => `pause ${seconds}`),
  );
  expect(calls).toContain(`wait_because 'pct start: the guest is locked by a task'`);
  expect(patiently(answers([4, 'got timeout'])).calls).toContain(
    `wait_because 'pct start: somebody holds the lock of a file'`,
  );
});

test('patiently goes by what this call has said, and not by what an earlier one did', () => {
  const given = {
    set: { n: 0 },
    stubs: { tool: answers([255, 'no such CT']), pause: '', wait_because: '' },
    before: 'echo "is locked" >>"$said"',
  };
  expect(run(['patiently', 'pct', 'start', '950'], given).calls).toHaveLength(1);
});

test('patiently goes by what was said also where a NUL is in it, without a word of its own', () => {
  const { calls, stderr } = patiently(
    `((n += 1)); code=0; ((n > 1)) || { code=4; printf 'lock file\\0 - got timeout\\n' >>"$said"; }`,
  );
  expect(calls.map((call) => call.split(' ')[0])).toEqual(['tool', 'wait_because', 'pause', 'tool']);
  expect(stderr).toBe('');
});

test('patiently gives up when its time is over', () => {
  const { calls, values } = patiently(`code=255; echo 'is locked' >>"$said"; ((SECONDS += 50))`);
  expect(calls.filter((call) => call.startsWith('tool'))).toHaveLength(3);
  expect(values['code']).toBe('255');
});

test('pause sleeps as long as it is told, or as tests say', () => {
  expect(bash('tool', ['pause', '5'], { stubs: { sleep: '' } }).calls).toEqual(['sleep 5']);
  expect(bash('tool', ['pause', '5'], { stubs: { sleep: '' }, env: { PHOENIX_PAUSE: '0' } }).calls).toEqual([
    'sleep 0',
  ]);
});
