import { expect, test } from 'vitest';
import { about, conf, host, inStack, journal, type LookFacts, look, perl, step } from './given.js';
import { aboutContainer, aboutMachine, container, type Given, machine } from './ours.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

const destroys = perl(`Chore::about_guest({ vmid => 950, type => 'lxc', path => 'ai/qwen' }, 'destroy')`);
const mayGo = ['applied', 'guest/950/create', 7, '-', 'removal=destroy'] as const;
const begun = ['intent', 'destroy/950', 'r', 1, '7'] as const;
const dataset = 'rpool/data/subvol-950-disk-0';

/** The verdict about destroying container 950, which may go. */
const compare = (lines: string, { records = [mayGo], ...given }: Given = {}) =>
  about('Destroy::compare', container(lines, { ...given, records, steps: [destroys, ...(given.steps ?? [])] }));

test.each<[string, () => Promise<unknown>, object]>([
  [
    'may go',
    () => compare(''),
    {
      verdict: 'change',
      do: 'destroy',
      arguments: ['950'],
      fields: { type: 'lxc', path: '/etc/pve/nodes/pve/lxc/950.conf', timeout: '120' },
      changes: [
        { key: 'guest', from: 'stopped', to: 'removed', impact: 'destroy' },
        { key: 'disk', from: 'local-zfs:subvol-950-disk-0', impact: 'destroy' },
      ],
    },
  ],
  ['runs', () => compare('', { host: { running: [950] } }), { do: 'stop', changes: [{ from: 'running' }, {}] }],
  [
    'is retained',
    () => compare('', { records: [] }),
    { verdict: 'refused', reason: expect.stringContaining('applier orphan ai/qwen'), changes: [{ to: 'removed' }, {}] },
  ],
  [
    'is in a protected stack',
    () =>
      compare('', {
        more: { creator: { 950: inStack({ protect: 1, name: 'prod' }, 'guest-create', 'guest/950/create') } },
      }),
    { verdict: 'refused', reason: 'guest 950 is in stack prod, which is protected' },
  ],
  [
    'has what would be lost with it',
    () => compare('protection: 1\n'),
    { verdict: 'refused', reason: expect.stringContaining('is protected') },
  ],
  [
    'is locked',
    () => compare('lock: backup\n', { mode: 'check' }),
    { do: 'wait', reason: 'guest 950 is locked (backup)' },
  ],
  ['is locked, in a plan', () => compare('lock: backup\n'), { do: 'destroy', notes: ['locked (backup)'] }],
  ['is mounted', () => compare('lock: mounted\n', { mode: 'check' }), { do: 'destroy' }],
  [
    'was half destroyed by us',
    () => compare('lock: destroyed\n', { records: [begun], host: { root: root() } }),
    { do: 'resume', changes: [{ from: 'half destroyed', to: 'removed' }] },
  ],
  [
    'is being destroyed by us still',
    () =>
      compare('lock: destroyed\n', {
        records: [begun],
        host: { root: root({ '/proc/4711/cmdline': 'task UPID:pve:1:2:3:vzdestroy:950:root@pam:' }) },
      }),
    { do: 'wait', reason: 'the task that destroys guest 950 is still at work' },
  ],
  [
    'is somebody else’s',
    () => about('Destroy::compare', { ...container(''), journal: journal(mayGo), steps: [destroys] }),
    { verdict: 'unknown' },
  ],
  ['is gone', () => about('Destroy::compare', { steps: [destroys] }), { verdict: 'satisfied' }],
])('Destroy::compare of a guest that %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('Destroy::act names the guest by its number, and its config by path', async () => {
  const guest = { vmid: 950, type: 'qemu', path: '/x.conf' };
  expect(await call('Destroy::act', 'stop', guest, [{ key: 'k' }], 'one', 'two')).toEqual({
    verdict: 'change',
    do: 'stop',
    arguments: ['950'],
    changes: [{ key: 'k' }],
    notes: ['one', 'two'],
    fields: { type: 'qemu', path: '/x.conf', timeout: '120' },
  });
});

/** What a function of (look, guest) gives in list context about container 950, or machine 100. */
const onGuest = (name: string, facts: LookFacts, vmid = 950) =>
  evaluate(`my ($look) = @_; ${name}($look, $look->{host}->guest(${vmid}))`, look(facts));

