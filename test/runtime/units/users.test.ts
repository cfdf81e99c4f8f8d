import { expect, test } from 'vitest';
import { type HostFacts, host, journal, look, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

type Made = readonly string[];
const dataset: Made = ['made', 'zfs/a', 'zfs-dataset', '7', 'zfs/a', 'tank/a'];
const storage: Made = ['made', 'storage/s', 'storage', 'k', 'storage/s', 's'];
const download: Made = ['made', 'dl', 'download', 'k', 'dl', 's', 'iso', 'x.iso'];
const mapping: Made = ['made', 'mapping/m', 'mapping', 'k', 'mapping/m', 'dir', 'm'];
const folder: Made = ['made', 'folder/f', 'folder', '1', 'folder/f', '/tank/a/f', '', '', '/tank/a/f'];

/** A look at a host on which these things were made, in a plan that removes what these steps are about. */
const given = (facts: HostFacts = {}, made: readonly Made[] = [], removed: readonly string[] = [], more = {}) =>
  look({
    host: host(facts),
    journal: journal(...made),
    steps: removed.map((id) => step('note', `${id}/destroy`)),
    ...more,
  });

test.each([
  ['/tank/a', '/tank/a', true],
  ['/tank/a/b', '/tank/a', true],
  ['/tank/ab', '/tank/a', false],
  ['/tank', '/tank/a', false],
])('Users::is_within %s in %s: %s', async (path, within, expected) => {
  expect(await holds('Users::is_within', path, within)).toBe(expected);
});

test('Users::step_of is the step that removes a user, and nobody’s right before something is done', async () => {
  expect(await call('Users::step_of', given({}, [], ['zfs/a']), 'zfs/a')).toBe('zfs/a/destroy');
  expect(await call('Users::step_of', given(), 'zfs/a')).toBeUndefined();
  expect(await call('Users::step_of', given({}, [], ['zfs/a'], { mode: 'check' }), 'zfs/a')).toBeUndefined();
});

test('Users::guest_step and Users::thing_step find the step of a guest by number, of a thing by its words', async () => {
  const plan = given({}, [dataset], ['guest/950', 'zfs/a']);
  expect(await call('Users::guest_step', plan, 950)).toBe('guest/950/destroy');
  expect(await call('Users::guest_step', plan, 951)).toBeUndefined();
  expect(await call('Users::thing_step', plan, 'zfs-dataset', 'tank/a')).toBe('zfs/a/destroy');
  expect(await call('Users::thing_step', plan, 'zfs-dataset', 'tank/b')).toBeUndefined();
  expect(await call('Users::thing_step', plan, 'storage', 'tank/a')).toBeUndefined();
});

test.each([
  [{ mountpoint: '/tank/a' }, ['/tank/a']],
  [{ mountpoint: '/' }, []],
  [{ mountpoint: 'none' }, []],
  [{}, []],
])('Users::mountpoint of a dataset with %j', async (properties, expected) => {
  expect(await list('Users::mountpoint', given({ datasets: { 'tank/a': properties } }), 'tank/a')).toEqual(expected);
  expect(await list('Users::mountpoint', given(), 'tank/a')).toEqual([]);
});

test('Users::lying_in are datasets directly below, with the guest or the thing that they are', async () => {
  const names = ['tank/a', 'tank/a/b', 'tank/a/b/c', 'tank/a/subvol-950-disk-0', 'tank/ab'];
  const datasets = Object.fromEntries(names.map((name) => [name, { guid: '1' }]));
  const made = [['made', 'zfs/b', 'zfs-dataset', '1', 'zfs/b', 'tank/a/b']];
  expect(await list('Users::lying_in', given({ datasets }, made, ['zfs/b', 'guest/950']), 'tank/a')).toEqual([
    { text: 'dataset tank/a/b lies in it', by: 'zfs/b/destroy' },
    { text: 'dataset tank/a/subvol-950-disk-0 lies in it', by: 'guest/950/destroy' },
  ]);
  expect(await list('Users::lying_in', given({ datasets }), 'tank/a/b')).toEqual([
    { text: 'dataset tank/a/b/c lies in it', by: null },
  ]);
});

const pools = { s: ['zfspool', { pool: 'tank/a/vm' }], other: ['zfspool', { pool: 'tank/ab' }] } as const;

test('Users::on_dataset and Users::storages are entries of storage.cfg that fit', async () => {
  expect(await list('Users::on_dataset', given({ storages: pools }, [storage], ['storage/s']), 'tank/a')).toEqual([
    { text: 'storage s lies on it', by: 'storage/s/destroy' },
  ]);
  const code = `Users::storages($_[0], 'is one', sub { ($_[0]{pool} // '') eq 'tank/ab' })`;
  expect(await evaluate(code, given({ storages: pools }))).toEqual([{ text: 'storage other is one', by: null }]);
});

const maps =
  'm\n\tmap node=pve,path=/tank/a/share\nfar\n\tmap node=pve2,path=/tank/a/share\nnear\n\tmap node=pve,path=/tank/ab\n';
const mappings = '/etc/pve/mapping/directory.cfg';

test('Users::mapped are mappings of this host that stand for something in a folder', async () => {
  expect(await list('Users::mapped', given({ root: root({ [mappings]: maps }) }), '/tank/a')).toEqual(['m']);
  expect(await list('Users::mapped', given({ root: root() }), '/tank/a')).toEqual([]);
});

test('Users::in_folder are guests that mount it, storages and mappings in it, and what this plan removes from it', async () => {
  const facts = {
    root: root({ [mappings]: maps }),
    guests: {
      950: 'mp0: /tank/a/models,mp=/models\n',
      951: 'mp0: /tank/ab,mp=/x\n',
      952: 'lxc.mount.entry: /tank/a mnt none bind\n',
      953: '[snap]\nmp1: volume=/tank/a,mp=/x\n',
    },
    storages: { s: ['dir', { path: '/tank/a/s' }], o: ['dir', { path: '/tank/ab' }] },
  } as const;
  expect(await list('Users::in_folder', given(facts, [folder, mapping], ['folder/f', 'mapping/m']), '/tank/a')).toEqual(
    [
      { text: 'guest 950 mounts it', by: null },
      { text: 'guest 952 mounts it', by: null },
      { text: 'guest 953 mounts it', by: null },
      { text: 'storage s lies in it', by: null },
      { text: 'mapping m stands for it', by: 'mapping/m/destroy' },
      { text: '/tank/a/f lies in it', by: 'folder/f/destroy' },
    ],
  );
});

test('Users::things_in are files, folders and downloads that this plan removes, and never the folder itself', async () => {
  const made = [folder, ['made', 'file/x', 'file', '1.1', 'file/x', '/tank/a/x'], download];
  const facts = { storages: { s: ['dir', { path: '/tank/a/s' }] } } as const;
  const all = ['folder/f', 'file/x', 'dl'];
  expect(await list('Users::things_in', given(facts, made, all), '/tank/a')).toEqual([
    { text: '/tank/a/s/template/iso/x.iso lies in it', by: 'dl/destroy' },
    { text: '/tank/a/x lies in it', by: 'file/x/destroy' },
    { text: '/tank/a/f lies in it', by: 'folder/f/destroy' },
  ]);
  expect(await list('Users::things_in', given(facts, made, all), '/tank/a/f')).toEqual([]);
  expect(await list('Users::things_in', given(facts, made), '/tank/a')).toEqual([]);
});

test('Users::volumes_on and Users::volume_pattern find what guests have on a storage, and not on one of a like name', async () => {
  const guests = { 950: 'rootfs: s:subvol-950-disk-0,size=4G\n', 951: 'rootfs: ss:x\nmp0: volume=as:y,mp=/x\n' };
  expect(await list('Users::volumes_on', given({ guests }), 's')).toEqual([
    { text: 'guest 950 has something on it', by: null },
  ]);
  const matches = (text: string) => evaluate('$_[0] =~ Users::volume_pattern("s:") ? 1 : 0', text).then(([is]) => is);
  expect(await Promise.all(['rootfs: s:x', 'mp0: volume=s:x', 'a,s:x', 'as:x', '#see s:x'].map(matches))).toEqual([
    '1',
    '1',
    '1',
    '0',
    '0',
  ]);
});

test('Users::downloads_on are those that this plan removes', async () => {
  expect(await list('Users::downloads_on', given({}, [download], ['dl']), 's')).toEqual([
    { text: 'x.iso lies on it', by: 'dl/destroy' },
  ]);
  expect(await list('Users::downloads_on', given({}, [download]), 's')).toEqual([]);
  expect(await list('Users::downloads_on', given({}, [download], ['dl']), 't')).toEqual([]);
});

test('Users::backups_to are jobs and defaults that name a storage', async () => {
  const files = { '/etc/pve/jobs.cfg': 'vzdump: j\n\tstorage s\n', '/etc/vzdump.conf': '#storage: s\nstorage: s\n' };
  const users = (id: string) => list('Users::backups_to', given({ root: root(files) }), id);
  expect(await users('s')).toEqual([{ text: '/etc/pve/jobs.cfg names it' }, { text: '/etc/vzdump.conf names it' }]);
  expect(await users('ss')).toEqual([]);
});

test('Users::based_on are storages that lie on a volume of another one', async () => {
  const storages = { l: ['lvm', { base: 's:vol' }], m: ['lvm', { base: 'ss:vol' }] } as const;
  expect(await list('Users::based_on', given({ storages }), 's')).toEqual([{ text: 'storage l lies on it', by: null }]);
});

test('Users::snippet is read by guests that name it, wherever its storage is', async () => {
  const guests = { 950: 'hookscript: local:snippets/a.sh\n', 951: 'hookscript: local:snippets/a.sh.old\n' };
  expect(await list('Users::snippet', given({ guests }), '/var/lib/vz/snippets/a.sh')).toEqual([
    { text: 'guest 950 reads it', by: null },
  ]);
  expect(await list('Users::snippet', given({ guests }), '/etc/a.sh')).toEqual([]);
});

test('Users::named_by_guests are guests of any node whose config says so, in order, with the step that removes them', async () => {
  const guests = { 1000: 'tags: x\n', 950: { text: 'tags: x\n', node: 'pve2' }, 951: 'tags: y\n' };
  expect(
    await evaluate(`Users::named_by_guests($_[0], qr/tags: x/, 'has it')`, given({ guests }, [], ['guest/1000'])),
  ).toEqual([
    { text: 'guest 950 has it', by: null },
    { text: 'guest 1000 has it', by: 'guest/1000/destroy' },
  ]);
});

test.each([
  [
    'a dataset, and the folder it is mounted at',
    'zfs-dataset',
    ['tank/a'],
    ['storage s lies on it', 'guest 950 mounts it'],
  ],
  ['a folder', 'folder', ['/tank/a'], ['guest 950 mounts it']],
  ['a storage', 'storage', ['s'], ['guest 950 has something on it']],
  ['a mapping', 'mapping', ['pci', 'gpu'], ['guest 950 uses it']],
  ['a mapping of a like name', 'mapping', ['pci', 'gp'], []],
  ['a download', 'download', ['s', 'iso', 'x.iso'], ['guest 950 has it in its config']],
  ['a file', 'file', ['/x/snippets/a.sh'], ['guest 950 reads it']],
  ['entries of a firewall, which nobody uses', 'firewall-entries', ['/x'], []],
])('Users::of %s', async (_, kind, words, expected) => {
  const config =
    'mp0: /tank/a,mp=/x\nide2: s:iso/x.iso,media=cdrom\nhostpci0: mapping=gpu\nhookscript: l:snippets/a.sh\n';
  const facts = {
    root: root(),
    guests: { 950: config },
    datasets: { 'tank/a': { mountpoint: '/tank/a' } },
    storages: { s: ['zfspool', { pool: 'tank/a' }] },
  } as const;
  const users = (await list('Users::of', given(facts), { kind, words })) as { text: string }[];
  expect(users.map(({ text }) => text)).toEqual(expected);
});

test('Users::apps are other apps of this host that have it as applied; a journal that nobody can read might', async () => {
  const journalOf = (...lines: readonly string[]) => `phoenix-journal 1\n${lines.map((line) => `${line}\n`).join('')}`;
  const applied = 'applied\tzfs/a\t-\td';
  const thing = { id: 'zfs/a', resource: 'zfs/tank/a' };
  const apps = (files: Readonly<Record<string, string>>) => {
    const place = root({ '/var/lib/phoenix/phoenix/journal': journalOf(applied), ...files });
    return list('Users::apps', given({ root: place }), thing);
  };
  expect(await apps({})).toEqual([]);
  expect(
    await apps({
      '/var/lib/phoenix/one/journal': journalOf(applied, 'gone\tzfs/a'),
      '/var/lib/phoenix/three/journal': journalOf('applied\tzfs/b\t-\td'),
      '/var/lib/phoenix/two/journal': journalOf(applied),
      '/var/lib/phoenix/without/runs': '',
    }),
  ).toEqual(['app two asks for it (its own applier lets it go: orphan zfs/tank/a)']);
  await expect(apps({ '/var/lib/phoenix/two/journal': 'something else\n' })).rejects.toThrow(
    'Unknown: /var/lib/phoenix/two/journal is no journal of ours',
  );
});
