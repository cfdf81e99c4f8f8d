import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256 } from '../bench.js';
import { about, host, inStack, journal, type LookFacts, look, secrets, step } from './given.js';
import { aboutContainer, aboutMachine, container, type Given, machine } from './ours.js';
import { call, evaluate, holds } from './perl.js';
import { root } from './root.js';

const wants = (state: string, ...words: readonly (string | number)[]) =>
  aboutContainer('guest-state', 'state', '--state', state, '--timeout', 60, ...words);
const config = aboutContainer('guest-config', 'config', '--key', 'memory', 'restart', '512');
const running = { running: [950] };
const state = (lines: string, given: Given = {}, wanted: object = wants('running')) =>
  about('CompareState::state', container(lines, { ...given, steps: [wanted as Record<string, unknown>, config] }));
const pending = 'memory: 512\n[pve:pending]\nmemory: 1024\n';
const allowed = { flags: { 'allow-restart': { 'ai/qwen': 1 } } };

test.each<[string, () => Promise<unknown>, object]>([
  ['runs as it should', () => state('', { host: running }), { verdict: 'satisfied' }],
  [
    'does not run',
    () => state(''),
    {
      verdict: 'change',
      do: 'start',
      arguments: ['950'],
      fields: { timeout: '60', type: 'lxc' },
      changes: [{ key: 'state', from: 'stopped', to: 'running', impact: 'live' }],
    },
  ],
  [
    'runs and should not',
    () => state('', { host: running }, wants('stopped')),
    { verdict: 'change', do: 'stop', changes: [{ to: 'stopped', impact: 'restart' }] },
  ],
  ['is stopped, as it should be', () => state('', {}, wants('stopped')), { verdict: 'satisfied' }],
  [
    'is a template',
    () => state('template: 1\n'),
    { verdict: 'refused', reason: 'guest 950 is a template and cannot run' },
  ],
  [
    'waits for a restart',
    () => state(pending, { host: running }),
    {
      verdict: 'held',
      flag: '--allow-restart ai/qwen',
      changes: [{ key: 'memory', from: '512', to: '1024', held: '1' }],
    },
  ],
  [
    'waits for a restart that is allowed',
    () => state(pending, { host: running, ...allowed }),
    { verdict: 'change', do: 'reboot', changes: [{ key: 'state', to: 'restarted' }, { key: 'memory' }] },
  ],
  [
    'is managed by HA',
    () => state('', { host: { ha: { 950: 'started' } } }),
    { verdict: 'refused', reason: expect.stringContaining('ha-manager set ct:950') },
  ],
  [
    'is locked',
    () => state('lock: backup\n', { mode: 'check' }),
    { do: 'wait', reason: 'guest 950 is locked (backup)' },
  ],
  [
    'is hibernated, which a start ends',
    () => state('lock: suspended\n', { mode: 'check' }),
    { do: 'start', notes: ['hibernated: a start wakes it, with its memory as it was'] },
  ],
  ['is locked, in a plan', () => state('lock: backup\n'), { do: 'start', notes: ['locked (backup)'] }],
  ['is mounted by somebody', () => state('lock: mounted\n', { mode: 'check' }), { do: 'start' }],
  [
    'lacks what is mounted into it',
    () => state('', {}, wants('running', '--mount', '/tank', 'tank')),
    { verdict: 'unknown', soft: '1', reason: expect.stringContaining('the guest would see an empty folder') },
  ],
  [
    'is somebody else’s',
    () => about('CompareState::state', { ...container(''), journal: journal(), steps: [wants('running')] }),
    { verdict: 'unknown' },
  ],
])('CompareState::state of a guest that %s', async (_, verdict, expected) => {
  expect(await verdict()).toMatchObject(expected);
});

test.each([
  [undefined, 'lxc', undefined],
  ['ignored', 'lxc', undefined],
  ['started', 'lxc', 'guest 950 is managed by HA (state started); change it with ha-manager set ct:950'],
  ['stopped', 'qemu', 'guest 950 is managed by HA (state stopped); change it with ha-manager set vm:950'],
])(
  'CompareState::managed_by_ha where its state is %s, and the guest is of type %s: %s',
  async (state, type, expected) => {
    const facts = look({ host: host(state === undefined ? {} : { ha: { 950: state } }) });
    expect(await call('CompareState::managed_by_ha', facts, type, 950)).toBe(expected);
  },
);

