import { expect, test } from 'vitest';
import { about, conf, host, type LookFacts, look, step } from './given.js';
import { aboutContainer, aboutMachine, container, disk, type Given, machine, marker } from './ours.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

const GiB = 1024 ** 3;
const words = ['--marker', marker, '--hostname', 'qwen'] as const;
const clone = aboutContainer('guest-create', 'create', ...words, '--clone', 900, 'linked', 'new');
const archive = aboutContainer(
  'guest-create',
  'create',
  ...words,
  '--archive',
  'local:vztmpl/debian.tar',
  '--rootfs',
  'local-zfs',
  4 * GiB,
  '--unprivileged',
  1,
);
const config = aboutContainer('guest-config', 'config', '--key', 'unprivileged', 'replace', '1');
const made = (digest: string) => ['guest', 950, 'lxc', 7, disk, digest] as const;
const rebuild = { flags: { rebuild: { 'ai/qwen': 1 } } };
const replace = { flags: { 'allow-replace': { 'ai/qwen': 1 } } };

/** Code about guest 950 of ours with $look, $step, $owner and $guest; a template beside it. */
function within(lines: string, code: string, given: Given = {}, ...rest: readonly unknown[]) {
  const template = {
    900: `#phoenix-cdk app=phoenix path=ai/base vmid=900\nrootfs: local-zfs:basevol-900-disk-0\nunprivileged: 1\ntemplate: 1\n`,
  };
  const facts = container(lines, {
    steps: [clone, config],
    records: [made('old'), ['guest', 900, 'lxc', 9, 'local-zfs:basevol-900-disk-0', '-'], ['sealed', 900, 'new']],
    ...given,
    host: {
      ...given.host,
      guests: { ...template, ...given.host?.guests },
      datasets: { 'rpool/data/basevol-900-disk-0': { guid: '9' }, ...given.host?.datasets },
    },
  });
  return evaluate(
    `my $look = shift; require Rebuild; my $step = $look->{steps}[0]; my $owner = Ownership::find($look, 950, 'lxc'); my $guest = $owner->{guest}; ${code}`,
    look(facts),
    ...rest,
  );
}
const reason = { key: 'unprivileged', from: '0', to: '1', impact: 'replace' };

test.each([
  ['ai/qwen', true],
  ['guest/950/create', true],
  ['guest/950', true],
  ['950', true],
  ['ai', false],
  ['95', false],
])('Rebuild::is_named by %s: %s, and Rebuild::is_asked_for by the option', async (name, expected) => {
  expect(await holds('Rebuild::is_named', clone, name)).toBe(expected);
  expect(await holds('Rebuild::is_asked_for', look({ flags: { rebuild: { [name]: 1 } } }), clone, 'rebuild')).toBe(
    expected,
  );
  expect(
    await holds('Rebuild::is_asked_for', look({ flags: { rebuild: { [name]: 1 } } }), clone, 'allow-replace'),
  ).toBe(false);
});

test('Rebuild::due is what was asked for and is so, once in a run', async () => {
  const due = async (given: Given, lines = '', more = '') =>
    (await within(lines, `${more} map { $_->{key} } Rebuild::due($look, $step, $owner)`, given)) as string[];
  expect(await due(rebuild)).toEqual(['guest']);
  expect(await due({})).toEqual([]);
  expect(await due(replace, 'unprivileged: 0\n')).toEqual(['unprivileged']);
  expect(await due(rebuild, '', '$look->{anew}{950} = 1;')).toEqual([]);
});

test('Rebuild::stale names the template or the archive', async () => {
  expect(await within('', 'Rebuild::stale($step, $look)')).toMatchObject([
    { key: 'guest', from: 'of an older template', to: 'made anew as a clone of 900', impact: 'destroy' },
  ]);
  expect(
    await within('', 'Rebuild::stale($step, $look)', { steps: [archive], records: [made('local:vztmpl/old.tar')] }),
  ).toMatchObject([{ from: 'from local:vztmpl/old.tar', to: 'made anew from local:vztmpl/debian.tar' }]);
  expect(await within('', 'Rebuild::stale($step, $look)', { records: [made('new')] })).toEqual([]);
});

