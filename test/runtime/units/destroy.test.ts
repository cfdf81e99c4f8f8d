import { expect, test } from 'vitest';
import { conf, type HostFacts, host, inStack, journal, type LookFacts, look, perl } from './given.js';
import { aboutContainer, container, disk, type Given, machine, marker } from './ours.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const chore = (type = 'lxc', vmid = 950, path = 'ai/qwen') =>
  perl(
    `+{ kind => 'guest-destroy', chore => 'destroy', id => 'guest/${vmid}/destroy', path => '${path}', has => { guest => ['${type}', ${vmid}] }, options => [], needs => [] }`,
  );
const create = aboutContainer('guest-create', 'create', '--marker', marker, '--removal', 'destroy');
const goes = { records: [['applied', 'guest/950/create', 7, '-', 'removal=destroy']] } as const;
const begun = (guids: string) => ['intent', 'destroy/950', 'r', 1, guids] as const;

const compare = (facts: LookFacts, step: object = chore()) => call('Destroy::compare', step, look(facts));
/** About container 950, which may go. */
const container950 = (lines: string, { records = [], ...given }: Given = {}) =>
  container(lines, { records: [...goes.records, ...records], ...given });

test.each<[string, () => Promise<unknown>, object]>([
  [
    'that may go and is stopped',
    () => compare(container950('')),
    {
      verdict: 'change',
      do: 'destroy',
      arguments: ['950'],
      changes: [
        { key: 'guest', from: 'stopped', to: 'removed', impact: 'destroy' },
        { key: 'disk', from: disk, to: 'removed', impact: 'destroy' },
      ],
    },
  ],
  ['that may go and runs', () => compare(container950('', { host: { running: [950] } })), { do: 'stop' }],
  [
    'that is retained',
    () => compare(container('')),
    {
      verdict: 'refused',
      reason: expect.stringContaining(`removalPolicy: 'destroy'`),
      changes: [{ key: 'guest' }, { key: 'disk' }],
    },
  ],
  [
    'of a protected stack',
    () =>
      compare(
        container950('', {
          steps: [
            inStack({ protect: 1 }, 'guest-create', 'guest/950/create', '--guest', 'lxc', 950, '--removal', 'destroy'),
          ],
        }),
      ),
    { verdict: 'refused', reason: 'guest 950 is in stack ai, which is protected' },
  ],
  [
    'that may go, and that others hold',
    () => compare(container950('protection: 1\n')),
    { verdict: 'refused', reason: expect.stringContaining('protected') },
  ],
  [
    'that is somebody else’s',
    () => compare({ ...container(''), journal: journal(...goes.records) }),
    { verdict: 'unknown' },
  ],
  [
    'that is locked',
    () => compare(container950('lock: backup\n', { mode: 'check' })),
    { do: 'wait', reason: 'guest 950 is locked (backup)' },
  ],
  [
    'that is locked, in a plan',
    () => compare(container950('lock: backup\n')),
    { do: 'destroy', notes: ['locked (backup)'] },
  ],
  [
    'that we destroyed by half',
    () => compare(container950('lock: destroyed\n', { records: [begun('7')] })),
    { do: 'resume', changes: [{ from: 'half destroyed', to: 'removed' }] },
  ],
  ['that is gone', () => compare({}), { verdict: 'satisfied' }],
])('Destroy::compare of a guest %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('Destroy::compare waits for a task that destroys the guest and is still at work', async () => {
  const folder = root({ '/proc/17/cmdline': 'task UPID:pve:00000011:00000001:00000001:vzdestroy:950:root@pam:' });
  const facts = container950('lock: destroyed\n', { records: [begun('7')], host: { root: folder } });
  expect(await compare(facts)).toMatchObject({
    do: 'wait',
    reason: 'the task that destroys guest 950 is still at work',
  });
});

test('Destroy::act tells bash whose guest it is, where its config lies, and how long to wait', async () => {
  const guest = { vmid: '950', type: 'lxc', path: '/x.conf' };
  expect(await call('Destroy::act', 'stop', guest, [{ key: 'guest' }], 'a note')).toMatchObject({
    verdict: 'change',
    do: 'stop',
    arguments: ['950'],
    notes: ['a note'],
    changes: [{ key: 'guest' }],
    fields: { type: 'lxc', path: '/x.conf', timeout: '120' },
  });
});

