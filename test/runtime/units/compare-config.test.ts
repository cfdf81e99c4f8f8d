import { expect, test } from 'vitest';
import { about, conf, type HostFacts, host, journal, type LookFacts, look } from './given.js';
import { aboutContainer, aboutMachine, container, type Given, machine, marker } from './ours.js';
import { call, evaluate, holds, list } from './perl.js';
import { root } from './root.js';

type Words = readonly (string | number)[];
const step = (...words: Words) => aboutContainer('guest-config', 'config', ...words);
const memory = ['--key', 'memory', 'live', '512'] as const;

const config = (lines: string, words: Words, given: Given = {}) =>
  about('CompareConfig::config', container(lines, { steps: [step(...words)], ...given }));

test.each<[string, () => Promise<unknown>, object]>([
  [
    'as it should be',
    () => config('memory: 512\n', memory, { records: [['applied', 'guest/950/config', 7, '-', 'memory=512']] }),
    { verdict: 'satisfied', changes: [] },
  ],
  [
    'as it should be, and not written down',
    () => config('memory: 512\n', memory),
    { verdict: 'satisfied', remember: ['applied', 'guest/950/config', '7', '-', 'memory=512'] },
  ],
  [
    'otherwise',
    () => config('memory: 256\n', memory),
    {
      verdict: 'change',
      do: 'set',
      arguments: ['--memory', '512'],
      changes: [{ key: 'memory', from: '256', to: '512' }],
      fields: { vmid: '950', type: 'lxc', running: '0' },
    },
  ],
  [
    'otherwise, and what differs needs a restart',
    () => config('features: nesting=0\n', ['--key', 'features', 'restart', 'nesting=1'], { host: { running: [950] } }),
    { verdict: 'held', flag: '--allow-restart ai/qwen' },
  ],
  [
    'protected by somebody',
    () => config('protection: 1\nmemory: 256\n', memory),
    { verdict: 'refused', reason: expect.stringContaining('protection was switched on by somebody') },
  ],
  ['locked', () => config('lock: backup\nmemory: 256\n', memory, { mode: 'check' }), { do: 'wait' }],
  [
    'of a guest that is not there',
    () => about('CompareConfig::config', { steps: [step(...memory)] }),
    { verdict: 'waiting', changes: [{ key: 'memory', to: '512' }] },
  ],
  [
    'of somebody else’s guest',
    () => about('CompareConfig::config', { ...container(''), journal: journal(), steps: [step(...memory)] }),
    { verdict: 'unknown' },
  ],
  [
    'asked for twice',
    () => config('', [...memory, ...memory]),
    { verdict: 'refused', reason: 'the step asks twice for memory' },
  ],
])('CompareConfig::config that is %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test('CompareConfig::config of a plan tells what waits, what is in no use, and what is not in the config', async () => {
  const facts = { datasets: { 'rpool/data/subvol-950-disk-7': {} } };
  const verdict = await config(
    'memory: 512\ntags: a\nunused0: s:x\n[pve:pending]\nswap: 1\n',
    [...memory, '--marker', marker],
    { host: facts },
  );
  expect(verdict).toMatchObject({
    pending: [{ key: 'swap', from: 'absent', to: '1', ours: '0' }],
    notes: [
      'foreign key tags (a) stays',
      'foreign key swap waits for a restart (absent → 1); it stays',
      'dataset rpool/data/subvol-950-disk-7 carries the number of guest 950 and is not in its config; it stays',
      'unused0 (s:x) is in no use and stays; pct set 950 --delete unused0 destroys it',
    ],
  });
});

/** Code about a guest of ours, with $step, $look, $owner and $state as the comparison has them. */
const within = (facts: LookFacts, code: string, ...rest: readonly unknown[]) =>
  evaluate(
    `my $look = shift; my $step = $look->{steps}[0]; my ($type, $vmid) = @{ $step->{has}{guest} }; my $owner = Ownership::of($look, $vmid, $type); my $state = CompareConfig::state_of($step, $look, $owner); ${code}`,
    look(facts),
    ...rest,
  );

