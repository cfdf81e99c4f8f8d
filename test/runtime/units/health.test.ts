import { expect, test } from 'vitest';
import { host, replies } from './given.js';
import { call, evaluate, list } from './perl.js';

const url = 'http://10.0.0.50:8000/health';
type Answer = readonly [number, ...string[]];

test('Health::condition is what is asked for', async () => {
  expect(await call('Health::condition', url, 200)).toBe(`GET ${url} = 200`);
});

const curl = ['curl', '-sS', '--noproxy', '*', '-o', '/dev/null', '-m', '10', '-w', '%{http_code}', '--', url];

test("Health::command asks for the status, past root's proxy, for no longer than a moment", async () => {
  expect(await list('Health::command', url)).toEqual(curl);
});

test.each<[string, Answer, object]>([
  ['the wanted status', [0, '200'], { is: 'answers', text: '' }],
  ['another status', [0, '503'], { is: 'wrong-answer', text: 'answered 503' }],
  ['a refusal', [7, 'curl: (7) refused', '000'], { is: 'silent', text: 'curl: (7) refused' }],
  ['a refusal of another release', [7, '000curl: (7) refused'], { is: 'silent', text: 'curl: (7) refused' }],
  ['a curl that says nothing', [127], { is: 'silent', text: 'curl failed with exit 127' }],
  ['a curl that says no more than 000', [28, '000'], { is: 'silent', text: 'curl failed with exit 28' }],
  [
    'an answer that broke off',
    [18, 'curl: (18) transfer closed', '200'],
    { is: 'silent', text: 'curl: (18) transfer closed' },
  ],
])('Health::meaning of %s', async (_, answer, expected) => {
  expect(await call('Health::meaning', 200, ...answer)).toEqual(expected);
});

test('Health::ask runs the command once', async () => {
  const code = 'my $host = shift; (Health::ask($host, @_), @{ $host->{called} })';
  expect(await evaluate(code, host({ answers: [[0, '503']] }), url, 200)).toEqual([
    { is: 'wrong-answer', text: 'answered 503' },
    curl.join(' '),
  ]);
});

test('Health::endpoint tells a worker what to run, and Health::heard what came of it', async () => {
  expect(await replies('Health::endpoint', {}, url, '200')).toEqual([['endpoint', `GET ${url} = 200`, ...curl]]);
  expect(await replies('Health::heard', {}, '200', '0', '200')).toEqual([['heard', 'answers', '']]);
  expect(await replies('Health::heard', {}, '200', '7', '000\ncurl: (7) refused')).toEqual([
    ['heard', 'silent', 'curl: (7) refused'],
  ]);
});

/** What comes of asking for so many seconds and tries, how often it was asked, and what was told of it. */
async function asked(answers: readonly Answer[], seconds: number, tries: number, pause: number) {
  const code = `my ($host, $seconds, $tries, $pause, @words) = @_; local $ENV{PHOENIX_PAUSE} = $pause; my @told;
    my $is = Health::ask_until($host, Clock::now() + $seconds, $tries, sub { push @told, @_ }, @words); ($is->{is}, scalar @{ $host->{called} }, @told)`;
  const [is, times, ...told] = await evaluate(code, host({ answers }), seconds, tries, pause, url, 200, 5);
  return [is, Number(times), ...told];
}
const no: Answer = [7, 'refused'];

test('Health::ask_until it answers', async () => {
  expect(await asked([no, [0, '503'], [0, '200']], 100, 9, 0)).toEqual(['answers', 3, 'refused', 'answered 503']);
});

test('Health::ask_until the tries are used up, or the time is', async () => {
  expect(await asked([no, no], 100, 2, 0)).toEqual(['silent', 2, 'refused']);
  expect(await asked([no], 10, 9, 11)).toEqual(['silent', 1]);
});

test('Health::ask_until the time is up, where there is no number of tries', async () => {
  const [is, times] = await asked(Array(50).fill(no), 0.05, 0, 0.01);
  expect(is).toBe('silent');
  expect(times).toBeGreaterThan(1);
});
