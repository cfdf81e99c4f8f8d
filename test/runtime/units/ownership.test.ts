import { expect, test } from 'vitest';
import { conf, type HostFacts, host, journal, type LookFacts, look, step } from './given.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const marker = 'phoenix-cdk app=phoenix path=ai/qwen vmid=950';
const disk = 'local-zfs:subvol-950-disk-0';
const container = (more = '', line = marker) => `${line === '' ? '' : `#${line}\n`}rootfs: ${disk},size=4G\n${more}`;
const root950 = 'rpool/data/subvol-950-disk-0';
const datasets = { [root950]: { guid: '7' } };
const lvm = { lvm: ['lvmthin', { vgname: 'pve', thinpool: 'data' }] } as const;
const young = { [root950]: { guid: '7', creation: 2 } };
const old = { [root950]: { guid: '7', creation: 900 } };
const known = (guid = '7', volume = disk): readonly string[] => ['guest', '950', 'lxc', guid, volume, '-'];
const create = step('guest-create', 'guest/950/create', '--guest', 'lxc', 950, '--path', 'ai/qwen', '--marker', marker);
const begun = ['intent', 'guest/950/create', 'r', '1', '-'];

/** Whose guest 950 is, on a host with this config and these disks, for a journal with these records. */
const of = (
  text: string | undefined,
  facts: HostFacts = { datasets },
  records: readonly (readonly string[])[] = [],
  more: LookFacts = {},
) =>
  call(
    'Ownership::find',
    look({
      steps: [create],
      host: host({ guests: text === undefined ? {} : { 950: text }, ...facts }),
      journal: journal(...records),
      ...more,
    }),
    950,
    'lxc',
  ) as Promise<Record<string, unknown>>;

test.each<[string, () => Promise<unknown>, object]>([
  ['no guest', () => of(undefined), { is: 'absent' }],
  ['line, number and disk', () => of(container(), { datasets }, [known()]), { is: 'ours', guid: '7' }],
  [
    'a path that was renamed',
    () => of(container('', marker.replace('qwen', 'old')), { datasets }, [known()]),
    { is: 'ours' },
  ],
  [
    'a guest on another node',
    () => of(undefined, { guests: { 950: { text: container(), node: 'pve2' } } }, [known()]),
    { is: 'moved', reason: 'guest 950 is on node pve2, not on pve' },
  ],
  [
    'a machine',
    () => of(undefined, { guests: { 950: { text: '', type: 'qemu' } } }),
    { is: 'other', reason: 'guest 950 exists and is of type qemu' },
  ],
  ['what we began and did not write down', () => of(container(), { datasets: young }, [begun]), { is: 'unsealed' }],
  ['what was restored long after we began', () => of(container(), { datasets: old }, [begun]), { is: 'unknown' }],
  ['what we began, locked', () => of(container('lock: create\n'), { datasets: young }, [begun]), { is: 'half' }],
  ['what somebody restores now', () => of(container('lock: create\n'), { datasets: old }, [begun]), { is: 'unknown' }],
  ['what we were destroying', () => of(container('lock: destroyed\n'), { datasets: old }, [begun]), { is: 'half' }],
  ['what we began, without a disk', () => of(`#${marker}\n`, { datasets }, [begun]), { is: 'half' }],
  [
    'what we were adopting',
    () => of(container(), { datasets }, [['intent', 'adopt/950', 'r', '1', '7']]),
    { is: 'unsealed', adopted: '1' },
  ],
  [
    'a line without a journal',
    () => of(container()),
    { is: 'unknown', apart: '1', reason: expect.stringContaining('the journal does not know it') },
  ],
  [
    'a line and another disk',
    () => of(container(), { datasets }, [known('8')]),
    { is: 'unknown', apart: '1', reason: expect.stringContaining('not the one in the journal') },
  ],
  [
    'a disk without a line',
    () => of(container('', ''), { datasets }, [known()]),
    { is: 'unknown', apart: '1', reason: expect.stringContaining("the owner's line of guest 950 is gone") },
  ],
  [
    'a disk that cannot be seen',
    () => of(container(), {}, [known()]),
    {
      is: 'unknown',
      soft: '1',
      reason: 'the root disk of guest 950 cannot be seen: there is no dataset rpool/data/subvol-950-disk-0',
    },
  ],
  [
    'a disk on no storage that we know',
    () => of(container(), { storages: {} }, [known()]),
    { is: 'unknown', soft: '1', reason: expect.stringContaining('storage.cfg has no storage local-zfs') },
  ],
  [
    'a disk off ZFS where there was one on it',
    () =>
      of('#phoenix-cdk app=phoenix path=ai/qwen vmid=950\nrootfs: lvm:vm-950-disk-0\n', { storages: lvm }, [known()]),
    {
      is: 'unknown',
      soft: '1',
      reason: expect.stringContaining(
        'lvm:vm-950-disk-0 does not lie on ZFS, where the one that the journal knows was',
      ),
    },
  ],
  ['none of the three', () => of(container('', '')), { is: 'foreign', reason: 'guest 950 exists and is not ours' }],
  ['a journal that outlived its guest', () => of(container('', ''), { datasets }, [known('8')]), { is: 'foreign' }],
])('Ownership::find with %s', async (_, answer, expected) => {
  expect(await answer()).toMatchObject(expected);
});

