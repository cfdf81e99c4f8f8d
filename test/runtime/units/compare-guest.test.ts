import { expect, test } from 'vitest';
import { about, conf, type HostFacts, host, journal, type LookFacts, look, someStorages, step } from './given.js';
import { aboutContainer, aboutMachine, container, disk, type Given, marker } from './ours.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const words = ['--marker', marker, '--hostname', 'qwen'] as const;
const archive = aboutContainer(
  'guest-create',
  'create',
  ...words,
  '--archive',
  'local:vztmpl/debian',
  '--rootfs',
  'local-zfs',
  4 * 1024 ** 3,
  '--unprivileged',
  1,
  '--ostype',
  'debian',
);
const clone = aboutContainer('guest-create', 'create', ...words, '--clone', 900, 'linked', 'new');
const empty = aboutMachine(
  'guest-create',
  'create',
  '--marker',
  'phoenix-cdk app=phoenix path=vm/docker vmid=100',
  '--hostname',
  'docker',
  '--empty',
);
const known = (digest: string) => ['guest', 950, 'lxc', 7, disk, digest] as const;

/** A look at a host without guest 950, with this template. */
const template = (
  lines = 'template: 1\n',
  records: readonly (readonly (string | number)[])[] = [['sealed', 900, 'new']],
  more: LookFacts & { facts?: HostFacts } = {},
): LookFacts => ({
  steps: [clone],
  ...more,
  host: host({
    guests: { 900: `#phoenix-cdk app=phoenix path=ai/base vmid=900\nrootfs: local-zfs:basevol-900-disk-0\n${lines}` },
    datasets: { 'rpool/data/basevol-900-disk-0': { guid: '9' } },
    ...more.facts,
  }),
  journal: journal(['guest', 900, 'lxc', 9, 'local-zfs:basevol-900-disk-0', '-'], ...records),
});

const create = (facts: LookFacts) => about('CompareGuest::create', facts);
const bornAt1 = { 'rpool/data/subvol-950-disk-0': { guid: '7', refquota: String(4 * 1024 ** 3), creation: 1 } };
const stray = { 'rpool/data/subvol-950-disk-0': { guid: '7', creation: '1000' } };

test.each<[string, () => Promise<unknown>, object]>([
  ['is not there', () => create({ steps: [archive] }), { verdict: 'create', do: 'create' }],
  ['is there', () => create(container('', { steps: [archive] })), { verdict: 'satisfied' }],
  [
    'is half made',
    () =>
      create(
        container('lock: create\n', {
          steps: [archive],
          host: { datasets: bornAt1 },
          records: [
            ['intent', 'guest/950/create', 'r', 1, '-'],
            ['gone', 950],
          ],
        }),
      ),
    { do: 'clear' },
  ],
  [
    'is made and not written down',
    () =>
      create(
        container('', {
          steps: [archive],
          host: { datasets: bornAt1 },
          records: [
            ['gone', 950],
            ['intent', 'guest/950/create', 'r', 1, 'debian'],
          ],
        }),
      ),
    { do: 'record', arguments: ['950', 'lxc', '7', disk, 'debian'] },
  ],
  [
    'is somebody else’s',
    () => create({ ...container('', { steps: [archive] }), journal: journal() }),
    { verdict: 'unknown' },
  ],
  [
    'was adopted and is gone',
    () => create({ steps: [archive], journal: journal(known('adopted')) }),
    { verdict: 'refused', reason: expect.stringContaining('made anew it would have empty disks') },
  ],
  [
    'cannot be made without a quorum',
    () => create({ steps: [archive], host: host({ root: root({ '/etc/pve/.members': '"quorate": 0' }) }) }),
    { verdict: 'unknown' },
  ],
  [
    'has somebody’s disk already',
    () => create({ steps: [archive], host: host({ datasets: stray }) }),
    { verdict: 'refused', reason: expect.stringContaining('named as a disk of guest 950, which does not exist') },
  ],
  [
    'was destroyed by us',
    () => create({ steps: [archive], mode: 'check', journal: journal(['intent', 'destroy/950', 'r', 1, '7']) }),
    { do: 'forget', arguments: ['950'] },
  ],
])('CompareGuest::create of a guest that %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

const there = (given: Given, of = clone) =>
  evaluate(
    'my $look = shift; CompareGuest::there($look->{steps}[0], $look, Ownership::of($look, 950, "lxc"))',
    look(container('', { steps: [of], ...given })),
  ).then(([verdict]) => verdict);

test('CompareGuest::there tells of an older template, and of flags that ask for nothing', async () => {
  expect(await there({ records: [known('new')] })).toMatchObject({ verdict: 'satisfied', notes: [] });
  expect(await there({ records: [known('old')] })).toMatchObject({
    notes: [expect.stringContaining('stale: made from an older template than 900 is now')],
  });
  expect(await there({ records: [known('new')], flags: { rebuild: { 'ai/qwen': 1 } } })).toMatchObject({
    notes: ['guest 950 is of this template already: nothing to rebuild'],
  });
  expect(await there({ records: [known('new')], flags: { 'allow-replace': { 'ai/qwen': 1 } } })).toMatchObject({
    notes: [expect.stringContaining('nothing to replace')],
  });
  expect(await there({ flags: { rebuild: { 'ai/qwen': 1 } } })).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('nobody wrote down what guest 950 was made from'),
  });
});

