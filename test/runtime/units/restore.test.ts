import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { about, conf, type HostFacts, host, journal, type LookFacts, look, step } from './given.js';
import { call, evaluate, list } from './perl.js';
import { root } from './root.js';

const base = '/var/lib/phoenix/phoenix/before';
const config = '/etc/pve/nodes/pve/lxc/950.conf';
const marker = 'phoenix-cdk app=phoenix path=ai/qwen vmid=950';
const create = step('guest-create', 'guest/950/create', '--guest', 'lxc', 950, '--path', 'ai/qwen');

test('Restore::steps puts back what was kept before a run, under the paths of the program', async () => {
  const folder = root({ [`${base}/r1/etc/a`]: '', [`${base}/r1${config}`]: '', [`${base}/r0/etc/b`]: '' });
  const steps = await list('Restore::steps', look({ steps: [create], host: host({ root: folder }) }), 'r1');
  expect(steps).toMatchObject([
    {
      kind: 'restore',
      id: 'file/etc/a/restore',
      path: '/etc/a',
      title: 'files',
      has: { file: ['/etc/a', `${base}/r1/etc/a`] },
    },
    { id: `file${config}/restore`, path: 'ai/qwen', has: { config: ['lxc', '950'] } },
  ]);
  await expect(list('Restore::steps', look({ host: host({ root: folder }) }), 'r2')).rejects.toThrow(
    'no files were kept before run r2; there are r0 r1',
  );
  await expect(list('Restore::steps', look({ host: host({ root: root() }) }), 'r2')).rejects.toThrow(
    'no files were kept before run r2',
  );
});

test('Restore::files walks through folders', async () => {
  const given = host({ root: root({ '/k/a/b/c': '', '/k/d': '' }) });
  expect(((await list('Restore::files', given, '/k', '')) as string[]).toSorted()).toEqual(['/a/b/c', '/d']);
  expect(await list('Restore::files', given, '/none', '')).toEqual([]);
});

const restoring = (path: string, source: string, guest = '') => ({
  $code: `{ id => 'x', kind => 'restore', has => { file => ['${path}', '${source}'] ${guest === '' ? '' : `, config => ['lxc', '${guest}']`} }, options => [] }`,
});

test.each([
  ['the same file', { '/a': 'x\n', '/k': 'x\n' }, { verdict: 'satisfied' }],
  [
    'another file',
    { '/a': 'x\ny\n', '/k': 'x\nz\nw\n' },
    { verdict: 'change', do: 'put', changes: [{ key: '/a', from: '1 lines go', to: '2 lines come back' }] },
  ],
  ['a file that is gone', { '/k': 'x\n' }, { verdict: 'change', changes: [{ from: 'absent', to: 'put back' }] }],
])('Restore::compare of %s', async (_, files, expected) => {
  expect(
    await about('Restore::compare', { steps: [restoring('/a', '/k')], host: host({ root: root(files) }) }),
  ).toMatchObject(expected);
});

test('Restore::link_back has a link for a file, and leaves one that is there; what others write is put back by hand', async () => {
  const folder = root({ '/a': 'x' });
  const at = (has: string) => ({ $code: `{ has => { ${has} } }` });
  const back = (has: string, to: string) => call('Restore::link_back', host({ root: folder }), at(has), to);
  expect(await back(`file => ['/a']`, 'b')).toMatchObject({ changes: [{ from: 'a plain file', to: 'a link to b' }] });
  expect(await back(`file => ['/none']`, 'b')).toMatchObject({ changes: [{ from: 'absent' }] });
  expect(await back(`file => ['/a'], left => ['x']`, 'b')).toMatchObject({ verdict: 'refused' });
  symlinkSync('b', join(folder, 'l'));
  expect(await back(`file => ['/l']`, 'b')).toMatchObject({ verdict: 'satisfied' });
});