test.each<[string, string, Words, Given['records'] & object, boolean]>([
  ['nobody', '', memory, [], false],
  ['somebody', 'protection: 1\n', memory, [], true],
  ['the program', 'protection: 1\n', ['--key', 'protection', 'live', '1'], [], false],
  [
    'us, when it was asked for',
    'protection: 1\n',
    memory,
    [['applied', 'guest/950/config', 7, '-', 'protection=1']],
    false,
  ],
  ['its template', 'protection: 1\n', [...memory, '--clean-clone'], [], false],
])(
  'CompareConfig::protected_by_others of a guest that is protected by %s: %s',
  async (_, lines, words, records, expected) => {
    expect(
      await within(
        container(lines, { steps: [step(...words)], records }),
        'CompareConfig::protected_by_others($step, $look, $state) ? 1 : 0',
      ),
    ).toEqual([expected ? '1' : '0']);
  },
);

test('CompareConfig::pending tells our waiting values from those of others, CompareConfig::waiting_for_others names the latter', async () => {
  const facts = container('lock: backup\n[pve:pending]\nmemory: 1\ntags: x\n', { steps: [step(...memory)] });
  expect(await within(facts, 'CompareConfig::pending($look, $state)')).toMatchObject([
    { key: 'memory', ours: '1' },
    { key: 'tags', ours: '0' },
  ]);
  expect(
    await within(
      facts,
      '$state->{pending} = [ CompareConfig::pending($look, $state) ]; CompareConfig::waiting_for_others($state)',
    ),
  ).toEqual(['locked (backup)', 'foreign key tags waits for a restart (absent → x); it stays']);
});

test('CompareConfig::apart tells of limits that are not those of the config', async () => {
  const facts = container('memory: 512\n', {
    steps: [step(...memory)],
    host: { running: [950], root: root({ '/sys/fs/cgroup/lxc/950/memory.max': '1\n' }) },
  });
  expect(await within(facts, 'CompareConfig::apart($step, $look, $state)')).toEqual([
    'memory in force is 1, by the config it should be 536870912: restart the guest (--allow-restart ai/qwen)',
  ]);
});

test('CompareConfig::out_of_use, CompareConfig::removal_of and CompareConfig::strays tell of disks, and how they would go', async () => {
  expect(await call('CompareConfig::removal_of', 'qemu', 100, 'unused1')).toBe(
    'qm set 100 --delete unused1 destroys it',
  );
  expect(
    await list('CompareConfig::out_of_use', { type: 'lxc', vmid: 950, conf: conf('unused1: s:b\nunused0: s:a\n') }),
  ).toMatchObject([/^unused0 \(s:a\)/, /^unused1/].map((text) => expect.stringMatching(text)));
  const folder = root({ '/var/lib/vz/images/950/vm-950-disk-1.raw': '' });
  const given = {
    vmid: '950',
    conf: conf('mp0: local:950/vm-950-disk-0.raw\n'),
    host: host({ root: folder, datasets: { 'rpool/data/subvol-950-disk-0': {} } }),
  };
  expect(await list('CompareConfig::strays', given)).toEqual([
    'dataset rpool/data/subvol-950-disk-0 carries the number of guest 950 and is not in its config; it stays',
    '/var/lib/vz/images/950/vm-950-disk-1.raw carries the number of guest 950 and is not in its config; it stays',
  ]);
});

test('CompareConfig::state_of is what the comparison needs to know', async () => {
  const words = [...memory, '--import', 'scsi0', 'local:import/x', '--added', 'mp0', 'live'];
  const facts = container('memory: 1\n', {
    steps: [step(...words)],
    records: [
      ['applied', 'guest/950/config', 7, '-', 'memory=1'],
      ['intent', 'guest/950/config', 'r', 3, '-'],
    ],
  });
  expect(await within(facts, '+{ %$state, host => 0, owner => 0 }')).toMatchObject([
    {
      type: 'lxc',
      vmid: '950',
      running: '0',
      conf: { keys: { memory: '1' } },
      applied: { values: { memory: '1' } },
      intent: { seconds: '3' },
      filled: { scsi0: ['import', 'scsi0', 'local:import/x'] },
      added: { mp0: 'live' },
    },
  ]);
});

