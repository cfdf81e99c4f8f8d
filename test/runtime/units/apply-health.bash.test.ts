import { expect, test } from 'vitest';
import { type BashCall, bash } from './bash.js';

const url = 'http://10.0.0.50:8000/health';

/** Asks an endpoint that is to answer 200 within this number of tries; the engine hears that it is so from the third one on. */
const run = (words: readonly string[], tries: number, more: BashCall = {}) =>
  bash('apply-health', words, {
    set: {
      arguments: [url, '200', tries, 5],
      status: '200',
      command: ['curl', 'a b'],
      processes: 0,
      code: 0,
      result: 'done',
      reason: '',
      trouble: 'why',
      ...more.set,
    },
    stubs: {
      ask_into: `case $2 in
        endpoint) "$1" endpoint "GET $3 = $4" curl 'a b' ;;
        heard) if ((processes < 3)); then "$1" heard wrong-answer 'answered 503'; else "$1" heard answers ''; fi ;;
        esac`,
      curl: `printf '%s' 503; return 7`,
      wait_because: '',
      pause: '',
      since: 'seconds=1.5',
      fail_step: 'reason=$1; return 1',
      ...more.stubs,
    },
    show: ['result', 'reason', 'condition', 'command', 'is', 'text', 'processes'],
  });

test('note_endpoint keeps the condition and the command, note_heard what an answer means', () => {
  const { values } = run(['note_endpoint', 'endpoint', 'GET x = 200', 'curl', 'x'], 1);
  expect(values).toMatchObject({ condition: 'GET x = 200', command: ['curl', 'x'] });
  expect(run(['note_heard', 'heard', 'silent', 'refused'], 1).values).toMatchObject({ is: 'silent', text: 'refused' });
});

test('ask_once runs the command and has the engine say what came of it', () => {
  const { status, values, calls } = run(['ask_once'], 1);
  expect(calls).toEqual(["curl 'a b'", 'ask_into note_heard heard 200 7 503']);
  expect({ status, ...values }).toMatchObject({ status: 0, is: 'wrong-answer', text: 'answered 503', processes: '1' });
});

test('ask_once takes an answer with a NUL in it, and the exit code of who asked', () => {
  const { stderr, calls } = run(['ask_once'], 1, { stubs: { curl: "printf '5\\0003'; return 7" } });
  expect(stderr).toBe('');
  expect(calls.at(-1)).toBe('ask_into note_heard heard 200 7 53');
});

test('ask_endpoint asks again until it answers, and says what it waits for', () => {
  const slow = run(['ask_endpoint'], 9);
  const told = (number: number) => `wait_because 'GET ${url} = 200: answered 503 (try ${number} of 9)'`;
  expect(slow).toMatchObject({ status: 0, values: { result: 'done', processes: '3' } });
  expect(slow.calls.filter((call) => !/^(?:curl|ask_into note_heard) /.test(call))).toEqual([
    `ask_into note_endpoint endpoint ${url} 200`,
    told(1),
    'pause 5',
    told(2),
    'pause 5',
  ]);
});

test('ask_endpoint fails after the last try, with what was heard in it', () => {
  const { values, calls } = run(['ask_endpoint'], 2);
  expect(values).toMatchObject({
    result: 'failed',
    reason: `not ready after 1.5 s and 2 tries: GET ${url} = 200 (answered 503)`,
  });
  expect(calls.filter((call) => call.startsWith('pause'))).toHaveLength(1);
});

test('ask_endpoint fails where the engine has no answer', () => {
  expect(run(['ask_endpoint'], 9, { stubs: { ask_into: 'return 1' } }).values).toMatchObject({
    result: 'failed',
    reason: 'why',
    processes: '0',
  });
});
