import { expect, test } from 'vitest';
import { host, inStack, look, plan, step } from './given.js';
import { aboutContainer, container } from './ours.js';
import { call, evaluate, list } from './perl.js';
import { asked, type Facts, folder, session, stack } from './planned.js';
import { blind, root } from './root.js';

/** Perl about a plan that was made of a session. */
const made = (
  code: string,
  { root: at, flags, stacks, steps }: ReturnType<typeof session>,
  ...more: readonly unknown[]
) => evaluate(`my $plan = Plan::new('Plan', %{ shift() }); ${code}`, { root: at, flags, stacks, steps }, ...more);

// ---- What a plan is made of

const ids = 'map { $_->{id} } @{ $plan->{steps} }';

test('Plan::new has the steps of this host in the order of their stacks, each after what it needs', async () => {
  const of = (order: string, name: string, id: string, ...words: string[]) =>
    inStack(stack({ order, name }), 'note', id, '--text', 'x', ...words);
  const given = session(
    {},
    [of('2', 'b', 'n1', '--need', 'n2'), of('2', 'b', 'n2'), of('1', 'a', 'n3'), of('0', 'far', 'n4')],
    {
      stacks: [stack({ name: 'a' }), stack({ name: 'b', host: 'pve' }), stack({ name: 'far', host: 'pve2' })],
    },
  );
  expect(
    await made(`([ ${ids} ], @$plan{qw(here app said)}, [ map { $_->{name} } @{ $plan->{skipped} } ])`, given),
  ).toEqual([['n3', 'n2', 'n1'], 'pve', 'phoenix', { n1: '1', n2: '1', n3: '1', n4: '1' }, ['far']]);
});

test('Plan::new knows the steps that make, configure and seal guests, and of which guests there are any', async () => {
  const guest = ['--guest', 'lxc', 950] as const;
  const steps = [
    asked('guest-create', 'c', ...guest),
    asked('guest-config', 'g1', ...guest),
    asked('guest-config', 'g2', ...guest),
    asked('guest-template', 't', ...guest, '--digest', 'd'),
  ];
  expect(
    await made(
      '($plan->{creator}{950}{id}, [ map { $_->{id} } @{ $plan->{configs}{950} } ], [ map { $_->{id} } @{ $plan->{sealers} } ], $plan->{about})',
      session({}, steps),
    ),
  ).toEqual(['c', ['g1', 'g2'], ['t'], { 950: '1' }]);
});

test('Plan::new of stacks of two apps is none, and of no stack has no journal', async () => {
  await expect(made('1', session({}, [], { stacks: [stack(), stack({ app: 'b' })] }))).rejects.toThrow(
    'the stacks name different apps',
  );
  expect(await made('($plan->{app}, defined $plan->{journal} ? 1 : 0)', session({}, [], { stacks: [] }))).toEqual([
    '',
    '0',
  ]);
});

test('Plan::secrets are those of the assembly, and none where no step uses one', async () => {
  const code =
    'my ($plan, $step) = @_; my $secrets = Plan::secrets($plan, $step); ($secrets ? (ref $secrets, @$secrets{qw(folder app root)}) : $secrets)';
  const of = { root: '/r', app: 'a', journal: {} };
  const uses = inStack({ folder: '/x/cdk.out/stacks/ai' }, 'note', 'n', '--text', 'x');
  expect(await evaluate(`bless $_[0], 'Plan'; ${code}`, of, uses)).toEqual(['Secrets', '/x/cdk.out/vault', 'a', '/r']);
  expect(await evaluate(`bless $_[0], 'Plan'; ${code}`, of)).toEqual([null]);
});

test('Plan::properties are those of ZFS that any step asks for', async () => {
  const steps = [
    step('zfs-dataset', 'd', '--dataset', 'a', '--property', 'quota', '1G', 'x', '--property', 'atime', 'off', 'x'),
    step('run', 'r', '--probe', '3', 'zfs-property', 'a', 'exec', '--probe', '2', 'unit', 'x'),
    step('zfs-pool', 'p', '--pool', 'tank', '--property', 'ashift', '12', 'x'),
    step('zfs-dataset', 'e', '--dataset', 'b', '--property', 'atime', 'on', 'x'),
  ];
  expect(await list('Plan::properties', steps)).toEqual(['atime', 'exec', 'quota']);
});

