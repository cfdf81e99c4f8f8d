import { expect, test } from 'vitest';
import { memory, state, step, type Words, within } from './config.js';
import { about, journal } from './given.js';
import { aboutMachine, container, type Given, machine, marker } from './ours.js';
import { holds, list } from './perl.js';

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

test('CompareConfig::config of a machine goes by the same rules', async () => {
  const cores = aboutMachine('guest-config', 'config', '--key', 'cores', 'restart', '4');
  expect(await about('CompareConfig::config', machine('cores: 2\n', { steps: [cores] }))).toMatchObject({
    do: 'set',
    arguments: ['--cores', '4'],
    fields: { type: 'qemu' },
  });
});

test('CompareConfig::is_newborn of a guest that was cloned and never applied to, CompareConfig::asked_keys of a step', async () => {
  const clean = step('--clean-clone', '--marker', marker, ...memory, '--raw', 'lxc.a', 'b');
  expect(
    await Promise.all([
      holds('CompareConfig::is_newborn', clean, undefined, {}),
      holds('CompareConfig::is_newborn', clean, {}, {}),
      holds('CompareConfig::is_newborn', clean, undefined, { taken: 1 }),
      holds('CompareConfig::is_newborn', step(), undefined, {}),
    ]),
  ).toEqual([true, false, false, false]);
  expect(await list('CompareConfig::asked_keys', clean)).toEqual(['description', 'memory']);
});