test('Ownership::of finds out once, and tells what would adopt a guest', async () => {
  const code = `my ($look) = @_; my $is = Ownership::of($look, 950, 'lxc'); $look->{host}{guests} = {}; ($is->{is}, $is->{adoptable}, Ownership::of($look, 950, 'lxc') == $is ? 1 : 0)`;
  expect(
    await evaluate(code, look({ steps: [create], host: host({ guests: { 950: container('', '') }, datasets }) })),
  ).toEqual(['foreign', '--adopt ai/qwen', '1']);
});

test.each([
  [{ guid: '7', volume: 'x' }, { guid: '7', volume: 'y' }, true],
  [{ guid: '7', volume: 'x' }, { guid: '8', volume: 'x' }, false],
  [{ guid: '-', volume: 's:subvol-950-disk-0' }, { guid: '-', volume: 's:basevol-950-disk-0' }, true],
  [{ guid: '-', volume: '-' }, { guid: '-', volume: '-' }, false],
  [{ guid: 'uuid:a/b', volume: '-' }, { guid: '9', volume: 'x', uuid: 'uuid:a/c' }, true],
  [{ guid: 'uuid:a/b', volume: '-' }, { guid: '9', volume: 'x' }, false],
])('Ownership::same_root of %j and %j: %s', async (record, found, same) => {
  expect(await holds('Ownership::same_root', record, found)).toBe(same);
});

test('Ownership::better knows a machine by its disk as soon as it has one', async () => {
  const found = { guest: { vmid: '100' }, guid: '9', volume: 'v' };
  expect(await call('Ownership::better', { guid: 'uuid:a/b', digest: 'd' }, found)).toEqual([
    'guest',
    '100',
    'qemu',
    '9',
    'v',
    'd',
  ]);
  expect(await call('Ownership::better', { guid: '8' }, found)).toBeUndefined();
  expect(await call('Ownership::better', { guid: 'uuid:a/b' }, { ...found, guid: 'uuid:a/b' })).toBeUndefined();
});

test('a template that was begun is known by the names that its disks have already', async () => {
  const sealer = step('guest-template', 'guest/950/template', '--guest', 'lxc', 950, '--digest', 'd');
  const renamed = { 'rpool/data/basevol-950-disk-0': { guid: '7' } };
  const records = [known(), ['intent', 'guest/950/template', 'r', '1', 'd']];
  const answer = await of(container(), { datasets: renamed }, records, { steps: [create, sealer] });
  expect(answer).toMatchObject({
    is: 'sealing',
    renamed: [['rpool/data/basevol-950-disk-0', 'rpool/data/subvol-950-disk-0']],
  });
  expect(await of(container(), { datasets: renamed }, [known()], { steps: [create, sealer] })).toMatchObject({
    is: 'unknown',
  });
  expect(
    await of(container(), { datasets: { 'rpool/data/basevol-950-disk-0': { guid: '8' } } }, records, {
      steps: [create, sealer],
    }),
  ).toMatchObject({ is: 'unknown' });
});