/** What a function gives in list context about the guest of a look. */
const onGuest = (name: string, facts: LookFacts, vmid = 950) =>
  evaluate(`my ($look, $vmid) = @_; my $guest = $look->{host}->guest($vmid); ${name}`, look(facts), vmid);

test('Destroy::losses are the guest and the disks that carry its number', async () => {
  const lines = 'mp0: local-zfs:subvol-951-disk-0,mp=/x\nmp1: local-zfs:subvol-950-disk-1,mp=/y\nmp2: /srv,mp=/z\n';
  const losses = (await onGuest('Destroy::losses($look, $guest)', container(lines, { host: { running: [950] } }))) as {
    key: string;
    from: string;
  }[];
  expect(losses.map(({ key, from }) => `${key} ${from}`)).toEqual([
    'guest running',
    `disk ${disk}`,
    'disk local-zfs:subvol-950-disk-1',
  ]);
});

test('Destroy::gone frees disks that are left of what we began to destroy, and no other', async () => {
  const left = (facts: HostFacts, ...records: (readonly (string | number)[])[]) =>
    call('Destroy::gone', chore(), look({ host: host({ root: root(), ...facts }), journal: journal(...records) }), 950);
  const disks = {
    datasets: { 'rpool/data/subvol-950-disk-0': { guid: '7' }, 'rpool/data/subvol-950-disk-1': { guid: '8' } },
  };
  expect(await left(disks, begun('7,9'))).toMatchObject({
    do: 'free',
    arguments: [disk],
    changes: [{ key: 'disks', from: 'rpool/data/subvol-950-disk-0', to: 'removed', impact: 'destroy' }],
  });
  expect(await left(disks, ['guest', 950, 'lxc', '7', disk, '-'])).toMatchObject({ do: 'forget', arguments: ['950'] });
  expect(await left(disks)).toMatchObject({ verdict: 'satisfied' });
});

test('Destroy::gone sweeps files that were made for the guest', async () => {
  const folder = root({ '/x': 'abc' });
  const facts = { host: host({ root: folder }), journal: journal(begun('7'), ['guest', 950, 'lxc', '7', disk, '-']) };
  const known = `Made::size_and_time($look->{host}, '/x')`;
  const code = `my ($step, $look) = @_; $look->{journal}->note('made', 'guest/950/user', 'file', ${known}, 'r', '/x'); Destroy::gone($step, $look, 950)`;
  expect(await evaluate(code, chore(), look(facts))).toMatchObject([
    { do: 'sweep', arguments: ['/x'], changes: [{ key: 'file', from: '/x', to: 'removed' }] },
  ]);
});

test('Destroy::files_of are files of this guest that nobody changed, once it was begun', async () => {
  const files = (code: string, ...records: (readonly (string | number)[])[]) =>
    evaluate(
      `my ($look) = @_; my $note = sub { my ($id, $path, $known) = @_; $look->{journal}->note('made', $id, 'file', $known // Made::size_and_time($look->{host}, $path), 'r', $path) }; ${code}; Destroy::files_of($look, 950)`,
      look({ host: host({ root: root({ '/a': 'a', '/b': 'b' }) }), journal: journal(...records) }),
    );
  const both = `$note->('guest/950/a', '/a'); $note->('guest/9500/b', '/b')`;
  expect(await files(both, begun('7'))).toEqual(['/a']);
  expect(await files(both)).toEqual([]);
  expect(await files(`$note->('guest/950/a', '/a', '9.9'); $note->('guest/950/c', '/c', '1.1')`, begun('7'))).toEqual(
    [],
  );
});

test('Destroy::is_disposable by the step that makes the guest, or by what was applied last', async () => {
  const goesByJournal = container('', goes);
  expect(await holds('Destroy::is_disposable', look(goesByJournal), 950)).toBe(true);
  expect(await holds('Destroy::is_disposable', look(container('')), 950)).toBe(false);
  expect(await holds('Destroy::is_disposable', look(container('', { steps: [create] })), 950)).toBe(true);
  const retains = container('', { ...goes, steps: [aboutContainer('guest-create', 'create')] });
  expect(await holds('Destroy::is_disposable', look(retains), 950)).toBe(false);
});

test.each([
  ['lxc', 'pct destroy 950'],
  ['qemu', 'qm destroy 950'],
])('Destroy::retained tells what to do with a guest of type %s', async (type, command) => {
  const said = await call('Destroy::retained', { path: 'ai/qwen' }, 950, type);
  expect(said).toContain('applier orphan ai/qwen');
  expect(said).toMatch(new RegExp(`${command}$`));
});