test('Restore::compare says that the network is not brought into force, and what was kept may not be gone', async () => {
  const path = '/etc/network/interfaces';
  const given = { steps: [restoring(path, '/k')], host: host({ root: root({ '/k': 'x' }) }) };
  expect(await about('Restore::compare', given)).toMatchObject({ notes: [expect.stringContaining('ifreload -a')] });
  await expect(about('Restore::compare', { ...given, host: host({ root: root() }) })).rejects.toThrow(
    'Unknown: /k is gone',
  );
});

test('Restore::lines counts lines that differ', async () => {
  expect(await list('Restore::lines', '/a', 'a\nb\n', 'b\nc\nd\n')).toMatchObject([
    { from: '1 lines go', to: '2 lines come back' },
  ]);
});

test.each<[string, string | undefined, string, object]>([
  ['the link as it is', '-> /srv/a', '', { verdict: 'satisfied' }],
  [
    'another link',
    '-> /srv/b',
    '',
    {
      verdict: 'change',
      do: 'put',
      changes: [{ key: '/a', from: 'a link to /srv/b', to: 'a link to /srv/a' }],
      fields: { path: '/a' },
    },
  ],
  ['a plain file', 'x', '', { verdict: 'change', changes: [{ from: 'a plain file', to: 'a link to /srv/a' }] }],
  ['nothing', undefined, '', { verdict: 'change', changes: [{ from: 'absent' }] }],
  [
    'a file that others write, too',
    'x',
    'left => []',
    {
      verdict: 'refused',
      reason: 'it was a link to /srv/a, and others write it, too: put it back by hand',
    },
  ],
  ['such a link as it is', '-> /srv/a', 'left => []', { verdict: 'satisfied' }],
])('Restore::link_back where now is %s', async (_, now, more, expected) => {
  const given = host({ root: root(now === undefined ? {} : { '/a': now }) });
  const asked = { $code: `{ has => { file => ['/a', '/k'], ${more} } }` };
  expect(await call('Restore::link_back', given, asked, '/srv/a')).toMatchObject(expected);
});

test('Restore::compare puts a link back as a link, and says when a file takes the place of one', async () => {
  const compared = (files: Readonly<Record<string, string>>) =>
    about('Restore::compare', { steps: [restoring('/a', '/k')], host: host({ root: root(files) }) });
  expect(await compared({ '/a': 'x', '/k': '-> /srv/a' })).toMatchObject({ changes: [{ to: 'a link to /srv/a' }] });
  expect(await compared({ '/a': '-> /b', '/b': 'x\n', '/k': 'y\n' })).toMatchObject({
    verdict: 'change',
    notes: [expect.stringContaining('/a is a link to /b; a plain file takes its place')],
  });
});

test('Restore::compare asks of a file that others write whether they have since', async () => {
  const path = '/etc/pve/storage.cfg';
  const shared = {
    $code: `{ id => 'x', kind => 'restore', has => { file => ['${path}', '/k'], left => ['others'] }, options => [] }`,
  };
  const given = host({ root: root({ [path]: 'x\n', '/k': 'y\n' }) });
  expect(await about('Restore::compare', { steps: [shared], host: given })).toMatchObject({
    verdict: 'refused',
    reason: 'others wrote it while that run did; take over by hand what you want of /k',
  });
});

const disk = 'rootfs: local-zfs:subvol-950-disk-0,size=4G\n';
const ours = (more: string) => `#${marker}\n${disk}${more}`;
const known = journal(['guest', 950, 'lxc', '7', 'local-zfs:subvol-950-disk-0', '-']);
const datasets = { 'rpool/data/subvol-950-disk-0': { guid: '7' } };

/** The verdict about the config of guest 950 that is now so and was kept so. */
const configured = (now: string | undefined, kept: string, facts: HostFacts = {}, more: LookFacts = {}) => {
  const guests = now === undefined ? {} : { 950: now };
  const given = host({ root: root({ '/k': kept }), guests, datasets, ...facts });
  return about('Restore::compare', { steps: [restoring(config, '/k', '950')], host: given, journal: known, ...more });
};

