import { expect, test } from 'vitest';
import { journal, look, plan, step } from './given.js';
import { container } from './ours.js';
import { call, evaluate, list } from './perl.js';
import { change, type Facts, folder, found, row, satisfied, session, stack, verdict } from './planned.js';
import { blind } from './root.js';

/** What Work::work replies, and what it leaves in `work`. */
async function work(given: ReturnType<typeof session>, before = '') {
  const code = `no warnings 'redefine'; my ($session) = @_; local *Clock::now = sub { 1002 }; $session->{channel} = Channel->new; ${before} Work::work($session); ($session->{work}, said($session->{channel}))`;
  const [left, ...replies] = await evaluate(code, given);
  return { work: left as Facts | null, replies };
}

// An option that a known run does not have: nothing is recalled, and nobody listens to what the host says.
const flags = { 'allow-restart': {} };

test('Work::work says what the run is about, whom it passes over, and how much there is to do', async () => {
  const given = session({ '/srv/a/x': '' }, [folder('a'), folder('b')], {
    verb: 'apply',
    flags,
    stacks: [stack(), stack({ name: 'db', host: 'pve2' })],
    notes: ['secrets: x'],
  });
  const { work: left, replies } = await work(given);
  expect(replies).toEqual([
    ['about', 'phoenix', 'pve'],
    ['skipped', 'db', 'pve2'],
    ['work', '1', '0', '16'],
  ]);
  expect(left).toMatchObject({
    todo: [{ id: 'b', was: 'create' }],
    left: [],
    done: {},
    notes: ['secrets: x'],
    waits: {},
  });
});

test('Work::work says what it stops at', async () => {
  const { replies } = await work(session({ '/srv/a': blind('a') }, [folder('a')], { verb: 'apply', flags }));
  expect(replies).toContainEqual([
    'stop',
    'applier/unknown',
    expect.stringContaining('cannot look at /srv/a'),
    '',
    'ai/a',
    '',
  ]);
  expect(replies).toContainEqual(['work', '0', '1', '16']);
});

test('Work::work asks for approval before anything else, and only where nothing stops it', async () => {
  const lacking = `require Approval; local *Approval::lacking = sub { (2, 'mark', 'table') };`;
  const asks = await work(session({}, [folder('a')], { verb: 'apply', flags }), lacking);
  expect(asks).toEqual({ work: null, replies: [['unapproved', '2', 'mark', 'table']] });
  const stops = await work(session({ '/srv/a': blind('a') }, [folder('a')], { verb: 'apply', flags }), lacking);
  expect(stops.replies).not.toContainEqual(expect.arrayContaining(['unapproved']));
});

test('Work::work decrypts secrets where there are some, and only where nothing stops it', async () => {
  const unlock = `require RunSecrets; local *RunSecrets::unlock = sub { $_[0]{channel}->send_record('private') }; my $all = \\&Found::all;
    local *Found::all = sub { my $found = $all->(@_); $_[0]{plan}{secrets} = bless {}, 'Secrets'; $found };`;
  const opens = await work(session({}, [folder('a')], { verb: 'apply', flags }), unlock);
  expect(opens.replies[0]).toEqual(['private']);
  const stops = await work(session({ '/srv/a': blind('a') }, [folder('a')], { verb: 'apply', flags }), unlock);
  expect(stops.replies).not.toContainEqual(['private']);
});

