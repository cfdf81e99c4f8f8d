import { expect, test } from 'vitest';
import { type BashCall, bash } from './bash.js';

const url = 'http://10.0.0.50:8000/health';

/** Asks an endpoint that is to answer 200 within this number of tries; its curl says this, one after the other. */
const run = (words: readonly string[], tries: number, curl: string, more: BashCall = {}) =>
  bash('apply-health', words, {
    set: { arguments: [url, '200', tries, 5], url, status: '200', processes: 0, result: 'done', reason: '' },
    stubs: { wait_because: '', pause: '', since: 'seconds=1.5', ...more.stubs },
    before: `curl() { _note curl "$@"; ${curl}; }`,
    show: ['result', 'reason', 'heard', 'processes'],
  });

test('endpoint_answers asks once, with curl', () => {
  const { status, values } = run(['endpoint_answers'], 1, 'printf 200');
  expect({ status, processes: values['processes'] }).toEqual({ status: 0, processes: '1' });
});

test.each([
  ['another status', 'printf 503', 'answered 503'],
  ['a refusal', `printf '000curl: (7) refused\\n'; return 7`, 'curl: (7) refused'],
  ['a refusal of another release', `printf 'curl: (7) refused\\n000'; return 7`, 'curl: (7) refused'],
  ['a curl that says nothing', 'printf 000; return 28', 'curl failed with exit 28'],
  ['no curl', 'return 127', 'curl failed with exit 127'],
  ['the status of an answer that broke off', 'printf 200; return 18', '200'],
])('endpoint_answers hears %s', (_, curl, heard) => {
  expect(run(['endpoint_answers'], 1, curl)).toMatchObject({ status: 1, values: { heard } });
});

test('ask_endpoint asks again until it answers, and says what it waits for', () => {
  const slow = run(['ask_endpoint'], 9, `((processes >= 3)) || { printf '000refused'; return 7; }; printf 200`);
  const asked = `curl -sS --noproxy '*' -o /dev/null -m 10 -w '%{http_code}' -- ${url}`;
  const told = (number: number) => `wait_because 'GET ${url} = 200: refused (try ${number} of 9)'`;
  expect(slow).toMatchObject({ status: 0, values: { result: 'done', processes: '3' } });
  expect(slow.calls).toEqual([asked, told(1), 'pause 5', asked, told(2), 'pause 5', asked]);
});

test('ask_endpoint fails after the last try, with what was heard in it', () => {
  const { values, calls } = run(['ask_endpoint'], 2, 'printf 503');
  expect(values).toMatchObject({
    result: 'failed',
    reason: `not ready after 1.5 s and 2 tries: GET ${url} = 200 (answered 503)`,
  });
  expect(calls.filter((call) => call.startsWith('pause'))).toHaveLength(1);
});