test('Plan::look knows who makes, configures and seals guests, also where nobody does', async () => {
  const guest = ['--guest', 'lxc', 950] as const;
  const steps = [
    asked('guest-create', 'c', ...guest),
    asked('guest-config', 'g', ...guest),
    asked('guest-template', 't', ...guest, '--digest', 'd'),
  ];
  const code = `my $look = Plan::look($plan, 'check', 'note'); my ($made) = values %{ $look->{creator} }; my ($asked) = map { @$_ } values %{ $look->{configs} };
    ($made && $made->{id}, $asked && $asked->{id}, map { $_->{id} } @{ $look->{sealers} })`;
  expect(await made(code, session({}, steps))).toEqual(['c', 'g', 't']);
  expect(await made(code, session({}, []))).toEqual([null, null]);
});

test.each([
  ['plan', 'note', '1', ['ssh.service']],
  ['check', 'guest-create', '1', null],
  ['check', 'guest-destroy', '1', null],
  ['check', 'guest-config', '', null],
])('Plan::look in mode %s, about a %s, gathers all at once: %j', async (mode, kind, every, units) => {
  const code = `my ($mode, $kind) = @_; my $look = Plan::look($plan, $mode, $kind); my $again = Plan::look($plan, $mode, $kind);
    ($look->{mode}, $look->{host}{every}, $look->{host}{unit_names}, $look->{host} != $again->{host} ? 1 : 0, $look->{app}, [ sort keys %{ $look->{by_id} } ])`;
  const given = session({}, [
    asked('run', 'r', '--probe', '3', 'unit', 'ssh.service', 'active'),
    asked('note', 'n', '--text', 'x'),
  ]);
  expect(await made(code, given, mode, kind)).toEqual([mode, every, units, '1', 'phoenix', ['n', 'r']]);
});

// ---- All steps

const all = (given: ReturnType<typeof session>, before = '') =>
  made(
    `no warnings 'redefine'; ${before} my $all = Plan::all($plan); ([ map { $_->{id} } @{ $all->{steps} } ], { map { $_ => $all->{verdicts}{$_}{verdict} } keys %{ $all->{verdicts} } }, $all->{notes}, $all->{verdicts})`,
    given,
  );

test.each<[string, Facts, readonly string[], Facts]>([
  ['nothing', {}, ['a', 'b', 'c'], { a: 'satisfied', b: 'create', c: 'create' }],
  ['--only, with what it needs', { only: { c: 1 } }, ['b', 'c'], { b: 'create', c: 'create' }],
  ['--skip, which blocks what needs it', { skip: { b: 1 } }, ['a', 'c'], { a: 'satisfied', b: 'create', c: 'blocked' }],
  ['--from', { from: 'c' }, ['c'], { a: 'satisfied', b: 'create', c: 'blocked' }],
  ['--stack', { stack: { ai: 1 } }, ['a', 'b', 'c'], { a: 'satisfied', b: 'create', c: 'create' }],
])('Plan::all with %s', async (_, flags, steps, verdicts) => {
  const given = session({ '/srv/a/x': '' }, [folder('a'), folder('b'), folder('c', '--need', 'b')], { flags });
  expect((await all(given)).slice(0, 3)).toEqual([steps, verdicts, []]);
});

test('Plan::all refuses names that fit nothing', async () => {
  const given = (flags: Facts) => all(session({}, [folder('a')], { flags }));
  await expect(given({ stack: { db: 1 } })).rejects.toThrow('there is no stack db');
  await expect(given({ only: { x: 1 } })).rejects.toThrow('nothing is named x (--only)');
});

test('Plan::all weighs again when guests take from each other', async () => {
  const barred = `local *Plan::put_givers_first = sub { $_[0]{barred} = { a => { reason => 'why' } }; 1 };`;
  expect((await all(session({}, [folder('a')]), barred))[1]).toEqual({ a: 'blocked' });
});

test('Plan::all says once that this host cannot decrypt what is to be done', async () => {
  const steps = ['f1', 'f2'].map((id) => asked('file', id, '--file', `/etc/${id}`, id, 'x', '--secret', 'token'));
  const keyless = `local *SecretFile::compare = sub { Verdict::create('write', []) }; require SecretFile; local *Secrets::keyless = sub { 'no key' };`;
  const [, , , verdicts] = await all(session({}, steps), keyless);
  expect(verdicts).toMatchObject({ f1: { notes: ['no key'] }, f2: { notes: [] } });
});