test('CompareGuest::to_make_anew, CompareGuest::is_named_anew and CompareGuest::somebody_wants_anew ask nobody where nobody asked', async () => {
  const code = `no warnings 'redefine'; require Rebuild; my $asked = 0; local *Rebuild::due = sub { $asked++; 'a reason' }; my ($look) = @_; my $maker = $look->{steps}[0];
    ([ CompareGuest::to_make_anew($look, $maker, {}) ], CompareGuest::is_named_anew($look, $maker, 'rebuild') ? 1 : 0, CompareGuest::somebody_wants_anew($look) ? 1 : 0, $asked)`;
  expect(await evaluate(code, look({ steps: [clone] }))).toEqual([[], '0', '0', '0']);
  expect(await evaluate(code, look({ steps: [clone], flags: { rebuild: { 'ai/qwen': 1 } } }))).toEqual([
    ['a reason'],
    '1',
    '1',
    '1',
  ]);
  expect(await evaluate(code, look({ steps: [clone], flags: { 'allow-replace': { x: 1 } } }))).toEqual([
    ['a reason'],
    '0',
    '1',
    '1',
  ]);
});

test('CompareGuest::made makes a guest from an archive, as a clone, or with nothing', async () => {
  const made = (of: object, facts: LookFacts = {}) =>
    about('CompareGuest::made', { ...facts, steps: [of as Record<string, unknown>] });
  expect(await made(archive)).toMatchObject({
    do: 'create',
    arguments: expect.arrayContaining(['local:vztmpl/debian']),
  });
  expect(await made(clone, template())).toMatchObject({ do: 'clone' });
  expect(await made(empty)).toMatchObject({ do: 'create', fields: { type: 'qemu' } });
});

test('CompareGuest::from_nothing gives only what nothing outside can spoil', async () => {
  expect(await call('CompareGuest::from_nothing', empty, '100')).toMatchObject({
    arguments: ['100', '--name', 'docker', '--description', 'phoenix-cdk app=phoenix path=vm/docker vmid=100'],
  });
});

test('CompareGuest::from_archive makes the root disk and our line in one call', async () => {
  expect(await about('CompareGuest::from_archive', { steps: [archive] }, 950)).toMatchObject({
    arguments: [
      '950',
      'local:vztmpl/debian',
      '--rootfs',
      'local-zfs:4',
      '--hostname',
      'qwen',
      '--unprivileged',
      '1',
      '--description',
      marker,
      '--memory',
      '512',
      '--ostype',
      'debian',
    ],
  });
  expect(
    await about('CompareGuest::from_archive', { steps: [archive], host: host({ storages: {} }) }, 950),
  ).toMatchObject({ verdict: 'unknown', soft: '1', reason: 'there is no storage local-zfs for the root disk' });
  expect(
    await about(
      'CompareGuest::from_archive',
      { steps: [archive], host: host({ storages: { 'local-zfs': off } }) },
      950,
    ),
  ).toMatchObject({ verdict: 'refused', soft: '1', reason: 'storage local-zfs is disabled' });
});