test('Destroy::losses are the guest and the disks of its own number', async () => {
  const lines = 'mp0: local-zfs:subvol-951-disk-0,mp=/a\nmp1: /srv,mp=/b\n';
  expect(await onGuest('Destroy::losses', container(lines, { host: { running: [950] } }))).toMatchObject([
    { key: 'guest', from: 'running', to: 'removed', impact: 'destroy' },
    { key: 'disk', from: 'local-zfs:subvol-950-disk-0', to: 'removed', impact: 'destroy' },
  ]);
});

/** What is left to do about container 950, which is not there any more. */
const gone = (records: readonly (readonly (string | number)[])[], facts: object = {}) =>
  call('Destroy::gone', destroys, look({ host: host(facts), journal: journal(...records) }), 950);

test('Destroy::gone frees what is left of the disks that we meant, and no others', async () => {
  const left = { datasets: { [dataset]: { guid: '7' }, 'rpool/data/subvol-950-disk-1': { guid: '8' } } };
  expect(await gone([begun], left)).toMatchObject({
    do: 'free',
    arguments: ['local-zfs:subvol-950-disk-0'],
    fields: { type: 'lxc' },
    changes: [{ key: 'disks', from: dataset, to: 'removed' }],
  });
  expect(await gone([], left)).toMatchObject({ verdict: 'satisfied' });
});

test('Destroy::gone sweeps the files made for it, then forgets it, then is done', async () => {
  const place = root({ '/srv/doc': 'x' });
  const [known] = await evaluate('Made::size_and_time($_[0], "/srv/doc")', host({ root: place }));
  const made = ['made', 'guest/950/doc', 'file', String(known), 'guest/950/doc', '/srv/doc'];
  expect(await gone([begun, made], { root: place })).toMatchObject({ do: 'sweep', arguments: ['/srv/doc'] });
  expect(await gone([begun, made], { root: root() })).toMatchObject({ do: 'forget', arguments: ['950'] });
  expect(await gone([['guest', 950, 'lxc', 7, 'v', '-']])).toMatchObject({ do: 'forget' });
  expect(await gone([])).toMatchObject({ verdict: 'satisfied' });
});

test('Destroy::files_of are files that we made for the guest, as we left them, once it is being destroyed', async () => {
  const place = root({ '/srv/doc': 'x' });
  const [is] = await evaluate('Made::size_and_time($_[0], "/srv/doc")', host({ root: place }));
  const files = (known: string, id: string, ...records: readonly (readonly (string | number)[])[]) => {
    const made = ['made', id, 'file', known, id, '/srv/doc'];
    return list('Destroy::files_of', look({ host: host({ root: place }), journal: journal(made, ...records) }), 950);
  };
  expect(await files(String(is), 'guest/950/doc', begun)).toEqual(['/srv/doc']);
  expect(await files(String(is), 'guest/950/doc')).toEqual([]);
  expect(await files('9.9', 'guest/950/doc', begun)).toEqual([]);
  expect(await files(String(is), 'guest/9501/doc', begun)).toEqual([]);
});

test('Destroy::is_disposable goes by the program, and once the guest left it, by what was applied', async () => {
  const disposable = (facts: LookFacts) => evaluate('Destroy::is_disposable(@_) ? 1 : 0', look(facts), 950);
  const create = (...words: readonly string[]) => aboutContainer('guest-create', 'create', ...words);
  expect(await disposable({ journal: journal(mayGo) })).toEqual(['1']);
  expect(await disposable({})).toEqual(['0']);
  expect(await disposable({ journal: journal(mayGo), steps: [create()] })).toEqual(['0']);
  expect(await disposable({ steps: [create('--removal', 'destroy')] })).toEqual(['1']);
});

test.each([
  ['lxc', 'pct destroy 950'],
  ['qemu', 'qm destroy 950'],
])('Destroy::retained tells both ways out for %s', async (type, command) => {
  const reason = await call('Destroy::retained', destroys, 950, type);
  expect(reason).toContain("`removalPolicy: 'destroy'`");
  expect(reason).toContain(`applier orphan ai/qwen, and then ${command}`);
});

test.each([
  ['a guest that left the program', undefined, undefined],
  ['a guest of a stack', { name: 'prod' }, undefined],
  ['a guest of a protected stack', { name: 'prod', protect: 1 }, 'guest 950 is in stack prod, which is protected'],
])('Destroy::is_protected of %s', async (_, stack, expected) => {
  const steps = stack ? [inStack(stack, 'guest-create', 'guest/950/create', '--guest', 'lxc', 950)] : [];
  expect(await call('Destroy::is_protected', look({ steps }), 950)).toBe(expected);
});

