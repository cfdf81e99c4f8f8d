import { statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type HostFacts, host, journal, plan, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const dataset = (create = 1) => step('zfs-dataset', 'zfs/a', '--dataset', 'tank/a', '--create', create);
const folder = step('folder', 'f', '--resource', 'folder/f', '--folder', '/tank/f', '--inside', '/tank', 'tank');
const file = step('file', 'file/a', '--file', '/etc/a', 'x', 'y');
const storage = step('storage', 's', '--storage', 'models', 'dir', '--create', 1);
const download = step('download', 'dl', '--download', 'models', 'iso', 'x.iso');
const models = { models: ['dir', { path: '/models', content: 'iso' }] } as const;

// ---- What things are known by

test('Made::thing_of is what a step makes, and nothing of what it only refers to', async () => {
  const words = async (of: object) => ((await call('Made::thing_of', of)) as { words?: unknown } | undefined)?.words;
  expect(await call('Made::thing_of', dataset())).toEqual({ id: 'zfs/a', kind: 'zfs-dataset', words: ['tank/a'] });
  expect(await words(folder)).toEqual(['/tank/f', '/tank', 'tank']);
  expect(await words(step('folder', 'f', '--folder', '/srv'))).toEqual(['/srv', '', '']);
  expect(await words(file)).toEqual(['/etc/a']);
  expect(await words(storage)).toEqual(['models']);
  expect(await words(download)).toEqual(['models', 'iso', 'x.iso']);
  expect(await words(step('mapping', 'm', '--mapping', 'pci', 'gpu', '--create', 1))).toEqual(['pci', 'gpu']);
  expect(await words(step('firewall-entries', 'fw', '--file', '/x.fw', 'entries'))).toEqual(['/x.fw', 'entries']);
  expect(await words(dataset(0))).toBeUndefined();
  expect(await words(step('storage', 's', '--storage', 'models', 'dir', '--create', 0))).toBeUndefined();
  expect(await words(step('mapping', 'm', '--mapping', 'pci', 'gpu', '--create', 0))).toBeUndefined();
  expect(await words(step('download', 'dl', '--download', 'm', 'iso', 'x', '--nowhere'))).toBeUndefined();
  expect(await words(step('note', 'n'))).toBeUndefined();
});

test('Made::what and Made::is_marked of a kind', async () => {
  expect(await call('Made::what', { kind: 'storage' })).toBe('entry of storage.cfg');
  expect(await holds('Made::is_marked', { kind: 'firewall-entries' })).toBe(true);
  expect(await holds('Made::is_marked', { kind: 'file' })).toBe(false);
});

test('Made::folder is known by its inode, and is unknown while what it lies on is not mounted', async () => {
  const place = root({ '/tank/f/x': '', '/tank/g': '' });
  const tank = { root: place, datasets: { tank: { guid: '7' } } };
  const known = (facts: HostFacts, path: string, point = '/tank') =>
    call('Made::folder', host(facts), path, point, 'tank');
  const mounted = { ...tank, mounts: { '/tank': ['tank', 'zfs'] } } as const;
  const inode = String(statSync(join(place, 'tank/f')).ino);
  expect(await known(mounted, '/tank/f')).toBe(inode);
  expect(await known(mounted, '/tank/g')).toBe('no folder');
  expect(await known(mounted, '/tank/none')).toBeUndefined();
  expect(await known({ root: place }, '/tank/f')).toBeUndefined();
  expect(await known({ root: place }, '/tank/f', '')).toBe(inode);
  await expect(known(tank, '/tank/f')).rejects.toThrow('Unknown: dataset tank is not mounted at /tank');
});

test('Made::size_and_time and Made::changed_at of a file, and of none', async () => {
  const place = root({ '/etc/a': 'abc' });
  utimesSync(join(place, 'etc/a'), 1000, 1000);
  const given = host({ root: place });
  expect(await call('Made::size_and_time', given, '/etc/a')).toBe('3.1000');
  expect(await call('Made::size_and_time', given, '/etc/b')).toBeUndefined();
  expect(await call('Made::changed_at', given, '/etc/a')).toBe('1000');
  expect(await call('Made::changed_at', given, '/etc/b')).toBe('0');
});

test('Made::path_of_download is by its storage, which has to be there and mounted', async () => {
  const path = (storages: HostFacts['storages'] & object) =>
    call('Made::path_of_download', host({ storages }), 'models', 'iso', 'x.iso');
  expect(await path(models)).toBe('/models/template/iso/x.iso');
  await expect(path({})).rejects.toThrow('Unknown: there is no storage models any more');
  await expect(path({ models: ['dir', { path: '/models', is_mountpoint: 'yes' }] })).rejects.toThrow(
    'Unknown: nothing is mounted at /models',
  );
});

test('Made::digest tells words apart, also those that are the same in a row', async () => {
  const [one, same, other] = await Promise.all(
    [
      ['a', 'bc'],
      ['a', 'bc'],
      ['ab', 'c'],
    ].map((words) => call('Made::digest', ...words)),
  );
  expect(one).toMatch(/^[0-9a-f]{40}$/);
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

test('Made::entry is another one if its type or an option is, and the same one whatever the order of a list', async () => {
  const entry = (type: string, options: Readonly<Record<string, string>>) =>
    call('Made::entry', host({ storages: { s: [type, options] } }), 's');
  const is = await entry('dir', { path: '/x', content: 'iso,images' });
  expect(await entry('dir', { content: 'images,iso', path: '/x' })).toBe(is);
  expect(await entry('btrfs', { path: '/x', content: 'iso,images' })).not.toBe(is);
  expect(await entry('dir', { path: '/y', content: 'iso,images' })).not.toBe(is);
  expect(await call('Made::entry', host(), 'none')).toBeUndefined();
});

test('Made::mapping is by the maps of this host, and by the options', async () => {
  const mapping = (text: string) =>
    call('Made::mapping', host({ root: root({ '/etc/pve/mapping/pci.cfg': text }) }), 'pci', 'gpu');
  const mine = '\tmap node=pve,path=0000:01:00\n';
  const is = await mapping(`gpu\n${mine}`);
  expect(await mapping(`gpu\n${mine}\tmap node=pve2,path=0000:09:00\n`)).toBe(is);
  expect(await mapping('gpu\n\tmap path=0000:01:00,node=pve\n')).toBe(is);
  expect(await mapping('gpu\n\tmap node=pve,path=0000:02:00\n')).not.toBe(is);
  expect(await mapping(`gpu\n${mine}\tmdev 1\n`)).not.toBe(is);
  expect(await mapping('gpu\n\tmap node=pve2,path=0000:01:00\n')).toBeUndefined();
  expect(await mapping('')).toBeUndefined();
});

// ---- The things of the journal

test('Made::things are in the order of their ids', async () => {
  const known = journal(['made', 'z', 'folder', '5', 'Z', '/z'], ['made', 'a', 'file', '1.2', 'A', '/a']);
  expect(await list('Made::things', known)).toEqual([
    { id: 'a', kind: 'file', known: '1.2', resource: 'A', words: ['/a'] },
    { id: 'z', kind: 'folder', known: '5', resource: 'Z', words: ['/z'] },
  ]);
});

test('Made::known goes by the kind, and Made::seen is nothing where that cannot be seen', async () => {
  const of = (name: string, facts: HostFacts, kind: string, ...words: readonly string[]) =>
    list(name, host(facts), { kind, words });
  const datasets = { datasets: { 'tank/a': { guid: '7' } } };
  expect(await of('Made::known', datasets, 'zfs-dataset', 'tank/a')).toEqual(['7']);
  expect(await of('Made::seen', datasets, 'zfs-dataset', 'tank/a')).toEqual(['7']);
  expect(await of('Made::seen', {}, 'zfs-dataset', 'tank/a')).toEqual([null]);
  expect(await of('Made::seen', { storages: {} }, 'download', 'models', 'iso', 'x')).toEqual([]);
  expect(await of('Made::known', {}, 'firewall-entries', '/x')).toEqual(['-']);
});

test('Made::seen passes on what is no want of sight', async () => {
  await expect(
    evaluate(
      `local *Host::storage = sub { die "broken\\n" }; Made::seen(shift, { kind => 'storage', words => ['s'] })`,
      host(),
    ),
  ).rejects.toThrow('broken');
});

test('Made::is_asked_for on this host, or of what is of the whole cluster, by a stack for another one', async () => {
  const asked = (kind: string, steps: readonly object[], said: object = {}) =>
    holds('Made::is_asked_for', plan({ steps: steps as never }, { said }), { id: 'zfs/a', kind });
  expect(await asked('zfs-dataset', [dataset()])).toBe(true);
  expect(await asked('zfs-dataset', [], { 'zfs/a': 1 })).toBe(false);
  expect(await asked('storage', [], { 'zfs/a': 1 })).toBe(true);
  expect(await asked('storage', [])).toBe(false);
});

test('Made::name_of is the resource, and of files of a guest the step', async () => {
  const of = (resource: string) => call('Made::name_of', step('file', 'guest/950/user', '--resource', resource));
  expect(await of('snippets/x')).toBe('snippets/x');
  expect(await of('guest/950')).toBe('guest/950/user');
});

// ---- How a thing becomes ours

test('Made::first_missing is the uppermost folder that is missing', async () => {
  const given = host({ root: root({ '/srv/x': '' }) });
  expect(await call('Made::first_missing', given, '/srv/a/b/c')).toBe('/srv/a');
  expect(await call('Made::first_missing', given, '/srv/a')).toBe('/srv/a');
  expect(await call('Made::first_missing', given, '/new/a')).toBe('/new');
});

/** What Made::watch wrote down about the first step: what it saw, and the intent. */
async function watched(of: object, facts: HostFacts, more: object = {}) {
  const [seen, changed, intents] = await evaluate(
    `my ($plan, $step, $verdict) = @_; my @written; no warnings qw(redefine once);
     local *Journal::append = sub { my ($self, @record) = @_; splice @record, 3, 1; push @written, \\@record };
     Made::watch($plan, $step, $plan->{look}, 'r1', $verdict); ($plan->{watched}, $plan->{changed}{$step->{id}}, \\@written)`,
    plan({ host: host(facts), steps: [of] as never }, more),
    of,
    { changes: [{ key: 'x' }] },
  );
  return { seen, changed, intents };
}

test('Made::watch writes down that what is missing is about to be made', async () => {
  expect(await watched(dataset(), {})).toEqual({
    seen: { 'zfs/a': null },
    changed: { x: '1' },
    intents: [['intent', 'zfs/a', 'r1', '-']],
  });
  expect(await watched(step('folder', 'f', '--folder', '/srv/a/b'), { root: root({ '/srv/x': '' }) })).toMatchObject({
    intents: [['intent', 'f', 'r1', '/srv/a']],
  });
});

test('Made::watch writes nothing about what is there, what cannot be seen, or what was watched before', async () => {
  const there = { datasets: { 'tank/a': { guid: '7' } } };
  expect(await watched(dataset(), there)).toMatchObject({ seen: { 'zfs/a': '7' }, intents: [] });
  expect(await watched(download, { storages: {} })).toEqual({ seen: {}, changed: { x: '1' }, intents: [] });
  expect(await watched(dataset(), {}, { watched: { 'zfs/a': '7' } })).toMatchObject({
    seen: { 'zfs/a': '7' },
    intents: [],
  });
  expect(await watched(step('note', 'n'), {})).toEqual({ seen: null, changed: { x: '1' }, intents: [] });
});

const intent = (run = 'r1', seconds = 1000, id = 'zfs/a', digest = '-') =>
  ['intent', id, run, seconds, digest] as const;
const now = { watched: { 'zfs/a': null } };

/** Whether dataset tank/a, made at this time, is ours. */
const isOurs = (creation: number, records: readonly (readonly (string | number)[])[], more: object = {}) =>
  evaluate(
    `my ($plan, $thing, $host) = @_; Made::is_made_by_us($plan, $thing, $host, 'r1') ? 1 : 0`,
    plan({ journal: journal(...records) }, more),
    { id: 'zfs/a', kind: 'zfs-dataset', words: ['tank/a'] },
    host({ datasets: { 'tank/a': { guid: '7', creation } } }),
  ).then(([is]) => is === '1');

test.each([
  ['was missing when this run looked, and is younger than that', 1005, [intent()], now, true],
  ['is older than the intent', 900, [intent()], now, false],
  ['is a tick older, by another clock', 999, [intent()], now, true],
  ['was begun by a run that was killed soon after', 1100, [intent('r0')], {}, true],
  ['is far younger than what another run began', 1200, [intent('r0')], {}, false],
  ['was far younger than what this run began', 9000, [intent()], now, true],
  ['was there when this run looked', 1005, [intent()], { watched: { 'zfs/a': '6' } }, false],
  ['was not looked at in this run', 1005, [intent()], {}, false],
  ['nobody began to make', 1005, [], now, false],
])('Made::is_made_by_us of a dataset that %s', async (_, creation, records, more, expected) => {
  expect(await isOurs(creation, records, more)).toBe(expected);
});

test('Made::is_made_by_us of what carries our mark, and of other things by this run alone', async () => {
  const is = (kind: string, more: object, ...records: readonly (readonly (string | number)[])[]) =>
    evaluate(
      `my ($plan, $thing, $host) = @_; Made::is_made_by_us($plan, $thing, $host, 'r1') ? 1 : 0`,
      plan({ journal: journal(...records) }, more),
      { id: 'zfs/a', kind, words: ['/x'] },
      host({ root: root() }),
    ).then(([one]) => one === '1');
  expect(await is('firewall-entries', {})).toBe(true);
  expect(await is('file', now, intent('r1', 1000))).toBe(true);
  expect(await is('file', {}, intent('r0', 1000))).toBe(false);
});

test('Made::is_kept of what was as we had left it, and never of a dataset', async () => {
  const is = (kind: string, known: string) => holds('Made::is_kept', { watched: { a: '1.2' } }, 'a', { kind, known });
  expect(await is('file', '1.2')).toBe(true);
  expect(await is('file', '1.3')).toBe(false);
  expect(await is('zfs-dataset', '1.2')).toBe(false);
});

/** The records of a step that is done. */
const records = (of: object, facts: HostFacts, known: readonly (readonly (string | number)[])[], more: object = {}) =>
  evaluate(
    `my ($plan, $step) = @_; Made::records($plan, $step, $plan->{look}, 'r1')`,
    plan({ host: host(facts), journal: journal(...known), steps: [of] as never }, more),
    of,
  );
const there = { datasets: { 'tank/a': { guid: '7', creation: 1005 } } };
const made = ['made', 'zfs/a', 'zfs-dataset', '7', 'zfs/a', 'tank/a'] as const;

test.each<[string, HostFacts, readonly (readonly (string | number)[])[], object, readonly unknown[]]>([
  ['what was made just now', there, [intent()], now, [made]],
  ['what is written down already', there, [intent(), made], now, []],
  ['what was there before', there, [], {}, []],
  ['what is not there', {}, [intent()], now, []],
])('Made::records of %s', async (_, facts, known, more, expected) => {
  expect(await records(dataset(), facts, known, more)).toEqual(expected);
});

test('Made::records goes on with what we changed ourselves, and with what a folder was made with', async () => {
  const place = root({ '/etc/a': 'abc', '/tank/f/x': '' });
  utimesSync(join(place, 'etc/a'), 1000, 1000);
  const before = ['made', 'file/a', 'file', '1.1', 'file/a', '/etc/a'];
  expect(await records(file, { root: place }, [before], { watched: { 'file/a': '1.1' } })).toEqual([
    ['made', 'file/a', 'file', '3.1000', 'file/a', '/etc/a'],
  ]);
  expect(await records(file, { root: place }, [before], { watched: { 'file/a': '2.1' } })).toEqual([]);
  const begun = intent('r1', 1000, 'f', '/tank/f');
  const mounted = { root: place, datasets: { tank: {} }, mounts: { '/tank': ['tank', 'zfs'] } } as const;
  const inode = String(statSync(join(place, 'tank/f')).ino);
  expect(await records(folder, mounted, [begun], { watched: { f: null } })).toEqual([
    ['made', 'f', 'folder', inode, 'folder/f', '/tank/f', '/tank', 'tank', '/tank/f'],
  ]);
});

test('Made::records of a chore is nothing', async () => {
  const given = plan({ host: host(there), journal: journal(intent()), steps: [dataset()] }, now);
  const code = (chore: string) =>
    `my ($plan) = @_; scalar(() = Made::records($plan, { %{ $plan->{steps}[0] }, ${chore} }, $plan->{look}, 'r1'))`;
  expect(await evaluate(code(''), given)).toEqual(['1']);
  expect(await evaluate(code(`chore => 'destroy'`), given)).toEqual(['0']);
});