test('CompareConfig::wishes are the changes of a guest that is not there', async () => {
  const wishes = step(
    ...memory,
    '--volume',
    'mp0',
    'restart',
    'fast',
    1024 ** 3,
    '',
    '--raw',
    'lxc.a',
    'b',
    '--absent',
    'tags',
    'live',
  );
  expect(await list('CompareConfig::wishes', wishes)).toMatchObject([
    { key: 'memory', to: '512' },
    { key: 'mp0', to: 'fast, 1G' },
    { key: 'lxc.a', to: 'b' },
  ]);
});

// ---- Each kind of requirement

interface State {
  readonly type?: 'lxc' | 'qemu';
  readonly more?: object;
  readonly facts?: HostFacts;
}
const state = (text: string, { type = 'lxc', more = {}, facts = {} }: State = {}) => ({
  type,
  vmid: '950',
  conf: conf(text, type),
  host: host(facts),
  notes: [],
  filled: {},
  added: {},
  ...more,
});

test('CompareConfig::differences asks of each requirement, and costs of a key that is added what adding costs', async () => {
  const words = [
    ...memory,
    '--key',
    'dev0',
    'restart',
    '/dev/x',
    '--added',
    'dev0',
    'live',
    '--absent',
    'tags',
    'live',
    '--generated',
    'vmgenid',
    'live',
    '--marker',
    marker,
  ];
  expect(await list('CompareConfig::differences', step(...words), state('memory: 1\ntags: x\n'))).toMatchObject([
    { key: 'memory', how: 'set' },
    { key: 'dev0', how: 'set', impact: 'live' },
    { key: 'tags', how: 'delete' },
    { key: 'vmgenid', how: 'none' },
    { key: 'description', how: 'set' },
  ]);
});

test.each<[string, string, Words, State, object[]]>([
  ['the value', 'memory: 512\n', ['memory', 'live', '512'], {}, []],
  ['the value that is not written', '', ['onboot', 'live', '0'], {}, []],
  ['the value that a container has', '', ['memory', 'live', '512'], {}, []],
  [
    'another value',
    'memory: 256\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'set', from: '256', to: '512', value: '512' }],
  ],
  [
    'the value, and another that waits',
    'memory: 512\n[pve:pending]\nmemory: 1\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'revert', from: '1' }],
  ],
  [
    'the value, to be deleted',
    'memory: 512\n[pve:pending]\ndelete: memory\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'revert', from: 'to be deleted' }],
  ],
  [
    'the value that waits for the restart it needs',
    'features: nesting=0\n[pve:pending]\nfeatures: nesting=1\n',
    ['features', 'restart', 'nesting=1'],
    { more: { running: 1 } },
    [],
  ],
  [
    'the value that waits, because the call that set it was killed',
    'memory: 1\n[pve:pending]\nmemory: 512\n',
    ['memory', 'live', '512'],
    {},
    [{ how: 'set', from: '1', to: '512' }],
  ],
  ['a key that cannot be set', 'template: 1\n', ['template', 'live', '0'], {}, [{ impact: 'impossible' }]],
  [
    'a key that can be added at once',
    '',
    ['dev0', 'restart', '/dev/x'],
    { more: { added: { dev0: 'live' } } },
    [{ impact: 'live' }],
  ],
  [
    'a card whose address Proxmox made up',
    'net0: name=eth0,hwaddr=AA,type=veth\n',
    ['net0', 'live', 'name=eth0,bridge=b'],
    {},
    [{ value: 'name=eth0,bridge=b,hwaddr=AA' }],
  ],
])('CompareConfig::exact where there is %s', async (_, text, words, given, expected) => {
  expect(await list('CompareConfig::exact', state(text, given), ...words)).toMatchObject(expected);
});

test('CompareConfig::value_in_force and CompareConfig::means_nothing know what a key is without being written', async () => {
  const value = (type: string, key: string, text = '') => call('CompareConfig::value_in_force', type, conf(text), key);
  expect(
    await Promise.all([
      value('lxc', 'memory'),
      value('qemu', 'cores'),
      value('lxc', 'onboot'),
      value('lxc', 'tags'),
      value('lxc', 'memory', 'memory: 1\n'),
    ]),
  ).toEqual(['512', '1', '0', undefined, '1']);
  expect(
    await Promise.all([
      holds('CompareConfig::means_nothing', 'onboot', 'no'),
      holds('CompareConfig::means_nothing', 'onboot', '1'),
      holds('CompareConfig::means_nothing', 'tags', '0'),
    ]),
  ).toEqual([true, false, false]);
});

