import { expect, test } from 'vitest';
import { conf, type HostFacts, host, type LookFacts, look } from './given.js';
import { aboutContainer, container, type Given, marker } from './ours.js';
import { call, evaluate, list } from './perl.js';

type Words = readonly (string | number)[];
const step = (...words: Words) => aboutContainer('guest-config', 'config', ...words);

/** Code about a guest of ours, with $step, $look, $owner and $state as the comparison has them. */
const within = (facts: LookFacts, code: string, ...rest: readonly unknown[]) =>
  evaluate(
    `my $look = shift; my $step = $look->{steps}[0]; my ($type, $vmid) = @{ $step->{has}{guest} }; my $owner = Ownership::of($look, $vmid, $type); my $state = CompareConfig::state_of($step, $look, $owner); ${code}`,
    look(facts),
    ...rest,
  );

// ---- Raw lines

const raw = async (lines: string, words: Words, given: Given = {}) => {
  const [change, notes] = await within(
    container(lines, { steps: [step(...words)], ...given }),
    'my ($change) = CompareConfig::raw_differences($step, $look, $state); ($change, $state->{notes})',
  );
  return { change, notes } as { change: Record<string, string> | null; notes: string[] };
};
const a = ['--raw', 'lxc.a', '1'] as const;
const applied = (text: string) => ({ records: [['applied', 'guest/950/config', 7, '-', `raw=${text}`]] });

test.each<[string, string, Words, Given, object | null, readonly string[]]>([
  ['lines of ours', 'lxc.a: 1\n', [...a, '--own-raw'], {}, null, []],
  [
    'a line that is missing',
    '',
    [...a, '--own-raw'],
    {},
    { from: '', to: 'lxc.a: 1', value: 'lxc.a: 1', impact: 'restart' },
    [],
  ],
  [
    'a line of others, which stays',
    'lxc.b: 2\n',
    [...a, '--own-raw'],
    {},
    { value: 'lxc.b: 2\nlxc.a: 1' },
    ['foreign line `lxc.b: 2` stays'],
  ],
  [
    'a line that we wrote once',
    'lxc.old: 1\n',
    [],
    applied('lxc.old: 1'),
    { from: 'lxc.old: 1', to: 'removed', value: '' },
    [],
  ],
  ['a line that came with a clone', 'lxc.b: 2\n', ['--clean-clone'], {}, { from: 'lxc.b: 2' }, []],
  [
    'a line of others, with --repair',
    'lxc.b: 2\n',
    ['--marker', marker],
    { flags: { repair: 1 } },
    { from: 'lxc.b: 2', foreign: '1' },
    [],
  ],
  ['lines that are nobody’s business', 'lxc.b: 2\n', [], {}, null, []],
  [
    'lines in another order',
    'lxc.b: 2\nlxc.a: 1\n',
    ['--own-raw', ...a, '--raw', 'lxc.b', '2'],
    {},
    { value: 'lxc.a: 1\nlxc.b: 2' },
    [],
  ],
  [
    'environment in another place',
    'lxc.a: 1\nlxc.environment: X=1\n',
    ['--own-raw', '--raw', 'lxc.environment', 'X=1', ...a],
    {},
    null,
    [],
  ],
])('CompareConfig::raw_differences finds %s', async (_, lines, words, given, change, notes) => {
  const found = await raw(lines, words, given);
  if (change === null) expect(found.change).toBeNull();
  else expect(found.change).toMatchObject(change);
  expect(found.notes).toEqual(notes);
});

test('CompareConfig::in_order gives the environment an order of its own', async () => {
  expect(
    await call('CompareConfig::in_order', 'lxc.a: 1', 'lxc.environment: X=1', 'lxc.b: 2', 'lxc.environment.runtime: Y'),
  ).toBe('lxc.environment: X=1\nlxc.environment.runtime: Y\nlxc.a: 1\nlxc.b: 2');
});

// ---- From changes to a verdict

test('CompareConfig::change takes for its value what people are shown', async () => {
  expect(await call('CompareConfig::change', 'k', 'set', 'a', 'b', 'live')).toEqual({
    key: 'k',
    from: 'a',
    to: 'b',
    impact: 'live',
    how: 'set',
    value: 'b',
  });
  expect(await call('CompareConfig::change', 'k', 'set', 'a', 'b', 'live', 'c')).toMatchObject({ value: 'c' });
});