/** What a function of (step, look, owner) gives in list context. */
const onOwner = (name: string, facts: LookFacts, code = '') =>
  evaluate(
    `my $look = shift; my $step = $look->{steps}[0]; my ($type, $vmid) = @{ $step->{has}{guest} }; my $owner = Ownership::of($look, $vmid, $type); ${code} ${name}`,
    look(facts),
  );

test('CompareState::to_run names what a restart is for, and CompareState::with_act tells it', async () => {
  const facts = container(pending, { host: running, steps: [wants('running'), config], ...allowed });
  expect(await onOwner('CompareState::to_run($step, $look, $owner, 1)', facts)).toMatchObject([
    'reboot',
    { key: 'memory' },
  ]);
  expect(await onOwner('CompareState::to_run($step, $look, $owner, 0)', facts)).toEqual(['start']);
  expect(
    await onOwner(
      'CompareState::with_act($step, $look, $owner, 1, "reboot", { key => "x", from => "in the config" }, { key => "y", from => "1" })',
      facts,
    ),
  ).toMatchObject([{ do: 'reboot', changes: [{ key: 'state' }, { key: 'y' }] }]);
});

const reasons = async (lines: string, { restart, ...given }: Given & { restart?: string }, code = '') => {
  const facts = container(lines, {
    ...given,
    host: { ...running, ...given.host },
    steps: [
      restart
        ? inStack({ restart }, 'guest-state', 's', '--guest', 'lxc', 950, '--path', 'ai/qwen', '--state', 'running')
        : wants('running'),
      config,
    ],
  });
  return ((await onOwner('CompareState::restart_reasons($step, $look, $owner)', facts, code)) as { key: string }[]).map(
    ({ key }) => key,
  );
};

test('CompareState::restart_reasons are what waits by Proxmox’s account and by ours, and not what others set', async () => {
  expect(await reasons(pending, {})).toEqual(['memory']);
  expect(await reasons('[pve:pending]\ntags: x\n', {})).toEqual([]);
  expect(await reasons(pending, {}, '$look->{reverted}{950}{memory} = 1;')).toEqual([]);
  expect(await reasons('', {}, '$look->{restart}{950}{dev0} = 1;')).toEqual(['dev0']);
  expect(await reasons('', { records: [['restart', 950, '-']] })).toEqual(['raw lines']);
  expect(await reasons('', { records: [['restart', 950, '4711']] })).toEqual([]);
});

test('CompareState::restart_reasons takes limits that are apart for one only where a restart is welcome', async () => {
  const apart = { host: { root: root({ '/sys/fs/cgroup/lxc/950/memory.max': '1\n' }) } };
  expect(await reasons('memory: 512\n', apart)).toEqual([]);
  expect(await reasons('memory: 512\n', { ...apart, restart: 'when-needed' })).toEqual([]);
  expect(await reasons('memory: 512\n', { ...apart, restart: 'allowed' })).toEqual(['memory in force']);
  expect(await reasons('memory: 512\n', { ...apart, ...allowed })).toEqual(['memory in force']);
});