test.each<[string, () => Promise<unknown>, object]>([
  [
    'a guest that is gone',
    () => configured(undefined, disk),
    { verdict: 'refused', reason: 'guest 950 does not exist any more; a config makes no disks' },
  ],
  ['somebody else’s guest', () => configured(disk, disk), { verdict: 'unknown' }],
  ['the config as it is', () => configured(ours('memory: 1\n'), ours('memory: 1\n')), { verdict: 'satisfied' }],
  [
    'another config',
    () => configured(ours('memory: 2\n'), ours('memory: 1\n')),
    {
      verdict: 'change',
      do: 'config',
      changes: [{ key: 'memory', from: '2', to: '1' }],
      fields: { vmid: '950', type: 'lxc', running: '0', path: config },
    },
  ],
  [
    'a running guest',
    () => configured(ours('memory: 2\n'), ours('memory: 1\n'), { running: [950] }),
    { notes: ['it runs: comes into force with its next restart'] },
  ],
  [
    'a disk that is gone',
    () => configured(ours(''), ours('mp0: local-zfs:subvol-950-disk-1,mp=/x\n')),
    { verdict: 'refused', reason: 'its disks local-zfs:subvol-950-disk-1 are gone' },
  ],
  [
    'a locked guest',
    () => configured(ours('memory: 2\nlock: backup\n'), ours('memory: 1\n'), {}, { mode: 'check' }),
    { do: 'wait' },
  ],
])('Restore::config of %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test.each([
  ['template: 1\n', '', /made a template/],
  ['[a]\n', '[b]\n', /its snapshots are others/],
  ['', 'mp0: local-zfs:x,mp=/x\n', /its disks local-zfs:x are gone/],
  ['memory: 1\n', 'memory: 2\n', undefined],
  ['unused0: local-zfs:x\n', 'mp0: local-zfs:x,mp=/x\n', undefined],
])('Restore::trouble with %j, which was %j', async (now, kept, expected) => {
  const why = await call('Restore::trouble', host(), conf(now), conf(kept));
  if (expected) expect(why).toMatch(expected);
  else expect(why).toBeUndefined();
});

test('Restore::is_there is true of a volume whose dataset is there', async () => {
  expect(
    await evaluate(
      'my $h = shift; map { Restore::is_there($h, $_) ? 1 : 0 } @_',
      host({ datasets }),
      'local-zfs:subvol-950-disk-0',
      'local-zfs:x',
      'local:x',
    ),
  ).toEqual(['1', '0', '0']);
});

test('Restore::volumes are the disks of a config, used or not', async () => {
  const text =
    'rootfs: volume=s:a,size=1G\nmp0: /srv,mp=/x\nmp1: s:b,mp=/y\nunused3: s:c\nide2: s:iso/x.iso,media=cdrom\nscsi0: file=s:d\n';
  expect(await call('Restore::volumes', conf(text))).toEqual({
    rootfs: 's:a',
    mp1: 's:b',
    unused3: 's:c',
    scsi0: 's:d',
  });
});

test.each([
  ['our line stays', `#${marker}\nmemory: 2\n`, '#note\nmemory: 1\n', `#${marker}\n#note\nmemory: 1\n`],
  [
    'there is one line of ours',
    `#${marker}\n`,
    '#phoenix-cdk app=old path=x vmid=950\nmemory: 1\n',
    `#${marker}\nmemory: 1\n`,
  ],
  ['sizes stay', 'rootfs: s:a,size=8G\n', 'rootfs: s:a,size=4G\n', 'rootfs: s:a,size=8G\n'],
  [
    'a new disk is kept',
    'rootfs: s:a\nmp0: s:b,mp=/x\n',
    'rootfs: s:a\nunused4: s:c\n',
    'rootfs: s:a\nunused4: s:c\nunused5: s:b\n',
  ],
  ['locks are not put back', 'memory: 2\n', 'lock: backup\nmemory: 1\n', 'memory: 1\n'],
  [
    'what waits and snapshots come back',
    'memory: 2\n',
    'memory: 1\n\n[pve:pending]\nmemory: 3\n',
    'memory: 1\n\n[pve:pending]\nmemory: 3\n',
  ],
])('Restore::text: %s', async (_, now, kept, expected) => {
  expect(await call('Restore::text', conf(kept), conf(now))).toBe(expected);
});

