import { createHash } from 'node:crypto';
import { mkdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type HostFacts, host, journal, type LookFacts, look, plan, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { blind, root } from './root.js';

const sha1 = (...words: readonly string[]) => createHash('sha1').update(words.join('\0')).digest('hex');

// ---- What things are known by

const createdAt1000 = { datasets: { 'tank/a': { guid: '7', creation: 1000 } } };
const dir = { local: ['dir', { path: '/vz/', content: 'iso' }] } as const;

/** A folder for `/` whose files were written at second 1000. */
function written(files: Readonly<Record<string, string>>): string {
  const place = root(files);
  for (const path of Object.keys(files)) utimesSync(join(place, path), 1000, 1000);
  return place;
}

test('Made::size_and_time and Made::changed_at of a file that is there, and of one that is not', async () => {
  const given = host({ root: written({ '/a': 'abc' }) });
  expect(await call('Made::size_and_time', given, '/a')).toBe('3.1000');
  expect(await call('Made::size_and_time', given, '/b')).toBeUndefined();
  expect(await call('Made::changed_at', given, '/a')).toBe('1000');
  expect(await call('Made::changed_at', given, '/b')).toBe('0');
});

test('Made::folder is known by its inode, and a file in its place is none', async () => {
  const place = root({ '/a/b': '' });
  const folder = (path: string) => call('Made::folder', host({ root: place }), path, '', '');
  expect(await folder('/a')).toBe(String(statSync(join(place, 'a')).ino));
  expect(await folder('/a/b')).toBe('no folder');
  expect(await folder('/c')).toBeUndefined();
});

test('Made::folder below a dataset that is not mounted is not gone', async () => {
  const datasets = { 'tank/a': { guid: '7' } };
  const folder = (facts: HostFacts) =>
    call('Made::folder', host({ root: root(), ...facts }), '/tank/a/x', '/tank/a', 'tank/a');
  await expect(folder({ datasets })).rejects.toThrow('Unknown: dataset tank/a is not mounted at /tank/a');
  expect(await folder({ datasets, mounts: { '/tank/a': ['tank/a', 'zfs'] } })).toBeUndefined();
  expect(await folder({})).toBeUndefined();
});

test('Made::path_of_download is told by its storage, and unknown without it or its mount', async () => {
  const path = (storages: HostFacts['storages']) =>
    call('Made::path_of_download', host({ storages: storages ?? {} }), 'local', 'iso', 'x.iso');
  expect(await path(dir)).toBe('/vz/template/iso/x.iso');
  await expect(path({})).rejects.toThrow('Unknown: there is no storage local any more, which told where x.iso lies');
  await expect(path({ local: ['nfs', { path: '/mnt/pve/local' }] })).rejects.toThrow(
    'Unknown: nothing is mounted at /mnt/pve/local',
  );
});

test('Made::entry is the same for the same meaning, and another one for another', async () => {
  const entry = (options: Readonly<Record<string, string>>, type = 'dir') =>
    call('Made::entry', host({ storages: { s: [type, options] } }), 's');
  const is = await entry({ path: '/vz', content: 'iso,vztmpl' });
  expect(is).toBe(sha1('dir', 'content=iso,vztmpl', 'path=/vz'));
  expect(await entry({ content: 'vztmpl iso', path: '/vz/' })).toBe(is);
  expect(await entry({ path: '/vz', content: 'iso' })).not.toBe(is);
  expect(await entry({ path: '/vz', content: 'iso,vztmpl' }, 'btrfs')).not.toBe(is);
  expect(await call('Made::entry', host({ storages: {} }), 's')).toBeUndefined();
});

test('Made::mapping is about the maps of this host alone', async () => {
  const mapping = (...lines: readonly string[]) => {
    const text = ['m', ...lines.map((line) => `\t${line}`)].join('\n');
    return call('Made::mapping', host({ root: root({ '/etc/pve/mapping/pci.cfg': `${text}\n` }) }), 'pci', 'm');
  };
  const mine = 'map node=pve,path=0000:01:00';
  const is = await mapping(mine, 'description x');
  expect(is).toBe(sha1('node=pve,path=0000:01:00', 'description=x'));
  expect(await mapping(mine, 'description x', 'map node=pve2,path=0000:02:00')).toBe(is);
  expect(await mapping('map node=pve,path=0000:02:00', 'description x')).not.toBe(is);
  expect(await mapping(mine, 'description y')).not.toBe(is);
  expect(await mapping('map node=pve2,path=0000:02:00')).toBeUndefined();
  expect(await call('Made::mapping', host({ root: root() }), 'pci', 'm')).toBeUndefined();
});

test('Made::digest tells words apart, not only their letters', async () => {
  expect(await call('Made::digest', 'a', 'b')).toBe(sha1('a', 'b'));
  expect(await call('Made::digest', 'ab')).not.toBe(sha1('a', 'b'));
});

/** What each kind is known by, of one thing on one host. */
const facts = (): HostFacts => ({
  ...createdAt1000,
  storages: dir,
  root: written({ '/a': 'abc', '/vz/template/iso/x.iso': 'iso' }),
});

test.each([
  ['zfs-dataset', ['tank/a'], '7'],
  ['zfs-dataset', ['tank/b'], undefined],
  ['file', ['/a'], '3.1000'],
  ['folder', ['/none', '', '', '/none'], undefined],
  ['download', ['local', 'iso', 'x.iso'], '3.1000'],
  ['storage', ['local'], sha1('dir', 'content=iso', 'path=/vz')],
  ['mapping', ['pci', 'm'], undefined],
  ['firewall-entries', ['/x', 'entries'], '-'],
])('Made::known of a %s %j is %s', async (kind, words, expected) => {
  expect(await call('Made::known', host(facts()), { kind, words })).toBe(expected);
});

test('Made::seen tells what is absent from what cannot be seen, and passes on what is neither', async () => {
  const seen = (files: Readonly<Record<string, string>>) =>
    list('Made::seen', host({ root: written(files) }), { kind: 'file', words: ['/a'] });
  expect(await seen({ '/a': 'x' })).toEqual(['1.1000']);
  expect(await seen({})).toEqual([null]);
  expect(
    await list('Made::seen', host({ root: root({ '/a': blind('/a') }) }), { kind: 'file', words: ['/a'] }),
  ).toEqual([]);
  const broken = 'no warnings; Made::seen($_[0], { kind => "none", words => [] })';
  await expect(evaluate(broken, host())).rejects.toThrow('as a subroutine ref');
});

test('Made::trouble is why a thing cannot be seen, and nothing where it can, is absent, or nothing is made', async () => {
  const trouble = (step_: ReturnType<typeof step>, files: Parameters<typeof root>[0]) =>
    call('Made::trouble', step_, host({ root: root(files) }));
  const folder = step('folder', 'f', '--folder', '/srv/a');
  expect(await trouble(folder, {})).toBeUndefined();
  expect(await trouble(folder, { '/srv/a/x': 'x' })).toBeUndefined();
  expect(await trouble(step('folder', 'f', '--folder', '/a'), { '/a': blind('/a') })).toContain('/a');
  expect(await trouble(step('note', 'n'), {})).toBeUndefined();
});

// ---- The things of the journal

test('Made::things are in the order of their ids', async () => {
  const known = journal(['made', 'b', 'file', 'k', 'r', '/b'], ['made', 'a', 'mapping', 'l', 's', 'pci', 'm']);
  expect(await list('Made::things', known)).toEqual([
    { id: 'a', kind: 'mapping', known: 'l', resource: 's', words: ['pci', 'm'] },
    { id: 'b', kind: 'file', known: 'k', resource: 'r', words: ['/b'] },
  ]);
});

test.each([
  [['made', 'b']],
  [['made', 'b', 'file', 'k', 'r']],
  [['made', 'b', 'folder', 'k', 'r', '/srv']],
  [['made', 'b', 'rocket', 'k', 'r', '/b']],
])('Made::sound names the journal where its record is damaged: %j', async (record) => {
  await expect(call('Made::sound', journal(record), 'b')).rejects.toThrow(
    /^Unknown: \S*: the line of b with `made` is damaged, or of a newer applier/,
  );
});

test.each([
  ['storage', [], {}, '0'],
  ['storage', [], { x: 1 }, '1'],
  ['file', [], { x: 1 }, '0'],
  ['file', [step('note', 'x')], {}, '1'],
])('Made::is_asked_for of a %s, by steps of this host %j, of any %j: %s', async (kind, steps, said, expected) => {
  expect(await call('Made::is_asked_for', plan({ steps }, { said }), { id: 'x', kind })).toBe(expected);
});

test.each([
  ['zfs-dataset', 'dataset', false],
  ['download', 'file', false],
  ['firewall-entries', 'entries', true],
])('Made::what and Made::is_marked of %s', async (kind, what, marked) => {
  expect(await call('Made::what', { kind })).toBe(what);
  expect(await holds('Made::is_marked', { kind })).toBe(marked);
});

// ---- How a thing becomes ours

const fileStep = step('file', 'f', '--resource', 'file/f', '--file', '/a', 'x', 'y');
const datasetStep = step('zfs-dataset', 'zfs/a', '--dataset', 'tank/a', '--create', 1);

test.each<[string, ReturnType<typeof step>, readonly string[] | undefined]>([
  ['a file', fileStep, ['/a']],
  ['a dataset that the program makes', datasetStep, ['tank/a']],
  ['a dataset that it refers to', step('zfs-dataset', 'i', '--dataset', 'a', '--create', 0), undefined],
  ['a folder', step('folder', 'i', '--folder', '/a'), ['/a', '', '']],
  ['a folder in a dataset', step('folder', 'i', '--folder', '/a', '--inside', '/', 'a'), ['/a', '/', 'a']],
  ['a download', step('download', 'i', '--download', 's', 'iso', 'x', '--url', 'u'), ['s', 'iso', 'x']],
  ['a file that has to be there', step('download', 'i', '--download', 's', 'iso', 'x', '--nowhere'), undefined],
  ['a storage', step('storage', 'i', '--storage', 's', 'dir', '--create', 1), ['s']],
  ['a storage that it refers to', step('storage', 'i', '--storage', 's', 'dir', '--create', 0), undefined],
  ['a mapping', step('mapping', 'i', '--mapping', 'pci', 'm', '--create', 1), ['pci', 'm']],
  ['a mapping that it refers to', step('mapping', 'i', '--mapping', 'pci', 'm', '--create', 0), undefined],
  ['entries of a firewall', step('firewall-entries', 'i', '--file', '/x', 'options'), ['/x', 'options']],
  ['what makes nothing', step('note', 'i'), undefined],
])('Made::thing_of %s', async (_, of, words) => {
  const thing = words && expect.objectContaining({ words });
  expect(await call('Made::thing_of', of)).toEqual(thing);
});

test.each([
  ['/a', '/a'],
  ['/a/b/c', '/a'],
  ['/there/b/c', '/there/b'],
  ['/there/x', '/there/x'],
])('Made::first_missing of %s is %s', async (path, first) => {
  expect(await call('Made::first_missing', host({ root: root({ '/there/is': '' }) }), path)).toBe(first);
});

/** What was written down of a step that is about to be done, and what was seen right before. */
const watch = (of: { $step: unknown }, place: string, given: { watched?: object; changes?: readonly object[] } = {}) =>
  evaluate(
    `my ($plan, $look, $verdict) = @_;
     @{ $plan->{journal} }{qw(path exists)} = ("$look->{host}{root}/journal", 0);
     my $step = $look->{steps}[0];
     Made::watch($plan, $step, $look, 'r1', $verdict);
     my $intent = $plan->{journal}{intent}{ $step->{id} };
     ($intent ? "$intent->{run} $intent->{digest}" : undef, $plan->{watched}, $plan->{changed}{ $step->{id} })`,
    plan({}, { watched: given.watched ?? {}, changed: {} }),
    look({ steps: [of], host: host({ root: place }) }),
    { changes: given.changes ?? [] },
  );

test('Made::watch writes down the intent to make what is missing, once', async () => {
  expect(await watch(fileStep, root())).toEqual(['r1 -', { f: null }, null]);
  expect(await watch(fileStep, root(), { watched: { f: null } })).toEqual([null, { f: null }, null]);
  expect(await watch(step('folder', 'd', '--folder', '/srv/a/b'), root({ '/srv/x': '' }))).toEqual([
    'r1 /srv/a',
    { d: null },
    null,
  ]);
});

test('Made::watch remembers what is there, and nothing of what cannot be seen', async () => {
  expect(await watch(fileStep, written({ '/a': 'abc' }))).toEqual([null, { f: '3.1000' }, null]);
  expect(await watch(fileStep, root({ '/a': blind('/a') }))).toEqual([null, {}, null]);
});

test('Made::watch remembers which keys change, of every step', async () => {
  expect(await watch(step('note', 'n'), root(), { changes: [{ key: 'a' }, { key: 'b' }] })).toEqual([
    null,
    {},
    { a: '1', b: '1' },
  ]);
});

/** Whether the dataset tank/a, or the file /a, both of second 1000, was made by us in run r1. */
const isMadeByUs = async (kind: string, records: readonly (readonly (string | number)[])[], watched: object = {}) => {
  const words = [kind === 'file' ? '/a' : 'tank/a'];
  const given = plan({ journal: journal(...records) }, { watched });
  const on = host({ ...createdAt1000, root: written({ '/a': 'abc' }) });
  return holds('Made::is_made_by_us', given, { id: 'x', kind, words }, on, 'r1');
};
const intent = (run: string, seconds: number) => ['intent', 'x', run, seconds, '-'];

test.each([
  ['entries, which carry our mark', 'firewall-entries', [], {}, true],
  ['what we never meant to make', 'file', [], { x: null }, false],
  ['what was missing right before', 'file', [intent('r1', 9999)], { x: null }, true],
  ['what was there right before', 'file', [intent('r1', 1000)], { x: '1' }, false],
  ['what nobody looked at before', 'file', [intent('r1', 1000)], {}, false],
  ['a dataset made after the intent', 'zfs-dataset', [intent('r1', 1001)], { x: null }, true],
  ['a dataset long after the intent of this run', 'zfs-dataset', [intent('r1', 1)], { x: null }, true],
  ['a dataset that is older than the intent', 'zfs-dataset', [intent('r1', 1002)], { x: null }, false],
  ['a file of a run that was killed', 'file', [intent('r0', 1001)], {}, true],
  ['a file that is older than the intent of that run', 'file', [intent('r0', 1002)], {}, false],
  ['a file of three minutes later', 'file', [intent('r0', 820)], {}, true],
  ['a file of more than three minutes later', 'file', [intent('r0', 819)], {}, false],
])('Made::is_made_by_us of %s', async (_, kind, records, watched, expected) => {
  expect(await isMadeByUs(kind, records, watched)).toBe(expected);
});

test.each([
  ['a file that was as we had left it', 'file', { x: 'k' }, true],
  ['a file that somebody had changed', 'file', { x: 'l' }, false],
  ['a file that nobody looked at', 'file', {}, false],
  ['a dataset, which is not changed into another one', 'zfs-dataset', { x: 'k' }, false],
])('Made::is_kept of %s', async (_, kind, watched, expected) => {
  expect(await holds('Made::is_kept', plan({}, { watched }), 'x', { kind, known: 'k' })).toBe(expected);
});

test.each([
  ['file/a', 'f', 'file/a'],
  ['guest/950', 'guest/950/doc', 'guest/950/doc'],
])('Made::name_of a step of resource %s is that of people', async (resource, id, expected) => {
  expect(await call('Made::name_of', { resource, id })).toBe(expected);
});

/** The record of a step's thing after it was done in run r1. */
const records = (of: object, place: string, given: LookFacts & { watched?: object } = {}) =>
  evaluate(
    'my ($plan, $look) = @_; Made::records($plan, $look->{steps}[0], $look, "r1")',
    plan(given, { watched: given.watched ?? {} }),
    look({ steps: [of as Record<string, unknown>], host: host({ root: place }) }),
  );

test('Made::records has what we made, and no second time as it is known already', async () => {
  const place = written({ '/a': 'abc' });
  const made = ['made', 'f', 'file', '3.1000', 'file/f', '/a'];
  const meant = ['intent', 'f', 'r1', 1000, '-'];
  expect(await records(fileStep, place, { journal: journal(meant), watched: { f: null } })).toEqual([made]);
  expect(await records(fileStep, place, { journal: journal(made, meant), watched: { f: null } })).toEqual([]);
});

test('Made::records has nothing of what was there before, is gone, cannot be seen, or is a chore’s', async () => {
  const meant = { journal: journal(['intent', 'f', 'r1', 1000, '-']), watched: { f: null } };
  expect(await records(fileStep, written({ '/a': 'abc' }))).toEqual([]);
  expect(await records(fileStep, root(), meant)).toEqual([]);
  expect(await records(fileStep, root({ '/a': blind('/a') }), meant)).toEqual([]);
  expect(await records(step('note', 'n'), root(), meant)).toEqual([]);
  const chore = {
    $code: `+{ %{ Chore::step('file', 'destroy', 'f', 'f', file => ['/a', 'x', 'y']) }, id => 'f', options => [[ 'file', '/a', 'x', 'y' ]] }`,
  };
  expect(await records(chore, written({ '/a': 'abc' }), meant)).toEqual([]);
});

test('Made::records knows anew what we changed ourselves, and not what somebody else had changed', async () => {
  const was = journal(['made', 'f', 'file', '1.1', 'file/f', '/a']);
  const changed = (watched: object) => records(fileStep, written({ '/a': 'abc' }), { journal: was, watched });
  expect(await changed({ f: '1.1' })).toMatchObject([['made', 'f', 'file', '3.1000', 'file/f', '/a']]);
  expect(await changed({ f: '2.2' })).toEqual([]);
});

test('Made::records has the first folder that was made for a folder', async () => {
  const place = root();
  mkdirSync(join(place, 'srv/a'), { recursive: true });
  const of = step('folder', 'd', '--folder', '/srv/a');
  const inode = String(statSync(join(place, 'srv/a')).ino);
  const end = ['/srv/a', '', '', '/srv'];
  const meant = journal(['intent', 'd', 'r1', 1000, '/srv']);
  expect(await records(of, place, { journal: meant, watched: { d: null } })).toEqual([
    ['made', 'd', 'folder', inode, 'd', ...end],
  ]);
  const was = journal(['made', 'd', 'folder', '0', 'd', ...end]);
  expect(await records(of, place, { journal: was, watched: { d: '0' } })).toEqual([
    ['made', 'd', 'folder', inode, 'd', ...end],
  ]);
});