test.each<[string, string, Readonly<Record<string, string>>, object[]]>([
  ['memory', 'memory: 512\n', { 'memory.max': '536870912\n' }, []],
  ['memory, another', 'memory: 512\n', { 'memory.max': '1\n' }, [{ key: 'memory', is: '1', should: '536870912' }]],
  ['memory that raw lines set', 'memory: 512\nlxc.cgroup2.memory.max: 1\n', { 'memory.max': '1\n' }, []],
  [
    'a limit of processors',
    'cpulimit: 1.5\n',
    { 'cpu.max': 'max 100000\n' },
    [{ key: 'cpulimit', should: '150000 100000' }],
  ],
  ['no limit of processors', 'cpulimit: 0\n', { 'cpu.max': 'max 100000\n' }, []],
  ['what the kernel does not show', 'swap: 512\n', {}, []],
])('CompareState::limits_apart of %s', async (_, lines, limits, expected) => {
  const files = Object.fromEntries(
    Object.entries(limits).map(([name, text]) => [`/sys/fs/cgroup/lxc/950/${name}`, text]),
  );
  const facts = (more: object) => container(lines, { host: { ...more, root: root(files) } });
  const apart = (given: LookFacts, code = '') =>
    evaluate(`my $look = shift; ${code} CompareState::limits_apart($look, $look->{host}->guest(950))`, look(given));
  expect(await apart(facts(running))).toMatchObject(expected);
  expect(await apart(facts({}))).toEqual([]);
  expect(await apart(facts(running), '$look->{changing}{950}{$_} = 1 for qw(memory cpulimit);')).toEqual([]);
});

test('CompareState::not_in_force is a change that only a restart brings', async () => {
  expect(await call('CompareState::not_in_force', 'dev0')).toEqual({
    key: 'dev0',
    from: 'in the config',
    to: 'in force',
    impact: 'restart',
  });
});

// ---- Documents of machines

const snippet = '/var/lib/vz/snippets/phoenix-100-user.yaml';
const document = (...words: readonly string[]) => step('file', 'doc', '--file', snippet, 'x', sha256('doc'), ...words);
const started = aboutMachine(
  'guest-state',
  'state',
  '--state',
  'running',
  '--started-with',
  'digest',
  '--need',
  'guest/100/config',
);
const vmConfig = aboutMachine('guest-config', 'config', '--need', 'doc');
const pidFiles = { '/run/qemu-server/100.pid': '4711', '/proc/4711/cmdline': 'kvm\0-id\x00100\0', [snippet]: 'doc' };

/** A look at machine 100 that runs and whose steps need a document. */
const withDocument = (given: Given = {}, of: object = document()) =>
  machine('', {
    steps: [started, vmConfig, of as Record<string, unknown>],
    mode: 'check',
    ...given,
    host: { root: root(pidFiles), ...given.host },
  });
const life = (facts: LookFacts) =>
  evaluate('my $look = shift; $look->{host}->life(100, "qemu")', look(facts)).then(([is]) => String(is));

test('CompareState::documents are those that the machine’s own steps need, near or far', async () => {
  const other = step('file', 'other', '--file', '/var/lib/vz/snippets/phoenix-101-user.yaml', 'x', 'y');
  const facts = machine('', {
    steps: [
      started,
      aboutMachine('guest-config', 'config', '--need', 'doc', '--need', 'other', '--need', 'none'),
      document(),
      other,
    ],
  });
  expect(
    await evaluate('my $look = shift; map { $_->{id} } CompareState::documents($look->{steps}[0], $look)', look(facts)),
  ).toEqual(['doc']);
});

test('CompareState::read_others tells a machine that was started with other documents, by what we wrote down or by their age', async () => {
  const asked = (facts: LookFacts) => about('CompareState::read_others', facts);
  expect(await asked(machine('', { steps: [aboutMachine('guest-state', 'state', '--state', 'running')] }))).toBe('0');
  const now = withDocument();
  const is = await life(now);
  const host = { root: (now.host as { $host: { root: string } }).$host.root };
  expect(await asked(withDocument({ host, records: [['started', 100, is, 'digest']] }))).toBe('');
  expect(await asked(withDocument({ host, records: [['started', 100, is, 'another']] }))).toBe('1');
  const older =
    'my $look = shift; utime 1, 1, $look->{host}->place($_[0]); CompareState::read_others($look->{steps}[0], $look)';
  expect(await evaluate(older, look(withDocument()), '/run/qemu-server/100.pid')).toEqual(['1']);
  expect(await evaluate(older, look(withDocument()), snippet)).toEqual(['0']);
});

