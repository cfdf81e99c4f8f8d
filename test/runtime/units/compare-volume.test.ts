import { expect, test } from 'vitest';
import { conf, type HostFacts, host } from './given.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

const GiB = 1024 ** 3;
const disk = 'local-zfs:subvol-950-disk-0';
const sized = (bytes: number) => ({ 'rpool/data/subvol-950-disk-0': { refquota: String(bytes) } });

interface Given {
  readonly type?: 'lxc' | 'qemu';
  readonly host?: HostFacts;
  readonly more?: object;
}

/** What is known of guest 950 with this config. */
const state = (text: string, { type = 'lxc', host: facts = { datasets: sized(4 * GiB) }, more = {} }: Given = {}) => ({
  type,
  vmid: '950',
  conf: conf(text, type),
  host: host(facts),
  notes: [],
  filled: {},
  added: {},
  ...more,
});

/** Changes about a volume, and the notes. */
async function volume(
  given: object,
  key: string,
  bytes: number,
  options = '',
  impact = 'restart',
  storage = 'local-zfs',
) {
  const [changes, notes, refusal] = await evaluate(
    'my ($state, @words) = @_; ([ CompareVolume::volume($state, @words) ], $state->{notes}, $state->{refusal})',
    given,
    key,
    impact,
    storage,
    bytes,
    options,
  );
  return { changes, notes, refusal } as { changes: object[]; notes: string[]; refusal: string | null };
}

test.each<[string, object, number, string, object[]]>([
  ['as it should be', state(`rootfs: ${disk},size=4G\n`), 4 * GiB, '', []],
  [
    'smaller',
    state(`rootfs: ${disk},size=4G\n`),
    8 * GiB,
    '',
    [{ how: 'resize', from: '4G', to: '8G', impact: 'live', value: '8G' }],
  ],
  [
    'of another guest',
    state('rootfs: local-zfs:subvol-951-disk-0\n'),
    4 * GiB,
    '',
    [{ how: 'none', impact: 'impossible', to: 'a volume of guest 950' }],
  ],
  [
    'a folder of the host',
    state('rootfs: /srv/x\n'),
    4 * GiB,
    '',
    [{ how: 'none', impact: 'replace', from: '/srv/x' }],
  ],
  [
    'with other options',
    state(`rootfs: ${disk},ro=1\n`),
    4 * GiB,
    'acl=1',
    [{ how: 'options', from: 'ro=1', to: 'acl=1', impact: 'restart', value: `${disk},acl=1` }],
  ],
  ['with options that mean the same', state(`rootfs: volume=${disk},ro=0,size=4G\n`), 4 * GiB, '', []],
  ['of a size that does not matter', state(`rootfs: ${disk}\n`), 0, '', []],
])('CompareVolume::volume of one that is %s', async (_, given, bytes, options, expected) => {
  expect((await volume(given, 'rootfs', bytes, options)).changes).toMatchObject(expected);
});

test('CompareVolume::volume shrinks nothing: what the program made too large is to be replaced, what others made larger stays', async () => {
  const text = `rootfs: ${disk},size=8G\n`;
  const large = { host: { datasets: sized(8 * GiB) } };
  expect(
    await volume(
      state(text, { ...large, more: { applied: { values: { rootfs: `local-zfs:${8 * GiB}` } } } }),
      'rootfs',
      4 * GiB,
    ),
  ).toMatchObject({ changes: [{ impact: 'replace', from: '8G', to: '4G', shrink: String(4 * GiB) }] });
  expect(await volume(state(text, large), 'rootfs', 4 * GiB)).toMatchObject({
    changes: [],
    notes: [`rootfs: ${disk} is 8G, larger than 4G; kept`],
  });
});

test('CompareVolume::volume tells of a size in the config that the storage does not know, and of one that nobody knows', async () => {
  expect((await volume(state(`rootfs: ${disk},size=2G\n`), 'rootfs', 4 * GiB)).notes).toEqual([
    'rootfs: size=2G in the config is not what the storage says (4G): pct rescan --vmid 950',
  ]);
  expect((await volume(state('rootfs: lvm:vm-950-disk-0\n', { host: {} }), 'rootfs', 4 * GiB)).notes).toEqual([
    'rootfs: size of lvm:vm-950-disk-0 is not known',
  ]);
  expect((await volume(state('rootfs: lvm:vm-950-disk-0,size=4G\n', { host: {} }), 'rootfs', 4 * GiB)).changes).toEqual(
    [],
  );
});

test('CompareVolume::volume takes what waits for a restart into account', async () => {
  const waiting = (value: string, now = '') => state(`mp0: ${disk},mp=/x${now}\n[pve:pending]\nmp0: ${value}\n`);
  expect((await volume(waiting(`${disk},mp=/y`), 'mp0', 0, 'mp=/y')).changes).toEqual([]);
  expect((await volume(waiting(`${disk},mp=/y`), 'mp0', 0, 'mp=/x')).changes).toMatchObject([
    { how: 'revert', from: `${disk},mp=/y` },
  ]);
  expect((await volume(waiting('other:x,mp=/y'), 'mp0', 0, 'mp=/y')).changes).toMatchObject([{ how: 'options' }]);
});

test('CompareVolume::asked_for is how large the program wanted it', async () => {
  expect(await call('CompareVolume::asked_for', { applied: { values: { mp0: 's:7' } } }, 'mp0')).toBe('7');
  expect(await call('CompareVolume::asked_for', { applied: { values: { mp0: 's:x' } } }, 'mp0')).toBe('0');
  expect(await call('CompareVolume::asked_for', {}, 'mp0')).toBe('0');
});

