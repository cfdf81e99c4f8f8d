import { expect, test } from 'vitest';
import { about, journal, type LookFacts, step } from './given.js';
import { call, holds } from './perl.js';

const dataset = step('zfs-dataset', 'zfs/a', '--dataset', 'a', '--create', 1, '--property', 'quota', '1', '0');
const guest = ['--guest', 'lxc', 950] as const;
const config = step(
  'guest-config',
  'guest/950/config',
  ...guest,
  '--key',
  'memory',
  'live',
  '512',
  '--raw',
  'lxc.a',
  'b',
);
const state = step('guest-state', 'guest/950/state', ...guest, '--state', 'running');

test('Drift::digest is another one for other words, and none for kinds that are compared otherwise', async () => {
  const of = (...words: Parameters<typeof step>) => call('Drift::digest', step(...words));
  const whole = await of('zfs-dataset', 'x', '--dataset', 'a', '--property', 'quota', '1', '0', '--title', 't');
  expect(whole).toMatch(/^[0-9a-f]{40}$/);
  expect(await of('zfs-dataset', 'y', '--title', 'u', '--dataset', 'a', '--property', 'quota', '1', '0')).toBe(whole);
  expect(await of('zfs-dataset', 'x', '--dataset', 'a', '--property', 'quota', '2', '0')).not.toBe(whole);
  expect(await of('guest-run', 'x', ...guest, '--digest', 'abc')).toBe('abc');
  expect(await of('file', 'x', '--file', '/a', 'b', 'sum', '--secret', 's')).toBe('sum');
  expect(await of('guest-config', 'x', ...guest, '--key', 'memory', 'live', '512')).toBe('-');
});

test.each([
  ['a kind that can drift', ['folder', 'f', '--folder', '/x'], [], true],
  ['what the journal has', ['folder', 'f', '--folder', '/x'], [['applied', 'f', '-', '-']], false],
  ['a file with secrets', ['file', 'f', '--file', '/a', 'b', 'c', '--secret', 's'], [], false],
  ['another kind', ['note', 'f'], [], false],
] as const)('Drift::is_news of %s: %s', async (_, words, records, expected) => {
  const [kind, id, ...rest] = words;
  expect(await holds('Drift::is_news', step(kind, id, ...rest), journal(...records))).toBe(expected);
});

const change = (key: string, more: object = {}) => ({ key, from: 'a', to: 'b', impact: 'live', ...more });
const changed = (...changes: readonly unknown[]) => ({ verdict: 'change', changes, notes: [] });

/** What Drift::of leaves of a verdict about a step: its keys, `all`, or nothing. */
async function drifted(facts: LookFacts, verdict: object): Promise<unknown> {
  const code =
    'sub { my ($step, $look, $verdict) = @_; my $is = Drift::of($step, $verdict, $look); $is && ($is == $verdict ? "all" : [ map { $_->{key} } @{ $is->{changes} } ]) }->';
  return about(code, facts, verdict);
}

test('Drift::of is what was so once, and that the program has not changed since', async () => {
  const digest = String(await call('Drift::digest', dataset));
  const of = (is: string) => drifted({ steps: [dataset], journal: journal(['applied', 'zfs/a', '-', is]) }, changed());
  expect(await of(digest)).toBe('all');
  expect(await of('-')).toBe('all');
  expect(await of('another')).toBeUndefined();
  expect(await drifted({ steps: [dataset] }, changed())).toBeUndefined();
  expect(
    await drifted(
      { steps: [dataset], journal: journal(['applied', 'zfs/a', '-', digest]) },
      { verdict: 'satisfied', changes: [] },
    ),
  ).toBeUndefined();
});

test('Drift::of a guest that is there once and gone now, or stopped', async () => {
  const known = journal(['guest', 950, 'lxc', '1', 'v', '-']);
  expect(await drifted({ steps: [state], journal: known }, changed())).toBe('all');
  expect(await drifted({ steps: [state] }, changed())).toBeUndefined();
  expect(
    await drifted({ steps: [config], journal: known }, { verdict: 'waiting', changes: [change('memory')], notes: [] }),
  ).toBe('all');
});

test('Drift::was_there is true of a disk that lay on the storage of today when the config was applied', async () => {
  const move = { kind: 'guest-move', id: 'guest/950/move/mp0', has: { guest: ['lxc', '950'], move: ['mp0', 'fast'] } };
  const holdsWith = (value: string, id = 'guest/950/config') =>
    holds('Drift::was_there', move, journal(['applied', id, '1', '-', value]));
  expect(
    await Promise.all([
      holdsWith('mp0=fast:1'),
      holdsWith('mp0=faster:1'),
      holdsWith('mp1=fast:1'),
      holdsWith('mp0=fast:1', 'guest/951/config'),
    ]),
  ).toEqual([true, false, false, false]);
  expect(
    await drifted(
      { steps: [move], journal: journal(['applied', 'guest/950/config', '1', '-', 'mp0=fast:1']) },
      changed(),
    ),
  ).toBe('all');
  expect(await drifted({ steps: [move] }, changed())).toBeUndefined();
});

test.each([
  ['a key with the value that was applied', ['memory=512'], [change('memory')], ['memory']],
  ['a key that the program has changed', ['memory=256'], [change('memory')], undefined],
  ['a key that was never applied', [], [change('memory')], undefined],
  ['what somebody added', [], [change('tags', { foreign: 1 })], ['tags']],
  ['our own line', [], [change('description')], ['description']],
  ['raw lines', ['raw=lxc.a: b'], [change('raw lines')], ['raw lines']],
] as const)('Drift::of_config weighs %s', async (_, values, changes, expected) => {
  const facts = { steps: [config], journal: journal(['applied', 'guest/950/config', '1', '-', ...values]) };
  expect(await drifted(facts, changed(...changes))).toEqual(expected);
  expect(await call('Drift::of_config', config, changed(...changes), undefined)).toBeUndefined();
});