test('Rebuild::changed is what only another guest could have', async () => {
  const volume = aboutContainer('guest-config', 'config', '--volume', 'rootfs', 'restart', 'fast', 4 * GiB, '');
  const changed = (lines: string, given: Given = {}) =>
    within(lines, 'map { "$_->{key} $_->{to}" } Rebuild::changed($step, $look, $owner)', given);
  expect(await changed('unprivileged: 0\n')).toEqual(['unprivileged 1']);
  expect(await changed('', { steps: [clone, volume] })).toEqual(['rootfs on fast']);
  expect(await changed('', { steps: [clone, volume], flags: { 'allow-move': { ai: 1 } } })).toEqual([]);
  const sealer = aboutContainer('guest-template', 'template', '--digest', 'new');
  expect(
    await changed('template: 1\n', { steps: [clone, sealer], records: [made('-'), ['sealed', 950, 'old']] }),
  ).toEqual(['template made anew']);
  expect(
    await changed('template: 1\n', { steps: [clone, sealer], records: [made('-'), ['sealed', 950, 'new']] }),
  ).toEqual([]);
});

test('Rebuild::elsewhere is a root disk on another storage', async () => {
  const move = (key: string, storage: string) => ({
    stack: { restart: 'never' },
    path: 'ai/qwen',
    id: 'm',
    resource: 'guest/950',
    has: { move: [key, storage], guest: ['lxc', '950'] },
  });
  const elsewhere = (of: object) =>
    within('mp0: local-zfs:x,mp=/x\n', 'map { $_->{storage} } Rebuild::elsewhere($look, $guest, shift)', {}, of);
  expect(await elsewhere(move('rootfs', 'fast'))).toEqual(['fast']);
  expect(await elsewhere(move('rootfs', 'local-zfs'))).toEqual([]);
  expect(await elsewhere(move('mp0', 'fast'))).toEqual([]);
});

test.each([
  ['lxc', 'memory: 1\n', 'rootfs'],
  ['qemu', 'scsi0: s:a\nefidisk0: s:b\nide2: s:iso,media=cdrom\n', 'scsi0'],
  ['qemu', 'scsi0: s:a\nscsi1: s:b\n', undefined],
  ['qemu', 'cores: 1\n', undefined],
])('Rebuild::root_of a guest of type %s with %j is %s', async (type, lines, expected) => {
  expect(await call('Rebuild::root_of', { type, conf: conf(lines, type) })).toBe(expected);
});

test('Rebuild::judged takes a guest that is about to be made anew for one that is not there, in a plan', async () => {
  const judged = async (given: Given, lines = '') =>
    (await within(
      lines,
      'my $is = Rebuild::judged($look, 950, $owner); ($is->{is}, $is->{rebuilt} ? 1 : 0)',
      given,
    )) as string[];
  expect(await judged(rebuild)).toEqual(['absent', '1']);
  expect(await judged({ ...rebuild, mode: 'check' })).toEqual(['ours', '0']);
  expect(await judged({})).toEqual(['ours', '0']);
  expect(await judged(rebuild, 'mp0: local-zfs:x,mp=/x\n')).toEqual(['ours', '0']);
});

const compared = async (lines: string, given: Given = {}, reasons: readonly object[] = [reason]) =>
  (await within(lines, 'Rebuild::compare($step, $look, $owner, @_)', given, ...reasons))[0];

test.each<[string, () => Promise<unknown>, object]>([
  [
    'may go',
    () => compared(''),
    {
      verdict: 'create',
      do: 'destroy',
      arguments: ['950'],
      changes: [{ key: 'unprivileged' }, { key: 'disk', from: disk }],
      fields: { firewall: '/etc/pve/firewall/950.fw', type: 'lxc' },
    },
  ],
  ['runs', () => compared('', { host: { running: [950] } }), { do: 'stop' }],
  [
    'has folders mounted',
    () => compared('mp0: /srv,mp=/x\n'),
    { notes: ['/srv stays', expect.stringContaining('permissions')] },
  ],
  [
    'holds data',
    () => compared('mp0: local-zfs:x,mp=/x\n'),
    {
      verdict: 'refused',
      reason: expect.stringContaining('not made anew: guest 950 has volumes besides its root disk'),
    },
  ],
  ['is locked', () => compared('lock: backup\n', { mode: 'check' }), { do: 'wait' }],
  ['has no template any more', () => compared('', { records: [made('old')] }), { verdict: 'unknown' }],
])('Rebuild::compare of a guest that %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('Rebuild::way names the option, or what stands in its way', async () => {
  expect(await within('', 'Rebuild::way($look, $owner, shift)', {}, reason)).toEqual([
    { flag: '--allow-replace ai/qwen' },
  ]);
  expect(await within('[before]\n', 'Rebuild::way($look, $owner, shift)', {}, reason)).toEqual([
    { trouble: 'guest 950 has snapshots (before), which would go with it' },
  ]);
  expect(await within('', 'delete $look->{creator}{950}; Rebuild::way($look, $owner, shift)', {}, reason)).toEqual([
    { trouble: 'no step of the program makes it' },
  ]);
});