test('CompareGuest::copies are guests of other numbers with the mark of this one', async () => {
  const guests = {
    950: `#${marker}\n`,
    960: `#${marker}\n`,
    961: `#${marker.replace('app=phoenix', 'app=other')}\n`,
    962: '',
  };
  const code = 'my $look = shift; map { scalar(() = CompareGuest::copies($look, $_)) } 950, 951';
  expect(await evaluate(code, look({ steps: [archive], host: host({ guests }) }))).toEqual(['1', '0']);
  expect(await list('CompareGuest::copies', look({ steps: [archive], host: host({ guests }) }), 950)).toEqual([
    expect.stringMatching(/^guest 960 bears the mark of this one/),
  ]);
});

const leftovers = (records: readonly (readonly (string | number)[])[], facts: HostFacts = { datasets: stray }) =>
  about('CompareGuest::leftovers', { steps: [archive], host: host(facts), journal: journal(...records) }, 950);

test('CompareGuest::leftovers frees what was made after we began, and the very disks that we were destroying, and nobody’s else', async () => {
  expect(await leftovers([['intent', 'guest/950/create', 'r', '1000', '-']])).toMatchObject({
    do: 'free',
    arguments: [disk],
  });
  expect(await leftovers([['intent', 'guest/950/create', 'r', '1002', '-']])).toMatchObject({ verdict: 'refused' });
  expect(await leftovers([['intent', 'guest/950/create', 'r', '819', '-']])).toMatchObject({ verdict: 'refused' });
  expect(await leftovers([['intent', 'destroy/950', 'r', '5000', '6,7']])).toMatchObject({ do: 'free' });
  expect(await leftovers([['intent', 'destroy/950', 'r', '1', '6']])).toMatchObject({ verdict: 'refused' });
  expect(await leftovers([], {})).toBeUndefined();
  const image = { root: root({ '/var/lib/vz/images/950/vm-950-disk-0.raw': '' }) };
  expect(await leftovers([], image)).toMatchObject({
    reason: expect.stringContaining('/var/lib/vz/images/950/vm-950-disk-0.raw: named as a disk'),
  });
  const now = Math.floor(Date.now() / 1000);
  expect(await leftovers([['intent', 'guest/950/create', 'r', now, '-']], image)).toMatchObject({
    arguments: ['local:950/vm-950-disk-0.raw'],
  });
  expect(await leftovers([['intent', 'guest/950/create', 'r', now - 3700, '-']], image)).toMatchObject({
    verdict: 'refused',
  });
});

test('CompareGuest::volume_of names a dataset as its storage does', async () => {
  expect(await call('CompareGuest::volume_of', host(), 'rpool/data/x')).toBe('local-zfs:x');
  await expect(call('CompareGuest::volume_of', host(), 'tank/x')).rejects.toThrow(
    'Unknown: no storage has the dataset tank/x',
  );
});

const full = aboutContainer('guest-create', 'create', ...words, '--clone', 900, 'full', 'new', '--storage', 'fast');
const fast = ['zfspool', { pool: 'rpool/fast', content: 'images,rootdir' }] as const;
const off = ['zfspool', { pool: 'rpool/data', content: 'images,rootdir', disable: '1' }] as const;
const asClone = (facts: LookFacts, mode = 'linked') => about('CompareGuest::as_clone', facts, 950, [900, mode, 'new']);

