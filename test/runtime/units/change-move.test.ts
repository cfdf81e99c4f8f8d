import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { conf, type HostFacts, host, journal, look } from './given.js';
import { disk, marker } from './ours.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

const GiB = 1024 ** 3;
const storages: HostFacts['storages'] & object = {
  'local-zfs': ['zfspool', { pool: 'rpool/data' }],
  fast: ['zfspool', { pool: 'fast' }],
  lvm: ['lvmthin', {}],
};
const both = (bytes = 4 * GiB) => ({
  'rpool/data/subvol-950-disk-0': { guid: '7', refquota: String(4 * GiB), mounted: 'yes', mountpoint: '/old' },
  'fast/subvol-950-disk-0': { guid: '8', refquota: String(bytes), mounted: 'yes', mountpoint: '/new' },
});
const move = {
  kind: 'guest-move',
  id: 'guest/950/move/rootfs',
  path: 'ai/qwen',
  has: { guest: ['lxc', '950'], move: ['rootfs', 'fast'] },
};
const text = `#${marker}\nrootfs: fast:subvol-950-disk-0,size=4G\nunused0: ${disk}\n`;
const trees = { '/old/etc/a': 'x', '/new/etc/a': 'x' };

/** Files of these paths in a folder, all of one moment. */
function filled(files: Readonly<Record<string, string>>): string {
  const folder = root();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}
const alike = (code: string) => `utime 1000, 1000, grep { -f } map { glob "$_[1]/$_/*/*" } qw(old new); ${code}`;

test('ChangeMove::settle looks at both disks, writes down which one the guest is known by, and tells how the old one would go', async () => {
  const folder = filled({
    ...trees,
    '/var/lib/phoenix/phoenix/journal': `phoenix-journal 1\nguest\t950\tlxc\t7\t${disk}\t-\nintent\tguest/950/move/rootfs\tr\t1\t${disk}\n`,
  });
  const code = `my ($look, $root) = @_; $look->{journal} = Journal->new($root, 'phoenix');
    my $session = { work => {}, channel => Channel->new, plan => bless({ by_id => $look->{by_id}, journal => $look->{journal}, look => $look }, 'LookedPlan') };
    ChangeMove::settle($session, 'guest/950/move/rootfs'); (said($session->{channel}), $session->{work}{notes})`;
  const given = look({
    mode: 'check',
    steps: [move],
    host: host({ root: folder, storages, datasets: both(), guests: { 950: text } }),
  });
  const told = `rootfs lies at fast:subvol-950-disk-0 now (4G, 2 entries compared). The old disk is kept: unused0 (${disk}); pct set 950 --delete unused0 destroys it`;
  expect(await evaluate(alike(code), given, folder)).toEqual([['moved', told], [`ai/qwen: ${told}`]]);
  expect(readFileSync(join(folder, 'var/lib/phoenix/phoenix/journal'), 'utf8').split('\n').slice(3)).toEqual([
    'moved\t950\t8\tfast:subvol-950-disk-0',
    'gone\tguest/950/move/rootfs',
    '',
  ]);
});

const guest = (lines = text, type = 'lxc') => ({ vmid: '950', type, conf: conf(lines, type) });
const compared = (datasets: HostFacts['datasets'] & object, folder = filled(trees), type = 'lxc') =>
  evaluate(
    alike(
      'my ($host, undef, $type, $guest, $old, $new) = @_; ChangeMove::compared($host, $type, "rootfs", $guest, $old, $new)',
    ),
    host({ root: folder, storages, datasets }),
    folder,
    type,
    guest(),
    disk,
    'fast:subvol-950-disk-0',
  ).then(([said]) => said);

test('ChangeMove::compared says what could be compared', async () => {
  expect(await compared(both())).toBe('4G, 2 entries compared');
  expect(await compared(both(), undefined, 'qemu')).toBe('4G; what is on it was not compared');
  const unmounted = {
    ...both(),
    'rpool/data/subvol-950-disk-0': { guid: '7', refquota: '1', mounted: 'no', mountpoint: '/old' },
  };
  expect(await compared(unmounted)).toBe('4G; what is on it could not be compared');
});