test('Ownership::half_sealed wants our own intent, and Ownership::renamed the disk under its other name', async () => {
  const guest = { vmid: '950', type: 'lxc', conf: conf(container()) };
  const machine = {
    vmid: '100',
    type: 'qemu',
    conf: conf('scsi0: local-zfs:vm-100-disk-0\nscsi1: local-zfs:vm-100-disk-1\n', 'qemu'),
  };
  const there = host({ datasets: { 'rpool/data/base-100-disk-0': {}, 'rpool/data/vm-100-disk-1': {} } });
  expect(await list('Ownership::renamed', there, machine)).toEqual([
    ['rpool/data/base-100-disk-0', 'rpool/data/vm-100-disk-0'],
  ]);
  expect(
    await call('Ownership::half_sealed', look({ host: host({ datasets }) }), guest, { guid: '7' }),
  ).toBeUndefined();
});

test.each([
  ['s:subvol-950-disk-0', 's:950-disk-0'],
  ['s:basevol-901-disk-0/subvol-950-disk-0', 's:950-disk-0'],
  ['s:950/vm-950-disk-0.qcow2', 's:950-disk-0.qcow2'],
  ['s:base-950-disk-0', 's:950-disk-0'],
])('Ownership::disk_of %s is %s', async (volume, name) => {
  expect(await call('Ownership::disk_of', volume)).toBe(name);
});

test.each([
  [container(), { guid: '7', volume: disk }],
  ['memory: 1\n', { guid: '-', volume: '-' }],
  ['rootfs: lvm:vm-950-disk-0\n', { guid: '-', volume: 'lvm:vm-950-disk-0', unseen: 'storage.cfg has no storage lvm' }],
])('Ownership::root_disk of %j', async (text, expected) => {
  expect(await call('Ownership::root_disk', host({ datasets }), { type: 'lxc', conf: conf(text) })).toEqual(expected);
});

test('Ownership::unseen_on_zfs: a volume off ZFS has nothing to be seen, one of a pool that is not known hides', async () => {
  const storages = { ...lvm, pool: ['zfspool', {}] } as const;
  expect(await list('Ownership::unseen_on_zfs', host({ storages }), 'lvm:vm-950-disk-0')).toEqual([]);
  expect(await list('Ownership::unseen_on_zfs', host({ storages }), '/srv/folder')).toEqual([]);
  expect(await list('Ownership::unseen_on_zfs', host({ storages }), 'pool:x')).toEqual([
    'unseen',
    'no pool is behind pool:x in storage.cfg',
  ]);
});

test('Ownership::not_on_zfs says which disk has no guid, or that there is none', async () => {
  expect(await call('Ownership::not_on_zfs', 'volume', '-')).toBe('its config names none');
  expect(await call('Ownership::not_on_zfs', 'volume', 'lvm:x')).toMatch(/^lvm:x does not lie on ZFS/);
});

const ids = 'smbios1: uuid=ABC,serial=x\nvmgenid: DEF\n';
const two = { 'rpool/data/vm-100-disk-0': { guid: '5' }, 'rpool/data/vm-100-disk-1': { guid: '6' } };

test.each<[string, string, object, string | undefined, object]>([
  ['no disk', ids, {}, undefined, { guid: 'uuid:abc/def', volume: '-', uuid: 'uuid:abc/def' }],
  ['neither disk nor UUIDs', 'cores: 1\n', {}, undefined, { guid: '-', volume: '-' }],
  [
    'its first disk on ZFS',
    `${ids}scsi0: local-zfs:vm-100-disk-0\nscsi1: local-zfs:vm-100-disk-1\n`,
    two,
    undefined,
    { guid: '5', volume: 'local-zfs:vm-100-disk-0' },
  ],
  [
    'the disk that the journal knows',
    `scsi0: local-zfs:vm-100-disk-0\nscsi1: local-zfs:vm-100-disk-1\n`,
    two,
    '6',
    { guid: '6', volume: 'local-zfs:vm-100-disk-1' },
  ],
  [
    'a disk that is not there',
    'scsi0: local-zfs:vm-100-disk-9\n',
    {},
    undefined,
    { unseen: 'there is no dataset rpool/data/vm-100-disk-9' },
  ],
  [
    'a disk elsewhere',
    `${ids}scsi0: lvm:vm-100-disk-0\n`,
    {},
    undefined,
    { guid: 'uuid:abc/def', volume: 'lvm:vm-100-disk-0' },
  ],
])('Ownership::machine goes by %s', async (_, text, disks, guid, expected) => {
  const facts = { datasets: disks as HostFacts['datasets'] & object };
  expect(
    await call('Ownership::machine', host(facts), { type: 'qemu', conf: conf(text, 'qemu') }, guid && { guid }),
  ).toMatchObject(expected);
});

