import { expect, test } from 'vitest';
import { host } from './given.js';
import { evaluate } from './perl.js';

const url = 'http://10.0.0.50:8000/health';

/** The answer of an endpoint on a host whose curl says this, one after the other; and the commands. */
async function ask(
  name: string,
  answers: readonly (readonly [number, ...string[]])[],
  pause: number,
  ...words: readonly number[]
) {
  const code = `my ($host, $pause, @words) = @_; local $ENV{PHOENIX_PAUSE} = $pause; (${name}($host, @words), @{ $host->{called} })`;
  const [answer, ...commands] = await evaluate(code, host({ answers }), pause, url, ...words);
  return { answer, commands };
}

test('Health::ask asks with curl until the status is the wanted one', async () => {
  const answers = [
    [7, 'curl: (7) refused', '000'],
    [0, '503'],
    [0, '200'],
    [0, '200'],
  ] as const;
  expect(await ask('Health::ask', answers, 0, 200, 9, 5)).toEqual({
    answer: { ok: '1', text: `${url} 200` },
    commands: Array(3).fill(`curl -sS -o /dev/null -m 10 -w %{http_code} -- ${url}`),
  });
});

test.each([
  ['another status', [0, '503'], 'answered 503'],
  ['a refusal', [7, 'curl: (7) Failed to connect', '000'], 'curl: (7) Failed to connect'],
  ['a curl that says nothing', [127], 'curl failed with exit 127'],
  ['an answer that broke off', [18, 'curl: (18) transfer closed', '200'], 'curl: (18) transfer closed'],
] as const)('Health::ask gives up after the last try, and tells of %s', async (_, answer, text) => {
  const asked = await ask('Health::ask', [answer, answer], 0, 200, 2, 5);
  expect(asked.answer).toEqual({ ok: '0', text: `${url}: ${text}, wanted 200` });
  expect(asked.commands).toHaveLength(2);
});

test('Health::ask_briefly does not wait beyond its time, whatever the number of tries', async () => {
  const asked = await ask('Health::ask_briefly', [[7]], 30, 200, 60, 5);
  expect(asked.answer).toMatchObject({ ok: '0' });
  expect(asked.commands).toHaveLength(1);
});