test.each([
  ['set', 'live', 1, {}, {}, { restart: false, changing: true }],
  ['set', 'restart', 1, {}, { held: '1' }, { restart: false, changing: false }],
  ['set', 'restart', 1, { 'ai/qwen': 1 }, {}, { restart: true, changing: true }],
  ['set', 'restart', 0, {}, {}, { restart: false, changing: true }],
  ['set', 'replace', 0, {}, { refused: '1' }, { restart: false, changing: false }],
  ['set', 'impossible', 0, {}, { refused: '1' }, { restart: false, changing: false }],
  ['none', 'live', 0, {}, { refused: '1' }, { restart: false, changing: false }],
])(
  'CompareConfig::weigh a change by %s that costs %s (running: %d, allowed: %j)',
  async (how, impact, running, allowed, becomes, told) => {
    const code = `my ($step, $look, $state, $change) = @_; CompareConfig::weigh($step, $look, $state, $change); ($change, $look->{restart}{950}{k} ? 1 : 0, $look->{changing}{950}{k} ? 1 : 0)`;
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

const change = (key: string, how = 'set', more: object = {}) => ({
  key,
  how,
  from: 'a',
  to: 'b',
  value: 'b',
  impact: 'live',
  ...more,
});
const verdict = (lines: string, changes: readonly object[], more: object = {}, given: Given = {}) =>
  within(
    container(lines, { steps: [step('--key', 'memory', 'live', '512')], ...given }),
    'my ($changes, $more) = @_; CompareConfig::verdict($step, $look, { %$state, %$more }, $changes)',
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
])('CompareConfig::verdict when %s', async (_, is, expected) => {
  expect(await is()).toMatchObject(expected);
});

test('CompareConfig::unseen names a storage whose volumes only Proxmox can list, and the run that began before', async () => {
  const storages: HostFacts['storages'] & object = { zfs: ['zfspool', {}], dir: ['dir', {}], lvm: ['lvmthin', {}] };
  const unseen = (storage: string, more = {}) =>
    list('CompareConfig::unseen', { host: host({ storages }), ...more }, `${storage}:8`);
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
    `no warnings 'redefine'; require Rebuild; local *Rebuild::way = sub { ${way} }; CompareConfig::refusal({}, {}, @_)`,
    of,
  );

test('CompareConfig::refusal names the option that has a guest made anew, or why none does', async () => {
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
])('CompareConfig::next_call: %s', async (_, changes, expected) => {
  expect(await list('CompareConfig::next_call', { host: host() }, ...changes)).toEqual(expected);
});

test('CompareConfig::words_of sets and deletes, and never the same key', async () => {
  expect(await list('CompareConfig::words_of', change('a'), change('b', 'delete'), change('c', 'delete'))).toEqual([
    '--a',
    'b',
    '--delete',
    'b,c',
  ]);
});

// ---- The journal

const asked = step(
  '--key',
  'memory',
  'live',
  '512',
  '--volume',
  'mp0',
  'restart',
  'fast',
  7,
  'x',
  '--raw',
  'lxc.a',
  '1',
  '--raw',
  'lxc.b',
  '2',
  '--absent',
  'tags',
  'live',
);
const values = { 'absent:tags': '1', memory: '512', mp0: 'fast:7', raw: 'lxc.a: 1\nlxc.b: 2' };

test('CompareConfig::values_of and CompareConfig::record are what was asked for', async () => {
  expect(await call('CompareConfig::values_of', asked)).toEqual(values);
  expect(await call('CompareConfig::record', asked, { guid: '7' })).toEqual([
    'applied',
    'guest/950/config',
    '7',
    '-',
    'absent:tags=1',
    'memory=512',
    'mp0=fast:7',
    'raw=lxc.a: 1\nlxc.b: 2',
  ]);
});

test('CompareConfig::remember writes down what is news, and nothing else', async () => {
  const owner = { guid: '7' };
  expect(await list('CompareConfig::remember', asked, { applied: { values }, owner })).toEqual([]);
  expect(
    await list('CompareConfig::remember', asked, { applied: { values: { ...values, tags: 'x' } }, owner }),
  ).toEqual(['remember', expect.arrayContaining(['applied', 'memory=512'])]);
  expect(await list('CompareConfig::remember', asked, { owner, conf: conf('') })).toEqual([
    'remember',
    expect.arrayContaining(['applied', 'memory=512']),
  ]);
});

test('CompareConfig::raw_waits for the next start only if the guest runs, and the lines need one', async () => {
  const waits = (running: number, how: string, impact: string) =>
    call('CompareConfig::raw_waits', { running }, { how: 'set', impact: 'restart' }, { how, impact });
  expect(await waits(1, 'raw', 'restart')).toBe('1');
  expect(await waits(1, 'raw', 'live')).toBe('0');
  expect(await waits(1, 'set', 'restart')).toBe('0');
  expect(await waits(0, 'raw', 'restart')).toBe('0');
});