test.each([
  ['lxc', 'mp1: s:b,mp=/b\nrootfs: volume=s:a,size=1G\nmp0: /srv/x,mp=/x\n', ['s:a', '/srv/x', 's:b']],
  [
    'qemu',
    'boot: order=scsi1;net0\nide2: iso,media=cdrom\nscsi0: s:a\nscsi1: file=s:b,size=1G\nefidisk0: s:c\nunused0: s:d\nvirtio0: s:e\n',
    ['s:b', 's:a', 's:e', 's:c', 's:d'],
  ],
  ['lxc', '', []],
])('Ownership::volumes of a guest of type %s, the root disk in front', async (type, text, volumes) => {
  const guest = { type, conf: conf(text, type) };
  expect(await list('Ownership::volumes', guest)).toEqual(volumes);
  expect(await call('Ownership::root_volume', guest)).toBe(volumes['0']);
});

test('Ownership::was_moved is true while the disk that we know is kept in no use, as our move left it', async () => {
  const move = ['intent', 'guest/950/move/rootfs', 'r', '1', disk];
  const text = (unused: string) => `#${marker}\nrootfs: fast:subvol-950-disk-0\n${unused}`;
  const storages = { 'local-zfs': ['zfspool', { pool: 'rpool/data' }], fast: ['zfspool', { pool: 'fast' }] } as const;
  const facts = { storages, datasets: { ...datasets, 'fast/subvol-950-disk-0': { guid: '8' } } };
  expect(await of(text(`unused0: ${disk}\n`), facts, [known(), move])).toMatchObject({ is: 'moving', guid: '8' });
  expect(await of(text(''), facts, [known(), move])).toMatchObject({ is: 'unknown' });
  expect(await of(text(`unused0: ${disk}\n`), facts, [known()])).toMatchObject({ is: 'unknown' });
  const code =
    'my ($look, $record) = @_; Ownership::was_moved($look->{host}, $look->{journal}, $look->{host}->guest(950), $record)';
  const given = look({ host: host({ ...facts, guests: { 950: text(`unused0: ${disk}\n`) } }), journal: journal(move) });
  expect(await evaluate(code, given, { guid: '7', volume: disk })).toEqual(['1']);
  expect(await evaluate(code, given, { guid: '9', volume: disk })).toEqual(['']);
});

test.each([
  [
    'lxc',
    'mp0: /srv/x,mp=/x\nmp1: s:a,mp=/y\nmp2: /s,mp=/z,shared=1\n',
    'To have it back: `pct migrate 950 pve --restart` on pve2, without mp0, which no migration takes along, then --adopt ai/qwen if its disks are others by then; the rest of the program goes on with --only',
  ],
  [
    'qemu',
    '',
    'To have it back: `qm migrate 950 pve --online --with-local-disks` on pve2, then --adopt ai/qwen if its disks are others by then; the rest of the program goes on with --only',
  ],
])('Ownership::way_back of a guest of type %s', async (type, text, expected) => {
  expect(
    await call('Ownership::way_back', look({ steps: [create] }), { vmid: '950', type, node: 'pve2', conf: conf(text) }),
  ).toBe(expected);
});

test.each([
  ['', undefined, /^the owner's line of guest 950 is gone .* put the line back: pct set 950 --description \$'phoenix/],
  [1, { guid: '1' }, /bears our line, but its root disk is not the one in the journal/],
  [1, undefined, /bears our line, but the journal does not know it/],
])('Ownership::disagreement with line %j and record %j', async (named, record, expected) => {
  expect(
    await call(
      'Ownership::disagreement',
      look({ steps: [create] }),
      { vmid: '950', type: 'lxc', conf: conf('') },
      named,
      record,
    ),
  ).toMatch(expected);
});