test('Destroy::is_protected by the stack of the step that makes the guest', async () => {
  const by = (protect: number) =>
    call(
      'Destroy::is_protected',
      look({ steps: [inStack({ protect }, 'guest-create', 'c', '--guest', 'lxc', 950)] }),
      950,
    );
  expect(await by(1)).toBe('guest 950 is in stack ai, which is protected');
  expect(await by(0)).toBeUndefined();
  expect(await call('Destroy::is_protected', look(), 950)).toBeUndefined();
});

const onOwner = (name: string, facts: LookFacts, vmid = 950, type = 'lxc') =>
  evaluate(
    `my ($look, $vmid, $type) = @_; scalar ${name}($look, Ownership::of($look, $vmid, $type))`,
    look(facts),
    vmid,
    type,
  ).then(([trouble]) => trouble ?? undefined);

const clone = {
  guests: { 951: 'memory: 1\n' },
  datasets: { 'rpool/data/subvol-951-disk-0': { origin: 'rpool/data/subvol-950-disk-0@base' } },
};

test.each<[string, LookFacts, string | undefined]>([
  ['nobody', container(''), undefined],
  ['its protection', container('protection: yes\n'), 'guest 950 is protected; switch its protection off first'],
  ['no protection', container('protection: 0\n'), undefined],
  ['HA', container('', { host: { ha: { 950: 'ignored' } } }), 'guest 950 is managed by HA; take it out of there first'],
  ['a linked clone', container('', { host: clone }), 'guests 951 are linked clones of 950; destroy them first'],
])('Destroy::kept_by_others: a guest is kept by %s', async (_, facts, expected) => {
  expect(await onOwner('Destroy::kept_by_others', facts)).toBe(expected);
});

test('Destroy::kept_by_others lets a guest go whose clones go in this plan, and not before they are gone', async () => {
  const plan = (mode: 'plan' | 'check') => {
    const facts = container('', { mode, host: clone });
    return evaluate(
      `my $look = shift; $look->{by_id}{'guest/951/destroy'} = {}; scalar Destroy::kept_by_others($look, Ownership::of($look, 950, 'lxc'))`,
      look(facts),
    );
  };
  expect(await plan('plan')).toEqual([null]);
  expect(await plan('check')).toEqual(['guests 951 are linked clones of 950; destroy them first']);
});

test('Destroy::kept_by_others: a guest is kept by a job that copies it', async () => {
  const folder = root({ '/etc/pve/replication.cfg': 'local: 950-0\n\ttarget pve2\n' });
  expect(await onOwner('Destroy::kept_by_others', container('', { host: { root: folder } }))).toBe(
    'guest 950 is replicated to another node; remove that job first (pvesr list)',
  );
});

test('Destroy::trouble is the first that keeps a guest: others, their disks, disks astray', async () => {
  const theirs = 'mp7: local-zfs:subvol-950-disk-7,mp=/x\n';
  const astray = { host: { datasets: { 'rpool/data/subvol-950-disk-9': { guid: '9' } } } };
  expect(await onOwner('Destroy::trouble', container(''))).toBeUndefined();
  expect(await onOwner('Destroy::trouble', container('', astray))).toContain('rpool/data/subvol-950-disk-9');
  expect(await onOwner('Destroy::trouble', container(theirs, astray))).toContain('disks that we did not give it');
  expect(await onOwner('Destroy::trouble', container(`protection: 1\n${theirs}`))).toContain('is protected');
});

test('Destroy::given_by_others names disks that no step asked for', async () => {
  const trouble = (lines: string) => onGuest('scalar Destroy::given_by_others($look, $guest)', container(lines));
  expect(await trouble('mp7: local-zfs:subvol-950-disk-7,mp=/x\n')).toEqual([
    'guest 950 has disks that we did not give it: mp7 (local-zfs:subvol-950-disk-7,mp=/x); move them away or remove them first',
  ]);
  expect(await trouble('')).toEqual([null]);
});

test('Destroy::strays are datasets and images with its number that its config does not name', async () => {
  const folder = root({ '/var/lib/vz/images/950/vm-950-disk-3.raw': '' });
  const facts = container('', {
    host: { root: folder, datasets: { 'rpool/data/subvol-950-disk-9': { guid: '9' } } },
  });
  expect(await onGuest('scalar Destroy::strays($look, $guest)', facts)).toEqual([
    'rpool/data/subvol-950-disk-9 /var/lib/vz/images/950/vm-950-disk-3.raw: named as a disk of guest 950, which does not know it; rename or destroy it first',
  ]);
  expect(await onGuest('scalar Destroy::strays($look, $guest)', container(''))).toEqual([null]);
});

