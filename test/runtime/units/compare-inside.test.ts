import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { about, type HostFacts, host, inStack, journal, type LookFacts, secrets, step } from './given.js';
import { call, list } from './perl.js';
import { root } from './root.js';

const marker = 'phoenix-cdk app=phoenix path=ai/qwen vmid=950';
const text = `#${marker}\nrootfs: local-zfs:subvol-950-disk-0\n`;
const there: HostFacts = {
  guests: { 950: text },
  running: [950],
  datasets: { 'rpool/data/subvol-950-disk-0': { guid: '7' } },
};
const known = ['guest', '950', 'lxc', '7', 'local-zfs:subvol-950-disk-0', '-'];
const guest = ['--guest', 'lxc', 950, '--path', 'ai/qwen'] as const;
const script = (...words: readonly (string | number)[]) =>
  inStack(
    { folder: '/s' },
    'guest-run',
    'run',
    ...guest,
    '--script',
    'setup.sh',
    '--digest',
    'abc',
    '--timeout',
    20,
    ...words,
  );
const files = (...words: readonly (string | number)[]) =>
  step(
    'guest-file',
    'files',
    ...guest,
    '--digest',
    'abc',
    '--file',
    '/a',
    'a',
    'x',
    ...words,
    '--file',
    '/b',
    'b',
    'y',
  );

const facts = (
  given: object,
  facts: HostFacts,
  records: readonly (readonly string[])[],
  more: LookFacts = {},
): LookFacts => ({
  steps: [given as Record<string, unknown>],
  host: host(facts),
  journal: journal(known, ...records),
  ...more,
});
const run = (
  given: object,
  of: HostFacts = there,
  records: readonly (readonly string[])[] = [],
  more: LookFacts = {},
) => about('CompareInside::run', facts(given, of, records, more));
const done = (digest = 'abc', guid = '7', ...values: readonly string[]) => ['applied', 'run', guid, digest, ...values];

test.each<[string, () => Promise<unknown>, object]>([
  [
    'never',
    () => run(script()),
    {
      verdict: 'change',
      do: 'script',
      changes: [{ key: 'script', to: 'run' }],
      fields: { vmid: '950', digest: 'abc', timeout: '20' },
    },
  ],
  ['with this digest', () => run(script(), there, [done()]), { verdict: 'satisfied' }],
  [
    'with another digest',
    () => run(script(), there, [done('abd')]),
    { verdict: 'change', changes: [{ to: 'run again' }] },
  ],
  [
    'on another root disk',
    () => run(script(), there, [done('abc', '8')]),
    { verdict: 'change', changes: [{ to: 'run' }] },
  ],
  [
    'in a guest that does not run',
    () => run(script(), { ...there, running: [] }),
    { verdict: 'unknown', soft: '1', reason: 'guest 950 does not run' },
  ],
  ['in a guest that is not there', () => run(script(), {}), { verdict: 'waiting' }],
  [
    'and restarts a service each time',
    () => run(script('--again', 'restart'), there, [done('abd')]),
    { verdict: 'held', flag: '--allow-restart ai/qwen', changes: [{ impact: 'restart', held: '1' }] },
  ],
  [
    'and restarts a service, allowed',
    () => run(script('--again', 'restart'), there, [done('abd')], { flags: { 'allow-restart': { 'ai/qwen': 1 } } }),
    { verdict: 'change' },
  ],
  [
    'for the first time, with a service to be restarted later',
    () => run(script('--again', 'restart')),
    { verdict: 'change' },
  ],
])('CompareInside::run of a script that was done %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareInside::file sends all files, and names those that are new', async () => {
  expect(await about('CompareInside::file', facts(files(), there, []))).toMatchObject({
    do: 'send',
    arguments: ['/a', '/b'],
    changes: [
      { key: '/a', to: 'written' },
      { key: '/b', to: 'written' },
    ],
  });
  expect(await about('CompareInside::file', facts(files(), there, [['applied', 'files', '7', 'abd']]))).toMatchObject({
    changes: [{ to: 'new content' }, { to: 'new content' }],
  });
});