test('Work::as_known takes what is known for what was found', async () => {
  const known = { about: ['phoenix', 'pve'], skipped: [['db', 'pve2']], notes: ['n'], counts: { satisfied: 4 } };
  const recall = `require Known; local *Known::recall = sub { $_[0]{processes} = 2; $_[0]{told} };`;
  const given = session({}, [folder('a')], { verb: 'apply', told: known });
  const { work: left, replies } = await work(given, recall);
  expect(left).toEqual({ todo: [], left: [], done: {}, notes: ['n'] });
  expect(replies).toEqual([
    ['about', 'phoenix', 'pve'],
    ['skipped', 'db', 'pve2'],
    ['work', '0', '0', '16'],
  ]);
  const code = `my ($session, $known) = @_; $session->{channel} = Channel->new; Work::as_known($session, $known); delete $session->{channel}; $session`;
  expect(await evaluate(code, { processes: '2' }, known)).toMatchObject([
    {
      counts: { satisfied: '4' },
      plan: { app: 'phoenix', here: 'pve' },
      found: { processes: '3', drift: {}, steps: [] },
    },
  ]);
});

// ---- What is to be done

const of = (id: string, is: Facts, needs: readonly string[] = [], more: Facts = {}) =>
  row(id, is, { needs, exclusive: [], ...more });
const divided = (...rows: readonly ReturnType<typeof row>[]) =>
  list('Work::divided', {}, found(rows)) as Promise<[Record<string, unknown>[], Record<string, unknown>[]]>;

test('Work::divided tells what is to be done from what stays as it is', async () => {
  const held = verdict('held', { reason: 'why', flag: '--f' });
  const barred = verdict('blocked', { barred: 1 });
  expect(
    await divided(of('a', verdict('create')), of('b', held, ['a']), of('c', barred), of('d', verdict('satisfied'))),
  ).toEqual([
    [
      {
        id: 'a',
        kind: 'guest-config',
        path: 'ai/a',
        title: 'ta',
        stack: 'ai',
        was: 'create',
        needs: [],
        exclusive: ['guest/a'],
        alone: '',
      },
    ],
    [
      {
        id: 'b',
        kind: 'guest-config',
        path: 'ai/b',
        title: 'tb',
        stack: 'ai',
        was: 'held',
        reason: 'why',
        flag: '--f',
        barred: null,
      },
      {
        id: 'c',
        kind: 'guest-config',
        path: 'ai/c',
        title: 'tc',
        stack: 'ai',
        was: 'blocked',
        reason: '',
        flag: '',
        barred: '1',
      },
    ],
  ]);
});

const satisfiedAfter = (id: string, ...needs: readonly string[]) => of(id, verdict('satisfied'), needs);
const create = verdict('create');
const health = verdict('satisfied', { asks: 1 });
test.each<[string, readonly ReturnType<typeof row>[], object]>([
  ['needs what is to be done', [of('a', create), of('b', create, ['a'])], { a: [], b: ['a'] }],
  [
    'needs it behind what is in place',
    [
      of('a', create),
      of('x', create),
      satisfiedAfter('b', 'a', 'x'),
      satisfiedAfter('c', 'b'),
      of('d', create, ['c', 'a']),
    ],
    { a: [], x: [], d: ['a', 'x'] },
  ],
  ['needs what is in place', [satisfiedAfter('a'), of('b', create, ['a'])], { b: [] }],
  ['needs what another stack has', [of('b', create, ['far'])], { b: ['far'] }],
  [
    'asks an endpoint of what is to be done',
    [of('a', create), satisfiedAfter('b', 'a'), of('h', health, ['b'])],
    { a: [], h: ['a'] },
  ],
  ['asks an endpoint of what is in place', [of('a', create), satisfiedAfter('b'), of('h', health, ['b'])], { a: [] }],
])('Work::divided where a step %s', async (_, rows, expected) => {
  const [todo] = await divided(...rows);
  expect(Object.fromEntries(todo.map(({ id, needs }) => [id, needs]))).toEqual(expected);
});