const missing = async (given: object, key: string, bytes: number, options = '') =>
  (await evaluate(
    'my ($state, @words) = @_; (CompareVolume::missing_volume($state, @words), { refusal => $state->{refusal} })',
    given,
    key,
    'restart',
    'local-zfs',
    bytes,
    options,
  )) as object[];

test.each<[string, string, object, number, object]>([
  ['a disk', 'mp0', {}, 8 * GiB, { how: 'allocate', value: 'local-zfs:8,mp=/x', impact: 'restart' }],
  ['a disk that can be added at once', 'mp0', { added: { mp0: 'live' } }, 8 * GiB, { impact: 'live' }],
  [
    'an imported image',
    'scsi0',
    { filled: { scsi0: ['import', 'scsi0', 'local:import/x.raw'] } },
    GiB,
    { value: 'local-zfs:0,import-from=local:import/x.raw,mp=/x', to: 'local-zfs, 1G from local:import/x.raw' },
  ],
  [
    'the drive of cloud-init',
    'ide2',
    { filled: { ide2: ['cloudinit', 'ide2'] } },
    0,
    { value: 'local-zfs:cloudinit,mp=/x' },
  ],
  ['a disk as large as Proxmox makes it', 'efidisk0', {}, 0, { value: 'local-zfs:1,mp=/x', to: 'local-zfs' }],
  ['the root disk', 'rootfs', {}, GiB, { how: 'none', impact: 'impossible' }],
])('CompareVolume::missing_volume makes %s', async (_, key, more, bytes, expected) => {
  expect(await missing(state('memory: 1\n', { host: {}, more }), key, bytes, 'mp=/x')).toMatchObject([expected, {}]);
});

test('CompareVolume::missing_volume makes no empty disk where there was data', async () => {
  const applied = { applied: { values: { mp0: 'local-zfs:1' } } };
  const loose = await missing(state(`unused0: ${disk}\n`, { more: applied }), 'mp0', GiB);
  expect(loose).toMatchObject([
    { how: 'none', from: 'taken out' },
    { refusal: expect.stringContaining(`its disk may be ${disk}`) },
  ]);
  expect(await missing(state('[pve:pending]\nmp0: x\n', { more: { running: 1 } }), 'mp0', GiB)).toEqual([
    { refusal: null },
  ]);
  expect(await missing(state('[pve:pending]\nmp0: x\n'), 'mp0', GiB)).toMatchObject([{ how: 'set', value: 'x' }, {}]);
});

test('CompareVolume::half_made are the disks that a killed call of ours made, in the moments after it began', async () => {
  const at = (creation: number) => ({
    host: { datasets: { 'rpool/data/subvol-950-disk-1': { creation: String(creation) } } },
    more: { intent: { seconds: 1000 } },
  });
  const made = (given: Given) => list('CompareVolume::half_made', state('memory: 1\n', given));
  expect(
    await Promise.all([998, 999, 1180, 1181].map((creation) => made(at(creation)).then(({ length }) => length))),
  ).toEqual([0, 1, 1, 0]);
  expect(await made({ ...at(1000), more: {} })).toEqual([]);
  expect(await missing(state('memory: 1\n', at(1000)), 'mp0', GiB)).toMatchObject([
    { how: 'free', value: ['rpool/data/subvol-950-disk-1'] },
    {},
  ]);
});

test('CompareVolume::missing_volume waits for a call of ours that goes on although its run was killed', async () => {
  const folder = root({ '/proc/7/cmdline': 'perl\0/usr/sbin/pct\0set\x00950\0--mp0\0' });
  const given = (more: object) => state('memory: 1\n', { host: { root: folder, datasets: {} }, more });
  expect(await missing(given({ intent: { seconds: 1000 } }), 'mp0', GiB)).toMatchObject([{ how: 'wait' }, {}]);
  expect(await missing(given({}), 'mp0', GiB)).toMatchObject([{ how: 'allocate' }, {}]);
});

test('CompareVolume::loose_volumes and CompareVolume::unnamed_datasets are what no key in use names', async () => {
  const facts = {
    datasets: {
      ...sized(1),
      'rpool/data/subvol-950-disk-1': {},
      'rpool/data/subvol-950-disk-2': {},
      'rpool/data/subvol-951-disk-0': {},
    },
  };
  const given = state(`rootfs: ${disk}\nunused0: local-zfs:subvol-950-disk-1\n`, { host: facts });
  expect(await list('CompareVolume::loose_volumes', given)).toEqual([
    'local-zfs:subvol-950-disk-1',
    'rpool/data/subvol-950-disk-2',
  ]);
  expect(await list('CompareVolume::unnamed_datasets', given)).toEqual(['rpool/data/subvol-950-disk-2']);
});

test('CompareVolume::loose_volumes are images in folders, too', async () => {
  const folder = '/var/lib/vz/images/950';
  const place = root({ [`${folder}/vm-950-disk-0.raw`]: '', [`${folder}/vm-950-disk-1.raw`]: '' });
  const given = state(`rootfs: ${disk}\nmp0: local:950/vm-950-disk-0.raw,mp=/a\n`, {
    host: { datasets: sized(1), root: place },
  });
  expect(await list('CompareVolume::loose_volumes', given)).toEqual(['local:950/vm-950-disk-1.raw']);
});

test('CompareVolume::join_parts is in the order of names', async () => {
  expect(await call('CompareVolume::join_parts', { b: '1', a: '2' })).toBe('a=2,b=1');
});