const onLook = (code: string, facts: Parameters<typeof plan>[0], more: Facts = {}) =>
  evaluate(`no warnings 'redefine'; my ($plan, $look) = @_; ${code}`, plan(facts, more), look(facts));

test('Plan::put_in_moves puts the move of a disk before the config that asks for it, once', async () => {
  const config = aboutContainer(
    'guest-config',
    'config',
    '--volume',
    'rootfs',
    'restart',
    'fast',
    4,
    '',
    '--need',
    'c',
  );
  const facts = container('', { steps: [step('note', 'n', '--text', 'x'), config] });
  const order = ['n', 'guest/950/move/rootfs', 'guest/950/config'];
  const code = `Plan::put_in_moves($plan, $look); my @once = ${ids}; Plan::put_in_moves($plan, $look); (\\@once, [ ${ids} ], $plan->{by_id}{'guest/950/move/rootfs'}{needs})`;
  expect(await onLook(code, facts)).toEqual([order, order, ['c']]);
});

test('Plan::put_givers_first lets takers wait for givers, and asks only where a guest changes', async () => {
  const guest = (id: string, ...words: string[]) => step('guest-config', id, '--guest', 'lxc', 950, ...words);
  const steps = [guest('a', '--need', 'c'), guest('b'), guest('c')];
  const moves = `local *Giver::moves = sub { { edges => { a => [ { step => 'b' }, { step => 'c' } ] }, barred => { c => { reason => 'x' } }, notes => { b => ['n'] } } };`;
  const open = `my $verdicts = { a => Verdict::change('set', []), map { $_ => Verdict::satisfied() } qw(b c) };`;
  const tell = `(Plan::put_givers_first($plan, $look, $verdicts), [ ${ids} ], $plan->{by_id}{a}{needs}, $plan->{barred}, $verdicts->{b}{notes})`;
  expect(await onLook(`${moves} ${open} ${tell}`, { steps })).toEqual([
    '1',
    ['b', 'c', 'a'],
    ['c', 'b'],
    { c: { reason: 'x' } },
    ['n'],
  ]);
  expect(await onLook(`${moves} ${open} $verdicts->{a} = Verdict::satisfied(); ${tell}`, { steps })).toEqual([
    '0',
    ['a', 'b', 'c'],
    ['c'],
    null,
    [],
  ]);
  expect(await onLook(`local *Giver::moves = sub { undef }; ${open} ${tell}`, { steps })).toEqual([
    '0',
    ['a', 'b', 'c'],
    ['c'],
    null,
    [],
  ]);
});

test('Plan::notes tells of interfaces that are left over, where no step is about the network', async () => {
  const left = `local *CompareNetwork::left_over = sub { 'vmbr9 stays' }; Plan::notes($plan, $look)`;
  expect(await onLook(left, {})).toEqual(['vmbr9 stays']);
  expect(await onLook(left, { steps: [step('network', 'n')] })).toEqual([]);
  expect(await onLook(left, {}, { journal: null })).toEqual([]);
});

const named = [
  step('guest-create', 'guest/950/create', '--guest', 'lxc', 950, '--path', 'ai/qwen', '--clone', 900, 'full', 'd'),
  step('guest-config', 'guest/950/config', '--guest', 'lxc', 950, '--path', 'ai/qwen'),
  step('guest-create', 'guest/951/create', '--guest', 'qemu', 951, '--path', 'vm/docker'),
  step('zfs-pool', 'pool', '--pool', 'tank', '--path', 'host/pool'),
];
test.each<[string, unknown, boolean]>([
  ['only', { ai: 1 }, true],
  ['only', { ai: 1, none: 1 }, false],
  ['skip', { 'guest/950': 1 }, true],
  ['skip', { 'guest/95': 1 }, false],
  ['from', 'host/pool', true],
  ['from', 'none', false],
  ['adopt', { 'vm/docker': 1 }, true],
  ['adopt', { 'host/pool': 1 }, false],
  ['rebuild', { 'ai/qwen': 1 }, true],
  ['rebuild', { ai: 1 }, false],
  ['rebuild', { 'vm/docker': 1 }, false],
  ['allow-replace', { 'vm/docker': 1 }, true],
  ['allow-replace', { vm: 1 }, false],
  ['allow-move', { ai: 1 }, true],
  ['allow-move', { vm: 1 }, false],
  ['allow-restart', { vm: 1 }, true],
  ['allow-restart', { 'guest/950': 1 }, false],
  ['allow-create-pool', { tank: 1 }, true],
  ['allow-create-pool', { pool: 1 }, false],
  ['json', { none: 1 }, true],
])('Plan::refuse_unknown_names lets --%s %j pass: %s', async (flag, names, passes) => {
  const passed = evaluate(
    `Plan::refuse_unknown_names($_[0]); 'passed'`,
    plan({ steps: named }, { flags: { [flag]: names } }),
  );
  if (passes) expect(await passed).toEqual(['passed']);
  else await expect(passed).rejects.toThrow(new RegExp(`^nothing is named \\S+ \\(--${flag}\\)$`));
});