test.each<[string, () => Promise<unknown>, object]>([
  [
    'a sealed template',
    () => asClone(template()),
    { do: 'clone', arguments: ['900', '950', '--full', '0', '--hostname', 'qwen', '--description', marker] },
  ],
  [
    'a whole copy',
    () => asClone(template('', [], { steps: [full], facts: { storages: { ...someStorages, fast } } }), 'full'),
    { arguments: ['900', '950', '--full', '1', '--hostname', 'qwen', '--description', marker, '--storage', 'fast'] },
  ],
  [
    'a whole copy on a storage that takes no disks',
    () => asClone(template('', [], { steps: [full], facts: { storages: { ...someStorages, fast: off } } }), 'full'),
    { verdict: 'refused', soft: '1', reason: 'storage fast is disabled' },
  ],
  [
    'a sealed template on a storage that takes no disks',
    () => asClone(template(undefined, undefined, { facts: { storages: { 'local-zfs': off } } })),
    { verdict: 'refused', soft: '1', reason: 'storage local-zfs is disabled' },
  ],
  [
    'a guest that is no template yet',
    () => asClone(template('')),
    { verdict: 'unknown', soft: '1', reason: '900 is no template yet' },
  ],
  [
    'a guest that runs',
    () => asClone(template('', [], { facts: { running: [900] } }), 'full'),
    { verdict: 'refused', soft: '1' },
  ],
  [
    'a template of other inputs',
    () => asClone(template('template: 1\n', [['sealed', 900, 'old']])),
    { verdict: 'refused', reason: expect.stringContaining('was made from other inputs') },
  ],
  ['a template that nobody sealed', () => asClone(template('template: 1\n', [])), { verdict: 'unknown', soft: '1' }],
  [
    'a template that is not ours',
    () => asClone({ ...template(), journal: journal() }),
    { verdict: 'unknown', soft: '1', reason: expect.stringContaining('template 900: ') },
  ],
  ['no template', () => asClone({ steps: [clone] }), { verdict: 'unknown', reason: 'template 900: it is absent' }],
])('CompareGuest::as_clone of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareGuest::locked_source takes away the lock that our own dead clone left, and waits for any other', async () => {
  const locked = (lock: string, records: readonly (readonly string[])[]) =>
    about(
      'CompareGuest::locked_source',
      { steps: [clone], journal: journal(...records) },
      900,
      conf(`lock: ${lock}\n`),
    );
  const begun = [['intent', 'guest/950/create', 'r', '1', 'new']];
  expect(await locked('disk', begun)).toMatchObject({ do: 'unlock', arguments: ['900'] });
  expect(await locked('disk', [])).toMatchObject({ do: 'wait' });
  expect(await locked('backup', begun)).toMatchObject({ do: 'wait', reason: 'guest 900 is locked (backup)' });
  const atWork = {
    steps: [clone],
    journal: journal(...begun),
    host: host({ root: root({ '/proc/9/cmdline': 'task UPID:pve:9:9:9:vzclone:900:root@pam:' }) }),
  };
  expect(await about('CompareGuest::locked_source', atWork, 900, conf('lock: disk\n'))).toMatchObject({ do: 'wait' });
});

const halfMade = (lines: string, facts: LookFacts) =>
  about('CompareGuest::half_made', { ...facts, steps: [clone] }, { guest: { path: '/conf', conf: conf(lines) } });

test('CompareGuest::half_made clears away, with the locks that the dead task left, and waits for one at work', async () => {
  expect(await halfMade('lock: create\n', template('lock: disk\n'))).toMatchObject({
    do: 'clear',
    arguments: ['950', '950', '900'],
    fields: { path: '/conf' },
  });
  expect(await halfMade('', template(''))).toMatchObject({ arguments: ['950'] });
  expect(await halfMade('lock: backup\n', template())).toMatchObject({
    verdict: 'unknown',
    reason: 'guest 950 has lock `backup`, which is not ours to remove',
  });
  const atWork = { host: host({ root: root({ '/proc/9/cmdline': 'task UPID:pve:9:9:9:vzrestore:950:root@pam:' }) }) };
  expect(await halfMade('lock: create\n', atWork)).toMatchObject({ do: 'wait' });
});

test('CompareGuest::half_sealed gives disks their names back, once nobody makes a template of the guest', async () => {
  const owner = { renamed: [['a/basevol-950-disk-0', 'a/subvol-950-disk-0']] };
  expect(await about('CompareGuest::half_sealed', { steps: [clone] }, owner)).toMatchObject({
    do: 'unname',
    arguments: ['a/basevol-950-disk-0', 'a/subvol-950-disk-0'],
  });
  const atWork = host({ root: root({ '/proc/9/cmdline': 'task UPID:pve:9:9:9:vztemplate:950:root@pam:' }) });
  expect(await about('CompareGuest::half_sealed', { steps: [clone], host: atWork }, owner)).toMatchObject({
    do: 'wait',
  });
});