test('Ownership::line_back keeps what people wrote, quoted for a shell', async () => {
  const guest = { vmid: '950', type: 'lxc', conf: conf("#Anna's box\n#a\\b\n") };
  expect(await call('Ownership::line_back', look({ steps: [create] }), guest)).toBe(
    `pct set 950 --description $'${marker}\\nAnna\\'s box\\na\\\\b'`,
  );
  expect(await call('Ownership::line_back', look(), { ...guest, vmid: '100', type: 'qemu', conf: conf('') })).toBe(
    "qm set 100 --description $'phoenix-cdk app=phoenix path=100 vmid=100'",
  );
});

test.each([
  [undefined, 'guest 950 exists and is not ours'],
  [{ app: 'other', vmid: '950' }, 'guest 950 belongs to app other'],
  [{ app: 'phoenix', vmid: '900' }, 'guest 950 is a copy of guest 900 and not ours'],
])('Ownership::stranger with the line %j', async (line, text) => {
  expect(await call('Ownership::stranger', 950, line, 'phoenix')).toBe(text);
});

test.each([
  ['ours', undefined],
  ['absent', 'waiting'],
  ['unsealed', 'waiting'],
  ['half', 'waiting'],
  ['sealing', 'waiting'],
  ['adopting', 'waiting'],
  ['moved', 'unknown'],
  ['moving', 'waiting'],
  ['other', 'unknown'],
  ['foreign', 'foreign'],
  ['unknown', 'unknown'],
])('Ownership::obstacle of a guest that is %s is %s', async (is, verdict) => {
  expect(
    ((await call('Ownership::obstacle', { is, reason: 'r', back: 'b' })) as { verdict: string } | undefined)?.verdict,
  ).toBe(verdict);
});

test('Ownership::option names what would make a guest ours, and Ownership::obstacle tells it', async () => {
  expect(await list('Ownership::option', { adoptable: '--adopt x' })).toEqual(['flag', '--adopt x']);
  expect(await list('Ownership::option', {})).toEqual([]);
  expect(await call('Ownership::obstacle', { is: 'foreign', reason: 'r', adoptable: '--adopt x' })).toMatchObject({
    flag: '--adopt x',
  });
});

test.each([
  ['lxc', 'rootfs: s:a\n', false],
  ['lxc', 'memory: 1\n', true],
  ['qemu', '', true],
  ['qemu', 'lock: clone\n', true],
  ['qemu', 'cores: 1\n', false],
])('Ownership::is_bare: a guest of type %s with %j: %s', async (type, text, expected) => {
  expect(await holds('Ownership::is_bare', { type, conf: conf(text, type) })).toBe(expected);
});

test('Ownership::is_half and Ownership::is_announced go by when the disk was made, or else by when the config was', async () => {
  const seconds = Math.floor(Date.now() / 1000);
  const path = '/etc/pve/nodes/pve/lxc/950.conf';
  const guest = (text: string) => ({ vmid: 950, type: 'lxc', path, conf: conf(text) });
  const announced = (text: string, at: number, facts: HostFacts = {}) =>
    holds('Ownership::is_announced', host(facts), guest(text), { seconds: at });
  expect(await announced(container(), 1, { datasets: young })).toBe(true);
  expect(await announced(container(), 1, { datasets: old })).toBe(false);
  const inFolder = 'rootfs: local:950/vm-950-disk-0.raw\n';
  expect(await announced(inFolder, seconds, { root: root({ [path]: inFolder }) })).toBe(true);
  expect(await announced(inFolder, seconds - 4000, { root: root({ [path]: inFolder }) })).toBe(false);
  expect(await announced(inFolder, seconds, { root: root() })).toBe(false);
  const half = (text: string, facts: HostFacts) =>
    holds('Ownership::is_half', host(facts), guest(text), { seconds: 1 });
  expect(await half('memory: 1\n', {})).toBe(true);
  expect(await half(container(), { datasets: young })).toBe(false);
  expect(await half(container('lock: backup\n'), { datasets: young })).toBe(false);
});