test('ChangeMove::compared dies of a smaller disk and of one that holds something else, and says how to go back', async () => {
  await expect(compared(both(GiB))).rejects.toThrow(
    `fast:subvol-950-disk-0 is smaller than ${disk}; the old one is kept: pct set 950 --rootfs ${disk} puts it back`,
  );
  await expect(compared(both(), filled({ '/old/etc/a': 'x', '/new/etc/b': 'x' }))).rejects.toThrow(
    /what lies on fast:subvol-950-disk-0 is not what lies on .*: \/etc\/a is missing; the old one is kept/,
  );
});

test('ChangeMove::is_there believes in disks that nobody can see', async () => {
  const given = host({ storages, datasets: both() });
  expect(
    await Promise.all([disk, 'fast:x', 'lvm:x'].map((volume) => call('ChangeMove::is_there', given, volume))),
  ).toEqual(['1', '', '1']);
});

test.each([
  [{ mounted: 'yes', mountpoint: '/x' }, ['/x']],
  [{ mounted: 'no', mountpoint: '/x' }, []],
  [{ mounted: 'yes', mountpoint: 'legacy' }, []],
])('ChangeMove::folder_of a dataset with %j', async (facts, expected) => {
  expect(await list('ChangeMove::folder_of', host({ storages, datasets: { 'fast/x': facts } }), 'fast:x')).toEqual(
    expected,
  );
  expect(await list('ChangeMove::folder_of', host({ storages }), 'lvm:x')).toEqual([]);
});

const knownBy = (record: readonly string[], of: object, key: string, old: string, fresh: string, datasets = both()) =>
  list(
    'ChangeMove::known_by',
    look({ host: host({ storages, datasets }), journal: journal(record) }),
    of,
    key,
    old,
    fresh,
  );

test('ChangeMove::known_by is the new disk, if it was the moved one that the guest was known by', async () => {
  expect(
    await knownBy(['guest', '950', 'lxc', '7', disk, '-'], guest(), 'rootfs', disk, 'fast:subvol-950-disk-0'),
  ).toEqual(['8', 'fast:subvol-950-disk-0']);
  expect(await knownBy(['guest', '950', 'lxc', '7', disk, '-'], guest(), 'mp0', 'x:a', 'y:b')).toEqual([]);
  expect(await knownBy(['gone', '950'], guest(), 'rootfs', disk, 'fast:x')).toEqual([]);
});

test('ChangeMove::known_by of a machine is what Ownership goes by, without disks in no use', async () => {
  const machine = {
    vmid: '950',
    type: 'qemu',
    conf: conf('scsi0: fast:subvol-950-disk-0\nunused0: local-zfs:subvol-950-disk-0\n', 'qemu'),
  };
  expect(
    await knownBy(['guest', '950', 'qemu', '7', disk, '-'], machine, 'scsi0', disk, 'fast:subvol-950-disk-0'),
  ).toEqual(['8', 'fast:subvol-950-disk-0']);
  expect(await knownBy(['guest', '950', 'qemu', 'uuid:a/b', disk, '-'], machine, 'scsi0', disk, 'x')).toEqual([]);
  expect(await knownBy(['guest', '950', 'qemu', '9', disk, '-'], machine, 'scsi0', disk, 'x')).toEqual([]);
});

test('ChangeMove::way_to_be_rid_of the old disk', async () => {
  expect(await call('ChangeMove::way_to_be_rid_of', 'lxc', guest(), disk)).toBe(
    `The old disk is kept: unused0 (${disk}); pct set 950 --delete unused0 destroys it`,
  );
  expect(await call('ChangeMove::way_to_be_rid_of', 'lxc', guest('memory: 1\n'), disk)).toBe(
    `The old disk (${disk}) is gone.`,
  );
});