test('CompareGuest::unsealed waits for a lock, takes what was adopted, and writes down what was made', async () => {
  const unsealed = (owner: object, lines = '') =>
    about(
      'CompareGuest::unsealed',
      { steps: [clone], journal: journal(['intent', 'guest/950/create', 'r', '1', 'new']) },
      { guid: '7', volume: 'v', guest: { conf: conf(lines) }, ...owner },
    );
  expect(await unsealed({})).toMatchObject({ do: 'record', arguments: ['950', 'lxc', '7', 'v', 'new'] });
  expect(await unsealed({ adopted: 1 })).toMatchObject({ do: 'take' });
  expect(await unsealed({}, 'lock: create\n')).toMatchObject({ do: 'wait', reason: 'guest 950 is locked (create)' });
});

test('CompareGuest::with_its_rules has the rules of a guest that is to be made written, whatever lies there', async () => {
  const rules = step('file', 'f', '--file', '/etc/pve/firewall/950.fw', 'x', 'y');
  const verdict = (facts: LookFacts, of: object = rules, is = 'satisfied') =>
    about(
      'CompareGuest::with_its_rules',
      { ...facts, steps: [of as Record<string, unknown>, archive] },
      { verdict: is },
    );
  expect(await verdict({})).toMatchObject({ verdict: 'waiting', changes: [{ from: 'goes with the former guest' }] });
  expect(await verdict({ mode: 'check' })).toEqual({ verdict: 'satisfied' });
  expect(await verdict(container('', {}))).toEqual({ verdict: 'satisfied' });
  expect(await verdict({}, rules, 'change')).toEqual({ verdict: 'change' });
  expect(await verdict({}, step('file', 'f', '--file', '/etc/x', 'x', 'y'))).toEqual({ verdict: 'satisfied' });
});

test('CompareGuest::origin_of, CompareGuest::known_origin, CompareGuest::is_stale and CompareGuest::stale go by what a guest was made from', async () => {
  expect(await Promise.all([archive, clone, empty].map((of) => call('CompareGuest::origin_of', of)))).toEqual([
    'local:vztmpl/debian',
    'new',
    '-',
  ]);
  const facts = (digest: string) => look({ journal: journal(known(digest)) });
  expect(
    await Promise.all(
      ['old', '-', 'adopted'].map((digest) => call('CompareGuest::known_origin', clone, facts(digest))),
    ),
  ).toEqual(['old', undefined, undefined]);
  expect(
    await Promise.all(
      ['old', 'new', '-', 'adopted'].map((digest) => holds('CompareGuest::is_stale', clone, facts(digest))),
    ),
  ).toEqual([true, false, false, false]);
  expect(await call('CompareGuest::stale', archive, facts('local:vztmpl/old'))).toBe(
    'stale: made from local:vztmpl/old, not from local:vztmpl/debian; it keeps its disk (--rebuild ai/qwen makes it anew)',
  );
});

test('CompareGuest::wait_for_lock says which', async () => {
  expect(await call('CompareGuest::wait_for_lock', 950, conf('lock: backup\n'))).toMatchObject({
    verdict: 'change',
    do: 'wait',
    reason: 'guest 950 is locked (backup)',
    changes: [],
  });
});

test('CompareGuest::unfit_storage is the first one that takes no disks of such a guest', async () => {
  expect(await call('CompareGuest::unfit_storage', host(), 'lxc', 'local-zfs')).toBeUndefined();
  expect(await call('CompareGuest::unfit_storage', host(), 'qemu', 'local-zfs', 'local', 'x')).toBe(
    'storage local takes no disks of this kind (content images)',
  );
  expect(await call('CompareGuest::unfit_storage', host(), 'lxc')).toBeUndefined();
});

test('CompareGuest::storages_of are those of its disks, once each, and no folders of the host', async () => {
  const text = 'rootfs: local-zfs:a,size=4G\nmp0: fast:b,mp=/x\nmp1: local-zfs:c,mp=/y\nmp2: /srv,mp=/z\n';
  expect(await list('CompareGuest::storages_of', { type: 'lxc', conf: conf(text) })).toEqual(['fast', 'local-zfs']);
});