test('Destroy::clones are the guests that have a clone of one of its disks, in order', async () => {
  const datasets = {
    'rpool/data/basevol-900-disk-0': {},
    'rpool/data/subvol-1000-disk-0': { origin: 'rpool/data/basevol-900-disk-0@__base__' },
    'rpool/data/subvol-950-disk-0': { origin: 'rpool/data/basevol-900-disk-0@__base__' },
    'rpool/data/subvol-951-disk-0': { origin: 'rpool/data/other@x' },
    'rpool/data/subvol-900-disk-1': { origin: 'rpool/data/basevol-900-disk-0@own' },
    'rpool/mine': { origin: 'rpool/data/basevol-900-disk-0@copy' },
  };
  expect(await list('Destroy::clones', host({ datasets }), 900)).toEqual(['950', '1000']);
  expect(await list('Destroy::clones', host({ datasets }), 950)).toEqual([]);
});

test.each<[string, string, readonly string[]]>([
  ['what the config asks for', 'mp0: local-zfs:subvol-950-disk-1,mp=/x\n', []],
  ['what was applied once', 'mp1: local-zfs:subvol-950-disk-2,mp=/x\n', []],
  ['what nobody asked for', 'mp2: local-zfs:subvol-950-disk-2,mp=/x\n', ['mp2']],
  ['what is in no use', 'unused0: local-zfs:subvol-950-disk-2\n', ['unused0']],
  ['what is asked for and another guest’s', 'mp0: local-zfs:subvol-951-disk-1,mp=/x\n', ['mp0']],
  ['a folder', 'mp2: /srv,mp=/x\n', []],
  ['what is no disk', 'net0: name=eth0\n', []],
])('Destroy::strange_disks: %s', async (_, lines, expected) => {
  const config = aboutContainer('guest-config', 'config', '--volume', 'mp0', 'restart', 'local-zfs', 1, 'mp=/x');
  const facts = container(lines, {
    steps: [config],
    records: [['applied', 'guest/950/old', 7, '-', 'mp1=local-zfs:1']],
  });
  expect(await onGuest('Destroy::strange_disks($look, $guest)', facts)).toEqual(expected);
});

test('Destroy::strange_disks of a machine are drives, and an empty one is nobody’s', async () => {
  const lines = 'scsi1: local-zfs:vm-100-disk-1\nide2: none,media=cdrom\nide3: local:iso/x.iso,media=cdrom\n';
  expect(await onGuest('Destroy::strange_disks($look, $guest)', machine(lines), 100)).toEqual(['scsi0', 'scsi1']);
});

test.each([
  ['local-zfs:subvol-950-disk-0', '950'],
  ['local-zfs:basevol-900-disk-0/subvol-950-disk-0', '950'],
  ['rpool/data/vm-100-cloudinit', '100'],
  ['local:100/base-100-disk-0.raw', '100'],
  ['tank/models', '0'],
  ['tank/vm-950-x/models', '0'],
])('Destroy::owner_of %s is %s', async (name, vmid) => {
  expect(await call('Destroy::owner_of', name)).toBe(vmid);
});

test('Destroy::notes tell of a lock, of snapshots that go, and of folders that stay', async () => {
  const guest = { conf: conf('lock: backup\nmp0: /srv,mp=/x\nmp1: volume=/tank,mp=/y\nmp2: s:v,mp=/z\n\n[a]\n[b]\n') };
  expect(await list('Destroy::notes', look(), guest)).toEqual([
    'locked (backup)',
    'its snapshots (a b) go with it',
    '/srv stays',
    '/tank stays',
  ]);
  expect(await list('Destroy::notes', look(), { conf: conf('memory: 1\n') })).toEqual([]);
});

test('Destroy::guids are those of all disks with its number', async () => {
  const datasets = { 'a/subvol-950-disk-0': { guid: '7' }, 'a/subvol-950-disk-1': { guid: '8' }, 'a/b': { guid: '9' } };
  expect(await call('Destroy::guids', host({ datasets }), 950)).toBe('7,8');
  expect(await call('Destroy::guids', host({ datasets }), 951)).toBe('');
});