test.each([
  ['tags: x\n', [{ how: 'delete', from: 'x', to: 'absent', impact: 'live' }]],
  ['tags: x\n[pve:pending]\ndelete: tags\n', [{ how: 'delete', from: 'x' }]],
  ['[pve:pending]\ntags: x\n', [{ how: 'revert' }]],
  ['', []],
])('CompareConfig::absent where there is %j', async (text, expected) => {
  expect(await list('CompareConfig::absent', state(text), 'tags', 'live')).toMatchObject(expected);
  expect(await list('CompareConfig::absent', state('onboot: 0\n'), 'onboot', 'live')).toEqual([]);
  const waiting = state('dev0: /dev/x\n[pve:pending]\ndelete: dev0\n', { more: { running: 1 } });
  expect(await list('CompareConfig::absent', waiting, 'dev0', 'restart')).toEqual([]);
});

test('CompareConfig::generated only asks that Proxmox made one', async () => {
  expect(await list('CompareConfig::generated', state('vmgenid: x\n'), 'vmgenid', 'live')).toEqual([]);
  expect(await list('CompareConfig::generated', state(''), 'vmgenid', 'live')).toMatchObject([
    { how: 'none', impact: 'impossible' },
  ]);
});

test('CompareConfig::marker compares our line, and keeps what people wrote', async () => {
  expect(await list('CompareConfig::marker', state(`#note\n#${marker}\n`), marker)).toEqual([]);
  expect(await list('CompareConfig::marker', state('#note\n'), marker)).toMatchObject([
    { key: 'description', from: '', value: `${marker}\nnote` },
  ]);
});

test('CompareConfig::config of a machine goes by the same rules', async () => {
  const cores = aboutMachine('guest-config', 'config', '--key', 'cores', 'restart', '4');
  expect(await about('CompareConfig::config', machine('cores: 2\n', { steps: [cores] }))).toMatchObject({
    do: 'set',
    arguments: ['--cores', '4'],
    fields: { type: 'qemu' },
  });
});

test.each([
  ['was set just now', { acted: 1 }, 'live', true],
  ['needs a restart', { running: 1 }, 'restart', true],
  ['is in force at once', { running: 1 }, 'live', false],
  ['needs a restart, and its guest does not run', {}, 'restart', false],
  ['was applied', { applied: { values: { memory: '512' } } }, 'live', true],
  ['was applied with another value', { applied: { values: { memory: '256' } } }, 'live', false],
  ['waited before its guest was adopted', { adopted: 1, applied: { values: {} } }, 'live', true],
  ['waits since after its guest was adopted', { adopted: 1, applied: { values: { tags: 'x' } } }, 'live', false],
])('CompareConfig::may_wait of a value that %s', async (_, known, impact, expected) => {
  expect(await holds('CompareConfig::may_wait', known, 'memory', impact, '512')).toBe(expected);
});

test('CompareConfig::is_left_over of what waits because a call was killed, and only of what a step asks for', async () => {
  const isLeftOver = async (impact: string, records: Given['records'] = [], key = 'memory') => {
    const given = { host: { running: [950] }, records, steps: [step('--key', 'memory', impact, '512')] };
    const [is] = await evaluate(
      'my ($look, $key) = @_; CompareConfig::is_left_over($look, Ownership::of($look, 950, "lxc"), $key) ? 1 : 0',
      look(container('memory: 1\n[pve:pending]\nmemory: 512\n', given)),
      key,
    );
    return is === '1';
  };
  expect(await isLeftOver('live')).toBe(true);
  expect(await isLeftOver('restart')).toBe(false);
  expect(await isLeftOver('live', [['applied', 'guest/950/config', 7, '-', 'memory=512']])).toBe(false);
  expect(await isLeftOver('live', [], 'tags')).toBe(false);
});
