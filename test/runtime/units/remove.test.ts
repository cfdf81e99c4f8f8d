import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type HostFacts, host, inStack, journal, look, step } from './given.js';
import { call, evaluate, list } from './perl.js';
import { blind, root } from './root.js';

type Thing = { readonly id: string; readonly kind: string; readonly known: string; readonly words: readonly string[] };

const dataset = { id: 'zfs/a', kind: 'zfs-dataset', known: '7', words: ['tank/a'] };
const file = { id: 'file/x', kind: 'file', known: 'k', words: ['/srv/a/x'] };
const folder = { id: 'folder/a', kind: 'folder', known: 'k', words: ['/srv/a', '', '', '/srv'] };
const storage = { id: 'storage/s', kind: 'storage', known: 'k', words: ['s'] };
const download = { id: 'dl', kind: 'download', known: 'k', words: ['s', 'iso', 'x.iso'] };
const mapping = { id: 'mapping/m', kind: 'mapping', known: 'k', words: ['pci', 'm'] };
const entries = { id: 'fw', kind: 'firewall-entries', known: '-', words: ['/etc/pve/firewall/cluster.fw', 'entries'] };

const record = ({ id, kind, known, words }: Thing) => ['made', id, kind, known, id, ...words];
const mayGo = ({ id }: Thing) => ['applied', id, '-', 'd', 'removal=destroy'];

test('Remove::ordered lets users go first, and of one kind what lies deeper', async () => {
  const deep = { ...dataset, id: 'zfs/b', words: ['tank/a/b'] };
  const other = { ...dataset, id: 'zfs/0' };
  const things = [dataset, deep, other, folder, storage, mapping, download, entries, file];
  const ids = ((await list('Remove::ordered', ...things)) as Thing[]).map(({ id }) => id);
  expect(ids).toEqual(['file/x', 'fw', 'dl', 'mapping/m', 'storage/s', 'folder/a', 'zfs/b', 'zfs/0', 'zfs/a']);
});

test.each([
  ['tank', '0'],
  ['/srv/a', '2'],
])('Remove::depth of %s is %s', async (name, depth) => {
  expect(await call('Remove::depth', { words: [name] })).toBe(depth);
});

test.each([
  [dataset, 'zfs destroy tank/a'],
  [{ ...dataset, words: ['tank/a b'] }, "zfs destroy 'tank/a b'"],
  [storage, 'pvesm remove s'],
  [download, 'pvesm free s:iso/x.iso'],
  [mapping, 'pvesh delete /cluster/mapping/pci/m'],
  [folder, 'rmdir -- /srv/a'],
  [file, 'rm -- /srv/a/x'],
  [{ ...file, words: ["/srv/it's"] }, "rm -- '/srv/it'\\''s'"],
  [entries, undefined],
])('Remove::command of %j for people', async (thing, command) => {
  expect(await call('Remove::command', host({ root: root() }), thing)).toBe(command);
});

/** A look at a host on which these things were made and may go; `removed` go in this plan. */
const given = (
  facts: HostFacts,
  things: readonly Thing[],
  { removed = [], more = {} }: { removed?: readonly string[]; more?: object } = {},
) =>
  look({
    host: host(facts),
    journal: journal(...things.map(record), ...things.map(mayGo)),
    steps: removed.map((id) => step('note', `${id}/destroy`)),
    ...more,
  });

const compare = (thing: Thing, facts: object, exact = 1) =>
  call('Remove::compare', { of: thing.id, exact, has: { file: [...thing.words] } }, facts);
const asMade = { datasets: { 'tank/a': { guid: '7' } }, answers: { zfs: [0] } } as const;

test('Remove::compare destroys what may go and is as we made it, and keeps a copy of the file that changes', async () => {
  expect(await compare(dataset, given(asMade, [dataset]))).toMatchObject({
    verdict: 'change',
    do: 'run',
    arguments: ['zfs', 'destroy', 'tank/a'],
    fields: { file: '' },
    changes: [{ key: 'dataset', from: 'zfs/a', to: 'removed', impact: 'destroy' }],
  });
  const place = root({ '/srv/a/x': 'text' });
  const [known] = await evaluate('Made::size_and_time($_[0], "/srv/a/x")', host({ root: place }));
  const mine = { ...file, known: String(known) };
  expect(await compare(mine, given({ root: place }, [mine]))).toMatchObject({
    do: 'unlink',
    arguments: ['/srv/a/x'],
    fields: { file: '/srv/a/x' },
  });
  const empty = root();
  mkdirSync(join(empty, 'srv'));
  const [inode] = await evaluate('$_[0]->inode("/srv")', host({ root: empty }));
  const ours = { ...folder, known: String(inode), words: ['/srv', '', '', '/srv'] };
  expect(await compare(ours, given({ root: empty }, [ours]))).toMatchObject({
    do: 'rmdir',
    arguments: ['/srv', '/srv'],
    fields: { file: '' },
  });
});