test('CompareState::is_open is true of a document that this plan is about to write', async () => {
  const open = async (mode: 'plan' | 'check', is: string) => {
    const [value] = await evaluate(
      'my $look = shift; CompareState::is_open($look, $look->{by_id}{doc}) ? 1 : 0',
      look(withDocument({ mode, host: { root: root({ ...pidFiles, [snippet]: is }) } })),
    );
    return value;
  };
  expect([await open('plan', 'old'), await open('plan', 'doc'), await open('check', 'old')]).toEqual(['1', '0', '0']);
});

test('CompareState::started_with is another one for other values of secrets in the documents', async () => {
  const vault = (text: string) =>
    secrets({
      folder: join(root({ '/token.asc': text })),
      journal: journal(['secret', 'token', sha256('cipher'), 'seal']),
    });
  const digest = (more: object, of = document()) =>
    about('CompareState::started_with', withDocument({ more: more as Record<string, unknown> }, of));
  expect(await digest({})).toBe('digest');
  expect(await digest({ secrets: vault('cipher') })).toBe('digest');
  const [one, other] = [
    await digest({ secrets: vault('cipher') }, document('--secret', 'token')),
    await digest({ secrets: vault('new') }, document('--secret', 'token')),
  ];
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(other).not.toBe(one);
});

test('CompareState::was_started makes up for a start that nobody wrote down', async () => {
  const code = (runs: number) => `my $look = shift; CompareState::was_started($look->{steps}[0], $look, ${runs})`;
  const facts = withDocument();
  const is = await life(facts);
  expect(await evaluate(code(1), look(facts))).toEqual(['remember', ['started', '100', is, 'digest']]);
  expect(await evaluate(code(0), look(facts))).toEqual([]);
  const host = { root: (facts.host as { $host: { root: string } }).$host.root };
  expect(await evaluate(code(1), look(withDocument({ host, records: [['started', 100, is, 'digest']] })))).toEqual([]);
});

// ---- What is allowed

test.each([
  ['a key of a step', 'memory', [], true],
  ['a key that was applied', 'tags', [['applied', 'guest/950/config', '7', '-', 'tags=x']], true],
  ['a key of nobody', 'tags', [], false],
] as const)('CompareState::is_asked_for of %s', async (_, key, records, expected) => {
  expect(
    await holds('CompareState::is_asked_for', look({ steps: [config], journal: journal(...records) }), 950, key),
  ).toBe(expected);
});

test.each([
  ['never', {}, false, false],
  ['when-needed', {}, true, false],
  ['allowed', {}, true, true],
  ['never', { 'ai/qwen': 1 }, true, true],
  ['never', { ai: 1 }, true, true],
  ['never', { 'ai/q': 1 }, false, false],
])(
  'a stack that restarts %s with --allow-restart %j: CompareState::restart_allowed %s, CompareState::restart_welcome %s',
  async (restart, paths, isAllowed, isWelcome) => {
    const given = [
      inStack({ restart }, 'guest-state', 's', '--guest', 'lxc', 950, '--path', 'ai/qwen'),
      look({ flags: { 'allow-restart': paths } }),
    ] as const;
    expect(await holds('CompareState::restart_allowed', ...given)).toBe(isAllowed);
    expect(await holds('CompareState::restart_welcome', ...given)).toBe(isWelcome);
    expect(await holds('CompareState::is_allowed_to_restart', ...given)).toBe(
      Object.keys(paths).some((path) => path !== 'ai/q'),
    );
  },
);

test('CompareState::is_for_a_restart of what the program asks for and did not take back', async () => {
  const isForOne = async (key: string, code = '', impact = 'restart') => {
    const asks = aboutContainer('guest-config', 'config', '--key', 'memory', impact, '1024');
    const facts = container(pending, { host: running, steps: [wants('running'), asks] });
    const [is] = await onOwner(`CompareState::is_for_a_restart($look, $owner, '${key}') ? 1 : 0`, facts, code);
    return is === '1';
  };
  expect(await isForOne('memory')).toBe(true);
  expect(await isForOne('memory', '$look->{reverted}{950}{memory} = 1;')).toBe(false);
  expect(await isForOne('tags')).toBe(false);
  expect(await isForOne('memory', '', 'live')).toBe(false);
});
