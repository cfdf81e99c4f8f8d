import { expect, test } from 'vitest';
import { change, step, within } from './config.js';
import { type HostFacts, host, look } from './given.js';
import { container, type Given } from './ours.js';
import { evaluate, list } from './perl.js';

test.each([
  ['set', 'live', 1, {}, {}, { restart: false, changing: true }],
  ['set', 'restart', 1, {}, { held: '1' }, { restart: false, changing: false }],
  ['set', 'restart', 1, { 'ai/qwen': 1 }, {}, { restart: true, changing: true }],
  ['set', 'restart', 0, {}, {}, { restart: false, changing: true }],
  ['set', 'replace', 0, {}, { refused: '1' }, { restart: false, changing: false }],
  ['set', 'impossible', 0, {}, { refused: '1' }, { restart: false, changing: false }],
  ['none', 'live', 0, {}, { refused: '1' }, { restart: false, changing: false }],
])(
  'ConfigVerdict::weigh a change by %s that costs %s (running: %d, allowed: %j)',
  async (how, impact, running, allowed, becomes, told) => {
    const code = `my ($step, $look, $state, $change) = @_; ConfigVerdict::weigh($step, $look, $state, $change); ($change, $look->{restart}{950}{k} ? 1 : 0, $look->{changing}{950}{k} ? 1 : 0)`;
    const [change, restart, changing] = await evaluate(
      code,
      step(),
      look({ flags: { 'allow-restart': allowed } }),
      { vmid: 950, running },
      { key: 'k', how, impact },
    );
    expect(change).toEqual({ key: 'k', how, impact, ...becomes });
    expect({ restart: restart === '1', changing: changing === '1' }).toEqual(told);
  },
);

const verdict = (lines: string, changes: readonly object[], more: object = {}, given: Given = {}) =>
  within(
    container(lines, { steps: [step('--key', 'memory', 'live', '512')], ...given }),
    'my ($changes, $more) = @_; ConfigVerdict::of($step, $look, { %$state, %$more }, $changes)',
    changes,
    more,
  ).then(([is]) => is);

test.each<[string, () => Promise<unknown>, object]>([
  ['nothing differs', () => verdict('', []), { verdict: 'satisfied' }],
  [
    'something is to be done',
    () => verdict('', [change('memory')]),
    { verdict: 'change', do: 'set', arguments: ['--memory', 'b'] },
  ],
  [
    'a call of ours is still at work',
    () => verdict('', [change('memory'), change('scsi0', 'wait')]),
    { verdict: 'change', do: 'wait', reason: 'the task that makes scsi0 of guest 950 is still at work' },
  ],
  [
    'all is held back',
    () =>
      verdict(
        '',
        ['dev0', 'mp0'].map((key) => change(key, 'set', { held: 1, impact: 'restart' })),
      ),
    { verdict: 'held', reason: 'needs a restart for dev0, mp0', flag: '--allow-restart ai/qwen' },
  ],
  [
    'some is held back',
    () => verdict('', [change('memory'), change('dev0', 'set', { held: 1, impact: 'restart' })]),
    { verdict: 'change', flag: '--allow-restart ai/qwen', arguments: ['--memory', 'b'] },
  ],
  [
    'something is refused',
    () => verdict('', [change('memory'), change('arch', 'none', { refused: 1, impact: 'impossible' })]),
    { verdict: 'refused', reason: 'arch is a and fixed; wanted: b' },
  ],
  ['it is protected', () => verdict('', [change('memory')], { veto: 'no' }), { verdict: 'refused', reason: 'no' }],
  ['it is protected, and nothing is to be done', () => verdict('', [], { veto: 'no' }), { verdict: 'satisfied' }],
  [
    'it has snapshots',
    () => verdict('[before]\n', [change('memory')]),
    { notes: ['has snapshots (before); they keep the old config'] },
  ],
  ['it is locked', () => verdict('lock: backup\n', [change('memory')], {}, { mode: 'check' }), { do: 'wait' }],
  ['something waits', () => verdict('', [], { pending: [{ key: 'x' }] }), { pending: [{ key: 'x' }] }],
])('ConfigVerdict::of when %s', async (_, is, expected) => {
  expect(await is()).toMatchObject(expected);
});