test.each<[string, ReturnType<typeof row>, object]>([
  ['adopts a guest', of('a', verdict('change', { do: 'adopt' })), { title: 'adopted', was: 'adopted' }],
  ['takes a guest again', of('a', verdict('change', { do: 'take' })), { title: 'adopted', was: 'adopted' }],
  ['changes one', of('a', verdict('change', { do: 'set' })), { title: 'ta', was: 'change' }],
  ['lets one go', of('a', verdict('change'), [], { chore: 'orphan' }), { title: 'ta', was: 'orphaned' }],
  ['destroys one', of('a', verdict('change'), [], { chore: 'destroy' }), { was: 'destroyed' }],
])('Work::divided names what %s', async (_, one, expected) => {
  expect((await divided(one))[0]).toMatchObject([expected]);
});

test('Work::drift are the steps, of those that are to be done, that were as they should be once', async () => {
  const steps = [folder('a'), folder('b'), folder('c')];
  const applied = ['a', 'b'].map((id) => ['applied', id, '-', '-']);
  const given = {
    steps,
    verdicts: { a: create, b: create, c: create },
    look: look({ steps, journal: journal(...applied) }),
  };
  expect(await call('Work::drift', given, { id: 'a' }, { id: 'c' })).toEqual({ a: '1' });
  expect(await call('Work::drift', given)).toEqual({});
});

test.each<[string, readonly (string | number)[], readonly string[], boolean]>([
  ['a folder, itself', ['folder', 'f', '--folder', '/a'], ['f'], false],
  [
    'what it says',
    ['folder', 'f', '--folder', '/a', '--resource', 'r', '--exclusive', 'x', '--exclusive', 'a'],
    ['a', 'r', 'x'],
    false,
  ],
  ['a guest', ['guest-create', 'c', '--guest', 'lxc', 1, '--resource', 'guest/1'], ['guest/1'], false],
  [
    'a clone, its template too',
    ['guest-create', 'c', '--clone', 900, 'full', 'd', '--resource', 'guest/1'],
    ['guest/1', 'guest/900'],
    false,
  ],
  ['a storage', ['storage', 's', '--storage', 'dir', 's'], ['file/storage.cfg', 's'], false],
  ['a mapping', ['mapping', 'm', '--mapping', 'pci', 'gpu'], ['file/mapping/pci', 'm'], false],
  ['entries of a firewall', ['firewall-entries', 'w', '--file', '/etc/x.fw', 'options'], ['file/etc/x.fw', 'w'], false],
  ['a command', ['run', 'r'], ['commands', 'r'], false],
  ['the network', ['network', 'n'], ['n'], true],
])('Work::for_itself: what is not shared by %s', async (_, words, exclusive, alone) => {
  const [kind, id, ...rest] = words;
  expect(await list('Work::for_itself', step(String(kind), String(id), ...rest))).toEqual([
    'exclusive',
    exclusive,
    'alone',
    alone ? '1' : '',
  ]);
});

test('Work::notes are those of steps by their paths, and those of the host', async () => {
  const rows = [
    row('a', verdict('change', { notes: ['n1', 'n2'] })),
    satisfied,
    row('b', verdict('note', { notes: ['n3'] })),
  ];
  expect(await list('Work::notes', found(rows, { notes: ['vmbr9 stays'] }))).toEqual([
    'ai/a: n1',
    'ai/a: n2',
    'ai/b: n3',
    'host: vmbr9 stays',
  ]);
});

test.each([
  [[], 16],
  [['a/b'], 16],
  [['x'.repeat(20), 'ü'.repeat(30)], 30],
  [['x'.repeat(40), 'x'.repeat(41)], 40],
])('Work::path_width of %j is %d', async (paths, width) => {
  expect(await list('Work::path_width', ...paths.map((path) => ({ path })))).toEqual([String(width)]);
});

// ---- A step looked at anew