/** Secrets of a vault whose ciphertext of `token` the journal knows, or does not. */
const vault = (knownText: string) => {
  const folder = root({ '/token.asc': 'cipher' });
  return secrets({ folder, journal: journal(['secret', 'token', sha256(knownText), 'seal']) });
};
const withSecret = (records: readonly (readonly string[])[], knownText = 'cipher') =>
  about(
    'CompareInside::file',
    facts(files('--secret', 'token'), there, records, { more: { secrets: vault(knownText) } }),
  );
const sent = ['applied', 'files', '7', 'abc', 'secret:token=seal'];

test('CompareInside::by_digest sends files with a rotated secret again, and leaves those with the same one alone', async () => {
  expect(await withSecret([sent])).toMatchObject({ verdict: 'satisfied' });
  expect(await withSecret([sent], 'former cipher')).toMatchObject({
    verdict: 'change',
    changes: [{ key: '/a', to: 'new content' }],
  });
  const lacking = facts(script('--secret', 'none'), {}, [], {
    more: { secrets: secrets({ folder: join(root(), 'x') }) },
  });
  expect(await about('CompareInside::by_digest', lacking, 'script')).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('the vault has no secret none'),
  });
});

test('CompareInside::holding picks the files with one of these secrets', async () => {
  const [a, b, c] = [{ target: '/a', secrets: ['x'] }, { target: '/b', secrets: ['y', 'z'] }, { target: '/c' }];
  expect(await list('CompareInside::holding', ['z'], a, b, c)).toEqual([b]);
});

test('CompareInside::health asks later, CompareInside::note only says something', async () => {
  expect(
    await call(
      'CompareInside::health',
      step('health', 'h', '--url', 'u', '--status', 200, '--retries', 3, '--interval', 5),
    ),
  ).toMatchObject({ verdict: 'satisfied', asks: '1', do: 'ask', arguments: ['u', '200', '3', '5'] });
  expect(await call('CompareInside::note', step('note', 'n', '--text', 'hello'))).toMatchObject({
    verdict: 'note',
    reason: 'hello',
  });
});

const open = (...words: readonly (string | number)[]) =>
  about('CompareInside::open_run', {
    steps: [step('run', 'r', ...words)],
    host: host({ root: root({ '/there': '' }), answers: { ask: [2, 'oops'] } }),
  });
const missing = ['--probe', 2, 'file', '/none'] as const;

test.each<[string, () => Promise<unknown>, object]>([
  ['all probes hold', () => open('--probe', 2, 'file', '/there', '--command', 1, 'x'), { verdict: 'satisfied' }],
  [
    'one does not',
    () => open('--probe', 2, 'file', '/there', ...missing, '--command', 2, 'a', 'b c', '--command', 1, 'd'),
    {
      verdict: 'change',
      do: 'commands',
      arguments: ['2', 'a', 'b c', '1', 'd'],
      changes: [{ key: 'file /none', from: 'no', to: 'yes' }],
    },
  ],
  [
    'there is no command, but a hint',
    () => open(...missing, '--fix', 'do it by hand'),
    { verdict: 'refused', reason: 'do it by hand' },
  ],
  ['there is neither', () => open(...missing), { verdict: 'refused', reason: 'not so: file /none' }],
  [
    'one cannot be answered',
    () => open('--probe', 4, 'argv', 0, 1, 'ask'),
    { verdict: 'unknown', reason: 'ask: exit 2: oops', soft: '1' },
  ],
])('CompareInside::open_run when %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareInside::open_run waits for a command that goes on although its run was killed', async () => {
  const busy = (...records: readonly (readonly (string | number)[])[]) =>
    about('CompareInside::open_run', {
      steps: [step('run', 'r', ...missing, '--command', 2, 'a', 'b c')],
      host: host({ root: root({ '/proc/7/cmdline': 'a\0b c\0' }) }),
      journal: journal(...records),
    });
  expect(await busy(['intent', 'r', 'r0', 1000, '-'])).toMatchObject({
    do: 'wait',
    reason: '`a b c` is still at work, as a run that was killed began it',
  });
  expect(await busy()).toMatchObject({ do: 'commands' });
});