test('ConfigVerdict::unseen names a storage whose volumes only Proxmox can list, and the run that began before', async () => {
  const storages: HostFacts['storages'] & object = { zfs: ['zfspool', {}], dir: ['dir', {}], lvm: ['lvmthin', {}] };
  const unseen = (storage: string, more = {}) =>
    list('ConfigVerdict::unseen', { host: host({ storages }), ...more }, `${storage}:8`);
  expect(await Promise.all(['zfs', 'dir', 'lvm', 'none'].map((name) => unseen(name)))).toEqual([
    [],
    [],
    ['unseen', 'lvm'],
    [],
  ]);
  expect(await unseen('lvm', { intent: { run: 'r0' } })).toEqual(['unseen', 'lvm', 'begun', 'r0']);
});

const refusal = (way: string, of: object) =>
  evaluate(
    `no warnings 'redefine'; require Rebuild; local *Rebuild::way = sub { ${way} }; ConfigVerdict::refusal({}, {}, @_)`,
    of,
  );

test('ConfigVerdict::refusal names the option that has a guest made anew, or why none does', async () => {
  const replace = { key: 'mp0', from: 'a', to: 'b', impact: 'replace' };
  expect(await refusal('{}', { ...replace, impact: 'impossible' })).toEqual(['mp0 is a and fixed; wanted: b']);
  expect(await refusal(`{ flag => '--allow-replace x' }`, replace)).toEqual([
    'mp0 is a, and no change of the guest makes it b. Made anew it would be so; its root disk would go with it (--allow-replace x)',
    'flag',
    '--allow-replace x',
  ]);
  expect(await refusal(`{ trouble => 'it is protected' }`, { ...replace, shrink: 1 })).toEqual([
    'mp0 is a, and disks only grow; wanted: b. Nor is it made anew: it is protected. By hand: make a disk of that size, copy, and take this one out',
  ]);
});

test.each<[string, readonly object[], readonly string[]]>([
  [
    'what waits is taken back first',
    [change('memory'), change('a', 'revert'), change('b', 'revert')],
    ['revert', 'a,b'],
  ],
  [
    'keys that cannot fail from outside go together, deletions too',
    [change('net0'), change('memory'), change('tags', 'delete')],
    ['set', '--memory', 'b', '--delete', 'tags'],
  ],
  [
    'what a killed call left goes before a disk is made',
    [change('mp0', 'allocate'), change('mp1', 'free', { value: ['rpool/data/x'] })],
    ['free', 'local-zfs:x'],
  ],
  [
    'a disk is made before it is grown',
    [change('rootfs', 'resize'), change('mp0', 'allocate')],
    ['allocate', 'mp0', 'b'],
  ],
  [
    'a disk is grown before its options',
    [change('mp0', 'options'), change('rootfs', 'resize')],
    ['resize', 'rootfs', 'b'],
  ],
  [
    'each group of keys that can fail has a call of its own',
    [change('hookscript'), change('dev1'), change('net0'), change('dev0')],
    ['set', '--net0', 'b'],
  ],
  ['and the next one', [change('hookscript'), change('dev1'), change('dev0')], ['set', '--dev1', 'b', '--dev0', 'b']],
  ['raw lines come behind them', [change('raw lines', 'raw'), change('hookscript')], ['set', '--hookscript', 'b']],
  ['raw lines', [change('raw lines', 'raw', { value: 'lxc.a: b' })], ['raw', 'lxc.a: b']],
  [
    'protection is switched on last',
    [change('protection', 'set', { value: '1' }), change('raw lines', 'raw', { value: 'x' })],
    ['raw', 'x'],
  ],
  ['protection alone', [change('protection', 'set', { value: '1' })], ['set', '--protection', '1']],
  [
    'protection is switched off with the others',
    [change('protection', 'set', { value: '0' }), change('net0')],
    ['set', '--protection', '0'],
  ],
])('ConfigVerdict::next_call: %s', async (_, changes, expected) => {
  expect(await list('ConfigVerdict::next_call', { host: host() }, ...changes)).toEqual(expected);
});

test('ConfigVerdict::words_of sets and deletes, and never the same key', async () => {
  expect(await list('ConfigVerdict::words_of', change('a'), change('b', 'delete'), change('c', 'delete'))).toEqual([
    '--a',
    'b',
    '--delete',
    'b,c',
  ]);
});