test('Remove::compare forgets what is gone, and has nothing to do about what the journal does not know', async () => {
  expect(await compare(dataset, given({}, [dataset]))).toMatchObject({ do: 'forget', arguments: ['zfs/a'] });
  expect(await compare(dataset, given(asMade, []))).toMatchObject({ verdict: 'satisfied', changes: [] });
});

test('Remove::compare leaves what is retained, and says why only to who named it', async () => {
  const retained = look({ host: host(asMade), journal: journal(record(dataset)) });
  expect(await compare(dataset, retained, 0)).toMatchObject({
    verdict: 'satisfied',
    notes: ['dataset zfs/a is retained; it stays'],
  });
  expect(await compare(dataset, retained)).toMatchObject({
    verdict: 'refused',
    reason: expect.stringMatching(/^dataset zfs\/a is retained\. .*by hand: zfs destroy tank\/a$/),
  });
});

test('Remove::compare refuses what somebody made anew, and what has users or snapshots', async () => {
  const refusal = async (facts: HostFacts) => (await compare(dataset, given(facts, [dataset]))) as object;
  expect(await refusal({ datasets: { 'tank/a': { guid: '8' } } })).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('made anew or changed by somebody'),
  });
  expect(await refusal({ ...asMade, answers: { zfs: [0, 'tank/a@one\t0'] } })).toMatchObject({
    verdict: 'refused',
    reason: 'dataset zfs/a has snapshots (tank/a@one), which would go with it; destroy them first',
    changes: [{ to: 'removed' }],
  });
});

test('Remove::compare does not take what cannot be seen for gone', async () => {
  const facts = given({ root: root({ '/srv/a': blind('/srv/a') }) }, [folder]);
  await expect(compare(folder, facts)).rejects.toThrow('Unknown: cannot look at /srv/a');
});

test('Remove::forget is about the journal alone', async () => {
  expect(await call('Remove::forget', 'zfs/a', 'it is gone')).toMatchObject({
    do: 'forget',
    arguments: ['zfs/a'],
    changes: [{ key: 'journal', from: 'knows it; it is gone', to: 'removed', impact: 'live' }],
  });
});

test('Remove::retained names the stack that protects it, or the way to have it removed', async () => {
  const reason = (thing: Thing, maker?: object) =>
    call('Remove::retained', look({ steps: maker ? [maker as Record<string, unknown>] : [] }), thing.id, thing, 'it');
  const create = ['zfs-dataset', 'zfs/a', '--dataset', 'tank/a'] as const;
  expect(await reason(dataset, inStack({ protect: 1, name: 'prod' }, ...create))).toBe(
    'it is in stack prod, which is protected',
  );
  expect(await reason(dataset, inStack({ name: 'prod' }, ...create))).toContain('by hand: zfs destroy tank/a');
  expect(await reason(dataset)).toContain("`removalPolicy: 'destroy'`");
  expect(await reason(entries)).toContain('by hand: its entries carry our mark');
});

test('Remove::trouble are users that stay, and never those that go in this plan', async () => {
  const facts = { ...asMade, storages: { s: ['zfspool', { pool: 'tank/a' }] } } as const;
  const trouble = (removed: readonly string[]) =>
    call('Remove::trouble', given(facts, [storage, dataset], { removed }), dataset, 'it');
  expect(await trouble([])).toBe('it stays: storage s lies on it');
  expect(await trouble(['storage/s'])).toBeUndefined();
});

test.each<[string, Thing, () => HostFacts, string | undefined]>([
  ['a dataset', dataset, () => asMade, undefined],
  [
    'a dataset with snapshots',
    dataset,
    () => ({ ...asMade, answers: { zfs: [0, ...[1, 2, 3, 4, 5].map((number) => `tank/a@${number}\t0`)] } }),
    'it has snapshots (tank/a@1, tank/a@2, tank/a@3, 2 more), which would go with it; destroy them first',
  ],
  [
    'a folder that is not empty',
    folder,
    () => ({ root: root({ '/srv/a/x': '', '/srv/a/y': '' }) }),
    'it holds x, y; only an empty folder is removed',
  ],
  ['a file', file, () => ({ root: root() }), undefined],
])('Remove::trouble of %s', async (_, thing, facts, expected) => {
  expect(await call('Remove::trouble', given(facts(), [thing]), thing, 'it')).toBe(expected);
});