const replication = { '/etc/pve/replication.cfg': 'local: 950-0\n\ttarget pve2\n' };
const ofClone = { 'rpool/data/subvol-960-disk-0': { guid: '9', origin: `${dataset}@__base__` } };

test.each<[string, string, () => Given, string | undefined]>([
  ['nothing', '', () => ({ host: { root: root() } }), undefined],
  ['its protection', 'protection: 1\n', () => ({}), 'guest 950 is protected; switch its protection off first'],
  ['no protection', 'protection: 0\n', () => ({ host: { root: root() } }), undefined],
  ['HA', '', () => ({ host: { ha: { 950: 'started' } } }), 'guest 950 is managed by HA; take it out of there first'],
  [
    'replication',
    '',
    () => ({ host: { root: root(replication) } }),
    'guest 950 is replicated to another node; remove that job first (pvesr list)',
  ],
  [
    'a clone of it',
    '',
    () => ({ host: { root: root(), datasets: ofClone } }),
    'guests 960 are linked clones of 950; destroy them first',
  ],
  [
    'a clone that goes in this plan',
    '',
    () => ({ host: { root: root(), datasets: ofClone }, steps: [step('note', 'guest/960/destroy')] }),
    undefined,
  ],
  [
    'a clone that was to be gone by now',
    '',
    () => ({ mode: 'check', host: { root: root(), datasets: ofClone }, steps: [step('note', 'guest/960/destroy')] }),
    'guests 960 are linked clones of 950; destroy them first',
  ],
])('Destroy::kept_by_others by %s', async (_, lines, given, expected) => {
  const facts = look(container(lines, given()));
  const code = 'my ($look) = @_; Destroy::kept_by_others($look, { guest => $look->{host}->guest(950) })';
  expect(await evaluate(code, facts)).toEqual([expected ?? null]);
});

test('Destroy::given_by_others names disks that we did not give it', async () => {
  const facts = (lines: string) => container(lines);
  expect(await onGuest('Destroy::given_by_others', facts(''))).toEqual([null]);
  expect(await onGuest('Destroy::given_by_others', facts('mp3: local-zfs:subvol-950-disk-1,mp=/x\n'))).toEqual([
    'guest 950 has disks that we did not give it: mp3 (local-zfs:subvol-950-disk-1,mp=/x); move them away or remove them first',
  ]);
});

test('Destroy::strays are disks that carry its number and that its config does not know', async () => {
  const unknown = { datasets: { 'tank/subvol-950-disk-0': { guid: '8' } } };
  expect(await onGuest('Destroy::strays', container(''))).toEqual([null]);
  expect(await onGuest('Destroy::strays', container('', { host: unknown }))).toEqual([
    'tank/subvol-950-disk-0: named as a disk of guest 950, which does not know it; rename or destroy it first',
  ]);
  const image = { root: root({ '/var/lib/vz/images/950/vm-950-disk-1.raw': '' }) };
  const inFolder = await onGuest('Destroy::strays', container('', { host: image }));
  expect(inFolder).toEqual([
    expect.stringMatching(/^\/var\/lib\/vz\/images\/950\/vm-950-disk-1\.raw: named as a disk/),
  ]);
  expect(await onGuest('Destroy::strays', container('mp0: local:950/vm-950-disk-1.raw\n', { host: image }))).toEqual([
    null,
  ]);
});

test('Destroy::trouble tells others first, then disks of others, then strays', async () => {
  const trouble = async (lines: string, datasets: object = {}) => {
    const facts = look(container(lines, { host: { root: root(), datasets: datasets as never } }));
    const code = 'my ($look) = @_; scalar Destroy::trouble($look, { guest => $look->{host}->guest(950) })';
    return (await evaluate(code, facts))[0];
  };
  const stray = { 'tank/subvol-950-disk-0': { guid: '8' } };
  const strange = 'unused0: local-zfs:subvol-950-disk-5\n';
  expect(await trouble('')).toBeNull();
  expect(await trouble('', stray)).toContain('tank/subvol-950-disk-0: named as a disk');
  expect(await trouble(strange, stray)).toContain('unused0 (local-zfs:subvol-950-disk-5)');
  expect(await trouble(`protection: 1\n${strange}`, stray)).toBe(
    'guest 950 is protected; switch its protection off first',
  );
});