test('Plan::refuse_unknown_names tells of all of them at once, and what may have been meant', async () => {
  const flags = {
    stack: { aj: 1 },
    only: { 'ai/qewn': 1 },
    adopt: { 'ai/qwen/x': 1 },
    'allow-create-pool': { tonk: 1 },
  };
  const refused = `eval { Plan::refuse_unknown_names($_[0]) }; map { [ @$_{qw(code value fix)} ] } Problem::of($@)`;
  expect(await evaluate(refused, plan({ steps: named }, { flags, stacks: [{ name: 'ai' }] }))).toEqual([
    ['usage/unknown-name', 'aj', 'did you mean `ai`?'],
    ['usage/unknown-name', 'ai/qwen/x', 'did you mean `ai/qwen`?'],
    ['usage/unknown-name', 'tonk', 'did you mean `tank`?'],
    ['usage/unknown-name', 'ai/qewn', 'did you mean `ai/qwen`?'],
  ]);
});

test('Plan::unknown_stacks and Plan::unknown_name: without a guess, where to look', async () => {
  const flags = { stack: { zzzzzz: 1, ai: 1 } };
  expect(await list('Plan::unknown_stacks', plan({}, { flags, stacks: [{ name: 'ai' }, { name: 'db' }] }))).toEqual([
    { code: 'usage/unknown-name', message: 'there is no stack zzzzzz', value: 'zzzzzz', fix: 'there are ai db' },
  ]);
  expect(await call('Plan::unknown_name', 'no x', 'x', 'look there')).toMatchObject({ fix: 'look there' });
});

test('Plan::names_of a step is all that it can be called', async () => {
  expect(await list('Plan::names_of', named[1])).toEqual([
    'ai/qwen',
    'ai',
    'guest/950/config',
    'guest/950',
    'guest',
    'guest/950/config',
    'guest/950',
    'guest',
    '950',
  ]);
  expect(await list('Plan::names_of', named[3])).toContain('tank');
});

test('Plan::refuse_other_apps names them', async () => {
  await expect(call('Plan::refuse_other_apps', 'b', 'a')).rejects.toThrow('the stacks name different apps: a, b');
});

// ---- One step

const one = (facts: Parameters<typeof plan>[0], more: Facts = {}, before = '') =>
  onLook(
    `${before} my $id = $plan->{steps}[0]{id}; my $verdict = Plan::one($plan, $id, 1); ($verdict, $plan->{look}{acted}, $plan->{processes})`,
    facts,
    { processes: '2', ...more },
  );

test('Plan::one is the verdict of a look of its own, and counts its processes', async () => {
  const facts = { steps: [folder('a')], host: host({ root: root() }) };
  const started = `$plan->{look}{host}{processes} = 3;`;
  expect(await one(facts, {}, started)).toMatchObject([{ verdict: 'create' }, '1', '5']);
  await expect(onLook(`Plan::one($plan, 'x')`, facts)).rejects.toThrow('there is no step x');
});

test('Plan::one lets nothing be done while the cluster has no quorum', async () => {
  const members = { '/etc/pve/.members': '"quorate": 0' };
  const verdictOf = async (files: Readonly<Record<string, string>>) =>
    ((await one({ steps: [folder('a')], host: host({ root: root({ ...members, ...files }) }) }))[0] as Facts).verdict;
  expect(await verdictOf({})).toBe('unknown');
  expect(await verdictOf({ '/srv/a/x': '' })).toBe('satisfied');
});