test('Remove::trouble stops where nobody can tell whether there are snapshots', async () => {
  const facts = given({ ...asMade, answers: { zfs: [1, 'no permission'] } }, [dataset]);
  await expect(call('Remove::trouble', facts, dataset, 'it')).rejects.toThrow('Unknown: zfs list failed');
});

test('Remove::inside are names that nothing in this plan removes, by themselves or by what lies in them', async () => {
  const place = root({ '/srv/a/x': '', '/srv/a/deep/er': '', '/srv/a/y': '' });
  const deeper = { ...file, id: 'file/er', words: ['/srv/a/deep/er'] };
  const inside = (removed: readonly string[]) =>
    list('Remove::inside', given({ root: place }, [file, deeper], { removed }), '/srv/a');
  expect(await inside([])).toEqual(['deep', 'x', 'y']);
  expect(await inside(['file/x'])).toEqual(['deep', 'y']);
  expect(await inside(['file/x', 'file/er'])).toEqual(['y']);
  expect(await list('Remove::inside', given({ root: place }, []), '/srv/none')).toEqual([]);
});

test('Remove::remove takes a file, or an empty folder with those that were made for it', async () => {
  const place = root({ '/srv/a/b/x': '', '/srv/other': '' });
  const remove = (act: string, path: string, first?: string) => call('Remove::remove', place, act, path, first);
  const is = (path: string) => existsSync(join(place, path));
  await expect(remove('rmdir', '/srv/a/b', '/srv/a')).rejects.toThrow('cannot remove /srv/a/b: Directory not empty');
  expect(is('/srv/a/b/x')).toBe(true);
  await remove('unlink', '/srv/a/b/x');
  expect(is('/srv/a/b/x')).toBe(false);
  await expect(remove('unlink', '/srv/a/b/x')).rejects.toThrow('cannot remove /srv/a/b/x: No such file');
  await remove('rmdir', '/srv/a/b', '/srv');
  expect([is('/srv/a'), is('/srv'), is('/srv/other')]).toEqual([false, true, true]);
});

test('Remove::remove goes no further up than the first folder that was made', async () => {
  const place = root({ '/srv/a/b/x': '' });
  await call('Remove::remove', place, 'unlink', '/srv/a/b/x');
  await call('Remove::remove', place, 'rmdir', '/srv/a/b', '/srv/a/b');
  expect(existsSync(join(place, '/srv/a'))).toBe(true);
  expect(existsSync(join(place, '/srv/a/b'))).toBe(false);
});

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b', 'c'], 'a, b, c'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c, 2 more'],
])('Remove::some of %j', async (names, expected) => {
  expect(await call('Remove::some', ...names)).toBe(expected);
});

test('Remove::unmapping keeps what the name stands for on other hosts', async () => {
  const path = '/etc/pve/mapping/pci.cfg';
  const mine = 'm\n\tdescription x\n\tmap node=pve,path=0000:01:00\n';
  const unmapping = (text?: string) =>
    list('Remove::unmapping', host({ root: root(text === undefined ? {} : { [path]: text }) }), 'pci', 'm');
  const gone = ['pvesh', 'delete', '/cluster/mapping/pci/m'];
  expect(await unmapping(mine)).toEqual(gone);
  expect(await unmapping()).toEqual(gone);
  const shared = `${mine}\tmap node=pve2,path=0000:02:00\n`;
  expect(await unmapping(shared)).toEqual([
    ...['pvesh', 'set', '/cluster/mapping/pci/m', '--map', 'node=pve2,path=0000:02:00', '--description', 'x'],
    ...['--digest', createHash('sha1').update(shared).digest('hex')],
  ]);
});

test('Remove::firewall takes our entries out, and forgets them once none is left', async () => {
  const cluster = '/etc/pve/firewall/cluster.fw';
  const text = '[RULES]\n\nIN ACCEPT -p tcp -dport 22 # ssh (phoenix-cdk app=phoenix)\nIN DROP # by hand\n';
  const firewall = (is: string) =>
    evaluate(
      'my ($thing, $look) = @_; Remove::firewall(Chore::about_thing({ %$thing, resource => "fw", path => "fw" }), $look)',
      entries,
      given({ root: root({ [cluster]: is }) }, [entries]),
    );
  expect(await firewall(text)).toMatchObject([{ verdict: 'change', do: expect.not.stringMatching('forget') }]);
  expect(await firewall('[RULES]\n\nIN DROP # by hand\n')).toMatchObject([
    { do: 'forget', arguments: ['fw'], changes: [{ from: 'knows it; none is left' }] },
  ]);
});