test('Destroy::clones are other guests with a disk that was cloned from one of this guest', async () => {
  const datasets = {
    [dataset]: { guid: '7', origin: '-' },
    'rpool/data/subvol-950-disk-1': { guid: '8', origin: `${dataset}@a` },
    'rpool/data/subvol-1000-disk-0': { guid: '9', origin: `${dataset}@a` },
    'rpool/data/subvol-960-disk-0': { guid: '10', origin: `${dataset}@a` },
    'rpool/data/subvol-961-disk-0': { guid: '11', origin: 'rpool/data/subvol-951-disk-0@a' },
    'rpool/copy': { guid: '12', origin: `${dataset}@a` },
  };
  expect(await list('Destroy::clones', host({ datasets }), 950)).toEqual(['960', '1000']);
  expect(await list('Destroy::clones', host({ datasets }), 962)).toEqual([]);
});

test.each<[string, string, Given, string[]]>([
  ['the root disk alone', '', {}, []],
  ['a folder and nothing', 'mp0: /srv,mp=/a\n', {}, []],
  ['a disk that nobody asked for', 'mp0: local-zfs:subvol-950-disk-1,mp=/a\n', {}, ['mp0']],
  ['a disk in no use', 'unused0: local-zfs:subvol-950-disk-1\n', {}, ['unused0']],
  [
    'a disk that the program asks for',
    'mp0: local-zfs:subvol-950-disk-1,mp=/a\n',
    { steps: [aboutContainer('guest-config', 'config', '--volume', 'mp0', 'local-zfs', 4, 'restart', 'mp=/a')] },
    [],
  ],
  [
    'a disk that was applied',
    'mp0: local-zfs:subvol-950-disk-1,mp=/a\n',
    { records: [['applied', 'guest/950/config', 7, '-', 'mp0=x']] },
    [],
  ],
  [
    'a disk that was applied and is another guest’s',
    'mp0: local-zfs:subvol-951-disk-1,mp=/a\n',
    { records: [['applied', 'guest/950/config', 7, '-', 'mp0=x']] },
    ['mp0'],
  ],
])('Destroy::strange_disks of a container with %s', async (_, lines, given, expected) => {
  expect(await onGuest('Destroy::strange_disks', container(lines, given))).toEqual(expected);
});

test('Destroy::strange_disks of a machine are drives, and no CD', async () => {
  const lines = 'ide2: local:iso/x.iso,media=cdrom\nide3: none,media=cdrom\nvirtio1: local-zfs:vm-100-disk-1\n';
  const asked = aboutMachine('guest-config', 'config', '--key', 'scsi0', 'live', 'x');
  expect(await onGuest('Destroy::strange_disks', machine(lines, { steps: [asked] }), 100)).toEqual(['virtio1']);
});

test.each([
  ['local-zfs:subvol-950-disk-0', '950'],
  ['local-zfs:basevol-901-disk-0/subvol-930-disk-0', '930'],
  ['rpool/data/vm-100-cloudinit', '100'],
  ['base-901-disk-0', '901'],
  ['local:950/vm-950-disk-0.raw', '950'],
  ['tank/models', '0'],
  ['tank/subvol-950-disk-0/deeper', '0'],
  ['tank/my-vm-950-disk-0', '0'],
])('Destroy::owner_of %s is %s', async (name, vmid) => {
  expect(await call('Destroy::owner_of', name)).toBe(vmid);
});

test('Destroy::notes tell of a lock, of snapshots that go, and of folders that stay', async () => {
  const lines = 'lock: mounted\nmp0: /srv/a,mp=/a\nmp1: local-zfs:subvol-950-disk-1,mp=/b\nmp2: volume=/srv/b,mp=/c\n';
  expect(await onGuest('Destroy::notes', container(`${lines}[one]\nmemory: 1\n[two]\n`))).toEqual([
    'locked (mounted)',
    'its snapshots (one two) go with it',
    '/srv/a stays',
    '/srv/b stays',
  ]);
  expect(await onGuest('Destroy::notes', container(''))).toEqual([]);
});

test('Destroy::guids are those of all disks that carry the number', async () => {
  const datasets = { [dataset]: { guid: '7' }, 'tank/vm-950-x': { guid: '8' }, 'tank/vm-951-x': { guid: '9' } };
  expect(await call('Destroy::guids', host({ datasets }), 950)).toBe('7,8');
  expect(await call('Destroy::guids', host(), 950)).toBe('');
});

test('Destroy::waiting_volumes are made already, and no key names them yet', async () => {
  const lines = 'mp0: local-zfs:a,mp=/a\n[pve:pending]\nmp0: local-zfs:b,mp=/a\nmp1: local-zfs:c,mp=/c\n';
  expect(await list('Destroy::waiting_volumes', { vmid: 950, type: 'lxc', conf: conf(lines) })).toEqual([
    'local-zfs:c',
  ]);
});