/** What Work::check replies about the first step, what the channel has seen, and what the journal is told before it is done. */
async function check(facts: Parameters<typeof plan>[0], chore?: string) {
  const code = `no warnings 'redefine'; my ($session, $chore) = @_; my @intents; local *Journal::append = sub { push @intents, @_[ 1, 2 ] }; $session->{channel} = Channel->new; my ($step) = @{ $session->{plan}{steps} }; $step->{chore} = $chore if defined $chore;
    my $id = $step->{id}; Work::check($session, $id, 1); my $seen = $session->{channel}{seen};
    ([ $seen->[0], $seen->[1]{acted}, $seen->[2]{verdict} ], \\@intents, said($session->{channel}))`;
  const [seen, intents, ...replies] = await evaluate(
    code,
    { run: 'r1', plan: plan({ ...facts, mode: 'check' }) },
    chore,
  );
  return { seen, intents, replies };
}

test('Work::check replies with the verdict, the command and what is to change, and writes down first what will be made', async () => {
  expect(await check({ steps: [folder('a')] })).toEqual({
    seen: ['a', '1', 'create'],
    intents: ['intent', 'a'],
    replies: [
      ['verdict', 'create', '', 'make', ''],
      ['arguments'],
      ['field', 'inside', ''],
      ['change', 'folder', 'absent', '/srv/a', 'live', ''],
    ],
  });
});

test('Work::check says what is held back, and writes down nothing that is not done', async () => {
  const facts = container('memory: 512\n[pve:pending]\nmemory: 1024\n', {
    host: { running: [950] },
    steps: [
      step('guest-state', 's', '--guest', 'lxc', 950, '--path', 'ai/qwen', '--state', 'running', '--timeout', 60),
      step('guest-config', 'c', '--guest', 'lxc', 950, '--key', 'memory', 'live', '512'),
    ],
  });
  expect(await check(facts)).toMatchObject({
    intents: [],
    replies: [
      ['verdict', 'held', expect.any(String), '', '--allow-restart ai/qwen'],
      ['arguments'],
      ['change', 'memory', '512', '1024', 'restart', 'held'],
    ],
  });
});

test('Work::check says what is refused, and writes down no chore', async () => {
  const code = `no warnings 'redefine'; my ($session, $verdict) = @_; $session->{channel} = Channel->new; local *Plan::one = sub { $verdict }; Work::check($session, 'a'); said($session->{channel})`;
  const refused = verdict('refused', {
    reason: 'no',
    arguments: ['x', 'y'],
    fields: { b: 2, a: 1 },
    changes: [change('k', '1', '2', { refused: 1 })],
  });
  expect(await evaluate(code, { plan: plan({ steps: [folder('a')] }) }, refused)).toEqual([
    ['verdict', 'refused', 'no', '', ''],
    ['arguments', 'x', 'y'],
    ['field', 'a', '1'],
    ['field', 'b', '2'],
    ['change', 'k', '1', '2', 'live', 'refused'],
  ]);
  expect((await check({ steps: [folder('a')] }, 'orphan')).intents).toEqual([]);
});

test.each(['create', 'satisfied'])(
  'Work::looked_at does not know what to make of a step of which it cannot see what it makes: %s',
  async (is) => {
    const code = `no warnings 'redefine'; my ($session, $verdict, $acted) = @_; local *Plan::one = sub { $verdict }; local *Made::trouble = sub { 'the pool is suspended' };
    local *Made::watch = sub { die "nothing may be made" }; Work::looked_at($session, $session->{plan}{steps}[0], $acted)`;
    const session = { run: 'r1', plan: plan({ steps: [folder('a')] }) };
    const [unseen] = await evaluate(code, session, verdict(is), 1);
    expect(unseen).toMatchObject({ verdict: 'unknown', reason: 'the pool is suspended' });
    const [refused] = await evaluate(code, session, verdict('refused', { reason: 'no' }), 1);
    expect(refused).toMatchObject({ verdict: 'refused', reason: 'no' });
  },
);

test('Work::reply sends the words to whoever asked', async () => {
  const code = `my $session = { channel => Channel->new }; Work::reply($session, 'a', undef, 'b'); said($session->{channel})`;
  expect(await evaluate(code)).toEqual([['a', '', 'b']]);
});