test('whatever was kept, Restore::text loses no disk that is there now, and restored twice is restored once', async () => {
  const line = fc.constantFrom(
    'rootfs: s:a,size=4G',
    'mp0: s:b,mp=/x',
    'mp0: s:c,mp=/x,size=1G',
    'unused0: s:d',
    'memory: 1',
    'memory: 2',
    `#${marker}`,
    '#note',
    'lxc.a: b',
    'scsi0: s:e',
  );
  const text = fc.uniqueArray(line, { maxLength: 7, selector: (one) => one.split(':')[0] }).map((lines) =>
    lines
      .toSorted((one, other) => Number(other.startsWith('#phoenix')) - Number(one.startsWith('#phoenix')))
      .map((one) => `${one}\n`)
      .join(''),
  );
  await fc.assert(
    fc.asyncProperty(text, text, async (now, kept) => {
      const code = `my ($now, $kept) = map { GuestConf::parse($_) } @_; my $goal = GuestConf::parse(Restore::text($kept, $now));
        my @disks = map { my $conf = $_; +{ map { $_ => 1 } values %{ Restore::volumes($conf) } } } $now, $goal;
        ([ grep { !$disks[1]{$_} } keys %{ $disks[0] } ], $goal->{text}, Restore::text($kept, $goal))`;
      const [lost, once, twice] = await evaluate(code, now, kept);
      expect(lost).toEqual([]);
      expect(twice).toBe(once);
    }),
    { numRuns: 60 },
  );
});

test('Restore::differences names keys, raw lines, or that only the text differs', async () => {
  expect(await list('Restore::differences', conf('memory: 2\nlxc.a: b\n'), conf('memory: 1\ntags: x\n'))).toMatchObject(
    [
      { key: 'memory', from: '2', to: '1' },
      { key: 'tags', from: 'absent', to: 'x' },
      { key: 'raw lines', from: 'lxc.a: b', to: 'removed', impact: 'restart' },
    ],
  );
  expect(await list('Restore::differences', conf('#a\n'), conf('#b\n'))).toMatchObject([{ key: 'text' }]);
});

test('Restore::remains says what no file takes back', async () => {
  const log = ['file/a', 'guest/950/config', 'guest/950/run', 'h', 'gone'].map(
    (id) => `{"outcome":"done","run":"r1","step":"${id}"}`,
  );
  const steps = [
    step('file', 'file/a', '--file', '/a', 'a', 'x'),
    step('guest-config', 'guest/950/config', '--guest', 'lxc', 950, '--resource', 'guest/950'),
    step('guest-run', 'guest/950/run', '--guest', 'lxc', 950, '--path', 'ai/qwen', '--title', 'set-up script'),
    step('health', 'h'),
  ];
  const given = (files: Record<string, string>) => look({ steps, host: host({ root: root(files) }) });
  const restored = { $code: `{ has => { file => ['/a'] } }` };
  const guest = { $code: `{ has => { file => ['/x'], config => ['lxc', '950'] } }` };
  const files = {
    '/var/lib/phoenix/phoenix/runs/r1.jsonl': `${log.join('\n')}\n{"outcome":"failed","step":"file/b"}\n`,
  };
  expect(await list('Restore::remains', given(files), 'r1', restored, guest)).toEqual([
    'not undone: ai/qwen (set-up script), gone',
  ]);
  expect(await list('Restore::remains', given({}), 'r1')).toEqual([
    'there is no log of run r1: what else it did is not known',
  ]);
});

test.each([
  [['r1', 'r2'], 'did you mean `r2`?'],
  [[], 'name a run of this app that replaced files here'],
])('Restore::refuse_unknown_run where there are %j', async (runs, fix) => {
  const [problem] = await evaluate('eval { Restore::refuse_unknown_run(@_) }; Problem::of($@)', 'r9', ...runs);
  expect(problem).toMatchObject({ code: 'usage/unknown-run', value: 'r9', fix });
});