const trouble = async (lines: string, given: Given = {}, reasons: readonly object[] = []) =>
  (await within(lines, 'Rebuild::trouble($step, $look, $owner, @_)', given, ...reasons))[0];
const rules = { '/etc/pve/firewall/950.fw': '[RULES]\n' };

test.each<[string, () => Promise<unknown>, RegExp | null]>([
  ['an ordinary guest', () => trouble(''), null],
  ['an adopted guest', () => trouble('', { records: [made('adopted')] }), /was adopted: nobody knows how to make it/],
  ['a template', () => trouble('template: 1\n'), /is a template itself/],
  [
    'a template that is to be made anew',
    () => trouble('template: 1\n', {}, [{ key: 'template', impact: 'replace' }]),
    null,
  ],
  ['snapshots', () => trouble('[before]\n'), /has snapshots \(before\)/],
  [
    'rules of nobody',
    () => trouble('', { host: { root: root(rules) } }),
    /950\.fw would go with it, and no step of the program writes it/,
  ],
  [
    'rules of the program',
    () =>
      trouble('', {
        host: { root: root(rules) },
        steps: [clone, config, step('file', 'f', '--file', '/etc/pve/firewall/950.fw', 'x', 'y')],
      }),
    null,
  ],
  ['protection', () => trouble('protection: 1\n'), /is protected/],
  [
    'a stray disk',
    () => trouble('', { host: { datasets: { 'rpool/data/subvol-950-disk-9': { guid: '1' } } } }),
    /named as a disk of guest 950, which does not know it/,
  ],
])('Rebuild::trouble with %s', async (_, why, expected) => {
  if (expected) expect(await why()).toMatch(expected);
  else expect(await why()).toBeNull();
});

const machineClone = aboutMachine('guest-create', 'create', '--clone', 900, 'full', 'new');
const machineOwn = async (
  lines: string,
  steps: LookFacts['steps'] & object,
  code = 'Rebuild::own_volumes($step, $look, $look->{host}->guest(100))',
) => (await evaluate(`my $look = shift; my $step = $look->{steps}[0]; ${code}`, look(machine(lines, { steps }))))[0];