test('Plan::one takes what waits for what nobody makes for unknown', async () => {
  const waits = `local *Plan::compare = sub { Verdict::waiting('') };`;
  expect((await one({ steps: [folder('a')] }, {}, waits))[0]).toMatchObject({
    verdict: 'unknown',
    reason: 'the guest does not exist, and no step of this run makes it',
  });
});

const device = aboutContainer('guest-config', 'config', '--key', 'dev0', 'live', '/dev/x');

test('Plan::one asks whether a guest takes something from another one, right before it does', async () => {
  const judged = `local *Giver::judged = sub { my ($plan, $step, $verdict) = @_; Verdict::refused("$step->{id} $verdict->{verdict}") };`;
  expect((await one(container('', { steps: [device] }), {}, judged))[0]).toMatchObject({
    verdict: 'refused',
    reason: 'guest/950/config change',
  });
  expect((await one({ steps: [folder('a')] }, {}, judged))[0]).toMatchObject({ verdict: 'create' });
});

test('Plan::within_leave holds back what nobody agreed to, and Plan::one asks it', async () => {
  const facts = container('', { steps: [device] });
  const held = {
    verdict: 'held',
    reason: 'nobody agreed to what the guest would get: /dev/x (0660)',
    flag: '--approve-privileges',
    changes: [{ key: 'dev0' }],
  };
  expect((await one(facts, { leave: {} }))[0]).toMatchObject(held);
  expect((await one(facts))[0]).toMatchObject({ verdict: 'change' });
  const within = `$plan->{look} = $look; my $verdict = Plan::compare($plan->{steps}[0], $look); Plan::within_leave($plan, $plan->{steps}[0], $verdict)`;
  expect((await onLook(within, facts, { leave: {} }))[0]).toMatchObject(held);
  const leave = {
    950: [{ kind: 'device', form: 'node', path: '/dev/x', uid: 0, gid: 0, only: 0, mode: '0666', text: '' }],
  };
  expect((await onLook(within, facts, { leave }))[0]).toMatchObject({ verdict: 'change' });
});

test.each<[string, Parameters<typeof plan>[0], Facts]>([
  ['is missing', { steps: [folder('a')] }, { verdict: 'create' }],
  [
    'cannot be seen',
    { steps: [folder('a')], host: 'blind' as never },
    { verdict: 'unknown', reason: expect.stringContaining('cannot look at /srv/a') },
  ],
  [
    'stays undone until its template is made',
    container('template: 1\n', {
      records: [['sealed', 950, 'd']],
      steps: [aboutContainer('guest-run', 'run', '--script', 's', '--digest', 'd', '--until-template', 950)],
    }),
    { verdict: 'satisfied' },
  ],
  [
    'is a step of a kind that cannot be compared',
    { steps: [{ kind: 'none', id: 'x', has: {}, needs: [] }] },
    { verdict: 'unknown', reason: expect.stringMatching(/^the applier failed to look: ./) },
  ],
])('Plan::compare of what %s', async (_, given, expected) => {
  const facts =
    (given?.host as unknown) === 'blind' ? { ...given, host: host({ root: root({ '/srv/a': blind('a') }) }) } : given;
  expect(await evaluate('my $look = shift; Plan::compare($look->{steps}[0], $look)', look(facts))).toMatchObject([
    expected,
  ]);
});

test.each<[string, Facts, string | undefined]>([
  ['this release', { pve: '9.1' }, undefined],
  ['any release', { pve: '' }, undefined],
  ['another release, for another host', { pve: '8.4', host: 'pve2' }, undefined],
  [
    'another release',
    { pve: '8.4' },
    'stack ai was made for PVE 8.4, this host runs 9.1.4; synthesize it anew, or --allow-version',
  ],
  ['another release, for this host', { pve: '8.4', host: 'pve' }, expect.stringContaining('PVE 8.4')],
])('Plan::wrong_version of a stack for %s', async (_, more, expected) => {
  const versions = (packages: Record<string, string>) =>
    call('Plan::wrong_version', plan({}, { here: 'pve', stacks: [stack(more)] }), look({ host: host({ packages }) }));
  expect(await versions({ 'pve-manager': '9.1.4' })).toEqual(expected);
  expect(await versions({})).toBeUndefined();
});