test('Rebuild::own_volumes are data: mount points, further disks, disks that nobody knows how to make', async () => {
  const own = async (lines: string, given: Given = {}) =>
    (await within(lines, 'Rebuild::own_volumes($step, $look, $guest)', given))[0];
  expect(await own('mp0: /srv,mp=/x\n')).toBeNull();
  expect(await own('mp0: local-zfs:x,mp=/x\n')).toMatch(/move their data to a folder of the host first$/);
  expect(await own('unused0: local-zfs:x\n')).toMatch(/pct set 950 --delete unused0 destroys it$/);
  expect(await own('rootfs: local-zfs:subvol-951-disk-0\n')).toMatch(/has disks of another's/);
  expect(await machineOwn('', [machineClone])).toBeNull();
  expect(await machineOwn('scsi1: local-zfs:vm-100-disk-1\n', [machineClone])).toMatch(
    /has volumes besides its root disk \(scsi0: .*, scsi1: /,
  );
  expect(await machineOwn('tpmstate0: local-zfs:vm-100-disk-1\n', [machineClone])).toMatch(/tpmstate0/);
  const empty = aboutMachine('guest-create', 'create', '--empty');
  expect(await machineOwn('', [empty])).toMatch(/^scsi0 of machine 100 was made from no image/);
  expect(
    await machineOwn('', [empty, aboutMachine('guest-config', 'config', '--import', 'scsi0', 'local:import/x.raw')]),
  ).toBeNull();
});

test('Rebuild::in_vain and Rebuild::again: what a clone has of its template, it would have again', async () => {
  const again = (more: object, of = clone, templateLines = 'unprivileged: 0\n') =>
    evaluate(
      'my ($look, $source, $reason) = @_; Rebuild::again($look->{steps}[0], $look, $source, $reason)',
      look({
        steps: [of],
        host: host({ datasets: { 'rpool/data/basevol-900-disk-0': { refquota: String(8 * GiB) } } }),
      }),
      { type: 'lxc', conf: conf(`rootfs: local-zfs:basevol-900-disk-0\n${templateLines}`) },
      { ...reason, ...more },
    ).then(([is]) => is);
  expect(await again({})).toBe('0');
  expect(await again({ to: '0' })).toBeNull();
  expect(await again({ key: 'rootfs', shrink: 4 * GiB })).toBe('8G');
  expect(await again({ key: 'rootfs', shrink: 16 * GiB })).toBeNull();
  expect(await again({ key: 'rootfs', storage: 'fast' })).toBe('local-zfs:basevol-900-disk-0');
  expect(await again({ key: 'rootfs', storage: 'local-zfs' })).toBeNull();
  expect(
    await again(
      { key: 'rootfs', storage: 'fast' },
      aboutContainer('guest-create', 'create', '--clone', 900, 'full', 'new'),
    ),
  ).toBeNull();
  expect(
    await within(
      '',
      'Rebuild::in_vain($step, $look, $guest, shift)',
      { host: { guests: { 900: 'unprivileged: 0\n' } } },
      reason,
    ),
  ).toEqual(['as a clone of 900 it would have unprivileged of its template again (0)']);
  expect(await within('', 'Rebuild::in_vain($step, $look, $guest, shift)', {}, { ...reason, key: 'template' })).toEqual(
    [null],
  );
});

test('Rebuild::missing_source: nothing goes before what it is to be made from is there', async () => {
  const missing = (of: object, more: readonly object[], files: Readonly<Record<string, string>>) =>
    about('Rebuild::missing_source', {
      steps: [of, ...more] as LookFacts['steps'] & object,
      host: host({ root: root(files) }),
    });
  const file = { '/var/lib/vz/template/cache/debian.tar': 'x' };
  expect(await missing(archive, [], file)).toBeUndefined();
  expect(await missing(archive, [], {})).toMatchObject({
    verdict: 'unknown',
    soft: '1',
    reason: 'there is no local:vztmpl/debian.tar to make it from',
  });
  const image = aboutContainer('guest-config', 'config', '--import', 'scsi0', 'local:import/x.raw');
  expect(await missing(aboutContainer('guest-create', 'create'), [image], {})).toMatchObject({
    reason: 'there is no local:import/x.raw to make it from',
  });
  expect(await missing(clone, [image], {})).toBeUndefined();
});

test.each([
  ['vztmpl', { disable: '1' }, 'storage local is disabled'],
  ['iso', {}, 'storage local takes iso, but no vztmpl: Proxmox would not see the file'],
])('Rebuild::missing_source is an archive on a storage of content %s with %j, too', async (content, more, reason) => {
  const facts: LookFacts = {
    steps: [archive],
    host: host({
      root: root({ '/var/lib/vz/template/cache/debian.tar': 'x' }),
      storages: { local: ['dir', { path: '/var/lib/vz', content, ...more }] },
    }),
  };
  expect(await about('Rebuild::missing_source', facts)).toMatchObject({
    verdict: 'refused',
    soft: '1',
    reason: `not made anew from local:vztmpl/debian.tar: ${reason}`,
  });
});

test('Rebuild::no_room: nothing goes while a storage that its config asks for disks on takes none', async () => {
  const volume = (storage: string) =>
    aboutContainer('guest-config', 'config', '--volume', 'rootfs', 'restart', storage, 4 * GiB, '');
  const no_room = (storage: string) => about('Rebuild::no_room', { steps: [clone, volume(storage)], host: host() });
  expect(await no_room('local-zfs')).toBeUndefined();
  expect(await no_room('local')).toMatchObject({
    verdict: 'refused',
    soft: '1',
    reason: 'not made anew: storage local takes no disks of this kind (content rootdir)',
  });
  expect(await about('Rebuild::no_room', { steps: [clone], host: host() })).toBeUndefined();
});

test('Rebuild::stays, Rebuild::goes and Rebuild::firewall_file', async () => {
  expect(await list('Rebuild::stays', conf('mp1: volume=/b,mp=/y\nmp0: /a,mp=/x\nmp2: s:c,mp=/z\n'))).toEqual([
    '/a stays',
    '/b stays',
  ]);
  expect(await call('Rebuild::goes', 950)).toBe(
    'permissions on guest 950 and its place in a pool go with it: nobody gives them to the new one',
  );
  expect(await call('Rebuild::firewall_file', 950)).toBe('/etc/pve/firewall/950.fw');
});

test('Rebuild::snapshots names those that Proxmox does not know', async () => {
  const snapshots = (...lines: readonly string[]) =>
    within('', 'scalar Rebuild::snapshots($look, $guest)', { host: { answers: { zfs: [0, ...lines] } } });
  expect(await snapshots()).toEqual([null]);
  expect(await snapshots('rpool/data/subvol-950-disk-0@daily\t0')).toEqual([
    'rpool/data/subvol-950-disk-0@daily: ZFS snapshots of guest 950, which would go with it; destroy them first, or send them elsewhere (zfs send)',
  ]);
});
